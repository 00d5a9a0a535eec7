//! The lines that are being sent, and what an answer does to them. Nothing here reads a clock or a
//! socket: the whole table of answers is decided in [`Work::judge`].

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use super::options::Bucket;
use super::outcome::Outcome;
use crate::sqlite::Line;

/// So often the same lines are sent while the server fails; then half of them, since it may be one
/// line that it cannot digest.
const TRIES: u32 = 6;
/// A single line is given so many of these.
const SINGLE_TRIES: u32 = 2;
/// So many failures in a row, with parts of a batch, say that no line is to blame but the server:
/// twice what it takes to come from 5,000 lines to one.
const HOPELESS: u32 = 28;
/// So much of what a server said is kept with a dead letter.
const REASON: usize = 300;

/// Lines of one bucket that are under way.
#[derive(Debug)]
pub struct Work {
    bucket: Bucket,
    pieces: VecDeque<Piece>,
    /// Single lines that were refused, while it is not known whether any line would be taken.
    suspects: Vec<(Line, String)>,
    /// Suspects that were refused again, after the witness had been taken once.
    condemned: Vec<(i64, String)>,
    /// A line that was taken. Sent again it changes nothing, and shows whether the server takes lines.
    witness: Option<Line>,
    failures: u32,
}

#[derive(Debug)]
struct Piece {
    lines: Vec<Line>,
    tries: u32,
    role: Role,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// Lines of the outbox.
    First,
    /// A suspect, once more.
    Again,
    /// The witness: what it says decides about the condemned.
    Witness,
}

/// What follows from an answer.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Lines that are there now, or never will be, and need not be sent any more.
    pub done: Vec<i64>,
    /// Lines that are put aside, and why.
    pub dead: Vec<(i64, String)>,
    /// Points that the server did not take of a batch and did not name one by one.
    pub dropped: u64,
    /// So many lines were too many at once.
    pub too_many: Option<usize>,
    /// What comes next.
    pub pause: Pause,
}

/// How long to wait before the next request.
#[derive(Debug, Default, PartialEq, Eq)]
pub enum Pause {
    /// Not at all.
    #[default]
    No,
    /// It passes by itself: a moment, longer from time to time, or as long as the server asks.
    Moment(String, Option<Duration>),
    /// It stays until somebody mends it: minutes. `true`: something there was not found.
    Minutes(String, bool),
}

impl Work {
    /// Lines of one bucket, oldest first; `None` of none.
    pub fn new(lines: Vec<Line>) -> Option<Self> {
        let bucket = lines.first()?.bucket;
        let pieces = VecDeque::from([Piece { lines, tries: 0, role: Role::First }]);
        let (suspects, condemned) = (Vec::new(), Vec::new());
        Some(Self { bucket, pieces, suspects, condemned, witness: None, failures: 0 })
    }

    /// Where they go.
    pub fn bucket(&self) -> Bucket {
        self.bucket
    }

    /// What is to be sent next; `None`: all is decided.
    pub fn lines(&self) -> Option<impl Iterator<Item = &[u8]>> {
        self.pieces.front().map(|piece| piece.lines.iter().map(|line| line.text.as_slice()))
    }

    /// What the answer to [`Self::lines`] means for them.
    pub fn judge(&mut self, outcome: Outcome) -> Verdict {
        let Some(piece) = self.pieces.pop_front() else { return Verdict::default() };
        if piece.role == Role::Witness {
            return self.heard(outcome);
        }
        let mut verdict = match outcome {
            Outcome::Accepted => self.stored(piece),
            Outcome::Partial { dropped, message } => self.partly(piece, dropped, &message),
            Outcome::BadLines(message) => self.bad_lines(piece, &message),
            Outcome::TooLarge => self.too_large(piece),
            Outcome::Failed(why) => self.failed(piece, why),
            Outcome::Busy { why, after } => self.again(piece, Pause::Moment(why, after)),
            Outcome::Refused { why, not_found } => self.again(piece, Pause::Minutes(why, not_found)),
        };
        if self.pieces.is_empty()
            && let Some(pause) = self.last_round()
        {
            verdict.pause = pause;
        }
        verdict
    }

    /// Everything else is decided: the suspects are tried once more, and then it is looked whether
    /// the server takes anything. A server that failed for a while must cost no line.
    fn last_round(&mut self) -> Option<Pause> {
        let (_, why) = self.suspects.first()?;
        let Some(witness) = self.witness.clone() else {
            let why = why.clone();
            return Some(self.nobody_is_taken(&why));
        };
        let tries = TRIES - SINGLE_TRIES;
        let again = self.suspects.drain(..).map(|(line, _)| Piece { lines: vec![line], tries, role: Role::Again });
        self.pieces.extend(again);
        self.pieces.push_back(Piece { lines: vec![witness], tries: 0, role: Role::Witness });
        None
    }

    /// What became of the witness.
    fn heard(&mut self, outcome: Outcome) -> Verdict {
        if outcome == Outcome::Accepted {
            return Verdict { dead: std::mem::take(&mut self.condemned), ..Verdict::default() };
        }
        Verdict { pause: self.nobody_is_taken("it fails from time to time"), ..Verdict::default() }
    }

    fn again(&mut self, piece: Piece, pause: Pause) -> Verdict {
        self.pieces.push_front(piece);
        Verdict { pause, ..Verdict::default() }
    }

    fn stored(&mut self, piece: Piece) -> Verdict {
        self.failures = 0;
        let done = piece.lines.iter().map(|line| line.seq).collect();
        self.witness = piece.lines.into_iter().next_back();
        Verdict { done, ..Verdict::default() }
    }

