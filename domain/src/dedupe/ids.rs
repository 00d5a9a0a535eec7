//! Which event ids were seen, in 12.8 to 14.4 bytes each.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::fingerprint;
use crate::Timestamp;
use crate::event::{Envelope, Event};

/// A device whose clock jumps about may name any day. Beyond this many days with events, those
/// furthest in the future are let go; 35 days and their stray neighbours fit well.
const MOST_DAYS: usize = 64;

/// The ids that were seen, by the UTC day of the event's own `ts`: a true repeat has the same one.
///
/// Kept is a 64-bit hash of the id. Two different ids with the same hash are no matter: among the
/// 10,000 events of a busy site and day the chance of one such pair is 3 in a million million, and
/// then the second is a dead letter `conflict`, which is kept and listed; it is not lost.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Ids {
    days: BTreeMap<i64, Table>,
    /// Days before this one were forgotten.
    floor: Option<i64>,
    /// Days from this one on were let go.
    ceiling: Option<i64>,
    len: usize,
}

/// Memory that an id takes at most, bytes.
pub const BYTES_PER_ID: usize = 15;

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

/// What is remembered of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Print {
    day: i64,
    hash: u64,
    content: u32,
}

impl Print {
    /// The print of an event; it covers all but `boot`, `seq` and `up_ms`.
    #[must_use]
    pub fn of(event: &Event) -> Self {
        let Envelope { id, ts, .. } = event.envelope;
        // Zero marks an empty slot.
        Self { day: day_of(ts), hash: fingerprint::of_id(id).max(1), content: fingerprint::of_content(event) }
    }
}

impl Ids {
    /// What is known of this event's id.
    #[must_use]
    pub fn look_up(&self, print: &Print) -> Known {
        let own = self.days.get(&print.day);
        let others = self.days.iter().filter(|(day, _)| **day != print.day).map(|(_, table)| table);
        match own.into_iter().chain(others).find_map(|table| table.get(print.hash)) {
            Some(content) if content == print.content => Known::Same,
            Some(_) => Known::Other,
            None => Known::No,
        }
    }

    /// Remembers an event of which [`look_up`](Self::look_up) says [`Known::No`]; does nothing
    /// when its day is not kept.
    pub fn insert(&mut self, print: &Print) {
        if !self.keeps(print.day) {
            return;
        }
        self.days.entry(print.day).or_default().insert(print.hash, print.content);
        self.len += 1;
        if self.days.len() > MOST_DAYS {
            self.let_go_last();
        }
    }

    fn let_go_last(&mut self) {
        if let Some((day, table)) = self.days.pop_last() {
            self.len -= table.len;
            self.ceiling = Some(day);
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
        let kept = self.days.split_off(&day);
        self.len -= self.days.values().map(|table| table.len).sum::<usize>();
        self.days = kept;
    }

    /// Makes room: forgets the oldest day before those in `spared`, else the furthest after them,
    /// which only a clock that runs ahead can name. False when there is neither.
    pub fn make_room(&mut self, spared: RangeInclusive<i64>) -> bool {
        let first = self.days.first_key_value().map(|(day, _)| *day);
        if let Some(day) = first.filter(|day| day < spared.start()) {
            self.forget_before(day + 1);
            return true;
        }
        let beyond = self.days.last_key_value().is_some_and(|(day, _)| day > spared.end());
        if beyond {
            self.let_go_last();
        }
        beyond
    }

    /// The first day of which every id is still known; `None` when none was ever forgotten.
    #[must_use]
    pub const fn kept_from(&self) -> Option<i64> {
        self.floor
    }

    /// How many ids are known.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether no id is known.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Memory taken by the ids, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.days.values().map(Table::bytes).sum()
    }
}

/// A sorted array with gaps. A hash stands at or after the slot that its size suggests, and in
/// order, so a look-up reads one or two cache lines, and growth by an eighth copies in order.
/// Chosen over sorted runs (as small, but several searches a look-up) and over a usual hash table
/// (which doubles: at 3,400 sites the empty halves would cost more than the ids).
#[derive(Debug, Clone, Default)]
struct Table {
    slots: Vec<Slot>,
    /// How many slots a hash may suggest. A few more stand at the end for what is pushed over it.
    addressed: usize,
    len: usize,
}

/// Twelve bytes, not sixteen: the hash is in two halves because of its alignment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Slot {
    high: u32,
    low: u32,
    content: u32,
}

impl Slot {
    const fn new(hash: u64, content: u32) -> Self {
        Self { high: (hash >> 32) as u32, low: hash as u32, content }
    }

    /// Zero in an empty slot.
    const fn hash(self) -> u64 {
        (self.high as u64) << 32 | self.low as u64
    }

    const fn is_empty(self) -> bool {
        self.hash() == 0
    }
}

impl Table {
    fn suggested(&self, hash: u64) -> usize {
        ((u128::from(hash) * self.addressed as u128) >> 64) as usize
    }

    /// Where the hash stands, or would stand.
    fn place(&self, hash: u64) -> usize {
        let begin = self.suggested(hash);
        // An empty slot's hash is 0: less one, it is greater than any.
        let before = |slot: &&Slot| slot.hash().wrapping_sub(1) < hash - 1;
        begin + self.slots[begin..].iter().take_while(before).count()
    }

