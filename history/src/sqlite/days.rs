//! A day written: what differs from what is there is found first, told to the outbox, then changed.

use std::collections::BTreeMap;

use domain::facts::Date;
use domain::history::{Day, FlowCell, FlowKey, Histogram};
use domain::{SiteId, Timestamp};
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::fault::Fault;
use super::words::Words;
use super::{Written, key, outbox, rows};
use crate::Part;
use crate::influx::line;
use crate::pack::{self, Columns, Malformed};
use crate::source::{Cells, Histograms, Key, Names};

/// Which sections of a day differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sections {
    flow: bool,
    queues: bool,
    counters: bool,
    zones: bool,
    quality: bool,
    minutes: bool,
    visits: bool,
    ratings: bool,
}

impl Sections {
    /// All of them.
    pub const ALL: Self = Self {
        flow: true,
        queues: true,
        counters: true,
        zones: true,
        quality: true,
        minutes: true,
        visits: true,
        ratings: true,
    };
    const NONE: Self = Self {
        flow: false,
        queues: false,
        counters: false,
        zones: false,
        quality: false,
        minutes: false,
        visits: false,
        ratings: false,
    };

    fn mark(&mut self, part: Part) {
        match part {
            Part::Tickets | Part::Waits | Part::Services | Part::Estimates | Part::Ratings => self.flow = true,
            Part::Queues => self.queues = true,
            Part::Counters => self.counters = true,
            Part::Zones => self.zones = true,
            Part::Quality => self.quality = true,
        }
    }

    /// These sections of the day and no others.
    fn of(self, day: &Day) -> Day {
        Day {
            date: day.date,
            start: day.start,
            utc_offset_s: day.utc_offset_s,
            visits: kept(self.visits, &day.visits),
            ratings: kept(self.ratings, &day.ratings),
            flow: kept(self.flow, &day.flow),
            queues: kept(self.queues, &day.queues),
            counters: kept(self.counters, &day.counters),
            zones: kept(self.zones, &day.zones),
            quality: kept(self.quality, &day.quality),
            services: day.services.clone(),
            counter_places: day.counter_places.clone(),
            minutes: if self.minutes { day.minutes.clone() } else { Default::default() },
        }
    }
}

fn kept<T: Clone>(wanted: bool, rows: &[T]) -> Vec<T> {
    if wanted { rows.to_vec() } else { Vec::new() }
}

/// Bytes that a key's row should hold; `None`: there should be no row.
struct Packed {
    table: Table,
    key: i64,
    pack: Option<Vec<u8>>,
}

impl Packed {
    /// Makes the row so; the bytes written.
    fn put(&self, tx: &Transaction<'_>) -> rusqlite::Result<u64> {
        match &self.pack {
            Some(pack) => tx.prepare_cached(self.table.put())?.execute(params![self.key, pack])?,
            None => tx.prepare_cached(self.table.delete())?.execute([self.key])?,
        };
        Ok(self.pack.as_ref().map_or(0, |pack| pack.len() as u64))
    }
}

#[derive(Clone, Copy)]
enum Table {
    Hour,
    Minute,
}

impl Table {
    const fn select(self) -> &'static str {
        match self {
            Self::Hour => "SELECT pack FROM hour WHERE key = ?1",
            Self::Minute => "SELECT pack FROM minute WHERE key = ?1",
        }
    }

    const fn put(self) -> &'static str {
        match self {
            Self::Hour => "INSERT OR REPLACE INTO hour (key, pack) VALUES (?1, ?2)",
            Self::Minute => "INSERT OR REPLACE INTO minute (key, pack) VALUES (?1, ?2)",
        }
    }

    const fn delete(self) -> &'static str {
        match self {
            Self::Hour => "DELETE FROM hour WHERE key = ?1",
            Self::Minute => "DELETE FROM minute WHERE key = ?1",
        }
    }
}

fn stored(db: &Connection, table: Table, key: i64) -> rusqlite::Result<Option<Vec<u8>>> {
    db.prepare_cached(table.select())?.query_row([key], |row| row.get(0)).optional()
}

