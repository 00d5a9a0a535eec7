//! An event as the ledger keeps it: 16 bytes, so that a country's working day fits a small machine.

use std::hash::Hash;

use hashbrown::HashMap;

use serde::{Deserialize, Serialize};

use crate::event::{Body, Channel, CounterStatus, Outcome, Priority, Purpose, RatingLevel};
use crate::{CounterId, OfficerId, ServiceId};

/// "None" in an index.
pub(super) const NO_IX: u16 = u16::MAX;
/// "None" in a ticket's index.
pub(super) const NO_TICKET: u32 = u32::MAX;

/// What an entry says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[repr(u8)]
pub(super) enum Kind {
    Issued,
    Called,
    Recalled,
    Started,
    Finished,
    NoShow,
    Cancelled,
    Held,
    Returned,
    Transferred,
    Opened,
    Paused,
    Closed,
    Staffing,
    Rating,
    /// A business day begins: the collector's own record.
    DayStarted,
}

/// One entry of the ordered log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    /// Milliseconds since the ledger's base.
    pub at: u32,
    /// The ticket's index; for `Opened`, `Paused`, `Closed` packs (services, reason); for
    /// `Staffing` the number of counters; for `DayStarted` the date.
    pub ticket: u32,
    /// The counter's index.
    pub counter: u16,
    /// The service's or the officer's index.
    pub other: u16,
    pub kind: Kind,
    /// Of `Issued`: priority, channel, purpose (see [`taken_as`]); of `Finished` the outcome + 1; of
    /// `Rating` the level; for `DayStarted` whether the queue of the day before is kept.
    pub arg: u8,
}

/// Gives small numbers to names, in the order in which they are first named.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(into = "Vec<T>", from = "Vec<T>")]
#[serde(bound(serialize = "T: Clone + Serialize", deserialize = "T: Hash + Eq + Clone + Deserialize<'de>"))]
pub(super) struct Names<T> {
    names: Vec<T>,
    index: HashMap<T, u16>,
}

impl<T: Hash + Eq + Clone> Default for Names<T> {
    fn default() -> Self {
        Self { names: Vec::new(), index: HashMap::new() }
    }
}

impl<T> From<Names<T>> for Vec<T> {
    fn from(names: Names<T>) -> Self {
        names.names
    }
}

impl<T: Hash + Eq + Clone> From<Vec<T>> for Names<T> {
    fn from(names: Vec<T>) -> Self {
        let index = names.iter().cloned().zip(0..).collect();
        Self { names, index }
    }
}

impl<T: Hash + Eq + Clone> Names<T> {
    /// The name's number. Over 65,534 names, more than any site can have, share the last number.
    pub fn intern(&mut self, name: &T) -> u16 {
        if let Some(ix) = self.index.get(name) {
            return *ix;
        }
        let ix = u16::try_from(self.names.len()).unwrap_or(NO_IX).min(NO_IX - 1);
        if usize::from(ix) == self.names.len() {
            self.names.push(name.clone());
            self.index.insert(name.clone(), ix);
        }
        ix
    }

    pub fn get(&self, ix: u16) -> Option<&T> {
        self.names.get(usize::from(ix))
    }

    pub fn find(&self, name: &T) -> Option<u16> {
        self.index.get(name).copied()
    }

    pub fn len(&self) -> usize {
        self.names.len()
    }
}

/// Every name that the entries of a site use.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Catalogue {
    pub services: Names<ServiceId>,
    pub counters: Names<CounterId>,
    pub officers: Names<OfficerId>,
    pub reasons: Names<Box<str>>,
    pub service_sets: Names<Box<[ServiceId]>>,
}

impl Catalogue {
    fn counter(&mut self, counter: Option<CounterId>) -> u16 {
        counter.map_or(NO_IX, |counter| self.counters.intern(&counter))
    }

    fn officer(&mut self, officer: Option<OfficerId>) -> u16 {
        officer.map_or(NO_IX, |officer| self.officers.intern(&officer))
    }

