//! The one writer.

use std::path::{Path, PathBuf};

use domain::config::SiteConfig;
use domain::facts::Date;
use domain::history::Day;
use domain::{SiteId, Timestamp};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::days::{self, Sections};
use super::fault::{Context, Fault};
use super::words::Words;
use super::{Backlog, LetGo, Options, Retention, TableSize, Written, inside, key, names, outbox, schema};
use crate::Error;
use crate::influx::line::{self, Row};
use crate::influx::reader::name_point;
use crate::sqlite::Bucket;

/// So many days that InfluxDB has not seen yet are put into the outbox with one write, so that a
/// mirror that is turned on later never holds up what is happening now.
const CATCH_UP_DAYS: i64 = 50;

/// Pages that are given back to the disk with one call.
const VACUUM: &str = "PRAGMA incremental_vacuum(4096)";

/// A store that is written to. There is one for a file.
#[derive(Debug)]
pub struct Store {
    db: Connection,
    path: PathBuf,
    options: Options,
    words: Words,
}

impl Store {
    /// Opens the file, and makes it and its directory where there are none.
    ///
    /// # Errors
    /// When the file cannot be used, is of a later version, or is no history.
    pub fn open(path: &Path, options: Options) -> Result<Self, Error> {
        let mut db = schema::open(path)?;
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate).at(path)?;
        set_mirror(&tx, options.mirror).at(path)?;
        tx.commit().at(path)?;
        Ok(Self { db, path: path.to_owned(), options, words: Words::default() })
    }

    /// Whether the file at `path` keeps an outbox, as it was opened last; where there is none, it does not.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn is_mirrored(path: &Path) -> Result<bool, Error> {
        let Some(db) = schema::open_to_read(path)? else { return Ok(false) };
        Ok(meta(&db, "mirror").at(path)? == Some(1))
    }

    /// The journal's offset up to which everything is written; `None`: nothing yet.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn cursor(&self) -> Result<Option<u64>, Error> {
        Ok(meta(&self.db, "cursor").at(&self.path)?.map(i64::cast_unsigned))
    }

    /// Writes whole days, and that the journal is written up to `cursor`: all of it or nothing. Only
    /// what differs from what is there changes. Without days it only moves the cursor.
    ///
    /// With an outbox, a few of the days that it has never held are put into it each time.
    ///
    /// # Errors
    /// When the file cannot be written: nothing has changed then, and the same may be tried again.
    pub fn write(&mut self, days: &[(SiteId, Day)], cursor: u64) -> Result<Written, Error> {
        let mut written = Written::default();
        let done = self.try_write(days, cursor, &mut written);
        if done.is_err() {
            // It may know numbers that went with the transaction.
            self.words.forget();
        }
        done.at(&self.path).map(|()| written)
    }

    fn try_write(&mut self, days: &[(SiteId, Day)], cursor: u64, written: &mut Written) -> Result<(), Fault> {
        let tx = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for (site, day) in days {
            let number = names::site_number(&tx, *site)?;
            days::write(&tx, &mut self.words, (*site, number), day, self.options.mirror, written)?;
        }
        if self.options.mirror {
            catch_up(&tx, &mut self.words, written)?;
        }
        set_meta(&tx, "cursor", cursor.cast_signed())?;
        tx.commit()?;
        Ok(())
    }

    /// Takes over the display names of a site's newest configuration. What is no longer in it keeps
    /// the name that it had.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn configure(&mut self, config: &SiteConfig) -> Result<(), Error> {
        let tx = self.db.transaction_with_behavior(TransactionBehavior::Immediate).at(&self.path)?;
        let new = names::write(&tx, config).at(&self.path)?;
        if self.options.mirror {
            send_names(&tx, config, new).at(&self.path)?;
        }
        tx.commit().at(&self.path)
    }

    /// Removes what is older than `retention` allows, and gives its room back to the disk.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn let_go(&mut self, today: Date, retention: &Retention) -> Result<LetGo, Error> {
        let tx = self.db.transaction_with_behavior(TransactionBehavior::Immediate).at(&self.path)?;
        let gone = let_go(&tx, today, retention).at(&self.path)?;
        tx.commit().at(&self.path)?;
        if gone != LetGo::default() {
            self.db.execute_batch(VACUUM).at(&self.path)?;
        }
        Ok(gone)
    }

    /// What each table takes.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn sizes(&self) -> Result<Vec<TableSize>, Error> {
        inside::sizes(&self.db).at(&self.path)
    }

    /// Each table's name and the SHA-256, in hexadecimal digits, of its rows in the order of their
    /// keys. Equal digests: equal histories, whatever the files look like. Without `outbox`,
    /// `dead_letter` and the cursor.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn digests(&self) -> Result<Vec<(String, String)>, Error> {
        inside::digests(&self.db).at(&self.path)
    }

    /// Lets the file grow by so many pages and no more, `None`: as far as the disk allows. A bound
    /// that is reached is [`Error::Full`].
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn limit_pages(&self, more: Option<u32>) -> Result<(), Error> {
        let pages: i64 = self.db.query_row("PRAGMA page_count", [], |row| row.get(0)).at(&self.path)?;
        let most = more.map_or(i64::from(u32::MAX - 1), |more| pages + i64::from(more));
        self.db.pragma_update(None, "max_page_count", most).at(&self.path)
    }

    /// How much InfluxDB has not acknowledged.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn backlog(&self) -> Result<Backlog, Error> {
        outbox::backlog(&self.db).at(&self.path)
    }
}