/// Writes one day of a site (its id and its number in the file).
pub fn write(
    tx: &Transaction<'_>,
    words: &mut Words,
    (site, number): (SiteId, i64),
    day: &Day,
    mirror: bool,
    written: &mut Written,
) -> Result<(), Fault> {
    let place = (number, day.date);
    let mut differs = Sections::NONE;
    let mut packs = different_parts(tx, number, day, &mut differs)?;
    if let Some(minutes) = different_minutes(tx, number, day)? {
        differs.minutes = true;
        packs.push(minutes);
    }
    let old_visits = rows::read_visits(tx, words, place)?;
    let old_ratings = rows::read_ratings(tx, words, place)?;
    differs.visits = old_visits != day.visits;
    differs.ratings = old_ratings != day.ratings;
    let head = different_head(tx, number, day)?;
    // Another beginning moves every point's time, another place its fields.
    let sections = if head.is_some() { Sections::ALL } else { differs };
    if mirror && sections != Sections::NONE {
        // Before anything is changed: what was is read from the file.
        let before = read(tx, words, place, sections)?;
        let before = before.map_or_else(Vec::new, |before| line::day_points(site, &before));
        let changes = line::changes(&before, line::day_points(site, &sections.of(day)));
        outbox::put(tx, &changes)?;
        written.points += changes.len() as u64;
    }
    for packed in packs {
        written.bytes += packed.put(tx)?;
        written.rows += 1;
    }
    if let Some(places) = head {
        let put = "INSERT OR REPLACE INTO day (key, start_ms, utc_offset_s, places) VALUES (?1, ?2, ?3, ?4)";
        let values = params![key::of_day(number, day.date), day.start.ms(), day.utc_offset_s, places];
        tx.prepare_cached(put)?.execute(values)?;
        written.rows += 1;
    }
    written.rows += rows::write_visits(tx, words, place, &old_visits, &day.visits)?;
    written.rows += rows::write_ratings(tx, words, place, &old_ratings, &day.ratings)?;
    Ok(())
}

fn different_parts(tx: &Connection, number: i64, day: &Day, differs: &mut Sections) -> Result<Vec<Packed>, Fault> {
    let mut different = Vec::new();
    let mut pack = Vec::new();
    for part in key::ALL {
        let some = pack::encode(day, *part, &mut pack);
        let key = key::of_part(number, *part, day.date);
        let was = stored(tx, Table::Hour, key)?;
        if was.as_deref() != some.then_some(pack.as_slice()) {
            differs.mark(*part);
            different.push(Packed { table: Table::Hour, key, pack: some.then(|| pack.clone()) });
        }
    }
    Ok(different)
}

fn different_minutes(tx: &Connection, number: i64, day: &Day) -> Result<Option<Packed>, Fault> {
    let key = key::of_day(number, day.date);
    let some = day.minutes != Default::default();
    let pack = some.then(|| pack::encode_minutes(day)).transpose();
    let pack = pack.map_err(|error| Fault::Sql(rusqlite::Error::ToSqlConversionFailure(Box::new(error))))?;
    let differs = stored(tx, Table::Minute, key)? != pack;
    Ok(differs.then_some(Packed { table: Table::Minute, key, pack }))
}

/// The day's places, where they or its first instant are not what is stored.
fn different_head(tx: &Connection, number: i64, day: &Day) -> Result<Option<Vec<u8>>, Fault> {
    let places = pack::encode_places(day);
    let mut select = tx.prepare_cached("SELECT start_ms, utc_offset_s, places FROM day WHERE key = ?1")?;
    let get = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let was: Option<(i64, i32, Vec<u8>)> = select.query_row([key::of_day(number, day.date)], get).optional()?;
    let is = (day.start.ms(), day.utc_offset_s, places);
    Ok((was.as_ref() != Some(&is)).then_some(is.2))
}

