//! The line is cut, the server stands still, the browser's own clock is nonsense: the wall says so,
//! and comes back by itself.

use std::time::{Duration, Instant as Clock};

use harness::browser::{Browser, Page};
use harness::program::freeze;
use harness::wait::eventually;
use serde_json::Value;

use super::hall::{Hall, SOON, lives, screen, shows};
use super::legible::is_legible;
use super::site::{Place, file};

/// A wall that is cut off says so within this.
const TOLD: Duration = Duration::from_secs(5);
/// One that only hears nothing cannot know before the next `alive` (every 5 s) is overdue.
const SILENT: Duration = Duration::from_secs(10);
const BACK: Duration = Duration::from_secs(40);
const NOT_LIVE: &str = "['stale', 'offline'].includes(document.documentElement.dataset.state)";

/// The screen's clock stands at 1970 and goes on from there.
const IN_1970: &str = r"
    const Real = Date;
    const begun = Real.now();
    globalThis.Date = class extends Real {
        constructor(...all) { if (all.length === 0) super(Real.now() - begun); else super(...all); }
        static now() { return Real.now() - begun; }
    };
    globalThis.RealDate = Real;
";
/// The time of a moment in the centre's zone, which no computer of this test is in.
const ZONE: &str = "Asia/Kathmandu";

fn clock_at(page: &Page, moment: &str) -> String {
    let expression = format!(
        "new Intl.DateTimeFormat('en-GB', {{ timeZone: '{ZONE}', hour: '2-digit', minute: '2-digit' }}).format(new Date({moment}))"
    );
    page.get(&expression).as_str().unwrap().to_owned()
}

fn words(page: &Page) -> String {
    page.get("look.words()").as_str().unwrap().to_owned()
}

#[test]
fn a_lost_link_is_told_in_the_servers_time_and_mends_itself() {
    let mut hall = Hall::configured(&file(ZONE, &[Place::plain(1), Place::plain(2)]));
    hall.call("A001", "s1", "q1");
    hall.calls(1);
    let browser = Browser::start();
    let page = screen(&browser);
    page.time_zone("America/New_York");
    page.before_each_document(IN_1970);
    page.open(&hall.url("wall"));
    lives(&page);
    shows_the_servers_clock(&page);

    let away = hall.motcua.without_dashboard().unwrap();
    let begin = Clock::now();
    page.until(TOLD, "a wall that knows that it is cut off", NOT_LIVE);
    let since = clock_at(&page, "document.documentElement.dataset.asOf");
    page.until(TOLD, "the words", "look.words().includes('Mất kết nối từ')");
    assert!(begin.elapsed() <= TOLD, "told after {:?}", begin.elapsed());
    let told = words(&page);
    assert!(told.contains(&format!("Mất kết nối từ {since}")), "{told} does not say {since}");
    assert!(told.contains("A001"), "what was called is still read");
    let _seen = is_legible(&page, "cut off");

    // While nobody looks, the hall goes on.
    hall.call("A002", "s2", "q2");
    drop(away);
    let back = Clock::now();
    page.until(BACK, "a living wall", "document.documentElement.dataset.state === 'live'");
    page.until(SOON, "the truth of now", "look.calls().some(({ ticket }) => ticket === 'A002')");
    assert!(!words(&page).contains("Mất kết nối"), "nothing is lost any more");
    println!("cut off and told at once; living again {:?} after the server came back", back.elapsed());
    shows_the_servers_clock(&page);
}

fn shows_the_servers_clock(page: &Page) {
    assert_eq!(page.get("new Date().getUTCFullYear()"), 1970);
    let moment = || clock_at(page, "document.documentElement.dataset.asOf");
    eventually(SOON, "the clock of the centre", || {
        let (expected, seen) = (moment(), words(page));
        let clocks: Vec<&str> = seen.split_whitespace().filter(|word| is_clock(word)).collect();
        if clocks.contains(&expected.as_str()) { Ok(()) } else { Err(format!("{clocks:?} for {expected}")) }
    });
}

fn is_clock(word: &str) -> bool {
    word.len() == 5 && word.as_bytes()[2] == b':' && word.bytes().filter(u8::is_ascii_digit).count() == 4
}

#[test]
fn silence_is_told_too() {
    let mut hall = Hall::discovered();
    hall.call("A001", "dat-dai", "q1");
    hall.calls(1);
    let browser = Browser::start();
    let (wall, counter) = (hall.page(&browser, "wall"), hall.page(&browser, "counter/q1"));
    for part in ["collector", "dashboard"] {
        let pid = if part == "collector" { hall.motcua.collector() } else { hall.motcua.dashboard() };
        let frozen = freeze(pid.unwrap()).unwrap();
        for page in [&wall, &counter] {
            page.until(SILENT, &format!("a screen that hears nothing from a standing {part}"), NOT_LIVE);
            page.until(SOON, "the words", "look.words().includes('Mất kết nối từ')");
        }
        drop(frozen);
        for page in [&wall, &counter] {
            page.until(BACK, "a living screen", "document.documentElement.dataset.state === 'live'");
        }
    }
    let board = hall.board().unwrap();
    shows(&wall, &board);
}

#[test]
fn opened_before_there_is_anything_to_show() {
    let mut hall = Hall::discovered();
    let browser = Browser::start();
    // No such site yet; no such counter yet; no server at all.
    let (wall, counter, early) = (screen(&browser), screen(&browser), screen(&browser));
    wall.go(&hall.url("wall"));
    counter.go(&hall.url("counter/q1"));
    let away = hall.motcua.without_dashboard().unwrap();
    early.go(&hall.url("wall"));
    drop(away);
    eventually(BACK, "a server", || {
        hall.motcua.board(&hall.site).or_else(|why| if why.contains("404") { Ok(Value::Null) } else { Err(why) })
    });
    hall.call("A001", "dat-dai", "q1");
    hall.calls(1);
    for (page, what) in [(&wall, "wall"), (&counter, "counter screen"), (&early, "wall that was opened first")] {
        let living = "document.documentElement.dataset.state === 'live' && look.words().includes('A001')";
        page.until(BACK, &format!("a living {what}"), living);
    }
}

#[test]
fn without_scripts_or_with_broken_ones_the_calls_are_seen() {
    let mut hall = Hall::discovered();
    hall.call("A001", "dat-dai", "q1");
    hall.calls(1);
    let browser = Browser::start();
    let (off, broken) = (screen(&browser), screen(&browser));
    off.scripts(false);
    broken.block(&["*.js"]);
    for page in [&off, &broken] {
        page.open(&hall.url("wall"));
        assert!(page.html().unwrap().contains("A001"));
    }
    for ticket in ["A002", "A003"] {
        hall.call(ticket, "dat-dai", "q2");
        hall.board_until(
            "the call",
            |board| if board["calls"][0]["ticket"] == ticket { Ok(()) } else { Err(String::new()) },
        );
        let begin = Clock::now();
        for (page, what) in [(&off, "without scripts"), (&broken, "with broken scripts")] {
            eventually(Duration::from_secs(12), &format!("{ticket} {what}"), || {
                if page.html()?.contains(ticket) { Ok(()) } else { Err("it is not there".to_owned()) }
            });
        }
        println!("{ticket} was seen after {:?}", begin.elapsed());
    }
}
