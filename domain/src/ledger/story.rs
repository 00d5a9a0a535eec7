//! One visit as the log tells it, until it is over.

use serde::{Deserialize, Serialize};

use crate::event::{Channel, Priority, Purpose};
use crate::facts::{InLine, ServiceIx};
use crate::history::{Rating, Visit, VisitEnd};
use crate::{CounterId, OfficerId, ServiceId, TicketNumber, Timestamp};

/// Where something happened.
pub(super) type Place = (Option<CounterId>, Option<OfficerId>);

/// See the module.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Story {
    pub number: TicketNumber,
    pub nth: u16,
    pub issued: Timestamp,
    /// What the number was taken for, and what it stands in line for, or did last.
    pub first: ServiceIx,
    pub service: ServiceIx,
    pub place: Place,
    pub channel: Option<Channel>,
    pub purpose: Option<Purpose>,
    pub priority: Priority,
    /// The wait that lasts.
    pub wait: Option<InLine>,
    /// Order of the wait that ended last with a call.
    pub order: Option<u32>,
    pub first_wait_ms: Option<u32>,
    pub waits_ms: u32,
    pub calls: u16,
    pub walk_ms: Option<u32>,
    pub service_ms: Option<u32>,
    pub recalls: u16,
    pub transfers: u16,
    pub holds: u16,
    pub rating: Option<Rating>,
    pub ended: Option<(Timestamp, VisitEnd)>,
}

impl Story {
    /// A number that was taken at `issued`.
    pub const fn new(number: TicketNumber, issued: Timestamp, service: ServiceIx, priority: Priority) -> Self {
        Self {
            number,
            nth: 0,
            issued,
            first: service,
            service,
            place: (None, None),
            channel: None,
            purpose: None,
            priority,
            wait: None,
            order: None,
            first_wait_ms: None,
            waits_ms: 0,
            calls: 0,
            walk_ms: None,
            service_ms: None,
            recalls: 0,
            transfers: 0,
            holds: 0,
            rating: None,
            ended: None,
        }
    }

    /// A wait of so long has ended with a call to `place`.
    pub fn called(&mut self, wait_ms: u32, order: u32, place: Place) {
        self.first_wait_ms.get_or_insert(wait_ms);
        self.waits_ms = self.waits_ms.saturating_add(wait_ms);
        self.calls = self.calls.saturating_add(1);
        self.order = Some(order);
        self.place = place;
        (self.walk_ms, self.service_ms) = (None, None);
    }

    /// The visit, if it is over; without its promise.
    pub fn visit(&self, service: impl Fn(ServiceIx) -> Option<ServiceId>) -> Option<Visit> {
        let (ended, end) = self.ended?;
        let first = service(self.first)?;
        Some(Visit {
            ticket: self.number,
            nth: self.nth,
            issued: self.issued,
            ended,
            end,
            service: first,
            last_service: service(self.service).filter(|last| *last != first),
            counter: self.place.0,
            officer: self.place.1,
            channel: self.channel,
            purpose: self.purpose,
            priority: self.priority,
            first_wait_ms: self.first_wait_ms,
            waits_ms: self.waits_ms,
            calls: self.calls,
            walk_ms: self.walk_ms,
            service_ms: self.service_ms,
            recalls: self.recalls,
            transfers: self.transfers,
            holds: self.holds,
            promised_ms: None,
            rating: self.rating.map(|rating| rating.level),
        })
    }
}
