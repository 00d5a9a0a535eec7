//! The ledger operator: folds each site's records in order and tells the others what follows.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use domain::board::{AlertRow, CallRow, Ingest};
use domain::config::BusinessDay;
use domain::estimate::model::Model;
use domain::event::Body;
use domain::facts::{CounterIx, Fact};
use domain::ledger::{Ledger, Taken};
use domain::storage::Storage;
use domain::view::{Openings, SiteNames};
use domain::{CounterId, ServiceId, Timestamp};
use hashbrown::HashMap;
use timely::container::CapacityContainerBuilder;
use timely::dataflow::StreamVec;
use timely::dataflow::channels::pact::Exchange;
use timely::dataflow::operators::Operator;

use super::history::{DayPart, Telling};
use super::past::Past;
use super::{CrowdWord, DeviceWord, Epoch, Extent, Item, LedgerState, Named, Record, Shared, SiteIx, SiteState, Step};

/// Facts are passed on at the latest when there are as many, so that a long recovery keeps little.
const CHANGES_KEPT: usize = 16;

/// See the module.
pub fn ledger<'scope>(records: StreamVec<'scope, Epoch, Record>) -> StreamVec<'scope, Epoch, Rc<Step>> {
    let by_site = Exchange::new(|record: &Record| u64::from(record.site));
    records.unary::<CapacityContainerBuilder<Vec<_>>, _, _, _>(by_site, "Ledger", |_, _| {
        let mut sites: HashMap<SiteIx, Site> = HashMap::new();
        move |input, output| {
            input.for_each_stamp(|cap, batches| {
                let mut session = output.session(&cap);
                for record in batches.flat_map(|batch| batch.drain(..)) {
                    if let Some(site) = site_of(&mut sites, &record)
                        && let Some(step) = site.take(record.item)
                    {
                        session.give(Rc::new(step));
                    }
                }
            });
        }
    })
}

/// The site of a record; the first one of a site configures it.
fn site_of<'a>(sites: &'a mut HashMap<SiteIx, Site>, record: &Record) -> Option<&'a mut Site> {
    match sites.entry(record.site) {
        hashbrown::hash_map::Entry::Occupied(site) => Some(site.into_mut()),
        hashbrown::hash_map::Entry::Vacant(empty) => match &record.item {
            Item::Configure(json) => Some(empty.insert(Site::new(record.site, names(json)))),
            Item::Restore(state) => Some(empty.insert(Site::new(record.site, names(&state.ledger.config)))),
            // The door configures a site before it lets anything in; see `ingest`.
            _ => None,
        },
    }
}

fn names(json: &str) -> SiteNames {
    // The journal holds only checked configurations; a broken one here is a broken journal, and
    // going on would show wrong boards: the process ends and says so.
    let config = serde_json::from_str(json).expect("a configuration record of the journal is a checked configuration");
    SiteNames::new(config).expect("a checked configuration names a known time zone")
}

/// One site's ledger and what it has yet to tell.
struct Site {
    ix: SiteIx,
    names: Rc<SiteNames>,
    clock: SiteNames,
    ledger: Option<Ledger>,
    named: Rc<Named>,
    taken: Taken,
    /// Latest arrival, by the site's clock.
    now: Timestamp,
    staffed: bool,
    configured: bool,
    /// Comes into force with the next step.
    model: Option<Arc<Model>>,
    again: bool,
    /// When the site or a service next opens or closes, as of the last evaluation.
    next_change: Option<Timestamp>,
    call_seq: u64,
    calls: Vec<CallRow>,
    crowd: Vec<CrowdWord>,
    door: Option<Ingest>,
    devices: Vec<DeviceWord>,
    alerts: Option<Vec<AlertRow>>,
    storage: Option<Storage>,
    past: Past,
}

impl Site {
    fn new(ix: SiteIx, names: SiteNames) -> Self {
        Self {
            ix,
            clock: names.clone(),
            names: Rc::new(names),
            ledger: None,
            named: Rc::default(),
            taken: Taken::default(),
            now: Timestamp::MIN,
            staffed: false,
            configured: true,
            model: None,
            again: false,
            next_change: None,
            call_seq: 0,
            calls: Vec::new(),
            crowd: Vec::new(),
            door: None,
            devices: Vec::new(),
            alerts: None,
            storage: None,
            past: Past::default(),
        }
    }

