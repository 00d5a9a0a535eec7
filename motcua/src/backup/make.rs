//! Making a backup: hold still, write aside, restore aside to prove it, name it.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use collector::disk::backups::{BEFORE_UPGRADE, SUFFIX, USUAL};
use domain::Timestamp;
use rustix::fs::{Advice, fadvise, statvfs};
use serde::{Deserialize, Serialize};

use super::archive::Writer;
use super::keep;
use super::last::Last;
use super::manifest::{FORMAT, Head, Manifest};
use super::progress::Progress;
use super::restore::verify_in;
use super::source::{ConfigFiles, DATA, Entry, all_files, config_files, data_files};
use super::stage::{JOURNAL, Stage, holds_records};
use super::version;
use crate::exit::BadInput;

/// What must stay free on the disk of the data after a backup: the day's tickets come first.
const SPARE_BYTES: u64 = 64 * 1024 * 1024;

/// A backup that is to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Of which data directory.
    pub data_dir: PathBuf,
    /// With which configuration; `None` where there is no file.
    pub config: Option<ConfigFiles>,
    /// Where to.
    pub to: Target,
    /// How many nightly ones stay in that folder; `None`: nothing is removed.
    pub keep: Option<u16>,
}

/// Where a backup goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// This file, which must not be there.
    File(PathBuf),
    /// A file in this folder, named for its time.
    Dir(PathBuf, Name),
}

/// How a backup in a folder is named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Name {
    /// `motcua-<time>.tar.zst`
    Usual,
    /// `before-upgrade-<from>-<to>-<time>.tar.zst`
    BeforeUpgrade {
        /// The version that wrote the data.
        from: String,
    },
}

/// A backup that was made and verified.
#[derive(Debug)]
pub struct Made {
    /// The file.
    pub file: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// What it says of itself.
    pub manifest: Manifest,
    /// How long it took, seconds.
    pub seconds: f64,
}

/// Makes a backup and leaves word of it, or of its failure, in `backups/last.json`.
///
/// # Errors
/// When anything is in the way; then no file is left.
pub fn make(order: &Order, progress: &mut Progress) -> anyhow::Result<Made> {
    let began = now();
    let made = held_alone(order, began, progress);
    progress.end();
    let last = match &made {
        Ok(made) => Last {
            at: Some(began),
            file: Some(made.file.clone()),
            verified: true,
            seconds: Some(made.seconds),
            bytes: Some(made.bytes),
            ..Last::default()
        },
        Err(error) => Last::read(&order.data_dir).failed(error, began),
    };
    // A wrong argument is for the person who typed it, not for the board.
    if !made.as_ref().is_err_and(anyhow::Error::is::<BadInput>)
        && let Err(error) = last.write(&order.data_dir)
    {
        tracing::warn!(error = format!("{error:#}"), "How the backup went cannot be written down.");
    }
    made
}

/// The present, by the host's clock.
pub fn now() -> Timestamp {
    Timestamp::from_ms(jiff::Timestamp::now().as_millisecond())
}

fn held_alone(order: &Order, began: Timestamp, progress: &mut Progress) -> anyhow::Result<Made> {
    let clock = Instant::now();
    if !order.data_dir.is_dir() {
        let sentence = format!("there is no data directory {}", order.data_dir.display());
        return Err(BadInput::because(sentence).into());
    }
    // Data of a newer program may hold what this one does not know is there.
    version::look(&order.data_dir)?;
    let work = order.data_dir.join("run/backup");
    let _held = lock(&order.data_dir.join("run"))?;
    // Of a backup that was killed. Nobody else is at work here.
    drop(fs::remove_dir_all(&work));
    let target = target(&order.to, began)?;
    let dir = target.parent().unwrap_or(Path::new("/")).to_owned();
    remove_drafts(&dir);

    progress.step("journal", 0);
    let staged = work.join("stage");
    let stage = Stage::make(&order.data_dir, staged.clone()).map_err(|error| named(error, &staged, &order.data_dir))?;
    let entries = entries(order, &stage)?;
    let bytes: u64 = entries.iter().map(|entry| entry.path.metadata().map_or(0, |about| about.len())).sum();
    room(&order.data_dir, &dir, bytes)?;
    let draft = Draft::new(&target);
    let head = Head { format: FORMAT, program: version::OURS.to_owned(), host: host(), created: began };
    let named = Manifest {
        head,
        journal: stage.span,
        state_hash: stage.state_hash.clone(),
        config: config_name(order, &entries),
        files: BTreeMap::new(),
    };
    progress.step("writing", bytes);
    let written = write(&draft.0, &entries, named, progress)?;
    drop(stage);
    let read = verify_in(&draft.0, &work.join("check"), progress)?;
    if read != written {
        bail!("what was read back from {} is not what was written; check the disk", draft.0.display());
    }
    let file = draft.name(&target)?;
    if let Some(keep) = order.keep {
        keep::trim(&dir, keep.into(), &file, now());
    }
    let bytes = file.metadata().map_or(0, |about| about.len());
    Ok(Made { file, bytes, manifest: written, seconds: clock.elapsed().as_secs_f64() })
}

/// A person looks for damage in the journal itself, not in our copy of it.
fn named(error: anyhow::Error, staged: &Path, data_dir: &Path) -> anyhow::Error {
    let sentence = format!("{error:#}");
    let copy = staged.display().to_string();
    if !sentence.contains(&copy) {
        return error;
    }
    anyhow::anyhow!(sentence.replace(&copy, &data_dir.display().to_string()))
}

