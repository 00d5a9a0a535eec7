use proptest::prelude::*;

use super::*;
use crate::live::{Ranges, View};
use crate::testing::{alive_text, board, board_text, delta_text, site_id};

/// What came out, for short: `s7` a snapshot, `d7` a delta to 7, `a7` an alive.
fn told(frames: &[Frame]) -> String {
    let one = |frame: &Frame| {
        let seq = |text: &str| serde_json::from_str::<LiveHead>(text).unwrap().seq;
        match frame {
            Frame::Snapshot(version) => format!("s{}", version.board().seq),
            Frame::Delta(_) => format!("d{}", seq(&frame.text(View::Full))),
            Frame::Alive(text) => format!("a{}", seq(text)),
        }
    };
    frames.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// Feeds `b7` (board 7), `d7-8` (delta), `a7` (alive), `x` (connection lost); says what came out.
fn play(chain: &mut Chain, script: &str) -> String {
    let number = |text: &str| text.parse::<u64>().unwrap();
    let mut out = Vec::new();
    for step in script.split(' ') {
        let frames = match step.split_at(1) {
            ("b", seq) => chain.on_board(&board_text(number(seq))),
            ("a", seq) => chain.on_delta(alive_text(number(seq)).as_bytes()),
            ("d", pair) => {
                let (prev, seq) = pair.split_once('-').unwrap();
                chain.on_delta(delta_text(number(prev), number(seq)).as_bytes())
            }
            _ => {
                chain.mark_broken();
                Ok(Vec::new())
            }
        };
        out.push(told(&frames.unwrap()));
    }
    out.retain(|text| !text.is_empty());
    out.join(" ")
}

fn after(script: &str) -> String {
    play(&mut Chain::new(site_id()), script)
}

#[test]
fn deltas_follow_the_first_board() {
    assert_eq!(after("d1-2 a2 b5 d5-7 a7 d7-8"), "s5 d7 a7 d8");
}

#[test]
fn retained_boards_change_nothing_while_the_chain_is_whole() {
    assert_eq!(after("b5 d5-7 b7 d7-8 b8 b8 d8-9"), "s5 d7 d8 d9");
}

#[test]
fn deltas_that_overtake_their_board_are_not_lost() {
    assert_eq!(after("b5 d6-7 d7-8 d8-9 b7 d9-10"), "s5 s9 d10");
    assert_eq!(after("d7-8 d8-9 b7 d9-10"), "s9 d10", "nor before the first board");
    assert_eq!(after("b5 d6-7 d8-9 b7 d9-10 b9 d10-11"), "s5 s7 s10 d11", "one more is missing");
}

#[test]
fn what_is_put_by_has_a_bound() {
    let mut chain = Chain::new(site_id());
    play(&mut chain, "b1");
    for seq in 2..10_000 {
        play(&mut chain, &format!("d{seq}-{}", seq + 1));
    }
    assert_eq!(chain.ahead.len(), AHEAD);
    assert_eq!(play(&mut chain, "b9000 b9999"), "s9000 s10000");
    assert!(chain.ahead.is_empty() && !chain.is_broken());
}

#[test]
fn a_lost_delta_silences_the_site_until_the_next_board() {
    assert_eq!(after("b5 d6-7 d7-8 a8 b8 d8-9"), "s5 s8 d9");
}

#[test]
fn a_delta_after_a_board_that_overtook_it_adopts_that_board() {
    assert_eq!(after("b5 b7 d7-8"), "s5 s7 d8");
    assert_eq!(after("b5 b7 a7"), "s5 s7 a7");
}

#[test]
fn a_board_that_is_only_ahead_of_its_delta_costs_no_snapshot() {
    assert_eq!(after("b5 b7 d5-7 d7-8"), "s5 d7 d8");
}

#[test]
fn after_a_lost_connection_the_retained_board_tells_what_was_missed() {
    assert_eq!(after("b5 d5-7 x b9 d9-10"), "s5 d7 s9 d10");
    assert_eq!(after("b5 d5-7 x b7 a7 d7-8"), "s5 d7 a7 d8", "nothing was missed");
    assert_eq!(after("b5 d5-7 x b5 d7-8"), "s5 d7 d8", "the retained board was a little older");
    assert_eq!(after("b5 d5-7 x b5 d8-9 b9"), "s5 d7 s9", "older, and something was missed");
}

#[test]
fn a_wiped_collector_that_starts_lower_is_believed_when_two_messages_agree() {
    assert_eq!(after("b500 d500-501 b3 a3 d3-4"), "s500 d501 s3 a3 d4");
    assert_eq!(after("b500 b3 d3-4 d4-5"), "s500 s3 d4 d5");
    assert_eq!(after("b500 b3 d4-5 b5 a5"), "s500 s5 a5");
}

#[test]
fn a_message_of_the_past_is_not_a_gap() {
    let mut chain = Chain::new(site_id());
    assert_eq!(play(&mut chain, "b8 d5-7 a7"), "s8");
    assert!(!chain.is_broken());
}

#[test]
fn what_cannot_be_read_changes_nothing() {
    let mut chain = Chain::new(site_id());
    play(&mut chain, "b5");
    for bad in ["", "{", "[]", r#"{"type":"delta","seq":6}"#, r#"{"type":"snapshot","seq":5}"#, r#"{"seq":6,"prev":5}"#]
    {
        assert!(chain.on_delta(bad.as_bytes()).is_err(), "{bad}");
    }
    let mut other = board(6);
    other.site = SiteId::new("hoi-an").unwrap();
    assert!(matches!(
        Chain::new(site_id()).on_board(&serde_json::to_vec(&other).unwrap()),
        Err(Unusable::WrongSite(_))
    ));
    assert_eq!(play(&mut chain, "d5-6"), "d6");
}

#[test]
fn a_delta_that_cannot_be_folded_breaks_the_chain() {
    let mut chain = Chain::new(site_id());
    play(&mut chain, "b5");
    let bad = r#"{"type":"delta","prev":5,"seq":6,"as_of":"2026-11-23T01:02:03.004Z","services":[{"service":"x"}]}"#;
    assert!(chain.on_delta(bad.as_bytes()).is_err());
    assert_eq!(play(&mut chain, "d6-7 b7 d7-8"), "s7 d8");
}

/// Folds what a client gets, as a client does; fails when two frames do not join.
fn client(view: View, frames: &[Frame]) -> Option<Value> {
    let mut board: Option<Board> = None;
    for frame in frames {
        match serde_json::from_str(&frame.text(view)).unwrap() {
            Message::Snapshot { board: new, .. } => board = Some(new),
            Message::Delta(delta) => fold(board.as_mut().unwrap(), delta).unwrap(),
            Message::Alive { seq, .. } => assert_eq!(board.as_ref().unwrap().seq, seq),
        }
    }
    board.map(|board| serde_json::from_slice(&Version::new(board, &Ranges::new()).board_json(view)).unwrap())
}

use domain::board::{Message, fold};
use serde_json::Value;

proptest! {
    /// Whatever is lost on the way, what a client folds is the board of the chain, in both views,
    /// and a board and an alive at the end always bring it to the truth.
    #[test]
    fn what_clients_fold_is_the_board(fates in proptest::collection::vec((0..10_u8, any::<bool>(), any::<bool>()), 1..60)) {
        let mut chain = Chain::new(site_id());
        let mut frames = Vec::new();
        let mut seq = 0;
        for (fate, delta_lost, board_lost) in fates {
            match fate {
                0 => chain.mark_broken(),
                1 => frames.extend(chain.on_delta(alive_text(seq).as_bytes()).unwrap()),
                _ => {
                    if !(delta_lost && fate < 5) {
                        frames.extend(chain.on_delta(delta_text(seq, seq + 1).as_bytes()).unwrap());
                    }
                    seq += 1;
                    if !board_lost {
                        frames.extend(chain.on_board(&board_text(seq)).unwrap());
                    }
                }
            }
        }
        frames.extend(chain.on_board(&board_text(seq)).unwrap());
        frames.extend(chain.on_delta(alive_text(seq).as_bytes()).unwrap());
        prop_assert!(!chain.is_broken());
        let truth = Version::new(board(seq), &Ranges::new());
        for view in [View::Full, View::Public] {
            let expected: Value = serde_json::from_slice(&truth.board_json(view)).unwrap();
            prop_assert_eq!(client(view, &frames), Some(expected));
        }
    }
}
