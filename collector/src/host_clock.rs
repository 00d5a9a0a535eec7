//! What is kept of the host's clock beside the journal: a note of the last good time, so that a
//! restart does not make a wrong clock good, and a person's word that the clock is right.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use domain::Timestamp;
use domain::clock::{Past, Why};
use serde::{Deserialize, Serialize};

/// A number that the kernel draws anew whenever the machine starts.
const RUN: &str = "/proc/sys/kernel/random/boot_id";
/// Debian's time service touches this file whenever it has set or confirmed the clock.
const TIME_SERVICE: &str = "/run/systemd/timesync/synchronized";
/// The clock's jump is noticed this much later than it was set, at most.
const NOTICED_WITHIN_MS: i64 = 10_000;
/// A person's word is good for a clock that has not been set since: this far apart, at most, after
/// the time that has passed.
const WORD_HOLDS_MS: i64 = 60_000;

/// The note of the last time that was given out: `host-clock.json` in the data directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Which run of the machine.
    pub run: String,
    /// The monotonic clock then, in milliseconds since the machine was started.
    pub monotonic_ms: i64,
    /// The time that the collector gave out.
    pub shown: Timestamp,
    /// What the system's clock showed.
    pub system: Timestamp,
    /// Why the system's clock was not believed, if it was not.
    pub doubt: Option<Why>,
}

impl Note {
    /// The last note of a data directory, if there is one that can be read.
    #[must_use]
    pub fn read(data_dir: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(note_file(data_dir)).ok()?).ok()
    }

    /// Writes the note, whole or not at all. It is not synced: a power cut ends the run that it
    /// speaks of.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, data_dir: &Path) -> io::Result<()> {
        whole(&note_file(data_dir), &serde_json::to_vec(self)?)
    }

    /// What is known of the past, given when the journal's last record was received and which run
    /// of the machine this is.
    #[must_use]
    pub fn past(note: Option<&Self>, last_rx: Option<Timestamp>, run: Option<&str>, monotonic_ms: i64) -> Past {
        let same_run = note.filter(|note| Some(note.run.as_str()) == run && note.monotonic_ms <= monotonic_ms);
        match (same_run, last_rx) {
            (Some(note), _) => Past::SameRun {
                last_rx: last_rx.unwrap_or(Timestamp::MIN),
                shown: note.shown,
                monotonic_ms: note.monotonic_ms,
                doubt: note.doubt,
            },
            (None, Some(last_rx)) => Past::Journal(last_rx),
            (None, None) => Past::Nothing,
        }
    }
}

/// Which run of the machine this is; `None` where the kernel does not say.
#[must_use]
pub fn run_of_machine() -> Option<String> {
    let run = fs::read_to_string(RUN).ok()?;
    Some(run.trim().to_owned())
}

/// When the time service last set or confirmed the system's clock, by that clock.
fn time_service_spoke() -> Option<Timestamp> {
    let at = fs::metadata(TIME_SERVICE).ok()?.modified().ok()?;
    let since = at.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(Timestamp::from_ms(i64::try_from(since.as_millis()).ok()?))
}

/// Whether the time service has set or confirmed the system's clock since that showed `jumped_to`.
#[must_use]
pub fn time_service_vouches(jumped_to: Timestamp, system: Timestamp) -> bool {
    time_service_spoke().is_some_and(|at| at >= jumped_to.plus(-NOTICED_WITHIN_MS) && at <= system)
}

/// A person's word that the system's clock is right: `host-clock-accepted` in the data directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acceptance {
    /// What the system's clock showed when the word was given.
    pub system: Timestamp,
}

impl Acceptance {
    /// Gives the word to the collector of this data directory, which looks for it once a second, or
    /// finds it when it starts.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, data_dir: &Path) -> io::Result<()> {
        whole(&acceptance_file(data_dir), &serde_json::to_vec(self)?)
    }

    /// Takes the word, once: `None` when nobody gave it, or when the clock has been set since.
    #[must_use]
    pub fn take(data_dir: &Path, system: Timestamp) -> Option<Self> {
        let file = acceptance_file(data_dir);
        let text = fs::read(&file).ok()?;
        if let Err(error) = fs::remove_file(&file) {
            tracing::warn!(%error, file = %file.display(), "A word about the clock was taken and cannot be removed.");
        }
        let word: Self = serde_json::from_slice(&text).ok()?;
        let good = (0..=WORD_HOLDS_MS).contains(&system.since(word.system));
        if !good {
            tracing::warn!(given_at = %word.system, %system, "A word about the clock is too old and is not taken.");
        }
        good.then_some(word)
    }
}

fn note_file(data_dir: &Path) -> PathBuf {
    data_dir.join("host-clock.json")
}

fn acceptance_file(data_dir: &Path) -> PathBuf {
    data_dir.join("host-clock-accepted")
}

fn whole(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = file.with_extension("new");
    fs::write(&new, bytes)?;
    fs::rename(&new, file)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_ms(1_795_000_000_000);

    fn note(run: &str) -> Note {
        Note { run: run.to_owned(), monotonic_ms: 5_000, shown: NOW, system: NOW, doubt: Some(Why::Impossible) }
    }

    #[test]
    fn a_note_is_of_its_run_of_the_machine_alone() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(Note::read(dir.path()), None);
        note("a").write(dir.path()).unwrap();
        let found = Note::read(dir.path());
        assert_eq!(found, Some(note("a")));
        let rx = NOW.plus(-100);
        let past = |run, monotonic_ms| Note::past(found.as_ref(), Some(rx), run, monotonic_ms);
        let doubt = Some(Why::Impossible);
        assert_eq!(past(Some("a"), 6_000), Past::SameRun { last_rx: rx, shown: NOW, monotonic_ms: 5_000, doubt });
        assert_eq!(past(Some("a"), 4_000), Past::Journal(rx), "the monotonic clock does not go back");
        assert_eq!((past(Some("b"), 6_000), past(None, 6_000)), (Past::Journal(rx), Past::Journal(rx)));
        assert_eq!(Note::past(None, None, Some("a"), 0), Past::Nothing);
    }

    #[test]
    fn a_person_s_word_is_taken_once_and_only_while_it_is_fresh() {
        let dir = tempfile::tempdir().unwrap();
        let word = Acceptance { system: NOW };
        assert_eq!(Acceptance::take(dir.path(), NOW), None);
        for (later_ms, taken) in [(0, true), (60_000, true), (60_001, false), (-1, false)] {
            word.write(dir.path()).unwrap();
            assert_eq!(Acceptance::take(dir.path(), NOW.plus(later_ms)).is_some(), taken, "{later_ms}");
            assert_eq!(Acceptance::take(dir.path(), NOW), None, "it was taken");
        }
    }
}
