//! The one writer, and the handle that makes what it wrote durable.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::files::{Directory, Lock, SegmentFile};
use crate::format::{self, SEGMENT_HEADER};
use crate::recovery::{self, Recovery};
use crate::{Error, NewRecord};

const DAY_MS: i64 = 86_400_000;

/// How a journal is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// A new segment begins before one grows over this many bytes.
    pub segment_bytes: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { segment_bytes: 64 * 1024 * 1024 }
    }
}

/// A journal open for writing. There is one at a time for a directory.
#[derive(Debug)]
pub struct Journal {
    dir: Directory,
    options: Options,
    next: u64,
    /// Records appended and not yet written. Bounded by the caller, who flushes every group.
    buffer: Vec<u8>,
    /// How much of the buffer an interrupted flush has written already.
    written: usize,
    /// Where in the buffer new segments begin.
    rotations: Vec<Rotation>,
    /// The segment that the next record falls into.
    plan: Option<Plan>,
    active: Option<Active>,
    refused: Option<TooLong>,
    shared: Arc<Shared>,
    _lock: Lock,
}

#[derive(Debug, Clone, Copy)]
struct Rotation {
    at: usize,
    day: i64,
    first: u64,
}

#[derive(Debug, Clone, Copy)]
struct Plan {
    /// None when an earlier process created the segment and wrote nothing to it.
    day: Option<i64>,
    bytes: u64,
}

#[derive(Debug)]
struct Active {
    file: Arc<SegmentFile>,
    end: u64,
}

#[derive(Debug, Clone, Copy)]
struct TooLong {
    offset: u64,
    topic_bytes: usize,
    payload_bytes: usize,
}

/// What the writer and its syncers share.
#[derive(Debug)]
struct Shared {
    dir: PathBuf,
    current: Mutex<Current>,
    /// Every record up to and including this one is on the disk.
    durable: AtomicU64,
    failed: AtomicBool,
}

#[derive(Debug)]
struct Current {
    file: Option<Arc<SegmentFile>>,
    /// The last record that was handed to the system. All of it is in `file` or in older segments,
    /// which were synced before `file` was created.
    written: u64,
}

impl Journal {
    /// Opens the journal in `dir` for writing, creating it when it is not there. Locks the
    /// directory, checks the newest segment, and cuts a torn tail after copying it aside.
    /// Everything that is left is durable when this returns.
    ///
    /// # Errors
    /// When another writer holds the directory, the newest segment is damaged or of a later
    /// format, or the system refuses.
    pub fn open(dir: &Path, options: Options) -> Result<(Self, Recovery), Error> {
        let dir = Directory::new(dir);
        dir.create()?;
        let lock = dir.lock()?;
        let (newest, recovery) = recovery::recover(&dir)?;
        let plan = newest.as_ref().map(|newest| Plan { day: newest.last_rx_ms.map(day_of), bytes: newest.end });
        let active = newest.map(|newest| Active { file: Arc::new(newest.file), end: newest.end });
        let written = recovery.next_offset - 1;
        let shared = Shared {
            dir: dir.path().to_owned(),
            current: Mutex::new(Current { file: active.as_ref().map(|a| Arc::clone(&a.file)), written }),
            durable: AtomicU64::new(written),
            failed: AtomicBool::new(false),
        };
        let journal = Self {
            dir,
            options,
            next: recovery.next_offset,
            buffer: Vec::new(),
            written: 0,
            rotations: Vec::new(),
            plan,
            active,
            refused: None,
            shared: Arc::new(shared),
            _lock: lock,
        };
        Ok((journal, recovery))
    }

    /// The offset that the next record gets. Offsets count records from 1.
    #[must_use]
    pub fn next_offset(&self) -> u64 {
        self.next
    }

    /// Adds a record to the group in memory and returns its offset. A record that the format
    /// cannot hold is reported by the next [`flush`](Self::flush), which then keeps failing.
    pub fn append(&mut self, record: NewRecord<'_>) -> u64 {
        let offset = self.next;
        self.next += 1;
        let Some(len) = format::encoded_len(&record) else {
            let (topic_bytes, payload_bytes) = (record.topic.len(), record.payload.len());
            self.refused.get_or_insert(TooLong { offset, topic_bytes, payload_bytes });
            return offset;
        };
        self.place(day_of(record.rx_ms), u64::from(len), offset);
        let unsynced = offset - self.shared.durable.load(Ordering::Acquire);
        let unsynced = u32::try_from(unsynced).unwrap_or(u32::MAX);
        format::encode(&mut self.buffer, &record, len, offset, unsynced);
        offset
    }