fn meta(db: &Connection, name: &str) -> rusqlite::Result<Option<i64>> {
    db.prepare_cached("SELECT value FROM meta WHERE name = ?1")?.query_row([name], |row| row.get(0)).optional()
}

fn set_meta(tx: &Transaction<'_>, name: &str, value: i64) -> rusqlite::Result<usize> {
    tx.prepare_cached("INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)")?.execute(params![name, value])
}

/// Turned on, everything that is kept is still to be put into the outbox (`unsent` is the key of the
/// last day that was); turned off, what waits in it would be out of date when it is turned on again.
fn set_mirror(tx: &Transaction<'_>, mirror: bool) -> rusqlite::Result<()> {
    let was = meta(tx, "mirror")? == Some(1);
    if mirror && !was {
        set_meta(tx, "unsent", i64::MIN)?;
    } else if !mirror && was {
        tx.execute("DELETE FROM meta WHERE name = 'unsent' OR name LIKE 'names of %'", [])?;
        tx.execute("DELETE FROM outbox", [])?;
    }
    set_meta(tx, "mirror", i64::from(mirror))?;
    Ok(())
}

/// Puts a site's names into the outbox, when one of them is new or none was sent yet.
fn send_names(tx: &Transaction<'_>, config: &SiteConfig, new: bool) -> rusqlite::Result<()> {
    let sent = format!("names of {}", config.site);
    if !new && meta(tx, &sent)?.is_some() {
        return Ok(());
    }
    let now = Timestamp::from_ms(outbox::now_ms());
    let lines = names::read(tx, config.site)?.into_iter().filter_map(|name| name_point(config.site, &name, now).line());
    let rows: Vec<Row> = lines.map(|line| Row { bucket: Bucket::Hour, line }).collect();
    outbox::put(tx, &rows)?;
    set_meta(tx, &sent, 1)?;
    Ok(())
}

/// Puts a few days that were kept before there was an outbox into it.
fn catch_up(tx: &Transaction<'_>, words: &mut Words, written: &mut Written) -> Result<(), Fault> {
    let Some(unsent) = meta(tx, "unsent")? else { return Ok(()) };
    let mut next = tx.prepare_cached("SELECT key FROM day WHERE key > ?1 ORDER BY key LIMIT ?2")?;
    let keys = next.query_map([unsent, CATCH_UP_DAYS], |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
    for key in &keys {
        let place = (key::site(*key), key::date(*key));
        let site = names::site_of(tx, place.0)?;
        if let Some(day) = days::read(tx, words, place, Sections::ALL)? {
            let rows = line::day_points(site, &day);
            outbox::put(tx, &rows)?;
            written.points += rows.len() as u64;
        }
    }
    match keys.last() {
        Some(last) => set_meta(tx, "unsent", *last)?,
        None => tx.execute("DELETE FROM meta WHERE name = 'unsent'", [])?,
    };
    Ok(())
}

fn let_go(tx: &Transaction<'_>, today: Date, retention: &Retention) -> rusqlite::Result<LetGo> {
    // The first day that stays.
    let first = |days: Option<u32>| {
        days.map(|days| today.saturating_sub_unsigned(days.saturating_sub(1))).map_or(Date::MIN, key::held)
    };
    let Retention { visit_days, rating_days, minute_days, hour_days } = *retention;
    let delete = |sql, first: Date| tx.execute(sql, [first]).map(|rows| rows as u64);
    let gone = LetGo {
        visits: delete("DELETE FROM visit WHERE date < ?1", first(visit_days))?,
        ratings: delete("DELETE FROM rating WHERE date < ?1", first(rating_days))?,
        minutes: delete("DELETE FROM minute WHERE (key & 0xffffff) - 0x800000 < ?1", first(minute_days))?,
        hours: delete("DELETE FROM hour WHERE (key & 0xffffff) - 0x800000 < ?1", first(hour_days))?,
    };
    // A visit names its officer: how he was rated goes with the single ratings.
    delete("UPDATE visit SET rating = NULL WHERE date < ?1 AND rating IS NOT NULL", first(rating_days))?;
    let all = [visit_days, rating_days, minute_days, hour_days].map(first);
    let last = all.into_iter().min().unwrap_or(Date::MIN);
    delete("DELETE FROM day WHERE (key & 0xffffff) - 0x800000 < ?1", last)?;
    Ok(gone)
}
