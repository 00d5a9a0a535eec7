//! What the journal holds, event by event, against what was said: ids, not counts.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::script::Script;
use crate::program::{Motcua, binary};

/// What must be the same in what was said and in what is kept.
const SAID: [&str; 6] = ["type", "ticket", "counter", "service", "level", "ts"];

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
    let mut export = Command::new(binary())
        .args(["export-events", "--data-dir"])
        .arg(motcua.data.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program was found");
    let lines = BufReader::new(export.stdout.take().expect("it is piped")).lines().map_while(Result::ok);
    let found = compare(script, lines);
    assert!(export.wait().is_ok_and(|status| status.success()), "the export failed");
    found
}

fn compare(script: &Script, kept: impl Iterator<Item = String>) -> Found {
    let payloads = script.parts.iter().flat_map(|part| part.lines.iter().map(|line| line.payload.as_str()));
    let mut said: HashMap<u64, (u64, u64)> =
        payloads.filter_map(print).map(|(id, content)| (id, (content, 0))).collect();
    let mut found = Found { lost: 0, twice: 0, strange: 0 };
    for line in kept {
        match print(&line).and_then(|(id, content)| Some((said.get_mut(&id)?, content))) {
            Some(((expected, times), content)) if *expected == content => *times += 1,
            _ => found.strange += 1,
        }
    }
    for (_, times) in said.values() {
        found.lost += u64::from(*times == 0);
        found.twice += times.saturating_sub(1);
    }
    found
}

/// 64 bits of an event's id and 64 of what it says: a million events are held in little memory.
fn print(event: &str) -> Option<(u64, u64)> {
    let event: Value = serde_json::from_str(event).ok()?;
    let mut content = DefaultHasher::new();
    for field in SAID {
        event.get(field).and_then(Value::as_str).hash(&mut content);
    }
    let mut id = DefaultHasher::new();
    event["id"].as_str()?.hash(&mut id);
    Some((id.finish(), content.finish()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Seed;

    #[test]
    fn what_is_lost_doubled_or_changed_is_told() {
        let script = Script::write(&mut Seed::new(2), 1, 1, 50);
        let all = || script.parts.iter().flat_map(|part| part.lines.iter().map(|line| line.payload.clone()));
        let count = |lost, twice, strange| Found { lost, twice, strange };
        assert_eq!(compare(&script, all()), count(0, 0, 0));
        assert_eq!(compare(&script, all().skip(1)), count(1, 0, 0));
        assert_eq!(compare(&script, all().chain(all().take(2))), count(0, 2, 0));
        let changed = all().map(|line| line.replacen("2026-11-23", "2026-11-24", 1));
        assert_eq!(compare(&script, changed), count(script.events(), 0, script.events()));
    }
}
