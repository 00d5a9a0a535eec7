//! What a worker says on its stdout.

use std::io::{self, Write};

use super::protocol::Word;

/// Says words, a line each, at once.
#[derive(Debug)]
pub(super) struct Mouth<W: Write> {
    out: W,
}

impl<W: Write> Mouth<W> {
    pub(super) const fn new(out: W) -> Self {
        Self { out }
    }

    /// Says one word; fails when nobody listens any more.
    pub(super) fn say(&mut self, word: &Word) -> io::Result<()> {
        let mut line = serde_json::to_vec(word)?;
        line.push(b'\n');
        self.out.write_all(&line)?;
        self.out.flush()
    }
}
