//! A session as a file: a first line of what it began with, then every message. What is drawn
//! follows from these alone, so the file plays it again.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::message::Message;
use crate::model::{Model, Server, Settings, Size};
use crate::remember::Remembered;
use crate::update::update;

/// Which way of writing this is.
const FORMAT: u32 = 1;

/// The first line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    motcua_tui: u32,
    server: Server,
    settings: Settings,
    size: Size,
    view: Remembered,
}

impl Header {
    /// Of a model that has heard nothing yet.
    #[must_use]
    pub fn of(model: &Model) -> Self {
        Self {
            motcua_tui: FORMAT,
            server: model.server.clone(),
            settings: model.settings.clone(),
            size: model.size,
            view: Remembered::of(model),
        }
    }

    /// That model again.
    #[must_use]
    pub fn model(&self) -> Model {
        let mut model = Model::new(self.server.clone(), self.settings.clone(), self.size);
        self.view.restore(&mut model);
        // As it was shown: a flag may have held over what a key had chosen.
        model.settings = self.settings.clone();
        model
    }
}

/// Writes a session.
#[derive(Debug)]
pub struct Recorder {
    file: BufWriter<File>,
}

impl Recorder {
    /// Begins a file. It holds what the board holds, officers' names too, so it is this user's alone.
    ///
    /// # Errors
    /// When it cannot be written, or is there already.
    pub fn create(path: &Path, header: &Header) -> io::Result<Self> {
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        let mut recorder = Self { file: BufWriter::new(file) };
        recorder.line(header)?;
        Ok(recorder)
    }

    /// Writes a message.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&mut self, message: &Message) -> io::Result<()> {
        self.line(message)
    }

    /// Hands what was written to the system.
    ///
    /// # Errors
    /// When it does not take it.
    pub fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }

    fn line(&mut self, value: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut self.file, value)?;
        self.file.write_all(b"\n")
    }
}

/// Why a file is no session.
#[derive(Debug, thiserror::Error)]
pub enum BadRecording {
    /// It cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A line is not what it should be.
    #[error("line {line}: {why}")]
    Line {
        /// Which, from 1.
        line: usize,
        /// Why.
        why: String,
    },
}

/// A session, read as it is played.
#[derive(Debug)]
pub struct Recording {
    /// What it began with.
    pub header: Header,
    lines: io::Lines<BufReader<File>>,
    line: usize,
}

impl Recording {
    /// Opens a file.
    ///
    /// # Errors
    /// When it cannot be read, or does not begin like a session.
    pub fn open(path: &Path) -> Result<Self, BadRecording> {
        let mut lines = BufReader::new(File::open(path)?).lines();
        let told = |why: String| BadRecording::Line { line: 1, why };
        let first = lines.next().ok_or_else(|| told("the file is empty".to_owned()))??;
        let header: Header = serde_json::from_str(&first).map_err(|error| told(format!("not a recording: {error}")))?;
        if header.motcua_tui != FORMAT {
            return Err(told(format!("a recording of format {}, this program reads {FORMAT}", header.motcua_tui)));
        }
        Ok(Self { header, lines, line: 1 })
    }

    /// The model at the end of the session.
    ///
    /// # Errors
    /// When the file cannot be read to its end.
    pub fn play(mut self) -> Result<Model, BadRecording> {
        let mut model = self.header.model();
        for message in &mut self {
            // What was done then is not done again.
            let _ = update(&mut model, message?);
        }
        Ok(model)
    }
}

impl Iterator for Recording {
    type Item = Result<Message, BadRecording>;

    /// The next message. A last line cut short by a sudden end is the end.
    fn next(&mut self) -> Option<Self::Item> {
        let line = match self.lines.next()? {
            Ok(line) => line,
            Err(error) => return Some(Err(error.into())),
        };
        self.line += 1;
        match serde_json::from_str(&line) {
            Ok(message) => Some(Ok(message)),
            Err(error) if error.is_eof() => None,
            Err(error) => Some(Err(BadRecording::Line { line: self.line, why: error.to_string() })),
        }
    }
}
