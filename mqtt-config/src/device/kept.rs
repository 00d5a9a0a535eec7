//! What was said and is not acknowledged yet, run by run: no clock, no disk, no socket.

use std::collections::VecDeque;

use bytes::Bytes;
use domain::BootId;

use super::bounds::{Bounds, WhenFull};

/// Runs on their way at the same time: as many as the collector keeps apart. Runs that come after
/// wait until an older one is acknowledged; the present run never waits.
const RUNS_AT_ONCE: usize = 8;

/// Memory that an event costs besides its payload, in bytes.
const OVERHEAD: usize = size_of::<Entry>();

/// One event of one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Place {
    /// The run's number within this [`Kept`].
    run: u64,
    /// The event's `seq`.
    pub(super) seq: u64,
}

/// Everything of a run up to this event is no longer kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LetGo {
    pub(super) boot: BootId,
    pub(super) seq: u64,
}

/// One event as it is kept.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) seq: u64,
    /// What is published, byte for byte, each time.
    pub(super) payload: Bytes,
    /// Its offset on the disk; 0 without one.
    pub(super) offset: u64,
    /// The outbox's own time when it was said, in milliseconds.
    pub(super) said_ms: u64,
    state: State,
}

impl Entry {
    pub(super) fn new(seq: u64, payload: Bytes, offset: u64, said_ms: u64) -> Self {
        Self { seq, payload, offset, said_ms, state: State::Waiting }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// To be handed to the session.
    Waiting,
    /// The session has it and keeps it over connections until the broker answers.
    Handed,
    /// As [`State::Handed`], and the collector asks for it again: what the broker answers for may be
    /// what the collector missed.
    Asked,
    /// The broker has answered, which proves nothing: the collector has not.
    Answered,
}

impl State {
    /// Whether the session has it.
    fn is_with_session(self) -> bool {
        matches!(self, Self::Handed | Self::Asked)
    }
}

#[derive(Debug)]
struct Run {
    number: u64,
    boot: BootId,
    /// In the order of `seq`.
    entries: VecDeque<Entry>,
    /// No entry before this one is waiting.
    cursor: usize,
    /// Entries that are not waiting.
    under_way: usize,
    /// Entries that the session has.
    handed: usize,
    /// The highest `seq` that was ever handed over: nothing above it can be acknowledged.
    sent_to: u64,
}

impl Run {
    fn find(&self, seq: u64) -> Option<usize> {
        self.entries.binary_search_by_key(&seq, |entry| entry.seq).ok()
    }

    fn set(&mut self, at: usize, state: State) {
        let before = std::mem::replace(&mut self.entries[at].state, state);
        self.under_way = self.under_way + usize::from(state != State::Waiting) - usize::from(before != State::Waiting);
        self.handed = self.handed + usize::from(state.is_with_session()) - usize::from(before.is_with_session());
        if state == State::Waiting {
            self.cursor = self.cursor.min(at);
        }
    }

    fn pop(&mut self) -> Option<Entry> {
        let entry = self.entries.pop_front()?;
        self.cursor = self.cursor.saturating_sub(1);
        self.under_way -= usize::from(entry.state != State::Waiting);
        self.handed -= usize::from(entry.state.is_with_session());
        Some(entry)
    }

    /// The first entry that waits and is durable, while fewer than `window` are under way.
    fn due(&mut self, window: usize, durable: u64) -> Option<usize> {
        if self.under_way >= window {
            return None;
        }
        while self.entries.get(self.cursor).is_some_and(|entry| entry.state != State::Waiting) {
            self.cursor += 1;
        }
        self.entries.get(self.cursor).filter(|entry| entry.offset <= durable).map(|_| self.cursor)
    }
}

/// The events of all runs, oldest run first; the last run is the present one.
#[derive(Debug)]
pub(super) struct Kept {
    bounds: Bounds,
    runs: VecDeque<Run>,
    numbers: u64,
    events: usize,
    bytes: usize,
    /// Everything up to this offset is on the disk.
    durable: u64,
}

impl Kept {
    pub(super) fn new(bounds: Bounds) -> Self {
        Self { bounds, runs: VecDeque::new(), numbers: 0, events: 0, bytes: 0, durable: 0 }
    }

    /// A new run begins; what older ones said stays.
    pub(super) fn begin(&mut self, boot: BootId) {
        self.drop_empty(true);
        self.numbers += 1;
        let entries = VecDeque::new();
        self.runs.push_back(Run {
            number: self.numbers,
            boot,
            entries,
            cursor: 0,
            under_way: 0,
            handed: 0,
            sent_to: 0,
        });
    }

