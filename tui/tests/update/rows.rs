//! Rows never move under the cursor.

use domain::event::CounterStatus;
use tui::keys::Code;
use tui::message::What;
use tui::model::Pane;

use crate::{Desk, counter};

/// Something that puts a counter in trouble, and so to the top.
fn trouble(desk: &mut Desk) {
    desk.hears(|board| {
        let since = board.as_of.plus(-3_600_000);
        let row = board.counters.iter_mut().find(|row| row.counter.as_str() == "q1").unwrap();
        (row.status, row.since) = (CounterStatus::Open, Some(since));
        (row.ticket, row.ticket_state) = (None, None);
        row.services = board.services.iter().map(|service| service.service).collect();
    });
}

#[test]
fn rows_hold_still_for_ten_seconds_after_a_key() {
    let mut desk = Desk::new();
    desk.types("jj");
    let (before, selected) = (desk.rows(Pane::Counters), desk.selected());
    desk.waits(1);
    trouble(&mut desk);
    assert_eq!(desk.rows(Pane::Counters), before);
    assert!(desk.model.active().order_is_old);
    desk.waits(8);
    assert_eq!(desk.rows(Pane::Counters), before);
    let actions = desk.waits(2);
    assert_eq!(desk.rows(Pane::Counters)[0], "q1");
    assert!(actions.iter().any(|action| action.redraw));
    assert_eq!(desk.selected(), selected, "the cursor stays with what it is of");
}

#[test]
fn a_key_puts_rows_in_order_at_once() {
    let mut desk = Desk::new();
    desk.types("j");
    trouble(&mut desk);
    assert_ne!(desk.rows(Pane::Counters)[0], "q1");
    desk.types(" ");
    assert_eq!(desk.rows(Pane::Counters)[0], "q1");
    assert!(!desk.model.active().order_is_old);
}

#[test]
fn other_panes_follow_the_data_while_keys_are_used() {
    let mut desk = Desk::new();
    desk.ms += 5_000;
    desk.types("1");
    trouble(&mut desk);
    assert_eq!(desk.rows(Pane::Counters)[0], "q1", "the keys go to the services");
}

#[test]
fn a_row_that_has_gone_keeps_its_place_until_rows_are_put_in_order() {
    let mut desk = Desk::new();
    desk.types("jj");
    let before = desk.rows(Pane::Counters);
    desk.hears(|board| board.counters.retain(|row| row.counter.as_str() != before[0]));
    assert_eq!(desk.rows(Pane::Counters), before);
    desk.waits(11);
    assert_eq!(desk.rows(Pane::Counters), before[1..]);
}

#[test]
fn nothing_moves_while_a_line_is_typed_or_details_are_read() {
    for key in ['/', '?'] {
        let mut desk = Desk::new();
        desk.types(&key.to_string());
        let before = desk.rows(Pane::Counters);
        trouble(&mut desk);
        desk.waits(30);
        assert_eq!(desk.rows(Pane::Counters), before);
    }
}

#[test]
fn the_cursor_moves_by_row_and_column_and_page() {
    let mut desk = Desk::new();
    let rows = desk.rows(Pane::Counters);
    let place = |desk: &Desk| desk.model.selected_index(Pane::Counters).unwrap();
    assert_eq!(desk.selected(), None, "nothing is selected before a key");
    desk.press(Code::Down);
    assert_eq!(place(&desk), 0);
    desk.types("j");
    assert_eq!(place(&desk), 1);
    let page = tui::view::page(&desk.model);
    assert!(page.columns > 1, "forty counters fit on 80×24");
    desk.press(Code::Right);
    assert_eq!(place(&desk), 1 + page.rows);
    desk.press(Code::Left);
    assert_eq!(place(&desk), 1);
    desk.press(Code::Left);
    assert_eq!(place(&desk), 1, "there is no column to the left");
    desk.types("G");
    assert_eq!(place(&desk), rows.len() - 1);
    desk.press(Code::PageDown);
    assert_eq!(place(&desk), rows.len() - 1);
    desk.types("g");
    assert_eq!(place(&desk), 0);
}

#[test]
fn sorting_by_the_same_column_again_reverses() {
    let mut desk = Desk::new();
    desk.types("sj");
    desk.press(Code::Enter);
    let by_name = desk.rows(Pane::Counters);
    assert_eq!(by_name[..2], ["q1", "q2"]);
    desk.types("s");
    desk.press(Code::Enter);
    let mut reversed = desk.rows(Pane::Counters);
    reversed.reverse();
    assert_eq!(reversed, by_name);
    desk.types("r");
    assert_eq!(desk.rows(Pane::Counters), by_name);
}

#[test]
fn a_frozen_view_stands_while_data_flows_on() {
    let mut desk = Desk::new();
    desk.types("f");
    let (rows, as_of) = (desk.rows(Pane::Counters), desk.model.shown_as_of());
    let action = desk.hears(|board| {
        board.as_of = board.as_of.plus(60_000);
        board.counters.truncate(3);
    });
    assert!(!action.redraw, "nothing that is drawn has changed");
    desk.waits(15);
    assert_eq!((desk.rows(Pane::Counters), desk.model.shown_as_of()), (rows, as_of));
    assert_eq!(desk.model.shown().unwrap().counters.len(), 40);
    assert_eq!(desk.board().counters.len(), 3);
    desk.types("f");
    assert_eq!(desk.rows(Pane::Counters).len(), 3);
}

#[test]
fn a_click_selects_a_row_and_another_shows_it() {
    let mut desk = Desk::new();
    let cells = (0..24).flat_map(|row| (0..80).map(move |column| (column, row)));
    let place = cells
        .into_iter()
        .find(|(column, row)| tui::view::row_at(&desk.model, *column, *row) == Some((Pane::Counters, counter("q2"))));
    let (column, row) = place.unwrap();
    desk.say(What::Click { column, row });
    assert_eq!(desk.selected(), Some(counter("q2")));
    assert!(desk.model.overlay.is_none());
    desk.say(What::Click { column, row });
    assert!(desk.model.overlay.is_some());
}