    fn partly(&mut self, piece: Piece, dropped: Option<u64>, message: &str) -> Verdict {
        let told = told(&piece.lines, dropped, message);
        let mut verdict = self.stored(piece);
        verdict.done.retain(|seq| !told.contains(seq));
        let named = u64::try_from(told.len()).unwrap_or(u64::MAX);
        verdict.dropped = dropped.unwrap_or(1).saturating_sub(named);
        verdict.dead = told.into_iter().map(|seq| (seq, reason(message))).collect();
        verdict
    }

    fn bad_lines(&mut self, mut piece: Piece, message: &str) -> Verdict {
        let mut dead = named(&piece.lines, message);
        if let ([line], true) = (&piece.lines[..], dead.is_empty() && message.contains("unable to parse")) {
            dead.push((line.seq, reason(message)));
        }
        if dead.is_empty() {
            self.divide(piece, 0, || reason(message));
            return Verdict::default();
        }
        piece.lines.retain(|line| !dead.iter().any(|(seq, _)| *seq == line.seq));
        if !piece.lines.is_empty() {
            self.pieces.push_front(piece);
        }
        Verdict { dead, ..Verdict::default() }
    }

    fn too_large(&mut self, piece: Piece) -> Verdict {
        let too_many = Some(piece.lines.len());
        self.divide(piece, 0, || "HTTP 413: this line alone is too large".to_owned());
        Verdict { too_many, ..Verdict::default() }
    }

    fn failed(&mut self, mut piece: Piece, why: String) -> Verdict {
        piece.tries += 1;
        if piece.tries < TRIES {
            return self.again(piece, Pause::Moment(why, None));
        }
        self.failures += 1;
        if self.failures > HOPELESS {
            return Verdict { pause: self.nobody_is_taken(&why), ..Verdict::default() };
        }
        // A half is sent once; a line alone, which would be given up, a little more often.
        let tries = TRIES - if piece.lines.len() <= 2 { SINGLE_TRIES } else { 1 };
        self.divide(piece, tries, || why);
        Verdict::default()
    }

    /// Both halves in its place; a single line becomes a suspect.
    fn divide(&mut self, mut piece: Piece, tries: u32, why: impl FnOnce() -> String) {
        if piece.lines.len() > 1 {
            let second = piece.lines.split_off(piece.lines.len() / 2);
            self.pieces.push_front(Piece { lines: second, tries, ..piece });
            self.pieces.push_front(Piece { lines: piece.lines, tries, ..piece });
        } else if let Some(line) = piece.lines.pop() {
            match piece.role {
                Role::Again => self.condemned.push((line.seq, why())),
                _ => self.suspects.push((line, why())),
            }
        }
    }

    /// It is not the lines: they stay where they are kept.
    fn nobody_is_taken(&mut self, why: &str) -> Pause {
        self.pieces.clear();
        self.suspects.clear();
        self.condemned.clear();
        Pause::Minutes(format!("no line is taken: {why}"), false)
    }
}

fn reason(message: &str) -> String {
    message.chars().take(REASON).collect()
}

/// The lines that a 400 names, each in a row `unable to parse '<line>': <why>`.
fn named(lines: &[Line], message: &str) -> Vec<(i64, String)> {
    let ours: HashMap<&[u8], i64> = lines.iter().map(|line| (line.text.as_slice(), line.seq)).collect();
    let in_row = |row: &str| {
        let (_, rest) = row.split_once("unable to parse '")?;
        // A text may have an apostrophe and a colon of its own.
        let mut ends = rest.match_indices("': ");
        ends.find_map(|(end, _)| Some((*ours.get(&rest.as_bytes()[..end])?, reason(&rest[end + 3..]))))
    };
    let mut found: Vec<(i64, String)> = message.split('\n').filter_map(in_row).collect();
    found.sort_by_key(|(seq, _)| *seq);
    found.dedup_by_key(|(seq, _)| *seq);
    found
}

/// The lines that a partial write dropped, where that can be told: the message has the first one's
/// field, measurement and type, and exactly as many lines have these. A line alone is always it.
fn told(lines: &[Line], dropped: Option<u64>, message: &str) -> Vec<i64> {
    if let [line] = lines {
        return vec![line.seq];
    }
    let after = |before: &str, until: char| message.split_once(before)?.1.split_once(until).map(|(text, _)| text);
    let (Some(field), Some(measurement), Some(kind)) =
        (after("input field \"", '"'), after("on measurement \"", '"'), after("\" is type ", ','))
    else {
        return Vec::new();
    };
    let has = |line: &&Line| {
        let text = String::from_utf8_lossy(&line.text);
        let rest = text.strip_prefix(measurement).filter(|rest| rest.starts_with([',', ' ']));
        let value = rest.and_then(|rest| [' ', ','].iter().find_map(|c| rest.split_once(&format!("{c}{field}="))));
        value.is_some_and(|(_, value)| kind_of(value) == kind)
    };
    let candidates: Vec<i64> = lines.iter().filter(has).map(|line| line.seq).collect();
    let all = dropped == u64::try_from(candidates.len()).ok();
    if all { candidates } else { Vec::new() }
}

/// InfluxDB's word for the type of the value that a text begins with.
fn kind_of(text: &str) -> &'static str {
    let value = text.split([',', ' ']).next().unwrap_or_default();
    match (value.bytes().next(), value.bytes().last()) {
        (Some(b'"'), _) => "string",
        (Some(b't' | b'T' | b'f' | b'F'), _) => "boolean",
        (_, Some(b'i')) => "integer",
        (_, Some(b'u')) => "unsigned",
        _ => "float",
    }
}

#[cfg(test)]
mod tests;
