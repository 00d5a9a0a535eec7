//! Which event ids were seen, in about 14 bytes each.

use std::collections::BTreeMap;

use super::fingerprint;
use crate::event::Event;
use crate::{EventId, Timestamp};

/// A device whose clock jumps about may name any day. Beyond this many days with events, those
/// furthest in the future are let go; 35 days and their stray neighbours fit well.
const MOST_DAYS: usize = 64;

/// The ids that were seen, by the UTC day of the event's own `ts`: a true repeat has the same one.
///
/// Kept is a 64-bit hash of the id. Two different ids with the same hash are no matter: among the
/// 10,000 events of a busy site and day the chance of one such pair is 3 in a million million, and
/// then the second is a dead letter `conflict`, which is kept and listed; it is not lost.
#[derive(Debug, Default)]
pub struct Ids {
    days: BTreeMap<i64, Table>,
    /// Days before this one were forgotten.
    floor: Option<i64>,
    /// Days from this one on were let go.
    ceiling: Option<i64>,
}

/// What is known of an event's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// It was seen, with the same content.
    Same,
    /// It was seen, with another content.
    Other,
    /// It was not seen, or it was forgotten.
    No,
}

/// The UTC day of an instant, in days since 1970-01-01.
#[must_use]
pub const fn day_of(ts: Timestamp) -> i64 {
    ts.ms().div_euclid(86_400_000)
}

impl Ids {
    /// What is known of this event's id.
    #[must_use]
    pub fn look_up(&self, event: &Event) -> Known {
        let hash = slot_hash(event.envelope.id);
        let day = day_of(event.envelope.ts);
        let own = self.days.get(&day);
        let others = self.days.iter().filter(|(other, _)| **other != day).map(|(_, table)| table);
        match own.into_iter().chain(others).find_map(|table| table.get(hash)) {
            Some(content) if content == fingerprint::of_content(event) => Known::Same,
            Some(_) => Known::Other,
            None => Known::No,
        }
    }

    /// Remembers the id of an event for which [`look_up`](Self::look_up) says [`Known::No`];
    /// does nothing when its day is not kept.
    pub fn insert(&mut self, event: &Event) {
        let day = day_of(event.envelope.ts);
        if !self.keeps(day) {
            return;
        }
        let table = self.days.entry(day).or_default();
        table.insert(slot_hash(event.envelope.id), fingerprint::of_content(event));
        if self.days.len() > MOST_DAYS {
            self.ceiling = self.days.pop_last().map(|(day, _)| day);
        }
    }

    /// Whether every id of this day is still known.
    #[must_use]
    pub fn keeps(&self, day: i64) -> bool {
        self.floor.is_none_or(|floor| day >= floor) && self.ceiling.is_none_or(|ceiling| day < ceiling)
    }

    /// Forgets the days before `day` for ever. Their repeats are then known by (device, boot,
    /// seq) alone.
    pub fn forget_before(&mut self, day: i64) {
        if self.floor.is_some_and(|floor| floor >= day) {
            return;
        }
        self.floor = Some(day);
        self.ceiling = None;
        self.days = self.days.split_off(&day);
    }

    /// How many ids are known.
    #[must_use]
    pub fn len(&self) -> usize {
        self.days.values().map(|table| table.len).sum()
    }

    /// Whether no id is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Memory taken by the ids, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.days.values().map(Table::bytes).sum()
    }
}

/// Zero marks an empty slot.
fn slot_hash(id: EventId) -> u64 {
    fingerprint::of_id(id).max(1)
}

/// A sorted array with gaps. A hash stands at or after the slot that its size suggests, and in
/// order, so a look-up reads one or two cache lines, and growth by an eighth copies in order.
/// Chosen over sorted runs (as small, but several searches a look-up) and over a usual hash table
/// (which doubles: at 3,400 sites the empty halves would cost more than the ids).
#[derive(Debug, Default)]
struct Table {
    hashes: Vec<u64>,
    contents: Vec<u32>,
    /// How many slots a hash may suggest. A few more stand at the end for what is pushed over it.
    slots: usize,
    len: usize,
}

