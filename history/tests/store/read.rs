//! The store, asked.

use std::path::PathBuf;

use domain::config::SiteConfig;
use domain::history::Day;
use domain::{CounterId, SiteId};
use history::memory::Memory;
use history::source::{Cells, Histograms, Key, NONE, Names};
use history::sqlite::{Options, Reader, Retention, Store};
use history::{DayPart, Error, Part, Scope, Source};

use super::days::{MONDAY, centre_day, site, wild_day};

const ALL: [Part; 9] = [
    Part::Tickets,
    Part::Waits,
    Part::Services,
    Part::Estimates,
    Part::Ratings,
    Part::Queues,
    Part::Counters,
    Part::Zones,
    Part::Quality,
];

/// A directory that goes when the test ends, and the file in it.
pub fn file() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history").join("history.sqlite");
    (dir, path)
}

pub fn everything() -> Scope {
    Scope { sites: Vec::new(), from: i32::MIN, to: i32::MAX }
}

/// Whoever adds up columns may trust these things.
pub fn check(names: Names<'_>, cells: Cells<'_>) {
    let keys = |keys: &[Key]| {
        for key in keys {
            assert!(key.hour < 24);
            assert!(key.service == NONE || usize::from(key.service) < names.services.len());
            assert!(key.counter == NONE || usize::from(key.counter) < names.counters.len());
            assert!(key.officer == NONE || usize::from(key.officer) < names.officers.len());
        }
        keys.len()
    };
    let histograms = |n: usize, all: Histograms<'_>| {
        assert_eq!([all.sum_ms.len(), all.max_ms.len(), all.ends.len()], [n; 3]);
        assert!(all.ends.is_sorted() && all.ends.last().is_none_or(|end| *end as usize == all.seconds.len()));
        assert_eq!(all.seconds.len(), all.counts.len());
    };
    match cells {
        Cells::Tickets { keys: k, arrivals, transfers, .. } => {
            assert_eq!([arrivals.len(), transfers.len()], [keys(k); 2])
        }
        Cells::Waits { keys: k, waits, walks } => [waits, walks].into_iter().for_each(|all| histograms(keys(k), all)),
        Cells::Services { keys: k, served, services } => {
            assert_eq!(served.len(), keys(k));
            histograms(k.len(), services);
        }
        Cells::Estimates { keys: k, error_ms, errors, .. } => {
            assert_eq!(error_ms.len(), keys(k));
            histograms(k.len(), errors);
        }
        Cells::Ratings { keys: k, ratings, unbound } => assert_eq!([ratings.len(), unbound.len()], [keys(k); 2]),
        Cells::Queues(_) | Cells::Counters(_) | Cells::Zones(_) | Cells::Quality(_) => {}
    }
}

/// What a scan shows, as text: ids in place of places, and only cells in which something is.
fn shown(source: &dyn Source, scope: &Scope, parts: &[Part]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut take = |day: &DayPart<'_>| {
        check(day.names, day.cells);
        let at = format!("{} {}", day.site, day.date);
        match day.cells {
            Cells::Queues(cells) => lines.extend(cells.iter().map(|cell| format!("{at} {cell:?}"))),
            Cells::Counters(cells) => lines.extend(cells.iter().map(|cell| format!("{at} {cell:?}"))),
            Cells::Zones(cells) => lines.extend(cells.iter().map(|cell| format!("{at} {cell:?}"))),
            Cells::Quality(cells) => lines.extend(cells.iter().map(|cell| format!("{at} {cell:?}"))),
            cells => lines.extend(flow_lines(&at, day.names, cells)),
        }
    };
    source.scan(scope, parts, &mut take).unwrap();
    lines
}

/// What is in a cell, where something is.
type Value<'a> = Box<dyn Fn(usize) -> Option<String> + 'a>;

