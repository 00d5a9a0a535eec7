//! Scenarios that try the journal at sizes chosen from outside: cut and decayed files, and disks
//! that lose what was not synced.
//!
//! `MOTCUA_TORTURE=full` runs the full sizes, `MOTCUA_SEED` another seed, and `MOTCUA_FIGURES` names
//! a file to which each scenario adds one line of JSON.

#![allow(clippy::unwrap_used, reason = "helpers of tests; clippy knows only the test functions themselves")]

mod crash;
mod damage;

use std::fs::OpenOptions;
use std::io::Write;
use std::sync::Arc;
use std::time::Instant;

use journal::faulty::Disk;
use journal::{Error, NewRecord, Reader};

/// How much is tried, and from which seed.
#[derive(Debug, Clone, Copy)]
struct Run {
    full: bool,
    seed: u64,
    began: Instant,
}

impl Run {
    fn new() -> Self {
        let full = std::env::var("MOTCUA_TORTURE").is_ok_and(|size| size == "full");
        let seed = std::env::var("MOTCUA_SEED").map_or(1, |seed| seed.parse().expect("MOTCUA_SEED is a number"));
        Self { full, seed, began: Instant::now() }
    }

    fn size(&self, small: u64, full: u64) -> u64 {
        if self.full { full } else { small }
    }

    /// Adds the scenario's line; `figures` are further members of the JSON object.
    fn tell(&self, scenario: &str, what: &str, n: u64, figures: &str) {
        let Ok(path) = std::env::var("MOTCUA_FIGURES") else { return };
        let size = if self.full { "full" } else { "small" };
        let seconds = self.began.elapsed().as_secs_f64();
        let line = format!(
            r#"{{"scenario":"{scenario}","size":"{size}","seed":{},"what":"{what}","n":{n},{figures},"seconds":{seconds:.1}}}"#,
            self.seed
        );
        let mut file = OpenOptions::new().create(true).append(true).open(path).unwrap();
        writeln!(file, "{line}").unwrap();
    }
}

/// The record with this number in a journal whose content follows from `seed`.
fn payload(seed: u64, offset: u64) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(seed ^ offset.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let len = random.usize(..400);
    // Text, as events are: an archive shall have something to compress.
    (0..len).map(|_| random.u8(b'a'..b'i')).collect()
}

fn record(rx_ms: i64, payload: &[u8]) -> NewRecord<'_> {
    NewRecord { kind: 1, rx_ms, at_ms: rx_ms - 3, topic: b"motcua/v1/tam-ky/kiosk/kiosk-1/evt", payload }
}

/// Reads from `from` on; `each` sees every record. Says the number of the record that would come
/// next, and how reading ended.
fn read(disk: &Disk, from: u64, mut each: impl FnMut(u64, &[u8])) -> (u64, Result<(), Error>) {
    let mut reader = match Reader::open_on(Arc::new(disk.clone()), from) {
        Ok(reader) => reader,
        Err(error) => return (from, Err(error)),
    };
    let mut next = from;
    loop {
        match reader.next_record() {
            Ok(Some(record)) => {
                assert_eq!(record.offset, next);
                each(next, record.payload);
                next += 1;
            }
            Ok(None) => return (next, Ok(())),
            Err(error) => return (next, Err(error)),
        }
    }
}
