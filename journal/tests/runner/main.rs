//! The journal's promises, tried on real files.

#![allow(clippy::unwrap_used, reason = "helpers of tests; clippy knows only the test functions themselves")]

mod archived;
mod fixtures;
mod torn;
mod written;

use std::fs;
use std::path::{Path, PathBuf};

use journal::{Damage, Error, Journal, NewRecord, Options, Reader, Recovery};
use tempfile::TempDir;

const HEADER: usize = 32;
const DAY_MS: i64 = 86_400_000;

/// A record that owns its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Owned {
    kind: u8,
    rx_ms: i64,
    at_ms: i64,
    topic: Vec<u8>,
    payload: Vec<u8>,
}

impl Owned {
    fn new(rx_ms: i64, payload: &str) -> Self {
        Self { kind: 1, rx_ms, at_ms: rx_ms - 5, topic: b"motcua/v1/a".to_vec(), payload: payload.into() }
    }

    fn borrowed(&self) -> NewRecord<'_> {
        let Self { kind, rx_ms, at_ms, topic, payload } = self;
        NewRecord { kind: *kind, rx_ms: *rx_ms, at_ms: *at_ms, topic, payload }
    }
}

fn open(dir: &Path) -> (Journal, Recovery) {
    Journal::open(dir, Options::default()).unwrap()
}

/// Appends and flushes one group.
fn write(journal: &mut Journal, group: &[Owned]) {
    for record in group {
        journal.append(record.borrowed());
    }
    journal.flush().unwrap();
}

/// Everything that can be read, and how reading ended.
fn read_from(dir: &Path, from: u64) -> (Vec<Owned>, Result<(), Error>) {
    let mut records = Vec::new();
    let mut reader = match Reader::open(dir, from) {
        Ok(reader) => reader,
        Err(error) => return (records, Err(error)),
    };
    loop {
        match reader.next_record() {
            Ok(Some(record)) => {
                assert_eq!(record.offset, from + records.len() as u64);
                records.push(Owned {
                    kind: record.kind,
                    rx_ms: record.rx_ms,
                    at_ms: record.at_ms,
                    topic: record.topic.to_vec(),
                    payload: record.payload.to_vec(),
                });
            }
            Ok(None) => return (records, Ok(())),
            Err(error) => return (records, Err(error)),
        }
    }
}

fn read(dir: &Path) -> Vec<Owned> {
    let (records, end) = read_from(dir, 1);
    end.unwrap();
    records
}

fn damage(error: Error) -> Damage {
    match error {
        Error::Damage(damage) => damage,
        other => panic!("expected damage, got {other}"),
    }
}

fn files(dir: &Path, suffix: &str) -> Vec<PathBuf> {
    let mut paths: Vec<_> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.to_str().unwrap().ends_with(suffix));
    paths.sort();
    paths
}

fn segments(dir: &Path) -> Vec<PathBuf> {
    files(dir, ".journal")
}

/// A journal of `n` records of which all but the last `torn` were synced before those were written.
fn journal_of(n: usize, torn: usize) -> (TempDir, Vec<Owned>) {
    let dir = TempDir::new().unwrap();
    let records: Vec<_> = (0..n).map(|i| Owned::new(1_000 + i as i64, &"x".repeat(i % 7))).collect();
    let (mut journal, _) = open(dir.path());
    let (synced, rest) = records.split_at(n - torn);
    for record in synced {
        write(&mut journal, std::slice::from_ref(record));
        journal.syncer().sync().unwrap();
    }
    write(&mut journal, rest);
    (dir, records)
}
