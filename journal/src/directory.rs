//! Segments by name: what lies where, how one is created, opened and cut.

use std::io;
use std::path::{Path, PathBuf};

use domain::Timestamp;

use crate::archive;
use crate::format::{self, Header, SEGMENT_HEADER};
use crate::primitives::Arc;
use crate::storage::{Access, Lock, New, Storage, StoredFile};
use crate::{Damage, Error, FORMAT_VERSION, Fault};

const SUFFIX: &str = ".journal";
/// What an archive's name has after its segment's.
const ARCHIVED: &str = ".zst";
const LOCK: &str = "lock";
/// Held by whoever archives or trims, so that neither brings back what the other took away.
const ARCHIVE_LOCK: &str = "archive.lock";
/// A segment gets its name only when its header is on the disk, so a named segment has one.
const UNFINISHED: &str = "segment.new";
/// An archive gets its name only when it is whole, on the disk and has been read back.
const UNFINISHED_ARCHIVE: &str = "archive.new";

/// A journal's directory.
#[derive(Debug, Clone)]
pub(crate) struct Directory {
    storage: Arc<dyn Storage>,
}

/// A segment in the directory. Its name tells the day and the first offset:
/// `2026-11-23-00000000000000000001.journal`, with `.zst` behind it once it is an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Segment {
    pub first: u64,
    name: String,
    pub form: Form,
}

/// How a segment lies there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// As it was written.
    Plain,
    /// Compressed.
    Archived,
    /// Compressed, and the original is not removed yet. Each is whole.
    Both,
}

/// An open file of the journal.
#[derive(Debug)]
pub(crate) struct SegmentFile {
    file: Box<dyn StoredFile>,
    path: PathBuf,
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Io { action, path, source }
}

impl Directory {
    pub fn new(storage: Arc<dyn Storage>) -> Self {
        Self { storage }
    }

    pub fn path(&self) -> &Path {
        self.storage.root()
    }

