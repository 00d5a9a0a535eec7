//! Writing: only what differs, all or nothing.

use domain::history::Day;
use history::Error;
use history::sqlite::{Options, Reader, Store, Written};

use super::days::{MONDAY, centre_day, site, wild_day};
use super::read::file;

#[test]
fn writing_twice_is_writing_once() {
    for mirror in [false, true] {
        let (_dir, path) = file();
        let mut store = Store::open(&path, Options { mirror }).unwrap();
        let days: Vec<_> = (0..3).map(|n| (site("tam-ky"), centre_day(MONDAY + n, 1))).collect();
        let first = store.write(&days, 10).unwrap();
        assert!(first.rows > 700 && first.bytes > 10_000 && (first.points > 0) == mirror, "{first:?}");
        let digests = store.digests().unwrap();
        // With an outbox, days that were kept before are put there too: here they all are.
        store.write(&[], 10).unwrap();
        assert_eq!(store.write(&days, 11).unwrap(), Written::default());
        assert_eq!((store.digests().unwrap(), store.cursor().unwrap()), (digests, Some(11)));
    }
}

#[test]
fn a_late_correction_changes_exactly_its_rows() {
    let (_dir, path) = file();
    let mut store = Store::open(&path, Options { mirror: true }).unwrap();
    let mut day = centre_day(MONDAY, 1);
    store.write(&[(site("tam-ky"), day.clone())], 1).unwrap();
    while store.write(&[], 1).unwrap().points > 0 {}
    let waiting = store.backlog().unwrap().points;
    // One wait was a second longer: a visit, and a cell of the part that knows waits.
    day.visits[5].first_wait_ms = day.visits[5].first_wait_ms.map_or(Some(1_000), |ms| Some(ms + 1_000));
    let cell = day.flow.iter_mut().find(|cell| cell.waits.n() > 0).unwrap();
    cell.waits.add(1_000);
    let written = store.write(&[(site("tam-ky"), day.clone())], 2).unwrap();
    assert_eq!((written.rows, written.points), (2, 2));
    assert_eq!(store.backlog().unwrap().points, waiting, "a newer line takes the older one's place");
    // A visit that never was, and its rating.
    let gone = day.visits.remove(7);
    day.ratings.pop();
    let written = store.write(&[(site("tam-ky"), day.clone())], 3).unwrap();
    assert_eq!((written.rows, written.points), (2, 2));
    let read = Reader::open(&path).unwrap().day(site("tam-ky"), MONDAY).unwrap().unwrap();
    assert!(read == day && !read.visits.contains(&gone));
}

#[test]
fn the_order_of_days_does_not_matter() {
    let mut days: Vec<_> = (0..5).map(|n| (site("tam-ky"), centre_day(MONDAY + n, 1))).collect();
    days.extend((0..5).map(|n| (site("hoi-an"), Day { date: MONDAY - n, ..wild_day(n as u64) })));
    let digests = |days: &[_], step: usize| {
        let (_dir, path) = file();
        let mut store = Store::open(&path, Options::default()).unwrap();
        for days in days.chunks(step) {
            store.write(days, 1).unwrap();
        }
        store.digests().unwrap()
    };
    let forward = digests(&days, 1);
    days.reverse();
    assert_eq!(digests(&days, 3), forward);
    assert!(forward.iter().all(|(_, digest)| digest.len() == 64) && forward.len() == 6);
    days[0].1.visits[0].recalls += 1;
    let changed = digests(&days, 10);
    let differ: Vec<_> = changed.iter().zip(&forward).filter(|(a, b)| a != b).map(|(a, _)| a.0.as_str()).collect();
    assert_eq!(differ, ["visit"]);
}

#[test]
fn a_locked_file_is_told_and_the_same_write_works_afterwards() {
    let (_dir, path) = file();
    let mut store = Store::open(&path, Options::default()).unwrap();
    let days = [(site("tam-ky"), centre_day(MONDAY, 1))];
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert!(matches!(store.write(&days, 1), Err(Error::Locked { .. })));
    other.execute_batch("COMMIT").unwrap();
    assert!(store.write(&days, 1).unwrap().rows > 200);
}

#[test]
fn a_full_disk_is_told_and_leaves_nothing_half_done() {
    let (_dir, path) = file();
    let mut store = Store::open(&path, Options::default()).unwrap();
    store.write(&[(site("tam-ky"), centre_day(MONDAY, 1))], 1).unwrap();
    let digests = store.digests().unwrap();
    // A limit of the file's pages is what SQLite calls a full disk.
    store.limit_pages(Some(0)).unwrap();
    let days: Vec<_> = (1..40).map(|n| (site("hoi-an"), centre_day(MONDAY + n, 1))).collect();
    let error = store.write(&days, 2).unwrap_err();
    assert!(matches!(error, Error::Full { .. }), "{error}");
    assert_eq!((store.digests().unwrap(), store.cursor().unwrap()), (digests, Some(1)));
    store.limit_pages(None).unwrap();
    assert!(store.write(&days, 2).unwrap().rows > 200 * 39);
    let reader = Reader::open(&path).unwrap();
    assert_eq!(reader.day(site("hoi-an"), MONDAY + 7).unwrap(), Some(centre_day(MONDAY + 7, 1)));
}
