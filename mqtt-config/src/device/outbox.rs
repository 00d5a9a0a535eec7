//! What a device has said and keeps until the collector has it durably.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use domain::event::{Body, Envelope, Event};
use domain::{BootId, EventId, Timestamp};
use journal::{Files, Storage, Syncer};

use super::bounds::Bounds;
use super::disk::Disk;
use super::kept::{Entry, Kept, LetGo, Place};
use crate::wire::{self, Ack, MAX_PAYLOAD};

/// Events that may wait for a disk that does not take them; then new ones are refused.
const MOST_UNSYNCED: u64 = 10_000;

/// Why something cannot be said or kept.
#[derive(Debug, thiserror::Error)]
pub enum OutboxError {
    /// The journal under it failed.
    #[error("the outbox cannot keep what is said")]
    Journal(#[from] journal::Error),
    /// A record of another program, or of a newer one.
    #[error("record {offset} of the outbox {} is not one that this program writes: was it written by a newer one", dir.display())]
    Unreadable {
        /// The outbox's directory.
        dir: PathBuf,
        /// The record.
        offset: u64,
    },
    /// The bounds are reached, and nothing may be dropped.
    #[error("the outbox is full: {events} events wait for the collector")]
    Full {
        /// How many are kept.
        events: usize,
    },
    /// The disk does not take what was said before.
    #[error("{unsynced} events wait for the disk: is it full")]
    Behind {
        /// How many wait.
        unsynced: u64,
    },
    /// No broker of ours takes such a payload.
    #[error("an event of {bytes} bytes is larger than {MAX_PAYLOAD}")]
    TooLarge {
        /// Size of its payload.
        bytes: usize,
    },
    /// The operating system gives no random numbers.
    #[error("there are no random numbers to name a run or an event")]
    Random(#[from] io::Error),
}

impl OutboxError {
    /// Whether trying again may help. After a failed sync it does not: end the program, and begin
    /// again from what the disk holds.
    #[must_use]
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Journal(journal::Error::SyncFailed { .. }) | Self::Unreadable { .. })
    }
}

/// Something that happened, before it is numbered.
#[derive(Debug, Clone, PartialEq)]
pub struct Saying {
    /// Unique for ever.
    pub id: EventId,
    /// When, by the device's clock.
    pub ts: Timestamp,
    /// When, in milliseconds since the device's boot.
    pub up_ms: Option<u64>,
    /// What.
    pub body: Body,
}

/// Names one event of one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said {
    /// The run.
    pub boot: BootId,
    /// Its number in the run, from 1.
    pub seq: u64,
    /// Where it stands on the disk; 0 without one.
    pub(super) offset: u64,
}

/// A new name for a run of a device.
///
/// # Errors
/// When the operating system gives no random numbers.
pub fn new_boot() -> Result<BootId, OutboxError> {
    Ok(BootId::new(&format!("{:032x}", random()?)).expect("32 hex digits are a boot id"))
}

/// A new id for an event: a random UUID (version 4).
///
/// # Errors
/// When the operating system gives no random numbers.
pub fn new_event_id() -> Result<EventId, OutboxError> {
    let (version, variant) = (0xF_u128 << 76, 0x3_u128 << 62);
    Ok(EventId(random()? & !version & !variant | 0x4 << 76 | 0x2 << 62))
}

fn random() -> Result<u128, OutboxError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(io::Error::from)?;
    Ok(u128::from_le_bytes(bytes))
}

/// What a device has said, of this run and of older ones, until the collector's `ack`.
///
/// On the disk it survives the process and the machine. In memory it is for whoever can say the
/// same again under the same ids: a recording, a simulation.
#[derive(Debug)]
pub struct Outbox {
    kept: Kept,
    disk: Option<Disk>,
    boot: BootId,
    /// The last number given.
    seq: u64,
    /// How long the device ran before this process, in milliseconds.
    ran_before_ms: u64,
    dropped: u64,
}

impl Outbox {
    /// Opens the outbox in a directory of its own, creating it where it is not there, and begins
    /// the run `boot` (see [`new_boot`]). What earlier runs said and nobody acknowledged is still
    /// there.
    ///
    /// # Errors
    /// When another process has it open, when it is damaged, or when the system refuses.
    pub fn open(dir: &Path, bounds: Bounds, boot: BootId) -> Result<Self, OutboxError> {
        Self::open_on(Arc::new(Files::new(dir)), dir, bounds, boot)
    }

    /// As [`Outbox::open`], on any storage; `dir` names it in messages.
    ///
    /// # Errors
    /// As [`Outbox::open`].
    pub fn open_on(storage: Arc<dyn Storage>, dir: &Path, bounds: Bounds, boot: BootId) -> Result<Self, OutboxError> {
        let mut kept = Kept::new(bounds);
        let (disk, ran_before_ms) = Disk::open(&storage, dir, &mut kept)?;
        Ok(Self::begun(kept, Some(disk), boot, ran_before_ms))
    }

    /// An outbox that ends with the process.
    #[must_use]
    pub fn in_memory(bounds: Bounds, boot: BootId) -> Self {
        Self::begun(Kept::new(bounds), None, boot, 0)
    }

    fn begun(mut kept: Kept, disk: Option<Disk>, boot: BootId, ran_before_ms: u64) -> Self {
        kept.begin(boot);
        Self { kept, disk, boot, seq: 0, ran_before_ms, dropped: 0 }
    }

    /// The device starts anew as the run `boot`; what older runs said stays.
    pub fn begin(&mut self, boot: BootId) {
        self.kept.begin(boot);
        (self.boot, self.seq) = (boot, 0);
    }

    /// The present run.
    #[must_use]
    pub fn boot(&self) -> BootId {
        self.boot
    }

