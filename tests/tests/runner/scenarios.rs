//! Days on paper (`tests/scenarios`): events, and what the board must say after them. Each file is
//! a site of its own. `at` is local time (+07:00); `by` is the device; an expectation names a
//! place of the board (`services.<key>.waiting`, `calls.0.ticket`) and its value, or `absent`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use harness::mqtt::publish;
use harness::program::{Motcua, board_until};
use serde_json::{Map, Value, json};

const SOON: Duration = Duration::from_secs(5);

#[test]
fn every_day_on_paper_ends_as_written() {
    let motcua = Motcua::recorded("Asia/Ho_Chi_Minh");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let (mut events, mut expected) = (0, 0);
    for file in &files {
        let mut day = Day::new(&motcua, file);
        for line in fs::read_to_string(file).unwrap().lines() {
            day.step(&serde_json::from_str(line).unwrap_or_else(|why| panic!("{why} in {line}")));
        }
        assert!(day.expected > 0, "{} expects nothing", file.display());
        events += day.events;
        expected += day.expected;
    }
    println!("{} days, {events} events, {expected} places of the board as written", files.len());
}

struct Day<'a> {
    motcua: &'a Motcua,
    site: String,
    seqs: BTreeMap<String, u64>,
    events: u64,
    expected: usize,
}

impl<'a> Day<'a> {
    fn new(motcua: &'a Motcua, file: &Path) -> Self {
        let site = file.file_stem().unwrap().to_str().unwrap().to_owned();
        Self { motcua, site, seqs: BTreeMap::new(), events: 0, expected: 0 }
    }

    fn step(&mut self, line: &Value) {
        if let Some(expected) = line["expect"].as_object() {
            let what = format!("event {}: {}", self.events, line["expect"]);
            board_until(self.motcua, &self.site, SOON, &what, |board| holds(board, expected));
            self.expected += expected.len();
        } else if line["at"].is_string() {
            self.publish(line);
        }
    }

    fn publish(&mut self, line: &Value) {
        let mut event = line.clone();
        let fields = event.as_object_mut().unwrap();
        let [at, by] = ["at", "by"].map(|name| fields.remove(name).unwrap().as_str().unwrap().to_owned());
        let seq = self.seqs.entry(by.clone()).or_default();
        *seq += 1;
        self.events += 1;
        event["seq"] = json!(seq);
        event["boot"] = json!("b1");
        event["ts"] = json!(format!("2026-11-23T{at}+07:00"));
        let mark = self.site.bytes().fold(0_u32, |sum, byte| (sum * 31 + u32::from(byte)) % 0x00ff_ffff);
        event["id"] = json!(format!("{mark:08x}-0000-4000-8000-{:012}", self.events));
        publish(self.motcua, &format!("motcua/v1/{}/{by}/evt", self.site), event.to_string().as_bytes(), &[]);
    }
}

fn holds(board: &Value, expected: &Map<String, Value>) -> Result<(), String> {
    let wrong = |(path, value): (&String, &Value)| {
        let found = place(board, path);
        (!same(&found, value)).then(|| format!("{path} is {found}, not {value}"))
    };
    let wrong: Vec<String> = expected.iter().filter_map(wrong).collect();
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("; ")) }
}

/// Numbers are the same to six decimals: a quotient is written so in a scenario.
fn same(found: &Value, expected: &Value) -> bool {
    match (found.as_f64(), expected.as_f64()) {
        (Some(found), Some(expected)) => (found - expected).abs() < 1e-6,
        _ => found == expected,
    }
}

/// What stands at a place; rows are named by their key or counted from 0.
fn place(board: &Value, path: &str) -> Value {
    let mut here = board;
    let mut list = "";
    for step in path.split('.') {
        let next = match here {
            Value::Array(rows) => {
                rows.iter().enumerate().find(|(at, row)| is_row(list, *at, row, step)).map(|(_, row)| row)
            }
            other => other.get(step),
        };
        match next {
            Some(found) => here = found,
            None => return json!("absent"),
        }
        list = step;
    }
    here.clone()
}

/// Whether a row of a list is the one that a step names.
fn is_row(list: &str, at: usize, row: &Value, step: &str) -> bool {
    let is = |key: &str| row[key] == *step;
    match list {
        "services" => is("service"),
        "counters" => is("counter"),
        "missed" => is("ticket"),
        "zones" => step.split_once('+').is_some_and(|(camera, zone)| row["camera"] == *camera && row["zone"] == *zone),
        _ => at.to_string() == step,
    }
}
