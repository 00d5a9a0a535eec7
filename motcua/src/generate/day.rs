//! One day of one centre: what its devices say, from the first number to the last officer who leaves.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use domain::event::{Body, Channel, CounterStatus, Priority, Purpose};
use domain::facts::Date;
use domain::{ServiceId, TicketNumber};

use super::plan::{AFTERNOON, MORNING, Plan, SERIES};
use super::seat::{self, Seat};
use super::year::Open;
use crate::centre::{Dice, Speaker};

/// Milliseconds since the business day began (at midnight).
pub(super) type At = i64;

pub(super) const MINUTE: At = 60_000;

/// Arrivals in each half hour from 7:00, in percent of the day; kiosks stop before the noon break and
/// before the end.
const PROFILE: [f64; 20] =
    [7.0, 9.5, 11.0, 11.5, 10.5, 8.5, 6.5, 4.5, 2.0, 0.0, 0.0, 0.0, 0.0, 6.0, 7.0, 6.0, 4.5, 3.0, 2.0, 0.5];
/// Number of a citizen's class and what he comes for, in percent.
const PRIORITIES: [(Priority, f64); 7] = [
    (Priority::Normal, 81.0),
    (Priority::Elderly, 7.5),
    (Priority::Appointment, 5.0),
    (Priority::Child, 2.0),
    (Priority::Pregnant, 1.5),
    (Priority::Merit, 2.0),
    (Priority::Disabled, 1.0),
];
const PURPOSES: [(Purpose, f64); 3] = [(Purpose::Submit, 57.0), (Purpose::Collect, 27.0), (Purpose::Ask, 16.0)];
const CHANNELS: [(Channel, f64); 3] = [(Channel::Kiosk, 88.0), (Channel::Online, 8.0), (Channel::Desk, 4.0)];
/// How long collecting and asking take, minutes.
const COLLECT_MIN: f64 = 8.0;
const ASK_MIN: f64 = 9.0;
/// Variation of service times (deviation over mean).
const VARIATION: f64 = 0.6;
/// After how long somebody gives up, minutes: mean; and whether he says so.
const PATIENCE_MIN: f64 = 110.0;
const SAYS_SO: f64 = 0.7;

/// Something a device said.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Said {
    pub at: At,
    /// When it was received.
    pub rx: At,
    pub speaker: Speaker,
    pub body: Body,
}

/// A citizen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Guest {
    pub service: usize,
    pub ticket: Option<TicketNumber>,
    pub priority: Priority,
    pub purpose: Purpose,
    channel: Channel,
    /// When his present wait began.
    pub since: At,
    pub takes: At,
    pub waits: bool,
    /// Has left without a word.
    pub gone: bool,
    /// How long he waited for his first call.
    pub waited: At,
}

/// What happens next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    Come(u32),
    Tire(u32),
    Back(u32),
    Open(usize),
    Noon(usize),
    Close(usize),
    Look(usize),
    Sit(usize, u32),
    Again(usize, u32),
    Missed(usize, u32),
    End(usize, u32),
    Rate(usize, u32),
}

/// A day that has been played.
#[derive(Debug, Default)]
pub(super) struct Played {
    /// In the order of `at`.
    pub said: Vec<Said>,
    /// What was promised for the first wait, milliseconds: p50, p90.
    pub promises: Vec<(TicketNumber, (u32, u32))>,
    /// Who waited, at the end of each minute.
    pub waiting: Vec<u16>,
}

/// The hall on one day.
#[derive(Debug)]
pub(super) struct Hall<'p> {
    pub plan: &'p Plan,
    pub dice: Dice,
    pub at: At,
    pub guests: Vec<Guest>,
    pub seats: Vec<Seat>,
    /// Who waits, a line for each department.
    pub lines: Vec<Vec<u32>>,
    steps: BinaryHeap<Reverse<(At, u32, Step)>>,
    order: u32,
    numbers: Vec<u32>,
    out: Played,
}

/// Plays a day.
#[must_use]
pub(super) fn play(plan: &Plan, open: Open, dice: Dice) -> Played {
    let mut hall = Hall::new(plan, dice);
    hall.expect(open);
    let staff = seat::staff(plan, open.date, &hall.expected_minutes(), &mut hall.dice);
    hall.seat(staff, open.date);
    while let Some(Reverse((at, _, step))) = hall.steps.pop() {
        hall.count_waiting(at);
        hall.at = at;
        hall.step(step);
    }
    hall.count_waiting(hall.at + MINUTE);
    let mut out = hall.out;
    out.said.sort_by_key(|said| said.at);
    out
}

