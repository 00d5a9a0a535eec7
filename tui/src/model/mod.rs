//! What the terminal knows and shows: one value, changed only by `update`, read by `view`.

mod dead_letters;
mod link;
mod memory;
mod notice;
mod pane;
mod prompt;
mod settings;
mod trend;
mod what_if;

use std::sync::Arc;

use domain::Timestamp;
use domain::board::Board;

pub use dead_letters::{DeadLetter, DeadLetterList, DeadLetters};
pub use link::{Link, Trouble};
pub use memory::Memory;
pub use notice::{Notice, NoticeKind, NoticeText};
pub use pane::{Column, Filter, Pane, PaneState, RowId, Sort};
pub use prompt::{Overlay, Prompt, PromptKind};
pub use settings::{Bell, Chosen, Colours, Lang, Settings, Theme};
pub use trend::{Sample, Trend, Trends};
pub use what_if::{MOST_MORE, WhatIf, WhatIfAnswer};

/// A moment, as it came in with a message: nothing here reads a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Moment {
    /// Milliseconds since the program began, monotonic: for ages and limits.
    pub mono_ms: u64,
    /// The clock of this machine: for file names alone. What is shown is the server's.
    pub wall: Timestamp,
}

/// Size of the terminal in cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[allow(missing_docs, reason = "columns and rows")]
pub struct Size {
    pub cols: u16,
    pub rows: u16,
}

/// Where the board comes from.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Server {
    /// `http://…` or `https://…`, without a slash at the end.
    pub url: String,
    /// The site's id.
    pub site: domain::SiteId,
}

/// A view held still while data flows on.
#[derive(Debug, Clone, PartialEq)]
pub struct Frozen {
    /// The board of that moment; `None` when there was none yet.
    pub board: Option<Arc<Board>>,
    /// The server's clock then; `None` before the first board.
    pub as_of: Option<Timestamp>,
    /// The dead letters of that moment.
    pub dead_letters: DeadLetters,
}

/// All that the terminal knows and shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// Where the board comes from.
    pub server: Server,
    /// Size of the terminal.
    pub size: Size,
    /// When the last message came in.
    pub now: Moment,
    /// How the line to the server is.
    pub link: Link,
    /// The newest board; `None` before the first snapshot. Read [`Model::shown`] to draw.
    pub board: Option<Arc<Board>>,
    /// The server's clock as last heard, with the board or with `alive`.
    pub as_of: Option<Timestamp>,
    /// [`Moment::mono_ms`] of the last frame heard.
    pub heard_ms: Option<u64>,
    /// The dead letters as last asked for. Read [`Model::shown_dead_letters`] to draw.
    pub dead_letters: DeadLetters,
    /// What waiting and p90 were, service by service, since the program began.
    pub trends: Trends,
    /// Set while the view is held still.
    pub frozen: Option<Frozen>,
    /// The pane that the keys go to.
    pub pane: Pane,
    /// The pane alone on the whole screen.
    pub expanded: bool,
    /// View state of each pane, in the order of [`Pane::ALL`].
    pub panes: [PaneState; Pane::ALL.len()],
    /// What lies over the panes.
    pub overlay: Option<Overlay>,
    /// The line under the panes.
    pub notice: Option<Notice>,
    /// How everything is shown.
    pub settings: Settings,
    /// Which of it keys have chosen.
    pub chosen: Chosen,
    /// [`Moment::mono_ms`] of the last key: rows may change their order ten seconds after it.
    pub key_ms: Option<u64>,
    /// What `update` keeps in mind from message to message; nothing of it is drawn.
    pub memory: Memory,
}

impl Model {
    /// A terminal that has heard nothing yet.
    #[must_use]
    pub fn new(server: Server, settings: Settings, size: Size) -> Self {
        Self {
            server,
            size,
            now: Moment::default(),
            link: Link::default(),
            board: None,
            as_of: None,
            heard_ms: None,
            dead_letters: DeadLetters::default(),
            trends: Trends::default(),
            frozen: None,
            pane: Pane::Counters,
            expanded: false,
            panes: Pane::ALL.map(PaneState::new),
            overlay: None,
            notice: None,
            settings,
            chosen: Chosen::default(),
            key_ms: None,
            memory: Memory::default(),
        }
    }

    /// The board to draw: the frozen one while the view is held still, else the newest.
    #[must_use]
    pub fn shown(&self) -> Option<&Board> {
        match &self.frozen {
            Some(frozen) => frozen.board.as_deref(),
            None => self.board.as_deref(),
        }
    }

    /// The server's clock that belongs to [`Model::shown`]: every age and duration is reckoned from
    /// it, never from this machine's clock.
    #[must_use]
    pub fn shown_as_of(&self) -> Option<Timestamp> {
        match &self.frozen {
            Some(frozen) => frozen.as_of,
            None => self.as_of,
        }
    }

    /// The dead letters to draw.
    #[must_use]
    pub fn shown_dead_letters(&self) -> &DeadLetters {
        self.frozen.as_ref().map_or(&self.dead_letters, |frozen| &frozen.dead_letters)
    }

    /// Milliseconds since anything was heard from the server; `None` before the first frame.
    #[must_use]
    pub fn age_ms(&self) -> Option<u64> {
        self.heard_ms.map(|heard| self.now.mono_ms.saturating_sub(heard))
    }

    /// The active pane's view state.
    #[must_use]
    pub fn active(&self) -> &PaneState {
        self.pane_state(self.pane)
    }

    /// The view state of a pane.
    #[must_use]
    pub fn pane_state(&self, pane: Pane) -> &PaneState {
        &self.panes[pane.index()]
    }

    /// The view state of a pane, to be changed.
    pub fn pane_state_mut(&mut self, pane: Pane) -> &mut PaneState {
        &mut self.panes[pane.index()]
    }

    /// The rows of a pane in their order, filtered: what to draw, top to bottom. Their order holds
    /// still under the cursor, so a row whose thing has left the board stays until the next
    /// ordering: draw it dim, as gone.
    #[must_use]
    pub fn rows(&self, pane: Pane) -> &[RowId] {
        &self.pane_state(pane).order
    }

    /// Place of the selected row in [`Model::rows`].
    #[must_use]
    pub fn selected_index(&self, pane: Pane) -> Option<usize> {
        let state = self.pane_state(pane);
        let selected = state.selected.as_ref()?;
        state.order.iter().position(|row| row == selected)
    }

    /// The first row to draw when `height` rows fit: the pane's scroll, moved as little as needed
    /// to show the selected row and to leave no empty place at the end.
    #[must_use]
    pub fn first_row(&self, pane: Pane, height: usize) -> usize {
        let state = self.pane_state(pane);
        let height = height.max(1);
        let mut first = state.scroll;
        if let Some(selected) = self.selected_index(pane) {
            first = first.clamp((selected + 1).saturating_sub(height), selected);
        }
        first.min(state.order.len().saturating_sub(height))
    }

    /// The IANA zone in which clocks are shown.
    #[must_use]
    pub fn time_zone(&self) -> &str {
        self.shown().map_or("UTC", |board| board.time_zone.as_str())
    }
}

/// Whether a board is a supervisor's: the public one comes without devices, alerts and the figures
/// of what was taken in, and only the last of these is never empty.
#[must_use]
pub const fn sees_all(board: &Board) -> bool {
    board.ingest.is_some()
}
