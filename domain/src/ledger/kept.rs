//! A ledger as it is kept in a snapshot: what cannot be worked out again. The same ledger gives the
//! same bytes, and what is read back goes on exactly as the one that was kept.

use std::hash::BuildHasher;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::entry::{Catalogue, Entry, NO_TICKET};
use super::state::{State, Ticket};
use super::story::Story;
use super::{Ledger, Numbers};
use crate::config::BusinessDay;

#[derive(Serialize)]
struct Kept<'a> {
    names: &'a Catalogue,
    today: Vec<u32>,
    yesterday: Vec<u32>,
    day: BusinessDay,
    log: &'a [Entry],
    folded: usize,
    state: &'a State,
    origin: &'a State,
    carried: &'a [Story],
    doubtful: &'a [(Entry, u64)],
    issues: &'a [u64],
}

#[derive(Deserialize)]
struct Found {
    names: Catalogue,
    today: Vec<u32>,
    yesterday: Vec<u32>,
    day: BusinessDay,
    log: Vec<Entry>,
    folded: usize,
    state: State,
    origin: Box<State>,
    carried: Vec<Story>,
    doubtful: Vec<(Entry, u64)>,
    issues: Vec<u64>,
}

impl Serialize for Ledger {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Kept {
            names: &self.names,
            today: self.today.sorted(),
            yesterday: self.yesterday.sorted(),
            day: self.day,
            log: &self.log,
            folded: self.folded,
            state: &self.state,
            origin: &self.origin,
            carried: &self.carried,
            doubtful: &self.doubtful,
            issues: &self.issues,
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Ledger {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let found = Found::deserialize(deserializer)?;
        found.check().map_err(D::Error::custom)?;
        let Found { names, today, yesterday, day, log, folded, state, origin, carried, doubtful, issues } = found;
        Ok(Self {
            names,
            today: Numbers::of(&today, &state.tickets),
            yesterday: Numbers::of(&yesterday, &state.tickets),
            day,
            log,
            folded,
            state,
            origin,
            carried,
            // They only save time: a late event folds from the origin, and makes new ones.
            checkpoints: Vec::new(),
            calm: 0,
            doubtful,
            issues,
        })
    }
}

impl Found {
    /// Whether everything that is an index points at something.
    fn check(&self) -> Result<(), &'static str> {
        let tickets = self.state.tickets.len();
        let known = |ix: u32| (ix as usize) < tickets;
        let entry = |entry: &Entry| !entry.speaks_of_ticket() || known(entry.ticket);
        let state = |state: &State| {
            let of_counters = state.counters.iter().flat_map(|counter| [counter.ticket, counter.last_ended]);
            state.tickets.len() <= tickets
                && state.next.len() <= tickets
                && state.next.iter().all(|ix| *ix == NO_TICKET || known(*ix))
                && of_counters.into_iter().all(|ix| ix == NO_TICKET || (ix as usize) < state.tickets.len())
                && state.parked.iter().all(|(parked, _)| entry(parked))
        };
        let whole = self.folded <= self.log.len()
            && self.issues.len() == tickets
            && self.today.iter().chain(&self.yesterday).all(|ix| known(*ix))
            && self.log.iter().all(entry)
            && self.doubtful.iter().all(|(doubted, _)| entry(doubted))
            && state(&self.state)
            && state(&self.origin);
        if whole { Ok(()) } else { Err("a ledger whose parts do not belong together") }
    }
}

impl Numbers {
    fn sorted(&self) -> Vec<u32> {
        let mut all: Vec<u32> = self.table.iter().copied().collect();
        all.sort_unstable();
        all
    }

    fn of(all: &[u32], tickets: &[Ticket]) -> Self {
        let mut numbers = Self::default();
        let hash = |ix: &u32| numbers.hasher.hash_one(tickets[*ix as usize].number);
        numbers.table.reserve(all.len(), hash);
        for ix in all {
            numbers.table.insert_unique(hash(ix), *ix, hash);
        }
        numbers
    }
}
