//! A request to run dead letters again is a file in the data directory: the collector takes it at
//! once, or at its next start when none is running. It does without a port and without the broker.
//!
//! | name | means |
//! |---|---|
//! | `again/ID.json` | asked |
//! | `again/ID.taken` | a collector is at it; after a crash the next one takes it up again |
//! | `again/ID.answer` | done, and durable; whoever asked takes it away |

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use domain::SiteId;
use domain::event::DeadLetterReason;
use serde::{Deserialize, Serialize};

use crate::ingest::Ran;

const ASKED: &str = "json";
const TAKEN: &str = "taken";
const ANSWER: &str = "answer";
const UNFINISHED: &str = "new";
/// A request with a list of a hundred thousand offsets fits; anything larger is not one of ours.
const LARGEST: u64 = 1 << 20;

/// Which dead letters are to be run again: those that everything said fits.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Of this site.
    #[serde(default)]
    pub site: Option<SiteId>,
    /// Refused for this reason.
    #[serde(default)]
    pub reason: Option<DeadLetterReason>,
    /// These records of the journal; empty: all.
    #[serde(default)]
    pub offsets: BTreeSet<u64>,
}

/// What became of the dead letters of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// They are events now.
    pub counted: u64,
    /// Their events had come in by another way.
    pub known: u64,
    /// They were run again before.
    pub before: u64,
    /// They did not come on a device's `evt`.
    pub no_event: u64,
    /// Only the first 4 KiB of them were kept.
    pub cut: u64,
    /// Too old to tell whether their events were counted.
    pub too_old: u64,
    /// They still cannot be used, by reason.
    pub refused: BTreeMap<DeadLetterReason, u64>,
    /// Why not all of them were looked at; `None`: they were.
    pub failed: Option<String>,
}

impl Tally {
    pub(super) fn add(&mut self, ran: Ran) {
        match ran {
            Ran::Counted => self.counted += 1,
            Ran::Known => self.known += 1,
            Ran::Before => self.before += 1,
            Ran::NoEvent => self.no_event += 1,
            Ran::Cut => self.cut += 1,
            Ran::TooOld => self.too_old += 1,
            Ran::Refused(reason) => *self.refused.entry(reason).or_default() += 1,
        }
    }
}

/// A request that was handed over.
#[derive(Debug)]
pub struct Asked {
    base: PathBuf,
}

/// How a request stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// No collector has taken it yet.
    Waiting,
    /// A collector is at it.
    Taken,
    /// Done, and durable.
    Done(Tally),
}

/// Hands a request over. It survives a power cut when this returns.
///
/// # Errors
/// When the data directory cannot be written.
pub fn ask(data_dir: &Path, request: &Request) -> io::Result<Asked> {
    let dir = dir_of(data_dir);
    fs::create_dir_all(&dir)?;
    let base = dir.join(uuid::Uuid::now_v7().to_string());
    write(&base, ASKED, &mqtt_config::wire::json(request))?;
    Ok(Asked { base })
}

impl Asked {
    /// How it stands. The answer is given once.
    ///
    /// # Errors
    /// When the data directory cannot be read.
    pub fn standing(&self) -> io::Result<Standing> {
        let answer = self.base.with_extension(ANSWER);
        match fs::read(&answer) {
            Ok(bytes) => {
                let tally = serde_json::from_slice(&bytes)?;
                fs::remove_file(&answer)?;
                // Goes with the last one.
                drop(fs::remove_dir(answer.with_file_name("")));
                Ok(Standing::Done(tally))
            }
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            Err(_) if self.base.with_extension(ASKED).exists() => Ok(Standing::Waiting),
            Err(_) => Ok(Standing::Taken),
        }
    }
}

/// Takes away answers that nobody fetched and files that nobody finished.
pub(super) fn sweep(data_dir: &Path) {
    for entry in fs::read_dir(dir_of(data_dir)).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|kind| kind == ANSWER || kind == UNFINISHED) {
            // One that stays does no harm.
            drop(fs::remove_file(path));
        }
    }
}

