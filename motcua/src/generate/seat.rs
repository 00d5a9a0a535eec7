//! What happens at a counter: who sits there today, calls, service, pauses, detours, ratings.

use domain::event::{Body, CounterStatus, Outcome, Priority, Purpose, RatingChannel, RatingLevel};
use domain::facts::Date;

use super::day::{At, Hall, MINUTE, Step};
use super::plan::{AFTERNOON, MORNING, Plan};
use crate::centre::Dice;

/// As many counters are staffed that those who serve are busy for this share of the day.
const BUSY: f64 = 0.74;
/// Minutes of service in a day.
const DAY_MIN: f64 = 8.0 * 60.0;
/// Some of a department's officers are away on any day, besides their leave.
const AWAY: f64 = 0.04;
/// Three weeks of leave.
const LEAVE: Date = 21;
/// Of the called, how many never come, and how many only when called again.
const NO_SHOW: f64 = 0.035;
const SECOND_CALL: f64 = 0.06;
/// Of those who submit: sent on to another service; sent to copy or sign something and come back.
const SENT_ON: f64 = 0.04;
const PUT_ASIDE: f64 = 0.035;
/// Of services, so many are ended by the next call and not by a press.
const FORGETS: f64 = 0.03;
/// An officer stretches his legs after a service.
const BREAK: f64 = 0.035;
/// Who is served rates (6,500 ratings a year), and so many press at the exit, which belongs to no counter.
const RATES: f64 = 0.105;
const RATES_AT_EXIT: f64 = 0.002;
/// What they press in percent, after a short wait and after a long one.
const CONTENT: [f64; 5] = [66.0, 31.5, 1.8, 0.5, 0.2];
const CROSS: [f64; 5] = [46.0, 42.0, 8.0, 3.0, 1.0];
const LONG_WAIT: At = 35 * MINUTE;
/// How a submission ends.
const SUBMISSIONS: [(Outcome, f64); 5] = [
    (Outcome::Received, 74.0),
    (Outcome::SettledOnSpot, 12.0),
    (Outcome::Supplement, 10.0),
    (Outcome::Refused, 2.0),
    (Outcome::Other, 2.0),
];
/// Until when a line is worked off after the morning and after the day, minutes more.
const EXTRA_MIN: At = 45;

/// A counter that is staffed today.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seat {
    pub desk: usize,
    pub officer: usize,
    pub open: bool,
    pub guest: Option<u32>,
    /// Wants to rest as soon as the line is done.
    pub rests: Option<CounterStatus>,
}

/// Who sits where on a day with so much work in each department, minutes.
pub(super) fn staff(plan: &Plan, date: Date, minutes: &[f64], dice: &mut Dice) -> Vec<Seat> {
    let mut seats = Vec::new();
    for (department, minutes) in minutes.iter().enumerate() {
        let mut desks: Vec<usize> =
            (0..plan.desks.len()).filter(|desk| plan.desks[*desk].department == department).collect();
        let here = |ix: &usize| {
            let officer = plan.officers[*ix];
            let on_leave = (officer.leave..officer.leave + LEAVE).contains(&date);
            officer.department == department && (officer.from..=officer.to).contains(&date) && !on_leave
        };
        let mut officers: Vec<usize> = (0..plan.officers.len()).filter(here).collect();
        if officers.len() > 1 {
            officers.retain(|_| !dice.chance(AWAY));
        }
        // Everybody has his turn, and mostly his own counter.
        let turn = date.unsigned_abs() as usize;
        let (n_officers, n_desks) = (officers.len().max(1), desks.len());
        officers.rotate_left(turn % n_officers);
        desks.rotate_left(turn / 5 % n_desks);
        let wanted = (minutes / (DAY_MIN * BUSY)).ceil().max(1.0) as usize;
        let both = officers.into_iter().zip(desks).take(wanted);
        seats.extend(both.map(|(officer, desk)| Seat { desk, officer, open: false, guest: None, rests: None }));
    }
    seats
}

