//! Whose a data directory is. A demonstration throws away what the one before it wrote and nothing
//! else: beside anything that no demonstration writes it does not start.

use std::fs;
use std::io;
use std::path::Path;

use anyhow::Context;
use domain::Timestamp;
use mqtt_config::settings::files::write_private;
use mqtt_config::settings::{Runtime, Sites};
use serde::{Deserialize, Serialize};

use crate::exit::BadInput;

/// The programs' log, in the data directory.
pub const LOG: &str = "demo.log";
pub(super) const SITE_FILE: &str = "sites/song-may.toml";
/// Beside the site's file, which names it.
pub(super) const CLIP: &str = "sites/hall.mp4";
pub(super) const SECRETS: &str = "secrets/devices.json";
/// The secrets of real cameras, a file each.
pub(super) const CAMERAS: &str = "secrets/cameras";
pub(super) const DEVICES: &str = "devices.toml";
/// Tells a demonstration's directory. Never taken away, only written anew: a directory that was
/// emptied halfway is still a demonstration's.
const MARK: &str = "demo.json";
/// The supervisor's own: it holds the lock, and is left as it is.
const RUN: &str = "run";
const LOCK: &str = "run/lock";
/// What the last supervisor started its collector with.
const STARTED: &str = "run/collector.json";

/// All that a demonstration and its programs write, besides the journal's segments and drafts.
const WRITTEN: [&str; 41] = [
    MARK,
    LOG,
    DEVICES,
    SITE_FILE,
    CLIP,
    SECRETS,
    "secrets/collector",
    "secrets/dashboard",
    "secrets/cameras/song-may.cam-1",
    "broker/acl",
    "broker/mosquitto.conf",
    "broker/passwd",
    "broker/store/mosquitto.db",
    "broker/store/mosquitto.db.new",
    "journal/lock",
    "journal/segment.new",
    "journal/synced",
    "journal/archive.lock",
    "journal/archive.new",
    "snapshots/snapshot.new",
    "history/history.sqlite",
    "history/history.sqlite-journal",
    "history/history.sqlite-shm",
    "history/history.sqlite-wal",
    "host-clock.json",
    "host-clock-accepted",
    "device-clocks",
    "device-clocks.new",
    "reserve",
    "version",
    LOCK,
    "run/ready.json",
    "run/cameras.json",
    "run/cameras.pid",
    "run/broker.pid",
    "run/centre.json",
    "run/centre.pid",
    STARTED,
    "run/collector.pid",
    "run/dashboard.json",
    "run/dashboard.pid",
];

/// The real camera's outbox: a journal of its own.
const OUTBOX: &str = "cameras/song-may.cam-1/";

/// What [`MARK`] says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mark {
    seed: u64,
    start: Timestamp,
}

/// Marks a directory as a demonstration's, which the next one may throw away.
pub(super) fn mark(data_dir: &Path, seed: u64, start: Timestamp) -> anyhow::Result<()> {
    let path = data_dir.join(MARK);
    write_private(&path, &serde_json::to_vec(&Mark { seed, start })?)
        .with_context(|| format!("cannot write {}", path.display()))
}

/// Refuses a directory that holds anything no demonstration wrote; changes nothing. One that does
/// not exist is nobody's.
///
/// # Errors
/// When there is something of somebody's own, or the directory cannot be read.
pub fn refuse_foreign(data_dir: &Path) -> anyhow::Result<()> {
    ours(data_dir).map(drop)
}

/// Throws an earlier demonstration away: its numbers would be in the way of a new one's.
pub(super) fn empty(data_dir: &Path) -> anyhow::Result<()> {
    let held = ours(data_dir)?;
    let stays = |path: &str| path == MARK || Path::new(path).starts_with(RUN);
    let remove = |path: &String, how: fn(std::path::PathBuf) -> io::Result<()>| {
        how(data_dir.join(path)).with_context(|| format!("cannot remove {}", data_dir.join(path).display()))
    };
    held.files.iter().filter(|path| !stays(path)).try_for_each(|path| remove(path, fs::remove_file))?;
    // Each alone, never with what is in it: a file that came since we looked stays.
    held.folders.iter().filter(|path| !stays(path)).try_for_each(|path| remove(path, fs::remove_dir))
}

/// What the directory holds, when all of it is a demonstration's.
fn ours(data_dir: &Path) -> anyhow::Result<Held> {
    let mut held = Held::default();
    held.look(data_dir, "").with_context(|| format!("cannot read {}", data_dir.display()))?;
    match held.somebodys(data_dir) {
        None => Ok(held),
        Some(path) => {
            let path = data_dir.join(path);
            let path = path.display();
            Err(BadInput::because(format!(
                "{path} không do trung tâm mô phỏng ghi ra nên không có gì bị xóa; hãy chọn thư mục khác bằng \
                 --data-dir / {path} was not written by a demonstration, so nothing was deleted; choose another \
                 directory with --data-dir"
            ))
            .into())
        }
    }
}

/// What a directory holds: paths in it, a folder after what is in it.
#[derive(Debug, Default)]
struct Held {
    files: Vec<String>,
    folders: Vec<String>,
    /// Names that no demonstration writes.
    foreign: Vec<String>,
}