    /// The entry of an event; `None` for camera events, which are not the ledger's. `ticket` is the
    /// index of the event's ticket.
    pub fn entry(&mut self, at: u32, ticket: u32, body: &Body) -> Option<Entry> {
        let (kind, counter, other, arg) = match body {
            Body::TicketIssued { service, priority, channel, purpose, .. } => {
                (Kind::Issued, NO_IX, self.services.intern(service), taken_as(*priority, *channel, *purpose))
            }
            Body::TicketCalled { counter, officer, .. } => {
                (Kind::Called, self.counter(*counter), self.officer(*officer), 0)
            }
            Body::TicketRecalled { counter, officer, .. } => {
                (Kind::Recalled, self.counter(*counter), self.officer(*officer), 0)
            }
            Body::TicketStarted { counter, .. } => (Kind::Started, self.counter(*counter), NO_IX, 0),
            Body::TicketFinished { counter, outcome, .. } => {
                (Kind::Finished, self.counter(*counter), NO_IX, outcome.map_or(0, |outcome| outcome as u8 + 1))
            }
            Body::TicketNoShow { counter, .. } => (Kind::NoShow, self.counter(*counter), NO_IX, 0),
            Body::TicketCancelled { counter, .. } => (Kind::Cancelled, self.counter(*counter), NO_IX, 0),
            Body::TicketHeld { counter, .. } => (Kind::Held, self.counter(*counter), NO_IX, 0),
            Body::TicketReturned { counter, .. } => (Kind::Returned, self.counter(*counter), NO_IX, 0),
            Body::TicketTransferred { to_service, to_counter, .. } => {
                let service = to_service.map_or(NO_IX, |service| self.services.intern(&service));
                (Kind::Transferred, self.counter(*to_counter), service, 0)
            }
            Body::CounterChanged { status, counter, officer, services, reason } => {
                return Some(self.counter_entry(
                    at,
                    *status,
                    *counter,
                    *officer,
                    services.as_deref(),
                    reason.as_deref(),
                ));
            }
            Body::ServiceStaffing { service, open_counters } => {
                let other = self.services.intern(service);
                return Some(Entry { at, ticket: *open_counters, counter: NO_IX, other, kind: Kind::Staffing, arg: 0 });
            }
            Body::RatingPressed { level, counter, officer, .. } => {
                (Kind::Rating, self.counter(*counter), self.officer(*officer), *level as u8)
            }
            Body::MotionStarted { .. }
            | Body::MotionEnded { .. }
            | Body::Occupancy { .. }
            | Body::CameraOffline { .. }
            | Body::CameraOnline { .. } => return None,
        };
        Some(Entry { at, ticket, counter, other, kind, arg })
    }

    fn counter_entry(
        &mut self,
        at: u32,
        status: CounterStatus,
        counter: CounterId,
        officer: Option<OfficerId>,
        services: Option<&[ServiceId]>,
        reason: Option<&str>,
    ) -> Entry {
        let kind = match status {
            CounterStatus::Open => Kind::Opened,
            CounterStatus::Paused => Kind::Paused,
            CounterStatus::Closed => Kind::Closed,
        };
        let set = services.map_or(NO_IX, |set| {
            set.iter().for_each(|service| {
                self.services.intern(service);
            });
            self.service_sets.intern(&set.into())
        });
        let reason = reason.map_or(NO_IX, |reason| self.reasons.intern(&reason.into()));
        Entry {
            at,
            ticket: u32::from(set) << 16 | u32::from(reason),
            counter: self.counters.intern(&counter),
            other: self.officer(officer),
            kind,
            arg: 0,
        }
    }
}

/// How a number was taken, in a byte: three bits of priority, two of channel + 1, two of purpose + 1.
fn taken_as(priority: Priority, channel: Option<Channel>, purpose: Option<Purpose>) -> u8 {
    let channel = channel.map_or(0, |channel| channel as u8 + 1);
    let purpose = purpose.map_or(0, |purpose| purpose as u8 + 1);
    priority as u8 | channel << 3 | purpose << 5
}

impl Entry {
    /// Whether `ticket` is a ticket's index.
    pub const fn speaks_of_ticket(&self) -> bool {
        !matches!(self.kind, Kind::Opened | Kind::Paused | Kind::Closed | Kind::Staffing | Kind::DayStarted)
            && self.ticket != NO_TICKET
    }

    pub fn rebased(self, ms: u32, tickets: &[u32]) -> Self {
        let ticket = if self.speaks_of_ticket() {
            tickets.get(self.ticket as usize).copied().unwrap_or(NO_TICKET)
        } else {
            self.ticket
        };
        Self { at: self.at.saturating_sub(ms), ticket, ..self }
    }

    pub fn counter(&self) -> Option<u16> {
        (self.counter != NO_IX).then_some(self.counter)
    }

    pub fn other(&self) -> Option<u16> {
        (self.other != NO_IX).then_some(self.other)
    }

    pub fn services_and_reason(&self) -> (Option<u16>, Option<u16>) {
        let known = |ix: u32| u16::try_from(ix).ok().filter(|ix| *ix != NO_IX);
        (known(self.ticket >> 16), known(self.ticket & 0xffff))
    }

    /// Of a `DayStarted`.
    pub const fn keeps_queue(&self) -> bool {
        self.arg != 0
    }

    pub fn priority(&self) -> Priority {
        Priority::ALL.get(usize::from(self.arg & 7)).copied().unwrap_or(Priority::Normal)
    }

    /// Of an `Issued`.
    pub fn channel(&self) -> Option<Channel> {
        Channel::ALL.get(usize::from(self.arg >> 3 & 3).checked_sub(1)?).copied()
    }

    /// Of an `Issued`.
    pub fn purpose(&self) -> Option<Purpose> {
        Purpose::ALL.get(usize::from(self.arg >> 5 & 3).checked_sub(1)?).copied()
    }

    /// Of a `Finished`.
    pub fn outcome(&self) -> Option<Outcome> {
        Outcome::ALL.get(usize::from(self.arg).checked_sub(1)?).copied()
    }

    pub fn level(&self) -> RatingLevel {
        RatingLevel::ALL.get(usize::from(self.arg)).copied().unwrap_or(RatingLevel::Neutral)
    }
}
