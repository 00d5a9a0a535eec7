//! The disk's part of the collector's work: groups are written when the disk takes them, and the
//! boards say how it stands.

use domain::Timestamp;
use domain::storage::Storage;
use mqtt_config::session::{Inbound, SessionOptions};
use tokio::sync::watch;

use super::Collector;
use crate::Error;
use crate::disk::{DiskThread, Gate, Passed, Refusal, Survey, Trouble, storage, troubles};
use crate::flow::{Item, Record, SiteIx};

/// A sync that takes longer is told.
const SLOW_SYNC_MS: i64 = 2_000;

/// What the task knows of the disk. Times are milliseconds of a monotonic clock.
pub(super) struct Disk {
    thread: DiskThread,
    survey: watch::Receiver<Survey>,
    pub(super) gate: Gate,
    storage: Storage,
    /// As it was last told to the boards, and to how many sites.
    told: Option<(Storage, usize)>,
    /// The last record that was written.
    written: u64,
    /// A record that is written and not synced, and since when.
    unsynced: Option<(u64, i64)>,
}

impl Disk {
    pub(super) fn new((thread, mut survey): (DiskThread, watch::Receiver<Survey>), now: Timestamp) -> Self {
        let first = storage(&survey.borrow_and_update(), None, now, None);
        Self { thread, survey, gate: Gate::default(), storage: first, told: None, written: 0, unsynced: None }
    }

    /// Waits for news of the disk.
    pub(super) async fn changed(&mut self) {
        if self.survey.changed().await.is_err() {
            // The thread is gone, which is noticed within a second.
            std::future::pending::<()>().await;
        }
    }

    /// Whether nobody looks after it any more.
    pub(super) fn is_gone(&self) -> bool {
        self.thread.is_gone()
    }

    /// How it stands.
    pub(super) const fn storage(&self) -> Storage {
        self.storage
    }

    /// What was measured last.
    pub(super) fn survey(&self) -> Survey {
        self.survey.borrow().clone()
    }

    /// Nothing more can be promised by this process.
    pub(super) fn fail(&mut self, why: Refusal, now: Timestamp) {
        self.storage = storage(&self.survey.borrow(), Some(why), now, Some(&self.storage));
    }

    pub(super) fn stop(self) {
        self.thread.stop();
    }

    /// Notes how far the disk has come; whether it has been behind for long.
    fn is_slow(&mut self, durable: u64, now: i64) -> bool {
        self.unsynced = match self.unsynced {
            _ if durable >= self.written => None,
            Some((record, since)) if durable < record => Some((record, since)),
            _ => Some((self.written, now)),
        };
        self.unsynced.is_some_and(|(_, since)| now - since > SLOW_SYNC_MS)
    }
}

impl Collector {
    /// Writes what has been appended and asks for the sync. A disk that takes nothing now is tried
    /// again; until then nothing is acknowledged.
    pub(super) fn write_group(&mut self) -> Result<(), Error> {
        let mono = self.clocks.mono_ms();
        if !self.disk.gate.may_try(mono) {
            return Ok(());
        }
        let journal = self.door.journal();
        match journal.flush() {
            Ok(()) => {
                self.disk.written = journal.next_offset() - 1;
                self.sync.wake();
                if let Some(passed) = self.disk.gate.passed(mono) {
                    self.go_on(passed);
                }
                Ok(())
            }
            Err(error) => match Refusal::of_journal(&error) {
                Some(why) => {
                    self.stand_still(why, &error, mono);
                    Ok(())
                }
                None => Err(error.into()),
            },
        }
    }

    fn stand_still(&mut self, why: Refusal, error: &journal::Error, mono: i64) {
        if !self.disk.gate.refused(why, self.disk.written, mono) {
            return;
        }
        let cause = std::error::Error::source(error).map(ToString::to_string);
        tracing::error!(%error, cause, ?why, "The disk takes nothing: nothing is acknowledged until it does.");
        if why == Refusal::NoRoom {
            self.disk.thread.make_room();
        }
        self.tell_disk();
    }

    fn go_on(&mut self, passed: Passed) {
        let Passed { after_ms, left } = passed;
        tracing::warn!(after_ms, left, "The disk takes writes again: events are acknowledged.");
        if left > 0 {
            // The broker has kept what was left with it, and sends it on a new connection.
            self.watchdog.lost();
            self.session.reconnect();
        }
        self.tell_disk();
    }

    /// Whether a message can be taken in now; otherwise it is left with the broker.
    pub(super) fn takes(&mut self, message: &Inbound) -> bool {
        let last = self.door.journal().next_offset() - 1;
        self.disk.gate.takes(message.topic.len() + message.payload.len(), last)
    }

    /// There is news of the disk: a refused write is tried again when room was made.
    pub(super) fn on_survey(&mut self) -> Result<(), Error> {
        let before = self.disk.storage;
        self.disk.survey.mark_unchanged();
        self.disk.gate.try_at_once();
        self.tell_disk();
        let was_refused = !before.accepting;
        if was_refused || before.state != self.disk.storage.state {
            return self.close_group();
        }
        Ok(())
    }

    /// Works out how the disk stands, and tells every site when that is new.
    pub(super) fn tell_disk(&mut self) {
        let now = self.clocks.now();
        let why = self.disk.gate.why();
        self.disk.storage = storage(&self.disk.survey.borrow(), why, now, Some(&self.disk.storage));
        let word = (self.disk.storage, self.door.sites().len());
        if self.disk.told == Some(word) {
            return;
        }
        self.disk.told = Some(word);
        let mut records = self.door.take_records();
        let sites = 0..word.1 as SiteIx;
        records.extend(sites.map(|site| Record { site, item: Item::Storage(word.0) }));
        self.door.give_back(records);
        self.chores.told_alerts = None;
        self.alerts();
    }

    /// What is the matter with the disk.
    pub(super) fn disk_troubles(&mut self) -> Vec<Trouble> {
        let (now, mono) = (self.clocks.now(), self.clocks.mono_ms());
        let mut all = troubles(&self.disk.storage, &self.disk.survey.borrow(), now, mono);
        if self.disk.is_slow(self.durable.offset, mono) && self.disk.storage.accepting {
            all.push(Trouble::new("journal-unsynced", "journal_unsynced", "critical"));
        }
        all
    }
}

/// A session that only speaks, beside the one that listens.
pub(super) fn speaker(options: &SessionOptions) -> SessionOptions {
    SessionOptions {
        client_id: format!("{}-waiting", options.client_id),
        clean_start: true,
        session_expiry_s: 0,
        subscriptions: Vec::new(),
        ..options.clone()
    }
}