    fn take(&mut self, item: Item) -> Option<Step> {
        match item {
            Item::Configure(json) => {
                let before = self.flush();
                self.configure(&json);
                return before;
            }
            Item::Model(Shared(model)) => {
                let before = self.flush();
                self.model = Some(model);
                return before;
            }
            Item::Day { day, keep_from } => {
                let before = self.day_goes(day, keep_from);
                let ledger = self.ledger.get_or_insert_with(|| {
                    let mut ledger = Ledger::before(day, keep_from);
                    know(&mut ledger, &self.names);
                    ledger
                });
                ledger.start_day(day, keep_from, &mut self.taken);
                self.past.start_day(day.start, keep_from);
                return before;
            }
            Item::Event { offset, at, now, body } => self.event(offset, at, now, body),
            Item::Occupancy { camera, zone, at, level, people } => {
                self.crowd.push(CrowdWord::Level(camera, zone, at, level, people));
            }
            Item::Door(ingest) => self.door = Some(ingest),
            Item::Devices(devices) => self.devices.extend(devices),
            Item::Alerts(alerts) => self.alerts = Some(alerts),
            Item::Storage(storage) => self.storage = Some(storage),
            Item::Noted(noted) => self.past.note(noted),
            Item::History(offset) => return self.tell(offset),
            Item::Again => self.again = true,
            Item::Evaluate { as_of, extent } => return self.step(Some((as_of, extent))),
            Item::Restore(state) => return self.restore(*state),
            Item::Keep(offset) => return self.keep(offset),
        }
        if self.taken.changes.len() > CHANGES_KEPT { self.step(None) } else { None }
    }

    fn restore(&mut self, state: SiteState) -> Option<Step> {
        let LedgerState { ledger, now, call_seq, past, .. } = state.ledger.clone();
        (self.ledger, self.now, self.call_seq, self.past) = (Some(ledger), now, call_seq, past);
        self.staffed = true;
        Some(Step { restore: Some(Rc::new(state)), ..self.step(None)? })
    }

    /// Tells everything up to here, settled: what follows is judged by something else, and it must
    /// not depend on how often the site was evaluated before.
    fn flush(&mut self) -> Option<Step> {
        self.ledger.as_mut()?.settle(&mut self.taken);
        self.step(None)
    }

    /// Tells everything up to here, and the ledger as it is then.
    fn keep(&mut self, offset: u64) -> Option<Step> {
        let step = self.step(None)?;
        let config = mqtt_config::wire::json(self.names.config());
        let state = LedgerState {
            config,
            ledger: self.ledger.clone()?,
            now: self.now,
            call_seq: self.call_seq,
            past: self.past.clone(),
        };
        Some(Step { keep: Some((offset, Rc::new(state))), ..step })
    }

    /// Business days are about to be let go: history is told of them for the last time. Of the day
    /// before the present one, if it has changed since it was told; where days are skipped, of the
    /// present one too, as it will have ended.
    fn day_goes(&mut self, next: BusinessDay, keep_from: Timestamp) -> Option<Step> {
        let today = self.ledger.as_ref()?.day();
        let skipped = keep_from > today.start;
        if !skipped && !self.past.dirty[0] {
            return None;
        }
        self.past.know(next.start);
        let yesterday = [self.past.dirty[0], false];
        let mut days = self.past.days(self.ledger.as_ref()?, &self.names, yesterday);
        if skipped {
            let mut ended = self.ledger.clone()?;
            let after = BusinessDay { date: today.date + 1, start: today.end, end: next.start.max(today.end), ..next };
            ended.start_day(after, today.start, &mut Taken::default());
            days.extend(self.past.days(&ended, &self.names, [true, false]));
        }
        self.telling(self.past.offset, days)
    }

    /// Tells history what has changed.
    fn tell(&mut self, offset: u64) -> Option<Step> {
        let dirty = std::mem::take(&mut self.past.dirty);
        if dirty == [false; 2] {
            return None;
        }
        let days = self.past.days(self.ledger.as_ref()?, &self.names, dirty);
        self.telling(offset, days)
    }

    /// The step with which history is told; settled, so that promises are judged by all that is known.
    fn telling(&mut self, offset: u64, days: Vec<DayPart>) -> Option<Step> {
        self.ledger.as_mut()?.settle(&mut self.taken);
        let history = Some(Telling { offset, days: RefCell::new(days) });
        Some(Step { history, ..self.step(None)? })
    }

