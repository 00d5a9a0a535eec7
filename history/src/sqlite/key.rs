//! Site, part and business day in one number, so that a site's part lies day beside day in the file.
//!
//! ```text
//! site << 32 | part << 24 | date + 2^23        (a table without parts: part 0)
//! ```

use domain::facts::Date;

use crate::Part;

/// 2^23 days are 23 millennia each way; an instant can be written from the year 0 to 9999.
const ZERO: i64 = 1 << 23;

const PARTS: [Part; 9] = [
    Part::Tickets,
    Part::Waits,
    Part::Services,
    Part::Estimates,
    Part::Ratings,
    Part::Queues,
    Part::Counters,
    Part::Zones,
    Part::Quality,
];

/// Every part, in order.
pub const ALL: &[Part] = &PARTS;

fn date_bits(date: Date) -> i64 {
    i64::from(date).clamp(-ZERO, ZERO - 1) + ZERO
}

/// The key of a day of a site (its number in table `site`).
pub fn of_day(site: i64, date: Date) -> i64 {
    site << 32 | date_bits(date)
}

/// The key of one part of it.
pub fn of_part(site: i64, part: Part, date: Date) -> i64 {
    site << 32 | (part as i64) << 24 | date_bits(date)
}

/// The day of a key.
pub fn date(key: i64) -> Date {
    // 24 bits fit.
    ((key & 0xff_ffff) - ZERO) as Date
}

/// The site's number in a key.
pub fn site(key: i64) -> i64 {
    key >> 32
}

/// The dates of a scope, held to those that can be in a file.
pub fn held(date: Date) -> Date {
    (date_bits(date) - ZERO) as Date
}
