//! R20: the order in which threads run makes no difference to what is promised.
//!
//! The crate's own sources are compiled here over a scheduler that chooses who runs next at every
//! step (shuttle). The cell that writer and syncers share also goes through all orders there are, and
//! all that the memory model allows (loom), in `every_order`.
//!
//! `MOTCUA_TORTURE=full` runs the full sizes, `MOTCUA_SEED` another seed.

#![allow(clippy::unwrap_used, reason = "helpers of tests; clippy knows only the test functions themselves")]
#![allow(dead_code, missing_docs, reason = "the crate's sources, of which not all is called here")]

#[path = "../../src/archive.rs"]
mod archive;
#[path = "../../src/archiving.rs"]
mod archiving;
#[path = "../../src/directory.rs"]
mod directory;
#[path = "../../src/error.rs"]
mod error;
#[path = "../../src/faulty/mod.rs"]
mod faulty;
#[path = "../../src/files.rs"]
mod files;
#[path = "../../src/format.rs"]
mod format;
#[path = "../../src/mark.rs"]
mod mark;
#[path = "../../src/reader.rs"]
mod reader;
#[path = "../../src/record.rs"]
mod record;
#[path = "../../src/recovery.rs"]
mod recovery;
#[path = "../../src/scan.rs"]
mod scan;
mod schedules;
#[path = "../../src/storage.rs"]
mod storage;
#[path = "../../src/syncer.rs"]
mod syncer;
#[path = "../../src/walk.rs"]
mod walk;
#[path = "../../src/writer.rs"]
mod writer;

use archiving::archive_next_on;
use error::{Damage, Error, Fault};
use format::FORMAT_VERSION;
use reader::Reader;
use record::{NewRecord, Record};
use storage::{Access, Lock, New, Storage, StoredFile};
use writer::{Journal, Options};

/// What threads share memory with, as the scheduler sees it.
mod primitives {
    pub(crate) use std::sync::PoisonError;

    pub(crate) use shuttle::sync::atomic::{AtomicBool, AtomicU64, Ordering};
    pub(crate) use shuttle::sync::{Arc, Mutex, MutexGuard};
}

fn size(small: usize, full: usize) -> usize {
    if std::env::var("MOTCUA_TORTURE").is_ok_and(|size| size == "full") { full } else { small }
}

fn seed() -> u64 {
    std::env::var("MOTCUA_SEED").map_or(1, |seed| seed.parse().expect("MOTCUA_SEED is a number"))
}

/// Adds a line to the file that `MOTCUA_FIGURES` names.
fn tell(what: &str, n: usize, began: std::time::Instant) {
    use std::io::Write;
    let Ok(path) = std::env::var("MOTCUA_FIGURES") else { return };
    let size = size(0, 1);
    let (size, seconds) = (["small", "full"][size], began.elapsed().as_secs_f64());
    let line = format!(
        r#"{{"scenario":"R20","size":"{size}","seed":{},"what":"{what}","n":{n},"failures":0,"seconds":{seconds:.1}}}"#,
        seed()
    );
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
    writeln!(file, "{line}").unwrap();
}
