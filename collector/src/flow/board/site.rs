//! One site's board: what it shows and what it last showed.

use std::collections::VecDeque;
use std::fmt::Write;
use std::rc::Rc;

use domain::board::{AlertRow, CallRow, DeviceRow, Ingest, MissedRow, RatingTotals, ZoneRow};
use domain::facts::{CounterIx, Fact, FoldedIngest, ServiceIx};
use domain::ledger::CounterNow;
use domain::load::LoadFigures;
use domain::view::{SiteNames, open_counters};
use domain::waits::WaitFigures;
use domain::{CounterId, DeviceId, ServiceId, TicketNumber, Timestamp};
use mqtt_config::wire::{CALLS_SHOWN, Calls, CounterDisplay, json};

use super::super::rows::{List, Shown, field, field_list};
use super::super::{Extent, Named, Part, Step, WaitsPart};
use super::{Display, Output, Rejection};

/// No-shows stand in the list of missed numbers for 30 minutes (contract section 5).
const MISSED_MS: i64 = 1_800_000;

/// See the module.
pub struct Site {
    seq: u64,
    /// `seq` of the last whole board that went out.
    board_seq: Option<u64>,
    day: i32,
    named: Rc<Named>,
    service_order: Vec<ServiceIx>,
    counter_order: Vec<CounterIx>,
    counters: Vec<CounterNow>,
    calls: VecDeque<CallRow>,
    /// Calls of the list as last shown.
    shown_calls: Vec<u64>,
    missed: Vec<MissedRow>,
    door: Ingest,
    folded: FoldedIngest,
    rejections: Vec<Rejection>,
    ratings: RatingTotals,
    devices: Vec<DeviceRow>,
    alerts: Vec<AlertRow>,
    waits: Option<Rc<WaitsPart>>,
    load: Option<Rc<[(CounterIx, LoadFigures)]>>,
    zones: Option<Rc<[ZoneRow]>>,
    shown: ShownRows,
    calls_again: bool,
}

/// What was last shown, by list.
#[derive(Default)]
struct ShownRows {
    head: Shown<&'static str>,
    services: Shown<ServiceId>,
    counters: Shown<CounterId>,
    missed: Shown<TicketNumber>,
    zones: Shown<String>,
    devices: Shown<DeviceId>,
    alerts: Shown<String>,
    displays: Shown<CounterId>,
}

/// The lists of one evaluation.
#[derive(Default)]
struct Lists {
    services: List,
    counters: List,
    missed: List,
    zones: List,
    devices: List,
    alerts: List,
    removed: String,
    head: String,
    displays: Vec<Display>,
}

impl Site {
    pub fn new(seq_base: u64) -> Self {
        Self {
            seq: seq_base,
            board_seq: None,
            day: i32::MIN,
            named: Rc::default(),
            service_order: Vec::new(),
            counter_order: Vec::new(),
            counters: Vec::new(),
            calls: VecDeque::new(),
            shown_calls: Vec::new(),
            missed: Vec::new(),
            door: Ingest::default(),
            folded: FoldedIngest::default(),
            rejections: Vec::new(),
            ratings: RatingTotals::default(),
            devices: Vec::new(),
            alerts: Vec::new(),
            waits: None,
            load: None,
            zones: None,
            shown: ShownRows::default(),
            calls_again: false,
        }
    }

