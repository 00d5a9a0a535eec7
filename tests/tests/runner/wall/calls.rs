//! An ordered log: every call is seen, long enough, however many come at once.

use std::time::Duration;

use harness::browser::{Browser, Page};
use harness::oracle::Instant;
use harness::wait::eventually;
use serde_json::{Value, json};

use super::hall::{Hall, SOON};
use super::legible::{ROWS, is_legible};

/// Writes down when each call is seen, and as what: looked at whenever the page changes, and five
/// times a second.
const DIARY: &str = r"
    window.diary = new Map();
    let last = performance.now();
    const write = () => {
        const now = performance.now();
        for (const { seq, capital } of look.calls()) {
            const entry = diary.get(seq) ?? { newest: 0, listed: 0, seenAs: null };
            const as = capital >= 110 ? 'newest' : 'listed';
            if (entry.seenAs !== null && now - entry.at < 1000) entry[entry.seenAs] += now - entry.at;
            diary.set(seq, { ...entry, seenAs: as, at: now });
        }
    };
    new MutationObserver(write).observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
    setInterval(write, 200);
    write();
";

/// Milliseconds of each call: as newest, and seen in any way.
fn diary(page: &Page) -> Vec<(f64, f64)> {
    let rows = page.get("[...diary.values()].map(({ newest, listed }) => [newest, newest + listed])");
    let number = |row: &Value, at: usize| row[at].as_f64().unwrap();
    rows.as_array().unwrap().iter().map(|row| (number(row, 0), number(row, 1))).collect()
}

#[test]
fn twice_the_rows_in_one_second_are_each_newest_and_stay_in_the_list() {
    let mut hall = Hall::discovered();
    hall.call("A000", "dat-dai", "q0");
    hall.calls(1);
    let browser = Browser::start();
    let page = hall.page(&browser, "wall");
    page.until(SOON, "the first call", "look.calls().length === 1");
    let _diary = page.get(&format!("(() => {{ {DIARY} }})()"));

    let count = 2 * ROWS;
    let now = Instant::now().to_string();
    for n in 1..=count {
        hall.issue(&format!("A{n:03}"), "dat-dai");
    }
    for n in 1..=count {
        // The first two in the same instant.
        let ts = if n <= 2 { now.clone() } else { Instant::now().to_string() };
        hall.tell_at(&ts, "ticket.called", &json!({"ticket": format!("A{n:03}"), "counter": format!("q{n}")}));
    }
    let begun = hall.board_until("the calls", |board| {
        let calls: Vec<&str> =
            board["calls"].as_array().into_iter().flatten().filter_map(|call| call["ticket"].as_str()).collect();
        if calls.contains(&"A018") { Ok(calls.len()) } else { Err(format!("{calls:?}")) }
    });
    assert_eq!(begun, count + 1);
    // Long enough for each to have its turn, and then its minute.
    let each = |limit: u64, what: &str, enough: fn(&(f64, f64)) -> bool| {
        eventually(Duration::from_secs(limit), what, || {
            let diary = diary(&page);
            let those = diary.iter().filter(|entry| enough(entry)).count();
            if those >= count { Ok(()) } else { Err(format!("only {those} of {count}: {diary:?}")) }
        });
    };
    each(60, "each as newest for 5 s", |(newest, _)| *newest >= 5_000.0);
    let _seen = is_legible(&page, "twice the rows");
    each(90, "each in the list for a minute besides", |(_, seen)| *seen >= 65_000.0);
    println!("{count} calls in one second, ms as newest and in all: {:?}", diary(&page));
}

#[test]
fn a_recall_is_marked_and_is_newest_again() {
    let mut hall = Hall::discovered();
    hall.call("A001", "dat-dai", "q1");
    hall.call("A002", "dat-dai", "q2");
    hall.calls(2);
    let browser = Browser::start();
    let pages = [("vi", "Mời lại"), ("en", "Called again")]
        .map(|(lang, mark)| (hall.page(&browser, &format!("wall?lang={lang}")), mark));
    for (page, mark) in &pages {
        page.until(SOON, "both calls", "look.calls().length === 2");
        assert!(!page.get("look.words()").as_str().unwrap().contains(mark));
    }
    hall.tell("ticket.recalled", &json!({"ticket": "A001", "counter": "q1"}));
    for (page, mark) in &pages {
        let newest = "look.calls().find(({ ticket, capital, text }) => ticket === 'A001' && capital >= 110 && text.includes('MARK'))";
        page.until(SOON, "the recall as newest, marked in words", &newest.replace("MARK", mark));
    }
}

#[test]
fn what_a_person_waits_for_is_on_the_wall() {
    let mut hall = Hall::discovered();
    for ticket in ["B101", "B102", "B103", "B104"] {
        hall.issue(ticket, "ho-tich");
    }
    hall.call("C900", "dat-dai", "q7");
    hall.tell("ticket.no_show", &json!({"ticket": "C900", "counter": "q7"}));
    let board = hall.board_until("a missed number", |board| {
        if board["missed"][0]["ticket"] == "C900" { Ok(board.clone()) } else { Err(board["missed"].to_string()) }
    });
    let browser = Browser::start();
    let page = hall.page(&browser, "wall");
    super::hall::shows(&page, &board);
    let service = page.until(SOON, "the service", "document.querySelector('[data-service=ho-tich]')?.innerText");
    let words: Vec<&str> = service.as_str().unwrap().split_whitespace().collect();
    assert!(words.contains(&"B101") && words.contains(&"B102") && words.contains(&"4"), "{words:?}");
    // Nobody has said that a counter is open: no number is promised.
    assert!(service.as_str().unwrap().contains("Chưa"), "{words:?}");
    let all = page.get("look.words()");
    let all = all.as_str().unwrap();
    assert!(all.contains("C900") && all.contains("Lỡ số?"), "a missed number, and what to do: {all}");
}
