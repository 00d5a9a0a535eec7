//! The tables, and the way from an older file to this one.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::fault::{Context, damaged};
use crate::Error;

/// The format that this program writes, and the newest that it reads.
pub const VERSION: i64 = 1;

/// "mohi": tells this file from any other SQLite file.
const APPLICATION: i64 = 0x6d6f_6869;

/// How long a statement waits for another program's lock, milliseconds.
const BUSY_MS: u64 = 5_000;

/// A page holds a day's part as a whole, most times.
const BEFORE: &str = "
    PRAGMA page_size = 8192;
    PRAGMA auto_vacuum = INCREMENTAL;
    PRAGMA journal_mode = WAL;
";

const EVERY_TIME: &str = "
    PRAGMA synchronous = NORMAL;
    PRAGMA foreign_keys = OFF;
    PRAGMA journal_size_limit = 67108864;
    PRAGMA trusted_schema = OFF;
";

/// `key` is (site, part, date) or (site, date) in one number: see [`super::key`]. A site's part lies
/// in the file day beside day.
const TABLES: &str = "
CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE site (id INTEGER PRIMARY KEY, site TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE word (id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE name (
    site INTEGER NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL,
    PRIMARY KEY (site, kind, id)) STRICT, WITHOUT ROWID;
CREATE TABLE day (key INTEGER PRIMARY KEY, start_ms INTEGER NOT NULL, utc_offset_s INTEGER NOT NULL, places BLOB NOT NULL) STRICT;
CREATE TABLE hour (key INTEGER PRIMARY KEY, pack BLOB NOT NULL) STRICT;
CREATE TABLE minute (key INTEGER PRIMARY KEY, pack BLOB NOT NULL) STRICT;
CREATE TABLE visit (
    site INTEGER NOT NULL, date INTEGER NOT NULL, issued_ms INTEGER NOT NULL, ticket TEXT NOT NULL, nth INTEGER NOT NULL,
    ended_ms INTEGER NOT NULL, ended INTEGER NOT NULL, outcome INTEGER,
    service INTEGER NOT NULL, last_service INTEGER, counter INTEGER, officer INTEGER,
    channel INTEGER, purpose INTEGER, priority INTEGER NOT NULL,
    first_wait_ms INTEGER, waits_ms INTEGER NOT NULL, calls INTEGER NOT NULL, walk_ms INTEGER, service_ms INTEGER,
    recalls INTEGER NOT NULL, transfers INTEGER NOT NULL, holds INTEGER NOT NULL,
    promised_p50_ms INTEGER, promised_p90_ms INTEGER, rating INTEGER,
    PRIMARY KEY (site, date, issued_ms, ticket, nth)) STRICT, WITHOUT ROWID;
CREATE TABLE rating (
    site INTEGER NOT NULL, date INTEGER NOT NULL, at_ms INTEGER NOT NULL, nth INTEGER NOT NULL,
    level INTEGER NOT NULL, ticket TEXT, service INTEGER, counter INTEGER, officer INTEGER,
    PRIMARY KEY (site, date, at_ms, nth)) STRICT, WITHOUT ROWID;
CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, bucket INTEGER NOT NULL, point BLOB NOT NULL UNIQUE,
    since_ms INTEGER NOT NULL, line BLOB NOT NULL) STRICT;
CREATE INDEX outbox_bucket ON outbox (bucket);
CREATE TABLE dead_letter (
    seq INTEGER PRIMARY KEY, bucket INTEGER NOT NULL, at_ms INTEGER NOT NULL, why TEXT NOT NULL, line BLOB NOT NULL) STRICT;
CREATE VIEW visits AS SELECT
    (SELECT site FROM site WHERE id = v.site) AS site, date(v.date * 86400, 'unixepoch') AS date, ticket, nth,
    strftime('%Y-%m-%dT%H:%M:%fZ', issued_ms / 1000.0, 'unixepoch') AS issued, issued_ms, ended_ms,
    (SELECT word FROM word WHERE id = v.ended) AS ended, (SELECT word FROM word WHERE id = v.outcome) AS outcome,
    (SELECT word FROM word WHERE id = v.service) AS service,
    (SELECT word FROM word WHERE id = v.last_service) AS last_service,
    (SELECT word FROM word WHERE id = v.counter) AS counter, (SELECT word FROM word WHERE id = v.officer) AS officer,
    (SELECT word FROM word WHERE id = v.channel) AS channel, (SELECT word FROM word WHERE id = v.purpose) AS purpose,
    (SELECT word FROM word WHERE id = v.priority) AS priority,
    first_wait_ms, waits_ms, calls, walk_ms, service_ms, recalls, transfers, holds, promised_p50_ms, promised_p90_ms,
    (SELECT word FROM word WHERE id = v.rating) AS rating
    FROM visit v;
CREATE VIEW ratings AS SELECT
    (SELECT site FROM site WHERE id = r.site) AS site, date(r.date * 86400, 'unixepoch') AS date,
    strftime('%Y-%m-%dT%H:%M:%fZ', at_ms / 1000.0, 'unixepoch') AS at, at_ms, nth,
    (SELECT word FROM word WHERE id = r.level) AS level, ticket,
    (SELECT word FROM word WHERE id = r.service) AS service,
    (SELECT word FROM word WHERE id = r.counter) AS counter, (SELECT word FROM word WHERE id = r.officer) AS officer
    FROM rating r;
PRAGMA application_id = 1836017769;
PRAGMA user_version = 1;
";

/// Opens the file for writing, and makes it where it does not exist.
pub fn open(path: &Path) -> Result<Connection, Error> {
    if let Some(dir) = path.parent() {
        let told = |why: std::io::Error| Error::Store { path: path.to_owned(), why: format!("its directory: {why}") };
        std::fs::create_dir_all(dir).map_err(told)?;
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut db = Connection::open_with_flags(path, flags).at(path)?;
    prepare(&db).at(path)?;
    if version(&db, path)? == 0 {
        db.execute_batch(BEFORE).at(path)?;
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate).at(path)?;
        // Another program may have made the tables while this one waited for the lock.
        if version(&tx, path)? == 0 {
            tx.execute_batch(TABLES).at(path)?;
        }
        tx.commit().at(path)?;
    }
    db.execute_batch(EVERY_TIME).at(path)?;
    Ok(db)
}

/// Opens the file for reading; `None` where there is none yet.
pub fn open_to_read(path: &Path) -> Result<Option<Connection>, Error> {
    if !path.exists() {
        return Ok(None);
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags).at(path)?;
    prepare(&db).at(path)?;
    // A file that its writer has created and not filled yet.
    let empty = version(&db, path)? == 0;
    Ok((!empty).then_some(db))
}

fn prepare(db: &Connection) -> rusqlite::Result<()> {
    db.busy_timeout(std::time::Duration::from_millis(BUSY_MS))?;
    db.set_prepared_statement_cache_capacity(48);
    Ok(())
}

/// The file's format; 0: it is new.
fn version(db: &Connection, path: &Path) -> Result<i64, Error> {
    let found: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0)).at(path)?;
    let application: i64 = db.query_row("PRAGMA application_id", [], |row| row.get(0)).at(path)?;
    let tables: i64 = db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).at(path)?;
    if found > VERSION && application == APPLICATION {
        return Err(Error::Newer { path: path.to_owned(), found, known: VERSION });
    }
    let ours = found == VERSION && application == APPLICATION;
    if !ours && (found, application, tables) != (0, 0, 0) {
        return Err(damaged(path, "its head: it is not a history of motcua"));
    }
    Ok(found)
}