    fn configure(&mut self, json: &str) {
        let names = names(json);
        self.clock = names.clone();
        self.names = Rc::new(names);
        self.configured = true;
        self.staffed = true;
        // Where things belong is told as of the newest configuration, for both days.
        self.past.configured();
        if let Some(ledger) = &mut self.ledger {
            know(ledger, &self.names);
        }
    }

    fn event(&mut self, offset: u64, at: Timestamp, now: Timestamp, body: Body) {
        let Some(ledger) = &mut self.ledger else { return };
        self.now = self.now.max(now);
        self.past.event(offset, at, now);
        self.staffed |= matches!(body, Body::CounterChanged { .. });
        if is_camera(&body) {
            self.crowd.push(CrowdWord::Event(at, Box::new(body)));
            return;
        }
        if let Some(call) = ledger.take(offset, at, now, &body, &mut self.taken) {
            self.call_seq += 1;
            self.calls.push(CallRow {
                call_seq: self.call_seq,
                ticket: call.ticket,
                counter: call.counter.and_then(|ix| ledger.counter_id(ix)),
                service: call.service.and_then(|ix| ledger.service_id(ix)),
                priority: call.priority,
                ts: call.at,
                recall: call.recall,
            });
        }
    }

    /// What is open at an instant. Rows say when a service opens: they are written anew when that
    /// has come.
    fn openings(&mut self, as_of: Timestamp) -> Openings {
        self.staffed |= self.next_change.is_some_and(|change| change <= as_of);
        self.next_change = self.clock.next_change(as_of);
        self.clock.openings(as_of)
    }

    fn step(&mut self, evaluate: Option<(Timestamp, Extent)>) -> Option<Step> {
        let openings = evaluate.map(|(as_of, _)| self.openings(as_of));
        let ledger = self.ledger.as_mut()?;
        if evaluate.is_some() {
            ledger.settle(&mut self.taken);
        }
        self.staffed |= self
            .taken
            .changes
            .iter()
            .any(|change| matches!(change.fact, Fact::OpenBegan(_) | Fact::OpenEnded(_) | Fact::Staffing { .. }));
        if ledger.named() != (self.named.services.len(), self.named.counters.len()) {
            let known = self.named.counters.len() as CounterIx;
            self.named = Rc::new(named(ledger));
            self.taken.counters.extend(known..self.named.counters.len() as CounterIx);
        }
        self.taken.counters.sort_unstable();
        self.taken.counters.dedup();
        let counters: Vec<CounterIx> = if self.configured {
            (0..self.named.counters.len() as CounterIx).collect()
        } else {
            self.taken.counters.clone()
        };
        self.taken.counters.clear();
        Some(Step {
            site: self.ix,
            names: Rc::clone(&self.names),
            day: ledger.day(),
            now: self.now,
            evaluate,
            changes: std::mem::take(&mut self.taken.changes),
            counters: counters.into_iter().filter_map(|ix| Some((ix, ledger.counter_now(ix)?))).collect(),
            named: Rc::clone(&self.named),
            staffed: std::mem::take(&mut self.staffed),
            configured: std::mem::take(&mut self.configured),
            model: self.model.take(),
            again: std::mem::take(&mut self.again),
            restore: None,
            keep: None,
            history: None,
            calls: std::mem::take(&mut self.calls),
            crowd: std::mem::take(&mut self.crowd),
            door: self.door.take(),
            devices: std::mem::take(&mut self.devices),
            alerts: self.alerts.take(),
            storage: self.storage.take(),
            openings,
            next_change: self.next_change,
        })
    }
}

fn know(ledger: &mut Ledger, names: &SiteNames) {
    let config = names.config();
    let services = config.services.iter().map(|service| service.service);
    ledger.know(services, config.counters.iter().map(|counter| counter.counter));
}

fn named(ledger: &Ledger) -> Named {
    let (services, counters) = ledger.named();
    let services: Vec<ServiceId> = (0..services).filter_map(|ix| ledger.service_id(ix as u16)).collect();
    let counters: Vec<CounterId> = (0..counters).filter_map(|ix| ledger.counter_id(ix as u16)).collect();
    Named { services, counters }
}

const fn is_camera(body: &Body) -> bool {
    matches!(
        body,
        Body::MotionStarted { .. }
            | Body::MotionEnded { .. }
            | Body::Occupancy { .. }
            | Body::CameraOffline { .. }
            | Body::CameraOnline { .. }
    )
}
