//! Whatever the pictures and their times are, what an eye says makes sense.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;

use motion::{Cause, Eye, Kind, Picture, Sight, Tuning, Word, Zone};
use proptest::prelude::*;

/// One picture: its size, what is drawn, how long after the last one.
#[derive(Debug, Clone)]
struct Frame {
    after_ms: i64,
    size: (usize, usize),
    wall: u8,
    thing: Option<(f64, f64, u8)>,
    lost: bool,
}

fn frame() -> impl Strategy<Value = Frame> {
    let after = prop_oneof![8 => Just(200_i64), 1 => -5_000..5_000_i64, 1 => Just(0), 1 => Just(3_600_000)];
    let size = prop_oneof![9 => Just((96, 64)), 1 => Just((64, 96)), 1 => Just((17, 16)), 1 => Just((333, 47))];
    let thing = proptest::option::of((0.0..1.0, 0.0..1.0, any::<u8>()));
    (after, size, prop_oneof![8 => Just(90_u8), 1 => any::<u8>()], thing, proptest::bool::weighted(0.03))
        .prop_map(|(after_ms, size, wall, thing, lost)| Frame { after_ms, size, wall, thing, lost })
}

fn draw(frame: &Frame) -> Vec<u8> {
    let (w, h) = frame.size;
    let pixel = |at: usize| {
        let (x, y) = ((at % w) as f64 / w as f64, (at / w) as f64 / h as f64);
        match frame.thing {
            Some((tx, ty, luma)) if (x - tx).abs() < 0.12 && (y - ty).abs() < 0.2 => luma,
            _ => frame.wall.wrapping_add((at % w / 8 * 3) as u8),
        }
    };
    (0..w * h).map(pixel).collect()
}

fn zones() -> Vec<Zone> {
    let zone = |kind, polygon: &[[f64; 2]]| Zone { kind, polygon: polygon.to_vec(), tuning: Tuning::default() };
    vec![
        zone(Kind::Waiting, &[[0.0, 0.0], [0.6, 0.0], [0.6, 1.0], [0.0, 1.0]]),
        zone(Kind::Ignore, &[[0.2, 0.2], [0.4, 0.2], [0.4, 0.6]]),
        zone(Kind::Counter, &[[0.5, 0.3], [1.0, 0.3], [0.9, 1.0]]),
    ]
}

/// What an eye says of the frames, and its zones at the end.
fn said(frames: &[Frame]) -> Vec<Word> {
    let (mut eye, mut words, mut at_ms) = (Eye::new(zones()).unwrap(), Vec::new(), 1_000_000);
    for frame in frames {
        at_ms += frame.after_ms;
        let luma = draw(frame);
        eye.look(at_ms, &Picture::new(&luma, frame.size.0, frame.size.1, frame.size.0).unwrap(), &mut words);
        if frame.lost {
            eye.lost(&mut words);
        }
        for zone in eye.zones() {
            assert!(zone.level.is_none_or(|level| (0.0..=1.0).contains(&level)));
            assert!(eye.sight() == Sight::Watching || zone.level.is_none());
        }
    }
    eye.end(i64::MAX / 4, &mut words);
    words
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_motion_begins_once_and_ends_once_and_levels_are_told_seldom(frames in prop::collection::vec(frame(), 1..120)) {
        let words = said(&frames);
        let (mut open, mut told) = (BTreeMap::new(), BTreeMap::new());
        let mut last = 0;
        for word in &words {
            match *word {
                Word::Started { zone, motion, at_ms, level } => {
                    prop_assert!(motion > last && zone != 1 && (0.0..=1.0).contains(&level));
                    last = motion;
                    prop_assert_eq!(open.insert(zone, (motion, at_ms)), None);
                }
                Word::Ended { zone, motion, began_ms, at_ms, level, cause } => {
                    prop_assert_eq!(open.remove(&zone), Some((motion, began_ms)));
                    prop_assert!(at_ms >= began_ms && (0.0..=1.0).contains(&level), "{:?}", word);
                    if cause == Cause::Lost {
                        told.remove(&zone);
                    }
                }
                Word::Level { zone, at_ms, level } => {
                    prop_assert!(zone != 1 && (0.0..=1.0).contains(&level));
                    prop_assert!((level * 100.0 - (level * 100.0).round()).abs() < 1e-9);
                    if let Some((before_ms, before)) = told.insert(zone, (at_ms, level)) {
                        // After a picture was lost the first level is told whatever it was before.
                        let again = frames.iter().any(|frame| frame.lost || frame.after_ms.abs() > 3_000 || frame.wall != 90);
                        prop_assert!(at_ms > before_ms);
                        prop_assert!(again || (at_ms - before_ms >= 1_000 && f64::abs(level - before) >= 0.05 - 1e-9));
                    }
                }
            }
        }
        prop_assert!(open.is_empty(), "{open:?}");
        prop_assert_eq!(said(&frames), words, "the same looks give the same words");
    }
}
