//! Which rows of a list have changed since they were last shown: a hash a row instead of the row.

use std::hash::{Hash, Hasher};

use serde::Serialize;

/// Writes rows as JSON into one buffer, again and again.
#[derive(Debug, Default)]
pub struct Pen {
    text: Vec<u8>,
}

impl Pen {
    /// The JSON of a row. Rows are plain structs of texts and finite numbers, so this cannot fail.
    pub fn write(&mut self, row: &impl Serialize) -> &[u8] {
        self.text.clear();
        if serde_json::to_writer(&mut self.text, row).is_err() {
            self.text.clear();
            self.text.extend_from_slice(b"null");
        }
        &self.text
    }
}

/// The rows of one list as last shown.
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
    pub fn note(&mut self, key: &K, hash: u64) -> bool {
        match self.rows.iter_mut().find(|(other, _)| other == key) {
            Some((_, shown)) => std::mem::replace(shown, hash) != hash,
            None => {
                self.rows.push((key.clone(), hash));
                true
            }
        }
    }

    /// Whether nothing is shown.
    pub const fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Forgets rows whose key is not among those that stay, and names them.
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

/// The rows of a list whose rows have numbers.
#[derive(Debug, Default)]
pub struct ShownIx {
    rows: Vec<Option<u64>>,
}

impl ShownIx {
    /// Notes the row as shown; whether it differs from what was shown before.
    pub fn note(&mut self, ix: u16, hash: u64) -> bool {
        let ix = usize::from(ix);
        if self.rows.len() <= ix {
            self.rows.resize(ix + 1, None);
        }
        self.rows[ix].replace(hash) != Some(hash)
    }

    /// Forgets rows whose number is not among `keep`, and names them.
    pub fn retain(&mut self, keep: &[u16]) -> Vec<u16> {
        let gone = |(ix, shown): (usize, &mut Option<u64>)| {
            let ix = ix as u16;
            if keep.contains(&ix) { None } else { shown.take().map(|_| ix) }
        };
        self.rows.iter_mut().enumerate().filter_map(gone).collect()
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.rows.clear();
    }
}

/// One list of a delta, and of the whole board where that goes out too: rows, comma-separated.
#[derive(Debug, Default)]
pub struct List {
    /// Rows of the delta.
    pub changed: Vec<u8>,
    /// All rows.
    pub all: Vec<u8>,
}

impl List {
    /// Adds a row.
    pub fn add(&mut self, json: &[u8], changed: bool, whole: bool) {
        if changed {
            push(&mut self.changed, json);
        }
        if whole {
            push(&mut self.all, json);
        }
    }
}

/// Adds a row to a comma-separated list.
pub fn push(list: &mut Vec<u8>, json: &[u8]) {
    if !list.is_empty() {
        list.push(b',');
    }
    list.extend_from_slice(json);
}

/// Writes `,"name":[rows]`.
pub fn list(out: &mut Vec<u8>, name: &str, rows: &[u8]) {
    for part in [b",\"", name.as_bytes(), b"\":[", rows, b"]"] {
        out.extend_from_slice(part);
    }
}

/// Writes `,"name":value`.
pub fn field(out: &mut Vec<u8>, name: &str, json: &[u8]) {
    for part in [b",\"", name.as_bytes(), b"\":", json] {
        out.extend_from_slice(part);
    }
}

/// A fast 64-bit hash, the same in every process: words multiplied and rotated, with a final mix.
/// Two different rows agree once in 2^64; a screen would then miss one change until the row's next
/// one.
pub fn hash(value: &(impl Hash + ?Sized)) -> u64 {
    let mut state = Words(0xcbf2_9ce4_8422_2325);
    value.hash(&mut state);
    state.finish()
}

struct Words(u64);

impl Hasher for Words {
    fn write(&mut self, bytes: &[u8]) {
        let mut words = bytes.chunks_exact(8);
        let mix = |state: u64, word: u64| (state ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
        for word in words.by_ref() {
            let word = word.try_into().map_or(0, u64::from_le_bytes);
            self.0 = mix(self.0, word);
        }
        let rest = words.remainder().iter().fold(1, |word, byte| word << 8 | u64::from(*byte));
        self.0 = mix(self.0, rest);
    }

    /// The last step of `splitmix64` (Steele, Lea and Flood, 2014).
    fn finish(&self) -> u64 {
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_sent_when_it_differs() {
        let mut shown = Shown::default();
        assert!(shown.note(&"q1", 1));
        assert!(!shown.note(&"q1", 1));
        assert!(shown.note(&"q1", 2));
        assert!(shown.note(&"q2", 1));
        assert_eq!(shown.retain(|key| *key == "q2"), ["q1"]);
        assert!(shown.note(&"q1", 2), "a row that was gone is new");
    }

    #[test]
    fn rows_with_numbers_are_the_same() {
        let mut shown = ShownIx::default();
        assert!(shown.note(3, 1));
        assert!(!shown.note(3, 1));
        assert!(shown.note(1, 0));
        assert_eq!(shown.retain(&[1]), [3]);
        assert!(shown.note(3, 1));
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
