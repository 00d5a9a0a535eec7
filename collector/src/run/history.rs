//! History's place in the run loop: now and then the dataflow is asked what has changed, and what it
//! tells goes to the thread that writes it. And what the collector heard is written down, so that
//! history can tell silence from absence.

use domain::Timestamp;
use mqtt_config::settings::{Clock, Runtime};

use super::Collector;
use super::watchdog::HistoryFigures;
use crate::Error;
use crate::disk::Trouble;
use crate::flow::Told;
use crate::history::HistoryThread;

/// The first telling comes soon after a start, when what was told before may not have been written.
const FIRST_MS: i64 = 2_000;
/// Between two tellings at least...
const EVERY_MS: i64 = 10_000;
/// ...and so much for each site: a country's day is told in about a minute.
const EVERY_SITE_MS: i64 = 20;
/// The longest between two tellings.
const AT_MOST_MS: i64 = 60_000;
/// Sites that are asked together; a day of one takes about a millisecond.
const AT_ONCE: usize = 20;
/// It is looked every second. After as long without a look the machine slept.
const ASLEEP_MS: i64 = 15_000;
/// So often it is written down that the collector listens.
const LISTENED_EVERY_MS: i64 = 600_000;

/// See the module. Times are milliseconds of a monotonic clock.
pub(super) struct History {
    pub thread: HistoryThread,
    /// With recorded time nobody listens: the days are over.
    listens: bool,
    at: i64,
    /// When the round of tellings began, and the first site that was not asked in it.
    began: i64,
    next: usize,
    /// Since when it is not yet written down that the collector listens.
    since: Option<Timestamp>,
    /// When it was last looked whether it listens.
    looked: Option<Timestamp>,
    /// Where the last rounds reached to, the latest last.
    told: [u64; 2],
}

impl History {
    /// `journal_end`: the journal's last record at the start.
    pub fn start(runtime: &Runtime, journal_end: u64) -> Result<Self, Error> {
        let thread = HistoryThread::start(runtime, journal_end)?;
        // What the start has read is on the disk.
        thread.durable(journal_end);
        Ok(Self {
            thread,
            listens: runtime.clock == Clock::Wall,
            at: FIRST_MS,
            began: 0,
            next: 0,
            since: None,
            looked: None,
            told: [0; 2],
        })
    }

    /// What the dataflow told.
    pub fn post(&self, told: Told) {
        self.thread.post(told);
    }

    /// How the stores stand, for whoever watches the collector.
    pub fn figures(&self) -> HistoryFigures {
        let status = self.thread.status();
        HistoryFigures {
            history_rows: status.rows,
            history_days_waiting: status.days,
            history_written: status.store.is_none(),
            history_mirrored: status.influx.is_none(),
            history_points_waiting: status.waiting,
            history_points_dead: status.dead,
            history_cpu_us: status.cpu_us,
        }
    }

    /// What is wrong with the stores, for the boards.
    pub fn troubles(&self) -> impl Iterator<Item = Trouble> {
        let status = self.thread.status();
        let store = status.store.map(|_| Trouble::new("history", "history_not_written", "warning"));
        let influx = status.influx.map(|_| Trouble::new("influxdb", "history_behind", "warning"));
        store.into_iter().chain(influx)
    }
}

impl Collector {
    /// Asks what has changed, when it is time; of many sites a few at a time, once a second, so that
    /// boards never wait for history.
    pub(super) fn look_after_history(&mut self) {
        let (mono, now) = (self.clocks.mono_ms(), self.clocks.now());
        self.note_listening(now);
        if mono < self.history.at || self.waiting.is_some() {
            return;
        }
        let sites = self.door.sites().len();
        let period = (sites as i64).saturating_mul(EVERY_SITE_MS).clamp(EVERY_MS, AT_MOST_MS);
        if self.history.next == 0 {
            self.begin_round();
        }
        // A small installation is asked at once, a country in as many parts as the period has seconds.
        let some = sites.div_ceil((period / 1_000) as usize).max(AT_ONCE);
        let asked = self.history.next..self.history.next + some;
        self.history.next = asked.end;
        self.door.tell_history_of(asked);
        if self.history.next >= sites {
            self.history.next = 0;
            self.history.at = self.history.began + period;
        }
    }

    fn begin_round(&mut self) {
        self.history.began = self.clocks.mono_ms();
        // What the round before the last reached to has arrived here long since.
        let [before, last] = self.history.told;
        self.history.thread.told_up_to(before);
        self.history.told = [last, self.door.journal().next_offset() - 1];
    }

    /// Writes down that the collector listens, now and then, and when it does so no more.
    fn note_listening(&mut self, now: Timestamp) {
        if !self.history.listens {
            return;
        }
        let live = self.watchdog.is_live() && self.clocks.distrusted().is_none();
        let looked = self.history.looked.replace(now).unwrap_or(now);
        if now.since(looked) > ASLEEP_MS
            && let Some(since) = self.history.since.take()
        {
            // The machine slept: nobody listened.
            self.door.listened(since, looked);
        }
        match self.history.since {
            None if live => self.history.since = Some(now),
            Some(since) if !live || now.since(since) >= LISTENED_EVERY_MS => {
                self.door.listened(since, now);
                self.history.since = live.then_some(now);
            }
            _ => {}
        }
    }

    /// The last word before the end.
    pub(super) fn note_end_of_listening(&mut self) {
        if let Some(since) = self.history.since.take() {
            let now = self.clocks.now();
            self.door.listened(since, now);
        }
    }
}