    /// An event that an earlier process kept. It may have been sent, so it may be acknowledged.
    pub(super) fn found(&mut self, boot: BootId, entry: Entry) {
        if !self.runs.iter().any(|run| run.boot == boot) {
            self.begin(boot);
        }
        let Some(run) = self.runs.iter_mut().find(|run| run.boot == boot) else { return };
        // Told twice where a clean-up was cut short: the later place on the disk is the one that stays.
        if let Some(at) = run.find(entry.seq) {
            run.entries[at].offset = entry.offset;
            return;
        }
        run.sent_to = run.sent_to.max(entry.seq);
        self.bytes += OVERHEAD + entry.payload.len();
        self.events += 1;
        run.entries.push_back(entry);
    }

    /// Whether one more of this size is to be refused.
    pub(super) fn refuses(&self, payload: usize) -> bool {
        let full = self.events >= self.bounds.events || self.bytes + OVERHEAD + payload > self.bounds.bytes;
        self.bounds.when_full == WhenFull::Refuse && full
    }

    /// Keeps an event of the present run.
    pub(super) fn push(&mut self, entry: Entry) {
        let Some(run) = self.runs.back_mut() else { return };
        self.bytes += OVERHEAD + entry.payload.len();
        self.events += 1;
        run.entries.push_back(entry);
    }

    /// Drops the oldest event if there is more than may be kept, or if it is too old at `now_ms`.
    pub(super) fn drop_one(&mut self, now_ms: u64) -> Option<LetGo> {
        let Bounds { events, bytes, age, when_full } = self.bounds;
        let run = self.runs.iter_mut().find(|run| !run.entries.is_empty())?;
        let oldest = run.entries.front()?.said_ms;
        let full = when_full == WhenFull::DropOldest && (self.events > events || self.bytes > bytes);
        if !full && age.is_none_or(|age| u128::from(now_ms.saturating_sub(oldest)) <= age.as_millis()) {
            return None;
        }
        let entry = run.pop()?;
        let gone = LetGo { boot: run.boot, seq: entry.seq };
        self.forget(&entry);
        Some(gone)
    }

    /// The collector has everything of a run up to `seq`; how many events that newly covers.
    pub(super) fn acknowledge(&mut self, boot: BootId, seq: u64) -> u64 {
        let Some(at) = self.runs.iter().position(|run| run.boot == boot) else { return 0 };
        // More than was sent would be another device's count under our name: it proves nothing.
        if seq > self.runs[at].sent_to {
            return 0;
        }
        self.let_go(at, seq)
    }

    /// An earlier process had let go of this.
    pub(super) fn was_let_go(&mut self, gone: LetGo) {
        if let Some(at) = self.runs.iter().position(|run| run.boot == gone.boot) {
            self.let_go(at, gone.seq);
        }
    }

    fn let_go(&mut self, at: usize, seq: u64) -> u64 {
        let mut newly = 0;
        while self.runs[at].entries.front().is_some_and(|entry| entry.seq <= seq) {
            let Some(entry) = self.runs[at].pop() else { break };
            self.forget(&entry);
            newly += 1;
        }
        self.drop_empty(false);
        newly
    }

    fn forget(&mut self, entry: &Entry) {
        self.bytes -= OVERHEAD + entry.payload.len();
        self.events -= 1;
    }

    /// Forgets runs of which nothing is kept; the present one too where another is about to begin.
    fn drop_empty(&mut self, present_too: bool) {
        let present = self.runs.back().map(|run| run.number).filter(|_| !present_too);
        self.runs.retain(|run| !run.entries.is_empty() || Some(run.number) == present);
    }

    /// The next event to hand over. In order within a run, older runs first; at most `window` of a
    /// run are under way without an acknowledgement.
    pub(super) fn next(&mut self, window: usize) -> Option<(Place, Bytes)> {
        let (durable, present) = (self.durable, self.runs.len().checked_sub(1)?);
        let may_go = |at: usize| at < RUNS_AT_ONCE - 1 || at == present;
        let runs = self.runs.iter_mut().enumerate().filter(|(at, _)| may_go(*at));
        runs.map(|(_, run)| run).find_map(|run| {
            let at = run.due(window, durable)?;
            let entry = &run.entries[at];
            Some((Place { run: run.number, seq: entry.seq }, entry.payload.clone()))
        })
    }

    /// The session has taken it.
    pub(super) fn handed(&mut self, place: Place) {
        if let Some((run, at)) = self.at(place) {
            run.set(at, State::Handed);
            run.sent_to = run.sent_to.max(place.seq);
        }
    }

