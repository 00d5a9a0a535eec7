//! The chime: once for a new call, again for a recall, never for an old one; and where the browser
//! gives no permission, the screen and its device row say so.

use std::time::Duration;

use harness::browser::{Browser, Page};
use harness::wait::eventually;
use serde_json::{Value, json};

use super::hall::{Hall, SOON, lives, screen};

/// Writes down when something begins to sound, as it is heard: the tones of one chime follow each
/// other closely, and two chimes at the same time are one to the ear.
const EAR: &str = r"
    window.heard = [];
    let last = -Infinity;
    const hear = (after) => {
        const at = performance.now() + Math.max(0, after) * 1000;
        if (at > last + 600) heard.push(at);
        last = Math.max(last, at);
    };
    const { start } = AudioScheduledSourceNode.prototype;
    AudioScheduledSourceNode.prototype.start = function (when = 0, ...rest) { hear(when - this.context.currentTime); return start.call(this, when, ...rest); };
    const { play } = HTMLMediaElement.prototype;
    HTMLMediaElement.prototype.play = function () { hear(0); return play.call(this); };
";
const HINT: &str = "Chưa bật tiếng: bấm OK";

fn listening(hall: &Hall, browser: &Browser, name: &str) -> Page {
    let page = screen(browser);
    page.before_each_document(EAR);
    page.open(&hall.url(&format!("wall?screen={name}")));
    lives(&page);
    page
}

/// The flags of a screen's device row.
fn flags(hall: &Hall, name: &str) -> Result<Vec<Value>, String> {
    let board = hall.board()?;
    let is_it = |row: &&Value| row["kind"] == "wall" && row["device"] == format!("screen-{name}");
    let row = board["devices"].as_array().into_iter().flatten().find(is_it);
    row.and_then(|row| row["flags"].as_array().cloned())
        .ok_or_else(|| format!("no wall {name} in {}", board["devices"]))
}

#[test]
fn a_chime_for_each_call_once_permitted() {
    let mut hall = Hall::discovered();
    hall.call("A001", "dat-dai", "q1");
    hall.calls(1);
    let browser = Browser::start();
    let page = listening(&hall, &browser, "tv-1");

    page.until(SOON, "the hint", &format!("look.words().includes('{HINT}')"));
    eventually(SOON, "a muted screen among the devices", || {
        if flags(&hall, "tv-1")?.contains(&json!("muted")) { Ok(()) } else { Err("it is not muted".to_owned()) }
    });
    page.press("Enter");
    page.until(SOON, "no hint", &format!("!look.words().includes('{HINT}')"));
    eventually(SOON, "a screen that is not muted", || {
        if flags(&hall, "tv-1")?.is_empty() { Ok(()) } else { Err("it is muted".to_owned()) }
    });

    // A key may try the sound; what comes from here on is the calls'.
    let before = heard(&page);
    hall.call("A002", "dat-dai", "q2");
    page.until(SOON, "the chime of a call", &format!("heard.length === {}", before + 1));
    hall.tell("ticket.recalled", &json!({"ticket": "A001", "counter": "q1"}));
    page.until(SOON, "the chime of a recall", &format!("heard.length === {}", before + 2));

    // Gone and back: the wall is true again, and silent.
    let away = hall.motcua.without_dashboard().unwrap();
    page.until(SOON, "a lost link", "document.documentElement.dataset.state !== 'live'");
    drop(away);
    page.until(Duration::from_secs(30), "a living wall again", "document.documentElement.dataset.state === 'live'");
    hall.call("A003", "dat-dai", "q3");
    page.until(
        SOON,
        "the next call",
        "look.calls().some(({ ticket, capital }) => ticket === 'A003' && capital >= 110)",
    );
    page.until(SOON, "its chime", &format!("heard.length >= {}", before + 3));
    assert_eq!(heard(&page), before + 3, "no old call is called again");
}

fn heard(page: &Page) -> u64 {
    page.get("heard.length").as_u64().unwrap()
}
