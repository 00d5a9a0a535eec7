//! When to draw: at once after a rest, and ten times a second at most.

use std::time::Duration;

use tokio::time::Instant;

const BETWEEN: Duration = Duration::from_millis(100);

/// When to draw.
#[derive(Debug, Default)]
pub struct Pace {
    /// Something has changed.
    due: bool,
    last: Option<Instant>,
}

impl Pace {
    /// Something has changed.
    pub fn wants(&mut self, redraw: bool) {
        self.due |= redraw;
    }

    /// When to draw next; `None` while nothing has changed.
    #[must_use]
    pub fn at(&self) -> Option<Instant> {
        self.due.then(|| self.last.map_or_else(Instant::now, |last| last + BETWEEN))
    }

    /// It was drawn.
    pub fn drawn(&mut self) {
        self.due = false;
        self.last = Some(Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_once_after_a_rest_and_ten_times_a_second_at_most() {
        let mut pace = Pace::default();
        assert_eq!(pace.at(), None, "nothing has changed");
        pace.wants(false);
        assert_eq!(pace.at(), None);
        pace.wants(true);
        assert!(pace.at().unwrap() <= Instant::now());
        pace.drawn();
        assert_eq!(pace.at(), None);
        let before = Instant::now();
        pace.wants(true);
        pace.wants(false);
        let next = pace.at().unwrap();
        assert!(next > before && next <= before + BETWEEN, "a tenth of a second after the last");
    }
}
