//! The one writer.

use std::path::Path;

use crate::directory::{Directory, Segment, SegmentFile};
use crate::files::Files;
use crate::format::{self, SEGMENT_HEADER};
use crate::mark::Mark;
use crate::primitives::Arc;
use crate::recovery::{self, Recovery};
use crate::storage::{Lock, Storage};
use crate::syncer::{Shared, Syncer};
use crate::{Error, NewRecord};

const DAY_MS: i64 = 86_400_000;

/// How a journal is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// A new segment begins before one grows over this many bytes.
    pub segment_bytes: u64,
    /// How far local time is ahead of UTC, in milliseconds: a new segment begins with each local
    /// day. It may change from one start to the next; segments that are there stay as they are.
    pub utc_offset_ms: i64,
}

impl Default for Options {
    fn default() -> Self {
        Self { segment_bytes: 64 * 1024 * 1024, utc_offset_ms: 0 }
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
    shared: Arc<Shared<SegmentFile>>,
    mark: Arc<Mark>,
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

impl Journal {
    /// Opens the journal in `dir` for writing, creating it when it is not there. Locks the
    /// directory, checks that every segment is there and ends where the next one begins, checks
    /// each record of the newest, and cuts a torn tail after copying it aside. Everything that is
    /// left is durable when this returns.
    ///
    /// # Errors
    /// When another writer holds the directory, something is found damaged or of a later format,
    /// or the system refuses.
    pub fn open(dir: &Path, options: Options) -> Result<(Self, Recovery), Error> {
        Self::open_on(Arc::new(Files::new(dir)), options)
    }

    /// As [`open`](Self::open), on any storage.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_on(storage: Arc<dyn Storage>, options: Options) -> Result<(Self, Recovery), Error> {
        let dir = Directory::new(storage);
        dir.create()?;
        let lock = dir.lock()?;
        let (newest, recovery) = recovery::recover(&dir)?;
        let day = |rx_ms| options.day_of(rx_ms);
        let plan = newest.as_ref().map(|newest| Plan { day: newest.last_rx_ms.map(day), bytes: newest.end });
        let active = newest.map(|newest| Active { file: Arc::new(newest.file), end: newest.end });
        let file = active.as_ref().map(|active| Arc::clone(&active.file));
        let mark = Mark::open(&dir, recovery.next_offset - 1)?;
        let shared = Shared::new(dir.path().to_owned(), file, recovery.next_offset - 1);
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
            mark: Arc::new(mark),
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
        self.place(self.options.day_of(record.rx_ms), u64::from(len), offset);
        let unsynced = offset - self.shared.durable();
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
        self.shared.wrote(self.next - 1);
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

    /// Syncs the segment that is full and begins the next one. This waits for the disk, a few times
    /// in a segment; in return only the newest segment can ever be torn.
    fn rotate(&mut self, rotation: Rotation) -> Result<(), Error> {
        let before = rotation.first - 1;
        if let Some(old) = &self.active {
            self.shared.sync(&old.file, before)?;
        }
        let begun = self.dir.begin_segment(rotation.first)?;
        self.shared.or_give_up(begun.sync())?;
        let file = Arc::new(self.dir.name_segment(begun, &Segment::new(rotation.day, rotation.first))?);
        self.shared.or_give_up(self.dir.sync_names())?;
        self.shared.begin(&file, before);
        self.active = Some(Active { file, end: SEGMENT_HEADER as u64 });
        Ok(())
    }

    /// Removes the segments all of whose records come before `offset`, never the newest one, and
    /// says how many. They are gone for good when this returns, the oldest first, so that what a
    /// power cut leaves begins later and has no hole. While somebody archives, it removes none.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn trim_before(&mut self, offset: u64) -> Result<usize, Error> {
        let Some(_lock) = self.dir.lock_archives()? else { return Ok(0) };
        let segments = self.dir.segments()?;
        let mut removed = 0;
        for pair in segments.windows(2).take_while(|pair| pair[1].first <= offset) {
            self.dir.remove_segment(&pair[0])?;
            removed += 1;
        }
        Ok(removed)
    }

    /// A handle that makes flushed records durable, for a thread that may wait for the disk.
    #[must_use]
    pub fn syncer(&self) -> Syncer {
        Syncer::new(&self.shared, &self.mark)
    }
}

impl Options {
    fn day_of(&self, rx_ms: i64) -> i64 {
        rx_ms.saturating_add(self.utc_offset_ms).div_euclid(DAY_MS)
    }
}
