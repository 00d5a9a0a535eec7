//! What a file holds: how much of it, and whether two hold the same.

use std::fmt::Write as _;

use domain::facts::Date;
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use sha2::{Digest, Sha256};

use super::fault::Fault;
use super::{TableSize, key, names};
use crate::pack;

/// Each table: how many rows, and the first and last business day.
const COUNTS: [(&str, &str); 8] = [
    ("visit", "SELECT count(*), min(date), max(date) FROM visit"),
    ("rating", "SELECT count(*), min(date), max(date) FROM rating"),
    ("hour", "SELECT count(*), min(key & 0xffffff) - 0x800000, max(key & 0xffffff) - 0x800000 FROM hour"),
    ("minute", "SELECT count(*), min(key & 0xffffff) - 0x800000, max(key & 0xffffff) - 0x800000 FROM minute"),
    ("day", "SELECT count(*), min(key & 0xffffff) - 0x800000, max(key & 0xffffff) - 0x800000 FROM day"),
    ("name", "SELECT count(*), NULL, NULL FROM name"),
    ("outbox", "SELECT count(*), NULL, NULL FROM outbox"),
    ("dead_letter", "SELECT count(*), NULL, NULL FROM dead_letter"),
];

const BYTES: &str = "SELECT coalesce(sum(pgsize), 0) FROM dbstat
    WHERE aggregate = TRUE AND name IN (SELECT name FROM sqlite_schema WHERE tbl_name = ?1)";

/// See [`super::Store::sizes`].
pub fn sizes(db: &Connection) -> rusqlite::Result<Vec<TableSize>> {
    let size = |(table, sql): (&str, &str)| {
        let get = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get(1)?, row.get(2)?));
        let (rows, first, last): (i64, Option<Date>, Option<Date>) = db.query_row(sql, [], get)?;
        let bytes: i64 = db.query_row(BYTES, [table], |row| row.get(0))?;
        let (rows, bytes) = (rows.unsigned_abs(), bytes.unsigned_abs());
        Ok(TableSize { table: table.to_owned(), rows, bytes, days: first.zip(last) })
    };
    COUNTS.into_iter().map(size).collect()
}

/// Tables whose rows are plain, with ids in words: numbers are given in the order in which days came.
const PLAIN: [(&str, &str); 3] = [
    ("visit", "SELECT * FROM visits ORDER BY site, date, issued_ms, ticket, nth"),
    ("rating", "SELECT * FROM ratings ORDER BY site, date, at_ms, nth"),
    ("name", "SELECT site.site, kind, name.id, name FROM name JOIN site ON name.site = site.id ORDER BY 1, 2, 3"),
];

/// See [`super::Store::digests`].
pub fn digests(db: &Connection) -> Result<Vec<(String, String)>, Fault> {
    let mut all = Vec::new();
    for (table, sql) in PLAIN {
        let mut digest = Sha256::new();
        let mut select = db.prepare(sql)?;
        let columns = select.column_count();
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            for column in 0..columns {
                add(&mut digest, row.get_ref(column)?);
            }
        }
        all.push((table.to_owned(), hex(digest)));
    }
    let packs = [
        ("day", "SELECT key, places, start_ms, utc_offset_s FROM day WHERE key >= ?1 AND key < ?2 ORDER BY key"),
        ("hour", "SELECT key, pack FROM hour WHERE key >= ?1 AND key < ?2 ORDER BY key"),
        ("minute", "SELECT key, pack FROM minute WHERE key >= ?1 AND key < ?2 ORDER BY key"),
    ];
    for (table, sql) in packs {
        all.push((table.to_owned(), packed(db, table, sql)?));
    }
    all.sort();
    Ok(all)
}

/// Of a table of packs: the site's id in place of its number.
fn packed(db: &Connection, table: &str, sql: &'static str) -> Result<String, Fault> {
    let mut digest = Sha256::new();
    let mut select = db.prepare(sql)?;
    let columns = select.column_count();
    for (site, number) in names::sites(db)? {
        let mut rows = select.query([number << 32, (number + 1) << 32])?;
        while let Some(row) = rows.next()? {
            let place: i64 = row.get(0)?;
            add(&mut digest, ValueRef::Text(site.as_str().as_bytes()));
            add(&mut digest, ValueRef::Integer(place & 0xffff_ffff));
            if table == "minute" {
                let plain = pack::unpacked(row.get_ref(1)?.as_blob().map_err(|_| wrong_type(table))?);
                let plain = plain.map_err(|why| Fault::row(table, super::days::day_text(key::date(place)), &why))?;
                add(&mut digest, ValueRef::Blob(&plain));
                continue;
            }
            for column in 1..columns {
                add(&mut digest, row.get_ref(column)?);
            }
        }
    }
    Ok(hex(digest))
}

fn wrong_type(table: &str) -> Fault {
    Fault::Damaged(format!("table {table}: a value of the wrong type"))
}

/// A value with its type and length, so that no two rows look alike that are not.
fn add(digest: &mut Sha256, value: ValueRef<'_>) {
    let mut bytes = |kind: u8, bytes: &[u8]| {
        digest.update([kind]);
        digest.update((bytes.len() as u64).to_le_bytes());
        digest.update(bytes);
    };
    match value {
        ValueRef::Null => bytes(0, b""),
        ValueRef::Integer(number) => bytes(1, &number.to_le_bytes()),
        ValueRef::Real(number) => bytes(2, &number.to_le_bytes()),
        ValueRef::Text(text) => bytes(3, text),
        ValueRef::Blob(blob) => bytes(4, blob),
    }
}

fn hex(digest: Sha256) -> String {
    digest.finalize().iter().fold(String::new(), |mut text, byte| {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
