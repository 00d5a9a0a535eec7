use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::model::Column;
use crate::sample;

fn names(pane: Pane, column: Column, reversed: bool) -> Vec<String> {
    let board = sample::board(40);
    let seen = Seen { board: &board, as_of: board.as_of, dead_letters: &[], privacy: false };
    let rows = ordered(&seen, pane, Sort { column, reversed }, &Filter::default());
    rows.iter().map(ToString::to_string).collect()
}

#[test]
fn counters_in_trouble_come_first_and_the_rest_by_number() {
    let rows = names(Pane::Counters, Column::Trouble, false);
    assert_eq!(rows[0], "q7", "idle for twelve minutes while nine wait");
    let trouble: BTreeSet<&str> = rows[..5].iter().map(String::as_str).collect();
    assert!(trouble.is_superset(&["q7", "q9", "q12", "q30"].into()), "{rows:?}");
    let at = |name: &str| rows.iter().position(|row| row == name).unwrap();
    assert!(at("q1") < at("q2") && at("q2") < at("q11"), "numbers count as numbers: {rows:?}");
    assert!(at("q4") > at("q40"), "closed counters come last: {rows:?}");
}

#[test]
fn services_stand_by_the_longest_wait_and_nobody_waiting_comes_last() {
    let board = sample::board(40);
    let rows = names(Pane::Services, Column::LongestWait, false);
    let wait = |name: &String| board.services.iter().find(|row| row.service.as_str() == name).unwrap().longest_wait_s;
    let waits: Vec<_> = rows.iter().map(wait).collect();
    let known: Vec<_> = waits.iter().flatten().collect();
    assert!(known.is_sorted_by(|a, b| a >= b), "{waits:?}");
    assert!(waits.iter().skip_while(|wait| wait.is_some()).all(Option::is_none), "{waits:?}");
}

#[test]
fn what_is_not_known_stands_last_either_way() {
    for reversed in [false, true] {
        let rows = names(Pane::Counters, Column::Utilisation, reversed);
        let closed: BTreeSet<&str> = rows[36..].iter().map(String::as_str).collect();
        assert_eq!(closed, ["q4", "q14", "q24", "q34"].into(), "reversed: {reversed}");
    }
}

#[test]
fn services_stand_by_the_promises_they_broke() {
    let rows = names(Pane::Services, Column::Promise, false);
    assert_eq!((rows.first().unwrap().as_str(), rows.last().unwrap().as_str()), ("ho-tich", "ho-kinh-doanh"));
    assert_eq!(names(Pane::Services, Column::Promise, true).last().unwrap(), "ho-kinh-doanh", "it has made none");
    let expected = names(Pane::Services, Column::Estimate, false);
    assert_eq!(expected[..2], ["dau-tu", "dat-dai-bien-dong"]);
}

#[test]
fn lost_devices_come_first() {
    let rows = names(Pane::Devices, Column::Trouble, false);
    assert_eq!(rows.len(), 74);
    let first: BTreeSet<&str> = rows[..4].iter().map(String::as_str).collect();
    assert_eq!(first, ["nut-17", "cam-11", "nut-31", "tv-sanh"].into());
}

#[test]
fn the_newest_call_comes_first() {
    let rows = names(Pane::Calls, Column::Time, false);
    assert_eq!(rows.len(), 20);
    assert_eq!(names(Pane::Calls, Column::Time, true).first(), rows.last());
}

#[test]
fn holding_still_moves_nothing() {
    let id = |n: u64| RowId::Call(n);
    let mut state = PaneState::new(Pane::Calls);
    settle(Pane::Calls, &mut state, vec![id(3), id(2), id(1)]);
    state.selected = Some(id(2));
    hold(&mut state, &[id(4), id(3), id(2)]);
    assert_eq!(state.order, [id(3), id(2), id(1), id(4)], "new rows come last, gone ones stay");
    assert!(state.order_is_old);
    settle(Pane::Calls, &mut state, vec![id(5), id(4), id(3)]);
    assert_eq!(state.order, [id(5), id(4), id(3)]);
    assert_eq!(state.selected, Some(id(4)), "the cursor passes to the row in the place of the one that has gone");
}

#[test]
fn the_cursor_waits_for_a_counter_that_comes_back() {
    let q = |n: u32| RowId::Counter(format!("q{n}").parse().unwrap());
    let mut state = PaneState::new(Pane::Counters);
    settle(Pane::Counters, &mut state, vec![q(1), q(2)]);
    state.selected = Some(q(2));
    settle(Pane::Counters, &mut state, vec![q(1)]);
    settle(Pane::Counters, &mut state, vec![q(2), q(1)]);
    assert_eq!(state.selected, Some(q(2)));
}

fn any_sort() -> impl Strategy<Value = (Pane, Sort)> {
    let panes = Pane::ALL.into_iter().flat_map(|pane| pane.columns().iter().map(move |column| (pane, *column)));
    let all: Vec<(Pane, Column)> = panes.collect();
    (0..all.len(), any::<bool>()).prop_map(move |(at, reversed)| (all[at].0, Sort { column: all[at].1, reversed }))
}

proptest! {
    #[test]
    fn every_order_has_every_row_once((pane, sort) in any_sort()) {
        let board = sample::board(40);
        let seen = Seen { board: &board, as_of: board.as_of, dead_letters: &[], privacy: false };
        let rows = ordered(&seen, pane, sort, &Filter::default());
        let once: BTreeSet<&RowId> = rows.iter().collect();
        prop_assert_eq!(once.len(), rows.len());
        let default = ordered(&seen, pane, Sort { column: pane.columns()[0], reversed: false }, &Filter::default());
        prop_assert_eq!(once, default.iter().collect::<BTreeSet<_>>());
    }
}
