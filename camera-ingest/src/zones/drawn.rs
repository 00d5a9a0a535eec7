//! Zones as the page draws them: as text of a file, and checked as the file will be.

use std::fmt::Write;
use std::path::Path;

use mqtt_config::settings::{CameraZone, Mistakes, read_zones};
use serde::{Deserialize, Serialize};

use super::plan::Counter;
use crate::run::plan as camera_plan;

/// Most zones of a camera that the page takes.
const MOST: usize = 64;

/// A zone of the page: what a person typed, right or wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Drawn {
    zone: String,
    kind: String,
    counter: Option<String>,
    polygon: Vec<[f64; 2]>,
    seats: Option<u32>,
    // The page carries these through, so that drawing loses nothing that stands in a file.
    sensitivity: Option<f64>,
    min_area: Option<f64>,
    hold_s: Option<f64>,
    still_s: Option<f64>,
    full_at: Option<f64>,
}

/// Under which header a zone stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `[[camera.zone]]`, in a site's file below its camera.
    Site,
    /// `[[zone]]`, in a file of zones alone.
    Alone,
}

/// One mistake in what was drawn.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Fault {
    /// Which zone, from 0.
    at: usize,
    /// Which of its keys.
    key: String,
    /// What is wrong, in English.
    message: String,
}

impl From<&CameraZone> for Drawn {
    fn from(zone: &CameraZone) -> Self {
        Self {
            zone: zone.zone.to_string(),
            kind: zone.kind.to_string(),
            counter: zone.counter.map(|counter| counter.to_string()),
            polygon: zone.polygon.clone(),
            seats: zone.seats,
            sensitivity: zone.sensitivity,
            min_area: zone.min_area,
            hold_s: zone.hold_s,
            still_s: zone.still_s,
            full_at: zone.full_at,
        }
    }
}

/// The zones as an eye takes them.
pub(super) fn eyes(zones: &[CameraZone]) -> Vec<motion::Zone> {
    zones.iter().map(camera_plan::zone).collect()
}

/// The zones as text of a file.
pub(super) fn text(zones: &[Drawn], form: Form) -> String {
    zones.iter().map(|zone| one(zone, form)).collect::<Vec<_>>().join("\n")
}

/// Reads what was drawn as the file that it becomes would be read. No zone at all is fine here.
///
/// # Errors
/// Every mistake in it.
pub(super) fn check(zones: &[Drawn], counters: Option<&[Counter]>) -> Result<Vec<CameraZone>, Vec<Fault>> {
    if zones.len() > MOST {
        let message = format!("a camera has at most {MOST} zones here");
        return Err(vec![Fault { at: MOST, key: "zone".to_owned(), message }]);
    }
    if zones.is_empty() {
        return Ok(Vec::new());
    }
    let read = read_zones(Path::new("zones"), &text(zones, Form::Alone));
    let mut faults = read.as_ref().err().map(|mistakes| told(zones, mistakes)).unwrap_or_default();
    if let Some(counters) = counters {
        for (at, zone) in zones.iter().enumerate() {
            let Some(id) = &zone.counter else { continue };
            if !counters.iter().any(|known| known.counter == *id) {
                let message = format!("no counter `{id}` in the site's file");
                faults.push(Fault { at, key: "counter".to_owned(), message });
            }
        }
    }
    match read {
        Ok(zones) if faults.is_empty() => Ok(zones),
        _ => Err(faults),
    }
}

/// The mistakes, each with the zone in whose lines it stands.
fn told(zones: &[Drawn], mistakes: &Mistakes) -> Vec<Fault> {
    let mut ends = Vec::new();
    let mut line = 0;
    for zone in zones {
        // One empty line parts a zone from the next.
        line += one(zone, Form::Alone).lines().count() + 1;
        ends.push(line);
    }
    let fault = |mistake: &mqtt_config::settings::Mistake| Fault {
        at: ends.iter().position(|end| mistake.line.unwrap_or(1) <= *end).unwrap_or(0),
        key: mistake.key.rsplit('.').next().unwrap_or_default().to_owned(),
        message: mistake.message.clone(),
    };
    mistakes.iter().map(fault).collect()
}

