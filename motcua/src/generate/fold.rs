//! From what came in to what history keeps: the very way of the collector, without a broker.

use domain::Timestamp;
use domain::calendar::{BusinessDay, Hours};
use domain::config::SiteConfig;
use domain::history::{Builder, Day, SiteQuality, SiteSeen};
use domain::ledger::{Ledger, Taken};

use super::centre::{Centre, DayOf};

/// The collector listens from this long before the morning until after the last has gone,
/// milliseconds after midnight.
const LISTENS_MS: (i64, i64) = (6 * 3_600_000, 20 * 3_600_000);

/// One centre's state from day to day.
#[derive(Debug)]
pub(super) struct Fold<'c> {
    config: &'c SiteConfig,
    hours: Hours,
    ledger: Ledger,
    seen: SiteSeen,
    quality: SiteQuality,
    /// Offsets as a journal would count them.
    offset: u64,
    taken: Taken,
}
