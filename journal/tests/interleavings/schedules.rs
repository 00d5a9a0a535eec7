//! The whole writer with two syncers, an archiver and a power cut, in schedules chosen by a seed.

use std::io;
use std::path::Path;
use std::time::Instant;

use shuttle::rand::{Rng, thread_rng};
use shuttle::sync::Arc;
use shuttle::sync::atomic::{AtomicU64, Ordering};
use shuttle::thread;

use super::*;
use crate::faulty::Disk;
use crate::syncer::Syncer;

const DAY_MS: i64 = 86_400_000;

/// A disk at which others get their turn before and after everything.
#[derive(Debug, Clone)]
struct Busy(Disk);

#[derive(Debug)]
struct BusyFile(Box<dyn StoredFile>);

fn between<T>(done: impl FnOnce() -> T) -> T {
    thread::yield_now();
    let done = done();
    thread::yield_now();
    done
}

impl Storage for Busy {
    fn root(&self) -> &Path {
        self.0.root()
    }
    fn create_root(&self) -> io::Result<()> {
        self.0.create_root()
    }
    fn names(&self) -> io::Result<Vec<String>> {
        between(|| self.0.names())
    }
    fn open(&self, name: &str, access: Access) -> io::Result<Box<dyn StoredFile>> {
        between(|| self.0.open(name, access)).map(|file| Box::new(BusyFile(file)) as Box<dyn StoredFile>)
    }
    fn create(&self, name: &str, new: New) -> io::Result<Box<dyn StoredFile>> {
        between(|| self.0.create(name, new)).map(|file| Box::new(BusyFile(file)) as Box<dyn StoredFile>)
    }
    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        between(|| self.0.rename(from, to))
    }
    fn remove(&self, name: &str) -> io::Result<()> {
        between(|| self.0.remove(name))
    }
    fn sync_names(&self) -> io::Result<()> {
        between(|| self.0.sync_names())
    }
    fn lock(&self, name: &str) -> io::Result<Option<Lock>> {
        self.0.lock(name)
    }
}

impl StoredFile for BusyFile {
    fn size(&self) -> io::Result<u64> {
        self.0.size()
    }
    fn read_at(&self, buffer: &mut [u8], position: u64) -> io::Result<usize> {
        self.0.read_at(buffer, position)
    }
    fn write_at(&self, bytes: &[u8], position: u64) -> io::Result<()> {
        between(|| self.0.write_at(bytes, position))
    }
    fn sync(&self) -> io::Result<()> {
        between(|| self.0.sync())
    }
    fn cut(&self, len: u64) -> io::Result<()> {
        self.0.cut(len)
    }
}

fn append(journal: &mut Journal, rx_ms: i64) {
    let payload = journal.next_offset().to_le_bytes();
    journal.append(NewRecord { kind: 1, rx_ms, at_ms: rx_ms, topic: b"t", payload: &payload });
}

/// Writes groups over three days, a sync of which is due at each new day; ends when the disk does.
fn write(mut journal: Journal, flushed: &AtomicU64) -> u64 {
    for group in 0..4 {
        for record in 0..2 {
            append(&mut journal, (group + record) / 2 * DAY_MS);
        }
        if journal.flush().is_err() {
            return 0;
        }
        flushed.store(journal.next_offset() - 1, Ordering::Release);
    }
    journal.next_offset() - 1
}

/// Asks for syncs; each covers what was flushed before it. Says what was promised at last.
fn sync(mut syncer: Syncer, flushed: &AtomicU64) -> u64 {
    let mut promised = 0;
    for _ in 0..3 {
        let before = flushed.load(Ordering::Acquire);
        match syncer.sync() {
            Ok(durable) => {
                assert!(durable >= before && durable >= promised, "{durable}, {before} flushed, {promised} promised");
                promised = durable;
            }
            Err(_) => return promised,
        }
    }
    promised
}

/// Everything in the journal is what was appended, in its place.
fn read(disk: &Disk) -> u64 {
    let mut reader = Reader::open_on(Arc::new(disk.clone()), 1).unwrap();
    let mut last = 0;
    while let Some(record) = reader.next_record().unwrap() {
        assert_eq!((record.offset, record.payload), (last + 1, &record.offset.to_le_bytes()[..]));
        last = record.offset;
    }
    last
}

fn one_schedule() {
    let mut random = thread_rng();
    let disk = Disk::new(random.gen_range(0..u64::MAX));
    let storage: Arc<dyn Storage> = Arc::new(Busy(disk.clone()));
    let (journal, _) = Journal::open_on(Arc::clone(&storage), Options::default()).unwrap();
    let flushed = Arc::new(AtomicU64::new(0));
    match random.gen_range(0..3) {
        0 => disk.power_off_after(random.gen_range(0..60)),
        1 => disk.fail_syncs(1),
        _healthy => {}
    }
    let syncers = [(); 2].map(|()| {
        let (syncer, flushed) = (journal.syncer(), Arc::clone(&flushed));
        thread::spawn(move || sync(syncer, &flushed))
    });
    let archiver = thread::spawn(move || while let Ok(Some(_)) = archive_next_on(Arc::clone(&storage), u64::MAX) {});
    let mut last = journal.syncer();
    let writer = thread::spawn(move || write(journal, &flushed));
    let promised = syncers.map(|syncer| syncer.join().unwrap()).into_iter().max().unwrap_or(0);
    archiver.join().unwrap();
    let written = writer.join().unwrap();
    // The writer is gone; what it flushed can still be synced.
    let promised = last.sync().map_or(promised, |durable| durable.max(promised));
    if written > 0 && !disk.is_off() {
        assert_eq!(read(&disk), written);
    }
    disk.crash(random.gen_range(0..u64::MAX));
    let (_, recovery) = Journal::open_on(Arc::new(disk.clone()), Options::default()).unwrap();
    assert!(recovery.next_offset > promised, "{promised} promised, {recovery:?}");
    assert_eq!(read(&disk), recovery.next_offset - 1);
}

#[test]
fn r20_whoever_runs_first_nothing_promised_is_missing() {
    let began = Instant::now();
    let schedules = size(20_000, 1_000_000);
    shuttle::check_random_with_seed(one_schedule, seed(), schedules);
    tell("random schedules of writer, two syncers and archiver", schedules, began);
}

#[test]
fn r20_also_where_few_threads_wait_long() {
    let began = Instant::now();
    let schedules = size(10_000, 500_000);
    let scheduler = shuttle::scheduler::PctScheduler::new_from_seed(seed(), 4, schedules);
    shuttle::Runner::new(scheduler, shuttle::Config::default()).run(one_schedule);
    tell("schedules with few changes of thread", schedules, began);
}
