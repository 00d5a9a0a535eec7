//! A backup becomes a data directory again, or only proves that it could.

use std::fs::{self, DirBuilder, File};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use super::archive::unpack;
use super::manifest::Manifest;
use super::progress::Progress;
use super::source::{CONFIG, DATA};
use super::stage::{JOURNAL, state_hash};
use super::version;
use crate::exit::BadInput;

/// The folder of a restore that goes on, in the data directory. `serve` refuses a directory in which
/// it was left: half of a journal must not be taken for a whole one.
pub const RESTORING: &str = ".restoring";

/// What a restore did.
#[derive(Debug)]
pub struct Restored {
    /// What the backup said of itself.
    pub manifest: Manifest,
    /// The installation's file among the restored ones, where the backup had one.
    pub config: Option<PathBuf>,
}

/// Checks a backup to the last byte and to the state that follows from it, in a folder of its own.
///
/// # Errors
/// One sentence: what is damaged, or of which newer version it is.
pub fn verify(file: &Path, progress: &mut Progress) -> anyhow::Result<Manifest> {
    let dir = std::env::temp_dir().join(format!("motcua-verify-{}", std::process::id()));
    // Not one that somebody else has made there: a backup is nobody else's to read.
    let made = DirBuilder::new().mode(0o700).create(&dir);
    made.with_context(|| format!("cannot make {}; choose another folder with TMPDIR", dir.display()))?;
    verify_in(file, &dir, progress)
}

/// [`verify`] in a folder that is made anew and removed.
pub fn verify_in(file: &Path, dir: &Path, progress: &mut Progress) -> anyhow::Result<Manifest> {
    let scratch = Scratch::new(dir)?;
    let manifest = proven(file, &scratch.0, progress)?;
    Ok(manifest)
}

/// Unpacks, and compares the state hash of what was unpacked with the manifest's. A later version may
/// write a state down in other words, so that only a backup of this very version must give the same
/// hash; that every byte of the journal is the one that was written holds for all.
fn proven(file: &Path, into: &Path, progress: &mut Progress) -> anyhow::Result<Manifest> {
    let manifest = unpack(file, into, progress)?;
    progress.step("journal", 0);
    let data = into.join(DATA);
    DirBuilder::new().recursive(true).mode(0o700).create(data.join(JOURNAL))?;
    let hash = state_hash(&data).with_context(|| format!("the journal in {} cannot be read", file.display()))?;
    progress.end();
    if hash == manifest.state_hash {
        return Ok(manifest);
    }
    if manifest.head.program == version::OURS {
        bail!(
            "the journal in {} gives the state {hash}, and {} was written down; take another backup",
            file.display(),
            manifest.state_hash
        );
    }
    tracing::info!(
        program = manifest.head.program,
        then = manifest.state_hash,
        now = hash,
        "An older version wrote this backup and its state in other words; the journal is whole."
    );
    Ok(Manifest { state_hash: hash, ..manifest })
}

/// A folder that is removed with this.
struct Scratch(PathBuf);

impl Scratch {
    fn new(dir: &Path) -> anyhow::Result<Self> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(dir);
        made.with_context(|| format!("cannot make {}", dir.display()))?;
        if fs::read_dir(dir)?.next().is_some() {
            bail!("{} is not empty", dir.display());
        }
        Ok(Self(dir.to_owned()))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Nobody looks for anything here.
        drop(fs::remove_dir_all(&self.0));
    }
}