impl Held {
    fn look(&mut self, data_dir: &Path, folder: &str) -> io::Result<()> {
        let entries = match fs::read_dir(data_dir.join(folder)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            // A name that is no text is none of ours, and is not one of ours when made text.
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
            // A link is neither: a demonstration makes none.
            let kind = entry.file_type()?;
            if kind.is_dir() && is_folder(&path) {
                self.look(data_dir, &path)?;
                self.folders.push(path);
            } else if kind.is_file() && is_file(&path) {
                self.files.push(path);
            } else {
                self.foreign.push(path);
            }
        }
        Ok(())
    }

    /// Something that is not a demonstration's.
    fn somebodys(&self, data_dir: &Path) -> Option<&str> {
        let marked = fs::read(data_dir.join(MARK)).is_ok_and(|text| serde_json::from_slice::<Mark>(&text).is_ok());
        if !marked {
            // The names alone say nothing: an installation writes most of them too.
            let all = self.files.iter().chain(&self.folders).chain(&self.foreign).map(String::as_str);
            return all.filter(|path| ![RUN, LOCK].contains(path)).min();
        }
        let foreign = self.foreign.iter().map(String::as_str).min();
        foreign.or_else(|| served_since(&data_dir.join(STARTED)).then_some(STARTED))
    }
}

/// Whether `motcua serve` ran there after the demonstration: the journal is then not ours alone.
/// Only a demonstration lets everybody in to sites that have files.
fn served_since(started: &Path) -> bool {
    match Runtime::read(started) {
        Ok(runtime) => !runtime.open_access || !matches!(runtime.sites, Sites::Files(_)),
        Err(error) => error.kind() != io::ErrorKind::NotFound,
    }
}

fn is_folder(path: &str) -> bool {
    path == "journal"
        || path == "cameras"
        || OUTBOX.strip_suffix('/') == Some(path)
        || of_rebuild(path).is_some_and(|rest| !rest.contains('/'))
        || WRITTEN.iter().any(|file| file.strip_prefix(path).is_some_and(|rest| rest.starts_with('/')))
}

fn is_file(path: &str) -> bool {
    WRITTEN.contains(&path)
        || path.strip_prefix("journal/").is_some_and(is_segment)
        || path.strip_prefix(OUTBOX).is_some_and(is_outbox)
        || path.strip_prefix("snapshots/").is_some_and(is_snapshot)
        || of_rebuild(path).is_some_and(|rest| rest.contains('/'))
        || before_draft(path).is_some_and(|path| WRITTEN.contains(&path))
}

/// `4711/lock` of `history/rebuild-fold-4711/lock`: history that was being made from the journal when
/// the process was killed.
fn of_rebuild(path: &str) -> Option<&str> {
    path.strip_prefix("history/rebuild-")
}

/// `2026-11-23-00000000000000000001.journal`; its archive, the same with `.zst`; its torn end, with
/// `.torn-at-32-1`.
fn is_segment(name: &str) -> bool {
    let Some((stem, rest)) = name.split_once(".journal") else { return false };
    let fits = |(at, byte): (usize, u8)| if [4, 7, 10].contains(&at) { byte == b'-' } else { byte.is_ascii_digit() };
    stem.len() == 31
        && stem.bytes().enumerate().all(fits)
        && (matches!(rest, "" | ".zst") || rest.strip_prefix(".torn-at-").is_some_and(two_numbers))
}

/// A file of an outbox.
fn is_outbox(name: &str) -> bool {
    ["lock", "archive.lock", "archive.new", "segment.new", "synced"].contains(&name) || is_segment(name)
}

/// `00000000000000000001.snapshot`.
fn is_snapshot(name: &str) -> bool {
    name.strip_suffix(".snapshot")
        .is_some_and(|offset| offset.len() == 20 && offset.bytes().all(|b| b.is_ascii_digit()))
}

/// The file whose draft this is: `devices.toml` of `devices.toml.4711-0.new`, which a process that
/// was killed while writing leaves.
fn before_draft(path: &str) -> Option<&str> {
    let (file, numbers) = path.strip_suffix(".new")?.rsplit_once('.')?;
    two_numbers(numbers).then_some(file)
}

fn two_numbers(text: &str) -> bool {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once('-').is_some_and(|(one, other)| number(one) && number(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_demonstrations_files_are_known_by_their_names() {
        for ours in [
            "demo.json",
            "run/centre.pid",
            "devices.toml.4711-0.new",
            "journal/2026-11-23-00000000000000000001.journal",
            "journal/2026-11-23-00000000000000000001.journal.torn-at-32-1",
            "journal/2026-11-23-00000000000000000001.journal.zst",
            "snapshots/00000000000000100000.snapshot",
        ] {
            assert!(is_file(ours), "{ours}");
        }
        for other in [
            "notes.txt",
            "devices.lock",
            "devices.toml.new",
            "devices.toml.a-0.new",
            "notes.txt.1-0.new",
            "sites/mine.toml",
            "song-may.toml",
            "journal/mine.journal",
            "journal/2026-11-23-00000000000000000001.journal.gz",
            "2026-11-23-00000000000000000001.journal",
        ] {
            assert!(!is_file(other), "{other}");
        }
        for (folder, ours) in
            [("broker/store", true), ("run", true), ("bro", false), ("store", false), ("access", false)]
        {
            assert_eq!(is_folder(folder), ours, "{folder}");
        }
    }

    #[test]
    fn a_look_changes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        refuse_foreign(&dir.path().join("nowhere")).unwrap();
        refuse_foreign(dir.path()).unwrap();
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
