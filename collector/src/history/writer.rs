//! The thread that writes history: takes mail, writes it in one transaction, waits and tries again
//! where the store takes nothing, lets go of what is older than it may be, and looks after the mirror.

use std::time::{Duration, Instant};

use ::history::influx::{Mirror, State};
use ::history::sqlite::{Options, Store};
use domain::SiteId;
use domain::facts::Date;
use hashbrown::HashMap;
use journal::Reader;
use mqtt_config::topics::DeviceTopic;

use super::mailbox::{Mail, Mailbox};
use super::{Task, influx_options, path, rebuild, retention};
use crate::Error;
use crate::record::{DayRecord, Kind, event_payload, site_of};
use crate::recover::journal_dir;

/// A store that could not be opened or written is tried again after this.
const AGAIN: Duration = Duration::from_secs(5);
/// So often the status is told where there is no mail.
const LOOK: Duration = Duration::from_secs(1);
/// Retention is looked at this often.
const LET_GO: Duration = Duration::from_secs(3_600);
/// InfluxDB may be behind for this long before anybody is told.
const PATIENCE_MS: i64 = 30_000;
/// The live way goes first.
const NICE: i32 = 5;

/// Works until the mailbox is stopped.
pub(super) fn work(task: &Task, mailbox: &Mailbox) {
    // Linux gives each thread its own; without it history only is in the way a little.
    let _ = rustix::process::nice(NICE);
    let mut told = None;
    while !mailbox.is_stopped() {
        match keep(task, mailbox) {
            Ok(()) => return,
            Err(why) => {
                let why = why.to_string();
                if told.as_ref() != Some(&why) {
                    tracing::error!(%why, "History cannot be written; nothing of it is lost, it is tried again.");
                }
                mailbox.tell(|status| status.store = Some(why.clone()));
                told = Some(why);
                mailbox.wait_for_stop(AGAIN);
            }
        }
    }
}

/// Opens the store and writes what comes, until the mailbox is stopped or the store fails.
fn keep(task: &Task, mailbox: &Mailbox) -> Result<(), Error> {
    let file = path(&task.data_dir);
    let influx = match influx_options(&task.settings) {
        Ok(options) => options,
        Err(why) => {
            mailbox.tell(|status| status.influx = Some(why.clone()));
            tracing::error!(%why, "InfluxDB gets nothing until its token is there and the collector is started again.");
            None
        }
    };
    let mirrors = matches!(task.settings.store, mqtt_config::settings::HistoryStore::Influx(_));
    let mut store = Store::open(&file, Options { mirror: mirrors })?;
    catch_up(task, &mut store, mailbox)?;
    let mirror = influx.and_then(|options| {
        let refused = |error: &::history::Error| {
            tracing::error!(%error, "InfluxDB gets nothing until the collector is started with what it needs.");
            mailbox.tell(|status| status.influx = Some(error.to_string()));
        };
        Mirror::start(options, &file).inspect_err(refused).ok()
    });
    tracing::info!(file = %file.display(), mirror = mirror.is_some(), "History is kept.");
    let mut let_go_at = Instant::now();
    // A mirror that is turned on for a store that had none is given a few old days with each write.
    let mut more = mirrors;
    while !mailbox.is_stopped() {
        let mail = mailbox.take(if more { Duration::ZERO } else { LOOK });
        let newest = mail.days.iter().map(|(_, _, day)| day.date).max();
        let known = if Instant::now() >= let_go_at { newest_day(&store)? } else { None };
        let points = write(&mut store, mail, mailbox, more)?;
        more = more && points > 0;
        if let Some(today) = newest.and_then(|newest| reckoned(newest, known)) {
            let_go_at = Instant::now() + LET_GO;
            let_go(&mut store, today, task)?;
        }
        tell(mailbox, mirror.as_ref());
    }
    Ok(())
}

/// Writes mail, and with `also_nothing` goes on where there is none. Returns the points that are to
/// be sent because of it.
fn write(store: &mut Store, mut mail: Mail, mailbox: &Mailbox, also_nothing: bool) -> Result<u64, Error> {
    if mail.days.is_empty() && mail.configs.is_empty() && !also_nothing {
        return Ok(0);
    }
    let offsets: Vec<u64> = mail.days.iter().map(|(offset, ..)| *offset).collect();
    let days: Vec<_> = std::mem::take(&mut mail.days).into_iter().map(|(_, site, day)| (site, day)).collect();
    let configured = mail.configs.iter().try_for_each(|config| store.configure(config));
    // A start knows less of how far history is than the store.
    let cursor = store.cursor().map(|cursor| mail.cursor.max(cursor.unwrap_or(0)));
    let written = configured.and(cursor).and_then(|cursor| store.write(&days, cursor));
    match written {
        Ok(written) => {
            mailbox.tell(|status| {
                status.store = None;
                status.rows += written.rows;
            });
            Ok(written.points)
        }
        Err(error) => {
            mail.days = offsets.into_iter().zip(days).map(|(offset, (site, day))| (offset, site, day)).collect();
            mailbox.put_back(mail);
            Err(error.into())
        }
    }
}

