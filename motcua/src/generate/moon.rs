//! New moons, for the feasts that follow the lunar calendar.
//!
//! After J. Meeus, "Astronomical Algorithms" (1998), chapter 49, with the larger periodic terms: right
//! to some minutes, so that a date is wrong only where the moon is new within minutes of midnight.

use domain::facts::Date;

/// Julian day of 1970-01-01, 0 h UTC.
const EPOCH: f64 = 2_440_587.5;
/// The new moon of 2000-01-06, from which they are counted; and days from one to the next.
const FIRST: f64 = 2_451_550.097_66;
const MONTH: f64 = 29.530_588_861;
/// Vietnam's clocks are ahead of UTC by this part of a day.
const AHEAD: f64 = 7.0 / 24.0;

/// The last date in Vietnam, not after `date`, on which the moon was new: a lunar month's first day.
#[must_use]
pub(super) fn month_of(date: Date) -> Date {
    let near = ((f64::from(date) + EPOCH - FIRST) / MONTH).ceil() + 1.0;
    let mut last = day_of(near);
    for back in 1..4 {
        if last <= date {
            break;
        }
        last = day_of(near - f64::from(back));
    }
    last
}

/// The date in Vietnam of new moon number `k`.
fn day_of(k: f64) -> Date {
    let t = k / 1_236.85;
    let sun = (2.5534 + 29.105_356_7 * k).to_radians();
    let moon = (201.5643 + 385.816_935_28 * k + 0.010_758_2 * t * t).to_radians();
    let latitude = (160.7108 + 390.670_502_84 * k - 0.001_611_8 * t * t).to_radians();
    let node = (124.7746 - 1.563_755_88 * k).to_radians();
    let orbit = 1.0 - 0.002_516 * t;
    let mean = FIRST + MONTH * k + 0.000_154_37 * t * t;
    let swing = -0.4072 * moon.sin()
        + 0.172_41 * orbit * sun.sin()
        + 0.016_08 * (2.0 * moon).sin()
        + 0.010_39 * (2.0 * latitude).sin()
        + 0.007_39 * orbit * (moon - sun).sin()
        - 0.005_14 * orbit * (moon + sun).sin()
        + 0.002_08 * orbit * orbit * (2.0 * sun).sin()
        - 0.001_11 * (moon - 2.0 * latitude).sin()
        - 0.000_57 * (moon + 2.0 * latitude).sin()
        + 0.000_56 * orbit * (2.0 * moon + sun).sin()
        - 0.000_42 * (3.0 * moon).sin()
        + 0.000_42 * orbit * (sun + 2.0 * latitude).sin()
        + 0.000_38 * orbit * (sun - 2.0 * latitude).sin()
        - 0.000_24 * orbit * (2.0 * moon - sun).sin()
        - 0.000_17 * node.sin();
    // Ephemeris time is ahead of the clocks by a good minute in our decades.
    let clocks = mean + swing - 70.0 / 86_400.0;
    (clocks + AHEAD - EPOCH).floor() as Date
}