    /// Takes in what happened, in order.
    pub fn take_step(&mut self, step: &Step) {
        if !Rc::ptr_eq(&self.named, &step.named) || step.configured {
            self.named = Rc::clone(&step.named);
            self.order(&step.names);
        }
        if step.again {
            self.board_seq = self.board_seq.map(|_| 0);
            self.shown.displays = Shown::default();
            self.calls_again = true;
        }
        if self.day != step.day.date {
            self.day = step.day.date;
            self.calls.clear();
        }
        for change in &step.changes {
            self.folded.apply(change);
            match change.fact {
                Fact::Missed { ticket, counter, at } => self.miss(ticket, counter, at, change.holds),
                Fact::Rejected { offset, reason } => {
                    self.rejections.push(Rejection { offset, reason, holds: change.holds });
                }
                // The others are counted by the operators of their own.
                _ => {}
            }
        }
        for (ix, now) in &step.counters {
            let ix = usize::from(*ix);
            if self.counters.len() <= ix {
                self.counters.resize(ix + 1, CounterNow::default());
            }
            self.counters[ix] = now.clone();
        }
        self.call(step.calls.iter().filter(|call| step.day.start <= call.ts));
        self.door = step.door.unwrap_or(self.door);
        for device in &step.devices {
            match self.devices.binary_search_by_key(&device.device, |row| row.device) {
                Ok(place) => self.devices[place] = device.clone(),
                Err(place) => self.devices.insert(place, device.clone()),
            }
        }
        if let Some(alerts) = &step.alerts {
            self.alerts.clone_from(alerts);
        }
    }

    /// Services and counters in the order of the site's file; discovered ones by their id.
    fn order(&mut self, names: &SiteNames) {
        let config = names.config();
        let service = |id: ServiceId| self.named.services.iter().position(|other| *other == id);
        let counter = |id: CounterId| self.named.counters.iter().position(|other| *other == id);
        if config.discover {
            self.service_order = (0..self.named.services.len() as ServiceIx).collect();
            self.service_order.sort_by_key(|ix| self.named.services[usize::from(*ix)]);
            self.counter_order = (0..self.named.counters.len() as CounterIx).collect();
            self.counter_order.sort_by_key(|ix| self.named.counters[usize::from(*ix)]);
        } else {
            let services = config.services.iter().filter_map(|config| service(config.service));
            self.service_order = services.map(|ix| ix as ServiceIx).collect();
            let counters = config.counters.iter().filter_map(|config| counter(config.counter));
            self.counter_order = counters.map(|ix| ix as CounterIx).collect();
        }
    }

    fn miss(&mut self, ticket: TicketNumber, counter: Option<CounterIx>, at: Timestamp, holds: bool) {
        let counter = counter.and_then(|ix| self.named.counters.get(usize::from(ix)).copied());
        let row = MissedRow { ticket, counter, ts: at };
        if holds {
            let place = self.missed.partition_point(|other| other.ts <= at);
            self.missed.insert(place, row);
        } else if let Some(place) = self.missed.iter().rposition(|other| *other == row) {
            self.missed.remove(place);
        }
    }