impl<'p> Hall<'p> {
    fn new(plan: &'p Plan, dice: Dice) -> Self {
        Self {
            plan,
            dice,
            at: 0,
            guests: Vec::new(),
            seats: Vec::new(),
            lines: vec![Vec::new(); plan.departments],
            steps: BinaryHeap::new(),
            order: 0,
            numbers: vec![0; plan.departments],
            out: Played::default(),
        }
    }

    pub(super) fn after(&mut self, ms: At, step: Step) {
        self.order += 1;
        self.steps.push(Reverse((self.at + ms, self.order, step)));
    }

    pub(super) fn say(&mut self, speaker: Speaker, body: Body) {
        self.out.said.push(Said { at: self.at, rx: self.at, speaker, body });
    }

    /// Milliseconds, evenly between as many seconds.
    pub(super) fn seconds(&mut self, from: f64, to: f64) -> At {
        (self.dice.between(from, to) * 1_000.0) as At
    }

    /// Everybody who will come.
    fn expect(&mut self, open: Open) {
        let summer = (6..=8).contains(&open.month);
        let services = &self.plan.services;
        let shares: Vec<f64> = services.iter().map(|s| s.share * if summer { s.summer } else { 1.0 }).collect();
        for ix in 0..open.visits as u32 {
            let half = self.dice.weighted(PROFILE.iter().copied());
            let at = At::from(MORNING.0) * MINUTE + half as At * 30 * MINUTE + self.seconds(0.0, 1_800.0);
            let service = self.dice.weighted(shares.iter().copied());
            let purpose = PURPOSES[self.dice.weighted(PURPOSES.iter().map(|(_, share)| *share))].0;
            let minutes = match purpose {
                Purpose::Submit => services[service].minutes,
                Purpose::Collect => COLLECT_MIN,
                Purpose::Ask => ASK_MIN,
            };
            let takes = self.dice.task_ms(minutes * 60.0, VARIATION, 45.0, 5_400.0);
            self.guests.push(Guest {
                service,
                ticket: None,
                priority: PRIORITIES[self.dice.weighted(PRIORITIES.iter().map(|(_, share)| *share))].0,
                purpose,
                channel: CHANNELS[self.dice.weighted(CHANNELS.iter().map(|(_, share)| *share))].0,
                since: at,
                takes,
                waits: false,
                gone: false,
                waited: 0,
            });
            self.after(at, Step::Come(ix));
        }
    }

    /// Minutes of work that each department can expect.
    fn expected_minutes(&self) -> Vec<f64> {
        let mut minutes = vec![0.0; self.plan.departments];
        for guest in &self.guests {
            minutes[self.plan.services[guest.service].department] += guest.takes as f64 / MINUTE as f64;
        }
        minutes
    }

