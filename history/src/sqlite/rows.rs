//! Visits and ratings: a row for each.

use std::collections::BTreeMap;

use domain::event::{Channel, Outcome, Priority, Purpose, RatingLevel};
use domain::facts::Date;
use domain::history::{Rating, Visit, VisitEnd};
use domain::{CounterId, OfficerId, ServiceId, TicketNumber, Timestamp};
use rusqlite::{Connection, Row, params};

use super::fault::Fault;
use super::words::Words;

const INSERT_VISIT: &str = "INSERT OR REPLACE INTO visit VALUES
    (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26)";
const SELECT_VISITS: &str = "SELECT * FROM visit WHERE site = ?1 AND date = ?2 ORDER BY issued_ms, ticket, nth";
const DELETE_VISIT: &str =
    "DELETE FROM visit WHERE site = ?1 AND date = ?2 AND issued_ms = ?3 AND ticket = ?4 AND nth = ?5";
const INSERT_RATING: &str = "INSERT OR REPLACE INTO rating VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
const SELECT_RATINGS: &str = "SELECT * FROM rating WHERE site = ?1 AND date = ?2 ORDER BY at_ms, nth";
const DELETE_RATING: &str = "DELETE FROM rating WHERE site = ?1 AND date = ?2 AND at_ms = ?3 AND nth = ?4";

/// What a visit is called on its day.
type VisitKey = (Timestamp, TicketNumber, u16);
/// What a rating is called on its day: its instant, and which one of that instant.
type RatingKey = (Timestamp, u32);

/// A table's rows of one day as they are and as they should be: what is to be done.
struct Difference<'a, K, R> {
    /// New or otherwise than before.
    put: Vec<(K, &'a R)>,
    /// No longer there.
    gone: Vec<K>,
}

impl<'a, K: Ord + Copy, R: PartialEq> Difference<'a, K, R> {
    fn between(old: &'a [R], new: &'a [R], keys: impl Fn(&'a [R]) -> Vec<K>) -> Self {
        let mut was: BTreeMap<K, &R> = keys(old).into_iter().zip(old).collect();
        let pairs = keys(new).into_iter().zip(new);
        let put = pairs.filter(|(key, row)| was.remove(key).is_none_or(|before| before != *row)).collect();
        Self { put, gone: was.into_keys().collect() }
    }
}

fn visit_keys(visits: &[Visit]) -> Vec<VisitKey> {
    visits.iter().map(|visit| (visit.issued, visit.ticket, visit.nth)).collect()
}

fn rating_keys(ratings: &[Rating]) -> Vec<RatingKey> {
    let mut keys: Vec<RatingKey> = Vec::with_capacity(ratings.len());
    for rating in ratings {
        let nth = keys.last().filter(|(at, _)| *at == rating.at).map_or(0, |(_, nth)| nth + 1);
        keys.push((rating.at, nth));
    }
    keys
}

/// Makes the visits of a day what they should be; how many rows changed.
pub fn write_visits(
    db: &Connection,
    words: &mut Words,
    (site, date): (i64, Date),
    old: &[Visit],
    new: &[Visit],
) -> Result<u64, Fault> {
    let difference = Difference::between(old, new, visit_keys);
    for (issued, ticket, nth) in &difference.gone {
        db.prepare_cached(DELETE_VISIT)?.execute(params![site, date, issued.ms(), ticket.as_str(), nth])?;
    }
    for (_, visit) in &difference.put {
        put_visit(db, words, (site, date), visit)?;
    }
    Ok((difference.put.len() + difference.gone.len()) as u64)
}

fn put_visit(db: &Connection, words: &mut Words, (site, date): (i64, Date), v: &Visit) -> Result<(), Fault> {
    let (ended, outcome) = end_code(v.end);
    db.prepare_cached(INSERT_VISIT)?.execute(params![
        site,
        date,
        v.issued.ms(),
        v.ticket.as_str(),
        v.nth,
        v.ended.ms(),
        words.number(db, ended)?,
        words.maybe(db, outcome.map(Outcome::code))?,
        words.number(db, v.service.as_str())?,
        words.maybe(db, v.last_service.as_ref().map(ServiceId::as_str))?,
        words.maybe(db, v.counter.as_ref().map(CounterId::as_str))?,
        words.maybe(db, v.officer.as_ref().map(OfficerId::as_str))?,
        words.maybe(db, v.channel.map(Channel::code))?,
        words.maybe(db, v.purpose.map(Purpose::code))?,
        words.number(db, v.priority.code())?,
        v.first_wait_ms,
        v.waits_ms,
        v.calls,
        v.walk_ms,
        v.service_ms,
        v.recalls,
        v.transfers,
        v.holds,
        v.promised_ms.map(|(p50, _)| p50),
        v.promised_ms.map(|(_, p90)| p90),
        words.maybe(db, v.rating.map(RatingLevel::code))?,
    ])?;
    Ok(())
}

const fn end_code(end: VisitEnd) -> (&'static str, Option<Outcome>) {
    match end {
        VisitEnd::Served(outcome) => ("served", outcome),
        VisitEnd::NoShow => ("no_show", None),
        VisitEnd::Abandoned => ("abandoned", None),
        VisitEnd::Cancelled => ("cancelled", None),
        VisitEnd::DayEnded => ("day_ended", None),
    }
}

fn end_of(code: &str, outcome: Option<Outcome>) -> Option<VisitEnd> {
    match code {
        "served" => Some(VisitEnd::Served(outcome)),
        "no_show" => Some(VisitEnd::NoShow),
        "abandoned" => Some(VisitEnd::Abandoned),
        "cancelled" => Some(VisitEnd::Cancelled),
        "day_ended" => Some(VisitEnd::DayEnded),
        _ => None,
    }
}

/// A column of a row that names something.
struct Reading<'a, 'r> {
    db: &'a Connection,
    words: &'a mut Words,
    row: &'a Row<'r>,
}

impl Reading<'_, '_> {
    fn word<T>(&mut self, column: &str, parse: impl Fn(&str) -> Option<T>) -> Result<T, Fault> {
        self.words.parsed(self.db, self.row.get(column)?, parse)
    }

