//! The door's state, as a snapshot keeps it: everything that a replay of the journal would make of
//! it, and nothing more. What devices say of themselves (`status`) the broker keeps; how often a hole
//! was asked for, and what was counted since the start, begin anew with every start.

use domain::board::Ingest;
use domain::config::{BusinessDay, SiteConfig};
use domain::dedupe::Dedupe;
use domain::event::DeviceKind;
use domain::{DeviceId, SiteId, Timestamp};
use hashbrown::HashMap;
use mqtt_config::wire;
use serde::{Deserialize, Serialize};

use super::letters::{Book, Letters};
use super::{DeviceKey, Door, KeptModel, SiteDoor};
use crate::flow::SiteIx;

/// See the module. The same journal gives the same bytes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DoorState {
    /// By number.
    sites: Vec<SiteState>,
    unplaced: u64,
    unplaced_book: Book,
    /// The newest model, so that a start needs no older record.
    model: Option<KeptModel>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct SiteState {
    /// As JSON, as the journal holds it.
    config: String,
    day: Option<BusinessDay>,
    dedupe: Dedupe,
    ingest: Ingest,
    event_clock: Option<Timestamp>,
    letters: Letters,
    book: Book,
    /// When events of which device last came.
    told: Vec<(DeviceKind, DeviceId, Timestamp)>,
}

impl DoorState {
    /// How many events each site has accepted, in the order of their numbers.
    #[must_use]
    pub fn accepted(&self) -> Vec<(SiteId, u64)> {
        let id = |site: &SiteState| Some(serde_json::from_str::<SiteConfig>(&site.config).ok()?.site);
        self.sites.iter().filter_map(|site| Some((id(site)?, site.ingest.accepted))).collect()
    }
}

impl Door {
    /// What the door knows, all sites in their order.
    #[must_use]
    pub fn state(&self) -> DoorState {
        let sites = self.sites().iter().map(SiteDoor::state).collect();
        DoorState {
            sites,
            unplaced: self.unplaced,
            unplaced_book: self.unplaced_book.clone(),
            model: self.model().cloned(),
        }
    }

    /// Takes up a state in a door that knows nothing yet. Records for the dataflow are not made.
    ///
    /// # Errors
    /// When a configuration in it cannot be used, or the door knows a site already; the door is then
    /// as it was.
    pub fn restore(&mut self, state: DoorState) -> Result<(), String> {
        if !self.sites.is_empty() {
            return Err("the door is in use already".to_owned());
        }
        let mut by_id = HashMap::new();
        let mut sites = Vec::new();
        for kept in state.sites {
            let ix = sites.len() as SiteIx;
            let site = SiteDoor::restored(ix, kept)?;
            if by_id.insert(site.id(), ix).is_some() {
                return Err(format!("site {} stands in it twice", site.id()));
            }
            sites.push(site);
        }
        (self.sites, self.by_id) = (sites, by_id);
        self.unplaced = state.unplaced;
        self.unplaced_book = state.unplaced_book;
        if let Some(kept) = state.model {
            self.restore_model(kept);
        }
        Ok(())
    }

    /// Every device of which something came, in order: each is owed an acknowledgement after a start.
    #[must_use]
    pub fn devices(&self) -> Vec<DeviceKey> {
        let of_site = |site: &SiteDoor| {
            let ix = site.ix;
            site.dedupe.sequences.devices().into_iter().map(move |(kind, device)| (ix, kind, device))
        };
        self.sites().iter().flat_map(of_site).collect()
    }
}

impl SiteDoor {
    fn state(&self) -> SiteState {
        SiteState {
            config: wire::json(&self.config),
            day: self.day,
            dedupe: self.dedupe.clone(),
            ingest: Ingest { duplicate: 0, ..self.ingest },
            event_clock: self.event_clock,
            letters: self.letters.clone(),
            book: self.book.clone(),
            told: self.devices.told(),
        }
    }

    fn restored(ix: SiteIx, state: SiteState) -> Result<Self, String> {
        let SiteState { config, day, dedupe, ingest, event_clock, letters, book, told } = state;
        let config: SiteConfig = serde_json::from_str(&config).map_err(|error| error.to_string())?;
        let mut site = Self::new(ix, config)?;
        (site.day, site.dedupe, site.ingest, site.event_clock) = (day, dedupe, ingest, event_clock);
        (site.letters, site.book) = (letters, book);
        site.letters.changed = true;
        told.into_iter().for_each(|(kind, device, rx)| site.devices.heard(kind, device, rx));
        Ok(site)
    }
}
