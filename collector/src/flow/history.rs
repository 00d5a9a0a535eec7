//! The history operator: puts together what the ledger, the cameras' and the estimates' operators
//! tell of the kept business days, once the frontier has passed the epoch.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use domain::SiteId;
use domain::calendar::BusinessDay;
use domain::config::SiteConfig;
use domain::estimate::Judged;
use domain::history::{Day, QualityCell, QualityMinute, ServicePlace, ZoneCell, ZoneMinute};
use domain::ledger::DayTold;
use hashbrown::HashMap;
use timely::container::CapacityContainerBuilder;
use timely::dataflow::StreamVec;
use timely::dataflow::channels::pact::Pipeline;
use timely::dataflow::operators::Operator;

use super::{Epoch, Output, Part, SiteIx, Step};

/// What history is told of a site.
#[derive(Debug, Clone)]
pub struct Told {
    /// The site.
    pub site: SiteId,
    /// It follows from the journal up to this record, which has to be durable before a row is written.
    pub offset: u64,
    /// The business days that are kept and changed.
    pub days: Vec<Day>,
}

/// What a step tells history: the ledger's own part.
#[derive(Debug)]
pub struct Telling {
    /// See [`Told::offset`].
    pub offset: u64,
    /// The days as the ledger and the door know them. Taken by the operator.
    pub days: RefCell<Vec<DayPart>>,
}

/// A day without its promises and zones.
#[derive(Debug)]
pub struct DayPart {
    /// As the ledger tells it.
    pub told: DayTold,
    /// Local time minus UTC when it began, seconds.
    pub utc_offset_s: i32,
    /// What lasts is known up to here.
    pub until: domain::Timestamp,
    /// How good the data are.
    pub quality: (Vec<QualityCell>, Vec<QualityMinute>),
}

impl DayPart {
    /// The day itself.
    #[must_use]
    pub const fn day(&self) -> BusinessDay {
        self.told.day
    }
}

/// What the cameras saw on one day.
pub type Seen = (Vec<ZoneCell>, Vec<ZoneMinute>);

/// Whether the operator needs a part.
pub fn concerns(part: &Part) -> bool {
    match part {
        Part::Step(step) => step.history.is_some(),
        Part::Judged(..) | Part::Seen(..) => true,
        _ => false,
    }
}

/// See the module. What is told goes to `give`; the stream that is returned carries the frontier.
pub fn history<'scope>(
    parts: StreamVec<'scope, Epoch, Part>,
    mut give: impl FnMut(Vec<Output>) + 'static,
) -> StreamVec<'scope, Epoch, ()> {
    parts.unary_frontier::<CapacityContainerBuilder<Vec<()>>, _, _, _>(Pipeline, "History", |_, _| {
        let mut waiting: BTreeMap<Epoch, Vec<Part>> = BTreeMap::new();
        move |(input, frontier), _output| {
            input.for_each_stamp(|cap, batches| {
                let Some(epoch) = cap.least() else { return };
                waiting.entry(*epoch).or_default().extend(batches.flat_map(|batch| batch.drain(..)));
            });
            while let Some(epoch) = waiting.first_entry().filter(|epoch| !frontier.frontier().less_equal(epoch.key())) {
                let outputs = assemble(epoch.remove());
                if !outputs.is_empty() {
                    give(outputs);
                }
            }
        }
    })
}

/// A site is told at most a few times in an epoch (days that turn); each operator keeps that order.
fn assemble(parts: Vec<Part>) -> Vec<Output> {
    let mut judged: HashMap<SiteIx, std::collections::VecDeque<Vec<Judged>>> = HashMap::new();
    let mut seen: HashMap<SiteIx, std::collections::VecDeque<Vec<Seen>>> = HashMap::new();
    let mut steps = Vec::new();
    for part in parts {
        match part {
            Part::Step(step) => steps.push(step),
            Part::Judged(site, list) => judged.entry(site).or_default().push_back(list),
            Part::Seen(site, list) => seen.entry(site).or_default().push_back(list),
            _ => {}
        }
    }
    let told = |step: Rc<Step>| {
        let judged = judged.get_mut(&step.site).and_then(std::collections::VecDeque::pop_front).unwrap_or_default();
        let seen = seen.get_mut(&step.site).and_then(std::collections::VecDeque::pop_front).unwrap_or_default();
        let told = tell(&step, judged, seen)?;
        Some(Output::told(&step, told))
    };
    steps.into_iter().filter_map(told).collect()
}

fn tell(step: &Step, judged: Vec<Judged>, seen: Vec<Seen>) -> Option<Told> {
    let telling = step.history.as_ref()?;
    let config = step.names.config();
    let judged: HashMap<u32, Judged> = judged.into_iter().map(|judged| (judged.order, judged)).collect();
    let mut seen = seen.into_iter();
    let mut days = Vec::new();
    for DayPart { mut told, quality: (cells, minutes), .. } in telling.days.take() {
        told.builder.quality(cells, minutes);
        let (cells, minutes) = seen.next().unwrap_or_default();
        told.builder.zones(cells, minutes);
        let day = told.day(&judged, |service| place(config, service), |counter| department(config, counter));
        if happened(&day) {
            days.push(day);
        }
    }
    Some(Told { site: config.site, offset: telling.offset, days })
}

/// Whether anything is known of a day, if only that it was none of service: the one before a site's
/// first is not one on which nobody came.
fn happened(day: &Day) -> bool {
    let known = |cell: &QualityCell| cell.heard_min > 0 || cell.accepted > 0 || cell.due_min == Some(0);
    !day.flow.is_empty() || !day.counters.is_empty() || day.quality.iter().any(known)
}

fn place(config: &SiteConfig, service: domain::ServiceId) -> ServicePlace {
    let found = config.services.iter().find(|configured| configured.service == service);
    ServicePlace {
        service,
        field: found.and_then(|found| found.field),
        department: found.and_then(|found| found.department),
    }
}

fn department(config: &SiteConfig, counter: domain::CounterId) -> Option<domain::DepartmentId> {
    config.counters.iter().find(|configured| configured.counter == counter).and_then(|found| found.department)
}
