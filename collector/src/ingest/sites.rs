//! Which sites there are and which day it is there: configurations and business days, each a record
//! of the journal before it takes effect.

use domain::config::SiteConfig;
use domain::dedupe::day_of;
use domain::{SiteId, Timestamp};
use mqtt_config::settings::Clock;
use mqtt_config::wire;

use super::{Door, IDS_KEPT_DAYS, SiteDoor};
use crate::flow::{Item, Record, SiteIx};
use crate::record::{DayRecord, Kind, of_site};

impl Door {
    /// The site of a topic; with `--discover` it appears when first seen.
    pub(super) fn site(&mut self, id: SiteId, rx: Timestamp) -> Option<SiteIx> {
        if let Some(ix) = self.by_id.get(&id) {
            return Some(*ix);
        }
        let zone = self.discover.clone()?;
        if id.is_reserved() {
            return None;
        }
        self.configure(SiteConfig::discovered(id, &zone), rx).ok()
    }

    /// Takes a configuration: a record of the journal like everything else. One that is already in
    /// force changes nothing.
    ///
    /// # Errors
    /// When it cannot be used; nothing changes then.
    pub fn configure(&mut self, config: SiteConfig, rx: Timestamp) -> Result<SiteIx, String> {
        let id = config.site;
        if let Some(ix) = self.by_id.get(&id)
            && self.sites[*ix as usize].config == config
        {
            return Ok(*ix);
        }
        let json = wire::json(&config);
        let ix = self.configured(config, json.clone())?;
        self.journal.append(of_site(Kind::Config, rx, rx, &id, &json));
        self.configured = true;
        self.touched.sites.entry(ix).or_default();
        Ok(ix)
    }

    /// Whether a configuration has changed since this was last asked.
    pub fn take_configured(&mut self) -> bool {
        std::mem::take(&mut self.configured)
    }

    pub(super) fn configured(&mut self, config: SiteConfig, json: String) -> Result<SiteIx, String> {
        let id = config.site;
        if let Some(ix) = self.by_id.get(&id).copied() {
            self.sites[ix as usize].configure(config)?;
            self.records.push(Record { site: ix, item: Item::Configure(json) });
            return Ok(ix);
        }
        let ix = self.sites.len() as SiteIx;
        self.sites.push(SiteDoor::new(ix, config)?);
        self.by_id.insert(id, ix);
        let items = std::iter::once(Item::Configure(json)).chain(self.model_item());
        self.records.extend(items.map(|item| Record { site: ix, item }));
        Ok(ix)
    }

    /// Begins the business day that `at` lies in, if it is a new one.
    pub fn turn_day(&mut self, ix: SiteIx, at: Timestamp, rx: Timestamp) {
        let site = &mut self.sites[ix as usize];
        let Some(record) = site.day_turns(at) else { return };
        let id = site.id();
        let json = wire::json(&record);
        self.journal.append(of_site(Kind::Day, rx, record.day.start, &id, &json));
        self.day_turned(ix, record);
        self.tell_of_ids(rx);
        self.touched.sites.entry(ix).or_default();
    }

    pub(super) fn day_turned(&mut self, ix: SiteIx, record: DayRecord) {
        let DayRecord { day, keep_from } = record;
        let site = &mut self.sites[ix as usize];
        site.day = Some(day);
        let first = day_of(keep_from) - IDS_KEPT_DAYS;
        site.dedupe.ids.forget_before(first);
        site.book.forget_before(first);
        self.unplaced_book.forget_before(first);
        self.make_room(keep_from);
        self.records.push(Record { site: ix, item: Item::Day { day, keep_from } });
    }

    /// Turns the days of all sites whose day is over (the collector's clock only).
    pub fn turn_days(&mut self, now: Timestamp) {
        if self.clock == Clock::Event {
            return;
        }
        for ix in 0..self.sites.len() as SiteIx {
            self.turn_day(ix, now, now);
        }
    }
}
