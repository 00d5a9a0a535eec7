//! A site's chain of boards: which board is the truth, and what its clients must be told.
//!
//! Pure: payloads in, frames out. Deltas come at most once (QoS 0) and in their order; boards come
//! at least once (QoS 1), at most once a second, and later deltas may overtake them. So a delta may
//! be missing, and then:
//!
//! - a delta or `alive` that continues *our* board is always right;
//! - one that continues the last retained board, but not ours, proves that board: it is adopted;
//! - one that is ahead of both tells that something was lost: the chain is *broken*, nothing goes
//!   out (screens go stale, honestly), deltas are put by, and the next newer board is adopted with
//!   those of them that continue it;
//! - one that is behind is of the past. A collector whose data was wiped may start lower; its
//!   retained board and its next delta or `alive` agree with each other and prove it.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use domain::SiteId;
use domain::board::{Board, Delta, Gap};
use serde::Deserialize;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::frame::{DeltaFrame, Frame};
use super::version::Version;

/// How many deltas are put by while a board is awaited: more than a second's. Above it the oldest
/// is dropped; the board after the next then mends the chain.
const AHEAD: usize = 64;

/// Why a live message could not be used.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// Not the JSON it should be.
    #[error("not a live message of contract v1: {0}")]
    Malformed(#[from] serde_json::Error),
    /// A delta that does not say which board it follows.
    #[error("a delta without prev")]
    NoPrev,
    /// A delta that follows another board.
    #[error(transparent)]
    Gap(#[from] Gap),
    /// A board of another site than its topic's.
    #[error("a board of site {0} on another site's topic")]
    WrongSite(SiteId),
}

/// The chain of one site.
#[derive(Debug)]
pub struct Chain {
    site: SiteId,
    current: Option<Arc<Version>>,
    /// The newest retained board that is not our `current` one.
    held: Option<Held>,
    /// Deltas that follow a board which has not come yet, in their order.
    ahead: VecDeque<Delta>,
    broken: bool,
}

#[derive(Debug)]
struct Held {
    seq: u64,
    /// A copy: a slice would keep the session's whole read buffer.
    json: Bytes,
}

#[derive(Deserialize)]
struct BoardHead {
    seq: u64,
}

/// Flat, so that the rest is skipped and not copied (a tagged enum would).
#[derive(Deserialize)]
struct LiveHead {
    #[serde(rename = "type")]
    kind: Kind,
    prev: Option<u64>,
    seq: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Delta,
    Alive,
}

impl Chain {
    /// A chain that has heard nothing yet.
    #[must_use]
    pub const fn new(site: SiteId) -> Self {
        Self { site, current: None, held: None, ahead: VecDeque::new(), broken: false }
    }

    /// The board of now, as far as we know.
    #[must_use]
    pub const fn current(&self) -> Option<&Arc<Version>> {
        self.current.as_ref()
    }

    /// Whether something was lost and a board is awaited.
    #[must_use]
    pub const fn is_broken(&self) -> bool {
        self.broken
    }

    /// Deltas may be missing from here on: the connection was lost.
    pub fn mark_broken(&mut self) {
        self.broken |= self.current.is_some();
    }

    /// A `live/board`. It is parsed only when it is needed.
    ///
    /// # Errors
    /// When it is not a board of this site; nothing has changed then.
    pub fn on_board(&mut self, json: &[u8]) -> Result<Vec<Frame>, Unusable> {
        let BoardHead { seq } = serde_json::from_slice(json)?;
        let ours = self.seq();
        if ours == Some(seq) {
            self.settle(seq);
            return Ok(Vec::new());
        }
        if ours.is_none_or(|ours| self.broken && seq > ours) {
            return Ok(vec![self.adopt(json)?]);
        }
        self.held = Some(Held { seq, json: Bytes::copy_from_slice(json) });
        Ok(Vec::new())
    }

    /// A `live/delta`: a delta or an `alive`.
    ///
    /// # Errors
    /// When it is neither, or follows a held board that is not one of this site.
    pub fn on_delta(&mut self, json: &[u8]) -> Result<Vec<Frame>, Unusable> {
        let LiveHead { kind, prev, seq } = serde_json::from_slice(json)?;
        let prev = match kind {
            Kind::Delta => prev.ok_or(Unusable::NoPrev)?,
            Kind::Alive => seq,
        };
        let mut frames = Vec::new();
        let ours = self.seq();
        if let Some(held) = self.held.take_if(|held| held.seq == prev && ours != Some(prev)) {
            frames.push(self.adopt(&held.json)?);
        }
        if self.seq() == Some(prev) {
            frames.push(match kind {
                Kind::Delta => self.fold(json)?,
                Kind::Alive => Frame::Alive(text(json)?),
            });
            self.settle(seq);
        } else if self.seq().is_none_or(|ours| ours < seq) {
            self.broken = true;
            if let Kind::Delta = kind {
                self.put_by(serde_json::from_slice(json)?);
            }
        }
        Ok(frames)
    }

    fn seq(&self) -> Option<u64> {
        self.current.as_ref().map(|version| version.board().seq)
    }

    /// The chain is whole up to `seq`; what is older is of no use any more.
    fn settle(&mut self, seq: u64) {
        self.ahead.retain(|delta| delta.prev >= seq);
        self.broken = !self.ahead.is_empty();
        self.held = self.held.take().filter(|held| held.seq > seq);
    }

    fn put_by(&mut self, delta: Delta) {
        if self.ahead.len() == AHEAD {
            self.ahead.pop_front();
        }
        self.ahead.push_back(delta);
    }

    /// Takes a board as the truth, and what was put by that continues it.
    fn adopt(&mut self, json: &[u8]) -> Result<Frame, Unusable> {
        let board: Board = serde_json::from_slice(json)?;
        if board.site != self.site {
            return Err(Unusable::WrongSite(board.site));
        }
        let shown = self.current.as_ref().map(|version| version.ranges().clone()).unwrap_or_default();
        let mut version = Version::new(board, &shown);
        for delta in std::mem::take(&mut self.ahead) {
            let seq = version.board().seq;
            if delta.prev == seq {
                version.fold(delta)?;
            } else if delta.prev > seq {
                self.ahead.push_back(delta);
            }
        }
        let version = Arc::new(version);
        self.current = Some(Arc::clone(&version));
        self.settle(version.board().seq);
        Ok(Frame::Snapshot(version))
    }

    /// Only called for a delta whose `prev` is our `seq`.
    fn fold(&mut self, json: &[u8]) -> Result<Frame, Unusable> {
        let parsed = serde_json::from_slice::<Delta>(json).and_then(|delta| Ok((delta, text(json)?)));
        let (delta, text) = parsed.inspect_err(|_| self.broken = true)?;
        if let Some(version) = &mut self.current {
            // Copies the board only while somebody still reads the version before.
            Arc::make_mut(version).fold(delta)?;
        }
        Ok(Frame::Delta(Arc::new(DeltaFrame::new(text))))
    }
}

/// A copy of the text: a slice would keep the session's whole read buffer for the slowest client.
fn text(json: &[u8]) -> Result<Utf8Bytes, serde_json::Error> {
    match std::str::from_utf8(json) {
        Ok(text) => Ok(text.to_owned().into()),
        Err(error) => Err(serde::de::Error::custom(error)),
    }
}

#[cfg(test)]
#[path = "chain_tests.rs"]
mod tests;
