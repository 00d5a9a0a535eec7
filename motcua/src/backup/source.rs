//! What goes into a backup besides the journal.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use mqtt_config::settings::{Installation, site_files};
use serde::{Deserialize, Serialize};

use super::stage::JOURNAL;

/// What lies in a data directory and is no part of a backup: what is made anew (the broker's
/// files, our programs' passwords at it, what runs now, snapshots of what the journal says), what
/// holds room, and the backups themselves. Everything else is: a kind of file that a later version
/// adds must not be missing because nobody thought of it here.
const LEFT_OUT: [&str; 13] = [
    "run",
    "broker",
    "secrets",
    "backups",
    "snapshots",
    // What cameras have not handed over yet: said again in a moment, or long since when it is restored.
    "cameras",
    // What the journal says too, in a file that is being written.
    "history",
    "reserve",
    "lost+found",
    // Words about the clock of this very machine.
    "host-clock-accepted",
    "host-clock.json",
    // Measured against it.
    "device-clocks",
    JOURNAL,
];
/// Locks, drafts and logs.
const LEFT_OUT_SUFFIXES: [&str; 4] = [".lock", ".new", ".draft", ".log"];

/// The files of a configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigFiles {
    /// The installation's file.
    pub file: PathBuf,
    /// The sites' files, or patterns of them.
    pub sites: Vec<PathBuf>,
}

impl ConfigFiles {
    /// Of an installation that was read from `file`.
    #[must_use]
    pub fn of(file: &Path, installation: &Installation) -> Self {
        Self { file: std::path::absolute(file).unwrap_or_else(|_| file.to_owned()), sites: installation.sites.clone() }
    }
}

/// A file and its path in a backup.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// `data/…` or `config/…`.
    pub name: String,
    /// The file.
    pub path: PathBuf,
}

/// The folder of the data directory's files in a backup.
pub const DATA: &str = "data";
/// The folder of the configuration in a backup.
pub const CONFIG: &str = "config";

/// Everything in a data directory that is worth keeping, without the journal.
///
/// # Errors
/// When a folder cannot be read, or a name is not UTF-8.
pub fn data_files(data_dir: &Path) -> anyhow::Result<Vec<Entry>> {
    let mut entries = Vec::new();
    walk(data_dir, DATA, &mut entries, true)?;
    entries.sort();
    Ok(entries)
}

/// Every file below a folder.
///
/// # Errors
/// As [`data_files`].
pub fn all_files(dir: &Path, prefix: &str) -> anyhow::Result<Vec<Entry>> {
    let mut entries = Vec::new();
    walk(dir, prefix, &mut entries, false)?;
    entries.sort();
    Ok(entries)
}

fn walk(dir: &Path, prefix: &str, entries: &mut Vec<Entry>, top: bool) -> anyhow::Result<()> {
    let failed = || format!("cannot read {}", dir.display());
    for entry in fs::read_dir(dir).with_context(failed)? {
        let entry = entry.with_context(failed)?;
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_str().with_context(|| format!("the name of {} is not UTF-8", path.display()))?;
        let hidden = name.starts_with('.') || LEFT_OUT_SUFFIXES.iter().any(|suffix| name.ends_with(suffix));
        if hidden || top && LEFT_OUT.contains(&name) {
            continue;
        }
        let full = format!("{prefix}/{name}");
        // Through links: a folder that somebody moved to another disk belongs to it all the same.
        let about = fs::metadata(&path).with_context(|| format!("cannot look at {}", path.display()))?;
        if about.is_dir() {
            walk(&path, &full, entries, false)?;
        } else if about.is_file() {
            entries.push(Entry { name: full, path });
        }
    }
    Ok(())
}

/// The files of the configuration: below its own folder as they lie there, others in `elsewhere`.
///
/// # Errors
/// When a name is not UTF-8.
pub fn config_files(config: &ConfigFiles) -> anyhow::Result<Vec<Entry>> {
    let home = config.file.parent().unwrap_or(Path::new("/"));
    let mut entries = Vec::new();
    for (number, path) in std::iter::once(config.file.clone()).chain(site_files(&config.sites)).enumerate() {
        let utf8 = |path: &Path| {
            let text = path.to_str().map(str::to_owned);
            text.with_context(|| format!("the name of {} is not UTF-8", path.display()))
        };
        let plain = |path: &Path| path.components().all(|part| matches!(part, std::path::Component::Normal(_)));
        let name = match path.strip_prefix(home) {
            Ok(below) if plain(below) => format!("{CONFIG}/{}", utf8(below)?),
            _ => format!("{CONFIG}/elsewhere/{number}-{}", utf8(Path::new(path.file_name().unwrap_or_default()))?),
        };
        if path.is_file() {
            entries.push(Entry { name, path });
        }
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(entries: &[Entry]) -> Vec<&str> {
        entries.iter().map(|entry| entry.name.as_str()).collect()
    }

    #[test]
    fn what_can_be_made_anew_stays_out_and_what_is_unknown_goes_in() {
        let dir = tempfile::tempdir().unwrap();
        let files = [
            "devices.toml",
            "devices.lock",
            "access/users.toml",
            "access/users.toml.1-0.new",
            "secrets/collector",
            "broker/passwd",
            "run/ready.json",
            "backups/motcua-1.tar.zst",
            "journal/2026-11-23-1.journal",
            "reserve",
            "history/history.sqlite",
            "host-clock.json",
            "device-clocks",
            "serve.log",
            "version",
            "of-a-later-version/run/x",
        ];
        for file in files {
            let path = dir.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        let found = data_files(dir.path()).unwrap();
        assert_eq!(
            names(&found),
            ["data/access/users.toml", "data/devices.toml", "data/of-a-later-version/run/x", "data/version"]
        );
    }

    #[test]
    fn site_files_lie_as_they_lay() {
        let dir = tempfile::tempdir().unwrap();
        let far = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("sites")).unwrap();
        for path in [dir.path().join("m.toml"), dir.path().join("sites/a.toml"), far.path().join("b.toml")] {
            fs::write(path, "x").unwrap();
        }
        let config = ConfigFiles {
            file: dir.path().join("m.toml"),
            sites: vec![dir.path().join("sites/*.toml"), far.path().join("b.toml"), far.path().join("gone.toml")],
        };
        let found = config_files(&config).unwrap();
        assert_eq!(names(&found), ["config/m.toml", "config/sites/a.toml", "config/elsewhere/2-b.toml"]);
    }
}