    /// Decides which segment the record falls into.
    fn place(&mut self, day: i64, len: u64, offset: u64) {
        if let Some(plan) = &mut self.plan {
            let empty = plan.bytes <= SEGMENT_HEADER as u64;
            let fits = empty || plan.bytes + len <= self.options.segment_bytes;
            if fits && plan.day.is_none_or(|of_segment| of_segment == day) {
                *plan = Plan { day: Some(day), bytes: plan.bytes + len };
                return;
            }
        }
        self.rotations.push(Rotation { at: self.buffer.len(), day, first: offset });
        self.plan = Some(Plan { day: Some(day), bytes: SEGMENT_HEADER as u64 + len });
    }

    /// Hands the group to the operating system, in one write unless a new segment begins inside
    /// it. Durable only after a [`Syncer::sync`].
    ///
    /// # Errors
    /// When the system refuses (a full disk); the group is kept, and a later flush goes on where
    /// this one stopped. Final after a failed sync and after a record that was too long.
    pub fn flush(&mut self) -> Result<(), Error> {
        self.shared.check()?;
        if let Some(TooLong { offset, topic_bytes, payload_bytes }) = self.refused {
            return Err(Error::TooLong { offset, topic_bytes, payload_bytes });
        }
        while let Some(rotation) = self.rotations.first().copied() {
            self.write_until(rotation.at)?;
            self.rotate(rotation)?;
            self.rotations.remove(0);
        }
        self.write_until(self.buffer.len())?;
        self.buffer.clear();
        self.written = 0;
        self.shared.current().written = self.next - 1;
        Ok(())
    }

    /// Writes the buffer up to `until`. Always at a known place: a write that failed half-way is
    /// written over by the next try.
    fn write_until(&mut self, until: usize) -> Result<(), Error> {
        let bytes = &self.buffer[self.written..until];
        if let Some(active) = self.active.as_mut().filter(|_| !bytes.is_empty()) {
            active.file.write_at(bytes, active.end)?;
            active.end += bytes.len() as u64;
        }
        self.written = until;
        Ok(())
    }

    /// Syncs the segment that is full and begins the next one. This waits for the disk, once in a
    /// segment; in return only the newest segment can ever be torn.
    fn rotate(&mut self, rotation: Rotation) -> Result<(), Error> {
        if let Some(old) = &self.active {
            self.shared.sync(&old.file, rotation.first - 1)?;
        }
        let file = Arc::new(self.dir.create_segment(rotation.day, rotation.first)?);
        *self.shared.current() = Current { file: Some(Arc::clone(&file)), written: rotation.first - 1 };
        self.active = Some(Active { file, end: SEGMENT_HEADER as u64 });
        Ok(())
    }

    /// A handle that makes flushed records durable, for a thread that may wait for the disk.
    #[must_use]
    pub fn syncer(&self) -> Syncer {
        Syncer { shared: Arc::clone(&self.shared) }
    }
}

/// Makes flushed records durable.
#[derive(Debug)]
pub struct Syncer {
    shared: Arc<Shared>,
}

impl Syncer {
    /// Waits until everything flushed before this call is on the disk and returns the offset of
    /// the last durable record. One sync of one file; none when nothing new was flushed.
    ///
    /// # Errors
    /// When the system cannot write. That is final: it may forget what it could not write, so
    /// every later call, and every flush, fails too.
    pub fn sync(&mut self) -> Result<u64, Error> {
        self.shared.check()?;
        let (file, written) = {
            let current = self.shared.current();
            (current.file.clone(), current.written)
        };
        let durable = self.shared.durable.load(Ordering::Acquire);
        match file {
            Some(file) if written > durable => self.shared.sync(&file, written),
            Some(_) | None => Ok(durable),
        }
    }
}

impl Shared {
    fn current(&self) -> MutexGuard<'_, Current> {
        // Only whole assignments are made under this lock, so a panic elsewhere left it right.
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn check(&self) -> Result<(), Error> {
        if self.failed.load(Ordering::Acquire) { Err(Error::SyncFailed { dir: self.dir.clone() }) } else { Ok(()) }
    }

    /// Syncs `file`, which holds the records up to `written` that were not durable before.
    fn sync(&self, file: &SegmentFile, written: u64) -> Result<u64, Error> {
        if let Err(error) = file.sync() {
            self.failed.store(true, Ordering::Release);
            return Err(error);
        }
        Ok(self.durable.fetch_max(written, Ordering::AcqRel).max(written))
    }
}

fn day_of(rx_ms: i64) -> i64 {
    rx_ms.div_euclid(DAY_MS)
}
