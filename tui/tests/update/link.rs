//! What is shown of the line to the server.

use domain::board::{Delta, Message as Said, Public};
use domain::event::DeviceState;
use serde_json::json;
use tui::keys::Code;
use tui::message::{Effect, What};
use tui::model::{DeadLetterList, DeadLetters, Lang, Link, Pane, Trouble};
use tui::update::STALE_AFTER_MS;

use crate::{Desk, has};

fn cut() -> What {
    What::Lost(Trouble::Closed { detail: String::new() })
}

fn delta(desk: &Desk, prev: u64) -> What {
    let board = desk.board();
    let delta = json!({"prev": prev, "seq": board.seq + 10, "as_of": board.as_of.plus(1_000)});
    let delta: Delta = serde_json::from_value(delta).unwrap();
    What::Frame(serde_json::to_string(&Said::Delta(delta)).unwrap())
}

#[test]
fn silence_is_told_after_eight_seconds_and_news_end_it() {
    let mut desk = Desk::new();
    let heard = desk.model.as_of;
    desk.waits(STALE_AFTER_MS / 1_000);
    assert_eq!(desk.model.link, Link::Live);
    let told = desk.waits(1);
    assert_eq!(desk.model.link, Link::Stale { since: heard });
    assert!(told[0].redraw);
    desk.hears(|_| {});
    assert_eq!(desk.model.link, Link::Live);
}

#[test]
fn a_lost_link_says_since_when_the_server_was_not_heard() {
    let mut desk = Desk::new();
    let heard = desk.model.as_of;
    let action = desk.say(cut());
    assert!(action.redraw);
    desk.ms += 60_000;
    desk.say(What::Lost(Trouble::Unreachable { detail: "refused".into() }));
    assert!(matches!(&desk.model.link, Link::Lost { since, attempts: 2, .. } if *since == heard));
    assert!(desk.model.shown().is_some(), "the old board stands, told as old");
    desk.say(What::Opened);
    assert!(!desk.model.link.is_live(), "an open line alone says nothing");
    desk.hears(|board| board.as_of = board.as_of.plus(61_000));
    assert!(desk.model.link.is_live());
}

#[test]
fn the_same_view_returns_with_the_link() {
    let mut desk = Desk::new();
    desk.types("6/nut");
    desk.press(Code::Enter);
    desk.types("jjj");
    let (rows, selected) = (desk.rows(Pane::Devices), desk.selected());
    assert!(selected.is_some());
    desk.say(cut());
    desk.say(What::Opened);
    desk.hears(|board| board.as_of = board.as_of.plus(5_000));
    assert_eq!((desk.model.pane, desk.rows(Pane::Devices), desk.selected()), (Pane::Devices, rows, selected));
    assert_eq!(desk.model.active().filter.text, "nut");
}

#[test]
fn a_delta_that_does_not_follow_asks_for_a_snapshot_once() {
    let mut desk = Desk::new();
    let seq = desk.board().seq;
    let wrong = delta(&desk, seq + 1);
    assert!(has(&desk.say(wrong.clone()), &Effect::Resync));
    assert!(!has(&desk.say(wrong), &Effect::Resync), "it is on its way");
    let right = delta(&desk, seq);
    desk.say(right.clone());
    assert_eq!(desk.board().seq, seq, "until it comes deltas are of no use");
    desk.hears(|_| {});
    let right = delta(&desk, seq + 1);
    assert!(desk.say(right).redraw);
    assert_eq!(desk.board().seq, seq + 11);
}

#[test]
fn alive_moves_the_clock_of_a_board_that_is_the_servers() {
    let mut desk = Desk::new();
    let (seq, as_of) = (desk.board().seq, desk.board().as_of.plus(5_000));
    let alive = |seq| What::Frame(serde_json::to_string(&Said::Alive { seq, as_of }).unwrap());
    desk.say(alive(seq));
    assert_eq!(desk.model.as_of, Some(as_of));
    assert!(has(&desk.say(alive(seq + 1)), &Effect::Resync), "something was missed");
}

