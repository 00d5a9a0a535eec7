//! Which pictures are looked at.

/// Chooses evenly among pictures, by their times.
#[derive(Debug, Clone)]
pub struct Looks {
    every_ms: f64,
    slack_ms: f64,
    due_ms: Option<f64>,
}

impl Looks {
    /// So many looks a second. A picture that comes `slack_ms` before its look is due will do: arrival
    /// times tremble, written times are rounded.
    #[must_use]
    pub fn new(per_s: f64, slack_ms: f64) -> Self {
        Self { every_ms: 1000.0 / per_s.clamp(0.1, 1000.0), slack_ms, due_ms: None }
    }

    /// Whether the picture of this time is to be looked at.
    pub fn wants(&mut self, at_ms: f64) -> bool {
        let due = *self.due_ms.get_or_insert(at_ms);
        // A clock that went far back would otherwise close the eye until it has caught up.
        let lost = due - at_ms > 2.0 * self.every_ms;
        if at_ms + self.slack_ms < due && !lost {
            return false;
        }
        let late = at_ms - due;
        // After a hole the looks that were missed are not made up for.
        self.due_ms = Some(if lost || late >= self.every_ms { at_ms + self.every_ms } else { due + self.every_ms });
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(fps: f64, per_s: f64, seconds: f64) -> Vec<f64> {
        let mut looks = Looks::new(per_s, 1.5);
        let frames = (0..(fps * seconds) as usize).map(|n| (n as f64 * 1000.0 / fps).round());
        frames.filter(|&at| looks.wants(at)).collect()
    }

    #[test]
    fn looks_are_as_many_as_asked_and_even() {
        for fps in [7.0, 12.5, 15.0, 24.0, 25.0, 29.97, 30.0, 50.0] {
            let looks = chosen(fps, 5.0, 60.0);
            assert!((298..=301).contains(&looks.len()), "{fps}: {}", looks.len());
            let gaps = looks.windows(2).map(|pair| pair[1] - pair[0]);
            assert!(gaps.into_iter().all(|gap| gap <= 200.0 + 1000.0 / fps + 2.0), "{fps}");
        }
        assert_eq!(chosen(25.0, 5.0, 1.0), [0.0, 200.0, 400.0, 600.0, 800.0]);
        assert_eq!(chosen(3.0, 5.0, 10.0).len(), 30, "all, where there are fewer");
        assert_eq!(chosen(25.0, 0.5, 60.0).len(), 30);
    }

    #[test]
    fn holes_and_leaps_are_neither_made_up_for_nor_waited_for() {
        let mut looks = Looks::new(5.0, 1.5);
        let told = [0.0, 10_000.0, 10_040.0, 10_200.0, 100.0, 140.0, 300.0].map(|at| looks.wants(at));
        assert_eq!(told, [true, true, false, true, true, false, true]);
    }
}