    fn maybe<T>(&mut self, column: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Fault> {
        let number: Option<i64> = self.row.get(column)?;
        number.map(|number| self.words.parsed(self.db, number, parse)).transpose()
    }

    fn instant(&self, column: &str) -> Result<Timestamp, Fault> {
        Ok(Timestamp::from_ms(self.row.get(column)?))
    }

    fn ticket(&self) -> Result<Option<TicketNumber>, Fault> {
        let text: Option<String> = self.row.get("ticket")?;
        let parsed = text.map(|text| TicketNumber::new(&text)).transpose();
        parsed.map_err(|error| Fault::Damaged(error.to_string()))
    }
}

/// The visits of a day.
pub fn read_visits(db: &Connection, words: &mut Words, (site, date): (i64, Date)) -> Result<Vec<Visit>, Fault> {
    let mut found = db.prepare_cached(SELECT_VISITS)?;
    let mut rows = found.query(params![site, date])?;
    let mut visits = Vec::new();
    while let Some(row) = rows.next()? {
        visits.push(read_visit(&mut Reading { db, words, row })?);
    }
    Ok(visits)
}

fn read_visit(r: &mut Reading<'_, '_>) -> Result<Visit, Fault> {
    let outcome = r.maybe("outcome", Outcome::from_code)?;
    let p50: Option<u32> = r.row.get("promised_p50_ms")?;
    let p90: Option<u32> = r.row.get("promised_p90_ms")?;
    Ok(Visit {
        ticket: r.ticket()?.ok_or_else(|| Fault::Damaged("table visit, a row without a ticket".to_owned()))?,
        nth: r.row.get("nth")?,
        issued: r.instant("issued_ms")?,
        ended: r.instant("ended_ms")?,
        end: r.word("ended", |code| end_of(code, outcome))?,
        service: r.word("service", |id| ServiceId::new(id).ok())?,
        last_service: r.maybe("last_service", |id| ServiceId::new(id).ok())?,
        counter: r.maybe("counter", |id| CounterId::new(id).ok())?,
        officer: r.maybe("officer", |id| OfficerId::new(id).ok())?,
        channel: r.maybe("channel", Channel::from_code)?,
        purpose: r.maybe("purpose", Purpose::from_code)?,
        priority: r.word("priority", Priority::from_code)?,
        first_wait_ms: r.row.get("first_wait_ms")?,
        waits_ms: r.row.get("waits_ms")?,
        calls: r.row.get("calls")?,
        walk_ms: r.row.get("walk_ms")?,
        service_ms: r.row.get("service_ms")?,
        recalls: r.row.get("recalls")?,
        transfers: r.row.get("transfers")?,
        holds: r.row.get("holds")?,
        promised_ms: p50.zip(p90),
        rating: r.maybe("rating", RatingLevel::from_code)?,
    })
}

/// Makes the ratings of a day what they should be; how many rows changed.
pub fn write_ratings(
    db: &Connection,
    words: &mut Words,
    (site, date): (i64, Date),
    old: &[Rating],
    new: &[Rating],
) -> Result<u64, Fault> {
    let difference = Difference::between(old, new, rating_keys);
    for (at, nth) in &difference.gone {
        db.prepare_cached(DELETE_RATING)?.execute(params![site, date, at.ms(), nth])?;
    }
    for ((at, nth), rating) in &difference.put {
        db.prepare_cached(INSERT_RATING)?.execute(params![
            site,
            date,
            at.ms(),
            nth,
            words.number(db, rating.level.code())?,
            rating.ticket.as_ref().map(TicketNumber::as_str),
            words.maybe(db, rating.service.as_ref().map(ServiceId::as_str))?,
            words.maybe(db, rating.counter.as_ref().map(CounterId::as_str))?,
            words.maybe(db, rating.officer.as_ref().map(OfficerId::as_str))?,
        ])?;
    }
    Ok((difference.put.len() + difference.gone.len()) as u64)
}

/// The ratings of a day.
pub fn read_ratings(db: &Connection, words: &mut Words, (site, date): (i64, Date)) -> Result<Vec<Rating>, Fault> {
    let mut found = db.prepare_cached(SELECT_RATINGS)?;
    let mut rows = found.query(params![site, date])?;
    let mut ratings = Vec::new();
    while let Some(row) = rows.next()? {
        let r = &mut Reading { db, words, row };
        ratings.push(Rating {
            at: r.instant("at_ms")?,
            level: r.word("level", RatingLevel::from_code)?,
            ticket: r.ticket()?,
            service: r.maybe("service", |id| ServiceId::new(id).ok())?,
            counter: r.maybe("counter", |id| CounterId::new(id).ok())?,
            officer: r.maybe("officer", |id| OfficerId::new(id).ok())?,
        });
    }
    Ok(ratings)
}
