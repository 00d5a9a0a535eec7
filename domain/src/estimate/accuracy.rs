//! How well the promised ranges hold: the share of tickets that were called within them.

use serde::{Deserialize, Serialize};

use super::state::BANDS;

/// Tickets called that had been promised a range, and those called no later than promised.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// Tickets; older days count less.
    pub n: f32,
    /// Of these, within the range.
    pub within: f32,
}

/// See the module. Days fade: a day counts half after about a month.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Accuracy {
    /// By people ahead: nobody, 1–4, 5–14, 15 and more.
    pub by_band: [Kept; BANDS],
    /// By hour of the day in which the ticket was taken, in open time since the business day began.
    pub by_hour: [Kept; 24],
    /// The present business day, by people ahead.
    pub today: [Kept; BANDS],
}

impl Accuracy {
    /// The share within, where at least one was judged.
    #[must_use]
    pub fn share(kept: Kept) -> Option<f32> {
        (kept.n > 0.0).then(|| kept.within / kept.n)
    }

    pub(super) fn note(&mut self, band: usize, hour: usize, inside: bool) {
        for kept in [&mut self.by_band[band], &mut self.by_hour[hour.min(23)], &mut self.today[band]] {
            kept.n += 1.0;
            kept.within += f32::from(u8::from(inside));
        }
    }

    pub(super) fn start_day(&mut self) {
        const FADE: f32 = 0.98;
        self.today = Default::default();
        for kept in self.by_band.iter_mut().chain(&mut self.by_hour) {
            kept.n *= FADE;
            kept.within *= FADE;
        }
    }
}
