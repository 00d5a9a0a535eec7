//! Everything that is known of one row, and of what belongs to it.
//!
//! ```text
//! ╭ Quầy 5 ─────────────────────────────────── 1-18/22 ╮
//! │ Trạng thái           ► phục vụ                     │
//! │ Từ                   08:38 · 3′ trước              │
//! │ Hiệu suất            ████████   73%                │
//! ╰────────────────────────────────────────────────────╯
//! ```

mod counter;
mod flowing;
mod service;
mod things;
mod what_if;

use domain::{Seconds, Timestamp};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::scene::Scene;
use super::text::{put, tame, wrap};
use super::{figures, window};
use crate::model::{RowId, WhatIf};
use crate::theme::Role;
use crate::words::Word;

const WIDEST: u16 = 104;
const LABEL: u16 = 22;

/// What is said of a row: a title, and facts.
pub struct Facts<'s, 'm> {
    scene: &'s Scene<'m>,
    title: String,
    /// Columns that a value has.
    room: u16,
    facts: Vec<(String, String, Role)>,
}

impl<'s, 'm> Facts<'s, 'm> {
    fn new(scene: &'s Scene<'m>, title: &str) -> Self {
        let room = columns(super::layout::body(scene.model.size)).saturating_sub(LABEL + 1);
        Self { scene, title: tame(title).into_owned(), room, facts: Vec::new() }
    }

    /// A fact.
    fn say(&mut self, label: Word, value: impl Into<String>) {
        self.say_as(label, value, Role::Text);
    }

    fn say_as(&mut self, label: Word, value: impl Into<String>, role: Role) {
        self.facts.push((self.scene.say(label).to_owned(), value.into(), role));
    }

    /// A fact that somebody else wrote, if it is known.
    fn told(&mut self, label: Word, value: Option<&str>) {
        match value {
            Some(value) => self.say(label, tame(value)),
            None => self.missing(label, Word::NotSaid),
        }
    }

    /// A fact that is not known, and why.
    fn missing(&mut self, label: Word, why: Word) {
        let text = format!("{} {}", self.scene.marks.missing, self.scene.say(why));
        self.say_as(label, text, Role::Dim);
    }

    /// A stay or a wait, in minutes; or why it is not known.
    fn minutes(&mut self, label: Word, value: Option<Seconds>, why: Word) {
        match value {
            Some(value) => self.say(label, figures::minutes(value.ms(), self.scene.marks)),
            None => self.missing(label, why),
        }
    }

    /// An instant: `08:38 · 3′ trước`.
    fn at(&mut self, label: Word, at: Timestamp) {
        let ago = self.scene.fill(Word::Ago, &[&figures::age(self.scene.since(at), self.scene.marks)]);
        self.say(label, format!("{} {} {ago}", self.scene.hour_minute(at), self.scene.marks.dot));
    }

    /// Several lines under one label.
    fn list(&mut self, label: Word, values: impl IntoIterator<Item = String>) {
        for (at, value) in values.into_iter().enumerate() {
            let label = if at == 0 { self.scene.say(label).to_owned() } else { String::new() };
            self.facts.push((label, value, Role::Text));
        }
    }
}

/// Draws the window of a row over the panes.
pub fn draw(buffer: &mut Buffer, around: Rect, scene: &Scene<'_>, row: &RowId, scroll: usize) {
    let facts = of(scene, row).unwrap_or_else(|| gone(scene, row));
    draw_facts(buffer, around, &facts, scroll);
}

/// Draws the window of a what-if over the panes.
pub fn draw_what_if(buffer: &mut Buffer, around: Rect, scene: &Scene<'_>, asked: &WhatIf, scroll: usize) {
    draw_facts(buffer, around, &what_if::facts(scene, asked), scroll);
}

fn draw_facts(buffer: &mut Buffer, around: Rect, facts: &Facts<'_, '_>, scroll: usize) {
    let (scene, lines) = (facts.scene, lines(facts));
    let rows = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX);
    let (area, inside) = window::open(buffer, around, (WIDEST, rows), scene, &facts.title);
    let first = window::scrolled(buffer, area, inside, scene, lines.len(), scroll);
    for (at, (label, value, role)) in lines.iter().skip(first).take(usize::from(inside.height)).enumerate() {
        let y = inside.y + at as u16;
        put(buffer, (inside.x, y), LABEL, label, scene.style(Role::Dim));
        let x = inside.x + LABEL + 1;
        put(buffer, (x, y), inside.right().saturating_sub(x), value, scene.style(*role));
    }
}

/// Columns inside of the window.
fn columns(around: Rect) -> u16 {
    WIDEST.min(around.width).saturating_sub(4)
}

/// The facts on lines.
fn lines(facts: &Facts<'_, '_>) -> Vec<(String, String, Role)> {
    let mut lines = Vec::new();
    for (label, value, role) in &facts.facts {
        let label = super::text::fit(label, LABEL, facts.scene.marks.cut);
        // What fits is left alone: the blanks of a sparkline are holes.
        let fits = super::text::width(value) <= facts.room;
        let values = if fits { vec![value.clone()] } else { wrap(value, facts.room, facts.scene.marks.cut) };
        for (at, value) in values.into_iter().enumerate() {
            lines.push((if at == 0 { label.to_string() } else { String::new() }, value, *role));
        }
    }
    lines
}

/// The facts of a row; `None` when it is gone.
fn of<'s, 'm>(scene: &'s Scene<'m>, row: &RowId) -> Option<Facts<'s, 'm>> {
    let board = scene.board?;
    match row {
        RowId::Service(id) => {
            board.services.iter().find(|row| row.service == *id).map(|row| service::facts(scene, board, row))
        }
        RowId::Counter(id) => {
            board.counters.iter().find(|row| row.counter == *id).map(|row| counter::facts(scene, board, row))
        }
        RowId::Call(seq) => {
            board.calls.iter().find(|row| row.call_seq == *seq).map(|row| flowing::call(scene, board, row))
        }
        RowId::Zone(camera, zone) => {
            let found = board.zones.iter().find(|row| row.camera == *camera && row.zone == *zone);
            found.map(|row| things::zone(scene, row))
        }
        RowId::Device(id) => board.devices.iter().find(|row| row.device == *id).map(|row| things::device(scene, row)),
        RowId::DeadLetter(offset) => {
            let letters = scene.model.shown_dead_letters().letters();
            letters.iter().find(|row| row.offset == *offset).map(|row| flowing::dead_letter(scene, row))
        }
        RowId::Alert(alert) => {
            board.alerts.iter().find(|row| row.alert == *alert).map(|row| flowing::alert(scene, row))
        }
    }
}

fn gone<'s, 'm>(scene: &'s Scene<'m>, row: &RowId) -> Facts<'s, 'm> {
    let mut facts = Facts::new(scene, &row.to_string());
    let word = if scene.board.is_some() { Word::GoneFromBoard } else { Word::NoBoardYet };
    facts.say_as(Word::Identity, scene.say(word), Role::Dim);
    facts
}
