//! A site's dead letters: the newest as they are listed, and a book of those that may be run again.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use domain::event::DeadLetterReason;
use mqtt_config::wire::{DeadLetter, json};
use serde::{Deserialize, Serialize};

use crate::topology::DEAD_LETTERS_LISTED;

/// A list's texts together, at most: a message of the broker holds 128 KiB.
const LIST_BYTES: usize = 96 * 1024;
/// Days that a book holds. A clock that names every day loses those furthest in the future: their
/// letters stay where they are, and are run again by hand.
const MOST_DAYS: usize = 64;

/// What is listed of a site's dead letters.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Letters {
    /// The newest, newest first.
    newest: VecDeque<DeadLetter>,
    /// Of the accepted events, as many the fold refuses.
    pub refused: u64,
    /// The list has changed since it was last published.
    #[serde(skip)]
    pub changed: bool,
}

impl Letters {
    /// Lists a letter.
    pub fn list(&mut self, letter: DeadLetter) {
        self.newest.push_front(letter);
        self.newest.truncate(DEAD_LETTERS_LISTED);
        self.changed = true;
    }

    /// Takes a letter from the list, if it is still there.
    pub fn unlist(&mut self, offset: u64) {
        self.newest.retain(|letter| letter.offset != offset);
        self.changed = true;
    }

    /// The newest dead letters, newest first, as many as fit into a message.
    #[must_use]
    pub fn listed(&self) -> Vec<DeadLetter> {
        let mut room = LIST_BYTES;
        let fits = |letter: &&DeadLetter| {
            // Escaped, a text can take six times its room.
            let size = json(letter).len() + 1;
            let fits = size <= room;
            room = room.saturating_sub(size);
            fits
        };
        self.newest.iter().take_while(fits).cloned().collect()
    }
}

/// Whether a changed configuration may make such a letter acceptable.
#[must_use]
pub const fn names_a_stranger(reason: DeadLetterReason) -> bool {
    matches!(
        reason,
        DeadLetterReason::UnknownSite
            | DeadLetterReason::UnknownService
            | DeadLetterReason::UnknownCounter
            | DeadLetterReason::UnknownZone
    )
}

/// Whether an event was understood and judged new before it was refused so: then its id and its
/// place in the sequence are remembered as its own.
#[must_use]
pub const fn was_understood(reason: DeadLetterReason) -> bool {
    matches!(
        reason,
        DeadLetterReason::WrongDevice
            | DeadLetterReason::UnknownService
            | DeadLetterReason::UnknownCounter
            | DeadLetterReason::UnknownZone
            | DeadLetterReason::NotTheQueue
    )
}

/// Which letters may be run again, by the UTC day of their event, and which were.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Book {
    days: BTreeMap<i64, Page>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Page {
    /// The first letter that waits for a name to become known.
    first: u64,
    /// How many wait.
    waiting: u64,
    /// Offsets of the letters that were run again.
    run: BTreeSet<u64>,
}

impl Book {
    /// A letter waits for a name to become known.
    pub fn wait(&mut self, day: i64, offset: u64) {
        let page = self.days.entry(day).or_default();
        if page.waiting == 0 {
            page.first = offset;
        }
        page.waiting += 1;
        while self.days.len() > MOST_DAYS {
            self.days.pop_last();
        }
    }

    /// A letter that waited does so no more.
    pub fn settle(&mut self, day: i64) {
        if let Some(page) = self.days.get_mut(&day) {
            page.waiting = page.waiting.saturating_sub(1);
        }
    }

    /// A letter was run again.
    pub fn ran(&mut self, day: i64, offset: u64) {
        self.days.entry(day).or_default().run.insert(offset);
    }

    /// Whether a letter was run again.
    #[must_use]
    pub fn has_run(&self, day: i64, offset: u64) -> bool {
        self.days.get(&day).is_some_and(|page| page.run.contains(&offset))
    }

    /// The first letter that waits; `None` when none does.
    #[must_use]
    pub fn first_waiting(&self) -> Option<u64> {
        self.days.values().filter(|page| page.waiting > 0).map(|page| page.first).min()
    }

    /// Lets go of the days before `day`: their letters are no longer run again.
    pub fn forget_before(&mut self, day: i64) {
        self.days = self.days.split_off(&day);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_book_knows_where_to_begin_and_what_was_done() {
        let mut book = Book::default();
        assert_eq!(book.first_waiting(), None);
        for (day, offset) in [(7, 20), (7, 21), (3, 40)] {
            book.wait(day, offset);
        }
        assert_eq!(book.first_waiting(), Some(20));
        book.settle(7);
        book.ran(7, 20);
        assert_eq!(book.first_waiting(), Some(20), "another of that day waits");
        assert!(book.has_run(7, 20) && !book.has_run(7, 21) && !book.has_run(3, 20));
        book.settle(7);
        assert_eq!(book.first_waiting(), Some(40));
        book.forget_before(4);
        assert_eq!(book.first_waiting(), None);
        assert!(book.has_run(7, 20));
    }

    #[test]
    fn a_clock_that_names_every_day_does_not_fill_the_book() {
        let mut book = Book::default();
        (0..1_000).for_each(|day| book.wait(day, 1));
        assert_eq!(book.days.len(), MOST_DAYS);
    }
}
