//! The nightly backup: when it is due, and the process that makes it.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context;
use domain::Timestamp;
use jiff::tz::TimeZone;
use mqtt_config::settings::TimeOfDay;
use mqtt_config::settings::files::write_private;
use tokio::process::Command;
use tokio::time::sleep;

use super::child::log;
use crate::backup::last::Last;
use crate::backup::{Order, version};

/// The first look after the start: the centre's devices come first.
const FIRST_LOOK: Duration = Duration::from_secs(10);
/// How often it is looked whether the hour has come. By the clock each time, so that a host whose
/// clock is set right makes its backup by the right one.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// The pause after a backup that failed.
const RETRY_MS: i64 = 60 * 60 * 1_000;

/// The nightly backups of an installation.
#[derive(Debug)]
pub struct Nightly {
    /// At this hour…
    pub at: TimeOfDay,
    /// …of this zone.
    pub zone: TimeZone,
    /// What is to be made.
    pub order: Order,
    /// This program.
    pub motcua: PathBuf,
    /// Where the settings of the process go.
    pub settings: PathBuf,
    /// Where its log goes; `None`: to our stderr.
    pub log: Option<PathBuf>,
}

impl Nightly {
    /// Makes each backup when it is due. Never ends; whoever drops this ends a backup that is being
    /// made, of which nothing is left.
    pub async fn go_on(&self) {
        sleep(FIRST_LOOK).await;
        loop {
            let last = Last::read(&self.order.data_dir);
            let since = version::claimed_ms(&self.order.data_dir).map(Timestamp::from_ms);
            if is_due(&last, since, crate::backup::now(), |after| next(self.at, &self.zone, after)) {
                tracing::info!("The nightly backup begins.");
                if let Err(error) = self.make().await {
                    tracing::error!(error = format!("{error:#}"), "The nightly backup failed.");
                    let failed = Last::read(&self.order.data_dir);
                    // The process itself leaves word of what it could not do; here it could not even run.
                    if failed == last
                        && let Err(error) = failed.failed(&error, crate::backup::now()).write(&self.order.data_dir)
                    {
                        tracing::warn!(error = format!("{error:#}"), "How the backup went cannot be written down.");
                    }
                }
            }
            sleep(LOOK_EVERY).await;
        }
    }

    async fn make(&self) -> anyhow::Result<()> {
        write_private(&self.settings, &serde_json::to_vec(&self.order)?)
            .with_context(|| format!("cannot write {}", self.settings.display()))?;
        let status = Command::new(&self.motcua)
            .args(["child-backup", "--supervisor", &std::process::id().to_string(), "--runtime"])
            .arg(&self.settings)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log(self.log.as_deref())?)
            .process_group(0)
            .kill_on_drop(true)
            .status()
            .await
            .context("cannot start the backup")?;
        if status.success() { Ok(()) } else { anyhow::bail!("it ended with {status}; its log says why") }
    }
}

