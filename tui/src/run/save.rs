//! Ctrl-s: the screen as text and the pane as CSV, beside each other.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// More of one second than a person asks for.
const MOST: u32 = 1_000;

/// Writes both files; nothing is written over. Returns the path of the text.
///
/// # Errors
/// When they cannot be written.
pub fn save(folder: &Path, stem: &str, text: &str, csv: &str) -> io::Result<PathBuf> {
    for again in 1..MOST {
        let name = if again == 1 { stem.to_owned() } else { format!("{stem}-{again}") };
        let picture = folder.join(format!("{name}.txt"));
        match write(&picture, text) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
            Ok(()) => {
                write(&folder.join(format!("{name}.csv")), csv)?;
                return Ok(picture);
            }
        }
    }
    Err(io::Error::new(io::ErrorKind::AlreadyExists, format!("{stem}.txt and {MOST} more are there already")))
}

/// It holds what the screen held: this user's alone.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let first = save(folder.path(), "tam-ky-counters", "one", "a").unwrap();
        let second = save(folder.path(), "tam-ky-counters", "two", "b").unwrap();
        assert_eq!(first, folder.path().join("tam-ky-counters.txt"));
        assert_eq!(second, folder.path().join("tam-ky-counters-2.txt"));
        assert_eq!(std::fs::read_to_string(first).unwrap(), "one");
        assert_eq!(std::fs::read_to_string(second.with_extension("csv")).unwrap(), "b");
        assert!(save(&folder.path().join("nowhere"), "a", "", "").is_err());
    }
}
