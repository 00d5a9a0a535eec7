//! Who was shown a picture of which camera, and when.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The record of pictures that were shown. Each stands in the log; of a configured camera also in
/// `cameras/pictures.log` in the data directory, which outlives the terminal.
#[derive(Debug)]
pub(super) struct Record {
    camera: String,
    person: String,
    file: Option<PathBuf>,
}

impl Record {
    pub(super) fn new(camera: &str, data_dir: Option<&Path>) -> Self {
        let file = data_dir.map(|dir| dir.join("cameras").join("pictures.log"));
        Self { camera: camera.to_owned(), person: person(), file }
    }

    /// The person at this machine, as the system knows them.
    pub(super) fn person(&self) -> &str {
        &self.person
    }

    /// Writes down that a picture is about to be shown.
    ///
    /// # Errors
    /// When it cannot be written down: then no picture may be shown.
    pub(super) fn shown(&self) -> io::Result<()> {
        let now = jiff::Zoned::now().strftime("%FT%T%:z").to_string();
        if let Some(file) = &self.file {
            let mut file = append(file)?;
            writeln!(file, "{now} {} {}", self.person, self.camera)?;
            file.sync_data()?;
        }
        tracing::info!(person = %self.person, camera = %self.camera, "A picture was shown.");
        Ok(())
    }
}

fn append(file: &Path) -> io::Result<File> {
    if let Some(dir) = file.parent() {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    }
    OpenOptions::new().append(true).create(true).mode(0o600).open(file)
}

/// The name of the process's user, not what a variable says it is; behind `sudo` also who called it.
fn person() -> String {
    let uid = rustix::process::getuid();
    let name = std::fs::read_to_string("/etc/passwd").ok().and_then(|text| name_of(&text, uid.as_raw()));
    let name = name.unwrap_or_else(|| format!("uid:{}", uid.as_raw()));
    let caller = std::env::var("SUDO_USER").ok().filter(|_| uid.is_root()).map(|caller| plain(&caller));
    caller.map_or(name.clone(), |caller| format!("{name}({caller})"))
}

fn name_of(passwd: &str, uid: u32) -> Option<String> {
    let mut rows = passwd.lines().map(|line| line.split(':').collect::<Vec<_>>());
    let row = rows.find(|row| row.get(2).and_then(|text| text.parse().ok()) == Some(uid))?;
    row.first().map(|name| plain(name))
}

/// One word of a line, whatever it was.
fn plain(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphanumeric() || "._-@".contains(*letter)).take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn every_picture_is_a_line() {
        let dir = tempfile::tempdir().unwrap();
        let record = Record::new("x/hall", Some(dir.path()));
        record.shown().unwrap();
        record.shown().unwrap();
        let file = dir.path().join("cameras/pictures.log");
        let text = std::fs::read_to_string(&file).unwrap();
        let words: Vec<Vec<&str>> = text.lines().map(|line| line.split(' ').collect()).collect();
        assert_eq!((words.len(), words[1][1], words[1][2]), (2, record.person(), "x/hall"));
        assert!(words[0][0].parse::<jiff::Timestamp>().is_ok(), "{text}");
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::remove_file(&file).unwrap();
        std::fs::create_dir(&file).unwrap();
        assert!(record.shown().is_err(), "what cannot be written down is not shown");
    }

    #[test]
    fn people_have_names() {
        let passwd = "root:x:0:0:root:/:/bin/sh\n+broken\nlan:x:1000:1000:,,,:/x:/bin/sh\n";
        assert_eq!(name_of(passwd, 1_000).as_deref(), Some("lan"));
        assert_eq!(name_of(passwd, 7), None);
        assert_eq!(plain("a b\nc"), "abc");
    }
}
