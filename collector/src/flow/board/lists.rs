//! The lists of a board: what of each was last shown, and what an evaluation makes of it.

use domain::board::ZoneRow;
use domain::{DeviceId, TicketNumber};
use mqtt_config::wire::json;
use serde::Serialize;

use super::super::rows::{List, Shown, ShownIx};
use super::Display;

/// What was last shown, by list.
#[derive(Default)]
pub struct ShownRows {
    pub head: Shown<&'static str>,
    pub services: ShownIx,
    pub counters: ShownIx,
    pub displays: ShownIx,
    pub missed: Shown<TicketNumber>,
    pub zones: Shown<String>,
    pub devices: Shown<DeviceId>,
    pub alerts: Shown<String>,
}

/// The lists of one evaluation.
#[derive(Default)]
pub struct Lists {
    pub services: List,
    pub counters: List,
    pub missed: List,
    pub zones: List,
    pub devices: List,
    pub alerts: List,
    pub removed: Vec<u8>,
    pub head: Vec<u8>,
    pub displays: Vec<Display>,
}

/// The evaluated rows in the order of the board. A row that has no place there is left out.
pub fn in_order<'a, T>(rows: &'a [(u16, T)], order: &'a [u16]) -> impl Iterator<Item = (u16, &'a T)> {
    // Rows come by number: a search each, and nothing is allocated.
    order.iter().filter_map(|ix| {
        let place = rows.binary_search_by_key(ix, |(ix, _)| *ix).ok()?;
        Some((*ix, &rows[place].1))
    })
}

/// Keys as JSON; `None` when there are none.
pub fn keys(keys: &[impl Serialize]) -> Option<String> {
    (!keys.is_empty()).then(|| json(&keys))
}

pub fn zone_key(row: &ZoneRow) -> String {
    format!("{}+{}", row.camera, row.zone)
}
