//! What every region of the screen needs to draw itself: the model, the look, the language, the
//! site's clock.

use std::borrow::Cow;

use domain::Timestamp;
use domain::board::{Board, CounterRow};
use jiff::tz::TimeZone;
use ratatui::style::Style;

use super::figures;
use super::text::tame;
use crate::model::{Lang, Link, Model, Pane, sees_all};
use crate::theme::{Glyphs, Look, Role};
use crate::words::Word;

/// What a region draws from.
pub struct Scene<'m> {
    pub model: &'m Model,
    pub board: Option<&'m Board>,
    /// The instant that the shown board is of; durations are reckoned to it.
    pub as_of: Timestamp,
    pub look: Look,
    pub marks: &'static Glyphs,
    pub lang: Lang,
    zone: TimeZone,
}

impl<'m> Scene<'m> {
    pub fn new(model: &'m Model) -> Self {
        let look = Look::of(&model.settings);
        let board = model.shown();
        Self {
            model,
            board,
            as_of: model.shown_as_of().or(board.map(|b| b.as_of)).unwrap_or_default(),
            look,
            marks: look.glyphs(),
            lang: model.settings.lang,
            // A zone this program does not know is shown as UTC, and the header says so.
            zone: TimeZone::get(model.time_zone()).unwrap_or(TimeZone::UTC),
        }
    }

    pub fn say(&self, word: Word) -> &'static str {
        self.lang.say(word)
    }

    pub fn fill(&self, word: Word, values: &[&str]) -> String {
        self.lang.fill(word, values)
    }

    pub fn style(&self, role: Role) -> Style {
        self.look.style(role)
    }

    /// Whether the server gives the rows of this pane to this role at all: an empty list says
    /// nothing otherwise.
    pub fn is_withheld(&self, pane: Pane) -> bool {
        let for_supervisors = matches!(pane, Pane::Devices | Pane::DeadLetters | Pane::Alerts);
        for_supervisors && self.board.is_some_and(|board| !sees_all(board))
    }

    /// Whether what is shown is of now.
    pub fn is_live(&self) -> bool {
        self.model.link == Link::Live
    }

    /// Whether the site's zone is one this program knows.
    pub fn zone_is_known(&self) -> bool {
        TimeZone::get(self.model.time_zone()).is_ok()
    }

    /// `08:41:07` of the site.
    pub fn clock(&self, at: Timestamp) -> String {
        self.format(at, "%H:%M:%S")
    }

    /// `08:41` of the site; with the day before it when it is not the shown board's.
    pub fn hour_minute(&self, at: Timestamp) -> String {
        let same_day = self.format(at, "%F") == self.format(self.as_of, "%F");
        self.format(at, if same_day { "%H:%M" } else { "%d/%m %H:%M" })
    }

    fn format(&self, at: Timestamp, how: &str) -> String {
        let Ok(at) = jiff::Timestamp::from_millisecond(at.ms()) else { return self.marks.missing.to_owned() };
        at.to_zoned(self.zone.clone()).strftime(how).to_string()
    }

    /// How long ago, in milliseconds.
    pub fn since(&self, at: Timestamp) -> i64 {
        self.as_of.since(at).max(0)
    }

    /// How long ago, in minutes: `7′`.
    pub fn minutes_since(&self, at: Timestamp) -> String {
        figures::minutes(self.since(at), self.marks)
    }

    /// Who sits at a counter, as far as this screen may show it.
    pub fn officer<'r>(&self, row: &'r CounterRow) -> Option<Cow<'r, str>> {
        let known = row.officer_name.as_deref().or(row.officer.as_ref().map(|id| id.as_str()))?;
        if self.model.settings.privacy { Some(Cow::Borrowed(self.marks.hidden)) } else { Some(tame(known)) }
    }

    /// How a pane is called.
    pub fn pane_name(&self, pane: Pane) -> &'static str {
        self.say(match pane {
            Pane::Services => Word::Services,
            Pane::Counters => Word::Counters,
            Pane::Calls => Word::Calls,
            Pane::Ratings => Word::Ratings,
            Pane::Zones => Word::Zones,
            Pane::Devices => Word::Devices,
            Pane::DeadLetters => Word::DeadLetters,
            Pane::Alerts => Word::Alerts,
        })
    }
}
