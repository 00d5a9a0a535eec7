//! What a delta and a frame cost, on a centre of forty counters:
//! `cargo run --release -p motcua-tui --example cost`.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "it tells a person, and fails where it stands")]

use std::time::{Duration, Instant};

use domain::board::{Delta, Message as Said};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use tui::message::What;
use tui::model::{Settings, Size};
use tui::{sample, view};

const ROUNDS: u32 = 500;

fn main() {
    for (cols, rows) in [(80, 24), (120, 40), (200, 60)] {
        let mut model = sample::model(Size { cols, rows }, Settings::default(), 40);
        let mut terminal = Terminal::new(TestBackend::new(cols, rows)).unwrap();
        let (mut updating, mut drawing) = (Duration::ZERO, Duration::ZERO);
        for round in 0..ROUNDS {
            let board = model.board.as_deref().unwrap();
            let mut rows: Vec<_> = board.counters.iter().skip(round as usize % 35).take(5).cloned().collect();
            rows.iter_mut().for_each(|row| row.served += 1);
            let mut delta: Delta = serde_json::from_str(&format!(
                r#"{{"prev":{},"seq":{},"as_of":"{}"}}"#,
                board.seq,
                board.seq + 1,
                board.as_of.plus(100)
            ))
            .unwrap();
            delta.counters = rows;
            delta.services = board.services.clone();
            let text = serde_json::to_string(&Said::Delta(delta)).unwrap();
            let begin = Instant::now();
            sample::say(&mut model, sample::HEARD_MS + u64::from(round) * 100, What::Frame(text));
            updating += begin.elapsed();
            let begin = Instant::now();
            terminal.draw(|frame| view::draw(frame, &model)).unwrap();
            drawing += begin.elapsed();
        }
        let mean = |all: Duration| (all / ROUNDS).as_micros();
        println!("{cols}x{rows}: a delta {} µs, a frame {} µs", mean(updating), mean(drawing));
    }
}