/// Whether a backup should be made now. `since` is when this installation began to be served: before
/// the first hour after it there is nothing to keep.
fn is_due(last: &Last, since: Option<Timestamp>, now: Timestamp, next: impl Fn(Timestamp) -> Timestamp) -> bool {
    let in_peace = last.error_at.is_none_or(|at| at > now || now.ms() - at.ms() >= RETRY_MS);
    let newest = last.at.filter(|_| last.verified).or(since);
    // What is of the future was written while the host's clock was wrong: a day later all is well.
    let counted = newest.map_or(now, |at| at.min(now));
    in_peace && (next(counted) <= now || newest.is_some_and(|at| at.ms() > now.ms() + DAY_MS))
}

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// The first instant after `after` at which it is `at` in `zone`. Where a clock is put forward over
/// that hour, the instant after the gap.
fn next(at: TimeOfDay, zone: &TimeZone, after: Timestamp) -> Timestamp {
    let instant = |days: i64| {
        let there = jiff::Timestamp::from_millisecond(after.ms()).ok()?.to_zoned(zone.clone());
        let date = there.date().checked_add(jiff::Span::new().days(days)).ok()?;
        let hour = i8::try_from(at.minutes() / 60).ok()?;
        let minute = i8::try_from(at.minutes() % 60).ok()?;
        let at = date.at(hour, minute, 0, 0).to_zoned(zone.clone()).ok()?;
        Some(Timestamp::from_ms(at.timestamp().as_millisecond()))
    };
    let found = (0..=2).filter_map(instant).find(|at| *at > after);
    // Only at the end of the calendar.
    found.unwrap_or(Timestamp::from_ms(after.ms().saturating_add(DAY_MS)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    fn due(last: &Last, since: &str, now: &str) -> bool {
        let (at, zone) = (TimeOfDay::parse("02:30").unwrap(), TimeZone::get("Asia/Ho_Chi_Minh").unwrap());
        is_due(last, Some(time(since)), time(now), |after| next(at, &zone, after))
    }

    fn made(at: &str) -> Last {
        Last { at: Some(time(at)), verified: true, ..Last::default() }
    }

    #[test]
    fn the_hour_is_that_of_the_site() {
        let (at, zone) = (TimeOfDay::parse("02:30").unwrap(), TimeZone::get("Asia/Ho_Chi_Minh").unwrap());
        let after = |text| next(at, &zone, time(text)).to_string();
        assert_eq!(after("2026-11-23T08:00:00+07:00"), "2026-11-23T19:30:00.000Z");
        assert_eq!(after("2026-11-24T02:29:59+07:00"), "2026-11-23T19:30:00.000Z");
        assert_eq!(after("2026-11-24T02:30:00+07:00"), "2026-11-24T19:30:00.000Z");
        // The clock goes from 02:00 to 03:00 that night.
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let gap = next(at, &berlin, time("2026-03-29T00:00:00+01:00"));
        assert_eq!(gap.to_string(), "2026-03-29T01:30:00.000Z");
    }

    #[test]
    fn once_a_night_and_soon_after_a_night_without_power() {
        let began = "2026-11-23T09:00:00+07:00";
        assert!(
            !due(&Last::default(), began, "2026-11-23T17:00:00+07:00"),
            "a new installation waits for its first night"
        );
        assert!(due(&Last::default(), began, "2026-11-24T02:30:00+07:00"));
        let last = made("2026-11-24T02:30:10+07:00");
        assert!(!due(&last, began, "2026-11-24T02:31:00+07:00"));
        assert!(!due(&last, began, "2026-11-25T02:29:00+07:00"));
        assert!(due(&last, began, "2026-11-25T02:30:00+07:00"));
        assert!(due(&last, began, "2026-11-27T07:00:00+07:00"), "the machine was off");
        let by_hand = made("2026-11-27T17:00:00+07:00");
        assert!(
            !due(&by_hand, began, "2026-11-27T18:00:00+07:00") && due(&by_hand, began, "2026-11-28T02:30:00+07:00")
        );
    }

    #[test]
    fn a_failure_is_tried_again_each_hour() {
        let began = "2026-11-23T09:00:00+07:00";
        let why = anyhow::anyhow!("no room");
        let last = made("2026-11-24T02:30:00+07:00").failed(&why, time("2026-11-25T02:30:00+07:00"));
        assert!(!due(&last, began, "2026-11-25T03:29:00+07:00"));
        assert!(due(&last, began, "2026-11-25T03:30:00+07:00"));
    }

    #[test]
    fn a_wrong_clock_does_not_end_the_backups() {
        let began = "2026-11-23T09:00:00+07:00";
        assert!(due(&made("2099-01-01T00:00:00Z"), began, "2026-11-24T10:00:00+07:00"));
        let failed = Last { error_at: Some(time("2099-01-01T00:00:00Z")), ..made("2026-11-23T02:30:00+07:00") };
        assert!(due(&failed, began, "2026-11-24T02:30:00+07:00"));
        assert!(!due(&Last::default(), "1970-01-01T00:00:10Z", "1970-01-01T00:00:40Z"));
    }
}
