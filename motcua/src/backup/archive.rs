//! One file: a tar under zstd. The head first, the manifest last, everything else between.

use std::collections::BTreeMap;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, bail};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::manifest::{FORMAT, FileSum, HEAD, Head, MANIFEST, Manifest};
use super::progress::Progress;
use super::source::{CONFIG, DATA, Entry};
use super::sum::{Summing, copy};
use super::version;

/// Fast, and nearly as small as slower levels: most of it is JSON.
const LEVEL: i32 = 3;
/// A head or a manifest larger than this is none of ours.
const LARGEST_NOTE: u64 = 64 * 1024 * 1024;

/// Writes a backup's entries.
pub struct Writer {
    tar: tar::Builder<zstd::Encoder<'static, BufWriter<File>>>,
    files: BTreeMap<String, FileSum>,
    created_s: u64,
}

impl Writer {
    /// Begins with the head.
    pub fn begin(file: File, head: &Head) -> anyhow::Result<Self> {
        let mut zstd = zstd::Encoder::new(BufWriter::new(file), LEVEL)?;
        zstd.include_checksum(true)?;
        let created_s = u64::try_from(head.created.ms() / 1_000).unwrap_or(0);
        let mut writer = Self { tar: tar::Builder::new(zstd), files: BTreeMap::new(), created_s };
        writer.note(HEAD, head)?;
        Ok(writer)
    }

    /// Adds a file as it is now.
    pub fn add(&mut self, entry: &Entry, progress: &mut Progress) -> anyhow::Result<()> {
        let failed = || format!("cannot copy {}", entry.path.display());
        let file = File::open(&entry.path).with_context(failed)?;
        let len = file.metadata().with_context(failed)?.len();
        let mut reader = Summing::new(Telling { inner: file.take(len), progress });
        let mut header = self.header(len);
        self.tar.append_data(&mut header, &entry.name, &mut reader).with_context(failed)?;
        let sum = reader.sum();
        if sum.bytes != len {
            bail!("{} became shorter while it was copied; try again", entry.path.display());
        }
        self.files.insert(entry.name.clone(), sum);
        Ok(())
    }

    /// Ends with the manifest that `tell` makes of the files' sums, and waits for the disk.
    pub fn end(mut self, tell: impl FnOnce(BTreeMap<String, FileSum>) -> Manifest) -> anyhow::Result<(Manifest, File)> {
        let manifest = tell(std::mem::take(&mut self.files));
        self.note(MANIFEST, &manifest)?;
        let mut out = self.tar.into_inner()?.finish()?;
        out.flush()?;
        let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        Ok((manifest, file))
    }

    fn note(&mut self, name: &str, content: &impl Serialize) -> anyhow::Result<()> {
        let json = serde_json::to_vec_pretty(content)?;
        let mut header = self.header(json.len() as u64);
        self.tar.append_data(&mut header, name, json.as_slice())?;
        Ok(())
    }

    fn header(&self, len: u64) -> tar::Header {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Regular);
        header.set_mode(0o600);
        header.set_mtime(self.created_s);
        header.set_size(len);
        header
    }
}

/// Tells the progress of what is read through it.
struct Telling<'p, R> {
    inner: R,
    progress: &'p mut Progress,
}

impl<R: Read> Read for Telling<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.progress.add(read as u64);
        Ok(read)
    }
}

/// Unpacks a backup into an empty folder and checks every byte against the manifest.
///
/// # Errors
/// One sentence: what is damaged, or of which newer version it is.
pub fn unpack(path: &Path, into: &Path, progress: &mut Progress) -> anyhow::Result<Manifest> {
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    progress.step("reading", file.metadata().map_or(0, |about| about.len()));
    let telling = Telling { inner: file, progress };
    let mut zstd = zstd::Decoder::new(BufReader::new(telling))?;
    let manifest = read(&mut zstd, path, into)?;
    // To the very end: the checksum of the whole stands there, and nothing may follow it.
    let rest = io::copy(&mut zstd, &mut io::sink()).map_err(|error| damaged(path, "its end", &error))?;
    if rest > MOST_PADDING {
        return Err(damaged(path, "its end", &format!("{rest} bytes follow the manifest")));
    }
    Ok(manifest)
}

/// A tar ends with empty blocks, up to one record of them.
const MOST_PADDING: u64 = 10 * 1024;

fn damaged(path: &Path, what: &str, why: &dyn std::fmt::Display) -> anyhow::Error {
    // Names and reasons come out of a damaged file: one line, whatever they hold.
    let plain = |text: String| text.replace(char::is_control, "?");
    let (what, why) = (plain(what.to_owned()), plain(why.to_string()));
    anyhow::anyhow!("the backup {} is damaged in {what}: {why}; take another one", path.display())
}

