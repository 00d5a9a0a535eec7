//! Draws that belong to what they are drawn for: the service time of a ticket is the same in every
//! scenario with the same seed, whichever counter calls it and when. These are common random
//! numbers (Law & Kelton, *Simulation Modeling and Analysis*, section 11.2): two scenarios then
//! differ by what was changed, not by luck.

/// What a draw is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum For {
    /// The gap before an arrival.
    Gap = 1,
    /// How long a call occupies the counter.
    Occupancy = 2,
    /// How long a ticket is waited with.
    Patience = 3,
    /// The class of an arrival.
    Class = 4,
    /// What is left of the work of a busy counter.
    Left = 5,
    /// How long that work has lasted, where it is not known.
    Elapsed = 6,
}

/// The draws of one run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Draws {
    start: u64,
}

/// Steele, Lea & Flood, "Fast splittable pseudorandom number generators" (OOPSLA 2014): the output
/// function of SplitMix64.
const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

impl Draws {
    /// The draws of the run `run` under `seed`.
    pub(super) const fn of(seed: u64, run: u32) -> Self {
        Self { start: mix(mix(seed.wrapping_add(GOLDEN)).wrapping_add((run as u64 + 1).wrapping_mul(GOLDEN))) }
    }

    /// Between 0 and 1, neither included: the draw of the thing `k` of the group `group`.
    pub(super) fn unit(self, what: For, group: u32, k: u32) -> f64 {
        let place = (what as u64) << 56 | u64::from(group) << 32 | u64::from(k);
        let bits = mix(self.start.wrapping_add(place.wrapping_mul(GOLDEN))) >> 12;
        (bits as f64 + 0.5) / (1_u64 << 52) as f64
    }

    /// Exponential with mean 1.
    pub(super) fn exponential(self, what: For, group: u32, k: u32) -> f64 {
        -self.unit(what, group, k).ln()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_even_and_belong_to_their_thing() {
        let draws = Draws::of(1, 0);
        assert_eq!(draws.unit(For::Gap, 3, 4).to_bits(), Draws::of(1, 0).unit(For::Gap, 3, 4).to_bits());
        assert_ne!(draws.unit(For::Gap, 3, 4), draws.unit(For::Gap, 4, 3));
        assert_ne!(draws.unit(For::Gap, 3, 4), Draws::of(1, 1).unit(For::Gap, 3, 4));
        let n = 100_000_u32;
        for what in [For::Gap, For::Occupancy, For::Left] {
            let mean = (0..n).map(|k| draws.unit(what, 0, k)).sum::<f64>() / f64::from(n);
            assert!((mean - 0.5).abs() < 0.004, "{what:?} {mean}");
        }
        // Runs are as independent as draws: first draws of many runs.
        let mean = (0..n).map(|run| Draws::of(7, run).exponential(For::Gap, 0, 0)).sum::<f64>() / f64::from(n);
        assert!((mean - 1.0).abs() < 0.013, "{mean}");
    }
}
