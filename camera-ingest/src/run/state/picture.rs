//! Is there a picture: judged by our own clock of when the last one came, never by a library's word
//! alone.

use super::{Patience, code};
use crate::worker::protocol::Trouble;

/// A worker notices a silence itself, and says what it is; only one that does not is judged here.
const GRACE_MS: i64 = 500;
/// A picture that tells nothing for so long is no picture.
const BLIND_MS: i64 = 10_000;

/// A change of which is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    /// The first picture.
    Online { at_ms: i64 },
    /// No picture any more; `at_ms` is when the last one came.
    Offline { at_ms: i64, reason: String },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing is known or told yet.
    Unknown,
    /// Since then.
    There { online_ms: i64 },
    /// Told once; the next word is that it is back.
    Gone { offline_ms: i64 },
}

#[derive(Debug)]
pub(super) struct Picture {
    patience: Patience,
    state: State,
    /// When the last picture came; before the first, since when it is waited for.
    last_ms: i64,
    /// The latest time of which anything was told; nothing is told of before the beginning.
    told_ms: i64,
    /// When the stream was first opened: its patience begins, a process took its time to start.
    opened_ms: Option<i64>,
    /// Nothing can be told from the picture since then. It stays so while pictures are lost and
    /// come back: only the eye knows when it sees again.
    blind_ms: Option<i64>,
}

impl Picture {
    pub(super) const fn new(patience: Patience, now_ms: i64) -> Self {
        Self { patience, state: State::Unknown, last_ms: now_ms, told_ms: now_ms, opened_ms: None, blind_ms: None }
    }

    pub(super) fn is_there(&self) -> Option<bool> {
        match self.state {
            State::Unknown => None,
            State::There { .. } => Some(true),
            State::Gone { .. } => Some(false),
        }
    }

    pub(super) const fn last_ms(&self) -> i64 {
        self.last_ms
    }

    /// Of which time something may be told of the zones; `None` while there is no picture.
    pub(super) fn span(&self, now_ms: i64) -> Option<(i64, i64)> {
        match self.state {
            State::There { online_ms } => Some((online_ms, now_ms.max(online_ms))),
            State::Unknown | State::Gone { .. } => None,
        }
    }

    /// Something was told of that time.
    pub(super) fn told(&mut self, at_ms: i64) {
        self.told_ms = self.told_ms.max(at_ms);
    }

    /// Something was seen then: there was a picture.
    pub(super) fn seen(&mut self, at_ms: i64) {
        if self.is_there() == Some(true) {
            self.last_ms = self.last_ms.max(at_ms);
        }
    }

    /// The stream is opened.
    pub(super) fn opening(&mut self, at_ms: i64) {
        self.opened_ms.get_or_insert(at_ms);
    }

    /// A picture came.
    pub(super) fn looked(&mut self, at_ms: i64, now_ms: i64) -> Option<Change> {
        self.seen(at_ms);
        // A word that lay in the pipe for long says nothing of now.
        let is_old = now_ms - at_ms > self.patience.stall_ms + GRACE_MS;
        if self.is_there() == Some(true) || is_old || self.blind_ms.is_some() {
            return None;
        }
        // Not before it was said to be gone, or was waited for.
        let at_ms = at_ms.max(if let State::Gone { offline_ms } = self.state { offline_ms } else { self.last_ms });
        self.state = State::There { online_ms: at_ms };
        self.last_ms = at_ms;
        Some(Change::Online { at_ms })
    }

    /// The eye sees: it could tell something then.
    pub(super) fn sees(&mut self, at_ms: i64) {
        self.blind_ms = None;
        self.seen(at_ms);
    }

    /// The eye sees.
    pub(super) fn watching(&mut self, at_ms: i64, now_ms: i64) -> Option<Change> {
        self.blind_ms = None;
        self.looked(at_ms, now_ms)
    }

    /// The eye does not see, since then.
    pub(super) fn blind(&mut self, since_ms: i64) {
        self.blind_ms.get_or_insert(since_ms);
    }

    /// Another worker has another eye.
    pub(super) fn eye_is_gone(&mut self) {
        self.blind_ms = None;
    }

    pub(super) fn lost(&mut self, reason: &str) -> Option<Change> {
        self.gone(self.last_ms, reason)
    }

    pub(super) fn deadline(&self) -> Option<i64> {
        match self.state {
            State::Unknown => {
                let since_ms = self.opened_ms.unwrap_or(self.last_ms);
                Some(since_ms + self.patience.first_frame_ms + GRACE_MS)
            }
            State::There { .. } => {
                let blind = self.blind_ms.map(|since_ms| since_ms + BLIND_MS);
                let silent = self.last_ms + self.patience.stall_ms + GRACE_MS;
                Some(blind.map_or(silent, |blind| blind.min(silent)))
            }
            State::Gone { .. } => None,
        }
    }

    pub(super) fn on_time(&mut self, now_ms: i64) -> Option<Change> {
        if self.deadline()? > now_ms {
            return None;
        }
        let blind = self.blind_ms.filter(|since_ms| since_ms + BLIND_MS <= now_ms);
        match blind {
            Some(since_ms) => self.gone(since_ms, code(Trouble::Blind)),
            None => self.gone(self.last_ms, code(Trouble::Stalled)),
        }
    }

    fn gone(&mut self, at_ms: i64, reason: &str) -> Option<Change> {
        if matches!(self.state, State::Gone { .. }) {
            return None;
        }
        let at_ms = at_ms.max(self.told_ms);
        self.state = State::Gone { offline_ms: at_ms };
        Some(Change::Offline { at_ms, reason: reason.to_owned() })
    }
}