fn one(zone: &Drawn, form: Form) -> String {
    let header = match form {
        Form::Site => "[[camera.zone]]",
        Form::Alone => "[[zone]]",
    };
    let points: Vec<String> = zone.polygon.iter().map(|[x, y]| format!("[{x}, {y}]")).collect();
    let mut lines = vec![header.to_owned(), key("zone", quoted(&zone.zone)), key("kind", quoted(&zone.kind))];
    lines.extend(zone.counter.as_deref().map(|counter| key("counter", quoted(counter))));
    lines.push(key("polygon", format!("[{}]", points.join(", "))));
    lines.extend(zone.seats.map(|seats| key("seats", seats.to_string())));
    let tuning = [
        ("sensitivity", zone.sensitivity),
        ("min_area", zone.min_area),
        ("hold_s", zone.hold_s),
        ("still_s", zone.still_s),
        ("full_at", zone.full_at),
    ];
    lines.extend(tuning.iter().filter_map(|(name, value)| Some(key(name, (*value)?.to_string()))));
    lines.join("\n") + "\n"
}

fn key(name: &str, value: String) -> String {
    format!("{name} = {value}")
}

/// A TOML string: whatever was typed stays in it.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            // Writing to a String does not fail.
            control if control.is_control() => drop(write!(out, "\\u{:04X}", u32::from(control))),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn zone(id: &str, kind: &str) -> Drawn {
        let polygon = vec![[0.1, 0.2], [0.9, 0.2], [0.5, 0.875]];
        Drawn {
            zone: id.to_owned(),
            kind: kind.to_owned(),
            counter: None,
            polygon,
            seats: None,
            sensitivity: None,
            min_area: None,
            hold_s: None,
            still_s: None,
            full_at: None,
        }
    }

    #[test]
    fn what_is_drawn_is_what_a_file_says() {
        let desk = Drawn { counter: Some("q1".to_owned()), still_s: Some(600.0), ..zone("desk", "counter") };
        let hall = Drawn { seats: Some(40), full_at: Some(0.6), ..zone("hall", "waiting") };
        let zones = [hall, desk];
        let expected = "[[zone]]\nzone = \"hall\"\nkind = \"waiting\"\n\
                        polygon = [[0.1, 0.2], [0.9, 0.2], [0.5, 0.875]]\nseats = 40\nfull_at = 0.6\n\n\
                        [[zone]]\nzone = \"desk\"\nkind = \"counter\"\ncounter = \"q1\"\n\
                        polygon = [[0.1, 0.2], [0.9, 0.2], [0.5, 0.875]]\nstill_s = 600\n";
        assert_eq!(text(&zones, Form::Alone), expected);
        assert_eq!(text(&zones, Form::Site), expected.replace("[[zone]]", "[[camera.zone]]"));
        let read = check(&zones, None).unwrap();
        assert_eq!(read.iter().map(Drawn::from).collect::<Vec<_>>(), zones);
        assert_eq!(eyes(&read)[0].tuning.full_at, Some(0.6));
        assert_eq!(check(&[], None), Ok(Vec::new()));
    }

    #[test]
    fn a_mistake_is_told_where_it_was_drawn() {
        let crossed = Drawn {
            polygon: vec![[0.0, 0.0], [1.0, 1.0], [1.0, 0.0], [0.0, 1.0]],
            ..zone("Sảnh \"1\"\n", "waiting")
        };
        let nobody = zone("desk", "counter");
        let strange = Drawn { counter: Some("q9".to_owned()), ..zone("desk", "counter") };
        let counters = [Counter { counter: "q1".to_owned(), name: "Quầy 1".to_owned() }];
        let faults = check(&[zone("a", "waiting"), crossed, nobody, strange], Some(&counters)).unwrap_err();
        let places: Vec<_> = faults.iter().map(|fault| (fault.at, fault.key.as_str())).collect();
        assert_eq!(places, [(1, "zone"), (1, "polygon"), (2, "counter"), (3, "zone"), (3, "counter")]);
        let many = vec![zone("a", "ignore"); MOST + 1];
        assert_eq!(check(&many, None).unwrap_err().len(), 1);
    }

    proptest! {
        #[test]
        fn no_text_breaks_out_of_its_quotes(id in ".{0,40}", kind in ".{0,10}") {
            let faults = check(&[Drawn { kind, ..zone(&id, "") }, zone("b", "waiting")], None).unwrap_err();
            prop_assert!(faults.iter().all(|fault| fault.at == 0 && !fault.message.contains("not TOML")), "{faults:?}");
        }
    }
}
