//! What the board says of the disk.

use domain::Timestamp;
use domain::storage::{Storage, StorageState};

use super::Refusal;
use super::keeper::Survey;

/// A backup that is older than this is no backup of yesterday: a day and a half.
const BACKUP_OLD_MS: i64 = 36 * 3_600_000;

/// The disk's state, by what was measured and by what the last write met.
#[must_use]
pub fn storage(survey: &Survey, refused: Option<Refusal>, now: Timestamp, before: Option<&Storage>) -> Storage {
    let state = match refused {
        Some(why) => why.state(),
        None if survey.read_only => StorageState::ReadOnly,
        None if survey.empty => StorageState::Full,
        None if survey.low => StorageState::Low,
        None => StorageState::Ok,
    };
    Storage {
        state,
        since: before.filter(|before| before.state == state).map_or(now, |before| before.since),
        accepting: refused.is_none(),
        days_left: survey.days_left,
        free_bytes: survey.free_bytes,
        backup_at: survey.backup_at,
    }
}

/// Something that a person has to look after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// Its key among the alerts.
    pub alert: String,
    /// The rule that raised it.
    pub rule: &'static str,
    /// `warning` or `critical`.
    pub severity: &'static str,
}

impl Trouble {
    /// One of these at a time.
    #[must_use]
    pub fn new(alert: &str, rule: &'static str, severity: &'static str) -> Self {
        Self { alert: alert.to_owned(), rule, severity }
    }
}

/// The alerts that follow. `up_ms`: how long the collector has been running; a backup is missed
/// only after a night and some more.
#[must_use]
pub fn troubles(storage: &Storage, survey: &Survey, now: Timestamp, up_ms: i64) -> Vec<Trouble> {
    let mut troubles = Vec::new();
    match storage.state {
        StorageState::Ok => {}
        StorageState::Low => troubles.push(Trouble::new("disk", "disk_low", "warning")),
        StorageState::Full => troubles.push(Trouble::new("disk", "disk_full", "critical")),
        StorageState::ReadOnly => troubles.push(Trouble::new("disk", "disk_read_only", "critical")),
        StorageState::Failing => troubles.push(Trouble::new("disk", "disk_failing", "critical")),
    }
    if !storage.accepting {
        troubles.push(Trouble::new("ingest-stopped", "ingest_stopped", "critical"));
    }
    for kind in &survey.over_budget {
        troubles.push(Trouble::new(&format!("disk-budget-{}", kind.name()), "disk_budget", "warning"));
    }
    let missed = storage.backup_at.map_or(up_ms > BACKUP_OLD_MS, |at| now.since(at) > BACKUP_OLD_MS);
    if missed {
        troubles.push(Trouble::new("backup", "backup_old", "warning"));
    }
    troubles
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::Kind;

    const HOUR_MS: i64 = 3_600_000;

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_ms(1_795_395_600_000 + hours * HOUR_MS)
    }

    fn rules(survey: &Survey, refused: Option<Refusal>, now: Timestamp, up_ms: i64) -> Vec<&'static str> {
        let storage = storage(survey, refused, now, None);
        troubles(&storage, survey, now, up_ms).iter().map(|trouble| trouble.rule).collect()
    }

    #[test]
    fn the_worst_is_said_and_since_when() {
        let survey = Survey { low: true, empty: true, ..Survey::default() };
        let full = storage(&survey, None, at(0), None);
        assert_eq!((full.state, full.since, full.accepting), (StorageState::Full, at(0), true));
        let still = storage(&survey, Some(Refusal::NoRoom), at(1), Some(&full));
        assert_eq!((still.state, still.since, still.accepting), (StorageState::Full, at(0), false));
        let other = storage(&survey, Some(Refusal::ReadOnly), at(2), Some(&still));
        assert_eq!((other.state, other.since), (StorageState::ReadOnly, at(2)));
    }

    #[test]
    fn each_state_has_its_alert() {
        let survey = Survey { backup_at: Some(at(0)), ..Survey::default() };
        assert!(rules(&survey, None, at(1), 0).is_empty());
        let low = Survey { low: true, ..survey.clone() };
        assert_eq!(rules(&low, None, at(1), 0), ["disk_low"]);
        assert_eq!(rules(&Survey { empty: true, ..low }, None, at(1), 0), ["disk_full"]);
        assert_eq!(rules(&survey, Some(Refusal::NoRoom), at(1), 0), ["disk_full", "ingest_stopped"]);
        assert_eq!(rules(&survey, Some(Refusal::Failing), at(1), 0), ["disk_failing", "ingest_stopped"]);
        assert_eq!(rules(&Survey { read_only: true, ..survey.clone() }, None, at(1), 0), ["disk_read_only"]);
        let over = Survey { over_budget: vec![Kind::Logs], ..survey };
        let storage = storage(&over, None, at(1), None);
        assert_eq!(troubles(&storage, &over, at(1), 0)[0].alert, "disk-budget-logs");
    }

    #[test]
    fn a_backup_is_missed_after_a_night_and_some_more() {
        let survey = Survey::default();
        assert!(rules(&survey, None, at(100), 36 * HOUR_MS).is_empty(), "it has not been running for long");
        assert_eq!(rules(&survey, None, at(100), 36 * HOUR_MS + 1), ["backup_old"]);
        let survey = Survey { backup_at: Some(at(0)), ..survey };
        assert!(rules(&survey, None, at(36), i64::MAX).is_empty());
        assert_eq!(rules(&survey, None, at(37), 0), ["backup_old"]);
    }
}
