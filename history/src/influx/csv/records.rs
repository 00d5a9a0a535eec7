//! RFC 4180 in pieces: bytes come as they arrive, records leave when they are whole.

/// No record of ours comes near this; whoever sends a longer one fills memory.
const MOST_RECORD: usize = 16 * 1024 * 1024;

/// Why bytes are no records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// A record does not end for too long.
    #[error("a row is longer than 16 MiB")]
    TooLong,
    /// A quote stands where none can.
    #[error("a quote stands where none can")]
    Quote,
    /// The bytes end inside a record.
    #[error("it ends in the middle of a row")]
    Cut,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum At {
    /// At the beginning of a cell.
    #[default]
    Start,
    Plain,
    Quoted,
    /// Behind a quote inside quotes: the end of the cell, or half of a doubled one.
    Quote,
    /// Behind a carriage return outside quotes.
    Return,
}

/// The reader of records.
#[derive(Debug, Default)]
pub struct Records {
    at: At,
    text: Vec<u8>,
    ends: Vec<usize>,
}

/// The cells of one record. A record without any text is one empty cell.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    text: &'a [u8],
    ends: &'a [usize],
}

impl<'a> Record<'a> {
    /// How many cells.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// A cell; `None` beyond the last.
    pub fn get(&self, place: usize) -> Option<&'a [u8]> {
        let end = *self.ends.get(place)?;
        let start = place.checked_sub(1).map_or(0, |before| self.ends[before]);
        Some(&self.text[start..end])
    }

    /// Whether it is a line without anything.
    pub fn is_blank(&self) -> bool {
        self.ends.len() == 1 && self.text.is_empty()
    }

    /// All cells as text; what is no UTF-8 is replaced.
    pub fn texts(&self) -> Vec<String> {
        (0..self.len())
            .filter_map(|place| self.get(place))
            .map(|cell| String::from_utf8_lossy(cell).into_owned())
            .collect()
    }
}

impl Records {
    /// Takes the next bytes and shows each record that they complete.
    ///
    /// # Errors
    /// What `take` says, and bytes that are no records.
    pub fn push<E: From<Broken>>(
        &mut self,
        bytes: &[u8],
        mut take: impl FnMut(Record<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut rest = bytes;
        while let Some((byte, behind)) = rest.split_first() {
            if self.text.len() > MOST_RECORD || self.ends.len() > MOST_RECORD / 16 {
                return Err(Broken::TooLong.into());
            }
            // Most bytes are neither quotes nor ends: they are taken together.
            if matches!(self.at, At::Plain | At::Quoted) {
                let plain = rest.iter().take_while(|byte| !self.ends_run(**byte)).count();
                if plain > 0 {
                    self.text.extend_from_slice(&rest[..plain]);
                    rest = &rest[plain..];
                    continue;
                }
            }
            if self.step(*byte)? {
                take(Record { text: &self.text, ends: &self.ends })?;
                self.text.clear();
                self.ends.clear();
                self.at = At::Start;
            }
            rest = behind;
        }
        Ok(())
    }

    fn ends_run(&self, byte: u8) -> bool {
        match self.at {
            At::Quoted => byte == b'"',
            _ => matches!(byte, b',' | b'\r' | b'\n' | b'"'),
        }
    }

    /// One byte; whether it completes a record.
    fn step(&mut self, byte: u8) -> Result<bool, Broken> {
        match (self.at, byte) {
            (At::Start, b'"') => self.at = At::Quoted,
            (At::Quoted, b'"') => self.at = At::Quote,
            (At::Quote, b'"') => {
                self.text.push(b'"');
                self.at = At::Quoted;
            }
            (At::Quoted, byte) => self.text.push(byte),
            (At::Return, b'\n') | (At::Start | At::Plain | At::Quote, b'\n') => {
                self.ends.push(self.text.len());
                return Ok(true);
            }
            (At::Return, _) | (At::Quote, _) if !matches!(byte, b',' | b'\r') || self.at == At::Return => {
                return Err(Broken::Quote);
            }
            (_, b',') => {
                self.ends.push(self.text.len());
                self.at = At::Start;
            }
            (_, b'\r') => self.at = At::Return,
            (At::Plain, b'"') => return Err(Broken::Quote),
            (_, byte) => {
                self.text.push(byte);
                self.at = At::Plain;
            }
        }
        Ok(false)
    }

    /// There are no more bytes.
    ///
    /// # Errors
    /// When a record has begun.
    pub fn end(&self) -> Result<(), Broken> {
        if self.at == At::Start && self.ends.is_empty() { Ok(()) } else { Err(Broken::Cut) }
    }
}