    fn get(&self, hash: u64) -> Option<u32> {
        self.slots.get(self.place(hash)).filter(|slot| slot.hash() == hash).map(|slot| slot.content)
    }

    /// Inserts a hash that is not there.
    fn insert(&mut self, hash: u64, content: u32) {
        if self.len * 16 >= self.addressed * 15 {
            self.grow();
        }
        let place = self.place(hash);
        let gap = place + self.slots[place..].iter().take_while(|slot| !slot.is_empty()).count();
        if gap == self.slots.len() {
            self.extend();
        }
        self.slots.copy_within(place..gap, place + 1);
        self.slots[place] = Slot::new(hash, content);
        self.len += 1;
    }

    /// One more slot at the end, without the doubling of `push`.
    fn extend(&mut self) {
        if self.slots.len() == self.slots.capacity() {
            self.slots.reserve_exact(8);
        }
        self.slots.push(Slot::default());
    }

    fn grow(&mut self) {
        let addressed = self.addressed + (self.addressed / 8).max(16);
        *self = Self::of(addressed, self.len, self.taken());
    }

    /// A table of slots that come in order.
    fn of(addressed: usize, len: usize, slots: impl Iterator<Item = Slot>) -> Self {
        let mut table = Self { slots: vec![Slot::default(); addressed], addressed, len };
        let mut free = 0;
        for slot in slots {
            let place = table.suggested(slot.hash()).max(free);
            if place == table.slots.len() {
                table.extend();
            }
            table.slots[place] = slot;
            free = place + 1;
        }
        table
    }

    /// The slots with something in them, in order.
    fn taken(&self) -> impl Iterator<Item = Slot> {
        self.slots.iter().copied().filter(|slot| !slot.is_empty())
    }

    fn bytes(&self) -> usize {
        self.slots.capacity() * size_of::<Slot>()
    }
}

/// Bytes of a slot where a table is kept.
const KEPT_SLOT: usize = 12;

/// The taken slots one after the other; where they stood does not matter, so that the same ids are
/// the same bytes.
impl Serialize for Table {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut bytes = Vec::with_capacity(self.len * KEPT_SLOT);
        for Slot { high, low, content } in self.taken() {
            [high, low, content].iter().for_each(|half| bytes.extend_from_slice(&half.to_le_bytes()));
        }
        serializer.serialize_bytes(&bytes)
    }
}

impl<'de> Deserialize<'de> for Table {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Slots;
        impl serde::de::Visitor<'_> for Slots {
            type Value = Table;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("ids in order, twelve bytes each")
            }
            fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<Table, E> {
                kept_table(bytes).ok_or_else(|| E::invalid_length(bytes.len(), &self))
            }
        }
        deserializer.deserialize_bytes(Slots)
    }
}

/// `None` when the bytes are not those of a table.
fn kept_table(bytes: &[u8]) -> Option<Table> {
    let (slots, rest) = bytes.as_chunks::<KEPT_SLOT>();
    let half =
        |slot: &[u8; KEPT_SLOT], at: usize| u32::from_le_bytes([slot[at], slot[at + 1], slot[at + 2], slot[at + 3]]);
    let slot = |bytes| Slot { high: half(bytes, 0), low: half(bytes, 4), content: half(bytes, 8) };
    let in_order = slots.is_sorted_by(|one, next| slot(one).hash() < slot(next).hash());
    let whole = rest.is_empty() && in_order && slots.first().is_none_or(|first| !slot(first).is_empty());
    // As full as a table that has just grown by an eighth.
    let addressed = slots.len() + (slots.len() / 8).max(16);
    whole.then(|| Table::of(addressed, slots.len(), slots.iter().map(slot)))
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
        let kept = postcard::to_stdvec(&table).unwrap();
        let mut back: Table = postcard::from_bytes(&kept).unwrap();
        assert_eq!(postcard::to_stdvec(&back).unwrap(), kept);
        assert!(model.iter().all(|(hash, content)| back.get(*hash) == Some(*content)));
        if let Some(fresh) = (1..=u64::MAX).find(|hash| !model.contains_key(hash)) {
            back.insert(fresh, 7);
            assert_eq!((back.get(fresh), back.len), (Some(7), table.len + 1));
        }
        table
    }

    #[test]
    fn what_is_no_table_is_not_read_as_one() {
        let slot = |hash: u64| [(hash >> 32) as u32, hash as u32, 1].map(u32::to_le_bytes).concat();
        assert!(kept_table(&[slot(1), slot(2)].concat()).is_some());
        for wrong in [[slot(2), slot(1)].concat(), [slot(1), slot(1)].concat(), slot(0), vec![1; 13]] {
            assert!(kept_table(&wrong).is_none());
        }
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
        let spread = check((1..40_000).map(|n| fingerprint::of_id(crate::EventId(n))));
        assert!(spread.bytes() < spread.len * 15, "{}", spread.bytes());
        let crowded = check((0..4_000).map(|n| u64::MAX - n));
        assert!(crowded.bytes() < crowded.len * 30, "{}", crowded.bytes());
    }
}
