//! Shares, and how they spread over seeds.

use serde::Serialize;

/// So many promises, so many kept.
#[derive(Debug, Clone, Copy, Default)]
pub struct Share {
    /// Promises whose ticket was called.
    pub n: u64,
    /// No later than promised.
    pub within: u64,
}

impl Share {
    /// Counts one.
    pub fn add(&mut self, within: bool) {
        self.n += 1;
        self.within += u64::from(within);
    }

    /// The share kept; of none, all.
    pub fn kept(self) -> f64 {
        if self.n == 0 { 1.0 } else { self.within as f64 / self.n as f64 }
    }
}

/// Shares of many seeds: all promises together, and the seeds beside each other.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Spread {
    /// Promises of all seeds.
    pub n: u64,
    /// Of them kept.
    pub pooled: f64,
    /// Of the seeds that have some: mean of their shares, and the deviation from it.
    pub mean: f64,
    pub sd: f64,
    pub least: f64,
    pub p10: f64,
    pub p90: f64,
    pub most: f64,
}

impl Spread {
    /// Of the shares of all seeds.
    pub fn of(seeds: impl Iterator<Item = Share>) -> Self {
        let (mut all, mut kept) = (Share::default(), Vec::new());
        for seed in seeds.filter(|seed| seed.n > 0) {
            all.n += seed.n;
            all.within += seed.within;
            kept.push(seed.kept());
        }
        kept.sort_by(f64::total_cmp);
        let n = kept.len().max(1) as f64;
        let mean = kept.iter().sum::<f64>() / n;
        let variance = kept.iter().map(|one| (one - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
        let at = |share: f64| kept.get((share * (n - 1.0)).round() as usize).copied().unwrap_or(1.0);
        let [pooled, mean, sd, least, p10, p90, most] =
            [all.kept(), mean, variance.sqrt(), at(0.0), at(0.1), at(0.9), at(1.0)]
                .map(|value| (value * 1_000.0).round() / 1_000.0);
        Self { n: all.n, pooled, mean, sd, least, p10, p90, most }
    }
}