/// A day as it is stored, with these sections; `None`: it was never written.
pub fn read(
    db: &Connection,
    words: &mut Words,
    (number, date): (i64, Date),
    sections: Sections,
) -> Result<Option<Day>, Fault> {
    let mut select = db.prepare_cached("SELECT start_ms, utc_offset_s, places FROM day WHERE key = ?1")?;
    let get = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let head: Option<(i64, i32, Vec<u8>)> = select.query_row([key::of_day(number, date)], get).optional()?;
    let Some((start_ms, utc_offset_s, places)) = head else { return Ok(None) };
    let wrong = |table: &'static str| move |why: Malformed| Fault::row(table, day_text(date), &why);
    let (services, counter_places) = pack::decode_places(&places).map_err(wrong("day"))?;
    let start = Timestamp::from_ms(start_ms);
    let mut day = Day { date, start, utc_offset_s, services, counter_places, ..Day::default() };
    let mut flow = BTreeMap::new();
    let mut columns = Columns::default();
    for part in key::ALL {
        let Some(pack) = stored(db, Table::Hour, key::of_part(number, *part, date))? else { continue };
        let (names, cells) = columns.decode(*part, &pack).map_err(wrong("hour"))?;
        match cells {
            Cells::Queues(cells) => day.queues = cells.to_vec(),
            Cells::Counters(cells) => day.counters = cells.to_vec(),
            Cells::Zones(cells) => day.zones = cells.to_vec(),
            Cells::Quality(cells) => day.quality = cells.to_vec(),
            cells => merge(&mut flow, names, cells),
        }
    }
    day.flow = flow.into_values().collect();
    if sections.minutes
        && let Some(pack) = stored(db, Table::Minute, key::of_day(number, date))?
    {
        day.minutes = pack::decode_minutes(&pack).map_err(wrong("minute"))?;
    }
    if sections.visits {
        day.visits = rows::read_visits(db, words, (number, date))?;
    }
    if sections.ratings {
        day.ratings = rows::read_ratings(db, words, (number, date))?;
    }
    Ok(Some(sections.of(&day)))
}

/// A business day as people write it.
pub fn day_text(date: Date) -> String {
    let at = Timestamp::from_ms(i64::from(date) * 86_400_000).to_string();
    at.split('T').next().unwrap_or_default().to_owned()
}

/// Puts one part's columns to the cells that they are of.
fn merge(flow: &mut BTreeMap<FlowKey, FlowCell>, names: Names<'_>, cells: Cells<'_>) {
    let mut each = |keys: &[Key], put: &dyn Fn(&mut FlowCell, usize)| {
        for (i, key) in keys.iter().enumerate() {
            let key = FlowKey {
                hour: key.hour,
                service: names.services.get(usize::from(key.service)).map(|place| place.service),
                counter: names.counters.get(usize::from(key.counter)).map(|place| place.0),
                officer: names.officers.get(usize::from(key.officer)).copied(),
            };
            put(flow.entry(key).or_insert_with(|| FlowCell::new(key)), i);
        }
    };
    match cells {
        Cells::Tickets { keys, arrivals, cancelled, no_shows, day_ended, recalls, transfers } => {
            each(keys, &|cell, i| {
                (cell.arrivals, cell.cancelled, cell.no_shows) = (arrivals[i], cancelled[i], no_shows[i]);
                (cell.day_ended, cell.recalls, cell.transfers) = (day_ended[i], recalls[i], transfers[i]);
            });
        }
        Cells::Waits { keys, waits, walks } => {
            each(keys, &|cell, i| (cell.waits, cell.walks) = (histogram(waits, i), histogram(walks, i)));
        }
        Cells::Services { keys, served, services } => {
            each(keys, &|cell, i| (cell.served, cell.services) = (served[i], histogram(services, i)));
        }
        Cells::Estimates { keys, promised, within_p90, within_p50, error_ms, errors } => {
            each(keys, &|cell, i| {
                (cell.promised, cell.within_p90, cell.within_p50) = (promised[i], within_p90[i], within_p50[i]);
                (cell.error_ms, cell.errors) = (error_ms[i], histogram(errors, i));
            });
        }
        Cells::Ratings { keys, ratings, unbound } => {
            each(keys, &|cell, i| (cell.ratings, cell.unbound) = (ratings[i], unbound[i]));
        }
        Cells::Queues(_) | Cells::Counters(_) | Cells::Zones(_) | Cells::Quality(_) => {}
    }
}

fn histogram(all: Histograms<'_>, i: usize) -> Histogram {
    let begin = i.checked_sub(1).map_or(0, |before| all.ends[before] as usize);
    let pairs = begin..all.ends[i] as usize;
    let seconds = all.seconds[pairs.clone()].iter().copied().zip(all.counts[pairs].iter().copied()).collect();
    Histogram { sum_ms: all.sum_ms[i], max_ms: all.max_ms[i], seconds }
}
