//! Training now, by an operator's word, while nothing else runs on the data directory.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use domain::Timestamp;
use journal::{Journal, NewRecord, Options};

use super::{Outcome, train};
use crate::record::Kind;
use crate::recover::{LOCAL_MS, journal_dir};
use crate::{Error, version};

/// What came of it.
#[derive(Debug)]
pub struct Done {
    /// The outcome.
    pub outcome: Outcome,
    /// The model's record in the journal, which the next start follows; `None` where there is none.
    pub offset: Option<u64>,
}

/// Trains on the whole journal of a data directory and writes the model down; it is on the disk when
/// this returns, and in force from the next start on.
///
/// # Errors
/// When a collector runs on it, the journal is damaged, or the disk takes nothing.
pub fn train_now(data_dir: &Path, now: Timestamp) -> Result<Done, Error> {
    version::not_newer(data_dir)?;
    let dir = journal_dir(data_dir);
    if !dir.is_dir() {
        // Opening a journal would begin one.
        return Ok(Done { outcome: Outcome::TooLittle { lessons: 0, days: 0 }, offset: None });
    }
    // Nobody else writes as long as this is held.
    let (mut journal, recovery) = Journal::open(&dir, Options { utc_offset_ms: LOCAL_MS, ..Options::default() })?;
    let outcome = train(&dir, recovery.next_offset - 1, &AtomicBool::new(false))?;
    let Outcome::Trained(model) = &outcome else { return Ok(Done { outcome, offset: None }) };
    let payload = postcard::to_stdvec(model).map_err(|error| Error::Output(std::io::Error::other(error)))?;
    let rx_ms = now.ms().max(recovery.last_rx_ms.unwrap_or(i64::MIN));
    let record = NewRecord { kind: Kind::Model as u8, rx_ms, at_ms: rx_ms, topic: b"", payload: &payload };
    let offset = journal.append(record);
    journal.flush()?;
    journal.syncer().sync()?;
    Ok(Done { outcome, offset: Some(offset) })
}
