//! What the journal holds, event by event, against what was said: ids, not counts.

use std::collections::HashMap;

use serde_json::Value;

use super::script::Script;
use crate::program::{Motcua, command};

/// What came out of the comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Said and acknowledged, and not in the journal.
    pub lost: u64,
    /// In the journal more than once.
    pub twice: u64,
    /// In the journal and never said, or with another ticket, counter or time.
    pub strange: u64,
}

/// Compares every accepted event with the script's, by id.
///
/// # Panics
/// When the export does not work.
#[must_use]
pub fn against(motcua: &Motcua, script: &Script) -> Found {
    let data = motcua.data.path().to_str().expect("a temporary folder's name is text");
    let exported = command(&["export-events", "--data-dir", data]);
    let mut seen: HashMap<&str, u64> = HashMap::new();
    let lines: Vec<Value> = exported.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let mut found = Found { lost: 0, twice: 0, strange: 0 };
    let said = said(script);
    for line in &lines {
        let id = line["id"].as_str().unwrap_or_default();
        match said.get(id) {
            Some(event) if same(event, line) => *seen.entry(id).or_default() += 1,
            _ => found.strange += 1,
        }
    }
    found.lost = said.keys().filter(|id| !seen.contains_key(id.as_str())).count() as u64;
    found.twice = seen.values().map(|times| times - 1).sum();
    found
}

fn said(script: &Script) -> HashMap<String, Value> {
    let payloads = script.parts.iter().flat_map(|part| part.lines.iter().map(|line| &line.payload));
    let event = |payload: &String| serde_json::from_str::<Value>(payload).ok();
    let by_id = |event: Value| Some((event["id"].as_str()?.to_owned(), event));
    payloads.filter_map(event).filter_map(by_id).collect()
}

/// Whether what is kept is what was said.
fn same(said: &Value, kept: &Value) -> bool {
    ["type", "ticket", "counter", "service", "level", "ts"].iter().all(|field| said.get(field) == kept.get(field))
}