    fn seat(&mut self, staff: Vec<Seat>, date: Date) {
        let full = |at: u16| At::from(at) * MINUTE;
        for (ix, seat) in staff.into_iter().enumerate() {
            debug_assert!(self.plan.officers[seat.officer].from <= date, "who has not come yet does not serve");
            self.seats.push(seat);
            let late = self.seconds(-120.0, 480.0);
            self.after(full(MORNING.0) + late, Step::Open(ix));
            self.after(full(MORNING.1), Step::Noon(ix));
            let late = self.seconds(-60.0, 300.0);
            self.after(full(AFTERNOON.0) + late, Step::Open(ix));
            self.after(full(AFTERNOON.1), Step::Close(ix));
        }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Come(guest) => self.come(guest),
            Step::Tire(guest) => self.tire(guest),
            Step::Back(guest) => self.back(guest),
            Step::Open(seat) => self.open(seat),
            Step::Noon(seat) => self.rest(seat, CounterStatus::Paused),
            Step::Close(seat) => self.rest(seat, CounterStatus::Closed),
            Step::Look(seat) => self.look(seat),
            Step::Sit(seat, guest) => self.sit(seat, guest),
            Step::Again(seat, guest) => self.again(seat, guest),
            Step::Missed(seat, guest) => self.missed(seat, guest),
            Step::End(seat, guest) => self.end(seat, guest),
            Step::Rate(seat, guest) => self.rate(seat, guest),
        }
    }

    fn come(&mut self, ix: u32) {
        let guest = self.guests[ix as usize];
        let service = self.plan.services[guest.service];
        let department = service.department;
        self.numbers[department] += 1;
        let number = format!("{}{:03}", SERIES[department], self.numbers[department]);
        let Ok(ticket) = TicketNumber::new(&number) else { return };
        self.guests[ix as usize].ticket = Some(ticket);
        let kiosk = self.plan.kiosks[ix as usize % self.plan.kiosks.len()];
        self.promise(ticket, department);
        self.say(kiosk, issued(ticket, service.id, &guest));
        let patience = self.dice.task_ms(PATIENCE_MIN * 60.0, 0.7, 900.0, 28_000.0);
        self.after(patience, Step::Tire(ix));
        self.queue(ix);
    }

    /// A range as a centre might tell it: by the line and those who serve, with the errors such a
    /// reckoning has.
    fn promise(&mut self, ticket: TicketNumber, department: usize) {
        let of = |seat: &&Seat| self.plan.desks[seat.desk].department == department;
        let (mut serving, mut idle) = (0_u32, 0_u32);
        for seat in self.seats.iter().filter(of).filter(|seat| seat.open) {
            serving += 1;
            idle += u32::from(seat.guest.is_none());
        }
        if serving == 0 {
            return;
        }
        let ahead = self.lines[department].len() as f64 + if idle > 0 { 0.0 } else { 0.6 };
        let p50 = (ahead * 19.0 * 60.0 / f64::from(serving) * (0.3 * self.dice.normal()).exp()).max(20.0);
        let p90 = p50 * 1.7 + 240.0;
        self.out.promises.push((ticket, ((p50 * 1_000.0) as u32, (p90 * 1_000.0) as u32)));
    }

    /// Joins the line of his service's department; whoever is free there looks up.
    pub(super) fn queue(&mut self, ix: u32) {
        let guest = &mut self.guests[ix as usize];
        (guest.waits, guest.since) = (true, self.at);
        let department = self.plan.services[guest.service].department;
        self.lines[department].push(ix);
        let free =
            |seat: &Seat| seat.open && seat.guest.is_none() && self.plan.desks[seat.desk].department == department;
        if let Some(seat) = self.seats.iter().position(free) {
            let soon = self.seconds(2.0, 25.0);
            self.after(soon, Step::Look(seat));
        }
    }

    fn tire(&mut self, ix: u32) {
        let guest = self.guests[ix as usize];
        let Some(ticket) = guest.ticket.filter(|_| guest.waits && !guest.gone) else { return };
        self.guests[ix as usize].gone = true;
        if self.dice.chance(SAYS_SO) {
            self.leave_line(ix);
            let kiosk = self.plan.kiosks[0];
            self.say(kiosk, Body::TicketCancelled { ticket, counter: None });
        }
    }

    fn back(&mut self, ix: u32) {
        let guest = self.guests[ix as usize];
        let Some(ticket) = guest.ticket else { return };
        let kiosk = self.plan.desks.iter().find(|desk| desk.department == self.plan.services[guest.service].department);
        let Some(desk) = kiosk else { return };
        self.say(desk.console, Body::TicketReturned { ticket, counter: None, reason: None });
        self.queue(ix);
    }

    pub(super) fn leave_line(&mut self, ix: u32) {
        let guest = &mut self.guests[ix as usize];
        guest.waits = false;
        let line = &mut self.lines[self.plan.services[guest.service].department];
        line.retain(|other| *other != ix);
    }

    fn count_waiting(&mut self, until: At) {
        let waiting = self.lines.iter().map(Vec::len).sum::<usize>() as u16;
        let minutes = usize::try_from(until / MINUTE).unwrap_or(0);
        if self.out.waiting.len() < minutes {
            self.out.waiting.resize(minutes, waiting);
        }
    }
}

fn issued(ticket: TicketNumber, service: ServiceId, guest: &Guest) -> Body {
    Body::TicketIssued {
        ticket,
        service,
        priority: guest.priority,
        channel: Some(guest.channel),
        purpose: Some(guest.purpose),
        procedure: None,
    }
}
