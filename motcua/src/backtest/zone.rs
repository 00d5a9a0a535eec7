//! Which time zone a site is in, told by the offsets that its rows are written with.

use std::collections::BTreeMap;

use domain::calendar::{Calendar, Hours};
use domain::config::SiteConfig;
use domain::{SiteId, Timestamp};

use super::History;
use crate::exit::BadInput;

/// The zones of all sites, as time goes by.
pub struct Zones {
    /// One for all, as asked for.
    given: Option<String>,
    sites: BTreeMap<SiteId, Changes>,
}

/// What one site's rows say: from when on they are written with another offset.
#[derive(Default)]
struct Changes {
    /// In order of time; each differs from the one before.
    offsets: Vec<(Timestamp, i32)>,
    /// How many of them were reached.
    reached: usize,
    zone: Option<Zone>,
}

/// A site's zone at present.
pub struct Zone {
    /// Its business days: from midnight to midnight.
    pub calendar: Calendar,
    /// Its hours, of which nobody said anything.
    pub hours: Hours,
}

impl Zones {
    /// Of a history; or of the zone `given` everywhere.
    ///
    /// # Errors
    /// When `given` is not known.
    pub fn new(history: &History, given: Option<String>) -> anyhow::Result<Self> {
        let mut rows: Vec<(SiteId, Timestamp, i32)> = history.offsets().collect();
        rows.sort_unstable();
        let mut sites: BTreeMap<SiteId, Changes> = BTreeMap::new();
        for (site, at, offset_s) in rows {
            let offsets = &mut sites.entry(site).or_default().offsets;
            if offsets.last().is_none_or(|(_, last)| *last != offset_s) {
                offsets.push((at, offset_s));
            }
        }
        Ok(Self { given, sites })
    }

    /// A site's zone at an instant. Instants of one site must not go back.
    ///
    /// # Errors
    /// [`BadInput`] when the zone is not known.
    pub fn at(&mut self, site: SiteId, at: Timestamp) -> anyhow::Result<&mut Zone> {
        let Changes { offsets, reached, zone } = self.sites.entry(site).or_default();
        // A site's first event may be a call from before its first issue: the first offset is its.
        let before = (*reached).max(1);
        *reached = before + offsets.iter().skip(before).take_while(|(from, _)| *from <= at).count();
        let kept = zone.take().filter(|_| *reached == before);
        let offset_s = || offsets.get(*reached - 1).map_or(0, |(_, offset_s)| *offset_s);
        Ok(zone.insert(match kept {
            Some(kept) => kept,
            None => Zone::new(site, self.given.clone().map_or_else(|| name_of(offset_s()), Ok)?)?,
        }))
    }
}

impl Zone {
    fn new(site: SiteId, name: String) -> anyhow::Result<Self> {
        let config = SiteConfig::discovered(site, &name);
        let zone = config.calendar().and_then(|calendar| Ok(Self { calendar, hours: Hours::of_site(&config)? }));
        zone.map_err(|error| BadInput::because(format!("the zone {name}: {error}")).into())
    }
}

/// The zone of a fixed offset: `Etc/GMT-1` is an hour east of Greenwich.
fn name_of(offset_s: i32) -> Result<String, BadInput> {
    match (offset_s / 3_600, offset_s % 3_600) {
        (0, 0) => Ok("UTC".to_owned()),
        (east @ -12..=14, 0) => Ok(format!("Etc/GMT{:+}", -east)),
        _ => Err(BadInput::because(format!(
            "times are written with an offset of {} minutes, which is no whole hour: name their zone with --zone",
            offset_s / 60
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_names_its_zone() {
        for (offset_s, hour) in [(0, 12), (3_600, 13), (-5 * 3_600, 7), (14 * 3_600, 2)] {
            let name = name_of(offset_s).unwrap();
            let hours = Hours::of_site(&SiteConfig::discovered(SiteId::new("x").unwrap(), &name)).unwrap();
            let noon = Timestamp::parse("2020-01-14T12:00:00Z").unwrap();
            assert_eq!(hours.wall_clock(noon).hour(), hour, "{name}");
        }
        assert!(name_of(19_800).unwrap_err().to_string().contains("--zone"));
    }
}