fn flow_lines(at: &str, names: Names<'_>, cells: Cells<'_>) -> Vec<String> {
    let histogram = |all: Histograms<'_>, i: usize| {
        let pairs = i.checked_sub(1).map_or(0, |i| all.ends[i] as usize)..all.ends[i] as usize;
        (all.sum_ms[i], all.max_ms[i], all.seconds[pairs.clone()].to_vec(), all.counts[pairs].to_vec())
    };
    let none = (0, 0, vec![], vec![]);
    let (keys, value): (&[Key], Value<'_>) = match cells {
        Cells::Tickets { keys, arrivals, cancelled, no_shows, day_ended, recalls, transfers } => {
            let all = [arrivals, cancelled, no_shows, day_ended, recalls, transfers];
            let of = move |i: usize| Some(all.map(|column| column[i])).filter(|all| *all != [0; 6]);
            (keys, Box::new(move |i| of(i).map(|all| format!("tickets {all:?}"))))
        }
        Cells::Waits { keys, waits, walks } => {
            let of = move |i| Some((histogram(waits, i), histogram(walks, i)));
            (keys, Box::new(move |i| of(i).filter(|(a, b)| *a != none || *b != none).map(|all| format!("{all:?}"))))
        }
        Cells::Services { keys, served, services } => {
            let of = move |i: usize| Some((served[i], histogram(services, i)));
            (keys, Box::new(move |i| of(i).filter(|(n, all)| *n != 0 || *all != none).map(|all| format!("{all:?}"))))
        }
        Cells::Estimates { keys, promised, within_p90, within_p50, error_ms, errors } => {
            let of = move |i: usize| (promised[i], within_p90[i], within_p50[i], error_ms[i], histogram(errors, i));
            let some = move |i: usize| Some(of(i)).filter(|all| *all != (0, 0, 0, 0, none.clone()));
            (keys, Box::new(move |i| some(i).map(|all| format!("{all:?}"))))
        }
        Cells::Ratings { keys, ratings, unbound } => {
            let some = move |i: usize| Some((ratings[i], unbound[i])).filter(|all| *all != ([0; 5], 0));
            (keys, Box::new(move |i| some(i).map(|all| format!("ratings {all:?}"))))
        }
        _ => (&[], Box::new(|_| None)),
    };
    let line = |(i, key): (usize, &Key)| {
        let service = names.services.get(usize::from(key.service));
        let counter = names.counters.get(usize::from(key.counter));
        let officer = names.officers.get(usize::from(key.officer));
        value(i).map(|value| format!("{at} {} {service:?} {counter:?} {officer:?} {value}", key.hour))
    };
    keys.iter().enumerate().filter_map(line).collect()
}

fn days() -> Vec<(SiteId, Day)> {
    let mut days: Vec<_> = (0..6).map(|n| (site("tam-ky"), centre_day(MONDAY + n, 7))).collect();
    days.extend((0..3).map(|n| (site("hoi-an"), Day { date: MONDAY + 2 * n, ..wild_day(n as u64) })));
    days
}

#[test]
fn it_shows_what_a_store_in_memory_shows() {
    let (_dir, path) = file();
    Store::open(&path, Options::default()).unwrap().write(&days(), 1).unwrap();
    let (reader, memory) = (Reader::open(&path).unwrap(), Memory::new(days()));
    let some = Scope { sites: vec![site("tam-ky")], from: MONDAY + 1, to: MONDAY + 3 };
    let none = Scope { sites: vec![site("xa-la")], ..some.clone() };
    for scope in [everything(), some, none] {
        for parts in [&ALL[..], &[Part::Quality, Part::Waits, Part::Waits], &[]] {
            assert_eq!(shown(&reader, &scope, parts), shown(&memory, &scope, parts));
        }
    }
    assert!(shown(&reader, &everything(), &ALL).len() > 1_000);
    assert_eq!(reader.sites().unwrap(), memory.sites().unwrap());
    for id in ["tam-ky", "hoi-an", "xa-la"] {
        assert_eq!(reader.span(site(id)).unwrap(), memory.span(site(id)).unwrap());
    }
}

#[test]
fn many_sites_are_shown_in_order_while_a_thread_reads_ahead() {
    let (_dir, path) = file();
    let name = |n: i32| site(&format!("trung-tam-{:02}", (n * 7) % 12));
    let bare =
        |date: i32, seed: i32| Day { minutes: Default::default(), visits: vec![], ..centre_day(date, seed as u64) };
    let days: Vec<_> = (0..12).flat_map(|n| (0..9).map(move |d| (name(n), bare(MONDAY + d, n)))).collect();
    Store::open(&path, Options::default()).unwrap().write(&days, 1).unwrap();
    let (reader, memory) = (Reader::open(&path).unwrap(), Memory::new(days));
    for parts in [&ALL[..], &[Part::Waits], &[]] {
        assert_eq!(shown(&reader, &everything(), parts), shown(&memory, &everything(), parts));
    }
    let db = rusqlite::Connection::open(&path).unwrap();
    db.execute("UPDATE hour SET pack = x'00' WHERE key = (SELECT max(key) FROM hour)", []).unwrap();
    let mut n = 0;
    let error = reader.scan(&everything(), &ALL, &mut |_| n += 1).unwrap_err();
    assert!(matches!(&error, Error::Damaged { at, .. } if at.contains("Quality")) && n > 64, "{error}");
}

