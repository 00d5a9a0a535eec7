//! The only place that touches the file system.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use domain::Timestamp;

use crate::format::{self, Header, SEGMENT_HEADER};
use crate::{Damage, Error, FORMAT_VERSION, Fault};

const SUFFIX: &str = ".journal";
const LOCK: &str = "lock";
/// A segment gets its name only when its header is on the disk, so a named segment has one.
const UNFINISHED: &str = "segment.new";

/// A journal's directory.
#[derive(Debug, Clone)]
pub(crate) struct Directory {
    path: PathBuf,
}

/// A segment in the directory. Its name tells the day and the first offset:
/// `2026-11-23-00000000000000000001.journal`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Segment {
    pub first: u64,
    name: String,
}

/// An open segment.
#[derive(Debug)]
pub(crate) struct SegmentFile {
    file: File,
    path: PathBuf,
}

/// Held as long as the journal is open for writing.
#[derive(Debug)]
pub(crate) struct Lock(#[expect(dead_code, reason = "the lock is the open file")] File);

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Io { action, path, source }
}

fn sync_directory(path: &Path) -> Result<(), Error> {
    File::open(path).and_then(|dir| dir.sync_all()).map_err(failed("sync the directory", path))
}

impl Directory {
    pub fn new(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Creates the directory where it is missing, so that it survives a power cut.
    pub fn create(&self) -> Result<(), Error> {
        if self.path.is_dir() {
            return Ok(());
        }
        fs::create_dir_all(&self.path).map_err(failed("create the directory", &self.path))?;
        match self.path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            Some(parent) => sync_directory(parent),
            None => Ok(()),
        }
    }

    pub fn lock(&self) -> Result<Lock, Error> {
        let path = self.path.join(LOCK);
        let file = OpenOptions::new().create(true).append(true).open(&path).map_err(failed("open", &path))?;
        match file.try_lock() {
            Ok(()) => Ok(Lock(file)),
            Err(TryLockError::WouldBlock) => Err(Error::Locked { dir: self.path.clone() }),
            Err(TryLockError::Error(source)) => Err(failed("lock", &path)(source)),
        }
    }

    /// Every segment, in the order of their offsets.
    pub fn segments(&self) -> Result<Vec<Segment>, Error> {
        let mut segments = Vec::new();
        for entry in fs::read_dir(&self.path).map_err(failed("list", &self.path))? {
            let name = entry.map_err(failed("list", &self.path))?.file_name();
            segments.extend(name.to_str().and_then(Segment::parse));
        }
        segments.sort_unstable_by_key(|segment| segment.first);
        Ok(segments)
    }

    /// Creates the segment that begins with record `first`, received on `day` (days since 1970).
    /// It and its name are on the disk when this returns.
    pub fn create_segment(&self, day: i64, first: u64) -> Result<SegmentFile, Error> {
        let unfinished = self.path.join(UNFINISHED);
        let path = self.path.join(Segment::new(day, first).name);
        let file = OpenOptions::new()
            .create(true)
            .truncate(true)
            .read(true)
            .write(true)
            .open(&unfinished)
            .map_err(failed("create", &unfinished))?;
        file.write_all_at(&format::encode_header(first), 0).map_err(failed("write", &unfinished))?;
        file.sync_all().map_err(failed("sync", &unfinished))?;
        fs::rename(&unfinished, &path).map_err(failed("name", &path))?;
        sync_directory(&self.path)?;
        Ok(SegmentFile { file, path })
    }

    /// Opens a segment to read, and to write when `write`; checks its header.
    pub fn open_segment(&self, segment: &Segment, write: bool) -> Result<SegmentFile, Error> {
        let path = self.path.join(&segment.name);
        let file = OpenOptions::new().read(true).write(write).open(&path).map_err(failed("open", &path))?;
        let opened = SegmentFile { file, path };
        let mut header = [0; SEGMENT_HEADER];
        let whole = opened.read_at(&mut header, 0)? == SEGMENT_HEADER;
        match whole.then(|| format::decode_header(&header)) {
            Some(Ok(Header::Known { first })) if first == segment.first => Ok(opened),
            Some(Ok(Header::Newer { version })) => {
                Err(Error::NewerFormat { file: opened.path, found: version, known: FORMAT_VERSION })
            }
            Some(Ok(Header::Known { .. }) | Err(_)) | None => {
                Err(Damage { file: opened.path, position: 0, offset: segment.first, fault: Fault::Header }.into())
            }
        }
    }
}

