//! One run of a scenario: a discrete-event simulation of the hall until its end.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::answer::NEVER;
use super::draws::{Draws, For};
use super::scenario::{Placed, Scenario, Time};

/// When those waiting are counted, minutes from now.
pub(super) const COUNTED_MIN: [u32; 3] = [30, 60, 120];
const HOUR_MS: i32 = 3_600_000;
/// Arrivals are numbered from here on, those waiting from 0.
const FIRST_ARRIVAL: u32 = 1 << 20;
/// A call takes a second at least, so that no run stands still.
const SHORTEST_MS: f64 = 1_000.0;

/// What was seen of a service over all runs.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Waits of a ticket taken now, run by run.
    pub(super) now: Vec<u32>,
    /// Waits of the tickets taken within the next hour.
    pub(super) next_hour: Vec<u32>,
    /// How many waited, at each of [`COUNTED_MIN`].
    pub(super) waiting: [Vec<u32>; 3],
    /// When nobody waited first.
    pub(super) empty: Vec<u32>,
    pub(super) left: u64,
    pub(super) called: u64,
}

/// What happens next. At the same instant in this order: no counter calls at closing time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    /// Services cease to be called.
    Close,
    /// Services begin to be called.
    Open,
    /// A server is free.
    Free,
    /// A ticket leaves.
    Leave,
    /// Somebody comes for a service.
    Arrive,
    /// Those waiting are counted.
    Count,
}

/// An event: its instant, what it is and of whom.
type Event = Reverse<(u32, What, u32)>;

#[derive(Debug, Clone, Copy)]
struct Ticket {
    service: u16,
    first: bool,
    /// Neither called nor gone.
    waits: bool,
    issued_ms: i32,
    /// Its number within its service, for its draws.
    k: u32,
}

/// The first of a line; the least of them is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Head {
    /// Not of a class that is called first.
    ordinary: bool,
    issued_ms: i32,
    ticket: u32,
}

/// A service's line and its arrivals.
#[derive(Debug, Default)]
struct Line {
    first: VecDeque<u32>,
    others: VecDeque<u32>,
    waiting: u32,
    arrived: u32,
    /// The step of the arrival rates that is reached.
    step: usize,
    /// When a ticket taken now would be called.
    now: u32,
    empty: u32,
}

/// The hall of one run; its memory is used again for the next.
#[derive(Debug, Default)]
pub(super) struct Hall {
    events: BinaryHeap<Event>,
    tickets: Vec<Ticket>,
    lines: Vec<Line>,
    open: Vec<bool>,
    busy: Vec<bool>,
    /// Of each service, whether its tickets are called now.
    calling: Vec<bool>,
    /// Services of which it is not known yet when a ticket taken now would be called.
    unknown_now: usize,
}

/// One run.
#[derive(Debug)]
pub(super) struct Run<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) draws: Draws,
    pub(super) hall: &'a mut Hall,
    /// Service by service; what is seen is added.
    pub(super) seen: &'a mut [Seen],
}

