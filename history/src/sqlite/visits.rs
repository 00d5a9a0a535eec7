//! Single visits, for lists: one after another, a day at a time in memory.

use std::collections::VecDeque;

use domain::SiteId;
use domain::facts::Date;
use domain::history::Visit;
use rusqlite::{Connection, params};

use super::fault::Fault;
use super::reader::Reader;
use super::words::Words;
use super::{key, rows};
use crate::{Error, Scope};

/// See [`Reader::visits`]. Each day is read as it is when its turn comes.
#[derive(Debug)]
pub struct Visits<'a> {
    reader: &'a Reader,
    words: Words,
    /// Those that are not finished; the first one is read from `from` on.
    sites: VecDeque<(SiteId, i64)>,
    from: Option<Date>,
    scope: (Date, Date),
    day: Date,
    visits: std::vec::IntoIter<Visit>,
}

impl<'a> Visits<'a> {
    pub(super) fn new(reader: &'a Reader, sites: Vec<(SiteId, i64)>, scope: &Scope) -> Self {
        let scope = (key::held(scope.from), key::held(scope.to));
        let (sites, visits) = (sites.into(), Vec::new().into_iter());
        Self { reader, words: Words::default(), sites, from: Some(scope.0), scope, day: scope.0, visits }
    }

    /// Reads the next day that has visits; `false`: there is none.
    fn more(&mut self) -> Result<bool, Error> {
        while let Some((_, number)) = self.sites.front().copied() {
            let from = self.from.filter(|from| *from <= self.scope.1);
            let place = (number, from, self.scope.1);
            if let Some((date, visits)) = self.reader.ask(|db| next_day(db, &mut self.words, place))? {
                self.day = date;
                self.from = date.checked_add(1);
                self.visits = visits.into_iter();
                return Ok(true);
            }
            self.sites.pop_front();
            self.from = Some(self.scope.0);
        }
        Ok(false)
    }
}

/// The first day from `from` to `to` on which a site had visits, and these.
fn next_day(
    db: &Connection,
    words: &mut Words,
    (site, from, to): (i64, Option<Date>, Date),
) -> Result<Option<(Date, Vec<Visit>)>, Fault> {
    let tx = db.unchecked_transaction()?;
    let Some(from) = from else { return Ok(None) };
    let mut first = tx.prepare_cached("SELECT min(date) FROM visit WHERE site = ?1 AND date BETWEEN ?2 AND ?3")?;
    let Some(date) = first.query_row(params![site, from, to], |row| row.get::<_, Option<Date>>(0))? else {
        return Ok(None);
    };
    Ok(Some((date, rows::read_visits(&tx, words, (site, date))?)))
}

impl Iterator for Visits<'_> {
    type Item = Result<(SiteId, Date, Visit), Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let (Some(visit), Some((site, _))) = (self.visits.next(), self.sites.front()) {
                return Some(Ok((*site, self.day, visit)));
            }
            match self.more() {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => {
                    // Told once.
                    self.sites.clear();
                    return Some(Err(error));
                }
            }
        }
    }
}
