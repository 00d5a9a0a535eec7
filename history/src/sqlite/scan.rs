//! Packs in the order of (site, date, part), and reading ahead of who adds them up.

use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use domain::SiteId;
use domain::facts::Date;
use rusqlite::Connection;
use rusqlite::fallible_streaming_iterator::FallibleStreamingIterator as _;

use super::fault::{Context, Fault};
use super::{days, key, schema};
use crate::pack::Columns;
use crate::source::{Cells, Names};
use crate::{DayPart, Error, Part, Scope};

/// So many decoded parts go from one thread to the other at once.
const BATCH: usize = 64;

/// Is shown a pack: its date, which of the parts it is, its bytes.
pub type Each<'a> = dyn FnMut(Date, usize, &[u8]) -> Result<(), Fault> + 'a;

/// Shows `each` the packs of a site's wanted parts, which are sorted, day by day.
pub fn site(
    db: &Connection,
    (_, number): (SiteId, i64),
    scope: &Scope,
    parts: &[Part],
    each: &mut Each<'_>,
) -> Result<(), Fault> {
    let sql = "SELECT key, pack FROM hour WHERE key BETWEEN ?1 AND ?2 ORDER BY key";
    let mut selects = Vec::with_capacity(parts.len());
    for _ in parts {
        selects.push(db.prepare_cached(sql)?);
    }
    let mut rows = Vec::with_capacity(parts.len());
    for (select, part) in selects.iter_mut().zip(parts) {
        let [from, to] = [scope.from, scope.to].map(|date| key::of_part(number, *part, date));
        let mut days = select.query([from, to])?;
        days.advance()?;
        rows.push(days);
    }
    loop {
        let mut next: Option<Date> = None;
        for days in &rows {
            if let Some(row) = days.get() {
                let date = key::date(row.get(0)?);
                next = Some(next.map_or(date, |next| next.min(date)));
            }
        }
        let Some(date) = next else { return Ok(()) };
        for (at, days) in rows.iter_mut().enumerate() {
            let Some(row) = days.get() else { continue };
            if key::date(row.get(0)?) == date {
                let pack = row.get_ref(1)?.as_blob().map_err(|error| Fault::Damaged(error.to_string()))?;
                each(date, at, pack)?;
                days.advance()?;
            }
        }
    }
}

/// Decodes a pack, or says which one is damaged.
pub fn decode<'a>(
    columns: &'a mut Columns,
    site: SiteId,
    date: Date,
    part: Part,
    pack: &[u8],
) -> Result<(Names<'a>, Cells<'a>), Fault> {
    let wrong = |why| Fault::row("hour", format!("{site} {} {part:?}", days::day_text(date)), &why);
    columns.decode(part, pack).map_err(wrong)
}

/// Decoded parts on their way.
#[derive(Default)]
struct Batch {
    of: Vec<(SiteId, Date, Part)>,
    /// At least as many; the others are left from an earlier use.
    columns: Vec<Columns>,
}

/// Shows `take` the packs of many sites: a thread reads and decodes while this one adds up. All that
/// is shown is of one instant.
pub fn ahead(
    path: &Path,
    sites: &[(SiteId, i64)],
    scope: &Scope,
    parts: &[Part],
    take: &mut dyn FnMut(&DayPart<'_>),
) -> Result<(), Error> {
    // Who reads waits when two batches wait to be added up.
    let (full, batches) = sync_channel::<Batch>(2);
    // Used batches go back; there are never more than four, and one that has no place is dropped.
    let (used, empty) = sync_channel::<Batch>(4);
    std::thread::scope(|threads| {
        let reading = threads.spawn(move || read(path, sites, scope, parts, full, &empty));
        for batch in batches {
            for ((site, date, part), columns) in batch.of.iter().zip(&batch.columns) {
                let (names, cells) = columns.show(*part);
                take(&DayPart { site: *site, date: *date, names, cells });
            }
            let _ = used.try_send(batch);
        }
        reading.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

fn read(
    path: &Path,
    sites: &[(SiteId, i64)],
    scope: &Scope,
    parts: &[Part],
    full: SyncSender<Batch>,
    empty: &Receiver<Batch>,
) -> Result<(), Error> {
    let Some(db) = schema::open_to_read(path)? else { return Ok(()) };
    let tx = db.unchecked_transaction().at(path)?;
    let mut batch = Batch::default();
    for place in sites {
        let mut each = |date: Date, at: usize, pack: &[u8]| {
            if batch.of.len() == BATCH {
                let mut next = empty.try_recv().unwrap_or_default();
                next.of.clear();
                // Nobody adds up any more where this fails: then nobody looks at the rest either.
                let _ = full.send(std::mem::replace(&mut batch, next));
            }
            if batch.columns.len() == batch.of.len() {
                batch.columns.push(Columns::default());
            }
            decode(&mut batch.columns[batch.of.len()], place.0, date, parts[at], pack)?;
            batch.of.push((place.0, date, parts[at]));
            Ok(())
        };
        site(&tx, *place, scope, parts, &mut each).at(path)?;
    }
    let _ = full.send(batch);
    Ok(())
}