impl Run<'_> {
    /// From now to the scenario's end.
    pub(super) fn run(mut self) {
        self.begin();
        while let Some(Reverse((at, what, whom))) = self.hall.events.pop() {
            if at > self.scenario.end_ms {
                break;
            }
            match what {
                What::Close | What::Open => self.turns(at, whom as usize),
                What::Free => {
                    self.hall.busy[whom as usize] = false;
                    self.call_next(at, whom as usize);
                }
                What::Leave => self.leaves(at, whom),
                What::Arrive => self.arrives(at, whom as u16),
                What::Count => self.count(whom as usize),
            }
        }
        self.end();
    }

    fn begin(&mut self) {
        self.hall.clear(self.scenario);
        for (place, service) in self.scenario.services.iter().enumerate().filter(|(_, it)| it.known) {
            for (placed, k) in service.line.iter().zip(0..) {
                self.joins(place as u16, *placed, k);
            }
            self.next_arrival(0, place as u16);
        }
        for (which, minutes) in COUNTED_MIN.into_iter().enumerate() {
            self.hall.events.push(Reverse((minutes * 60_000, What::Count, which as u32)));
        }
        for (place, server) in self.scenario.servers.iter().enumerate() {
            if let Some(left) = server.work.left(self.draws, place as u32) {
                self.hall.busy[place] = true;
                self.hall.free_after(0, left, place);
            }
        }
        for (turn, place) in self.scenario.turns.iter().zip(0..) {
            self.hall.events.push(Reverse((turn.at_ms, if turn.opens { What::Open } else { What::Close }, place)));
        }
        self.all_call(0);
    }

    /// Whoever is free calls.
    fn all_call(&mut self, at: u32) {
        for server in 0..self.scenario.servers.len() {
            if !self.hall.busy[server] {
                self.call_next(at, server);
            }
        }
    }

    /// Services open, and with them the counters that wait for it; or they close.
    fn turns(&mut self, at: u32, which: usize) {
        let turn = &self.scenario.turns[which];
        for service in &turn.services {
            self.hall.calling[usize::from(*service)] = turn.opens;
        }
        if turn.opens {
            for (open, server) in self.hall.open.iter_mut().zip(&self.scenario.servers) {
                *open |= server.resumes && server.services.iter().any(|it| turn.services.contains(it));
            }
            self.all_call(at);
        }
    }

    /// A ticket joins its line, and will leave it when its patience ends.
    fn joins(&mut self, service: u16, placed: Placed, k: u32) {
        let ticket = self.hall.tickets.len() as u32;
        let Placed { first, issued_ms } = placed;
        self.hall.tickets.push(Ticket { service, first, waits: true, issued_ms, k });
        let line = &mut self.hall.lines[usize::from(service)];
        line.waiting += 1;
        if first { &mut line.first } else { &mut line.others }.push_back(ticket);
        if let Some(hazard) = self.scenario.services[usize::from(service)].leave_per_ms {
            // Exponential: what is left of the patience of those who wait already is like all of it.
            let patience = self.draws.exponential(For::Patience, u32::from(service), k) / hazard;
            let until = f64::from(issued_ms.max(0)) + patience;
            if until < f64::from(self.scenario.end_ms) {
                self.hall.events.push(Reverse((until as u32, What::Leave, ticket)));
            }
        }
    }

    /// The next arrival after `at`: when as many are expected as an exponential draw says (Law &
    /// Kelton, section 8.6.2: the expected number, inverted).
    fn next_arrival(&mut self, at: u32, service: u16) {
        let Some(steps) = &self.scenario.services[usize::from(service)].arrivals else { return };
        let line = &mut self.hall.lines[usize::from(service)];
        let mut due = self.draws.exponential(For::Gap, u32::from(service), line.arrived);
        let mut from = f64::from(at);
        while let Some((_, rate)) = steps.get(line.step) {
            let next = steps.get(line.step + 1).map_or(self.scenario.end_ms, |(next, _)| *next);
            let expected = (f64::from(next) - from) * rate;
            if due < expected {
                let when = from + due / rate;
                self.hall.events.push(Reverse((when as u32, What::Arrive, u32::from(service))));
                return;
            }
            due -= expected;
            from = f64::from(next);
            line.step += 1;
        }
    }

    fn arrives(&mut self, at: u32, service: u16) {
        let it = &self.scenario.services[usize::from(service)];
        let line = &mut self.hall.lines[usize::from(service)];
        let k = FIRST_ARRIVAL + line.arrived;
        line.arrived += 1;
        let first = it.first_share > 0.0 && self.draws.unit(For::Class, u32::from(service), k) < it.first_share;
        // Taken a moment after now at least, so that it is told from those that wait now.
        let issued_ms = (at as i32).max(1);
        self.joins(service, Placed { first, issued_ms }, k);
        self.next_arrival(at, service);
        let is_free = |place: &&u16| self.hall.open[usize::from(**place)] && !self.hall.busy[usize::from(**place)];
        if self.hall.calling[usize::from(service)]
            && let Some(server) = it.servers.iter().find(is_free)
        {
            self.call_next(at, usize::from(*server));
        }
    }

    fn leaves(&mut self, at: u32, ticket: u32) {
        let ticket = &mut self.hall.tickets[ticket as usize];
        if ticket.waits {
            ticket.waits = false;
            let service = usize::from(ticket.service);
            self.seen[service].left += 1;
            self.hall.lines[service].shrinks(at);
        }
    }

    /// The server calls whoever is next for it: of the heads of its lines, a class that is called
    /// first, then whoever waits longest.
    fn call_next(&mut self, at: u32, server: usize) {
        let hall = &mut *self.hall;
        if !hall.open[server] {
            return;
        }
        let all = &self.scenario.servers[server].services;
        let calling = &hall.calling;
        let services = all.iter().map(|place| usize::from(*place)).filter(|place| calling[*place]);
        let mut best: Option<Head> = None;
        for service in services.clone() {
            let head = hall.lines[service].head(&hall.tickets);
            best = match (best, head) {
                (Some(best), Some(head)) => Some(best.min(head)),
                (best, head) => best.or(head),
            };
        }
        // A ticket taken now would stand behind all who wait now, and behind a class called first.
        if hall.unknown_now > 0 && best.is_none_or(|head| head.ordinary && head.issued_ms > 0) {
            for service in services.filter(|place| self.scenario.services[*place].known) {
                let line = &mut hall.lines[service];
                if line.now == NEVER {
                    line.now = at;
                    hall.unknown_now -= 1;
                }
            }
        }
        if let Some(head) = best {
            self.calls(at, server, head.ticket as usize);
        }
    }

    fn calls(&mut self, at: u32, server: usize, ticket: usize) {
        let called = &mut self.hall.tickets[ticket];
        called.waits = false;
        let Ticket { service, k, issued_ms, .. } = *called;
        let service = usize::from(service);
        self.hall.lines[service].shrinks(at);
        let seen = &mut self.seen[service];
        seen.called += 1;
        if (1..=HOUR_MS).contains(&issued_ms) {
            seen.next_hour.push(at - issued_ms as u32);
        }
        let time = self.scenario.servers[server].pace.map_or(self.scenario.services[service].time, Time::Mean);
        let takes = time.at(self.draws.unit(For::Occupancy, service as u32, k));
        self.hall.busy[server] = true;
        self.hall.free_after(at, takes, server);
    }

    fn count(&mut self, which: usize) {
        for (line, seen) in self.hall.lines.iter().zip(self.seen.iter_mut()) {
            seen.waiting[which].push(line.waiting);
        }
    }

    fn end(&mut self) {
        for (line, seen) in self.hall.lines.iter().zip(self.seen.iter_mut()) {
            seen.now.push(line.now);
            seen.empty.push(line.empty);
        }
        for ticket in self.hall.tickets.iter().filter(|it| it.waits && (1..=HOUR_MS).contains(&it.issued_ms)) {
            self.seen[usize::from(ticket.service)].next_hour.push(NEVER);
        }
    }
}

