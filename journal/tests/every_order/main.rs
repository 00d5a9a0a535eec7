//! R20: the cell that writer and syncers share, in every order in which three threads can run when
//! they are interrupted a few times, and with all that the memory model allows (loom). Its own
//! source is compiled here over loom's memory.

#![allow(clippy::unwrap_used, reason = "helpers of tests; clippy knows only the test functions themselves")]
#![allow(dead_code, missing_docs, reason = "the cell's source, and stand-ins for what it names")]

#[path = "../../src/syncer.rs"]
mod syncer;

use std::fs::OpenOptions;
use std::io::Write;
use std::time::Instant;

use journal::Error;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use loom::thread;
use syncer::{Shared, Sync};

mod primitives {
    pub(crate) use std::sync::PoisonError;

    pub(crate) use loom::sync::atomic::{AtomicBool, AtomicU64, Ordering};
    pub(crate) use loom::sync::{Arc, Mutex, MutexGuard};
}

mod directory {
    #[derive(Debug)]
    pub struct SegmentFile;

    impl SegmentFile {
        pub fn sync(&self) -> Result<(), super::Error> {
            Ok(())
        }
    }
}

mod mark {
    #[derive(Debug)]
    pub struct Mark;

    impl Mark {
        pub fn set(&self, _offset: u64) {}
    }
}

/// Counts outside of loom's memory, over all orders.
type Counter = std::sync::Arc<std::sync::atomic::AtomicU64>;

/// A file that knows up to which record it was written, and up to which it is on the disk.
#[derive(Debug)]
struct File {
    written: AtomicU64,
    on_disk: AtomicU64,
    /// The next sync fails, once: what it should have written is called clean.
    fails: AtomicBool,
}

impl File {
    fn new(fails: bool) -> Arc<Self> {
        let (written, on_disk) = (AtomicU64::new(0), AtomicU64::new(0));
        Arc::new(Self { written, on_disk, fails: AtomicBool::new(fails) })
    }
}

impl Sync for File {
    fn sync(&self) -> Result<(), Error> {
        if self.fails.swap(false, Ordering::AcqRel) {
            self.written.store(0, Ordering::Relaxed);
            return Err(Error::SyncFailed { dir: "file".into() });
        }
        // Relaxed: the cell itself has to make what was written visible to who syncs it.
        self.on_disk.fetch_max(self.written.load(Ordering::Relaxed), Ordering::Relaxed);
        Ok(())
    }
}

/// Record 1 is in the first file, 2 in the second.
struct Files {
    shared: Shared<File>,
    first: Arc<File>,
    second: Arc<File>,
}

impl Files {
    fn new(fails: bool) -> Arc<Self> {
        let (first, second) = (File::new(fails), File::new(false));
        let shared = Shared::new("dir".into(), Some(Arc::clone(&first)), 0);
        Arc::new(Self { shared, first, second })
    }

    fn write(&self) -> Result<(), Error> {
        self.first.written.store(1, Ordering::Relaxed);
        self.shared.wrote(1);
        self.shared.sync(&self.first, 1)?;
        self.shared.begin(&self.second, 1);
        self.second.written.store(2, Ordering::Relaxed);
        self.shared.wrote(2);
        Ok(())
    }

    fn sync(&self) {
        let Ok(durable) = self.shared.sync_current() else { return };
        let first = self.first.on_disk.load(Ordering::Relaxed);
        assert!(first >= durable.min(1), "{durable} promised, {first} on the disk");
        if durable > 1 {
            assert!(self.second.on_disk.load(Ordering::Relaxed) >= durable);
        }
    }
}

/// How often a thread may be interrupted where it need not wait. Faults of order show with two or
/// three; each more takes many times as long.
fn interruptions() -> usize {
    if std::env::var("MOTCUA_TORTURE").is_ok_and(|size| size == "full") { 5 } else { 3 }
}

fn in_every_order(what: &str, fails: bool) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(interruptions());
    let (began, orders) = (Instant::now(), Counter::default());
    let counted = Counter::clone(&orders);
    model.check(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        let files = Files::new(fails);
        let syncers = [(); 2].map(|()| {
            let files = Arc::clone(&files);
            thread::spawn(move || files.sync())
        });
        drop(files.write());
        for syncer in syncers {
            syncer.join().unwrap();
        }
        files.sync();
    });
    tell(what, orders.load(Ordering::Relaxed), began);
}

/// Adds a line to the file that `MOTCUA_FIGURES` names.
fn tell(what: &str, orders: u64, began: Instant) {
    let Ok(path) = std::env::var("MOTCUA_FIGURES") else { return };
    let size = if interruptions() > 3 { "full" } else { "small" };
    let seconds = began.elapsed().as_secs_f64();
    let line = format!(
        r#"{{"scenario":"R20","size":"{size}","what":"{what}","n":{orders},"interruptions":{},"failures":0,"seconds":{seconds:.1}}}"#,
        interruptions()
    );
    let mut file = OpenOptions::new().create(true).append(true).open(path).unwrap();
    writeln!(file, "{line}").unwrap();
}

#[test]
fn r20_a_promise_is_kept_in_every_order() {
    in_every_order("orders of three threads", false);
}

#[test]
fn r20_a_sync_that_failed_is_final_in_every_order() {
    in_every_order("orders of three threads, a sync fails", true);
}
