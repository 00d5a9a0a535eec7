//! Lines of a pipe, of a length that is bounded.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};

/// What a pipe gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// A whole line, without its end.
    Whole(Vec<u8>),
    /// The beginning of a longer one; the rest of it is not kept.
    Cut(Vec<u8>),
    /// The pipe is closed.
    End,
}

/// Reads lines. What is longer than the bound is cut, so that whoever writes cannot fill our memory.
#[derive(Debug)]
pub struct Lines<R> {
    from: R,
    longest: usize,
    /// What was read and not given yet; at most `longest` and one chunk.
    buffer: Vec<u8>,
    /// The beginning of this line was given already.
    cut: bool,
}

const CHUNK: usize = 8 * 1024;

impl<R: AsyncRead + Unpin> Lines<R> {
    /// Lines of at most `longest` bytes.
    pub const fn new(from: R, longest: usize) -> Self {
        Self { from, longest, buffer: Vec::new(), cut: false }
    }

    /// The next line. Cancel-safe: what was read stays.
    ///
    /// # Errors
    /// When the pipe cannot be read.
    pub async fn next(&mut self) -> io::Result<Line> {
        loop {
            if let Some(line) = self.buffered() {
                return Ok(line);
            }
            self.buffer.reserve(CHUNK);
            // Bounded: the vector's spare room may be larger.
            let mut chunk = (&mut self.from).take(CHUNK as u64);
            if chunk.read_buf(&mut self.buffer).await? == 0 {
                // A line that has no end was cut off in the middle: it says nothing.
                self.buffer.clear();
                return Ok(Line::End);
            }
        }
    }

    fn buffered(&mut self) -> Option<Line> {
        loop {
            let end = self.buffer.iter().position(|byte| *byte == b'\n');
            if std::mem::take(&mut self.cut) {
                // The rest of a line of which the beginning was given.
                let rest = end.map_or(self.buffer.len(), |end| end + 1);
                self.buffer.drain(..rest);
                self.cut = end.is_none();
                if self.cut {
                    return None;
                }
                continue;
            }
            let len = end.unwrap_or(self.buffer.len());
            if len > self.longest {
                self.cut = true;
                return Some(Line::Cut(self.buffer.drain(..self.longest).collect()));
            }
            end?;
            let mut line: Vec<u8> = self.buffer.drain(..=len).collect();
            line.pop();
            return Some(Line::Whole(line));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn all(text: &[u8], longest: usize) -> Vec<Line> {
        let mut lines = Lines::new(text, longest);
        let mut all = Vec::new();
        loop {
            match lines.next().await.unwrap() {
                Line::End => return all,
                line => all.push(line),
            }
        }
    }

    #[tokio::test]
    async fn whole_lines_empty_ones_and_one_without_an_end() {
        let whole = |text: &str| Line::Whole(text.into());
        assert_eq!(all(b"one\n\nthree\nfou", 10).await, [whole("one"), whole(""), whole("three")]);
    }

    #[tokio::test]
    async fn a_long_line_is_cut_and_the_next_is_whole() {
        let mut text = vec![b'x'; 100_000];
        text.extend(b"\nnext\n");
        assert_eq!(all(&text, 4).await, [Line::Cut(b"xxxx".into()), Line::Whole(b"next".into())]);
        assert_eq!(all(b"four\nfives\n", 4).await, [Line::Whole(b"four".into()), Line::Cut(b"five".into())]);
    }

    #[tokio::test]
    async fn a_line_that_never_ends_does_not_fill_the_memory() {
        let mut lines = Lines::new(tokio::io::repeat(b'x'), 64 * 1024);
        assert!(matches!(lines.next().await.unwrap(), Line::Cut(_)));
        assert!(lines.buffer.capacity() <= 4 * 64 * 1024, "{}", lines.buffer.capacity());
    }
}
