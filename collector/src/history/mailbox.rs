//! What waits to be written: the latest word of each business day, so that it never grows beyond
//! the days that the dataflow keeps.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::SiteId;
use domain::config::SiteConfig;
use domain::facts::Date;
use domain::history::Day;

use crate::flow::Told;

/// How the stores stand.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Status {
    /// Why nothing can be written to the embedded store; `None`: all is well.
    pub store: Option<String>,
    /// Why InfluxDB is behind; `None`: it is not, or there is none.
    pub influx: Option<String>,
    /// Points that wait for InfluxDB, and those put aside because it will never take them.
    pub waiting: u64,
    /// See `waiting`.
    pub dead: u64,
    /// Business days that wait to be written.
    pub days: usize,
    /// Rows written since the start.
    pub rows: u64,
    /// CPU that the thread has used, microseconds.
    pub cpu_us: u64,
}

#[derive(Debug, Default)]
struct Inside {
    days: BTreeMap<(SiteId, Date), (u64, Day)>,
    configs: BTreeMap<SiteId, SiteConfig>,
    durable: u64,
    told_up_to: u64,
    stop: bool,
    status: Status,
}

/// What the writer takes out.
#[derive(Debug, Default)]
pub(super) struct Mail {
    pub days: Vec<(u64, SiteId, Day)>,
    pub configs: Vec<SiteConfig>,
    /// Once these are written, everything up to this record is.
    pub cursor: u64,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Mailbox {
    inside: Mutex<Inside>,
    news: Condvar,
}

impl Mailbox {
    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn post(&self, Told { site, offset, days }: Told) {
        let mut inside = self.lock();
        inside.days.extend(days.into_iter().map(|day| ((site, day.date), (offset, day))));
        drop(inside);
        self.news.notify_one();
    }

    pub fn configure(&self, config: SiteConfig) {
        self.lock().configs.insert(config.site, config);
        self.news.notify_one();
    }

    pub fn durable(&self, offset: u64) {
        let mut inside = self.lock();
        let waited = inside.days.values().any(|(needs, _)| (inside.durable + 1..=offset).contains(needs));
        inside.durable = offset;
        drop(inside);
        if waited {
            self.news.notify_one();
        }
    }

    pub fn told_up_to(&self, offset: u64) {
        self.lock().told_up_to = offset;
    }

    pub fn stop(&self) {
        self.lock().stop = true;
        self.news.notify_one();
    }

    /// Waits so long, or until it is stopped.
    pub fn wait_for_stop(&self, most: Duration) {
        drop(self.news.wait_timeout_while(self.lock(), most, |inside| !inside.stop));
    }

    pub fn is_stopped(&self) -> bool {
        self.lock().stop
    }

    pub fn status(&self) -> Status {
        let inside = self.lock();
        Status { days: inside.days.len(), ..inside.status.clone() }
    }

    pub fn tell(&self, change: impl FnOnce(&mut Status)) {
        change(&mut self.lock().status);
    }

    /// Waits for mail, at most for `most`. What is not durable stays.
    pub fn take(&self, most: Duration) -> Mail {
        let is_idle = |inside: &mut Inside| {
            let ready = inside.days.values().any(|(needs, _)| *needs <= inside.durable);
            !ready && inside.configs.is_empty() && !inside.stop
        };
        let waited = self.news.wait_timeout_while(self.lock(), most, is_idle);
        let (mut inside, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let durable = inside.durable;
        let (ready, later): (BTreeMap<_, _>, BTreeMap<_, _>) =
            std::mem::take(&mut inside.days).into_iter().partition(|(_, (needs, _))| *needs <= durable);
        let first_later = later.values().map(|(needs, _)| needs.saturating_sub(1)).min();
        let cursor = inside.told_up_to.min(durable).min(first_later.unwrap_or(u64::MAX));
        inside.days = later;
        let configs = std::mem::take(&mut inside.configs).into_values().collect();
        let days = ready.into_iter().map(|((site, _), (offset, day))| (offset, site, day)).collect();
        Mail { days, configs, cursor }
    }

    /// Puts mail back that could not be written; what is newer stays.
    pub fn put_back(&self, mail: Mail) {
        let mut inside = self.lock();
        for (offset, site, day) in mail.days {
            inside.days.entry((site, day.date)).or_insert((offset, day));
        }
        for config in mail.configs {
            inside.configs.entry(config.site).or_insert(config);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(offset: u64, date: Date) -> Told {
        let day = Day { date, utc_offset_s: i32::try_from(offset).unwrap(), ..Day::default() };
        Told { site: SiteId::new("x").unwrap(), offset, days: vec![day] }
    }

    #[test]
    fn only_what_is_durable_is_given_out_and_the_latest_word_counts() {
        let mailbox = Mailbox::default();
        for told in [told(5, 1), told(9, 1), told(7, 2)] {
            mailbox.post(told);
        }
        mailbox.told_up_to(9);
        assert!(mailbox.take(Duration::ZERO).days.is_empty());
        mailbox.durable(8);
        let mail = mailbox.take(Duration::ZERO);
        let taken: Vec<_> = mail.days.iter().map(|(offset, _, day)| (*offset, day.date)).collect();
        assert_eq!((taken, mail.cursor), (vec![(7, 2)], 8));
        mailbox.put_back(mail);
        mailbox.post(told(10, 2));
        mailbox.durable(10);
        let mail = mailbox.take(Duration::ZERO);
        let taken: Vec<_> = mail.days.iter().map(|(offset, _, day)| (*offset, day.date)).collect();
        assert_eq!((taken, mail.cursor), (vec![(9, 1), (10, 2)], 9));
        mailbox.post(told(11, 3));
        mailbox.put_back(Mail {
            days: vec![(10, SiteId::new("x").unwrap(), Day { date: 3, ..Day::default() })],
            ..Mail::default()
        });
        mailbox.durable(11);
        assert_eq!(mailbox.take(Duration::ZERO).days[0].0, 11, "what is newer stays");
    }
}