impl Hall {
    /// Everything as at the beginning of a run, before anybody stands in a line.
    fn clear(&mut self, scenario: &Scenario) {
        self.events.clear();
        self.tickets.clear();
        self.open.clear();
        self.open.extend(scenario.servers.iter().map(|it| it.open));
        self.busy.clear();
        self.busy.resize(scenario.servers.len(), false);
        self.calling.clear();
        self.calling.extend(scenario.services.iter().map(|it| it.open));
        self.unknown_now = scenario.services.iter().filter(|it| it.known).count();
        self.lines.resize_with(scenario.services.len(), Line::default);
        for (line, service) in self.lines.iter_mut().zip(&scenario.services) {
            line.first.clear();
            line.others.clear();
            (line.waiting, line.arrived, line.step) = (0, 0, 0);
            (line.now, line.empty) = (NEVER, if service.line.is_empty() { 0 } else { NEVER });
        }
    }

    fn free_after(&mut self, at: u32, takes_ms: f64, server: usize) {
        let free = f64::from(at) + takes_ms.max(SHORTEST_MS);
        if free < f64::from(NEVER) {
            self.events.push(Reverse((free as u32, What::Free, server as u32)));
        }
    }
}

impl Line {
    /// One ticket less.
    fn shrinks(&mut self, at: u32) {
        self.waiting -= 1;
        if self.waiting == 0 && self.empty == NEVER {
            self.empty = at;
        }
    }

    /// Whom this line would have called next. Tickets that have left are dropped when they are met.
    fn head(&mut self, tickets: &[Ticket]) -> Option<Head> {
        for queue in [&mut self.first, &mut self.others] {
            while let Some(front) = queue.front() {
                let it = &tickets[*front as usize];
                if it.waits {
                    return Some(Head { ordinary: !it.first, issued_ms: it.issued_ms, ticket: *front });
                }
                queue.pop_front();
            }
        }
        None
    }
}