impl Segment {
    fn new(day: i64, first: u64) -> Self {
        let date = Timestamp::from_ms(day.saturating_mul(86_400_000)).to_string();
        Self { first, name: format!("{}-{first:020}{SUFFIX}", &date[..10]) }
    }

    fn parse(name: &str) -> Option<Self> {
        let (_, first) = name.strip_suffix(SUFFIX)?.rsplit_once('-')?;
        Some(Self { first: first.parse().ok()?, name: name.to_owned() })
    }
}

impl SegmentFile {
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn len(&self) -> Result<u64, Error> {
        Ok(self.file.metadata().map_err(failed("look at", &self.path))?.len())
    }

    /// Fills `buffer` from `position`; less than its length only at the end of the file.
    pub fn read_at(&self, buffer: &mut [u8], position: u64) -> Result<usize, Error> {
        let mut done = 0;
        while done < buffer.len() {
            match self.file.read_at(&mut buffer[done..], position + done as u64) {
                Ok(0) => break,
                Ok(read) => done += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(failed("read", &self.path)(error)),
            }
        }
        Ok(done)
    }

    /// Everything from `position` to the end of the file.
    pub fn read_from(&self, position: u64) -> Result<Vec<u8>, Error> {
        let len = self.len()?.saturating_sub(position);
        let mut rest = vec![0; usize::try_from(len).unwrap_or(usize::MAX)];
        let read = self.read_at(&mut rest, position)?;
        rest.truncate(read);
        Ok(rest)
    }

    pub fn write_at(&self, bytes: &[u8], position: u64) -> Result<(), Error> {
        self.file.write_all_at(bytes, position).map_err(failed("write", &self.path))
    }

    /// Waits until everything written so far is on the disk.
    pub fn sync(&self) -> Result<(), Error> {
        self.file.sync_data().map_err(failed("sync", &self.path))
    }

    /// Cuts the file at `position` after copying what follows beside it; returns the copy's path.
    pub fn cut(&self, position: u64) -> Result<PathBuf, Error> {
        let rest = self.read_from(position)?;
        let (copy, path) = self.create_copy(position)?;
        copy.write_all_at(&rest, 0).and_then(|()| copy.sync_all()).map_err(failed("write", &path))?;
        if let Some(dir) = path.parent() {
            sync_directory(dir)?;
        }
        self.file.set_len(position).and_then(|()| self.file.sync_all()).map_err(failed("cut", &self.path))?;
        Ok(path)
    }

    /// A new file beside the segment; never one that exists, which may hold another torn tail.
    fn create_copy(&self, position: u64) -> Result<(File, PathBuf), Error> {
        let mut attempt = 1_u32;
        loop {
            let mut name = self.path.as_os_str().to_owned();
            name.push(format!(".torn-at-{position}-{attempt}"));
            let path = PathBuf::from(name);
            match OpenOptions::new().create_new(true).write(true).open(&path) {
                Ok(file) => return Ok((file, path)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => attempt += 1,
                Err(error) => return Err(failed("create", &path)(error)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_day_and_first_offset() {
        let segment = Segment::new(20_780, 17);
        assert_eq!(segment.name, "2026-11-23-00000000000000000017.journal");
        assert_eq!(Segment::parse(&segment.name), Some(segment));
        for other in ["lock", "segment.new", "2026-11-23-00000000000000000017.journal.torn-at-32-1", "x.journal"] {
            assert_eq!(Segment::parse(other), None, "{other}");
        }
    }
}
