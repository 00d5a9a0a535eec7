//! Files that are whole or not there, and stamps that tell when one has changed.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Writes a file that only its owner can read (mode 0600; directories made on the way 0700). A
/// reader sees the old file or the new one, never a part; after a power cut likewise.
///
/// # Errors
/// When a directory or the file cannot be written.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // Tells the drafts of one process's threads apart.
    static DRAFTS: AtomicU64 = AtomicU64::new(0);
    let dir = private_parent(path)?;
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}-{}.new", std::process::id(), DRAFTS.fetch_add(1, Ordering::Relaxed)));
    let draft = dir.join(name);
    let written = (|| {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
        // The mode above is only for a new file; a draft left by a crash may have another.
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&draft, path)
    })();
    if written.is_err() {
        // The draft may hold a secret. The first failure is the one to tell.
        drop(fs::remove_file(&draft));
    }
    written?;
    File::open(dir)?.sync_all()
}

/// Opens a file and holds its lock until the file is dropped: one process, one thread at a time.
pub(crate) fn lock(path: &Path) -> io::Result<File> {
    private_parent(path)?;
    let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)?;
    file.lock()?;
    Ok(file)
}

/// The directory of a file, made when it is not there.
fn private_parent(path: &Path) -> io::Result<&Path> {
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    Ok(dir)
}

/// The absolute directory of a file, to which the paths in it are.
pub(super) fn directory_of(file: &Path) -> PathBuf {
    let absolute = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    absolute.parent().unwrap_or(Path::new("/")).to_owned()
}

/// What tells one version of a file from the next without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    modified_s: i64,
    modified_ns: i64,
    len: u64,
    inode: u64,
}

/// The stamp of a file; `None` when there is none.
pub(super) fn stamp(path: &Path) -> Option<Stamp> {
    let meta = fs::metadata(path).ok()?;
    Some(Stamp { modified_s: meta.mtime(), modified_ns: meta.mtime_nsec(), len: meta.len(), inode: meta.ino() })
}

/// Lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let pair = |byte: &u8| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]];
    bytes.iter().flat_map(pair).map(char::from).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// An empty directory of one test, removed at its end.
    pub(crate) struct Scratch(PathBuf);

    impl std::ops::Deref for Scratch {
        type Target = Path;

        fn deref(&self) -> &Path {
            &self.0
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            // What is left over does no harm to another test.
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    /// An empty directory of this test process; `name` keeps tests apart.
    pub(crate) fn scratch(name: &str) -> Scratch {
        let dir = std::env::temp_dir().join(format!("motcua-settings-{}-{name}", std::process::id()));
        drop(fs::remove_dir_all(&dir));
        fs::create_dir_all(&dir).unwrap();
        Scratch(dir)
    }

    #[test]
    fn a_private_file_is_its_owner_s_alone() {
        let dir = scratch("private");
        let path = dir.join("new/dir/secret");
        write_private(&path, b"one").unwrap();
        let before = stamp(&path);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        write_private(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(path.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "no draft is left");
        assert_ne!(stamp(&path), before, "another file, another stamp");
        assert_eq!(stamp(Path::new("/nowhere/at/all")), None);
    }

    #[test]
    fn a_failed_write_leaves_no_draft() {
        let dir = scratch("failed");
        fs::create_dir_all(dir.join("taken/by")).unwrap();
        assert!(write_private(&dir.join("taken"), b"secret").is_err(), "a directory stands there");
        assert_eq!(fs::read_dir(&*dir).unwrap().count(), 1);
    }

    #[test]
    fn hexadecimal_is_lower_case() {
        assert_eq!(hex(&[0, 0x0f, 0xa5, 0xff]), "000fa5ff");
    }
}
