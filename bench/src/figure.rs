//! One JSON line a figure.

use std::io::{Write, stdout};

use serde::Serialize;
use serde_json::Value;

/// What is asked of a figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Asked {
    /// Nothing: it explains another figure.
    Nothing,
    /// No more than this.
    AtMost(f64),
    /// No less than this.
    AtLeast(f64),
    /// Exactly this.
    Exactly(f64),
}

impl Asked {
    fn text(self) -> Value {
        match self {
            Self::Nothing => Value::Null,
            Self::AtMost(limit) => format!("<= {}", rounded(limit)).into(),
            Self::AtLeast(limit) => format!(">= {}", rounded(limit)).into(),
            Self::Exactly(value) => format!("= {}", rounded(value)).into(),
        }
    }

    #[expect(clippy::float_cmp, reason = "what must be exact is a count, and counts this small are exact in f64")]
    fn holds(self, value: f64) -> Option<bool> {
        match self {
            Self::Nothing => None,
            Self::AtMost(limit) => Some(value <= limit),
            Self::AtLeast(limit) => Some(value >= limit),
            Self::Exactly(wanted) => Some(value == wanted),
        }
    }
}

#[derive(Debug, Serialize)]
struct Line<'a> {
    bench: &'a str,
    value: Value,
    unit: Option<&'a str>,
    asked: Value,
    ok: Option<bool>,
}

/// The figures of one run; prints each when it is known and remembers whether all hold.
#[derive(Debug, Default)]
pub struct Figures {
    missed: usize,
}

impl Figures {
    /// Prints `{"bench":…,"value":…,"unit":…,"asked":…,"ok":…}`; `ok` is null where nothing is asked.
    pub fn tell(&mut self, bench: &str, value: f64, unit: &str, asked: Asked) {
        let ok = asked.holds(value);
        self.missed += usize::from(ok == Some(false));
        print_line(&Line { bench, value: rounded(value).into(), unit: Some(unit), asked: asked.text(), ok });
    }

    /// Prints a fact that is no number, for example the machine's name.
    pub fn note(&self, bench: &str, value: &str) {
        print_line(&Line { bench, value: value.into(), unit: None, asked: Value::Null, ok: None });
    }

    /// How many figures are not as asked.
    #[must_use]
    pub fn missed(&self) -> usize {
        self.missed
    }
}

/// Prints one JSON line and hands it on at once, for a program that waits for it.
pub fn print_line(line: &impl Serialize) {
    let text = serde_json::to_string(line).expect("numbers and texts always become JSON");
    let mut out = stdout().lock();
    // A reader that has gone away wants no more figures.
    drop(writeln!(out, "{text}").and_then(|()| out.flush()));
}

fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_is_checked() {
        assert_eq!(Asked::AtMost(1.5).holds(1.5), Some(true));
        assert_eq!(Asked::AtMost(1.5).holds(1.51), Some(false));
        assert_eq!(Asked::AtLeast(0.8).holds(0.79), Some(false));
        assert_eq!(Asked::Exactly(0.0).holds(1.0), Some(false));
        assert_eq!(Asked::Nothing.holds(7.0), None);
    }

    #[test]
    fn misses_are_counted() {
        let mut figures = Figures::default();
        figures.tell("a", 2.0, "s", Asked::AtMost(1.0));
        figures.tell("b", 2.0, "s", Asked::Nothing);
        assert_eq!(figures.missed(), 1);
    }
}
