//! The figures: what each reads, its columns, and how they are reckoned. One file a figure.

mod abandonment;
mod estimates;
mod load;
mod quality;
mod ratings;
mod utilisation;
mod waits;
mod zones;

pub(super) use self::abandonment::Abandonment;
pub(super) use self::estimates::Estimates;
pub(super) use self::load::Load;
pub(super) use self::quality::Quality;
pub(super) use self::ratings::Ratings;
pub(super) use self::utilisation::Utilisation;
pub(super) use self::waits::Waits;
pub(super) use self::zones::Zones;

use super::question::Figure;
use super::shape::{Column, Unit};
use super::tally::Tally;

/// The columns of a figure, in their order.
#[must_use]
pub const fn columns(figure: Figure) -> &'static [Column] {
    match figure {
        Figure::Waits => Waits::COLUMNS,
        Figure::Load => Load::COLUMNS,
        Figure::Ratings => Ratings::COLUMNS,
        Figure::Utilisation => Utilisation::COLUMNS,
        Figure::Abandonment => Abandonment::COLUMNS,
        Figure::Estimates => Estimates::COLUMNS,
        Figure::Zones => Zones::COLUMNS,
        Figure::Quality => Quality::COLUMNS,
    }
}

const fn column(key: &'static str, unit: Unit, vi: &'static str, en: &'static str, means: &'static str) -> Column {
    Column { key, unit, vi, en, means }
}

/// A whole number as far as a float holds it.
fn float(n: impl TryInto<i64>) -> f64 {
    n.try_into().map_or(f64::MAX, |n: i64| n as f64)
}
