//! The zones of a picture.

use std::ops::RangeInclusive;

use domain::event::ZoneKind;
use domain::{CounterId, ZoneId};

use super::number;
use super::polygon;
use crate::settings::cameras::CameraZone;
use crate::settings::reader::Table;
use crate::settings::site::ids::Declared;

const KINDS: [(&str, ZoneKind); 4] = [
    ("waiting", ZoneKind::Waiting),
    ("counter", ZoneKind::Counter),
    ("entrance", ZoneKind::Entrance),
    ("ignore", ZoneKind::Ignore),
];

const SENSITIVITY: RangeInclusive<f64> = 0.1..=10.0;
const MIN_AREA: RangeInclusive<f64> = 0.0..=1.0;
const HOLD_S: RangeInclusive<f64> = 0.0..=60.0;
const STILL_S: RangeInclusive<f64> = 1.0..=86_400.0;
const FULL_AT: RangeInclusive<f64> = 0.01..=1.0;
const SEATS: RangeInclusive<i64> = 1..=10_000;

/// The zones of a file that holds nothing else.
pub(in crate::settings) fn zones_alone(mut root: Table<'_>) -> Option<Vec<CameraZone>> {
    let mut ids = Declared::new("zone");
    let tables = root.tables("zone");
    if tables.is_empty() && root.at.all_is_read() {
        root.at.mistake("holds no zone; write [[zone]] with `zone`, `kind` and `polygon`");
    }
    let zones = tables.into_iter().filter_map(|table| read(table, &mut ids, None)).collect();
    root.finish();
    Some(zones)
}

/// Reads one zone. `counters` are those of the file, `None` where none are known.
pub(super) fn read<'r>(
    mut table: Table<'r>,
    ids: &mut Declared<'r>,
    counters: Option<&Declared<'r>>,
) -> Option<CameraZone> {
    let zone: Option<ZoneId> = table.need("zone").and_then(|value| ids.declare(&value, value.parse()?));
    let kind = table.need("kind").and_then(|value| value.one_of(&KINDS));
    let counter = match kind {
        Some(ZoneKind::Counter) => table.need("counter"),
        // Another kind has none, and of an unknown kind nothing can be asked.
        _ => table.get("counter"),
    };
    let counter = counter.and_then(|value| match kind {
        Some(ZoneKind::Counter) | None => {
            let id = value.parse::<CounterId>()?;
            counters.map_or(Some(id), |known| known.refer(&value, id))
        }
        Some(other) => {
            value.at.mistake(format!("only a zone of kind `counter` has one; this is `{other}`"));
            None
        }
    });
    let polygon = table.need("polygon").and_then(|value| polygon::read(&value));
    let sensitivity = number(&mut table, "sensitivity", &SENSITIVITY);
    let min_area = number(&mut table, "min_area", &MIN_AREA);
    let hold_s = number(&mut table, "hold_s", &HOLD_S);
    let still_s = number(&mut table, "still_s", &STILL_S);
    let full_at = number(&mut table, "full_at", &FULL_AT);
    let seats = table.get("seats").and_then(|value| u32::try_from(value.whole(SEATS)?).ok());
    table.finish();
    let (zone, kind, polygon) = (zone?, kind?, polygon?);
    Some(CameraZone { zone, kind, counter, polygon, sensitivity, min_area, hold_s, still_s, full_at, seats })
}
