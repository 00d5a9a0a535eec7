//! What holds for every screen, whatever its size and state.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use tui::keys::Stroke;
use tui::message::What;
use tui::model::{Lang, Model, Pane, Settings, Size};
use tui::sample::{self, HEARD_MS, say};
use tui::view::{page, row_at};
use unicode_width::UnicodeWidthStr;

use super::{SMALL, TALL, WIDE, centre, frame, text};

#[test]
fn forty_counters_stand_on_one_small_screen_and_trouble_comes_first() {
    let screen = text(&centre(SMALL));
    for number in 1..=40 {
        let found = screen.split(|c: char| !c.is_alphanumeric()).any(|word| word == format!("q{number}"));
        assert!(found, "q{number} is not on the screen:\n{screen}");
    }
    let first = screen.lines().nth(8).unwrap();
    assert!(first.starts_with("!q7"), "{first}");
}

#[test]
fn the_mouse_finds_the_row_that_is_drawn_there() {
    for size in [SMALL, WIDE, TALL] {
        let model = centre(size);
        let buffer = frame(&model);
        let mut found = 0;
        for y in 0..size.rows {
            for x in 0..size.cols {
                let Some((pane, row)) = row_at(&model, x, y) else { continue };
                assert!(model.rows(pane).contains(&row));
                let here: String =
                    (x.saturating_sub(26)..(x + 27).min(size.cols)).map(|x| buffer[(x, y)].symbol()).collect();
                if size == SMALL {
                    assert!(here.contains(&row.to_string()), "{row} is not at {x},{y}: {here}");
                }
                found += 1;
            }
        }
        assert!(found > 1_000, "{size:?}: {found}");
    }
}

#[test]
fn a_page_is_what_is_seen() {
    let small = page(&centre(SMALL));
    assert_eq!((small.rows, small.columns), (14, 3));
    let tall = page(&centre(TALL));
    assert_eq!((tall.rows, tall.columns), (40, 1));
}

#[test]
fn nothing_that_people_read_is_cut_on_a_small_screen() {
    for lang in [Lang::Vi, Lang::En] {
        for pane in Pane::ALL {
            let mut model = sample::model(SMALL, Settings { lang, ..Settings::default() }, 40);
            model.pane = pane;
            let screen = text(&model);
            let heading = screen.lines().find(|line| line.contains(&format!("─ {} ", pane.index() + 1))).unwrap();
            assert!(!heading.contains('…'), "{heading}");
            if pane != Pane::Counters {
                let names = screen.lines().nth(if pane == Pane::Ratings { 10 } else { 4 }).unwrap();
                assert!(!names.contains('…'), "{lang:?} {pane:?}: {names}");
            }
            let keys = screen.lines().last().unwrap();
            assert!(keys.starts_with(" ? "), "the way to the help is always there: {keys}");
        }
    }
}

#[test]
fn names_from_outside_can_be_long_wide_decomposed_or_hostile() {
    let mut board = sample::board(40);
    board.seq += 1;
    board.name = "\u{1b}[31mE\u{302}\u{301}".repeat(60);
    board.services[0].name = "日本語".repeat(40);
    board.services[1].name = "Đa\u{302}\u{301}t\u{202e} đai\u{200b}".repeat(9);
    board.counters[0].officer_name = Some("Nguyễn".repeat(30));
    board.counters[1].name = String::new();
    for size in [SMALL, WIDE, TALL, Size { cols: 60, rows: 15 }] {
        let mut model = centre(size);
        sample::hear(&mut model, HEARD_MS + 10, board.clone());
        let screen = text(&model);
        assert!(!screen.contains(['\u{1b}', '\u{202e}', '\u{200b}']));
        for line in screen.lines() {
            assert!(line.width() <= usize::from(size.cols), "{line}");
        }
    }
}

/// Whatever the machine is busy with: far more than the 2 ms that the measurement promises, far
/// less than what anybody would notice.
#[test]
fn a_frame_takes_no_time() {
    let model = centre(TALL);
    let begun = Instant::now();
    let _ = frame(&model);
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
}

fn any_key() -> impl Strategy<Value = Stroke> {
    prop::sample::select("?/:sefrpLTjkhlgG12345678 aq0>=".chars().collect::<Vec<_>>()).prop_map(Stroke::char)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    /// No keys, no size and no number of counters make the drawing fail or leave the screen.
    #[test]
    fn every_screen_can_be_drawn(
        cols in 1_u16..230, rows in 1_u16..75, counters in 0_usize..90, ascii: bool,
        keys in prop::collection::vec(any_key(), 0..12),
    ) {
        let mut model: Model = sample::model(Size { cols, rows }, Settings { ascii, ..Settings::default() }, counters);
        for key in keys {
            say(&mut model, HEARD_MS + 10, What::Key(key));
            let screen = text(&model);
            prop_assert_eq!(screen.lines().count(), usize::from(rows));
            prop_assert!(!ascii || screen.is_ascii());
            let _ = (page(&model), row_at(&model, cols / 2, rows / 2));
        }
    }
}
