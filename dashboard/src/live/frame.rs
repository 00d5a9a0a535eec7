//! What goes out to a site's clients, made once for all of them.

use std::sync::{Arc, OnceLock};

use domain::board::{Delta, Message, Public};
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::version::{Version, View};

/// One message for every client of a site. Cheap to clone.
#[derive(Debug, Clone)]
pub enum Frame {
    /// The whole board: the chain was broken, so deltas would not lead there.
    Snapshot(Arc<Version>),
    /// What changed.
    Delta(Arc<DeltaFrame>),
    /// The collector lives.
    Alive(Utf8Bytes),
}

impl Frame {
    /// The text for a reader's view.
    #[must_use]
    pub fn text(&self, view: View) -> Utf8Bytes {
        match (self, view) {
            (Self::Snapshot(version), _) => version.snapshot(view),
            (Self::Delta(delta), View::Full) => delta.full.clone(),
            (Self::Delta(delta), View::Public) => delta.public(),
            (Self::Alive(text), _) => text.clone(),
        }
    }
}

/// A delta: the collector's own text for those who may see everything, and the public half of it,
/// made when the first public client asks.
#[derive(Debug)]
pub struct DeltaFrame {
    full: Utf8Bytes,
    public: OnceLock<Utf8Bytes>,
}

impl DeltaFrame {
    /// Keeps the text of a delta that has been parsed.
    #[must_use]
    pub const fn new(full: Utf8Bytes) -> Self {
        Self { full, public: OnceLock::new() }
    }

    /// A delta in which nothing public changed is still sent, small, so that `prev` and `seq` join.
    fn public(&self) -> Utf8Bytes {
        let make = || {
            // The board was folded with this very text before it became a frame.
            let mut delta: Delta = serde_json::from_str(&self.full).expect("a frame holds a delta that was parsed");
            delta.make_public();
            let text = serde_json::to_string(&Message::Delta(delta));
            text.expect("a delta is always valid JSON").into()
        };
        self.public.get_or_init(make).clone()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::delta_text;

    #[test]
    fn the_full_delta_is_the_collector_s_byte_for_byte() {
        let text = format!(" {} ", delta_text(7, 8));
        let frame = Frame::Delta(Arc::new(DeltaFrame::new(text.clone().into())));
        assert_eq!(frame.text(View::Full).as_str(), text);
    }

    #[test]
    fn a_delta_without_public_news_is_small_and_keeps_the_chain() {
        let text = r#"{"type":"delta","prev":7,"seq":8,"as_of":"2026-11-23T01:02:03.004Z",
            "alerts":[],"removed":{"alerts":["a1"],"devices":["kiosk-1"]},
            "ingest":{"accepted":1,"duplicate":0,"late":0,"unmatched":0,"dead_letter":0}}"#;
        let frame = Frame::Delta(Arc::new(DeltaFrame::new(text.into())));
        let public: Value = serde_json::from_str(&frame.text(View::Public)).unwrap();
        assert_eq!(public, json!({"type": "delta", "prev": 7, "seq": 8, "as_of": "2026-11-23T01:02:03.004Z"}));
    }
}