#[test]
fn a_day_and_its_visits_come_back_as_they_were() {
    let (_dir, path) = file();
    Store::open(&path, Options::default()).unwrap().write(&days(), 1).unwrap();
    let reader = Reader::open(&path).unwrap();
    for (site, day) in days() {
        assert_eq!(reader.day(site, day.date).unwrap().as_ref(), Some(&day));
    }
    let mut all = days();
    all.sort_by_key(|(site, day)| (*site, day.date));
    let expected: Vec<_> =
        all.iter().flat_map(|(site, day)| day.visits.iter().map(|visit| (*site, day.date, *visit))).collect();
    let read = reader.visits(&everything()).unwrap().collect::<Result<Vec<_>, _>>().unwrap();
    assert_eq!(read, expected);
    let one = Scope { sites: vec![site("tam-ky")], from: MONDAY + 2, to: MONDAY + 2 };
    assert_eq!(reader.visits(&one).unwrap().count(), centre_day(MONDAY + 2, 7).visits.len());
}

#[test]
fn without_a_file_there_is_no_history_and_it_is_found_once_there_is_one() {
    let (_dir, path) = file();
    let reader = Reader::open(&path).unwrap();
    assert!(reader.sites().unwrap().is_empty() && shown(&reader, &everything(), &ALL).is_empty());
    assert_eq!(reader.span(site("tam-ky")).unwrap(), None);
    Store::open(&path, Options::default()).unwrap().write(&days()[..1], 1).unwrap();
    assert_eq!(reader.sites().unwrap(), [site("tam-ky")]);
    // A file that takes its place is seen too.
    let other = path.with_extension("new");
    Store::open(&other, Options::default()).unwrap().write(&days()[6..], 1).unwrap();
    std::fs::rename(&other, &path).unwrap();
    for rest in ["sqlite-wal", "sqlite-shm"] {
        let _ = std::fs::remove_file(path.with_extension(rest));
    }
    assert_eq!(reader.sites().unwrap(), [site("hoi-an")]);
}

#[test]
fn a_question_sees_one_state_while_the_writer_works() {
    let (_dir, path) = file();
    let mut store = Store::open(&path, Options::default()).unwrap();
    store.write(&[(site("tam-ky"), centre_day(MONDAY, 1)), (site("tam-ky"), centre_day(MONDAY + 1, 1))], 1).unwrap();
    let reader = Reader::open(&path).unwrap();
    let before = shown(&reader, &everything(), &ALL);
    let mut seen = Vec::new();
    let other = Reader::open(&path).unwrap();
    let take = &mut |part: &DayPart<'_>| {
        if seen.is_empty() {
            let change = [(site("tam-ky"), centre_day(MONDAY, 2)), (site("tam-ky"), centre_day(MONDAY + 1, 2))];
            store.write(&change, 2).unwrap();
        }
        seen.push(format!("{:?}", part.cells));
    };
    other.scan(&everything(), &ALL, take).unwrap();
    let old = Memory::new(vec![(site("tam-ky"), centre_day(MONDAY, 1)), (site("tam-ky"), centre_day(MONDAY + 1, 1))]);
    assert_eq!(before, shown(&old, &everything(), &ALL));
    assert_eq!(seen.len(), 18);
    let (_dir, again) = file();
    let mut unchanged = Store::open(&again, Options::default()).unwrap();
    unchanged
        .write(&[(site("tam-ky"), centre_day(MONDAY, 1)), (site("tam-ky"), centre_day(MONDAY + 1, 1))], 1)
        .unwrap();
    let mut expected = Vec::new();
    let same = Reader::open(&again).unwrap();
    same.scan(&everything(), &ALL, &mut |part| expected.push(format!("{:?}", part.cells))).unwrap();
    assert_eq!(seen, expected, "all of the first state");
    assert_ne!(shown(&other, &everything(), &ALL), before);
}