    /// Events that are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.kept.events()
    }

    /// Whether the collector has everything durably.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kept.events() == 0
    }

    /// Memory that the kept events take, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.kept.bytes()
    }

    /// Events dropped since this process began, because there was no more room or they were too old.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Numbers and keeps an event; durable only after [`Outbox::flush`] and a sync. `running_ms`:
    /// how long this process has had the outbox, by a monotonic clock.
    ///
    /// # Errors
    /// When it is too large, when there is no room and nothing may be dropped, or when the disk has
    /// not taken what was said before.
    pub fn say(&mut self, saying: Saying, running_ms: u64) -> Result<Said, OutboxError> {
        let Saying { id, ts, up_ms, body } = saying;
        let (boot, seq) = (self.boot, self.seq + 1);
        let payload = wire::event_json(&Event { envelope: Envelope { id, boot, seq, ts, up_ms }, body });
        self.check(payload.len())?;
        let (payload, said_ms) = (Bytes::from(payload), self.ran_before_ms + running_ms);
        let offset = self.disk.as_mut().map_or(0, |disk| disk.say(boot, &payload, said_ms));
        self.seq = seq;
        self.kept.push(Entry::new(seq, payload, offset, said_ms));
        self.drop_what_is_over(running_ms);
        Ok(Said { boot, seq, offset })
    }

    fn check(&self, bytes: usize) -> Result<(), OutboxError> {
        let unsynced = self.unsynced();
        if bytes > MAX_PAYLOAD {
            Err(OutboxError::TooLarge { bytes })
        } else if self.kept.refuses(bytes) {
            Err(OutboxError::Full { events: self.kept.events() })
        } else if unsynced >= MOST_UNSYNCED {
            Err(OutboxError::Behind { unsynced })
        } else {
            Ok(())
        }
    }

    /// Drops what there is no room for, or what is too old.
    pub(super) fn drop_what_is_over(&mut self, running_ms: u64) {
        let now_ms = self.ran_before_ms + running_ms;
        let mut gone: Option<LetGo> = None;
        while let Some(next) = self.kept.drop_one(now_ms) {
            self.dropped += 1;
            if let Some(before) = gone.replace(next).filter(|before| before.boot != next.boot) {
                self.write_gone(before, now_ms);
            }
        }
        if let Some(last) = gone {
            self.write_gone(last, now_ms);
        }
    }

    fn write_gone(&mut self, gone: LetGo, now_ms: u64) {
        if let Some(disk) = &mut self.disk {
            disk.let_go(gone, now_ms);
        }
    }

    /// Takes an acknowledgement in; how many events it newly covers. They are gone for good.
    pub fn acknowledge(&mut self, ack: &Ack, running_ms: u64) -> u64 {
        let older = ack.older.iter().map(|older| (older.boot, older.seq));
        let mut newly = 0;
        for (boot, seq) in older.chain([(ack.boot, ack.seq)]) {
            let covered = self.kept.acknowledge(boot, seq);
            newly += covered;
            if covered > 0 {
                self.write_gone(LetGo { boot, seq }, self.ran_before_ms + running_ms);
            }
        }
        newly
    }

    /// Records that are not durable yet.
    pub(super) fn unsynced(&self) -> u64 {
        self.disk.as_ref().map_or(0, |disk| disk.next_offset() - 1 - self.kept.durable())
    }

    /// Whether this event is on the disk (in memory: always).
    #[must_use]
    pub fn is_durable(&self, said: &Said) -> bool {
        said.offset <= self.kept.durable()
    }

    /// Hands what was said to the operating system. Durable once a [`Outbox::syncer`] has run.
    ///
    /// # Errors
    /// When the system refuses (a full disk); nothing is lost, a later call goes on.
    pub fn flush(&mut self) -> Result<(), OutboxError> {
        self.disk.as_mut().map_or(Ok(()), Disk::flush)
    }

    /// What makes flushed events durable, for a thread that may wait for the disk; `None` in memory.
    #[must_use]
    pub fn syncer(&self) -> Option<Syncer> {
        self.disk.as_ref().map(Disk::syncer)
    }

    /// A sync has returned this offset; gives room on the disk back.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn synced(&mut self, offset: u64) -> Result<(), OutboxError> {
        self.kept.set_durable(offset);
        let Some(disk) = &mut self.disk else { return Ok(()) };
        if disk.is_cluttered(&self.kept) {
            // What is kept goes to the end once more; when that is durable, all before it can go.
            self.kept.move_to(|boot, entry| disk.say(boot, &entry.payload, entry.said_ms));
            return Ok(());
        }
        disk.trim(&self.kept)
    }

    /// Flush, sync and trim at once, for a caller that may wait for the disk.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn sync(&mut self) -> Result<(), OutboxError> {
        self.flush()?;
        let Some(mut syncer) = self.syncer() else { return Ok(()) };
        let durable = syncer.sync()?;
        self.synced(durable)
    }

    pub(super) fn next(&mut self, window: usize) -> Option<(Place, Bytes)> {
        self.kept.next(window)
    }

    /// Whether events of this span still wait for the session.
    pub(super) fn has_waiting(&self, boot: BootId, from_seq: u64, to_seq: u64) -> bool {
        self.kept.has_waiting(boot, from_seq, to_seq)
    }

    pub(super) fn kept(&mut self) -> &mut Kept {
        &mut self.kept
    }

    /// Events handed to the broker and not acknowledged by the collector.
    #[must_use]
    pub fn under_way(&self) -> usize {
        self.kept.under_way()
    }

    /// Whether the broker has answered everything that is kept.
    pub(super) fn is_with_broker(&self) -> bool {
        self.kept.with_session() == 0 && self.kept.under_way() == self.kept.events()
    }
}
