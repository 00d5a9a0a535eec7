//! Business days: one begins, the one before the last is let go.

use super::entry::{Entry, Kind, NO_IX, NO_TICKET};
use super::state::{NEVER, Phase, Sink, Ticket};
use super::{Ledger, Numbers, State, Taken};
use crate::Timestamp;
use crate::config::BusinessDay;
use crate::event::DeadLetterReason;
use crate::facts::{Date, Fact};

/// Phases count milliseconds in 31 bits, which is 24 days. A day that begins later than this finds
/// nothing of the days before worth keeping anyway.
const FAR_MS: i64 = 24 * 86_400_000;

/// A site that keeps its queue over night keeps nobody in line for longer than two weeks: who has
/// not come by then has forgotten.
const IN_LINE_AT_MOST_MS: i64 = 14 * 86_400_000;

impl Ledger {
    /// Begins a new business day (the collector's own record). What lies before `keep_from`, the
    /// start of the day before, is let go.
    pub fn start_day(&mut self, day: BusinessDay, keep_from: Timestamp, taken: &mut Taken) {
        self.settle(taken);
        if day.start.since(self.state.base) > FAR_MS {
            self.leap(keep_from, taken);
        }
        self.yesterday = std::mem::take(&mut self.today);
        self.day = day;
        if day.keeps_queue {
            let mut numbers: Vec<u32> = self.yesterday.table.iter().copied().collect();
            numbers.sort_unstable();
            numbers.into_iter().for_each(|ix| self.make_room_for(ix));
        }
        let at = self.relative(day.start);
        self.insert(day_started(at, day.date, day.keeps_queue), taken);
        self.settle(taken);
        self.let_go(self.relative(keep_from));
    }

    /// Sees to it that a number of yesterday has a slot today, in case it is in line at the day's
    /// end. Whether it is, the fold decides, and a late event may change.
    pub(super) fn make_room_for(&mut self, yesterday: u32) {
        let number = self.state.tickets[yesterday as usize].number;
        let next = self.today_ix(number);
        self.state.next.resize(self.state.tickets.len(), NO_TICKET);
        self.state.next[yesterday as usize] = next;
        self.doubt_first_issue(next);
    }

    /// Milliseconds since the base; what lies before it counts as its first instant.
    fn relative(&self, at: Timestamp) -> u32 {
        u32::try_from(at.since(self.state.base).max(0)).unwrap_or(u32::MAX)
    }

    /// Lets go of the entries before `keep` and of the tickets that only they speak of.
    fn let_go(&mut self, keep: u32) {
        // The kept day's own beginning goes too: its effect is in the origin.
        let begins =
            |entry: &Entry| entry.at == keep && entry.kind == Kind::DayStarted && keep < self.relative(self.day.start);
        let first = self.log.partition_point(|entry| entry.at < keep);
        let first = first + usize::from(self.log.get(first).is_some_and(begins));
        if first > 0 {
            self.drop_first(first, keep);
        }
    }

    /// Ends the day that was present so long ago, lets everything go and counts from `base` on.
    fn leap(&mut self, base: Timestamp, taken: &mut Taken) {
        let at = self.relative(self.day.end).max(self.log.last().map_or(0, |last| last.at));
        self.insert(day_started(at, self.day.date + 1, false), taken);
        self.settle(taken);
        self.drop_first(self.log.len(), at);
        // Of tickets only numbers are left, which were never issued: no time hangs on the old base.
        self.state.base = base;
        self.origin.base = base;
    }

    /// Folds the first entries into the origin and counts from `keep` on.
    fn drop_first(&mut self, first: usize, keep: u32) {
        self.checkpoints = Vec::new();
        self.carried = self.carry(first);
        self.fold_origin(first);
        self.log.drain(..first);
        self.log.shrink_to(self.log.len() + self.log.len() / 8);
        self.folded -= first;
        let tickets = self.renumber();
        self.log.iter_mut().for_each(|entry| *entry = entry.rebased(keep, &tickets));
        let parked = &self.origin.parked;
        self.doubtful.retain(|(entry, _)| {
            let spoken = tickets.get(entry.ticket as usize).is_some_and(|ix| *ix != NO_TICKET);
            spoken && (entry.at >= keep || parked.iter().any(|(other, _)| other == entry))
        });
        self.doubtful.iter_mut().for_each(|(entry, _)| *entry = entry.rebased(keep, &tickets));
        self.origin.rebase(keep, &tickets);
        self.state.rebase(keep, &tickets);
        let kept = |old: usize| tickets[old] != NO_TICKET;
        self.issues = self.issues.iter().enumerate().filter(|(old, _)| kept(*old)).map(|(_, offset)| *offset).collect();
        for numbers in [&mut self.today, &mut self.yesterday] {
            numbers.renumber(&tickets, &self.state);
        }
    }

    /// Folds the first entries into the origin, for good.
    fn fold_origin(&mut self, first: usize) {
        let State { tickets, .. } = &self.state;
        let later = &tickets[self.origin.tickets.len()..];
        self.origin.tickets.extend(later.iter().map(|ticket| Ticket::unknown(ticket.number)));
        self.origin.next.clone_from(&self.state.next);
        let mut unused = Taken::default();
        for entry in &self.log[..first] {
            let mut sink = super::Collector { taken: &mut unused, doubtful: &[] };
            self.origin.apply(*entry, &mut sink);
            unused.clear();
        }
    }