/// One backup of an installation at a time.
fn lock(run: &Path) -> anyhow::Result<File> {
    let path = run.join("backup.lock");
    let open = || {
        DirBuilder::new().recursive(true).mode(0o700).create(run)?;
        OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path)
    };
    let file = open().with_context(|| format!("cannot write {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => bail!("a backup of this installation is being made already; wait for its end"),
        Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("cannot lock {}", path.display())),
    }
}

/// The file to write; its folder is there afterwards.
fn target(to: &Target, began: Timestamp) -> anyhow::Result<PathBuf> {
    let (dir, path) = match to {
        Target::File(path) => (path.parent().unwrap_or(Path::new("/")).to_owned(), path.clone()),
        Target::Dir(dir, name) => (dir.clone(), free_name(dir, name, began)),
    };
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&dir)
        .with_context(|| format!("cannot make {}", dir.display()))?;
    if path.exists() {
        let sentence = format!("{} is there already and is not overwritten; choose another file", path.display());
        return Err(BadInput::because(sentence).into());
    }
    Ok(path)
}

fn free_name(dir: &Path, name: &Name, began: Timestamp) -> PathBuf {
    let time = keep::in_name(began);
    let stem = match name {
        Name::Usual => format!("{USUAL}{time}"),
        Name::BeforeUpgrade { from } => format!("{BEFORE_UPGRADE}{from}-{}-{time}", version::OURS),
    };
    let mut names = (1_u32..).map(|number| match number {
        1 => dir.join(format!("{stem}{SUFFIX}")),
        // Two in one second.
        _ => dir.join(format!("{stem}.{number}{SUFFIX}")),
    });
    names.find(|path| !path.exists()).unwrap_or_else(|| dir.join(format!("{stem}{SUFFIX}")))
}

/// Everything that goes in.
fn entries(order: &Order, stage: &Stage) -> anyhow::Result<Vec<Entry>> {
    let mut entries = all_files(&stage.dir().join(JOURNAL), &format!("{DATA}/{JOURNAL}"))?;
    entries.retain(|entry| entry.path.file_name().and_then(|name| name.to_str()).is_some_and(holds_records));
    entries.extend(data_files(&order.data_dir)?);
    if let Some(config) = &order.config {
        entries.extend(config_files(config)?);
    }
    Ok(entries)
}

/// Refuses to fill a disk: a backup and its trial need as much room as the data, at the most.
fn room(data_dir: &Path, to: &Path, bytes: u64) -> anyhow::Result<()> {
    let same = fs::metadata(data_dir).ok().zip(fs::metadata(to).ok()).is_some_and(|(a, b)| {
        use std::os::unix::fs::MetadataExt;
        a.dev() == b.dev()
    });
    let at_data = if same { bytes * 2 } else { bytes } + SPARE_BYTES;
    for (dir, needed) in [(data_dir, at_data), (to, bytes)] {
        // A file system that does not tell has no say.
        let Ok(about) = statvfs(dir) else { continue };
        let free = about.f_bavail * about.f_frsize;
        if free < needed {
            bail!(
                "a backup needs {} MiB on the disk of {}, where {} MiB are free; make room, or choose another disk with --to",
                needed.div_ceil(1 << 20),
                dir.display(),
                free >> 20
            );
        }
    }
    Ok(())
}

/// A file that is not a backup yet; removed when it does not become one.
struct Draft(PathBuf);

const DRAFT: &str = ".draft";

impl Draft {
    fn new(target: &Path) -> Self {
        let name = target.file_name().and_then(|name| name.to_str()).unwrap_or("backup");
        Self(target.with_file_name(format!(".{name}{DRAFT}")))
    }

    fn name(self, target: &Path) -> anyhow::Result<PathBuf> {
        let failed = || format!("cannot write {}", target.display());
        fs::rename(&self.0, target).with_context(failed)?;
        if let Some(dir) = target.parent() {
            File::open(dir).and_then(|dir| dir.sync_all()).with_context(failed)?;
        }
        Ok(target.to_owned())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // It is a backup by now, or the next one removes it.
        drop(fs::remove_file(&self.0));
    }
}

/// Drafts of backups that were killed. A young one may be another installation's, which writes to the
/// same folder at this moment.
fn remove_drafts(dir: &Path) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_str().unwrap_or_default();
        let written = entry.metadata().and_then(|about| about.modified()).ok();
        let old = written.and_then(|at| at.elapsed().ok()).is_some_and(|age| age > DRAFT_IS_DEAD);
        if old && name.starts_with('.') && name.ends_with(&format!("{SUFFIX}{DRAFT}")) {
            // It is in the way of nothing but room.
            drop(fs::remove_file(entry.path()));
        }
    }
}

/// A backup writes all the time.
const DRAFT_IS_DEAD: Duration = Duration::from_secs(60 * 60);

/// The installation's file as it is called in the backup.
fn config_name(order: &Order, entries: &[Entry]) -> Option<String> {
    let file = &order.config.as_ref()?.file;
    entries.iter().find(|entry| entry.path == *file).map(|entry| entry.name.clone())
}

/// Writes the entries, and the manifest with their sums.
fn write(draft: &Path, entries: &[Entry], named: Manifest, progress: &mut Progress) -> anyhow::Result<Manifest> {
    let failed = || format!("cannot write {}", draft.display());
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(draft).with_context(failed)?;
    let mut writer = Writer::begin(file, &named.head).with_context(failed)?;
    for entry in entries {
        writer.add(entry, progress)?;
    }
    let (manifest, file) = writer.end(|files| Manifest { files, ..named }).with_context(failed)?;
    // So that it is read back from the disk and not from memory, where the system goes along.
    let _ = fadvise(&file, 0, None, Advice::DontNeed);
    Ok(manifest)
}

fn host() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = name.trim();
    if name.is_empty() { "unknown".to_owned() } else { name.to_owned() }
}