    /// The broker has answered; that it has the event says nothing about the collector. What was
    /// asked for meanwhile is handed over again.
    pub(super) fn answered(&mut self, place: Place) {
        let Some((run, at)) = self.at(place) else { return };
        match run.entries[at].state {
            State::Handed => run.set(at, State::Answered),
            State::Asked => run.set(at, State::Waiting),
            State::Waiting | State::Answered => {}
        }
    }

    fn at(&mut self, place: Place) -> Option<(&mut Run, usize)> {
        let run = self.runs.iter_mut().find(|run| run.number == place.run)?;
        let at = run.find(place.seq)?;
        Some((run, at))
    }

    /// Nothing that the broker took is sure to arrive: it is handed over again.
    pub(super) fn rewind(&mut self) {
        for run in &mut self.runs {
            for at in 0..run.entries.len() {
                if run.entries[at].state == State::Answered {
                    run.set(at, State::Waiting);
                }
            }
        }
    }

    /// The session is connected anew: what it still keeps goes out again by itself, also what was
    /// asked for.
    pub(super) fn reconnected(&mut self) {
        self.rewind();
        for run in &mut self.runs {
            for at in 0..run.entries.len() {
                if run.entries[at].state == State::Asked {
                    run.set(at, State::Handed);
                }
            }
        }
    }

    /// The oldest and the newest event of each run that the broker took are handed over again: the
    /// collector then says what it has, and asks for what lies between.
    pub(super) fn probe(&mut self) {
        for run in &mut self.runs {
            let answered = |entry: &Entry| entry.state == State::Answered;
            let ends = [run.entries.iter().position(answered), run.entries.iter().rposition(answered)];
            ends.into_iter().flatten().for_each(|at| run.set(at, State::Waiting));
        }
    }

    /// The session is gone, with everything that it kept.
    pub(super) fn rewind_all(&mut self) {
        for run in &mut self.runs {
            (0..run.entries.len()).for_each(|at| run.set(at, State::Waiting));
        }
    }

    /// The collector asks for events again: each is handed over once more, one that the session
    /// still has as soon as the broker has answered. Returns how many of them are not to be had.
    pub(super) fn ask_again(&mut self, boot: BootId, from_seq: u64, to_seq: u64) -> u64 {
        let asked = to_seq.saturating_add(1).saturating_sub(from_seq);
        let Some(run) = self.runs.iter_mut().find(|run| run.boot == boot) else { return asked };
        let begin = run.entries.partition_point(|entry| entry.seq < from_seq);
        let end = run.entries.partition_point(|entry| entry.seq <= to_seq);
        for at in begin..end {
            match run.entries[at].state {
                State::Answered => run.set(at, State::Waiting),
                State::Handed => run.set(at, State::Asked),
                State::Waiting | State::Asked => {}
            }
        }
        asked - (end.saturating_sub(begin) as u64).min(asked)
    }

    /// Whether events of this span are still to be handed over, for the first time or again.
    pub(super) fn has_waiting(&self, boot: BootId, from_seq: u64, to_seq: u64) -> bool {
        let Some(run) = self.runs.iter().find(|run| run.boot == boot) else { return false };
        let begin = run.entries.partition_point(|entry| entry.seq < from_seq);
        // Fewer than a window of events do not wait, so this ends soon.
        let mut span = run.entries.range(begin..).take_while(|entry| entry.seq <= to_seq);
        span.any(|entry| matches!(entry.state, State::Waiting | State::Asked))
    }

    /// Everything up to this offset is on the disk.
    pub(super) fn set_durable(&mut self, offset: u64) {
        self.durable = self.durable.max(offset);
    }

    /// The offset of the oldest event that is kept.
    pub(super) fn first_offset(&self) -> Option<u64> {
        self.entries().map(|entry| entry.offset).min()
    }

    /// All that is kept, oldest run first.
    pub(super) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.runs.iter().flat_map(|run| &run.entries)
    }

    /// Gives each event another place on the disk.
    pub(super) fn move_to(&mut self, mut place: impl FnMut(BootId, &Entry) -> u64) {
        for run in &mut self.runs {
            for entry in &mut run.entries {
                entry.offset = place(run.boot, entry);
            }
        }
    }

    /// Everything up to this offset is on the disk.
    pub(super) fn durable(&self) -> u64 {
        self.durable
    }

    pub(super) fn events(&self) -> usize {
        self.events
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Events handed over and not acknowledged by the collector.
    pub(super) fn under_way(&self) -> usize {
        self.runs.iter().map(|run| run.under_way).sum()
    }

    /// Events that the session keeps because the broker has not answered.
    pub(super) fn with_session(&self) -> usize {
        self.runs.iter().map(|run| run.handed).sum()
    }
}