    fn at(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    pub fn create(&self) -> Result<(), Error> {
        self.storage.create_root().map_err(failed("create the directory", self.path()))
    }

    pub fn lock(&self) -> Result<Lock, Error> {
        let lock = self.storage.lock(LOCK).map_err(failed("lock", &self.at(LOCK)))?;
        lock.ok_or_else(|| Error::Locked { dir: self.path().to_owned() })
    }

    /// None when somebody else archives or trims.
    pub fn lock_archives(&self) -> Result<Option<Lock>, Error> {
        self.storage.lock(ARCHIVE_LOCK).map_err(failed("lock", &self.at(ARCHIVE_LOCK)))
    }

    /// Every segment, in the order of their offsets.
    pub fn segments(&self) -> Result<Vec<Segment>, Error> {
        let names = self.storage.names().map_err(failed("list", self.path()))?;
        let mut segments: Vec<_> = names.iter().filter_map(|name| Segment::parse(name)).collect();
        segments.sort_unstable_by(|a, b| (a.first, &a.name).cmp(&(b.first, &b.name)));
        segments.dedup_by(|later, kept| {
            let same = later.name == kept.name;
            if same {
                kept.form = Form::Both;
            }
            same
        });
        Ok(segments)
    }

    /// Begins the segment whose first record is `first`; it has no name yet.
    pub fn begin_segment(&self, first: u64) -> Result<SegmentFile, Error> {
        let file = self.create_file(UNFINISHED, New::OrEmptied)?;
        file.write_at(&format::encode_header(first), 0)?;
        Ok(file)
    }

    /// Names the segment that was begun and synced.
    pub fn name_segment(&self, mut file: SegmentFile, segment: &Segment) -> Result<SegmentFile, Error> {
        file.path = self.at(&segment.name);
        self.storage.rename(UNFINISHED, &segment.name).map_err(failed("name", &file.path))?;
        Ok(file)
    }

    /// Waits until every name is on the disk as it is now.
    pub fn sync_names(&self) -> Result<(), Error> {
        self.storage.sync_names().map_err(failed("sync the directory", self.path()))
    }

    /// Opens a segment that is not archived; checks its header.
    pub fn open_plain(&self, segment: &Segment, access: Access) -> Result<SegmentFile, Error> {
        let opened = self.open(&segment.name, access)?;
        let mut header = [0; SEGMENT_HEADER];
        let whole = opened.read_at(&mut header, 0)? == SEGMENT_HEADER;
        check_header(whole.then_some(&header), segment, opened.path()).map(|()| opened)
    }

    /// Opens a segment's archive and says what its header says.
    pub fn open_archive(&self, segment: &Segment) -> Result<(SegmentFile, archive::Header), Error> {
        let opened = self.open(&segment.archive_name(), Access::Read)?;
        archive::read_header(&opened, segment.first).map(|header| (opened, header))
    }

    pub fn open(&self, name: &str, access: Access) -> Result<SegmentFile, Error> {
        let path = self.at(name);
        let file = self.storage.open(name, access).map_err(failed("open", &path))?;
        Ok(SegmentFile { file, path })
    }

    pub fn begin_archive(&self) -> Result<SegmentFile, Error> {
        self.create_file(UNFINISHED_ARCHIVE, New::OrEmptied)
    }

    pub fn create_file(&self, name: &str, new: New) -> Result<SegmentFile, Error> {
        let path = self.at(name);
        let file = self.storage.create(name, new).map_err(failed("create", &path))?;
        Ok(SegmentFile { file, path })
    }

    /// Names the archive that was written, synced and read back; durably, before the original goes.
    pub fn name_archive(&self, segment: &Segment) -> Result<PathBuf, Error> {
        let name = segment.archive_name();
        let path = self.at(&name);
        self.storage.rename(UNFINISHED_ARCHIVE, &name).map_err(failed("name", &path))?;
        self.sync_names()?;
        self.remove(&segment.name)?;
        Ok(path)
    }

    pub fn remove_unfinished_archive(&self) -> Result<(), Error> {
        self.remove(UNFINISHED_ARCHIVE)
    }

    /// Takes a segment away, durably, in whichever form it is.
    pub fn remove_segment(&self, segment: &Segment) -> Result<(), Error> {
        if segment.form != Form::Plain {
            self.remove(&segment.archive_name())?;
        }
        if segment.form != Form::Archived {
            self.remove(&segment.name)?;
        }
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<(), Error> {
        self.storage.remove(name).map_err(failed("remove", &self.at(name)))?;
        self.sync_names()
    }

    /// The name and the length of the file that readers take of a segment.
    pub fn size(&self, segment: &Segment) -> Result<(String, u64), Error> {
        let size = |name: String| Ok((name.clone(), self.open(&name, Access::Read)?.len()?));
        match size(segment.file_name()) {
            // It was archived since the names were listed.
            Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => size(segment.archive_name()),
            size => size,
        }
    }

    /// Gives every file of a segment a name that no segment has, durably; returns the new names.
    pub fn put_aside(&self, segment: &Segment) -> Result<Vec<PathBuf>, Error> {
        let mut aside = self.put_archive_aside(segment)?;
        if segment.form != Form::Archived {
            aside.push(self.put_name_aside(&segment.name)?);
        }
        Ok(aside)
    }

    /// As [`put_aside`](Self::put_aside), of its archive alone, if it has one.
    pub fn put_archive_aside(&self, segment: &Segment) -> Result<Vec<PathBuf>, Error> {
        let archive = (segment.form != Form::Plain).then(|| self.put_name_aside(&segment.archive_name()));
        archive.transpose().map(|aside| aside.into_iter().collect())
    }

    fn put_name_aside(&self, name: &str) -> Result<PathBuf, Error> {
        let names = self.storage.names().map_err(failed("list", self.path()))?;
        let mut number = 1_u32;
        while names.contains(&format!("{name}.aside-{number}")) {
            number += 1;
        }
        let aside = format!("{name}.aside-{number}");
        self.storage.rename(name, &aside).map_err(failed("put aside", &self.at(name)))?;
        self.sync_names()?;
        Ok(self.at(&aside))
    }

    /// Cuts `file` at `position` after copying what follows beside it; returns the copy's path.
    pub fn cut(&self, file: &SegmentFile, position: u64) -> Result<PathBuf, Error> {
        let rest = file.read_from(position)?;
        let copy = self.create_copy(file, position)?;
        copy.write_at(&rest, 0)?;
        copy.sync()?;
        self.sync_names()?;
        file.file.cut(position).map_err(failed("cut", &file.path))?;
        Ok(copy.path)
    }

    /// A new file beside the segment; never one that exists, which may hold another torn tail.
    fn create_copy(&self, file: &SegmentFile, position: u64) -> Result<SegmentFile, Error> {
        let name = file.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut attempt = 1_u32;
        loop {
            match self.create_file(&format!("{name}.torn-at-{position}-{attempt}"), New::Only) {
                Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::AlreadyExists => attempt += 1,
                created => return created,
            }
        }
    }
}

/// Whether `header`, where there is a whole one, is that of `segment`.
pub(crate) fn check_header(header: Option<&[u8; SEGMENT_HEADER]>, segment: &Segment, file: &Path) -> Result<(), Error> {
    match header.map(format::decode_header) {
        Some(Ok(Header::Known { first })) if first == segment.first => Ok(()),
        Some(Ok(Header::Newer { version })) => {
            Err(Error::NewerFormat { file: file.to_owned(), found: version, known: FORMAT_VERSION })
        }
        Some(Ok(Header::Known { .. }) | Err(_)) | None => {
            Err(Damage { file: file.to_owned(), position: 0, offset: segment.first, fault: Fault::Header }.into())
        }
    }
}

impl Segment {
    /// The segment that begins with record `first`, received on `day` (days since 1970).
    pub fn new(day: i64, first: u64) -> Self {
        let date = Timestamp::from_ms(day.saturating_mul(86_400_000)).to_string();
        Self { first, name: format!("{}-{first:020}{SUFFIX}", &date[..10]), form: Form::Plain }
    }

    fn parse(name: &str) -> Option<Self> {
        let (name, form) = match name.strip_suffix(ARCHIVED) {
            Some(name) => (name, Form::Archived),
            None => (name, Form::Plain),
        };
        let (_, first) = name.strip_suffix(SUFFIX)?.rsplit_once('-')?;
        Some(Self { first: first.parse().ok()?, name: name.to_owned(), form })
    }

    fn archive_name(&self) -> String {
        format!("{}{ARCHIVED}", self.name)
    }

    /// The name of the file that is not compressed.
    pub fn plain_name(&self) -> &str {
        &self.name
    }

    /// The name of the file that readers take.
    fn file_name(&self) -> String {
        if self.form == Form::Archived { self.archive_name() } else { self.name.clone() }
    }

    /// The day in its name.
    pub fn day(&self) -> &str {
        self.name.rsplit_once('-').map_or("", |(day, _)| day)
    }
}

impl SegmentFile {
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn len(&self) -> Result<u64, Error> {
        self.file.size().map_err(failed("look at", &self.path))
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
        self.file.write_at(bytes, position).map_err(failed("write", &self.path))
    }

    /// Waits until everything written so far is on the disk.
    pub fn sync(&self) -> Result<(), Error> {
        self.file.sync().map_err(failed("sync", &self.path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_day_and_first_offset() {
        let segment = Segment::new(20_780, 17);
        assert_eq!(segment.name, "2026-11-23-00000000000000000017.journal");
        assert_eq!(segment.day(), "2026-11-23");
        assert_eq!(Segment::parse(&segment.name), Some(segment.clone()));
        let archived = Segment { form: Form::Archived, ..segment };
        assert_eq!(archived.file_name(), "2026-11-23-00000000000000000017.journal.zst");
        assert_eq!(Segment::parse(&archived.file_name()), Some(archived));
        let torn = "2026-11-23-00000000000000000017.journal.torn-at-32-1";
        let aside = "2026-11-23-00000000000000000017.journal.zst.aside-1";
        for other in ["lock", "segment.new", "archive.new", torn, aside, "x.journal"] {
            assert_eq!(Segment::parse(other), None, "{other}");
        }
    }
}
