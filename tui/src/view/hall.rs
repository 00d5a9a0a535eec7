//! The figures of the whole hall: sums and extremes of what the board says, nothing else.

use domain::board::{Board, WaitingArea};
use domain::event::{CounterStatus, DeviceState};

use super::scene::Scene;
use super::{figures as text, ratings};
use crate::theme::Role;
use crate::words::Word;

/// Caption, value, role; the most telling first.
pub fn figures(scene: &Scene<'_>) -> Vec<(String, String, Role)> {
    let Some(board) = scene.board else { return Vec::new() };
    let mut all = vec![waiting(scene, board), longest(scene, board), counters(scene, board), called(scene, board)];
    all.extend(board.waiting_area.filter(|area| area.zones > 0).map(|area| waiting_area(scene, area)));
    all.push(satisfied(scene, board));
    // `public` is not given devices; a centre without any looks the same.
    if !board.devices.is_empty() {
        all.push(devices(scene, board));
    }
    if let Some(ingest) = board.ingest {
        let role = if ingest.dead_letter > 0 { Role::Warn } else { Role::Text };
        all.push((scene.say(Word::KpiDeadLetters).to_owned(), ingest.dead_letter.to_string(), role));
    }
    let sum = |of: fn(&domain::board::ServiceRow) -> u32| board.services.iter().map(of).sum::<u32>().to_string();
    all.push((scene.say(Word::KpiArrivals).to_owned(), sum(|row| row.arrivals), Role::Text));
    // The board keeps the no-shows of half an hour (contract section 5).
    let caption = scene.fill(Word::KpiMissed, &[&text::minutes(30 * 60_000, scene.marks)]);
    all.push((caption, board.missed.len().to_string(), Role::Text));
    all.push((scene.say(Word::KpiAbandoned).to_owned(), sum(|row| row.abandoned), Role::Text));
    all
}

fn waiting(scene: &Scene<'_>, board: &Board) -> (String, String, Role) {
    let waiting: u32 = board.services.iter().map(|row| row.waiting).sum();
    (scene.say(Word::KpiWaiting).to_owned(), waiting.to_string(), Role::Title)
}

fn longest(scene: &Scene<'_>, board: &Board) -> (String, String, Role) {
    let longest = board.services.iter().filter_map(|row| row.longest_wait_s).max();
    let role = if longest.is_some() { Role::Title } else { Role::Dim };
    (scene.say(Word::KpiLongest).to_owned(), text::known_minutes(longest, scene.marks), role)
}

fn counters(scene: &Scene<'_>, board: &Board) -> (String, String, Role) {
    let open = board.counters.iter().filter(|row| row.status == CounterStatus::Open).count();
    let caption = scene.say(Word::KpiCounters).to_owned();
    if board.counters.is_empty() {
        return (caption, scene.marks.missing.to_owned(), Role::Dim);
    }
    (caption, format!("{open}/{}", board.counters.len()), Role::Title)
}

/// In the window, which the services share.
fn called(scene: &Scene<'_>, board: &Board) -> (String, String, Role) {
    let window = board.services.first().map_or(0, |row| i64::from(row.window_s) * 1_000);
    let caption = scene.fill(Word::KpiCalled, &[&text::minutes(window, scene.marks)]);
    if board.services.is_empty() {
        let caption = scene.fill(Word::KpiCalled, &[""]).trim().to_owned();
        return (caption, scene.marks.missing.to_owned(), Role::Dim);
    }
    let called: u32 = board.services.iter().map(|row| row.called).sum();
    (caption, called.to_string(), Role::Text)
}

/// `54%`; `54% (2/3)` where only so many zones are seen, `?` where none is.
fn waiting_area(scene: &Scene<'_>, area: WaitingArea) -> (String, String, Role) {
    let caption = scene.say(Word::KpiWaitingArea).to_owned();
    let Some(level) = area.level else { return (caption, "?".to_owned(), Role::Warn) };
    let share = format!("{:.0}%", (level.clamp(0.0, 1.0) * 100.0).round());
    if area.known < area.zones {
        return (caption, format!("{share} ({}/{})", area.known, area.zones), Role::Warn);
    }
    (caption, share, Role::Text)
}

fn satisfied(scene: &Scene<'_>, board: &Board) -> (String, String, Role) {
    let caption = scene.say(Word::KpiSatisfied).to_owned();
    match ratings::share(&board.ratings) {
        Some(share) => (caption, format!("{share} ({})", board.ratings.n), Role::Text),
        None => (caption, scene.marks.missing.to_owned(), Role::Dim),
    }
}

fn devices(scene: &Scene<'_>, board: &Board) -> (String, String, Role) {
    let ready = board.devices.iter().filter(|row| row.state == Some(DeviceState::Ready)).count();
    let lost = board.devices.iter().any(|row| row.state == Some(DeviceState::Lost));
    let role = if lost { Role::Warn } else { Role::Text };
    (scene.say(Word::KpiDevices).to_owned(), format!("{ready}/{}", board.devices.len()), role)
}
