//! Which rows are shown: `dat dai`, `!dong`, `cho>15`, `quay=3`, `tt=tam-dung`, joined by spaces.
//!
//! A filter that is not understood says why and shows all rows: hiding what nobody asked to hide
//! would be worse than showing too much.

mod facts;
mod mistake;
mod parse;

pub use facts::{Facts, Seen, facts};
pub use mistake::FilterMistake;

/// A filter as typed, and as understood.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Filter {
    /// As typed; empty shows all.
    pub text: String,
    /// Why it is not understood (all is shown then); `None` when it is.
    pub mistake: Option<FilterMistake>,
    terms: Vec<Term>,
}

/// One condition; a row is shown when it meets all.
#[derive(Debug, Clone, PartialEq)]
struct Term {
    /// `!`: the condition must not hold.
    not: bool,
    test: Test,
}

#[derive(Debug, Clone, PartialEq)]
enum Test {
    /// Somewhere in the row's words (folded).
    Text(String),
    /// A figure of the row.
    Number { field: Number, op: Op, value: f64 },
    /// A word of the row (slug, or as typed through an input method).
    Word { field: Word, op: Op, value: String },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Op {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A figure that a filter can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Number {
    /// Minutes of the longest wait: of the service, or of the services that a counter serves.
    Wait,
    /// People waiting, likewise.
    Waiting,
    /// Minutes since the row's state began.
    Since,
    /// Minutes by which nine in ten are called.
    Expected,
    /// Share of today's promises that held, per cent.
    Kept,
    /// Utilisation or level, per cent.
    Load,
    /// Tickets served.
    Served,
    /// Seconds since a device was heard.
    Age,
}

/// A word that a filter can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    Counter,
    Service,
    State,
    Officer,
    Ticket,
    Device,
    Kind,
    Reason,
    Severity,
    Department,
}

impl Filter {
    /// Reads a filter.
    #[must_use]
    pub fn new(text: &str) -> Self {
        match parse::terms(text) {
            Ok(terms) => Self { text: text.to_owned(), mistake: None, terms },
            Err(mistake) => Self { text: text.to_owned(), mistake: Some(mistake), terms: Vec::new() },
        }
    }

    /// Whether every row is shown.
    #[must_use]
    pub fn shows_all(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether a row of these facts is shown.
    #[must_use]
    pub fn shows(&self, facts: &Facts) -> bool {
        self.terms.iter().all(|term| term.test.holds(facts) != term.not)
    }
}

impl Test {
    fn holds(&self, facts: &Facts) -> bool {
        match self {
            Self::Text(needle) => facts.text.contains(needle),
            // What is not known is neither less nor more, and not other than anything.
            Self::Number { field, op, value } => facts.number(*field).is_some_and(|known| op.holds(known, *value)),
            Self::Word { field, op, value } => {
                let is = facts.words(*field).iter().any(|word| facts::names(word, value));
                is == (*op == Op::Equal)
            }
        }
    }
}

impl Op {
    fn holds(self, known: f64, value: f64) -> bool {
        match self {
            Self::Equal => (known - value).abs() < 0.5,
            Self::NotEqual => (known - value).abs() >= 0.5,
            Self::Less => known < value,
            Self::LessOrEqual => known <= value,
            Self::Greater => known > value,
            Self::GreaterOrEqual => known >= value,
        }
    }
}

#[cfg(test)]
mod tests;
