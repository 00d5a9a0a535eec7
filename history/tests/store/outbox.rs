//! The outbox: in order, one bucket at a time, and a point in flight is never lost.

use history::sqlite::{Options, Outbox, Store};

use super::days::{MONDAY, centre_day, site};
use super::read::file;

#[test]
fn lines_come_oldest_first_of_one_bucket_until_none_is_left() {
    let (_dir, path) = file();
    let mut store = Store::open(&path, Options { mirror: true }).unwrap();
    let points = store.write(&[(site("tam-ky"), centre_day(MONDAY, 1))], 1).unwrap().points;
    let mut outbox = Outbox::open(&path).unwrap();
    let waiting = outbox.backlog().unwrap();
    assert!(waiting.points > 1_000 && waiting.points <= points && waiting.oldest_ms.is_some());
    let mut sent = 0;
    loop {
        let lines = outbox.next(1_000).unwrap();
        let Some(first) = lines.first() else { break };
        assert!(lines.iter().all(|line| line.bucket == first.bucket) && lines.is_sorted_by_key(|line| line.seq));
        assert!(lines.iter().all(|line| !line.text.is_empty() && !line.text.contains(&b'\n')));
        assert_eq!(outbox.next(1_000).unwrap(), lines, "until they are acknowledged");
        outbox.done(&lines.iter().map(|line| line.seq).collect::<Vec<_>>()).unwrap();
        sent += lines.len() as u64;
    }
    assert_eq!((sent, outbox.backlog().unwrap().points), (waiting.points, 0));
}

#[test]
fn what_changes_while_it_is_sent_is_sent_again() {
    let (_dir, path) = file();
    let mut store = Store::open(&path, Options { mirror: true }).unwrap();
    let mut day = centre_day(MONDAY, 1);
    store.write(&[(site("tam-ky"), day.clone())], 1).unwrap();
    while store.write(&[], 1).unwrap().points > 0 {}
    let mut outbox = Outbox::open(&path).unwrap();
    let mut flying = Vec::new();
    loop {
        let lines = outbox.next(100_000).unwrap();
        if lines[0].text.starts_with(b"visit,") {
            flying.extend(lines);
            break;
        }
        outbox.done(&lines.iter().map(|line| line.seq).collect::<Vec<_>>()).unwrap();
    }
    day.visits[0].recalls += 1;
    assert_eq!(store.write(&[(site("tam-ky"), day)], 2).unwrap().points, 1);
    outbox.done(&flying.iter().map(|line| line.seq).collect::<Vec<_>>()).unwrap();
    let mut rest = Vec::new();
    loop {
        let lines = outbox.next(100_000).unwrap();
        if lines.is_empty() {
            break;
        }
        outbox.done(&lines.iter().map(|line| line.seq).collect::<Vec<_>>()).unwrap();
        rest.extend(lines);
    }
    let visits: Vec<_> = rest.iter().filter(|line| line.text.starts_with(b"visit,")).collect();
    assert_eq!(visits.len(), 1);
    assert!(flying.iter().all(|line| line.seq < visits[0].seq));
}

#[test]
fn a_refused_line_is_put_aside() {
    let (_dir, path) = file();
    let mut store = Store::open(&path, Options { mirror: true }).unwrap();
    store.write(&[(site("tam-ky"), centre_day(MONDAY, 1))], 1).unwrap();
    let mut outbox = Outbox::open(&path).unwrap();
    let before = outbox.backlog().unwrap();
    let line = outbox.next(1).unwrap().remove(0);
    outbox.dead(line.seq, "400: field type conflict").unwrap();
    outbox.dead(line.seq, "told twice").unwrap();
    let after = outbox.backlog().unwrap();
    assert_eq!((after.points, after.dead), (before.points - 1, before.dead + 1));
    assert_ne!(outbox.next(1).unwrap()[0].seq, line.seq);
}

#[test]
fn a_mirror_that_is_turned_on_later_gets_everything() {
    // More than are put there with one write.
    let days: Vec<_> = (0..55)
        .map(|n| (site("tam-ky"), domain::history::Day { minutes: Default::default(), ..centre_day(MONDAY + n, 1) }))
        .collect();
    let waiting = |mirror_from_the_start: bool| {
        let (_dir, path) = file();
        let mut store = Store::open(&path, Options { mirror: mirror_from_the_start }).unwrap();
        store.write(&days, 1).unwrap();
        drop(store);
        let mut store = Store::open(&path, Options { mirror: true }).unwrap();
        while store.write(&[], 1).unwrap().points > 0 {}
        let mut outbox = Outbox::open(&path).unwrap();
        let mut all = Vec::new();
        loop {
            let lines = outbox.next(100_000).unwrap();
            if lines.is_empty() {
                break;
            }
            outbox.done(&lines.iter().map(|line| line.seq).collect::<Vec<_>>()).unwrap();
            all.extend(lines.into_iter().map(|line| line.text));
        }
        all.sort();
        all
    };
    let later = waiting(false);
    assert!(later.len() > 55 * 300);
    assert!(later == waiting(true));
}

#[test]
fn turned_off_nothing_waits() {
    let (_dir, path) = file();
    let mut store = Store::open(&path, Options { mirror: true }).unwrap();
    store.write(&[(site("tam-ky"), centre_day(MONDAY, 1))], 1).unwrap();
    drop(store);
    let store = Store::open(&path, Options::default()).unwrap();
    assert_eq!(store.backlog().unwrap().points, 0);
}
