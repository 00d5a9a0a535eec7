//! What happens at a counter: calls, service, pauses, detours, ratings.

use domain::Timestamp;
use domain::event::{Body, CounterStatus, DeviceKind, Priority, Purpose, RatingChannel, RatingLevel};

use super::demand;
use super::hall::{Guest, Scene, Step};
use super::hours::Day;
use super::layout::{Desk, Layout, Speaker, speaker};
use super::random::Dice;
use super::shift::{self, Pause};

/// Of the called, how many never come, and how many only when called again.
const NO_SHOW: f64 = 0.05;
const SECOND_CALL: f64 = 0.07;
/// Of those who missed their call, how many come back within the hour.
const COMES_BACK: f64 = 0.35;
/// Of those who submit: sent on to another service; sent to copy or sign something and come back.
const SENT_ON: f64 = 0.05;
const PUT_ASIDE: f64 = 0.045;
/// Where people are sent on to: fees, taxes, certified copies, advice.
const NEXT_DOORS: [&str; 4] = ["thu-phi", "thue", "chung-thuc", "huong-dan"];
const ASIDE_REASONS: [&str; 4] = ["Bổ sung bản sao", "Chờ ký tờ khai", "Nộp lệ phí", "Bổ sung ảnh"];
/// Presses for each one who is served. 16 of 100 visits rate (6,500 ratings for 40,154 dossiers in
/// 2016), and of 100 visits some 93 end with a service.
const RATES: f64 = 0.172;
/// Presses at the exits, which belong to no counter.
const RATES_AT_EXIT: f64 = 0.01;
/// What they press, in percent. Reports of such devices have 97 to 99.5 % in the two best.
const LEVELS: [(RatingLevel, f64); 5] = [
    (RatingLevel::VerySatisfied, 64.0),
    (RatingLevel::Satisfied, 33.0),
    (RatingLevel::Neutral, 2.0),
    (RatingLevel::Dissatisfied, 0.8),
    (RatingLevel::VeryDissatisfied, 0.2),
];
/// Colleagues of one department help each other with those who wait longer.
const HELP_AFTER_MS: i64 = 12 * 60_000;
/// Whoever waits longer is not overtaken any more.
const LONG_MS: i64 = 30 * 60_000;
const LOOK_EVERY_MS: i64 = 2 * 60_000;
/// From being called to sitting down, seconds: mean of the walk.
const WALK_S: f64 = 26.0;

/// Whether an officer serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Closed,
    Open,
    Paused,
    /// Open for the devices, and nobody is there.
    Away,
}

/// A counter's officer and guest.
#[derive(Debug, Clone)]
pub(super) struct Seat {
    pub(super) status: Status,
    pub(super) guest: Option<usize>,
    /// The guest sits there.
    pub(super) served: bool,
    /// Is about to look up.
    pub(super) alerted: bool,
    /// When he looks up next without being asked.
    looks_at: Timestamp,
    evening: bool,
    goes: bool,
    pauses: Vec<Pause>,
    /// Means to leave without a word, for so long.
    pub(super) leaves: Option<i64>,
}

impl Seat {
    pub(super) fn new(layout: &Layout, day: &Day, place: usize, dice: &mut Dice) -> Self {
        let services = &layout.desks[place].services;
        let second = layout.desks[..place].iter().any(|other| other.services == *services);
        let mut pauses = shift::pauses(day, place, second, dice);
        // The next one is taken from the end.
        pauses.reverse();
        let status = Status::Closed;
        let looks_at = Timestamp::MIN;
        Self {
            status,
            guest: None,
            served: false,
            alerted: false,
            looks_at,
            evening: false,
            goes: false,
            pauses,
            leaves: None,
        }
    }

    pub(super) fn serves<'l>(&self, desk: &'l Desk) -> &'l [usize] {
        if self.evening { &desk.department } else { &desk.services }
    }
}

