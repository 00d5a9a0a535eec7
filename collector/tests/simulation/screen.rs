//! A screen that has been watching all day: what it folds from deltas is the board, and no board
//! contradicts itself.

use std::collections::BTreeSet;

use collector::flow::Output;
use domain::Seconds;
use domain::board::{Board, Message, fold};
use serde_json::Value;

use crate::hall::{day_of, day_start};

/// See the module.
#[derive(Default)]
pub struct Screen {
    board: Option<Board>,
    seq: u64,
    /// Calls that were announced, by (business day, their own numbers): none is announced again.
    newest_call: u64,
}

impl Screen {
    /// Takes in what goes out.
    ///
    /// # Errors
    /// When it contradicts what was seen before, or itself.
    pub fn take(&mut self, output: &Output) -> Result<(), String> {
        if let Some(delta) = &output.delta {
            let Ok(Message::Delta(delta)) = serde_json::from_slice(delta) else { return Err("not a delta".into()) };
            if delta.seq <= self.seq {
                return Err(format!("seq {} after {}", delta.seq, self.seq));
            }
            self.seq = delta.seq;
            match &mut self.board {
                Some(board) if board.seq == delta.prev => {
                    if delta.as_of < board.as_of {
                        return Err(format!("as_of {} after {}", delta.as_of, board.as_of));
                    }
                    fold(board, delta).map_err(|error| error.to_string())?;
                    check(board)?;
                }
                _ => self.board = None,
            }
        }
        if let Some(told) = &output.board {
            let told: Board = serde_json::from_slice(told).map_err(|error| error.to_string())?;
            check(&told)?;
            self.calls(&told)?;
            match &self.board {
                Some(board) if board.seq == told.seq && sorted(board) != sorted(&told) => {
                    return Err(format!("what is folded is not what is told: {}", differences(board, &told)));
                }
                Some(board) if board.seq > told.seq => return Err(format!("board {} after {}", told.seq, board.seq)),
                _ => {}
            }
            self.seq = self.seq.max(told.seq);
            self.board = Some(told);
        }
        Ok(())
    }

    /// Call numbers only grow, over restarts too, as long as nobody's announcement was lost with
    /// what was not synced.
    fn calls(&mut self, board: &Board) -> Result<(), String> {
        if let Some(newest) = board.calls.first() {
            self.newest_call = newest.call_seq;
        }
        let seqs: Vec<u64> = board.calls.iter().map(|call| call.call_seq).collect();
        if seqs.is_sorted_by(|a, b| a > b) { Ok(()) } else { Err(format!("calls out of order: {seqs:?}")) }
    }

    /// The board as it stands.
    pub const fn board(&self) -> Option<&Board> {
        self.board.as_ref()
    }

    /// The process has ended: what it had shown and not synced may be taken back.
    pub fn restart(&mut self) {
        self.newest_call = 0;
    }
}

/// The board with its rows in the order of their keys: a row that is new stands where there is
/// room until the next snapshot. Without its clock, which goes on while nothing changes.
pub fn sorted(board: &Board) -> Board {
    let mut board = board.clone();
    board.as_of = domain::Timestamp::MIN;
    board.services.sort_by_key(|row| row.service);
    board.counters.sort_by_key(|row| row.counter);
    board.missed.sort_by_key(|row| row.ticket);
    board.devices.sort_by_key(|row| row.device);
    board
}

/// The members in which two boards differ.
pub fn differences(one: &Board, other: &Board) -> String {
    let members = |board| serde_json::to_value(sorted(board)).unwrap();
    let (one, other) = (members(one), members(other));
    let differs = |(name, value): (&String, &Value)| {
        (other[name] != *value).then(|| format!("\n{name}: {value}\n{name}: {}", other[name]))
    };
    one.as_object().unwrap().iter().filter_map(differs).collect()
}

/// Whether a board agrees with itself.
fn check(board: &Board) -> Result<(), String> {
    let zero = Seconds::from_ms(0);
    let mut placed = BTreeSet::new();
    for service in &board.services {
        let waits = [service.longest_wait_s, service.wait_mean_s, service.wait_p50_s, service.wait_p90_s];
        if waits.into_iter().flatten().any(|wait| wait < zero) {
            return Err(format!("a negative wait: {service:?}"));
        }
        if (service.waiting == 0) != service.longest_wait_s.is_none() || service.next.len() > service.waiting as usize {
            return Err(format!("a line that is not as long as it is: {service:?}"));
        }
        if (service.called == 0) != service.wait_p50_s.is_none() {
            return Err(format!("waits without calls: {service:?}"));
        }
        for ticket in &service.next {
            if !placed.insert(*ticket) {
                return Err(format!("{ticket} stands in two places"));
            }
        }
    }
    for counter in &board.counters {
        if counter.ticket.is_some() != counter.ticket_state.is_some() {
            return Err(format!("half a ticket: {counter:?}"));
        }
        if counter.ticket.is_some_and(|ticket| !placed.insert(ticket)) {
            return Err(format!("{:?} stands in two places", counter.ticket));
        }
        // With recorded time a day may have begun whose first event a power cut has taken back.
        let midnight = |since: domain::Timestamp| since.ms() == day_start(day_of(since.ms()));
        if counter.since.is_some_and(|since| since > board.as_of && !midnight(since)) {
            return Err(format!("since {:?}, and it is {}", counter.since, board.as_of));
        }
    }
    if board.calls.iter().any(|call| call.ts > board.as_of) {
        return Err("a call of the future".into());
    }
    Ok(())
}
