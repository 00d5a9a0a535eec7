//! What the writer and its syncers share, and the handle that makes what was written durable.

use std::path::PathBuf;

use crate::Error;
use crate::directory::SegmentFile;
use crate::mark::Mark;
use crate::primitives::{Arc, AtomicBool, AtomicU64, Mutex, MutexGuard, Ordering, PoisonError};

/// Makes flushed records durable.
#[derive(Debug)]
pub struct Syncer {
    shared: Arc<Shared<SegmentFile>>,
    mark: Arc<Mark>,
}

impl Syncer {
    pub(crate) fn new(shared: &Arc<Shared<SegmentFile>>, mark: &Arc<Mark>) -> Self {
        Self { shared: Arc::clone(shared), mark: Arc::clone(mark) }
    }

    /// Waits until everything flushed before this call is on the disk and returns the offset of
    /// the last durable record. One sync of one file; none when nothing new was flushed.
    ///
    /// # Errors
    /// When the system cannot write. That is final: it may forget what it could not write, so
    /// every later call, and every flush, fails too.
    pub fn sync(&mut self) -> Result<u64, Error> {
        let before = self.shared.durable();
        let durable = self.shared.sync_current()?;
        if durable > before {
            self.mark.set(durable);
        }
        Ok(durable)
    }
}

/// What can be made durable: a segment, or a stand-in for one where orders of threads are tried.
pub(crate) trait Sync {
    fn sync(&self) -> Result<(), Error>;
}

impl Sync for SegmentFile {
    fn sync(&self) -> Result<(), Error> {
        Self::sync(self)
    }
}

/// What the writer and its syncers share.
#[derive(Debug)]
pub(crate) struct Shared<F> {
    dir: PathBuf,
    current: Mutex<Current<F>>,
    /// Every record up to and including this one is on the disk.
    durable: AtomicU64,
    failed: AtomicBool,
    /// Held while a file is synced. The system tells a failure to one of those who sync a file and
    /// all is well to the others, so the others have to come after it and see it here.
    turn: Mutex<()>,
}

#[derive(Debug)]
struct Current<F> {
    file: Option<Arc<F>>,
    /// The last record that was handed to the system. All of it is in `file` or in older segments,
    /// which were synced before `file` was created.
    written: u64,
}

impl<F: Sync> Shared<F> {
    /// Every record up to `written` is on the disk.
    pub fn new(dir: PathBuf, file: Option<Arc<F>>, written: u64) -> Self {
        let current = Mutex::new(Current { file, written });
        Self { dir, current, durable: AtomicU64::new(written), failed: AtomicBool::new(false), turn: Mutex::new(()) }
    }

    fn current(&self) -> MutexGuard<'_, Current<F>> {
        // Only whole assignments are made under this lock, so a panic elsewhere left it right.
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The last record that is known to be on the disk.
    pub fn durable(&self) -> u64 {
        self.durable.load(Ordering::Acquire)
    }

    /// Everything up to `written` has been handed to the system.
    pub fn wrote(&self, written: u64) {
        self.current().written = written;
    }

    /// `file` takes what comes after `written`; everything before is on the disk.
    pub fn begin(&self, file: &Arc<F>, written: u64) {
        *self.current() = Current { file: Some(Arc::clone(file)), written };
    }

    /// Whether what is written can still become durable.
    pub fn check(&self) -> Result<(), Error> {
        if self.failed.load(Ordering::Acquire) { Err(Error::SyncFailed { dir: self.dir.clone() }) } else { Ok(()) }
    }

    /// Does what must not fail: when it does, no later sync of this process proves anything.
    pub fn or_give_up<T>(&self, done: Result<T, Error>) -> Result<T, Error> {
        if done.is_err() {
            self.failed.store(true, Ordering::Release);
        }
        done
    }

    /// Syncs `file`, which holds the records up to `written` that were not durable before.
    pub fn sync(&self, file: &F, written: u64) -> Result<u64, Error> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        self.check()?;
        self.or_give_up(file.sync())?;
        Ok(self.durable.fetch_max(written, Ordering::AcqRel).max(written))
    }

    /// Syncs what has been written so far, unless it is on the disk already.
    pub fn sync_current(&self) -> Result<u64, Error> {
        let (file, written) = {
            let current = self.current();
            (current.file.clone(), current.written)
        };
        let durable = self.durable();
        match file {
            Some(file) if written > durable => self.sync(&file, written),
            Some(_) | None => self.check().map(|()| durable),
        }
    }
}
