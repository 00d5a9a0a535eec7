//! A worker's eye, and what it says of what it sees.

use std::io::{self, Write};

use motion::{Cause, Eye, Picture, Sight};

use super::mouth::Mouth;
use super::protocol::Word;

/// `looked` is said at least so often while pictures come, in milliseconds.
const LOOKED_EVERY_MS: i64 = 1000;

/// Looks at pictures and says what is new. The eye outlives the stream: what it has learned of its
/// room is there when the picture is back.
pub(super) struct Looker<W: Write> {
    pub(super) mouth: Mouth<W>,
    eye: Eye,
    seen: Vec<motion::Word>,
    told: Option<Sight>,
    looked_ms: Option<i64>,
}

impl<W: Write> Looker<W> {
    pub(super) const fn new(eye: Eye, mouth: Mouth<W>) -> Self {
        Self { mouth, eye, seen: Vec::new(), told: None, looked_ms: None }
    }

    /// Looks at a picture.
    pub(super) fn look(&mut self, at_ms: i64, picture: &Picture<'_>) -> io::Result<()> {
        self.looked_ms = Some(at_ms);
        self.mouth.say(&Word::Looked { at_ms })?;
        self.eye.look(at_ms, picture, &mut self.seen);
        self.tell_sight(at_ms)?;
        self.tell()
    }

    /// A picture came, and it is not its turn.
    pub(super) fn pass(&mut self, at_ms: i64) -> io::Result<()> {
        if self.looked_ms.is_some_and(|last| at_ms - last < LOOKED_EVERY_MS) {
            return Ok(());
        }
        self.looked_ms = Some(at_ms);
        self.mouth.say(&Word::Looked { at_ms })
    }

    /// The picture is gone.
    pub(super) fn lost(&mut self) -> io::Result<()> {
        self.told = None;
        self.looked_ms = None;
        self.eye.lost(&mut self.seen);
        self.tell()
    }

    /// A recording is over.
    pub(super) fn over(&mut self, at_ms: i64) -> io::Result<()> {
        self.eye.end(at_ms, &mut self.seen);
        self.tell()?;
        self.mouth.say(&Word::Over { at_ms })
    }

    fn tell_sight(&mut self, at_ms: i64) -> io::Result<()> {
        let sight = self.eye.sight();
        let same = match (self.told, sight) {
            (Some(Sight::Blind(_)), Sight::Blind(_)) => true,
            (told, sight) => told == Some(sight),
        };
        if same {
            return Ok(());
        }
        self.told = Some(sight);
        match sight {
            Sight::Learning => Ok(()),
            Sight::Watching => self.mouth.say(&Word::Watching { at_ms }),
            Sight::Blind(since_ms) => self.mouth.say(&Word::Blind { at_ms: since_ms }),
        }
    }

    fn tell(&mut self) -> io::Result<()> {
        for seen in self.seen.drain(..) {
            self.mouth.say(&word(seen))?;
        }
        Ok(())
    }
}

fn word(seen: motion::Word) -> Word {
    match seen {
        motion::Word::Started { zone, motion, at_ms, level } => Word::Started { zone, motion, at_ms, level },
        motion::Word::Ended { zone, motion, began_ms, at_ms, level, cause } => {
            Word::Ended { zone, motion, began_ms, at_ms, level, lost: cause == Cause::Lost }
        }
        motion::Word::Level { zone, at_ms, level } => Word::Level { zone, at_ms, level },
    }
}
