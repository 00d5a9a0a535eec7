//! Cameras and the zones of their pictures.

use domain::config::ZoneConfig;
use domain::event::ZoneKind;
use domain::{CameraId, CounterId, ZoneId};

use super::departments::Departments;
use super::ids::Declared;
use crate::settings::reader::{Table, Value};

const KINDS: [(&str, ZoneKind); 4] = [
    ("waiting", ZoneKind::Waiting),
    ("counter", ZoneKind::Counter),
    ("entrance", ZoneKind::Entrance),
    ("ignore", ZoneKind::Ignore),
];

/// The zones of all cameras, in the order of the file.
pub(super) fn zones<'r>(cameras: Vec<Table<'r>>, departments: &Departments<'r>) -> Vec<ZoneConfig> {
    let mut ids = Declared::new("camera");
    let mut all = Vec::new();
    for mut table in cameras {
        let camera: Option<CameraId> = table.need("camera").and_then(|value| ids.declare(&value, value.parse()?));
        let mut zone_ids = Declared::new("zone");
        for zone in table.tables("zone") {
            all.extend(read_zone(zone, camera, &mut zone_ids, departments));
        }
        table.finish();
    }
    all
}

fn read_zone<'r>(
    mut table: Table<'r>,
    camera: Option<CameraId>,
    ids: &mut Declared<'r>,
    departments: &Departments<'r>,
) -> Option<ZoneConfig> {
    let zone: Option<ZoneId> = table.need("zone").and_then(|value| ids.declare(&value, value.parse()?));
    let kind = table.need("kind").and_then(|value| value.one_of(&KINDS));
    let counter = match kind {
        Some(ZoneKind::Counter) => table.need("counter"),
        // Another kind has none, and of an unknown kind nothing can be asked.
        _ => table.get("counter"),
    };
    let counter = counter.and_then(|value| match kind {
        Some(ZoneKind::Counter) | None => departments.counter_ids.refer(&value, value.parse::<CounterId>()?),
        Some(other) => {
            value.at.mistake(format!("only a zone of kind `counter` has one; this is `{other}`"));
            None
        }
    });
    let polygon = table.need("polygon").and_then(|value| polygon(&value));
    table.finish();
    Some(ZoneConfig { camera: camera?, zone: zone?, kind: kind?, counter, polygon: polygon?, seats: None })
}

/// At least three points, in fractions of width and height, that enclose something.
fn polygon(value: &Value<'_>) -> Option<Vec<[f64; 2]>> {
    let items = value.list()?;
    let points: Vec<[f64; 2]> = items.iter().filter_map(point).collect();
    if points.len() < items.len() {
        return None;
    }
    if points.len() < 3 {
        value.at.mistake(format!("has {} points; a polygon needs at least 3", points.len()));
        return None;
    }
    if doubled_area(&points).abs() < f64::EPSILON {
        value.at.mistake("encloses nothing: its points lie on one line");
        return None;
    }
    Some(points)
}

fn point(value: &Value<'_>) -> Option<[f64; 2]> {
    let pair = value.list()?;
    let [x, y] = pair.as_slice() else {
        value.at.mistake("a point is two numbers: [x, y]");
        return None;
    };
    let (x, y) = (x.fraction(), y.fraction());
    Some([x?, y?])
}

/// The shoelace formula.
fn doubled_area(points: &[[f64; 2]]) -> f64 {
    let next = points.iter().cycle().skip(1);
    points.iter().zip(next).map(|([x1, y1], [x2, y2])| x1 * y2 - x2 * y1).sum()
}
