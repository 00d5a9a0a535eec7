//! One business day in the hall, as a sequence of steps: each happens at its instant, says what
//! devices would say, and names the steps that follow from it. Nothing here reads a clock.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use domain::event::{Body, Channel, Priority, Purpose};
use domain::{TicketNumber, Timestamp};

use super::Happening;
use super::demand::{self, Visit};
use super::desk::{Seat, Status};
use super::faults::{Fault, Trouble};
use super::hours::Day;
use super::layout::{Layout, Speaker};
use super::random::{Dice, ms};
use super::unseen;

/// One in so many leaves without being called (tells the machine), and how long he waits first.
const LEAVES: f64 = 0.03;
const PATIENCE_S: (f64, f64) = (900.0, 3_000.0);
/// Numbers given at a desk, to those who cannot use the machine.
const AT_DESK: f64 = 0.06;
/// When the last counters close and who still waits is sent home, before the business day ends.
const CLEAR_MS: i64 = 10 * 60_000;
/// When an officer closes his counter as soon as nobody waits, before that.
const MAY_CLOSE_MS: i64 = 25 * 60_000;
/// Counters open this long before the doors, or a little later, seconds.
const OPENING_S: (f64, f64) = (-420.0, 60.0);

/// Something to be done at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// A visit begins.
    Arrive(usize),
    /// Somebody has waited long enough.
    GiveUp(usize),
    /// A counter opens.
    Open(usize),
    /// The evening shift takes over.
    HandOver(usize),
    /// An officer looks up: whom to call, whether to pause, whether to go.
    Look(usize),
    /// A pause ends.
    Resume(usize),
    /// Called once more.
    Recall(usize),
    /// The called one is there.
    Come(usize),
    /// The called one does not come.
    Miss(usize),
    /// Service ends.
    Finish(usize),
    /// The dossier is put aside.
    Hold(usize),
    /// Back in line, at that counter: (ticket, counter).
    Return(usize, usize),
    /// A button is pressed.
    Press(usize),
    /// An officer means to leave without a word.
    Leave,
    /// Everything ends.
    Clear,
}

/// One citizen with his number.
#[derive(Debug, Clone)]
pub(super) struct Guest {
    pub(super) number: TicketNumber,
    pub(super) service: usize,
    pub(super) priority: Priority,
    pub(super) purpose: Purpose,
    /// How long the rest of his business takes.
    pub(super) takes_ms: i64,
    /// Since when he waits, or waited.
    pub(super) waits: Timestamp,
    /// Has been elsewhere already: no more detours.
    pub(super) detoured: bool,
}

/// See the module.
#[derive(Debug, Clone)]
pub(super) struct Hall {
    pub(super) day: Day,
    steps: BinaryHeap<Reverse<(Timestamp, u64, Step)>>,
    steps_made: u64,
    visits: Vec<Visit>,
    pub(super) guests: Vec<Guest>,
    /// Those of them who wait.
    pub(super) line: Vec<usize>,
    pub(super) seats: Vec<Seat>,
    serials: [u32; 26],
    pub(super) dice: Dice,
    /// Of those who leave.
    pub(super) away: Dice,
    /// Devices without power.
    off: Vec<Fault>,
}

impl Hall {
    /// The second dice are those of [`unseen`].
    pub(super) fn new(
        layout: &Layout,
        day: Day,
        rush: Option<Timestamp>,
        faults: &[Fault],
        (mut dice, mut away): (Dice, Dice),
    ) -> Self {
        let visits = demand::visits(&layout.services, (day.open, day.last), rush, &mut dice);
        let seats = (0..layout.desks.len()).map(|place| Seat::new(layout, &day, place, &mut dice)).collect();
        let leaves = unseen::leaves(&day, &mut away);
        let off = |fault: &&Fault| matches!(fault.trouble, Trouble::Dead | Trouble::Restart);
        let mut hall = Self {
            day,
            steps: BinaryHeap::new(),
            steps_made: 0,
            visits,
            guests: Vec::new(),
            line: Vec::new(),
            seats,
            serials: [0; 26],
            dice,
            away,
            off: faults.iter().filter(off).copied().collect(),
        };
        for place in 0..layout.desks.len() {
            let at = day.open.plus(ms(hall.dice.between(OPENING_S.0, OPENING_S.1)));
            hall.then(at, Step::Open(place));
            let at = day.open.plus(super::shift::SHIFT_MS + ms(hall.dice.between(0.0, 300.0)));
            if at < day.last {
                hall.then(at, Step::HandOver(place));
            }
        }
        for place in 0..hall.visits.len() {
            hall.then(hall.visits[place].at, Step::Arrive(place));
        }
        leaves.into_iter().for_each(|at| hall.then(at, Step::Leave));
        hall.then(day.end.plus(-CLEAR_MS), Step::Clear);
        hall
    }

    /// When the next step is due.
    pub(super) fn next_at(&self) -> Option<Timestamp> {
        self.steps.peek().map(|Reverse((at, ..))| *at)
    }

    /// Makes the next step.
    pub(super) fn step(&mut self, layout: &Layout, out: &mut Vec<Happening>) {
        let Some(Reverse((at, _, step))) = self.steps.pop() else { return };
        let mut scene = Scene { hall: self, layout, at, out };
        scene.play(step);
    }

    pub(super) fn then(&mut self, at: Timestamp, step: Step) {
        self.steps_made += 1;
        self.steps.push(Reverse((at, self.steps_made, step)));
    }

    pub(super) fn is_off(&self, speaker: Speaker, at: Timestamp) -> bool {
        self.off.iter().any(|fault| fault.speaker == speaker && fault.from <= at && at < fault.to)
    }