/// Restores a backup into a directory that is empty or not there. Everything is proven before the
/// first file takes its place. The configuration goes to `config_dir`, by default `config` in the
/// data directory.
///
/// # Errors
/// [`BadInput`] when a directory is not empty; one sentence when the backup cannot be used. Then the
/// directory is as it was.
pub fn restore(
    file: &Path,
    data_dir: &Path,
    config_dir: Option<&Path>,
    progress: &mut Progress,
) -> anyhow::Result<Restored> {
    let config_dir = config_dir.map_or_else(|| data_dir.join(CONFIG), Path::to_owned);
    for dir in [data_dir, &config_dir] {
        refuse_used(dir)?;
    }
    let there_before = [data_dir, config_dir.as_path()].map(Path::exists);
    let scratch = Scratch::new(&data_dir.join(RESTORING))?;
    let prepared = proven(file, &scratch.0, progress).and_then(|manifest| {
        let config = take_config(&scratch.0.join(CONFIG), &config_dir, &manifest)?;
        Ok(Restored { manifest, config })
    });
    let restored = match prepared {
        Ok(restored) => restored,
        Err(error) => {
            drop(scratch);
            // As it was before. What cannot be removed is in the way of the next attempt, which says so.
            for (dir, before) in [(&*config_dir, there_before[1]), (data_dir, there_before[0])] {
                drop(empty(dir, before));
            }
            return Err(error);
        }
    };
    if let Err(error) = take_data(&scratch.0.join(DATA), data_dir) {
        // What is there is a part: the mark stays, and `serve` refuses it.
        std::mem::forget(scratch);
        return Err(error);
    }
    drop(scratch);
    sync(data_dir)?;
    Ok(restored)
}

/// Takes away what a failed restore wrote into a folder that had been empty or not there.
fn empty(dir: &Path, keep_itself: bool) -> std::io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    if keep_itself { Ok(()) } else { fs::remove_dir(dir) }
}

/// A new file system may have its own folder.
fn refuse_used(dir: &Path) -> anyhow::Result<()> {
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        entries => entries.with_context(|| format!("cannot read {}", dir.display()))?,
    };
    for entry in entries {
        let name = entry?.file_name();
        if name == RESTORING {
            let sentence = format!(
                "a restore into {} was cut off: remove everything in that directory, then restore again",
                dir.display()
            );
            return Err(BadInput::because(sentence).into());
        }
        if name != "lost+found" {
            let sentence = format!(
                "{} is not empty ({} is in it), and nothing is overwritten: restore into an empty directory",
                dir.display(),
                name.display()
            );
            return Err(BadInput::because(sentence).into());
        }
    }
    Ok(())
}

/// The journal last: where it is missing, so is the installation.
fn take_data(from: &Path, to: &Path) -> anyhow::Result<()> {
    sync_all(from).with_context(|| format!("cannot write {}", from.display()))?;
    let mut names: Vec<_> =
        fs::read_dir(from)?.map(|entry| entry.map(|entry| entry.file_name())).collect::<Result<_, _>>()?;
    names.sort_by_key(|name| name == JOURNAL);
    for name in names {
        let place = to.join(&name);
        fs::rename(from.join(&name), &place).with_context(|| format!("cannot write {}", place.display()))?;
    }
    sync(to)
}

/// The configuration may go to another disk, so it is copied. Gives the installation's file.
fn take_config(from: &Path, to: &Path, manifest: &Manifest) -> anyhow::Result<Option<PathBuf>> {
    let place =
        |name: &str| name.strip_prefix(CONFIG)?.strip_prefix('/').map(|below| (below.to_owned(), to.join(below)));
    for (below, place) in manifest.files.keys().filter_map(|name| place(name)) {
        let copy = || -> std::io::Result<()> {
            if let Some(dir) = place.parent() {
                DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
            }
            let mut file = File::create_new(&place)?;
            std::io::copy(&mut File::open(from.join(&below))?, &mut file)?;
            file.sync_all()
        };
        copy().with_context(|| format!("cannot write {}", place.display()))?;
    }
    if to.exists() {
        sync_all(to).with_context(|| format!("cannot write {}", to.display()))?;
    }
    Ok(manifest.config.as_deref().and_then(place).map(|(_, place)| place))
}

/// Waits until a folder and those in it are on the disk; their files are already.
fn sync_all(dir: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_all(&entry.path())?;
        }
    }
    File::open(dir)?.sync_all()
}

fn sync(dir: &Path) -> anyhow::Result<()> {
    File::open(dir).and_then(|dir| dir.sync_all()).with_context(|| format!("cannot write {}", dir.display()))
}
