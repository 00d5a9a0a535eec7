use bytes::Bytes;

use super::*;
use crate::testing::{Fixture, board_text, delta_text, site_id};

fn feed(fixture: &Fixture) -> Feed<'_> {
    Feed::new(&fixture.app, None)
}

fn message(topic: &str, payload: &[u8], retain: bool) -> Inbound {
    let (topic, payload) = (Bytes::copy_from_slice(topic.as_bytes()), Bytes::copy_from_slice(payload));
    Inbound { topic, payload, qos: Qos::AtMostOnce, retain, dup: false, ack: None }
}

#[test]
fn what_cannot_be_used_is_counted_and_changes_nothing() {
    let fixture = Fixture::new();
    let board = board_text(9);
    for (topic, payload) in [
        ("motcua/v1/tam-ky/live/delta", &b"{"[..]),
        ("motcua/v1/tam-ky/live/other", b"{}"),
        ("motcua/v1/metrics/live/board", &board),
        ("motcua/v1/hoi-an/live/board", &board),
        ("other/v1/tam-ky/live/board", &board),
        (COLLECTOR_METRICS, b"7"),
        ("", b""),
    ] {
        let before = fixture.app.figures.unusable.get();
        feed(&fixture).take(&message(topic, payload, false));
        assert_eq!(fixture.app.figures.unusable.get(), before + 1, "{topic}");
    }
    assert_eq!(fixture.site().version().unwrap().board().seq, 1);
}

#[test]
fn only_what_is_said_now_is_a_sign_of_life() {
    let fixture = Fixture::new();
    let lives = || fixture.app.health.readiness().ready;
    feed(&fixture).take(&message(COLLECTOR_METRICS, br#"{"state":"ready"}"#, true));
    feed(&fixture).take(&message("motcua/v1/tam-ky/live/board", &board_text(1), true));
    assert!(!lives());
    feed(&fixture).take(&message("motcua/v1/tam-ky/live/delta", delta_text(1, 2).as_bytes(), false));
    assert!(lives());
    feed(&fixture).take(&message(COLLECTOR_METRICS, br#"{"state":"lost"}"#, false));
    assert!(!lives());
}

/// A site at odds: a delta came, its board did not; broker and collector are there.
fn at_odds() -> Fixture {
    let fixture = Fixture::new();
    fixture.app.health.sign();
    fixture.site().on_delta(delta_text(5, 6).as_bytes()).unwrap();
    fixture
}

#[test]
fn a_board_that_does_not_come_is_fetched_by_a_new_connection() {
    let fixture = at_odds();
    let (mut feed, now) = (feed(&fixture), Instant::now());
    assert!(!feed.waits_too_long(now));
    assert!(!feed.waits_too_long(now + BOARD_DUE - LOOK_OVER));
    assert!(feed.waits_too_long(now + BOARD_DUE));
    assert!(!feed.waits_too_long(now + BOARD_DUE), "the new connection has its time too");
    fixture.site().on_board(&board_text(6)).unwrap();
    assert!(!feed.waits_too_long(now + BOARD_DUE * 3));
    assert!(fixture.app.sites.get(site_id()).is_some());
}

#[test]
fn a_site_without_a_board_anywhere_is_gone_and_costs_few_connections() {
    let fixture = at_odds();
    let (mut feed, mut now, mut connections) = (feed(&fixture), Instant::now(), 0);
    let mut gone = 0;
    for _ in 0..120 {
        connections += u32::from(feed.waits_too_long(now));
        now += LOOK_OVER;
        if fixture.app.sites.get(site_id()).is_none() {
            gone += 1;
            // And yet it moves.
            fixture.site().on_delta(delta_text(5, 6).as_bytes()).unwrap();
        }
    }
    assert!(gone > 0 && connections <= 10, "{gone} times gone, {connections} connections in 10 minutes");
}

#[test]
fn a_site_whose_board_the_broker_has_stays_and_is_stale_until_the_next_one() {
    let fixture = at_odds();
    let (mut feed, mut now, mut connections) = (feed(&fixture), Instant::now(), 0);
    let shown = fixture.site().version().unwrap().board().seq;
    for _ in 0..120 {
        if feed.waits_too_long(now) {
            connections += 1;
            feed.link(&SessionEvent::Connected { connection: 2, session_present: false });
            // What the broker has kept is not the board that the delta followed.
            feed.take(&message("motcua/v1/tam-ky/live/board", &board_text(shown), true));
        }
        now += LOOK_OVER;
        let site = fixture.app.sites.get(site_id()).expect("the broker has a board of it");
        assert!(site.is_broken() && site.awaits_board_since().is_some());
        assert_eq!(site.version().unwrap().board().seq, shown, "the last one is shown");
    }
    assert_eq!(connections, 1, "another would bring nothing else");
    feed.take(&message("motcua/v1/tam-ky/live/board", &board_text(6), false));
    assert_eq!(fixture.site().awaits_board_since(), None);
}

#[test]
fn a_board_of_an_earlier_connection_says_nothing_of_what_the_broker_has_now() {
    let fixture = at_odds();
    let (mut feed, now) = (feed(&fixture), Instant::now());
    feed.take(&message("motcua/v1/tam-ky/live/board", &board_text(1), true));
    feed.waits_too_long(now);
    assert!(feed.waits_too_long(now + BOARD_DUE));
    feed.link(&SessionEvent::Connected { connection: 2, session_present: false });
    assert!(!feed.waits_too_long(now + BOARD_DUE * 2));
    assert!(fixture.app.sites.get(site_id()).is_none());
}

#[test]
fn nothing_is_given_up_while_the_collector_is_away() {
    let fixture = at_odds();
    fixture.app.health.no_sign();
    let (mut feed, now) = (feed(&fixture), Instant::now());
    for seconds in 0..100 {
        assert!(!feed.waits_too_long(now + Duration::from_secs(seconds)));
    }
    assert!(fixture.app.sites.get(site_id()).is_some());
}
