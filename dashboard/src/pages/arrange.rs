//! Which calls stand where, for a page that has just been made. `web/js/calls.js` goes on from
//! here: its first arrangement of a board is this one.

use domain::board::{Board, CallRow};

use super::options::Options;
use super::show::is_long;

/// A call younger than this is announced by a page that has just come (again).
pub const FRESH_MS: i64 = 10_000;
/// A call stays in the list at least this long.
const KEPT_MS: i64 = 60_000;
/// Most calls that are newest at once, and most when one of them has a long number.
const TOGETHER: (usize, usize) = (3, 2);

/// How much of the wall the calls take. Each has its places in the list; long numbers need twice
/// the width.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Large rows beside the services.
    Normal,
    /// More rows beside the services.
    Dense,
    /// The whole wall: a minute with more calls than fit beside the services.
    Wide,
}

impl Mode {
    /// For `data-mode`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Dense => "dense",
            Self::Wide => "wide",
        }
    }

    /// Rows of the list.
    const fn rows(self, long: bool, newest: usize) -> usize {
        let short = match self {
            Self::Normal => 8,
            Self::Dense => 10,
            Self::Wide if newest > 1 => 15,
            Self::Wide => 18,
        };
        if long { short / 2 } else { short }
    }

    /// The least that holds `needed` rows.
    fn for_rows(needed: usize, long: bool, newest: usize) -> Self {
        let holds = |mode: &Self| mode.rows(long, newest) >= needed;
        [Self::Normal, Self::Dense].into_iter().find(holds).unwrap_or(Self::Wide)
    }
}

/// The calls of a wall.
#[derive(Debug)]
pub struct Arranged<'a> {
    /// Those that are being announced, newest first: at least one if there is any.
    pub newest: Vec<&'a CallRow>,
    /// The list, newest first.
    pub listed: Vec<&'a CallRow>,
    /// How much room they take.
    pub mode: Mode,
    /// Whether a number among them is long.
    pub long: bool,
}

/// Arranges the calls of a board.
#[must_use]
pub fn arrange<'a>(board: &'a Board, options: &Options) -> Arranged<'a> {
    let calls: Vec<&CallRow> = board.calls.iter().filter(|call| options.shows_call(board, call)).collect();
    let age = |call: &CallRow| board.as_of.since(call.ts);
    let long = calls.iter().any(|call| is_long(call.ticket.as_str()));
    let together = if long { TOGETHER.1 } else { TOGETHER.0 };
    let mut newest: Vec<&CallRow> = calls.iter().copied().filter(|call| age(call) < FRESH_MS).take(together).collect();
    if newest.is_empty() {
        newest.extend(calls.first().copied());
    }
    let announced = |call: &CallRow| newest.iter().any(|one| one.call_seq == call.call_seq);
    let others: Vec<&CallRow> = calls.into_iter().filter(|call| !announced(call)).collect();
    let needed = others.iter().filter(|call| age(call) < KEPT_MS).count();
    let mode = Mode::for_rows(needed, long, newest.len());
    let rows = mode.rows(long, newest.len());
    let mut room = rows.saturating_sub(needed);
    let mut listed: Vec<&CallRow> = Vec::new();
    for (at, call) in others.iter().enumerate() {
        let old = age(call) >= KEPT_MS;
        let again = || newest.iter().chain(&others[..at]).any(|later| later.ticket == call.ticket);
        if old && (room == 0 || again()) {
            continue;
        }
        room -= usize::from(old);
        listed.push(call);
    }
    listed.truncate(rows);
    Arranged { newest, listed, mode, long }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::board;

    /// A board with calls of these ages, newest first.
    fn called(ages_s: &[i64]) -> Board {
        let mut board = board(1);
        let row = board.calls[0].clone();
        let call = |(at, age): (usize, &i64)| CallRow {
            call_seq: 1_000 - at as u64,
            ticket: format!("A{at:03}").parse().unwrap(),
            ts: board.as_of.plus(-age * 1_000),
            ..row.clone()
        };
        board.calls = ages_s.iter().enumerate().map(call).collect();
        board
    }

    fn counts(board: &Board) -> (usize, usize, Mode) {
        let arranged = arrange(board, &Options::default());
        (arranged.newest.len(), arranged.listed.len(), arranged.mode)
    }

    #[test]
    fn the_newest_stands_apart_however_old_it_is() {
        assert_eq!(counts(&called(&[])), (0, 0, Mode::Normal));
        assert_eq!(counts(&called(&[900])), (1, 0, Mode::Normal));
        assert_eq!(counts(&called(&[0, 0, 30])), (2, 1, Mode::Normal));
        assert_eq!(counts(&called(&[1; 5])), (3, 2, Mode::Normal));
    }

    #[test]
    fn a_minute_with_many_calls_takes_more_room() {
        assert_eq!(counts(&called(&[20; 9])), (1, 8, Mode::Normal));
        assert_eq!(counts(&called(&[20; 10])), (1, 9, Mode::Dense));
        assert_eq!(counts(&called(&[20; 18])), (1, 17, Mode::Wide));
        assert_eq!(counts(&called(&[2; 18])), (3, 15, Mode::Wide));
        assert_eq!(counts(&called(&[100; 20])), (1, 8, Mode::Normal));
    }

    #[test]
    fn long_numbers_take_twice_the_room() {
        let mut board = called(&[20; 10]);
        board.calls[3].ticket = "KS-2026-0001".parse().unwrap();
        assert_eq!(counts(&board), (1, 9, Mode::Wide));
        board.calls.truncate(5);
        assert_eq!(counts(&board), (1, 4, Mode::Normal));
    }

    #[test]
    fn a_call_keeps_its_minute_whatever_order_the_log_has() {
        let mut ages = [600; 20];
        (ages[12], ages[19]) = (30, 5);
        let board = called(&ages);
        let arranged = arrange(&board, &Options::default());
        assert_eq!(arranged.newest[0].call_seq, 981, "the youngest, though others came into the log after it");
        assert!(arranged.listed.iter().any(|call| call.call_seq == 988));
        assert_eq!(arranged.listed.len(), 8);
    }

    #[test]
    fn a_ticket_called_again_stands_once_after_its_minute() {
        let mut board = called(&[20, 30, 90]);
        board.calls[2].ticket = board.calls[0].ticket;
        assert_eq!(counts(&board), (1, 1, Mode::Normal));
    }
}