    /// New indices for the tickets that are still spoken of or in line, and for the slots in which
    /// they go on; [`NO_TICKET`] for the others.
    fn renumber(&self) -> Vec<u32> {
        let mut spoken = vec![false; self.state.tickets.len()];
        let parked = self.origin.parked.iter().map(|(entry, _)| entry);
        for entry in self.log.iter().chain(parked).filter(|entry| entry.speaks_of_ticket()) {
            spoken[entry.ticket as usize] = true;
        }
        for (spoken, ticket) in spoken.iter_mut().zip(&self.origin.tickets) {
            *spoken |= ticket.phase.is_open();
        }
        // From the day before yesterday to today it is two steps.
        for _ in 0..2 {
            for (ix, next) in self.state.next.iter().enumerate() {
                if spoken[ix] && *next != NO_TICKET {
                    spoken[*next as usize] = true;
                }
            }
        }
        let mut next = 0;
        let number = |spoken: &bool| {
            let ix = if *spoken { next } else { NO_TICKET };
            next += u32::from(*spoken);
            ix
        };
        spoken.iter().map(number).collect()
    }
}

/// The entry that begins a business day.
const fn day_started(at: u32, date: Date, keeps_queue: bool) -> Entry {
    let arg = keeps_queue as u8;
    Entry { at, ticket: date as u32, counter: NO_IX, other: NO_IX, kind: Kind::DayStarted, arg }
}

impl State {
    /// Ends the business day: whoever is still open is archived, and no ticket lies in two days;
    /// where the queue is kept, who is in line stays in line. A counter's status and what is known
    /// of staffing go on.
    pub(super) fn day_started(&mut self, entry: Entry, sink: &mut impl Sink) {
        let at = self.time(entry.at);
        let open: Vec<u32> =
            (0..).zip(&self.tickets).filter(|(_, ticket)| ticket.phase.is_open()).map(|(ix, _)| ix).collect();
        for ix in open {
            match self.slot_to_go_on_in(ix, entry) {
                Some(next) => self.go_on_in(ix, next),
                None => self.archive(ix, entry.at, sink),
            }
        }
        for ix in 0..self.counters.len() {
            let ix = ix as u16;
            self.busy_ends(ix, at, sink);
            let counter = self.counter_mut(ix);
            if counter.ticket != NO_TICKET {
                counter.ticket = NO_TICKET;
                counter.since = Some(at);
            }
            counter.last_ended = NO_TICKET;
            sink.counter(ix);
        }
        // What has waited for its issue since before the day that ended never will have one.
        let ended = std::mem::replace(&mut self.date, entry.ticket as Date);
        let (stays, gone): (Vec<_>, Vec<_>) = self.parked.drain(..).partition(|(_, date)| *date == ended);
        self.parked = stays;
        for (entry, _) in gone {
            sink.gone(Fact::Parked);
            sink.reject(entry, DeadLetterReason::UnknownTicket);
        }
    }

    /// Where a ticket goes on that is in line when the day ends, if it stays in line.
    fn slot_to_go_on_in(&self, ix: u32, day: Entry) -> Option<u32> {
        let ticket = &self.tickets[ix as usize];
        let in_line = matches!(ticket.phase, Phase::Waiting | Phase::Held);
        let not_too_long = self.time(day.at).since(self.since(ticket)) <= IN_LINE_AT_MOST_MS;
        let next = self.next.get(ix as usize).copied().filter(|next| *next != NO_TICKET);
        next.filter(|_| day.keeps_queue() && in_line && not_too_long)
    }

    /// The ticket's life goes on in the next day's slot. Its place in line, and the time it has
    /// waited, stay; its rating stays with the day that ended.
    fn go_on_in(&mut self, ix: u32, next: u32) {
        let before = std::mem::replace(&mut self.tickets[ix as usize].phase, Phase::WentOn);
        let ticket = self.tickets[ix as usize];
        self.tickets[next as usize] =
            Ticket { phase: before, rating: 0, rating_counter: NO_IX, called_at: NEVER, started_at: NEVER, ..ticket };
    }

    /// The ticket's day has ended before it had.
    fn archive(&mut self, ix: u32, at: u32, sink: &mut impl Sink) {
        self.wait_ends(ix, at, false, sink);
        let ticket = self.tickets[ix as usize];
        let Some(left) = ticket.phase.left_as() else { return };
        self.tickets[ix as usize].phase = Phase::Archived(left);
        let (date, at) = (self.date, self.time(at));
        sink.fact(Fact::Archived { ticket: ticket.number, service: ticket.service, date, at, left });
    }
}

impl Numbers {
    fn renumber(&mut self, tickets: &[u32], state: &State) {
        use std::hash::BuildHasher;
        let old = std::mem::take(&mut self.table);
        let kept = old.into_iter().map(|ix| tickets[ix as usize]).filter(|ix| *ix != NO_TICKET);
        let hasher = &self.hasher;
        let hash = |ix: &u32| hasher.hash_one(state.tickets[*ix as usize].number);
        for ix in kept {
            self.table.insert_unique(hash(&ix), ix, hash);
        }
    }
}
