//! One site's board: what it shows and what it last showed.

mod hall;
mod texts;

use std::collections::VecDeque;
use std::rc::Rc;

use bytes::Bytes;
use domain::board::{AlertRow, CallRow, DeviceRow, Ingest, MissedRow, RatingTotals};
use domain::crowd::matters::ZoneFact;
use domain::facts::{CounterIx, Fact, FoldedIngest, ServiceIx};
use domain::ledger::CounterNow;
use domain::load::LoadFigures;
use domain::outlook::Outlook;
use domain::storage::Storage;
use domain::view::{Expected, Opening, SiteNames, open_counters};
use domain::{CounterId, DeviceId, ServiceId, TicketNumber, Timestamp};
use mqtt_config::wire::{CALLS_SHOWN, Calls, CounterDisplay, json};

use super::super::rows::{Pen, field, hash, push};
use super::super::state::BoardState;
use super::super::{DeviceWord, EstimatesPart, Extent, Named, Part, Step, WaitsPart};
use super::lists::{Lists, ShownRows, in_order, keys, zone_key};
use super::{Display, Output, Rejection};
use crate::topology::AT_ONCE_MS;

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
    /// What is wrong with the collector and what it stands on; what is a matter in the hall.
    alerts: Vec<AlertRow>,
    matters: Vec<AlertRow>,
    storage: Option<Storage>,
    waits: Option<Rc<WaitsPart>>,
    estimates: Option<Rc<EstimatesPart>>,
    load: Option<Rc<[(CounterIx, LoadFigures)]>>,
    zones: Option<Rc<[ZoneFact]>>,
    /// There was a waiting area: that there is none any more has to be told.
    had_area: bool,
    /// Devices told of since the last evaluation.
    new_devices: Vec<DeviceId>,
    /// A device was taken off since the last evaluation.
    devices_left: bool,
    shown: ShownRows,
    /// The list of calls has to be given again; when it was given last.
    calls_due: bool,
    calls_given: Option<Timestamp>,
    pen: Pen,
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
            matters: Vec::new(),
            storage: None,
            waits: None,
            estimates: None,
            load: None,
            zones: None,
            had_area: false,
            new_devices: Vec::new(),
            devices_left: false,
            shown: ShownRows::default(),
            calls_due: false,
            calls_given: None,
            pen: Pen::default(),
        }
    }

    /// What a snapshot keeps of it: what it is not told anew after a start.
    pub fn state(&self) -> BoardState {
        BoardState {
            calls: self.calls.iter().cloned().collect(),
            missed: self.missed.clone(),
            folded: self.folded,
            rejections: self.rejections.clone(),
        }
    }

    fn restore(&mut self, state: &BoardState) {
        self.calls = state.calls.iter().cloned().collect();
        self.missed.clone_from(&state.missed);
        self.folded = state.folded;
        self.rejections.clone_from(&state.rejections);
    }

    /// Takes in what happened, in order.
    pub fn take_step(&mut self, step: &Step) {
        if let Some(state) = &step.restore {
            self.day = step.day.date;
            self.restore(&state.board);
        }
        if !Rc::ptr_eq(&self.named, &step.named) || step.configured {
            self.named = Rc::clone(&step.named);
            self.order(&step.names);
        }
        if step.again {
            self.board_seq = self.board_seq.map(|_| 0);
            self.shown.displays.clear();
            (self.calls_due, self.calls_given) = (!self.calls.is_empty(), None);
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
        for word in &step.devices {
            self.take_device(word);
        }
        if let Some(alerts) = &step.alerts {
            self.alerts.clone_from(alerts);
        }
        self.storage = step.storage.or(self.storage);
    }

    fn take_device(&mut self, word: &DeviceWord) {
        let place = |devices: &[DeviceRow], id| devices.binary_search_by_key(&id, |row| row.device);
        match word {
            DeviceWord::Is(device) => {
                self.new_devices.push(device.device);
                match place(&self.devices, device.device) {
                    Ok(place) => self.devices[place] = device.clone(),
                    Err(place) => self.devices.insert(place, device.clone()),
                }
            }
            DeviceWord::Gone(kind, id) => {
                // One of another kind may have taken the id over.
                if let Ok(place) = place(&self.devices, *id)
                    && self.devices[place].kind == *kind
                {
                    self.devices.remove(place);
                    self.devices_left = true;
                }
            }
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
            Part::Step(_) | Part::State(..) | Part::Judged(..) | Part::Seen(..) => {}
            Part::Waits(_, part) => self.waits = Some(Rc::clone(part)),
            Part::Load(_, part) => self.load = Some(Rc::clone(part)),
            Part::Ratings(_, part) => self.ratings = part.as_ref().clone(),
            Part::Crowd(_, part) => self.zones = Some(Rc::clone(part)),
            Part::Estimates(_, part) => self.estimates = Some(Rc::clone(part)),
        }
    }

    /// Says what changed.
    pub fn evaluate(&mut self, step: &Step, as_of: Timestamp, extent: Extent) -> Output {
        let first = self.board_seq.is_none();
        let board = matches!(extent, Extent::Whole { board: true }) || first;
        let (waits, estimates) = (self.waits.take(), self.estimates.take());
        let mut lists = Lists::default();
        self.head(step, extent.whole(), &mut lists);
        self.services(step, waits.as_deref().zip(estimates.as_deref()), board, &mut lists);
        self.counters(step, as_of, board, &mut lists);
        if let Some(waits) = waits.as_deref().filter(|_| extent.whole()) {
            self.look_at_hall(step, as_of, waits);
        }
        self.others(as_of, board, &mut lists);
        self.removed(step, &mut lists);
        let delta = self.delta(as_of, &lists);
        let board = (board && self.board_seq != Some(self.seq)).then(|| self.board(step, as_of, &lists));
        if board.is_some() {
            self.board_seq = Some(self.seq);
        }
        let calls = self.live_calls(as_of, extent);
        self.shown_calls = self.calls.iter().map(|call| call.call_seq).collect();
        self.new_devices.clear();
        let alive = || format!("{{\"type\":\"alive\",\"seq\":{},\"as_of\":\"{as_of}\"}}", self.seq).into();
        Output {
            ix: step.site,
            site: step.names.config().site,
            alive: delta.is_none().then(alive),
            // Before the first whole board nobody could follow a delta.
            delta: delta.filter(|_| !first).map(Bytes::from),
            board: board.map(Bytes::from),
            displays: lists.displays,
            calls,
            outlook: estimates.and_then(|part| part.outlook.clone()).map(|outlook| self.outlook(*outlook)),
            rejections: std::mem::take(&mut self.rejections),
            next_edge: waits.and_then(|waits| waits.next_edge).into_iter().chain(step.next_change).min(),
            kept: None,
            told: None,
        }
    }

    /// The outlook as it is published: of the moment of the board.
    fn outlook(&self, outlook: Outlook) -> Bytes {
        json(&Outlook { seq: self.seq, ..outlook }.bounded()).into()
    }

    /// The list of calls for simple displays: at once when none was given in the last second, else
    /// with the next whole evaluation.
    fn live_calls(&mut self, as_of: Timestamp, extent: Extent) -> Option<Bytes> {
        let new = self.new_calls().next().is_some();
        self.calls_due |= new;
        let rested = self.calls_given.is_none_or(|given| as_of.since(given) >= AT_ONCE_MS);
        if !self.calls_due || !(rested || extent.whole()) {
            return None;
        }
        self.calls_due = false;
        self.calls_given = Some(as_of);
        Some(json(&Calls { as_of, calls: self.calls.iter().cloned().collect() }).into())
    }

    /// Calls that were not shown yet, newest first.
    fn new_calls(&self) -> impl Iterator<Item = &CallRow> {
        self.calls.iter().filter(|call| !self.shown_calls.contains(&call.call_seq))
    }

    /// Scalars and what is replaced whole. Names and hours change with the configuration and the
    /// day alone.
    fn head(&mut self, step: &Step, whole: bool, lists: &mut Lists) {
        let area = self.waiting_area(step);
        self.had_area |= area.zones > 0;
        let mut note = |name: &'static str, json: &[u8]| {
            if self.shown.head.note(&name, hash(json)) {
                field(&mut lists.head, name, json);
            }
        };
        if whole || step.configured {
            let config = step.names.config();
            note("name", self.pen.write(&config.name));
            note("business_day", self.pen.write(&step.day.label()));
            note("time_zone", self.pen.write(&config.time_zone));
            note("contacts", self.pen.write(&config.contacts));
            note("hours", self.pen.write(&step.names.hours(&step.day)));
        }
        note("ratings", self.pen.write(&self.ratings));
        note("ingest", self.pen.write(&self.folded.merge(self.door)));
        if self.had_area {
            note("waiting_area", self.pen.write(&area));
        }
        if let Some(storage) = &self.storage {
            note("storage", self.pen.write(storage));
        }
    }

    fn services(&mut self, step: &Step, parts: Option<(&WaitsPart, &EstimatesPart)>, whole: bool, lists: &mut Lists) {
        let Some((waits, estimates)) = parts else { return };
        let rows = in_order(&waits.services, &self.service_order);
        for (ix, figures) in rows {
            let Some(id) = self.named.services.get(usize::from(ix)).copied() else { continue };
            let counters = self.named.counters.iter().copied().zip(&self.counters);
            let open = open_counters(&step.names, counters, id, figures.staffing);
            let opening = step.openings.as_ref().map_or(Opening::Open, |openings| openings.of(id));
            let mut row = step.names.service_row(id, figures.clone(), open, opening, expected(estimates, ix));
            row.closed_reason = step.openings.as_ref().and_then(|openings| openings.reason(id)).map(str::to_owned);
            let json = self.pen.write(&row);
            lists.services.add(json, self.shown.services.note(ix, hash(json)), whole);
        }
    }

    fn counters(&mut self, step: &Step, as_of: Timestamp, whole: bool, lists: &mut Lists) {
        let Some(load) = self.load.take() else { return };
        for (ix, load) in in_order(&load, &self.counter_order) {
            let place = usize::from(ix);
            let (Some(id), Some(now)) = (self.named.counters.get(place).copied(), self.counters.get(place)) else {
                continue;
            };
            let row = step.names.counter_row(id, now, load);
            let steady = hash(&(row.ticket, row.ticket_state, row.status, row.since));
            if self.shown.displays.note(ix, steady) {
                let json = self.pen.write(&CounterDisplay::of(&row, as_of));
                lists.displays.push(Display { counter: id, json: Bytes::copy_from_slice(json) });
            }
            let json = self.pen.write(&row);
            lists.counters.add(json, self.shown.counters.note(ix, hash(json)), whole);
        }
    }

    fn others(&mut self, as_of: Timestamp, whole: bool, lists: &mut Lists) {
        let old = as_of.plus(-MISSED_MS);
        self.missed.retain(|row| row.ts > old);
        let zones: Vec<ZoneFact> = self.seen_zones().collect();
        let (pen, shown) = (&mut self.pen, &mut self.shown);
        // A number that nobody came for yesterday evening may be another person's this morning: the
        // list has one row a number, the newest.
        let again = |place: usize, number| self.missed[place + 1..].iter().any(|row| row.ticket == number);
        for (_, row) in self.missed.iter().enumerate().filter(|(place, row)| !again(*place, row.ticket)) {
            let json = pen.write(row);
            lists.missed.add(json, shown.missed.note(&row.ticket, hash(json)), whole);
        }
        for ZoneFact { row, .. } in &zones {
            let json = pen.write(row);
            lists.zones.add(json, shown.zones.note(&zone_key(row), hash(json)), whole);
        }
        // A centre has a hundred devices: only those that were told of are looked at.
        for row in self.devices.iter().filter(|row| whole || self.new_devices.contains(&row.device)) {
            let json = pen.write(row);
            lists.devices.add(json, shown.devices.note(&row.device, hash(json)), whole);
        }
        for row in self.alerts.iter().chain(&self.matters) {
            let json = pen.write(row);
            lists.alerts.add(json, shown.alerts.note(&row.alert, hash(json)), whole);
        }
    }

    /// Names the rows that are gone.
    fn removed(&mut self, step: &Step, lists: &mut Lists) {
        let mut name = |list: &str, keys: Option<String>| {
            if let Some(keys) = keys {
                push(&mut lists.removed, format!("\"{list}\":{keys}").as_bytes());
            }
        };
        if step.configured {
            let services = self.shown.services.retain(&self.service_order);
            let services: Vec<_> = services.iter().map(|ix| self.named.services[usize::from(*ix)]).collect();
            name("services", keys(&services));
            let counters = self.shown.counters.retain(&self.counter_order);
            let counters: Vec<_> = counters.iter().map(|ix| self.named.counters[usize::from(*ix)]).collect();
            name("counters", keys(&counters));
        }
        let calls = &self.calls;
        let gone = |seq: &&u64| !calls.iter().any(|call| call.call_seq == **seq);
        name("calls", keys(&self.shown_calls.iter().filter(gone).collect::<Vec<_>>()));
        if !self.shown.missed.is_empty() {
            let stays = |ticket: &TicketNumber| self.missed.iter().any(|row| row.ticket == *ticket);
            name("missed", keys(&self.shown.missed.retain(stays)));
        }
        if let Some(zones) = &self.zones {
            let stays = |key: &String| zones.iter().any(|zone| zone_key(&zone.row) == *key);
            name("zones", keys(&self.shown.zones.retain(stays)));
        }
        if std::mem::take(&mut self.devices_left) {
            let stays = |id: &DeviceId| self.devices.binary_search_by_key(id, |row| row.device).is_ok();
            name("devices", keys(&self.shown.devices.retain(stays)));
        }
        if !self.shown.alerts.is_empty() {
            let stays = |id: &String| self.alerts.iter().chain(&self.matters).any(|row| row.alert == *id);
            name("alerts", keys(&self.shown.alerts.retain(stays)));
        }
    }
}

/// What is expected of a service.
fn expected(part: &EstimatesPart, ix: ServiceIx) -> Expected {
    let place = part.services.binary_search_by_key(&ix, |(ix, _)| *ix);
    place.map_or_else(|_| Expected::default(), |place| part.services[place].1)
}
