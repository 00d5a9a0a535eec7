//! The file that the page writes on demand.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::Context;

/// A file of zones, and what stood in it when this program last read or wrote it.
#[derive(Debug)]
pub(super) struct Keep {
    file: PathBuf,
    known: Mutex<Option<String>>,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotKept {
    /// Somebody else wrote to it.
    #[error("the file was changed by somebody else meanwhile: nothing was written")]
    ChangedMeanwhile,
    /// The system refused.
    #[error("the file cannot be written: {0}")]
    Io(#[from] io::Error),
}

impl Keep {
    /// Takes the file as it is; gives its text where it is there.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub(super) fn open(file: &Path) -> anyhow::Result<(Self, Option<String>)> {
        let text = there(file).with_context(|| format!("{} cannot be read", file.display()))?;
        let file = std::path::absolute(file)?;
        Ok((Self { file, known: Mutex::new(text.clone()) }, text))
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.file
    }

    /// Writes the text, whole or not at all.
    ///
    /// # Errors
    /// When somebody else changed the file, or it cannot be written.
    pub(super) fn write(&self, text: &str) -> Result<(), NotKept> {
        let mut known = self.known.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if there(&self.file)? != *known {
            return Err(NotKept::ChangedMeanwhile);
        }
        let mut draft = self.file.clone().into_os_string();
        draft.push(format!(".{}.new", std::process::id()));
        let written = (|| {
            let mut file = std::fs::File::create(&draft)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            std::fs::rename(&draft, &self.file)
        })();
        if written.is_err() {
            // The first failure is the one to tell.
            let _ = std::fs::remove_file(&draft);
        }
        written?;
        *known = Some(text.to_owned());
        Ok(())
    }
}

fn there(file: &Path) -> io::Result<Option<String>> {
    match std::fs::read_to_string(file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_else_wrote_is_not_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("z.toml");
        let (keep, text) = Keep::open(&file).unwrap();
        assert_eq!(text, None);
        keep.write("one").unwrap();
        keep.write("two").unwrap();
        std::fs::write(&file, "mine").unwrap();
        assert!(matches!(keep.write("three"), Err(NotKept::ChangedMeanwhile)));
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
        let (keep, text) = Keep::open(&file).unwrap();
        assert_eq!(text.as_deref(), Some("mine"));
        keep.write("four").unwrap();
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "no draft is left");
    }
}
