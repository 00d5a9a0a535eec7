//! Ids and codes as numbers: a visit's row has ten of them, and there are some hundred in all.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use rusqlite::{Connection, OptionalExtension};

use super::fault::Fault;

/// What table `word` says, as far as it was asked. Numbers are given once and never taken back, so
/// what is remembered stays true, unless the transaction that gave a number fails: then [`Self::forget`].
#[derive(Debug, Default)]
pub struct Words {
    numbers: HashMap<String, i64>,
    words: HashMap<i64, String>,
}

impl Words {
    /// The number of a word, given to it if it has none.
    pub fn number(&mut self, db: &Connection, word: &str) -> rusqlite::Result<i64> {
        if let Some(number) = self.numbers.get(word) {
            return Ok(*number);
        }
        db.prepare_cached("INSERT INTO word (word) VALUES (?1) ON CONFLICT DO NOTHING")?.execute([word])?;
        let number = db.prepare_cached("SELECT id FROM word WHERE word = ?1")?.query_row([word], |row| row.get(0))?;
        self.numbers.insert(word.to_owned(), number);
        Ok(number)
    }

    /// The same of a word that may be missing.
    pub fn maybe(&mut self, db: &Connection, word: Option<&str>) -> rusqlite::Result<Option<i64>> {
        word.map(|word| self.number(db, word)).transpose()
    }

    /// The word of a number, read by `parse`.
    pub fn parsed<T>(&mut self, db: &Connection, number: i64, parse: impl Fn(&str) -> Option<T>) -> Result<T, Fault> {
        let word = match self.words.entry(number) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                let mut select = db.prepare_cached("SELECT word FROM word WHERE id = ?1")?;
                let found: Option<String> = select.query_row([number], |row| row.get(0)).optional()?;
                new.insert(found.ok_or_else(|| missing(number))?)
            }
        };
        parse(word).ok_or_else(|| missing(number))
    }

    /// Forgets all.
    pub fn forget(&mut self) {
        *self = Self::default();
    }
}

fn missing(number: i64) -> Fault {
    Fault::Damaged(format!("table word, {number}"))
}