    /// Whether officers may go home once nobody waits.
    pub(super) fn may_close(&self, at: Timestamp) -> bool {
        at >= self.day.end.plus(-CLEAR_MS - MAY_CLOSE_MS)
    }

    /// Somebody begins to wait.
    pub(super) fn wait(&mut self, guest: usize, since: Timestamp) {
        self.guests[guest].waits = since;
        self.line.push(guest);
    }

    /// Somebody waits no more; whether he did.
    pub(super) fn leave_line(&mut self, guest: usize) -> bool {
        let before = self.line.len();
        self.line.retain(|other| *other != guest);
        self.line.len() < before
    }

    fn number(&mut self, series: char) -> Option<TicketNumber> {
        let serial = &mut self.serials[usize::from(series as u8 - b'A') % 26];
        *serial += 1;
        TicketNumber::new(&format!("{series}{serial:03}")).ok()
    }
}

/// The hall at the instant of a step.
pub(super) struct Scene<'a> {
    pub(super) hall: &'a mut Hall,
    pub(super) layout: &'a Layout,
    pub(super) at: Timestamp,
    pub(super) out: &'a mut Vec<Happening>,
}

impl Scene<'_> {
    fn play(&mut self, step: Step) {
        match step {
            Step::Arrive(visit) => self.arrive(visit),
            Step::GiveUp(guest) => self.give_up(guest),
            Step::Open(place) => self.open(place),
            Step::HandOver(place) => self.hand_over(place),
            Step::Look(place) => self.look(place),
            Step::Resume(place) => self.resume(place),
            Step::Recall(place) => self.recall(place),
            Step::Come(place) => self.come(place),
            Step::Miss(place) => self.miss(place),
            Step::Finish(place) => self.finish(place),
            Step::Hold(place) => self.hold(place),
            Step::Return(guest, place) => self.returned(guest, place),
            Step::Press(place) => self.press(place),
            Step::Leave => self.leave(),
            Step::Clear => self.clear(),
        }
    }

    /// Says it, in a device's name.
    pub(super) fn say(&mut self, speaker: Speaker, body: Body) {
        self.out.push(Happening { at: self.at, speaker, body });
    }

    /// What follows after that many seconds.
    pub(super) fn after(&mut self, from: f64, to: f64, step: Step) {
        let at = self.at.plus(ms(self.hall.dice.between(from, to)));
        self.hall.then(at, step);
    }

    fn arrive(&mut self, visit: usize) {
        let Visit { service, priority, purpose, takes_ms, .. } = self.hall.visits[visit];
        let service = service.unwrap_or_else(|| self.where_nobody_sits());
        let Some(kiosk) = self.kiosk() else { return };
        let Some(number) = self.hall.number(self.layout.series[service]) else { return };
        let desk = self.hall.dice.chance(AT_DESK);
        self.say(
            kiosk,
            Body::TicketIssued {
                ticket: number,
                service: self.layout.services[service],
                priority,
                channel: Some(if desk { Channel::Desk } else { Channel::Kiosk }),
                purpose: Some(purpose),
                procedure: None,
            },
        );
        let guest = self.hall.guests.len();
        self.hall.guests.push(Guest { number, service, priority, purpose, takes_ms, waits: self.at, detoured: false });
        self.hall.wait(guest, self.at);
        if self.hall.dice.chance(LEAVES) {
            self.after(PATIENCE_S.0, PATIENCE_S.1, Step::GiveUp(guest));
        }
        self.alert(service);
    }

    /// A machine that works.
    fn kiosk(&mut self) -> Option<Speaker> {
        let first = self.hall.dice.index(self.layout.kiosks.len());
        let mut machines = self.layout.kiosks.iter().cycle().skip(first).take(self.layout.kiosks.len());
        machines.find(|kiosk| !self.hall.is_off(**kiosk, self.at)).copied()
    }

    fn give_up(&mut self, guest: usize) {
        if !self.hall.leave_line(guest) {
            return;
        }
        let ticket = self.hall.guests[guest].number;
        if let Some(kiosk) = self.kiosk() {
            self.say(kiosk, Body::TicketCancelled { ticket, counter: None });
        }
    }

    /// The business day ends: who waits is sent home, who is served is done.
    fn clear(&mut self) {
        for place in 0..self.hall.seats.len() {
            self.end_visit(place);
        }
        for guest in self.hall.line.clone() {
            self.give_up(guest);
        }
        for place in 0..self.hall.seats.len() {
            self.close(place);
        }
        self.hall.steps.clear();
    }

    /// A service whose officer has nothing to do; any, when all are busy.
    fn where_nobody_sits(&mut self) -> usize {
        let services: Vec<usize> = self
            .idle()
            .filter_map(|place| self.hall.seats[place].serves(&self.layout.desks[place]).first().copied())
            .collect();
        let any = self.hall.dice.index(self.layout.services.len());
        self.hall.dice.one_of(&services).copied().unwrap_or(any)
    }

    /// Counters whose officers have nothing to do.
    fn idle(&self) -> impl Iterator<Item = usize> + '_ {
        let free = |seat: &Seat| seat.status == Status::Open && seat.guest.is_none() && !seat.alerted;
        self.hall.seats.iter().enumerate().filter(move |(_, seat)| free(seat)).map(|(place, _)| place)
    }

    /// An officer who has nothing to do notices that somebody came.
    pub(super) fn alert(&mut self, service: usize) {
        let serves = |place: &usize| self.hall.seats[*place].serves(&self.layout.desks[*place]).contains(&service);
        let places: Vec<usize> = self.idle().filter(serves).collect();
        if let Some(place) = self.hall.dice.one_of(&places).copied() {
            self.hall.seats[place].alerted = true;
            self.after(2.0, 9.0, Step::Look(place));
        }
    }
}
