//! What InfluxDB has not acknowledged yet. One side fills it while it writes days ([`put`]), the
//! mirror empties it.
//!
//! A point that changes again before it was sent is one line, the newest. The newest has a number of
//! its own, so an older one that is just being sent cannot take it along when it is acknowledged.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use sha2::{Digest, Sha256};

use super::fault::{Context, damaged};
use super::{Backlog, Bucket, Line, schema};
use crate::Error;
use crate::influx::Row;

/// So many refused lines are kept, the newest; all are counted by the mirror that reports them.
const DEAD_KEPT: i64 = 10_000;

/// The mirror's side of the outbox, on a connection of its own.
#[derive(Debug)]
pub struct Outbox {
    db: Connection,
    path: PathBuf,
}

impl Outbox {
    /// Opens it; makes the file where there is none.
    ///
    /// # Errors
    /// When the file cannot be used.
    pub fn open(path: &Path) -> Result<Self, Error> {
        Ok(Self { db: schema::open(path)?, path: path.to_owned() })
    }

    /// Up to `most` lines, oldest first, all of the bucket of the oldest.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn next(&mut self, most: usize) -> Result<Vec<Line>, Error> {
        self.read(most).at(&self.path)?.into_iter().map(|line| line.ok_or_else(|| self.damaged())).collect()
    }

    fn read(&self, most: usize) -> rusqlite::Result<Vec<Option<Line>>> {
        let mut rows = self.db.prepare_cached(
            "SELECT seq, bucket, line FROM outbox
             WHERE bucket = (SELECT bucket FROM outbox ORDER BY seq LIMIT 1) ORDER BY seq LIMIT ?1",
        )?;
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        rows.query_map([most], |row| {
            let (seq, text) = (row.get(0)?, row.get(2)?);
            Ok(Bucket::from_number(row.get(1)?).map(|bucket| Line { seq, bucket, text }))
        })?
        .collect()
    }

    /// Takes out the lines that the server has acknowledged.
    ///
    /// # Errors
    /// When the file cannot be written; the lines are then sent again, which changes nothing there.
    pub fn done(&mut self, seqs: &[i64]) -> Result<(), Error> {
        let tx = self.db.transaction_with_behavior(TransactionBehavior::Immediate).at(&self.path)?;
        for seq in seqs {
            take_out(&tx, *seq).at(&self.path)?;
        }
        tx.commit().at(&self.path)
    }

    /// Puts aside a line that the server refuses for good, with what it said.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn dead(&mut self, seq: i64, why: &str) -> Result<(), Error> {
        let tx = self.db.transaction_with_behavior(TransactionBehavior::Immediate).at(&self.path)?;
        bury(&tx, seq, why).at(&self.path)?;
        tx.commit().at(&self.path)
    }

    /// How much waits.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn backlog(&self) -> Result<Backlog, Error> {
        backlog(&self.db).at(&self.path)
    }

    fn damaged(&self) -> Error {
        damaged(&self.path, "its outbox")
    }
}

fn take_out(tx: &Transaction<'_>, seq: i64) -> rusqlite::Result<usize> {
    tx.prepare_cached("DELETE FROM outbox WHERE seq = ?1")?.execute([seq])
}

fn bury(tx: &Transaction<'_>, seq: i64, why: &str) -> rusqlite::Result<()> {
    let into = "INSERT OR REPLACE INTO dead_letter (seq, bucket, at_ms, why, line)
                SELECT seq, bucket, ?2, ?3, line FROM outbox WHERE seq = ?1";
    tx.prepare_cached(into)?.execute(params![seq, now_ms(), why])?;
    take_out(tx, seq)?;
    let old = "DELETE FROM dead_letter WHERE seq <= (SELECT seq FROM dead_letter ORDER BY seq DESC LIMIT 1 OFFSET ?1)";
    tx.prepare_cached(old)?.execute([DEAD_KEPT])?;
    Ok(())
}

/// How much waits in the file of this connection.
pub(super) fn backlog(db: &Connection) -> rusqlite::Result<Backlog> {
    let count = |sql| db.query_row(sql, [], |row| row.get::<_, i64>(0)).map(i64::unsigned_abs);
    Ok(Backlog {
        points: count("SELECT count(*) FROM outbox")?,
        oldest_ms: db.query_row("SELECT min(since_ms) FROM outbox", [], |row| row.get(0))?,
        dead: count("SELECT count(*) FROM dead_letter")?,
    })
}

/// Adds points, in the same transaction as what they tell of.
pub(super) fn put(tx: &Transaction<'_>, rows: &[Row]) -> rusqlite::Result<()> {
    let now = now_ms();
    // Out with the older one first: an update would keep its number.
    let mut older = tx.prepare_cached("DELETE FROM outbox WHERE point = ?1 RETURNING since_ms")?;
    let mut newer = tx.prepare_cached("INSERT INTO outbox (bucket, point, since_ms, line) VALUES (?1, ?2, ?3, ?4)")?;
    for row in rows {
        let identity = identity(row);
        // What InfluxDB has of this point has been out of date since the older one was put here.
        let since: Option<i64> = older.query_row([&identity[..]], |row| row.get(0)).optional()?;
        newer.execute(params![row.bucket as i64, &identity[..], since.unwrap_or(now), row.line])?;
    }
    Ok(())
}

/// 128 bits of a digest: an index over whole identities would be as large as the lines.
fn identity(row: &Row) -> [u8; 16] {
    let mut digest = Sha256::new();
    digest.update([row.bucket as u8]);
    digest.update(row.identity().bytes());
    let mut short = [0; 16];
    short.copy_from_slice(&digest.finalize()[..16]);
    short
}

pub(super) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
