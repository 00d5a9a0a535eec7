//! The thread that waits for the disk, so that nobody else does.

use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use journal::Syncer;
use tokio::sync::watch;

use crate::disk::Refusal;
use crate::topology::SYNC_GAP;

/// What is known of the disk.
#[derive(Debug, Clone, Default)]
pub struct Durable {
    /// Every record up to this one is durable.
    pub offset: u64,
    /// How long the last sync took, microseconds.
    pub sync_us: u64,
    /// Syncs since the start.
    pub syncs: u64,
    /// The disk failed: nothing can be promised any more.
    pub failed: Option<Failure>,
}

/// A sync that failed. It is final: the system may have forgotten what it could not write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What the system said, and about which file.
    pub why: String,
    /// What it means.
    pub refusal: Refusal,
}

impl Failure {
    fn of(error: &journal::Error) -> Self {
        let cause = std::error::Error::source(error).map(|cause| format!(": {cause}")).unwrap_or_default();
        Self { why: format!("{error}{cause}"), refusal: Refusal::of_journal(error).unwrap_or(Refusal::Failing) }
    }
}

/// Wakes the thread.
#[derive(Debug)]
pub struct SyncThread {
    /// One waiting call is enough: a sync covers everything flushed before it.
    wake: SyncSender<()>,
    thread: JoinHandle<()>,
}

impl SyncThread {
    /// Starts the thread; the receiver sees each advance.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub fn start(mut syncer: Syncer) -> std::io::Result<(Self, watch::Receiver<Durable>)> {
        let (wake, woken) = sync_channel::<()>(1);
        let (tell, durable) = watch::channel(Durable::default());
        let thread = std::thread::Builder::new().name("sync".into()).spawn(move || {
            let (mut last, mut syncs): (Option<Instant>, u64) = (None, 0);
            while woken.recv().is_ok() {
                // Under load groups gather for one sync; the first after a rest is synced at once.
                rest(SYNC_GAP.saturating_sub(last.map_or(SYNC_GAP, |last| last.elapsed())));
                let began = Instant::now();
                let word = match syncer.sync() {
                    Ok(offset) => {
                        let sync_us = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
                        syncs += 1;
                        Durable { offset, sync_us, syncs, failed: None }
                    }
                    Err(error) => Durable { failed: Some(Failure::of(&error)), ..tell.borrow().clone() },
                };
                last = Some(Instant::now());
                let failed = word.failed.is_some();
                if tell.send(word).is_err() || failed {
                    break;
                }
            }
        })?;
        Ok((Self { wake, thread }, durable))
    }

    /// Asks for a sync of everything flushed so far.
    pub fn wake(&self) {
        match self.wake.try_send(()) {
            // Full: a sync that has not begun yet covers this group too. Disconnected: the thread
            // has told the failure and ended.
            Ok(()) | Err(TrySendError::Full(()) | TrySendError::Disconnected(())) => {}
        }
    }

    /// Lets the thread finish what it is at.
    pub fn stop(self) {
        drop(self.wake);
        if self.thread.join().is_err() {
            tracing::error!("The sync thread panicked.");
        }
    }
}

/// Waits this long, or a little less.
fn rest(pause: Duration) {
    if !pause.is_zero() {
        std::thread::park_timeout(pause);
    }
}
