//! What a change of the board and a frame cost, for the benchmarks.

use std::time::{Duration, Instant};

use domain::board::{Delta, Message, Removed};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use crate::message::What;
use crate::model::{Settings, Size};
use crate::{sample, view};

const ROUNDS: u32 = 500;

/// Means over 500 rounds.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    /// Taking in a delta of five counters and all services.
    pub delta: Duration,
    /// Drawing the whole screen after it, on a terminal in memory.
    pub frame: Duration,
}

/// Measures a centre of so many counters on a terminal of this size.
///
/// # Panics
/// Never: the terminal is memory, and what is taken in was written by this program.
#[must_use]
pub fn measure(cols: u16, rows: u16, counters: usize) -> Cost {
    let mut model = sample::model(Size { cols, rows }, Settings::default(), counters);
    let mut terminal = Terminal::new(TestBackend::new(cols, rows)).expect("memory is a terminal");
    let mut all = Cost { delta: Duration::ZERO, frame: Duration::ZERO };
    for round in 0..ROUNDS {
        let text = delta(&model, round as usize);
        let begin = Instant::now();
        sample::say(&mut model, sample::HEARD_MS + u64::from(round) * 100, What::Frame(text));
        all.delta += begin.elapsed();
        let begin = Instant::now();
        terminal.draw(|frame| view::draw(frame, &model)).expect("memory is a terminal");
        all.frame += begin.elapsed();
    }
    Cost { delta: all.delta / ROUNDS, frame: all.frame / ROUNDS }
}

/// Five counters have served one more; every service's row is told again.
fn delta(model: &crate::model::Model, round: usize) -> String {
    let board = model.board.as_deref().expect("the sample has a board");
    let mut counters: Vec<_> = board.counters.iter().cycle().skip(round).take(5).cloned().collect();
    counters.iter_mut().for_each(|row| row.served += 1);
    let delta = Delta {
        prev: board.seq,
        seq: board.seq + 1,
        as_of: board.as_of.plus(100),
        name: None,
        business_day: None,
        time_zone: None,
        contacts: None,
        hours: None,
        services: board.services.clone(),
        counters,
        calls: Vec::new(),
        missed: Vec::new(),
        zones: Vec::new(),
        ratings: None,
        devices: Vec::new(),
        alerts: Vec::new(),
        ingest: None,
        storage: None,
        waiting_area: None,
        removed: Removed::default(),
    };
    serde_json::to_string(&Message::Delta(delta)).expect("a delta is always valid JSON")
}