impl Hall<'_> {
    fn status(&mut self, seat: usize, status: CounterStatus, reason: Option<&str>) {
        let Seat { desk, officer, .. } = self.seats[seat];
        let desk = self.plan.desks[desk];
        let officer = (status != CounterStatus::Closed).then(|| self.plan.officers[officer].id);
        let reason = reason.map(Into::into);
        self.say(desk.console, Body::CounterChanged { status, counter: desk.id, officer, services: None, reason });
    }

    pub(super) fn open(&mut self, seat: usize) {
        if self.seats[seat].open {
            return;
        }
        (self.seats[seat].open, self.seats[seat].rests) = (true, None);
        self.status(seat, CounterStatus::Open, None);
        let soon = self.seconds(5.0, 40.0);
        self.after(soon, Step::Look(seat));
    }

    /// Noon, or the end of the day: who waits is served before.
    pub(super) fn rest(&mut self, seat: usize, how: CounterStatus) {
        self.seats[seat].rests = Some(how);
        if self.seats[seat].guest.is_none() {
            self.look(seat);
        }
    }

    /// The next one is called, if there is one.
    pub(super) fn look(&mut self, seat: usize) {
        let Seat { desk, guest, open, rests, .. } = self.seats[seat];
        if guest.is_some() || !open && rests != Some(CounterStatus::Closed) {
            return;
        }
        let late = At::from(if rests == Some(CounterStatus::Closed) { AFTERNOON.1 } else { MORNING.1 }) * MINUTE;
        let in_time = rests.is_none() || self.at < late + EXTRA_MIN * MINUTE;
        let line = &self.lines[self.plan.desks[desk].department];
        let first = |ix: &&u32| {
            let guest = self.guests[**ix as usize];
            (guest.priority == Priority::Normal, guest.since, **ix)
        };
        match line.iter().min_by_key(first).copied().filter(|_| open && in_time) {
            Some(guest) => self.call(seat, guest),
            None => self.stop(seat),
        }
    }

    fn stop(&mut self, seat: usize) {
        let Some(how) = self.seats[seat].rests.take() else { return };
        let reason = (how == CounterStatus::Paused).then_some("Nghỉ trưa");
        self.seats[seat].open = false;
        self.status(seat, how, reason);
    }

    fn call(&mut self, seat: usize, ix: u32) {
        self.leave_line(ix);
        let (counter, officer, console) = self.who(seat);
        let guest = &mut self.guests[ix as usize];
        let Some(ticket) = guest.ticket else { return };
        if guest.waited == 0 {
            guest.waited = self.at - guest.since;
        }
        let gone = guest.gone;
        self.seats[seat].guest = Some(ix);
        self.say(console, Body::TicketCalled { ticket, counter: Some(counter), officer: Some(officer) });
        let slow = self.seconds(45.0, 90.0);
        if gone || self.dice.chance(NO_SHOW) {
            self.guests[ix as usize].gone = true;
            self.after(slow, Step::Again(seat, ix));
        } else if self.dice.chance(SECOND_CALL) {
            self.after(slow, Step::Again(seat, ix));
        } else {
            let walk = self.seconds(8.0, 50.0);
            self.after(walk, Step::Sit(seat, ix));
        }
    }

    pub(super) fn again(&mut self, seat: usize, ix: u32) {
        let (counter, officer, console) = self.who(seat);
        let Some(ticket) = self.guests[ix as usize].ticket else { return };
        self.say(console, Body::TicketRecalled { ticket, counter: Some(counter), officer: Some(officer) });
        let soon = self.seconds(15.0, 60.0);
        let next = if self.guests[ix as usize].gone { Step::Missed(seat, ix) } else { Step::Sit(seat, ix) };
        self.after(soon, next);
    }

    pub(super) fn missed(&mut self, seat: usize, ix: u32) {
        let (counter, _, console) = self.who(seat);
        let Some(ticket) = self.guests[ix as usize].ticket else { return };
        self.say(console, Body::TicketNoShow { ticket, counter: Some(counter) });
        self.free(seat);
    }

    pub(super) fn sit(&mut self, seat: usize, ix: u32) {
        let (counter, _, console) = self.who(seat);
        let Some(ticket) = self.guests[ix as usize].ticket else { return };
        self.say(console, Body::TicketStarted { ticket, counter: Some(counter) });
        let slow = self.plan.officers[self.seats[seat].officer].slow;
        let takes = (self.guests[ix as usize].takes as f64 * slow) as At;
        self.after(takes, Step::End(seat, ix));
    }

    pub(super) fn end(&mut self, seat: usize, ix: u32) {
        let (counter, _, console) = self.who(seat);
        let guest = self.guests[ix as usize];
        let Some(ticket) = guest.ticket else { return };
        let submits = guest.purpose == Purpose::Submit;
        if submits && self.dice.chance(SENT_ON) {
            let to = self.dice.index(self.plan.services.len());
            let (to, to_service) = (to, self.plan.services[to].id);
            self.say(console, Body::TicketTransferred { ticket, to_service: Some(to_service), to_counter: None });
            let guest = &mut self.guests[ix as usize];
            (guest.service, guest.purpose, guest.takes) = (to, Purpose::Ask, guest.takes / 2);
            self.queue(ix);
        } else if submits && self.dice.chance(PUT_ASIDE) {
            let reason = Some("Bổ sung bản sao".into());
            self.say(console, Body::TicketHeld { ticket, counter: Some(counter), reason });
            let guest = &mut self.guests[ix as usize];
            (guest.purpose, guest.takes) = (Purpose::Ask, guest.takes / 3);
            let away = self.seconds(300.0, 1_500.0);
            self.after(away, Step::Back(ix));
        } else {
            self.finish(seat, ix);
        }
        self.free(seat);
    }

    fn finish(&mut self, seat: usize, ix: u32) {
        let (counter, _, console) = self.who(seat);
        let guest = self.guests[ix as usize];
        let Some(ticket) = guest.ticket else { return };
        let line_waits = !self.lines[self.plan.desks[self.seats[seat].desk].department].is_empty();
        if !(line_waits && self.seats[seat].rests.is_none() && self.dice.chance(FORGETS)) {
            let outcome = match guest.purpose {
                Purpose::Submit => SUBMISSIONS[self.dice.weighted(SUBMISSIONS.iter().map(|(_, share)| *share))].0,
                Purpose::Collect => Outcome::Returned,
                Purpose::Ask => Outcome::Advised,
            };
            self.say(console, Body::TicketFinished { ticket, counter: Some(counter), outcome: Some(outcome) });
        }
        if self.dice.chance(RATES) {
            let soon = self.seconds(3.0, 50.0);
            self.after(soon, Step::Rate(seat, ix));
        }
    }

    pub(super) fn rate(&mut self, seat: usize, ix: u32) {
        let desk = self.plan.desks[self.seats[seat].desk];
        let slow = self.plan.officers[self.seats[seat].officer].slow;
        let cross = self.guests[ix as usize].waited > LONG_WAIT || slow > 1.4;
        let level = RatingLevel::ALL[self.dice.weighted(if cross { CROSS } else { CONTENT }.into_iter())];
        let at_exit = self.dice.chance(RATES_AT_EXIT / RATES);
        let (speaker, counter) = if at_exit { (self.plan.exit, None) } else { (desk.button, Some(desk.id)) };
        let channel = Some(RatingChannel::Button);
        self.say(speaker, Body::RatingPressed { level, counter, ticket: None, officer: None, channel });
    }

    /// The counter's guest has gone.
    fn free(&mut self, seat: usize) {
        self.seats[seat].guest = None;
        let rests = self.seats[seat].rests.is_some();
        if !rests && self.dice.chance(BREAK) {
            self.seats[seat].open = false;
            self.status(seat, CounterStatus::Paused, Some("Tạm nghỉ"));
            let pause = self.seconds(240.0, 900.0);
            self.after(pause, Step::Open(seat));
            return;
        }
        let soon = self.seconds(4.0, 30.0);
        self.after(soon, Step::Look(seat));
    }

    fn who(&self, seat: usize) -> (domain::CounterId, domain::OfficerId, crate::centre::Speaker) {
        let Seat { desk, officer, .. } = self.seats[seat];
        let desk = self.plan.desks[desk];
        (desk.id, self.plan.officers[officer].id, desk.console)
    }
}