    /// Announces calls of the present business day, oldest first.
    fn call<'a>(&mut self, calls: impl Iterator<Item = &'a CallRow>) {
        for call in calls {
            self.calls.push_front(call.clone());
            self.calls.truncate(CALLS_SHOWN);
        }
    }

    /// Takes the figures of an operator.
    pub fn take_part(&mut self, part: &Part) {
        match part {
            Part::Step(_) => {}
            Part::Waits(_, part) => self.waits = Some(Rc::clone(part)),
            Part::Load(_, part) => self.load = Some(Rc::clone(part)),
            Part::Ratings(_, part) => self.ratings = part.as_ref().clone(),
            Part::Crowd(_, part) => self.zones = Some(Rc::clone(part)),
        }
    }

    /// Says what changed.
    pub fn evaluate(&mut self, step: &Step, as_of: Timestamp, scope: Extent) -> Output {
        let first = self.board_seq.is_none();
        let whole = matches!(scope, Extent::Whole { board: true }) || first;
        let waits = self.waits.take();
        let mut lists = Lists::default();
        self.head(step, &mut lists);
        self.services(step, waits.as_deref(), whole, &mut lists);
        self.counters(step, as_of, whole, &mut lists);
        self.others(as_of, whole, &mut lists);
        self.removed(step, &mut lists);
        let delta = self.delta(as_of, &lists);
        let board = (whole && self.board_seq != Some(self.seq)).then(|| self.board(step, as_of, &lists));
        if board.is_some() {
            self.board_seq = Some(self.seq);
        }
        let has_calls = std::mem::take(&mut self.calls_again) || self.new_calls().next().is_some();
        self.shown_calls = self.calls.iter().map(|call| call.call_seq).collect();
        let alive = || format!("{{\"type\":\"alive\",\"seq\":{},\"as_of\":\"{as_of}\"}}", self.seq);
        Output {
            ix: step.site,
            site: step.names.config().site,
            alive: delta.is_none().then(alive),
            // Before the first whole board nobody could follow a delta.
            delta: delta.filter(|_| !first),
            board,
            displays: lists.displays,
            calls: has_calls.then(|| json(&Calls { as_of, calls: self.calls.iter().cloned().collect() })),
            rejections: std::mem::take(&mut self.rejections),
            next_edge: waits.and_then(|waits| waits.next_edge),
        }
    }

    /// Calls that were not shown yet, newest first.
    fn new_calls(&self) -> impl Iterator<Item = &CallRow> {
        self.calls.iter().filter(|call| !self.shown_calls.contains(&call.call_seq))
    }

    fn ingest(&self) -> Ingest {
        self.folded.merge(self.door)
    }

    /// Scalars and what is replaced whole.
    fn head(&mut self, step: &Step, lists: &mut Lists) {
        let config = step.names.config();
        let texts = [
            ("name", json(&config.name)),
            ("business_day", json(&step.day.label())),
            ("contacts", json(&config.contacts)),
            ("hours", json(&step.names.hours(&step.day))),
            ("ratings", json(&self.ratings)),
            ("ingest", json(&self.ingest())),
        ];
        for (name, text) in texts {
            if self.shown.head.note(&name, &text) {
                // Writing to a String cannot fail.
                let _ = write!(lists.head, ",\"{name}\":{text}");
            }
        }
    }

    fn services(&mut self, step: &Step, waits: Option<&WaitsPart>, whole: bool, lists: &mut Lists) {
        let Some(waits) = waits else { return };
        let mut figures: Vec<Option<&WaitFigures>> = vec![None; self.named.services.len()];
        for (ix, row) in &waits.services {
            if let Some(place) = figures.get_mut(usize::from(*ix)) {
                *place = Some(row);
            }
        }
        for ix in &self.service_order {
            let Some(figures) = figures[usize::from(*ix)] else { continue };
            let id = self.named.services[usize::from(*ix)];
            let counters = self.named.counters.iter().copied().zip(&self.counters);
            let open = open_counters(&step.names, counters, id, figures.staffing);
            let row = step.names.service_row(id, figures.clone(), open, step.opening);
            lists.services.row(&mut self.shown.services, &id, &row, whole);
        }
    }

    fn counters(&mut self, step: &Step, as_of: Timestamp, whole: bool, lists: &mut Lists) {
        let Some(load) = self.load.take() else { return };
        let mut figures: Vec<Option<&LoadFigures>> = vec![None; self.named.counters.len()];
        for (ix, row) in load.iter() {
            if let Some(place) = figures.get_mut(usize::from(*ix)) {
                *place = Some(row);
            }
        }
        for ix in &self.counter_order {
            let ix = usize::from(*ix);
            let (Some(load), Some(now)) = (figures[ix], self.counters.get(ix)) else { continue };
            let id = self.named.counters[ix];
            let row = step.names.counter_row(id, now, load);
            lists.counters.row(&mut self.shown.counters, &id, &row, whole);
            let display = CounterDisplay::of(&row, as_of);
            let steady = json(&CounterDisplay { as_of: Timestamp::MIN, ..display });
            if self.shown.displays.note(&id, &steady) {
                lists.displays.push(Display { counter: id, json: json(&display) });
            }
        }
    }

    fn others(&mut self, as_of: Timestamp, whole: bool, lists: &mut Lists) {
        let old = as_of.plus(-MISSED_MS);
        self.missed.retain(|row| row.ts > old);
        for row in &self.missed {
            lists.missed.row(&mut self.shown.missed, &row.ticket, row, whole);
        }
        if let Some(zones) = &self.zones {
            for row in zones.iter() {
                lists.zones.row(&mut self.shown.zones, &zone_key(row), row, whole);
            }
        }
        for row in &self.devices {
            lists.devices.row(&mut self.shown.devices, &row.device, row, whole);
        }
        for row in &self.alerts {
            lists.alerts.row(&mut self.shown.alerts, &row.alert, row, whole);
        }
    }

    /// Names the rows that are gone.
    fn removed(&mut self, step: &Step, lists: &mut Lists) {
        let mut removed = String::new();
        let mut name = |list: &str, keys: String| {
            if keys != "[]" {
                let comma = if removed.is_empty() { "" } else { "," };
                let _ = write!(removed, "{comma}\"{list}\":{keys}");
            }
        };
        if step.configured {
            let services: Vec<_> = self.service_order.iter().map(|ix| self.named.services[usize::from(*ix)]).collect();
            let counters: Vec<_> = self.counter_order.iter().map(|ix| self.named.counters[usize::from(*ix)]).collect();
            name("services", json(&self.shown.services.retain(|id| services.contains(id))));
            name("counters", json(&self.shown.counters.retain(|id| counters.contains(id))));
        }
        let calls = &self.calls;
        let gone = |seq: &&u64| !calls.iter().any(|call| call.call_seq == **seq);
        name("calls", json(&self.shown_calls.iter().filter(gone).collect::<Vec<_>>()));
        let missed = &self.missed;
        let stays = |ticket: &TicketNumber| missed.iter().any(|row| row.ticket == *ticket);
        name("missed", json(&self.shown.missed.retain(stays)));
        if let Some(zones) = &self.zones {
            name("zones", json(&self.shown.zones.retain(|key| zones.iter().any(|row| zone_key(row) == *key))));
        }
        let alerts = &self.alerts;
        name("alerts", json(&self.shown.alerts.retain(|id| alerts.iter().any(|row| row.alert == *id))));
        lists.removed = removed;
    }

    /// The delta from the board before; counts `seq` on when there is one.
    fn delta(&mut self, as_of: Timestamp, lists: &Lists) -> Option<String> {
        let mut body = lists.head.clone();
        field_list(&mut body, "services", &lists.services.changed);
        field_list(&mut body, "counters", &lists.counters.changed);
        let calls: Vec<&CallRow> = self.new_calls().collect();
        if !calls.is_empty() {
            field(&mut body, "calls", &calls);
        }
        field_list(&mut body, "missed", &lists.missed.changed);
        field_list(&mut body, "zones", &lists.zones.changed);
        field_list(&mut body, "devices", &lists.devices.changed);
        field_list(&mut body, "alerts", &lists.alerts.changed);
        if !lists.removed.is_empty() {
            let _ = write!(body, ",\"removed\":{{{}}}", lists.removed);
        }
        if body.is_empty() {
            return None;
        }
        let prev = self.seq;
        self.seq += 1;
        Some(format!("{{\"type\":\"delta\",\"prev\":{prev},\"seq\":{},\"as_of\":\"{as_of}\"{body}}}", self.seq))
    }

    /// The whole board. Every row has just been evaluated.
    fn board(&self, step: &Step, as_of: Timestamp, lists: &Lists) -> String {
        let config = step.names.config();
        let mut out = format!("{{\"site\":\"{}\",\"seq\":{},\"as_of\":\"{as_of}\"", config.site, self.seq);
        field(&mut out, "name", &config.name);
        field(&mut out, "business_day", &step.day.label());
        field(&mut out, "contacts", &config.contacts);
        field(&mut out, "hours", &step.names.hours(&step.day));
        let lists = [
            ("services", &lists.services.all),
            ("counters", &lists.counters.all),
            ("missed", &lists.missed.all),
            ("zones", &lists.zones.all),
            ("devices", &lists.devices.all),
            ("alerts", &lists.alerts.all),
        ];
        for (name, rows) in lists {
            let _ = write!(out, ",\"{name}\":[{rows}]");
        }
        field(&mut out, "calls", &self.calls);
        field(&mut out, "ratings", &self.ratings);
        field(&mut out, "ingest", &self.ingest());
        out.push('}');
        out
    }
}

fn zone_key(row: &ZoneRow) -> String {
    format!("{}+{}", row.camera, row.zone)
}