impl Scene<'_> {
    fn speaker(&self, place: usize) -> Option<Speaker> {
        speaker(DeviceKind::Counter, self.layout.desks[place].counter.as_str())
    }

    /// Says it in the name of a counter.
    fn speak(&mut self, place: usize, body: Body) {
        if let Some(speaker) = self.speaker(place) {
            self.say(speaker, body);
        }
    }

    fn change(&mut self, place: usize, status: CounterStatus, reason: Option<&str>) {
        let desk = &self.layout.desks[place];
        let officer = if self.hall.seats[place].evening { desk.evening } else { desk.officer };
        let officer = officer.filter(|_| status != CounterStatus::Closed);
        let services = self.hall.seats[place].serves(desk).iter().map(|ix| self.layout.services[*ix]).collect();
        let services = Some(services).filter(|_| status == CounterStatus::Open);
        let counter = desk.counter;
        let reason = reason.map(Into::into);
        self.speak(place, Body::CounterChanged { status, counter, officer, services, reason });
    }

    pub(super) fn open(&mut self, place: usize) {
        self.hall.seats[place].status = Status::Open;
        self.change(place, CounterStatus::Open, None);
        self.after(3.0, 12.0, Step::Look(place));
    }

    pub(super) fn close(&mut self, place: usize) {
        if self.hall.seats[place].status != Status::Closed {
            self.hall.seats[place].status = Status::Closed;
            self.change(place, CounterStatus::Closed, None);
        }
    }

    pub(super) fn hand_over(&mut self, place: usize) {
        self.hall.seats[place].goes = true;
        self.hall.seats[place].pauses.clear();
        if self.hall.seats[place].guest.is_none() && self.hall.seats[place].status == Status::Open {
            self.look(place);
        }
    }

    pub(super) fn resume(&mut self, place: usize) {
        match self.hall.seats[place].status {
            Status::Paused => self.open(place),
            Status::Away => self.come_back(place),
            Status::Open | Status::Closed => {}
        }
    }

    pub(super) fn look(&mut self, place: usize) {
        let seat = &mut self.hall.seats[place];
        seat.alerted = false;
        if seat.status != Status::Open || seat.guest.is_some() {
            return;
        }
        if seat.goes {
            return self.go(place);
        }
        if let Some(pause) = seat.pauses.pop_if(|pause| pause.at <= self.at) {
            seat.status = Status::Paused;
            self.change(place, CounterStatus::Paused, Some(pause.reason));
            let until = self.at.plus(pause.takes_ms);
            return self.hall.then(until, Step::Resume(place));
        }
        if let Some(takes_ms) = seat.leaves.take() {
            return self.go_away(place, takes_ms);
        }
        match self.choose(place) {
            Some(guest) => self.call(place, guest),
            None if self.hall.may_close(self.at) => self.close(place),
            // Nobody is there: the next one who comes is noticed, and so is the time to pause.
            None => self.wait_for_work(place),
        }
    }

    /// He looks up again when it is time to pause, and now and then to see whom to help; one who
    /// comes to him meanwhile is noticed at once.
    fn wait_for_work(&mut self, place: usize) {
        if self.hall.seats[place].looks_at > self.at {
            return;
        }
        let soon = self.at.plus(LOOK_EVERY_MS);
        let next = self.hall.seats[place].pauses.last().map_or(soon, |pause| pause.at.clamp(self.at.plus(1), soon));
        self.hall.seats[place].looks_at = next;
        self.hall.then(next, Step::Look(place));
    }

    /// The day's officer goes; where there is an evening shift, it takes the seat.
    fn go(&mut self, place: usize) {
        self.close(place);
        let seat = &mut self.hall.seats[place];
        seat.goes = false;
        if self.layout.desks[place].evening.is_some() && !seat.evening {
            seat.evening = true;
            self.after(40.0, 150.0, Step::Open(place));
        }
    }

    /// Who is next: those with priority or a long wait, then all others, each by how long they wait. Who has nobody of his own helps a colleague of his department.
    fn choose(&self, place: usize) -> Option<usize> {
        let desk = &self.layout.desks[place];
        let own = self.hall.seats[place].serves(desk);
        let helped = |guest: &Guest| {
            let long = self.at.since(guest.waits) > HELP_AFTER_MS;
            long && desk.department.contains(&guest.service)
        };
        let waits = self.hall.line.iter().map(|ix| (*ix, &self.hall.guests[*ix]));
        let first = |guest: &Guest| {
            let has_priority = !matches!(guest.priority, Priority::Normal | Priority::Appointment);
            has_priority || self.at.since(guest.waits) > LONG_MS
        };
        let waits = waits.filter(|(_, guest)| own.contains(&guest.service) || helped(guest));
        waits
            .min_by_key(|(ix, guest)| (!own.contains(&guest.service), !first(guest), guest.waits, *ix))
            .map(|(ix, _)| ix)
    }

    fn call(&mut self, place: usize, guest: usize) {
        let ticket = self.hall.guests[guest].number;
        self.hall.leave_line(guest);
        self.hall.seats[place].guest = Some(guest);
        self.hall.seats[place].served = false;
        self.announce(place, false, ticket);
        if self.hall.dice.chance(NO_SHOW + SECOND_CALL) {
            self.after(40.0, 65.0, Step::Recall(place));
        } else {
            let walk = self.hall.dice.task_ms(WALK_S, 0.5, 8.0, 90.0);
            self.hall.then(self.at.plus(walk), Step::Come(place));
        }
    }

    fn announce(&mut self, place: usize, again: bool, ticket: domain::TicketNumber) {
        let desk = &self.layout.desks[place];
        let counter = Some(desk.counter);
        let officer = if self.hall.seats[place].evening { desk.evening } else { desk.officer };
        let body = if again {
            Body::TicketRecalled { ticket, counter, officer }
        } else {
            Body::TicketCalled { ticket, counter, officer }
        };
        self.speak(place, body);
    }

    pub(super) fn recall(&mut self, place: usize) {
        let Some(guest) = self.hall.seats[place].guest else { return };
        self.announce(place, true, self.hall.guests[guest].number);
        if self.hall.dice.chance(NO_SHOW / (NO_SHOW + SECOND_CALL)) {
            self.after(45.0, 80.0, Step::Miss(place));
        } else {
            self.after(8.0, 35.0, Step::Come(place));
        }
    }

    pub(super) fn miss(&mut self, place: usize) {
        let Some(guest) = self.hall.seats[place].guest.take() else { return };
        let (ticket, counter) = (self.hall.guests[guest].number, Some(self.layout.desks[place].counter));
        self.speak(place, Body::TicketNoShow { ticket, counter });
        if self.hall.dice.chance(COMES_BACK) {
            self.after(240.0, 1_500.0, Step::Return(guest, place));
        }
        self.after(4.0, 15.0, Step::Look(place));
    }

    pub(super) fn come(&mut self, place: usize) {
        let Some(guest) = self.hall.seats[place].guest else { return };
        let (ticket, counter) = (self.hall.guests[guest].number, Some(self.layout.desks[place].counter));
        self.hall.seats[place].served = true;
        self.speak(place, Body::TicketStarted { ticket, counter });
        let Guest { takes_ms, purpose, detoured, .. } = self.hall.guests[guest];
        if purpose == Purpose::Submit && !detoured && self.hall.dice.chance(PUT_ASIDE) {
            self.hall.then(self.at.plus(takes_ms / 3), Step::Hold(place));
        } else {
            self.hall.then(self.at.plus(takes_ms), Step::Finish(place));
        }
    }

    pub(super) fn hold(&mut self, place: usize) {
        let Some(guest) = self.hall.seats[place].guest.take() else { return };
        let reason = self.hall.dice.one_of(&ASIDE_REASONS).map(|reason| (*reason).into());
        let (ticket, counter) = (self.hall.guests[guest].number, Some(self.layout.desks[place].counter));
        self.hall.guests[guest].detoured = true;
        self.hall.guests[guest].takes_ms /= 2;
        self.speak(place, Body::TicketHeld { ticket, counter, reason });
        self.after(300.0, 1_200.0, Step::Return(guest, place));
        self.after(8.0, 25.0, Step::Look(place));
    }

    pub(super) fn returned(&mut self, guest: usize, place: usize) {
        // A counter that has closed meanwhile takes nobody back: he comes again another day.
        if self.hall.seats[place].status == Status::Closed {
            return;
        }
        let (ticket, counter) = (self.hall.guests[guest].number, Some(self.layout.desks[place].counter));
        self.speak(place, Body::TicketReturned { ticket, counter, reason: None });
        self.queue(guest);
    }

    fn queue(&mut self, guest: usize) {
        self.hall.wait(guest, self.at);
        self.alert(self.hall.guests[guest].service);
    }

    pub(super) fn finish(&mut self, place: usize) {
        let Some(guest) = self.hall.seats[place].guest else { return };
        let Guest { purpose, detoured, number, service, .. } = self.hall.guests[guest];
        let next = if purpose == Purpose::Submit && !detoured && self.hall.dice.chance(SENT_ON) {
            self.next_door(service)
        } else {
            None
        };
        match next {
            None => self.end_visit(place),
            Some(next) => {
                self.hall.seats[place].guest = None;
                let to_service = Some(self.layout.services[next]);
                self.speak(place, Body::TicketTransferred { ticket: number, to_service, to_counter: None });
                let takes_ms = self.hall.dice.task_ms(420.0, 0.5, 90.0, 1_800.0);
                let guest_now = &mut self.hall.guests[guest];
                *guest_now = Guest { service: next, takes_ms, detoured: true, ..guest_now.clone() };
                self.queue(guest);
            }
        }
        // A submitted dossier is typed in before the next one is called.
        let (least, most) = if purpose == Purpose::Submit { (60.0, 240.0) } else { (12.0, 45.0) };
        self.after(least, most, Step::Look(place));
    }

    /// Another of the [`NEXT_DOORS`].
    fn next_door(&mut self, from: usize) -> Option<usize> {
        let name = *self.hall.dice.one_of(&NEXT_DOORS)?;
        let next = self.layout.services.iter().position(|service| service.as_str() == name)?;
        (next != from).then_some(next)
    }

    /// The guest goes, and some press a button on the way.
    pub(super) fn end_visit(&mut self, place: usize) {
        let Some(guest) = self.hall.seats[place].guest.take() else { return };
        let Guest { number, purpose, .. } = self.hall.guests[guest];
        let outcome = Some(demand::outcome(purpose, &mut self.hall.dice));
        let counter = Some(self.layout.desks[place].counter);
        self.speak(place, Body::TicketFinished { ticket: number, counter, outcome });
        if self.hall.dice.chance(RATES) {
            // Before the officer can call the next one.
            self.after(2.0, 10.0, Step::Press(place));
        }
        if self.hall.dice.chance(RATES_AT_EXIT)
            && let Some(exit) = self.hall.dice.one_of(&self.layout.exits).copied()
        {
            self.rate(exit, None);
        }
    }

    pub(super) fn press(&mut self, place: usize) {
        let desk = &self.layout.desks[place];
        let works: Vec<Speaker> =
            desk.ratings.iter().filter(|button| !self.hall.is_off(**button, self.at)).copied().collect();
        if let Some(button) = self.hall.dice.one_of(&works).copied() {
            self.rate(button, Some(desk.counter));
        }
    }

    fn rate(&mut self, button: Speaker, counter: Option<domain::CounterId>) {
        let level = LEVELS[self.hall.dice.weighted(LEVELS.iter().map(|(_, share)| *share))].0;
        let channel = Some(RatingChannel::Button);
        self.say(button, Body::RatingPressed { level, counter, ticket: None, officer: None, channel });
    }
}
