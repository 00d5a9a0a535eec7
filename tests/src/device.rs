//! Events as a device sends them: payloads with the device's own `boot` and `seq`.

use std::collections::BTreeMap;

use crate::oracle::Happening;
use crate::seed::Seed;

/// One message of a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// When it happened, ms since 1970.
    pub at_ms: i64,
    /// The site's id.
    pub site: String,
    /// Where it goes.
    pub topic: String,
    /// What it says.
    pub payload: String,
}

/// What a gateway of each site would send; `seq` counts by site, as each site's gateway is a
/// device of its own.
#[must_use]
pub fn letters<'a>(happenings: impl IntoIterator<Item = &'a Happening>, device: &str, seed: &mut Seed) -> Vec<Letter> {
    let boot = format!("{:016x}", seed.bits());
    let mut seqs: BTreeMap<&str, u64> = BTreeMap::new();
    let mut letter = |one: &'a Happening| {
        let seq = seqs.entry(&one.site).or_default();
        *seq += 1;
        Letter {
            at_ms: one.at.ms,
            site: one.site.clone(),
            topic: format!("motcua/v1/{}/gateway/{device}/evt", one.site),
            payload: one.payload(seed.bits128(), &boot, *seq),
        }
    };
    happenings.into_iter().map(&mut letter).collect()
}