#[test]
fn words_of_a_newer_server_are_let_pass_and_nonsense_is_told() {
    let mut desk = Desk::new();
    desk.say(What::Frame(r#"{"type":"weather","sun":true}"#.into()));
    assert!(desk.model.link.is_live());
    let action = desk.say(What::Frame("{\"type\":\"snapshot\"".into()));
    assert!(has(&action, &Effect::Resync));
    assert!(matches!(&desk.model.link, Link::Lost { why: Trouble::NotUnderstood { .. }, .. }));
}

#[test]
fn troubles_are_one_sentence_in_both_languages() {
    for status in [401, 403, 404, 503, 500] {
        let trouble = Trouble::of_status(status);
        for lang in [Lang::Vi, Lang::En] {
            assert!(trouble.sentence(lang).contains(&status.to_string()), "{trouble:?}");
        }
    }
    assert!(Trouble::of_status(401).needs_a_person() && !Trouble::of_status(503).needs_a_person());
}

#[test]
fn the_bell_rings_once_for_a_new_alert_of_its_severity() {
    let mut desk = Desk::new();
    let alert = |desk: &Desk, name: &str, severity: &str| {
        let since = desk.board().as_of;
        let row = json!({"alert": name, "rule": "counter_unattended", "severity": severity, "counter": "q7",
            "since": since, "acknowledged_by": null});
        serde_json::from_value(row).unwrap()
    };
    let (warning, critical) = (alert(&desk, "a1", "warning"), alert(&desk, "a2", "critical"));
    assert!(!has(&desk.hears(|board| board.alerts.push(warning)), &Effect::Bell), "critical ones only");
    assert!(has(&desk.hears(|board| board.alerts.push(critical)), &Effect::Bell));
    assert!(!has(&desk.hears(|_| {}), &Effect::Bell), "once");
    desk.types("b");
    let warning = alert(&desk, "a3", "warning");
    assert!(has(&desk.hears(|board| board.alerts.push(warning)), &Effect::Bell));
    desk.types("b");
    let critical = alert(&desk, "a4", "critical");
    assert!(!has(&desk.hears(|board| board.alerts.push(critical)), &Effect::Bell), "off");
}

#[test]
fn dead_letters_are_not_asked_for_where_they_are_not_given() {
    let mut desk = Desk::new();
    desk.hears(Public::make_public);
    assert!(!has(&desk.types("7"), &Effect::AskDeadLetters));
    assert!(desk.waits(30).iter().all(|action| !has(action, &Effect::AskDeadLetters)));
}

#[test]
fn dead_letters_are_asked_for_when_they_are_looked_at() {
    let mut desk = Desk::new();
    assert!(desk.waits(30).iter().all(|action| !has(action, &Effect::AskDeadLetters)));
    desk.hears(|_| {});
    assert!(has(&desk.types("7"), &Effect::AskDeadLetters));
    let letters = DeadLetterList { total: 2, dead_letters: Vec::new() };
    desk.say(What::DeadLetters(Ok(letters)));
    for _ in 0..10 {
        desk.waits(3);
        assert!(!has(&desk.hears(|_| {}), &Effect::AskDeadLetters), "the board counts as many");
    }
    assert!(has(&desk.hears(|board| board.ingest.as_mut().unwrap().dead_letter = 3), &Effect::AskDeadLetters));
    desk.say(What::DeadLetters(Err(Trouble::Forbidden)));
    assert_eq!(desk.model.dead_letters, DeadLetters::Refused(Trouble::Forbidden));
}

#[test]
fn nothing_is_drawn_when_nothing_changed() {
    let mut desk = Desk::new();
    desk.types("f");
    desk.waits(1);
    let quiet = desk.hears(|board| board.devices[0].state = Some(DeviceState::Ready));
    assert!(!quiet.redraw);
    assert!(!desk.say(What::Tick).redraw, "the same second again");
    assert!(!desk.say(What::Key(tui::keys::Stroke::char('Z'))).redraw, "a key that means nothing");
}

#[test]
fn a_server_that_has_just_begun_does_not_turn_the_board_back() {
    let mut desk = Desk::new();
    desk.say(cut());
    desk.say(What::Opened);
    let older = |board: &mut domain::board::Board| {
        board.seq -= 500;
        board.counters.clear();
    };
    assert!(!desk.hears(older).redraw || !desk.model.link.is_live());
    assert_eq!(desk.board().counters.len(), 40);
    assert!(!desk.model.link.is_live(), "it has not said the truth of now");
    assert!(has(&desk.waits(3)[2], &Effect::Resync), "which is asked for");
    desk.waits(3);
    desk.hears(older);
    assert!(desk.model.link.is_live());
    assert!(desk.board().counters.is_empty(), "after a while it is the server that is right");
}

#[test]
fn a_snapshot_that_does_not_come_is_asked_for_again() {
    let mut desk = Desk::new();
    let wrong = delta(&desk, 1);
    assert!(has(&desk.say(wrong), &Effect::Resync));
    let asked = desk.waits(6).iter().filter(|action| has(action, &Effect::Resync)).count();
    assert_eq!(asked, 3, "every two seconds");
    desk.hears(|_| {});
    assert!(desk.waits(6).iter().all(|action| !has(action, &Effect::Resync)));
}
