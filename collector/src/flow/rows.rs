//! Which rows of a list have changed since they were last shown: a hash a row instead of the row.

use std::fmt::Write;
use std::hash::Hasher;

use mqtt_config::wire::json;
use serde::Serialize;

/// The rows of one list as last shown, in the order of the list.
#[derive(Debug)]
pub struct Shown<K> {
    rows: Vec<(K, u64)>,
}

impl<K> Default for Shown<K> {
    fn default() -> Self {
        Self { rows: Vec::new() }
    }
}

impl<K: PartialEq + Clone> Shown<K> {
    /// Notes the row as shown; whether it differs from what was shown before.
    pub fn note(&mut self, key: &K, json: &str) -> bool {
        let hash = hash(json.as_bytes());
        match self.rows.iter_mut().find(|(other, _)| other == key) {
            Some((_, shown)) => std::mem::replace(shown, hash) != hash,
            None => {
                self.rows.push((key.clone(), hash));
                true
            }
        }
    }

    /// Forgets rows whose key is not among `keys`, and names them.
    pub fn retain(&mut self, keep: impl Fn(&K) -> bool) -> Vec<K> {
        let mut gone = Vec::new();
        self.rows.retain(|(key, _)| {
            let stays = keep(key);
            if !stays {
                gone.push(key.clone());
            }
            stays
        });
        gone
    }
}

/// A fast 64-bit hash, the same in every process: FNV-1a over words (Fowler, Noll, Vo), with a
/// final mix. Two different rows agree once in 2^64; a screen would then miss one change until the
/// row's next one.
fn hash(bytes: &[u8]) -> u64 {
    let mut state = Words(0xcbf2_9ce4_8422_2325);
    state.write(bytes);
    state.finish()
}

struct Words(u64);

impl Hasher for Words {
    fn write(&mut self, bytes: &[u8]) {
        let mut words = bytes.chunks_exact(8);
        let mix = |state: u64, word: u64| (state ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
        for word in words.by_ref() {
            let word = word.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
            self.0 = mix(self.0, word);
        }
        let rest = words.remainder().iter().fold(1, |word, byte| word << 8 | u64::from(*byte));
        self.0 = mix(self.0, rest);
    }

    fn finish(&self) -> u64 {
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }
}

/// One list of a delta, and of the whole board where that goes out too.
#[derive(Debug, Default)]
pub struct List {
    /// Rows of the delta, comma-separated.
    pub changed: String,
    /// All rows, comma-separated.
    pub all: String,
}

impl List {
    /// Adds a row that may have changed.
    pub fn row<K: PartialEq + Clone>(
        &mut self,
        shown: &mut Shown<K>,
        key: &K,
        row: &impl Serialize,
        whole: bool,
    ) -> bool {
        let json = json(row);
        let changed = shown.note(key, &json);
        if changed {
            push(&mut self.changed, &json);
        }
        if whole {
            push(&mut self.all, &json);
        }
        changed
    }
}

fn push(list: &mut String, json: &str) {
    if !list.is_empty() {
        list.push(',');
    }
    list.push_str(json);
}

/// Writes `,"name":[rows]` unless there are none.
pub fn field_list(out: &mut String, name: &str, rows: &str) {
    if !rows.is_empty() {
        // Writing to a String cannot fail.
        let _ = write!(out, ",\"{name}\":[{rows}]");
    }
}

/// Writes `,"name":value`.
pub fn field(out: &mut String, name: &str, value: &impl Serialize) {
    let _ = write!(out, ",\"{name}\":{}", json(value));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_sent_when_it_differs() {
        let mut shown = Shown::default();
        assert!(shown.note(&"q1", "{}"));
        assert!(!shown.note(&"q1", "{}"));
        assert!(shown.note(&"q1", "{ }"));
        assert!(shown.note(&"q2", "{}"));
        assert_eq!(shown.retain(|key| *key == "q2"), ["q1"]);
        assert!(shown.note(&"q1", "{ }"), "a row that was gone is new");
    }

    #[test]
    fn one_character_changes_the_hash() {
        let texts = ["", "a", "b", "aaaaaaaa", "aaaaaaab", "aaaaaaaaa", "baaaaaaaa"];
        let mut hashes: Vec<u64> = texts.iter().map(|text| hash(text.as_bytes())).collect();
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), texts.len());
    }
}
