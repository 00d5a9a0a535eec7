//! Keys as small numbers. Cells come in the same order hour by hour and day by day, so the number
//! of the next key is foreseen, and a table is rarely asked.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash, Hasher};

/// Numbers of keys, in the order in which they were first seen.
#[derive(Debug)]
pub(super) struct Codes<K> {
    keys: Vec<K>,
    of: HashMap<K, u32, BuildHasherDefault<Quick>>,
    /// Which key came after each one last time.
    next: Vec<u32>,
    last: u32,
}

impl<K> Default for Codes<K> {
    fn default() -> Self {
        Self { keys: Vec::new(), of: HashMap::default(), next: Vec::new(), last: 0 }
    }
}

impl<K: Copy + Eq + Hash> Codes<K> {
    /// The number of a key.
    #[inline]
    pub fn code(&mut self, key: &K) -> u32 {
        if let Some(next) = self.next.get(self.last as usize)
            && self.keys.get(*next as usize) == Some(key)
        {
            self.last = *next;
            return *next;
        }
        let code = self.find(key);
        if let Some(next) = self.next.get_mut(self.last as usize) {
            *next = code;
        }
        self.last = code;
        code
    }

    fn find(&mut self, key: &K) -> u32 {
        let new = self.keys.len() as u32;
        let code = *self.of.entry(*key).or_insert(new);
        if code == new {
            self.keys.push(*key);
            self.next.push(new);
        }
        code
    }

    /// The keys by their numbers.
    pub fn keys(&self) -> &[K] {
        &self.keys
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.keys.clear();
        self.of.clear();
        self.next.clear();
        self.last = 0;
    }
}

/// A quick hash for short keys of our own configuration: nobody outside chooses many of them.
#[derive(Debug, Default)]
pub(super) struct Quick(u64);

impl Quick {
    fn mix(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
}

impl Hasher for Quick {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.mix(u64::from_le_bytes(word));
        }
    }

    fn write_u8(&mut self, n: u8) {
        self.mix(u64::from(n));
    }

    fn write_u32(&mut self, n: u32) {
        self.mix(u64::from(n));
    }

    fn write_usize(&mut self, n: usize) {
        self.mix(n as u64);
    }

    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 29)
    }
}