/// The newest day that is kept.
fn newest_day(store: &Store) -> Result<Option<Date>, Error> {
    let sizes = store.sizes()?;
    Ok(sizes.iter().filter_map(|table| table.days).map(|(_, last)| last).max())
}

fn let_go(store: &mut Store, today: Date, task: &Task) -> Result<(), Error> {
    let gone = store.let_go(today, &retention(&task.settings))?;
    if gone != ::history::sqlite::LetGo::default() {
        tracing::info!(?gone, "History that is older than it is to be kept has been let go.");
    }
    Ok(())
}

fn tell(mailbox: &Mailbox, mirror: Option<&Mirror>) {
    let cpu = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    let cpu_us = u64::try_from(cpu.tv_sec * 1_000_000 + cpu.tv_nsec / 1_000).unwrap_or(0);
    let of_mirror = mirror.map(Mirror::status);
    mailbox.tell(|status| {
        status.cpu_us = cpu_us;
        let Some(mirror) = of_mirror else { return };
        (status.waiting, status.dead) = (mirror.points, mirror.dead);
        let now_ms = unix_ms();
        status.influx = match mirror.state {
            State::Behind { since_ms, why } if now_ms - since_ms > PATIENCE_MS => Some(why),
            _ => None,
        };
    });
}

/// Unix milliseconds, by the same clock as the mirror's.
fn unix_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Writes what the dataflow does not tell any more: days that were let go of before they were
/// written, or all, where there is no history yet.
fn catch_up(task: &Task, store: &mut Store, mailbox: &Mailbox) -> Result<(), Error> {
    let cursor = store.cursor()?;
    if task.journal_end == 0 || cursor.is_some_and(|cursor| cursor >= task.journal_end) {
        return Ok(());
    }
    if let Some(cursor) = cursor
        && !is_missed(task, cursor)?
    {
        return Ok(());
    }
    tracing::info!(from = cursor.unwrap_or(0), to = task.journal_end, "History is made from the journal.");
    let stopped = || mailbox.is_stopped();
    rebuild::into_store(&task.data_dir, task.clock, task.journal_end, store, &stopped)?;
    Ok(())
}

/// Whether something happened after a record on a day that was let go of since: the dataflow tells
/// the days that a site still keeps.
fn is_missed(task: &Task, cursor: u64) -> Result<bool, Error> {
    let mut reader = Reader::open_untrimmed(&journal_dir(&task.data_dir), cursor + 1)?;
    let mut earliest: HashMap<SiteId, i64> = HashMap::new();
    while let Some(record) = reader.next_record()?.filter(|record| record.offset <= task.journal_end) {
        if record.kind == Kind::Day as u8 {
            let Some(site) = site_of(&record) else { continue };
            let Ok(day) = serde_json::from_slice::<DayRecord>(record.payload) else { return Ok(true) };
            if earliest.get(&site).is_some_and(|at| *at < day.keep_from.ms()) {
                return Ok(true);
            }
        } else if event_payload(&record).is_some()
            && let Ok(topic) = DeviceTopic::parse(record.topic)
        {
            let at = earliest.entry(topic.site).or_insert(record.at_ms);
            *at = record.at_ms.min(*at);
        }
    }
    Ok(false)
}

/// The day by which retention is reckoned: the newest that was written, unless it lies far after what
/// was there before, or after the clock of the machine: then a clock was wrong, and nothing goes.
fn reckoned(newest: Date, known: Option<Date>) -> Option<Date> {
    const FAR_DAYS: Date = 31;
    let clock = Date::try_from(unix_ms() / 86_400_000).unwrap_or(Date::MAX);
    let plausible = newest <= clock + 1 && known.is_some_and(|known| newest <= known + FAR_DAYS);
    plausible.then_some(newest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_clock_lets_nothing_go() {
        let today = Date::try_from(unix_ms() / 86_400_000).unwrap();
        assert_eq!(reckoned(today, Some(today - 3)), Some(today));
        assert_eq!(reckoned(today, None), None, "nothing was there before");
        assert_eq!(reckoned(today, Some(today - 400)), None, "a year was leapt over");
        assert_eq!(reckoned(today + 5_000, Some(today + 4_999)), None, "it has not come yet");
    }
}
