//! A business day as the ledger tells it, before its promises are judged.

use hashbrown::HashMap;

use super::story::Place;
use crate::config::BusinessDay;
use crate::estimate::Judged;
use crate::facts::Date;
use crate::history::{Builder, Day, ServicePlace, Visit};
use crate::{CounterId, DepartmentId, ServiceId, Timestamp};

/// A business day as the ledger tells it; promises are judged elsewhere.
#[derive(Debug)]
pub struct DayTold {
    /// The day.
    pub day: BusinessDay,
    /// What is known of it, but for what the cameras saw and how good the data are.
    pub builder: Builder,
    pub(super) calls: Vec<Call>,
    pub(super) visits: Vec<(Visit, Option<u32>)>,
}

/// A wait that ended with a call.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call {
    pub from: Timestamp,
    pub at: Timestamp,
    pub service: ServiceId,
    pub place: Place,
    pub order: u32,
}

impl DayTold {
    pub(super) fn new(day: BusinessDay, utc_offset_s: i32, until: Timestamp) -> Self {
        let builder = Builder::new(day, utc_offset_s, until);
        Self { day, builder, calls: Vec::new(), visits: Vec::new() }
    }

    /// The date: days since 1970-01-01.
    #[must_use]
    pub const fn date(&self) -> Date {
        self.day.date
    }

    /// The day with its promises. `service` and `counter` tell where they belong.
    #[must_use]
    pub fn day(
        mut self,
        judged: &HashMap<u32, Judged>,
        service: impl Fn(ServiceId) -> ServicePlace,
        counter: impl Fn(CounterId) -> Option<DepartmentId>,
    ) -> Day {
        for Call { from, at, service, place, order } in self.calls {
            self.builder.called((from, at), service, place, judged.get(&order).copied());
        }
        for (visit, order) in self.visits {
            let range = order.and_then(|order| judged.get(&order)).map(|judged| judged.range);
            self.builder.visit(Visit { promised_ms: range.map(|range| (range.p50_ms, range.p90_ms)), ..visit });
        }
        self.builder.finish(service, counter)
    }
}