#[test]
fn names_come_back_whatever_is_in_them() {
    let (_dir, path) = file();
    let mut store = Store::open(&path, Options::default()).unwrap();
    let hostile = ["a\nb,c=d \\", "'; DROP TABLE name; --", "\"𠜎😀\"", "Đa\u{302}\u{301}t đai", "\0", ""];
    let mut config = SiteConfig::discovered(site("tam-ky"), "Asia/Ho_Chi_Minh");
    let counter = |(n, name): (usize, &&str)| domain::config::CounterConfig {
        counter: CounterId::new(&format!("q{n}")).unwrap(),
        name: (*name).to_owned(),
        place: None,
        department: None,
        services: vec![],
        field_name: None,
    };
    config.counters = hostile.iter().enumerate().map(counter).collect();
    store.configure(&config).unwrap();
    let reader = Reader::open(&path).unwrap();
    let names = || reader.names(site("tam-ky")).unwrap();
    let of =
        |kind: &str| names().into_iter().filter(|name| name.kind == kind).map(|name| name.name).collect::<Vec<_>>();
    assert_eq!(of("counter"), hostile);
    // The newest name counts; what is gone keeps its own.
    config.counters.truncate(1);
    config.counters[0].name = "Quầy 1".to_owned();
    store.configure(&config).unwrap();
    assert_eq!(of("counter")[..2], ["Quầy 1", hostile[1]]);
    assert_eq!(of("site"), ["tam-ky"]);
}

#[test]
fn what_is_too_old_goes_and_the_rest_stays() {
    let (_dir, path) = file();
    let mut store = Store::open(&path, Options::default()).unwrap();
    let days: Vec<_> = (0..20).map(|n| (site("tam-ky"), centre_day(MONDAY + n, 3))).collect();
    store.write(&days, 1).unwrap();
    let today = MONDAY + 19;
    let kept = Retention { visit_days: Some(10), rating_days: Some(5), minute_days: Some(2), hour_days: Some(15) };
    let gone = store.let_go(today, &kept).unwrap();
    let visits: usize = days[..10].iter().map(|(_, day)| day.visits.len()).sum();
    assert_eq!((gone.visits, gone.minutes, gone.hours), (visits as u64, 18, 5 * 9));
    assert!(gone.ratings > 0);
    let sizes = store.sizes().unwrap();
    let first = |table: &str| sizes.iter().find(|size| size.table == table).unwrap().days.unwrap();
    assert_eq!(first("visit"), (today - 9, today));
    assert_eq!(first("minute"), (today - 1, today));
    assert_eq!(first("hour"), (today - 14, today));
    assert!(sizes.iter().all(|size| size.bytes > 0));
    assert_eq!(Reader::open(&path).unwrap().span(site("tam-ky")).unwrap(), Some((today - 14, today)));
    assert_eq!(store.let_go(today, &kept).unwrap(), Default::default());
    assert_eq!(store.let_go(today + 10_000, &Retention { visit_days: None, ..kept }).unwrap().visits, 0);
    assert_eq!(Reader::open(&path).unwrap().span(site("tam-ky")).unwrap(), Some((today - 14, today)));
}

#[test]
fn what_cannot_be_used_is_told() {
    let (_dir, path) = file();
    let mut store = Store::open(&path, Options::default()).unwrap();
    store.write(&days(), 1).unwrap();
    let db = rusqlite::Connection::open(&path).unwrap();
    db.execute("UPDATE hour SET pack = zeroblob(40) WHERE key = (SELECT min(key) FROM hour)", []).unwrap();
    let reader = Reader::open(&path).unwrap();
    let error = reader.scan(&everything(), &ALL, &mut |_| {}).unwrap_err();
    assert!(matches!(&error, Error::Damaged { at, .. } if at.contains("tam-ky 2026-01-05 Tickets")), "{error}");
    assert!(store.write(&days(), 2).unwrap().rows == 1, "writing the day again mends it");
    reader.scan(&everything(), &ALL, &mut |_| {}).unwrap();
    db.execute_batch("BEGIN IMMEDIATE").unwrap();
    drop(reader);
    db.execute_batch("COMMIT; PRAGMA user_version = 99").unwrap();
    drop((db, store));
    assert!(matches!(Store::open(&path, Options::default()), Err(Error::Newer { found: 99, known: 1, .. })));
    assert!(matches!(Reader::open(&path), Err(Error::Newer { .. })));
    let text = path.with_file_name("text");
    std::fs::write(&text, "no database, but a text that is long enough to look at as if it were one".repeat(40))
        .unwrap();
    assert!(matches!(Store::open(&text, Options::default()), Err(Error::Damaged { .. })));
    let foreign = path.with_file_name("foreign");
    rusqlite::Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
    assert!(matches!(Store::open(&foreign, Options::default()), Err(Error::Damaged { .. })));
}
