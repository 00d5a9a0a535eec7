//! Chance, by seed: the same seed throws the same.

/// A stream of random numbers.
#[derive(Debug, Clone)]
pub struct Dice(fastrand::Rng);

impl Dice {
    /// A stream of its own for each (seed, purpose): drawing more of one thing moves no other.
    #[must_use]
    pub fn new(seed: u64, purpose: u64) -> Self {
        // Any odd constant far from a power of two keeps neighbouring seeds apart.
        Self(fastrand::Rng::with_seed(
            seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ purpose.wrapping_mul(0xD1B5_4A32_D192_ED03),
        ))
    }

    /// A number of `from..to`, evenly.
    pub fn between(&mut self, from: f64, to: f64) -> f64 {
        from + (to - from) * self.0.f64()
    }

    /// An index below `n`, which is above 0.
    pub fn index(&mut self, n: usize) -> usize {
        self.0.usize(0..n.max(1))
    }

    /// True with probability `p`.
    pub fn chance(&mut self, p: f64) -> bool {
        self.0.f64() < p
    }

    /// One of them.
    pub fn one_of<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        if all.is_empty() { None } else { all.get(self.index(all.len())) }
    }

    /// The index of one of `weights`, each as likely as it is heavy.
    pub fn weighted(&mut self, weights: impl Iterator<Item = f64> + Clone) -> usize {
        let mut left = self.between(0.0, weights.clone().sum());
        let mut last = 0;
        for (at, weight) in weights.enumerate() {
            if left < weight {
                return at;
            }
            left -= weight;
            last = at;
        }
        last
    }

    /// A bell curve's number: mean 0, deviation 1 (Box and Muller).
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.0.f64()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.0.f64()).cos()
    }

    /// A duration in milliseconds, log-normal with this mean and coefficient of variation, held to
    /// `from..=to` seconds. Human tasks take such times: never below zero, mostly near the
    /// middle, now and then very long. Brown et al., "Statistical Analysis of a Telephone Call
    /// Center" (JASA 2005), found it of service times, and it has been found of counters since.
    pub fn task_ms(&mut self, mean_s: f64, variation: f64, from: f64, to: f64) -> i64 {
        let sigma2 = (1.0 + variation * variation).ln();
        let s = (mean_s.ln() - sigma2 / 2.0 + sigma2.sqrt() * self.normal()).exp();
        ms(s.clamp(from, to))
    }
}

/// Whole milliseconds of seconds.
#[must_use]
pub fn ms(seconds: f64) -> i64 {
    (seconds * 1_000.0).round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_a_sequence() {
        let draw = |seed, purpose| {
            let mut dice = Dice::new(seed, purpose);
            [dice.between(0.0, 1.0), dice.normal(), dice.between(5.0, 6.0)]
        };
        assert_eq!(draw(1, 1), draw(1, 1));
        assert_ne!(draw(1, 1), draw(2, 1));
        assert_ne!(draw(1, 1), draw(1, 2));
    }

    #[test]
    fn a_task_takes_its_mean() {
        let mut dice = Dice::new(3, 0);
        let n = 20_000;
        let all: Vec<i64> = (0..n).map(|_| dice.task_ms(600.0, 0.6, 0.0, 1e9)).collect();
        let mean = all.iter().sum::<i64>() as f64 / f64::from(n);
        assert!((mean - 600_000.0).abs() < 10_000.0, "{mean}");
        assert!(all.iter().all(|ms| *ms > 0));
    }

    #[test]
    fn the_heavier_comes_more_often() {
        let mut dice = Dice::new(4, 0);
        let mut seen = [0; 3];
        (0..10_000).for_each(|_| seen[dice.weighted([1.0, 0.0, 3.0].into_iter())] += 1);
        assert_eq!(seen[1], 0);
        assert!((7_200..7_800).contains(&seen[2]), "{seen:?}");
    }
}
