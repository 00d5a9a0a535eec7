//! Journals of every released format, kept as they were written.

use std::fs;
use std::path::{Path, PathBuf};

use journal::{FORMAT_VERSION, Journal, Options, archive_next, verify};

use super::*;

fn fixture(version: u32) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/v{version}"))
}

/// What the fixtures hold: three days of a small office, the first one archived.
fn content() -> Vec<Owned> {
    let event = |n: i64| {
        let rx_ms = 1_795_399_200_000 + n / 6 * DAY_MS + n * 1_000;
        let json = format!(r#"{{"id":"e-{n}","type":"ticket.issued","ticket":"A{n:03}","service":"ho-tich"}}"#);
        Owned::new(rx_ms, &json)
    };
    (0..18).map(event).collect()
}

fn write_fixture(dir: &Path) {
    let options = Options { utc_offset_ms: 7 * 3_600_000, ..Options::default() };
    let (mut journal, _) = Journal::open(dir, options).unwrap();
    for group in content().chunks(4) {
        write(&mut journal, group);
        journal.syncer().sync().unwrap();
    }
    archive_next(dir, 7).unwrap().unwrap();
}

fn copied(from: &Path) -> TempDir {
    let dir = TempDir::new().unwrap();
    for file in files(from, "").into_iter().filter(|file| !file.ends_with("README.md")) {
        fs::copy(&file, dir.path().join(file.file_name().unwrap())).unwrap();
    }
    dir
}

#[test]
fn journals_of_every_format_are_read_verified_and_written_on() {
    for version in 1..=FORMAT_VERSION {
        let dir = copied(&fixture(version));
        let report = verify(dir.path(), |_| {}).unwrap();
        assert_eq!((report.segments, report.archived, report.records), (3, 1, 18), "format {version}");
        assert_eq!((report.tail_bytes, report.damage), (0, None));
        assert_eq!(read(dir.path()), content(), "format {version}");
        let (mut journal, recovery) = open(dir.path());
        assert_eq!((recovery.first_offset, recovery.next_offset), (1, 19));
        write(&mut journal, &[Owned::new(1_795_399_200_000 + 9 * DAY_MS, "a later day")]);
        assert_eq!(read(dir.path()).len(), 19);
    }
}

/// Also how a fixture is made: with `MOTCUA_WRITE_FIXTURE` naming an empty directory, it is written there.
#[test]
fn this_format_is_still_written_byte_for_byte() {
    let dir = TempDir::new().unwrap();
    let asked = std::env::var_os("MOTCUA_WRITE_FIXTURE").map(PathBuf::from);
    let into = asked.as_deref().unwrap_or(dir.path());
    write_fixture(into);
    let kept = fixture(FORMAT_VERSION);
    for suffix in [".journal", "synced"] {
        for written in files(into, suffix) {
            let same = kept.join(written.file_name().unwrap());
            assert_eq!(fs::read(&written).unwrap(), fs::read(&same).unwrap(), "{}", same.display());
        }
    }
}
