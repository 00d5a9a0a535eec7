//! How well today's promised ranges held: which share, and when it is too small.

use domain::board::Promise;

/// Fewer promises than this prove nothing.
pub const ENOUGH: u32 = 20;
/// Of the tickets called, so many per cent are to be called within the range that was promised; the
/// range is made for 90.
pub const LEAST_PERCENT: u32 = 85;

/// The share that was called in time, 0..1; `None` when none was promised.
#[must_use]
pub fn share(promise: Promise) -> Option<f64> {
    (promise.n > 0).then(|| f64::from(promise.within) / f64::from(promise.n))
}

/// Whether promises do not hold, as far as there are enough of them to tell.
#[must_use]
pub fn is_broken(promise: Promise) -> bool {
    promise.n >= ENOUGH && u64::from(promise.within) * 100 < u64::from(promise.n) * u64::from(LEAST_PERCENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_promise_is_broken_below_85_of_100_and_only_where_there_are_20() {
        let broken = |n, within| is_broken(Promise { n, within });
        assert!(broken(140, 118) && !broken(140, 119), "118 of 140 is 84.3 %");
        assert!(!broken(20, 17) && broken(20, 16) && !broken(19, 0) && !broken(0, 0));
        assert_eq!(share(Promise { n: 0, within: 0 }), None);
        assert_eq!(share(Promise { n: 4, within: 3 }), Some(0.75));
    }
}
