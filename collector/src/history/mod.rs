//! History's part of the collector: what the dataflow tells of business days waits here until it is
//! durable, and a thread of its own writes it. Nothing of this slows the live way: a mailbox keeps
//! only the latest word of each day, however long a store is away.

mod mailbox;
mod rebuild;
mod writer;

use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use ::history::influx::{self, Secret};
use ::history::sqlite::Retention;
use domain::config::SiteConfig;
pub use mqtt_config::settings::history_file as path;
use mqtt_config::settings::{Clock, History, HistoryStore, Runtime};

use self::mailbox::Mailbox;
pub use self::mailbox::Status;
pub use self::rebuild::{Progress, Rebuilt, project, rebuild};
use crate::Error;
use crate::flow::Told;

/// For how long what is kept.
#[must_use]
pub fn retention(settings: &History) -> Retention {
    let History { visit_days, rating_days, minute_days, hour_days, .. } = *settings;
    Retention { visit_days, rating_days, minute_days, hour_days }
}

/// How InfluxDB is reached, where history is to be there too.
///
/// # Errors
/// When the token cannot be read; a sentence that says which file.
pub fn influx_options(settings: &History) -> Result<Option<influx::Options>, String> {
    let HistoryStore::Influx(influx) = &settings.store else { return Ok(None) };
    let token = std::fs::read_to_string(&influx.token_file)
        .map_err(|error| format!("InfluxDB's token in {} cannot be read: {error}", influx.token_file.display()))?;
    Ok(Some(influx::Options {
        url: influx.url.clone(),
        org: influx.org.clone(),
        token: Secret::new(token.trim()),
        bucket_prefix: influx.bucket_prefix.clone(),
        timeout: Duration::from_secs(u64::from(influx.timeout_s)),
        retention: retention(settings),
    }))
}

/// What the thread needs to know.
#[derive(Debug, Clone)]
struct Task {
    data_dir: PathBuf,
    clock: Clock,
    settings: History,
    /// The journal's last record when the collector started: what follows is told by the dataflow.
    journal_end: u64,
}

/// The running thread. Ends when this is dropped, after the write that is under way.
pub struct HistoryThread {
    mailbox: Arc<Mailbox>,
    thread: Option<JoinHandle<()>>,
}

impl HistoryThread {
    /// Starts it. `journal_end` is the journal's last record that the dataflow has taken in.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn start(runtime: &Runtime, journal_end: u64) -> Result<Self, Error> {
        let task = Task {
            data_dir: runtime.data_dir.clone(),
            clock: runtime.clock,
            settings: runtime.history.clone(),
            journal_end,
        };
        let mailbox = Arc::new(Mailbox::default());
        let theirs = Arc::clone(&mailbox);
        let work = move || writer::work(&task, &theirs);
        let thread = std::thread::Builder::new().name("history".into()).spawn(work)?;
        Ok(Self { mailbox, thread: Some(thread) })
    }

    /// Takes what was told of a site; it is written when the journal is durable so far.
    pub fn post(&self, told: Told) {
        self.mailbox.post(told);
    }

    /// A site is configured so.
    pub fn configure(&self, config: SiteConfig) {
        self.mailbox.configure(config);
    }

    /// The journal is durable up to here.
    pub fn durable(&self, offset: u64) {
        self.mailbox.durable(offset);
    }

    /// Everything up to this record has been told.
    pub fn told_up_to(&self, offset: u64) {
        self.mailbox.told_up_to(offset);
    }

    /// How the stores stand.
    #[must_use]
    pub fn status(&self) -> Status {
        self.mailbox.status()
    }

    /// Ends the thread and waits for it.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for HistoryThread {
    fn drop(&mut self) {
        self.mailbox.stop();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("The thread that keeps history has failed.");
        }
    }
}