fn read(stream: &mut impl Read, path: &Path, into: &Path) -> anyhow::Result<Manifest> {
    let mut tar = tar::Archive::new(stream);
    let mut found = BTreeMap::new();
    let (mut head, mut manifest) = (None, None);
    for entry in tar.entries().map_err(|error| damaged(path, "its beginning", &error))? {
        let after = || found.keys().next_back().map_or_else(|| HEAD.to_owned(), |last| format!("what follows {last}"));
        let mut entry = entry.map_err(|error| damaged(path, &after(), &error))?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        match (&head, name.as_str()) {
            (None, HEAD) => head = Some(known(path, note(path, HEAD, &mut entry)?)?),
            (None, _) => bail!("{} is not a backup of motcua", path.display()),
            (Some(_), MANIFEST) if manifest.is_none() => manifest = Some(note(path, MANIFEST, &mut entry)?),
            (Some(_), _) if manifest.is_some() => return Err(damaged(path, &name, &"it stands behind the manifest")),
            (Some(_), _) => {
                let place = place(into, &name).ok_or_else(|| damaged(path, &name, &"a backup has no such file"))?;
                let sum = write_out(&mut entry, &place).map_err(|error| match error {
                    Unpacking::Read(error) => damaged(path, &name, &error),
                    Unpacking::Write(error) => {
                        anyhow::Error::new(error).context(format!("cannot write {}", place.display()))
                    }
                })?;
                found.insert(name, sum);
            }
        }
    }
    if head.is_none() {
        bail!("{} is not a backup of motcua", path.display());
    }
    let manifest: Manifest = manifest.ok_or_else(|| damaged(path, MANIFEST, &"the file ends before it"))?;
    check(path, &manifest, &found, head.as_ref())?;
    Ok(manifest)
}

/// Refuses what a later version wrote.
fn known(path: &Path, head: Head) -> anyhow::Result<Head> {
    if head.format > FORMAT || version::is_newer(&head.program) {
        bail!(
            "{} was written by motcua {} (backup format {}), and this is motcua {} (up to format {FORMAT}): restore it with motcua {} or newer",
            path.display(),
            head.program,
            head.format,
            version::OURS,
            head.program
        );
    }
    Ok(head)
}

fn note<T: DeserializeOwned>(path: &Path, name: &str, entry: &mut impl Read) -> anyhow::Result<T> {
    let mut json = Vec::new();
    entry.take(LARGEST_NOTE).read_to_end(&mut json).map_err(|error| damaged(path, name, &error))?;
    serde_json::from_slice(&json).map_err(|error| damaged(path, name, &error))
}

/// Where an entry goes; `None` when it would leave the folder or has no business in a backup.
fn place(into: &Path, name: &str) -> Option<PathBuf> {
    let relative = Path::new(name);
    let mut parts = relative.components();
    let first = parts.next()?;
    let known = [DATA, CONFIG].iter().any(|folder| first == Component::Normal(folder.as_ref()));
    let inside = parts.clone().next().is_some() && parts.all(|part| matches!(part, Component::Normal(_)));
    (known && inside).then(|| into.join(relative))
}

enum Unpacking {
    Read(io::Error),
    Write(io::Error),
}

fn write_out<R: Read>(entry: &mut tar::Entry<'_, R>, place: &Path) -> Result<FileSum, Unpacking> {
    if entry.header().entry_type() != tar::EntryType::Regular {
        return Err(Unpacking::Read(io::Error::new(io::ErrorKind::InvalidData, "not a plain file")));
    }
    let create = || {
        if let Some(dir) = place.parent() {
            DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        }
        // Never over a file that is there: an entry comes once.
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(place)
    };
    let mut file = create().map_err(Unpacking::Write)?;
    let mut reader = Summing::new(entry);
    let mut failed_write = None;
    let mut out = Noting { file: &mut file, failed: &mut failed_write };
    let copied = copy(&mut reader, &mut out, |_| {});
    if let Some(error) = failed_write {
        return Err(Unpacking::Write(error));
    }
    copied.map_err(Unpacking::Read)?;
    file.sync_all().map_err(Unpacking::Write)?;
    Ok(reader.sum())
}

/// Tells a failure of writing from one of reading.
struct Noting<'f> {
    file: &'f mut File,
    failed: &'f mut Option<io::Error>,
}

impl Write for Noting<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes).map_err(|error| {
            let kind = error.kind();
            if kind != io::ErrorKind::Interrupted {
                *self.failed = Some(error);
            }
            kind.into()
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Holds what was found against what was written.
fn check(
    path: &Path,
    manifest: &Manifest,
    found: &BTreeMap<String, FileSum>,
    head: Option<&Head>,
) -> anyhow::Result<()> {
    if head != Some(&manifest.head) {
        return Err(damaged(path, HEAD, &"it does not fit the manifest"));
    }
    for (name, sum) in &manifest.files {
        match found.get(name) {
            None => return Err(damaged(path, name, &"it is missing")),
            Some(other) if other != sum => {
                return Err(damaged(path, name, &"its bytes are not those that were written"));
            }
            Some(_) => {}
        }
    }
    match found.keys().find(|name| !manifest.files.contains_key(*name)) {
        Some(extra) => Err(damaged(path, extra, &"the manifest does not know it")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_stays_in_its_folder() {
        let into = Path::new("/x");
        assert_eq!(place(into, "data/journal/a"), Some(PathBuf::from("/x/data/journal/a")));
        for bad in ["data/../../etc/passwd", "/data/x", "other/x", "data", "data/", "../data/x", "", "config/../data/x"]
        {
            assert_eq!(place(into, bad), None, "{bad}");
        }
    }
}
