//! The store, asked: on a connection of its own that never writes.

use std::cell::{Ref, RefCell};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use domain::SiteId;
use domain::facts::Date;
use domain::history::Day;
use rusqlite::Connection;

use super::days::{self, Sections};
use super::fault::{Context, Fault};
use super::visits::Visits;
use super::words::Words;
use super::{key, names, scan, schema};
use crate::pack::Columns;
use crate::source::Name;
use crate::{DayPart, Error, Part, Scope, Source};

/// From so many sites on a thread of its own reads ahead of who adds up: it costs a connection.
const AHEAD_FROM_SITES: usize = 8;

/// A store that is read while its writer works: each question sees the state of one instant, in which
/// every day is whole. A file that does not exist yet is a history without days; it is looked for
/// again with every question, and so is a new file that was put in its place.
///
/// It can go to another thread but not be shared: each thread opens its own.
#[derive(Debug)]
pub struct Reader {
    path: PathBuf,
    open: RefCell<Option<Open>>,
    /// Used again, one for each part, so that days in a row are read without allocating.
    columns: RefCell<Vec<Columns>>,
}

#[derive(Debug)]
struct Open {
    db: Connection,
    /// Device and number of the file.
    file: Option<(u64, u64)>,
}

impl Reader {
    /// A reader of this file.
    ///
    /// # Errors
    /// When the file is there and cannot be used.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let reader = Self { path: path.to_owned(), open: RefCell::default(), columns: RefCell::default() };
        drop(reader.db()?);
        Ok(reader)
    }

    /// The connection; `None`: there is no file yet.
    fn db(&self) -> Result<Option<Ref<'_, Connection>>, Error> {
        let file = std::fs::metadata(&self.path).ok().map(|file| (file.dev(), file.ino()));
        let same = self.open.borrow().as_ref().is_some_and(|open| open.file == file);
        // A question that is asked from inside another one stays with that one's file.
        if !same && let Ok(mut open) = self.open.try_borrow_mut() {
            *open = schema::open_to_read(&self.path)?.map(|db| Open { db, file });
        }
        Ok(Ref::filter_map(self.open.borrow(), |open| open.as_ref().map(|open| &open.db)).ok())
    }

    /// Asks; without a file, the answer is that of an empty one.
    pub(super) fn ask<T: Default>(&self, what: impl FnOnce(&Connection) -> Result<T, Fault>) -> Result<T, Error> {
        match self.db()? {
            Some(db) => what(&db).at(&self.path),
            None => Ok(T::default()),
        }
    }

    /// Every visit in scope, in the order of (site, date, issue, ticket). One day of one site is held
    /// in memory at a time.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn visits(&self, scope: &Scope) -> Result<Visits<'_>, Error> {
        let sites = self.ask(|db| wanted(db, scope))?;
        Ok(Visits::new(self, sites, scope))
    }

    /// One whole day as it was written; `None`: it never was.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn day(&self, site: SiteId, date: Date) -> Result<Option<Day>, Error> {
        self.ask(|db| {
            let tx = db.unchecked_transaction()?;
            let Some(number) = names::known(&tx, site)? else { return Ok(None) };
            days::read(&tx, &mut Words::default(), (number, key::held(date)), Sections::ALL)
        })
    }
}

/// The sites of a scope that there are, with their numbers, in the order of their ids.
fn wanted(db: &Connection, scope: &Scope) -> Result<Vec<(SiteId, i64)>, Fault> {
    let mut sites = names::sites(db)?;
    sites.retain(|(site, _)| scope.sites.is_empty() || scope.sites.contains(site));
    Ok(sites)
}

impl Source for Reader {
    fn scan(&self, scope: &Scope, parts: &[Part], take: &mut dyn FnMut(&DayPart<'_>)) -> Result<(), Error> {
        let mut order = parts.to_vec();
        order.sort_unstable();
        order.dedup();
        // Out of the cell while they are used: whoever takes may ask again.
        let mut spare = self.columns.take();
        let mut parts: Vec<_> = order.into_iter().map(|part| (part, spare.pop().unwrap_or_default())).collect();
        let done = self.ask(|db| {
            let tx = db.unchecked_transaction()?;
            let sites = wanted(&tx, scope)?;
            if sites.len() >= AHEAD_FROM_SITES {
                return Ok(Some(sites));
            }
            let order: Vec<Part> = parts.iter().map(|(part, _)| *part).collect();
            for site in sites {
                scan::site(&tx, site, scope, &order, &mut |date, at, pack| {
                    let (part, columns) = &mut parts[at];
                    let (names, cells) = scan::decode(columns, site.0, date, *part, pack)?;
                    take(&DayPart { site: site.0, date, names, cells });
                    Ok(())
                })?;
            }
            Ok(None)
        });
        let order: Vec<Part> = parts.iter().map(|(part, _)| *part).collect();
        self.columns.borrow_mut().extend(parts.into_iter().map(|(_, columns)| columns));
        match done? {
            Some(sites) => scan::ahead(&self.path, &sites, scope, &order, take),
            None => Ok(()),
        }
    }

    fn sites(&self) -> Result<Vec<SiteId>, Error> {
        self.ask(|db| Ok(names::sites(db)?.into_iter().map(|(site, _)| site).collect()))
    }

    fn span(&self, site: SiteId) -> Result<Option<(Date, Date)>, Error> {
        self.ask(|db| {
            let Some(number) = names::known(db, site)? else { return Ok(None) };
            let mut span = db.prepare_cached("SELECT min(key), max(key) FROM day WHERE key >= ?1 AND key < ?2")?;
            let keys = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
            let (first, last): (Option<i64>, Option<i64>) = span.query_row([number << 32, (number + 1) << 32], keys)?;
            Ok(first.zip(last).map(|(first, last)| (key::date(first), key::date(last))))
        })
    }

    fn names(&self, site: SiteId) -> Result<Vec<Name>, Error> {
        self.ask(|db| Ok(names::read(db, site)?))
    }
}
