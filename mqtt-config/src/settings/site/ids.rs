//! Ids that a file declares, and what refers to them.

use std::collections::BTreeMap;

use crate::settings::mistakes::hint;
use crate::settings::reader::{Place, Value};

/// The ids of one kind in a file, with the place of each.
pub(super) struct Declared<'r> {
    kind: &'static str,
    places: BTreeMap<String, Place<'r>>,
}

impl<'r> Declared<'r> {
    pub(super) fn new(kind: &'static str) -> Self {
        Self { kind, places: BTreeMap::new() }
    }

    /// Takes an id in; a second time is a mistake, and `None`.
    pub(super) fn declare<T: AsRef<str>>(&mut self, value: &Value<'r>, id: T) -> Option<T> {
        if let Some(first) = self.places.get(id.as_ref()) {
            let (kind, line) = (self.kind, first.line_text());
            value.at.mistake(format!("{kind} `{}` is already there, in {line}", id.as_ref()));
            return None;
        }
        self.places.insert(id.as_ref().to_owned(), value.at.clone());
        Some(id)
    }

    /// Checks that an id is declared; an unknown one is a mistake, and `None`.
    pub(super) fn refer<T: AsRef<str>>(&self, value: &Value<'r>, id: T) -> Option<T> {
        if self.places.contains_key(id.as_ref()) {
            return Some(id);
        }
        if !value.at.all_is_read() {
            return None;
        }
        let hint = hint(id.as_ref(), self.places.keys().map(String::as_str));
        value.at.mistake(format!("no {} `{}` in this file{hint}", self.kind, id.as_ref()));
        None
    }
}
