//! One camera's eye.

use crate::{Picture, Unusable, Word, Zone};

/// One camera's eye: learns its room by itself and says what happens in its zones.
#[derive(Debug, Clone)]
pub struct Eye {
    zones: Vec<Zone>,
}

/// What an eye can say of its picture as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// It has not seen enough yet; its zones are not known.
    Learning,
    /// It watches.
    Watching,
    /// It looks, but nothing can be told from the picture since this time (ms): covered, black, grey,
    /// turned away, broken.
    Blind(i64),
}

/// What is known of one zone at the last look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ZoneSight {
    /// How full it is, 0..1; `None` while it is not known.
    pub level: Option<f64>,
    /// Something moves or somebody is there.
    pub present: Option<bool>,
}

impl Eye {
    /// An eye for these zones. It works for a picture of any size, and goes on when the size changes.
    ///
    /// # Errors
    /// When a zone's polygon cannot be used.
    pub fn new(zones: Vec<Zone>) -> Result<Self, Unusable> {
        Ok(Self { zones })
    }

    /// Looks once. `at_ms` never goes back: times that do not rise are looked at as 1 ms later. Any
    /// rate will do; 5 a second is usual.
    pub fn look(&mut self, at_ms: i64, picture: &Picture<'_>, say: &mut Vec<Word>) {
        let _ = (at_ms, picture, say);
    }

    /// The picture is gone, last seen at the last look: open motions end then with
    /// [`Cause::Lost`](crate::Cause::Lost), levels are not known. What was learned of the room stays
    /// for when it is back.
    pub fn lost(&mut self, say: &mut Vec<Word>) {
        let _ = say;
    }

    /// A recording is over at `at_ms`: what was held back is said, open motions end.
    pub fn end(&mut self, at_ms: i64, say: &mut Vec<Word>) {
        let _ = (at_ms, say);
    }

    /// What it thinks of its picture.
    #[must_use]
    pub fn sight(&self) -> Sight {
        Sight::Learning
    }

    /// What is known of each zone, in their order.
    #[must_use]
    pub fn zones(&self) -> Vec<ZoneSight> {
        self.zones.iter().map(|_| ZoneSight { level: None, present: None }).collect()
    }
}
