//! Questions answered from InfluxDB: the same columns as from the embedded store, since the rows are
//! made into days and packed in the same way.

mod cells;
mod wire;

use std::collections::BTreeMap;

use domain::facts::Date;
use domain::history::Day;
use domain::{SiteId, Timestamp};

use self::wire::Wire;
use super::csv::{Cell, Fault, Row};
use super::flux;
use super::options::{Bucket, Options};
use super::point::Point;
use crate::pack::{self, Columns};
use crate::source::Name;
use crate::{DayPart, Error, Part, Scope, Source};

/// Days of sites that are asked for at once: some ten thousand rows of a part, and of the packed
/// days a few megabytes are held at most.
const AT_ONCE: usize = 400;

/// Packed parts of days.
type Packs = BTreeMap<(SiteId, Date, Part), Vec<u8>>;

/// A store that is asked by HTTP. Each thread may have its own, or share one; it blocks, so not
/// inside an asynchronous task.
#[derive(Debug)]
pub struct Reader {
    wire: Wire,
    bucket: String,
}

impl Reader {
    /// A reader; connects to nothing yet.
    ///
    /// # Errors
    /// When the address or the token cannot be used.
    pub fn new(options: &Options) -> Result<Self, Error> {
        Ok(Self { wire: Wire::new(options)?, bucket: options.bucket(Bucket::Hour) })
    }

    fn ask(&self, flux: &str, mut take: impl FnMut(&Row<'_>) -> Result<(), Fault>) -> Result<(), Error> {
        self.wire.ask(flux, &mut take)
    }

    /// Adds a part of all days of these sites to `packs`.
    fn read(&self, part: Part, sites: &[SiteId], from: Date, to: Date, packs: &mut Packs) -> Result<(), Error> {
        let mut open: Option<(SiteId, Day)> = None;
        let mut close = |site: SiteId, mut day: Day| {
            cells::sort(&mut day);
            let mut bytes = Vec::new();
            if !pack::encode(&day, part, &mut bytes) {
                return Ok(());
            }
            match packs.insert((site, day.date, part), bytes) {
                None => Ok(()),
                Some(_) => Err(Fault::Row("it is not in the order that was asked for".into())),
            }
        };
        self.ask(&flux::part(part, &self.bucket, sites, from, to), |row| {
            let (site, date) = cells::place(row)?;
            match &mut open {
                Some((of, day)) if *of == site && day.date == date => cells::add(part, day, row),
                _ => {
                    let mut day = Day { date, ..Day::default() };
                    cells::add(part, &mut day, row)?;
                    open.replace((site, day)).map_or(Ok(()), |(site, day)| close(site, day))
                }
            }
        })?;
        open.map_or(Ok(()), |(site, day)| close(site, day)).map_err(|fault| self.wire.error(fault.to_string()))
    }
}

impl Source for Reader {
    fn scan(&self, scope: &Scope, parts: &[Part], take: &mut dyn FnMut(&DayPart<'_>)) -> Result<(), Error> {
        let mut sites = if scope.sites.is_empty() { self.sites()? } else { scope.sites.clone() };
        sites.sort_unstable();
        sites.dedup();
        let days = usize::try_from(scope.to.saturating_sub(scope.from)).unwrap_or(0).saturating_add(1);
        let mut columns = Columns::default();
        for sites in sites.chunks((AT_ONCE / days).max(1)) {
            let mut from = scope.from;
            while from <= scope.to {
                let to = scope.to.min(from.saturating_add(AT_ONCE as Date - 1));
                let mut packs = Packs::new();
                for part in flux::ALL_PARTS.into_iter().filter(|part| parts.contains(part)) {
                    self.read(part, sites, from, to, &mut packs)?;
                }
                for ((site, date, part), bytes) in &packs {
                    let (names, cells) = columns
                        .decode(*part, bytes)
                        .map_err(|why| self.wire.error(format!("{site} on day {date} has {why} that cannot be")))?;
                    take(&DayPart { site: *site, date: *date, names, cells });
                }
                let Some(next) = to.checked_add(1) else { break };
                from = next;
            }
        }
        Ok(())
    }

    fn sites(&self) -> Result<Vec<SiteId>, Error> {
        let mut sites = Vec::new();
        self.ask(&flux::sites(&self.bucket), |row| {
            sites.push(cells::id(row, "_value", SiteId::new)?);
            Ok(())
        })?;
        sites.sort_unstable();
        sites.dedup();
        Ok(sites)
    }

    fn span(&self, site: SiteId) -> Result<Option<(Date, Date)>, Error> {
        let (mut first, mut last) = (None, None);
        self.ask(&flux::span(&self.bucket, site), |row| {
            let date = cells::number(row, "date")?;
            match row.result()? {
                "first" => first = Some(date),
                _ => last = Some(date),
            }
            Ok(())
        })?;
        Ok(first.zip(last))
    }

    fn names(&self, site: SiteId) -> Result<Vec<Name>, Error> {
        let mut names = Vec::new();
        self.ask(&flux::names(&self.bucket, site), |row| {
            let text = |column| match row.get(column)? {
                Cell::Text(text) => Ok(text.to_owned()),
                _ => Err(Fault::Row(format!("{column:?} is no text"))),
            };
            names.push(Name { kind: text("kind")?, id: text("id")?, name: text("_value")? });
            Ok(())
        })?;
        names.sort_by(|a, b| (&a.kind, &a.id).cmp(&(&b.kind, &b.id)));
        Ok(names)
    }
}

/// The point of a display name, as [`Source::names`] of the [`Reader`] reads it: the newest counts.
/// `at`: when it was configured.
#[must_use]
pub fn name_point(site: SiteId, name: &Name, at: Timestamp) -> Point {
    Point::new("name", at.ms().saturating_mul(1_000_000))
        .tag("site", site.as_str())
        .tag("kind", &name.kind)
        .tag("id", &name.id)
        .text("name", &name.name)
}
