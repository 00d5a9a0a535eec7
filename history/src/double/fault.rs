//! What goes wrong on purpose: a script, worked off request by request.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// Of which requests a fault speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum On {
    #[default]
    Write,
    Query,
    /// Every request of the API.
    All,
}

/// A step of the script: it holds for the next `times` requests that it speaks of, then the next one comes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Of which requests.
    #[serde(default)]
    pub on: On,
    /// For as many.
    #[serde(default = "once")]
    pub times: u32,
    /// What happens.
    pub what: What,
}

fn once() -> u32 {
    1
}

impl Fault {
    /// For the next `times` writes.
    #[must_use]
    pub fn writes(times: u32, what: What) -> Self {
        Self { on: On::Write, times, what }
    }

    /// For the next `times` queries.
    #[must_use]
    pub fn queries(times: u32, what: What) -> Self {
        Self { on: On::Query, times, what }
    }
}

/// What happens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Nothing: the request is served.
    Nothing,
    /// Nothing is done and this status is told, with `Retry-After` as it is written here (`2`, a date).
    Status {
        /// The status.
        status: u16,
        /// The header, where there is one.
        retry_after: Option<String>,
    },
    /// The request is served, but this status is told.
    DoneBut(u16),
    /// 413 for bodies that are longer, as they were sent; it does not count for those that are not.
    TooLarge(usize),
    /// The connection is reset before anything is done.
    Reset,
    /// The request is served, then the connection is reset instead of an answer.
    DoneThenReset,
    /// The request is served and the answer held back, milliseconds.
    Slow(u64),
    /// Nothing is done; a page with status 200, as a gateway's login would be.
    Page,
    /// The answer's body, in chunks, ends after so many bytes with the connection.
    Cut(usize),
    /// 200 and these bytes of CSV.
    Csv(String),
}

/// What is still to come.
#[derive(Debug, Default)]
pub struct Script {
    steps: VecDeque<Fault>,
}

impl Script {
    /// Puts steps behind those that are there.
    pub fn extend(&mut self, steps: impl IntoIterator<Item = Fault>) {
        self.steps.extend(steps.into_iter().filter(|step| step.times > 0));
    }

    /// Forgets what is left.
    pub fn clear(&mut self) {
        self.steps.clear();
    }

    /// What is left, in turns.
    pub fn left(&self) -> usize {
        self.steps.iter().map(|step| step.times as usize).sum()
    }

    /// What happens to a request of this kind with a body of so many bytes.
    pub fn next(&mut self, on: On, bytes: usize) -> What {
        let mine = |step: &Fault| step.on == on || step.on == On::All;
        let Some(place) = self.steps.iter().position(mine) else { return What::Nothing };
        let step = &mut self.steps[place];
        if matches!(step.what, What::TooLarge(most) if bytes <= most) {
            return What::Nothing;
        }
        let what = step.what.clone();
        step.times -= 1;
        if step.times == 0 {
            self.steps.remove(place);
        }
        what
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_come_in_order_each_as_often_as_asked() {
        let mut script = Script::default();
        script.extend([
            Fault::writes(2, What::Reset),
            Fault::queries(1, What::Page),
            Fault::writes(1, What::TooLarge(10)),
            Fault::writes(1, What::DoneBut(500)),
        ]);
        assert_eq!(script.next(On::Write, 1), What::Reset);
        assert_eq!(script.next(On::Query, 1), What::Page);
        assert_eq!(script.next(On::Query, 1), What::Nothing);
        assert_eq!(script.next(On::Write, 1), What::Reset);
        assert_eq!(script.next(On::Write, 10), What::Nothing);
        assert_eq!(script.next(On::Write, 11), What::TooLarge(10));
        assert_eq!(script.next(On::Write, 1), What::DoneBut(500));
        assert_eq!((script.next(On::Write, 1), script.left()), (What::Nothing, 0));
    }

    #[test]
    fn a_script_is_read_from_json() {
        let steps: Vec<Fault> = serde_json::from_str(
            r#"[{"times":3,"what":{"status":{"status":503,"retry_after":"2"}}},{"on":"query","what":"page"}]"#,
        )
        .unwrap();
        assert_eq!(steps[0], Fault::writes(3, What::Status { status: 503, retry_after: Some("2".into()) }));
        assert_eq!(steps[1], Fault::queries(1, What::Page));
    }
}