/// A request that this collector is at.
#[derive(Debug)]
pub(super) struct Accepted {
    base: PathBuf,
    pub request: Request,
}

/// Takes the oldest request; `None` when there is none. `left` also takes those that a collector
/// was at when it ended.
///
/// # Errors
/// When the directory cannot be read or written.
pub(super) fn take(data_dir: &Path, left: bool) -> io::Result<Option<Accepted>> {
    let entries = match fs::read_dir(dir_of(data_dir)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut asked = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let kind = path.extension().and_then(|kind| kind.to_str());
        if kind == Some(ASKED) || (left && kind == Some(TAKEN)) {
            asked.push(path);
        }
    }
    let Some(path) = asked.into_iter().min() else { return Ok(None) };
    let base = path.with_extension("");
    let taken = base.with_extension(TAKEN);
    fs::rename(&path, &taken)?;
    let read = fs::metadata(&taken)?.len() <= LARGEST;
    let request = if read { serde_json::from_slice(&fs::read(&taken)?).ok() } else { None };
    match request {
        Some(request) => Ok(Some(Accepted { base, request })),
        None => {
            let failed = Some("the request is not one that this program writes".to_owned());
            Accepted { base, request: Request::default() }.answer(&Tally { failed, ..Tally::default() })?;
            Ok(None)
        }
    }
}

impl Accepted {
    /// Answers it.
    ///
    /// # Errors
    /// When the directory cannot be written.
    pub(super) fn answer(&self, tally: &Tally) -> io::Result<()> {
        write(&self.base, ANSWER, &mqtt_config::wire::json(tally))?;
        fs::remove_file(self.base.with_extension(TAKEN))
    }
}

fn dir_of(data_dir: &Path) -> PathBuf {
    data_dir.join("again")
}

/// Writes a file that has its name only when all of it is on the disk.
fn write(base: &Path, extension: &str, text: &str) -> io::Result<()> {
    let unfinished = base.with_extension(UNFINISHED);
    let mut file = File::create(&unfinished)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&unfinished, base.with_extension(extension))?;
    File::open(base.parent().unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_taken_once_and_by_the_next_collector_after_a_crash() {
        let dir = tempfile::tempdir().unwrap();
        assert!(take(dir.path(), true).unwrap().is_none());
        let request = Request { reason: Some(DeadLetterReason::UnknownService), ..Request::default() };
        let asked = ask(dir.path(), &request).unwrap();
        assert_eq!(asked.standing().unwrap(), Standing::Waiting);
        let first = take(dir.path(), false).unwrap().unwrap();
        assert_eq!((first.request, asked.standing().unwrap()), (request.clone(), Standing::Taken));
        assert!(take(dir.path(), false).unwrap().is_none());
        let next = take(dir.path(), true).unwrap().unwrap();
        assert_eq!(next.request, request);
        let tally = Tally { counted: 3, ..Tally::default() };
        next.answer(&tally).unwrap();
        assert_eq!(asked.standing().unwrap(), Standing::Done(tally));
        assert!(!dir_of(dir.path()).exists(), "nothing is left over");
    }

    #[test]
    fn a_file_that_is_no_request_is_answered_and_not_taken_for_ever() {
        let dir = tempfile::tempdir().unwrap();
        let asked = ask(dir.path(), &Request::default()).unwrap();
        fs::write(asked.base.with_extension(ASKED), r#"{"sites":"hue"}"#).unwrap();
        assert!(take(dir.path(), true).unwrap().is_none());
        let Standing::Done(tally) = asked.standing().unwrap() else { panic!("not answered") };
        assert!(tally.failed.is_some());
        assert!(take(dir.path(), true).unwrap().is_none());
        let forgotten = ask(dir.path(), &Request::default()).unwrap();
        take(dir.path(), true).unwrap().unwrap().answer(&Tally::default()).unwrap();
        sweep(dir.path());
        assert!(!forgotten.base.with_extension(ANSWER).exists());
    }
}