const EMPTY: u64 = 0;

impl Table {
    fn suggested(&self, hash: u64) -> usize {
        ((u128::from(hash) * self.slots as u128) >> 64) as usize
    }

    /// Where the hash stands, or would stand.
    fn place(&self, hash: u64) -> usize {
        let begin = self.suggested(hash);
        let before = |stored: &&u64| **stored != EMPTY && **stored < hash;
        begin + self.hashes[begin..].iter().take_while(before).count()
    }

    fn get(&self, hash: u64) -> Option<u32> {
        let place = self.place(hash);
        (self.hashes.get(place) == Some(&hash)).then(|| self.contents[place])
    }

    /// Inserts a hash that is not there.
    fn insert(&mut self, hash: u64, content: u32) {
        if self.len * 16 >= self.slots * 15 {
            self.grow();
        }
        let place = self.place(hash);
        let run = self.hashes[place..].iter().take_while(|stored| **stored != EMPTY).count();
        let gap = place + run;
        if gap == self.hashes.len() {
            self.extend();
        }
        self.hashes.copy_within(place..gap, place + 1);
        self.contents.copy_within(place..gap, place + 1);
        self.hashes[place] = hash;
        self.contents[place] = content;
        self.len += 1;
    }

    /// One more slot at the end, without the doubling of `push`.
    fn extend(&mut self) {
        if self.hashes.len() == self.hashes.capacity() {
            self.hashes.reserve_exact(8);
            self.contents.reserve_exact(8);
        }
        self.hashes.push(EMPTY);
        self.contents.push(0);
    }

    fn grow(&mut self) {
        let slots = self.slots + (self.slots / 8).max(16);
        let mut grown = Self { hashes: vec![EMPTY; slots], contents: vec![0; slots], slots, len: self.len };
        let mut free = 0;
        for (hash, content) in self.hashes.iter().zip(&self.contents).filter(|(hash, _)| **hash != EMPTY) {
            let place = grown.suggested(*hash).max(free);
            if place == grown.hashes.len() {
                grown.extend();
            }
            grown.hashes[place] = *hash;
            grown.contents[place] = *content;
            free = place + 1;
        }
        *self = grown;
    }

    fn bytes(&self) -> usize {
        self.hashes.capacity() * 8 + self.contents.capacity() * 4
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(hashes: impl IntoIterator<Item = u64>) -> Table {
        let mut table = Table::default();
        let mut model = BTreeMap::new();
        for (content, hash) in hashes.into_iter().enumerate() {
            assert_eq!(table.get(hash), model.get(&hash).copied());
            if let std::collections::btree_map::Entry::Vacant(entry) = model.entry(hash) {
                entry.insert(content as u32);
                table.insert(hash, content as u32);
            }
        }
        assert!(model.iter().all(|(hash, content)| table.get(*hash) == Some(*content)));
        assert_eq!(table.len, model.len());
        table
    }

    proptest! {
        #[test]
        fn a_table_holds_what_was_put_in(hashes in prop::collection::vec(1..=u64::MAX, 0..600)) {
            check(hashes);
        }

        #[test]
        fn a_table_holds_what_stands_close_together(
            hashes in prop::collection::vec(prop_oneof![1..300_u64, u64::MAX - 300..=u64::MAX], 0..600),
        ) {
            check(hashes);
        }
    }

    #[test]
    fn an_id_takes_less_than_15_bytes_and_nobody_can_make_it_more() {
        let spread = check((1..40_000).map(|n| fingerprint::of_id(EventId(n))));
        assert!(spread.bytes() < spread.len * 15, "{}", spread.bytes());
        let crowded = check((0..4_000).map(|n| u64::MAX - n));
        assert!(crowded.bytes() < crowded.len * 30, "{}", crowded.bytes());
    }
}
