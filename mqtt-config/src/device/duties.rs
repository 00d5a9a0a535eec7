//! What a device does when: no socket, no thread, no clock.
//!
//! Whoever owns it tells it what happened and what time it is, asks it what is to be published
//! next, and tells it when that was handed over and answered.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use domain::event::DeviceState;
use domain::{BootId, FlagWord, Timestamp};

use super::commands::{Commands, Verdict};
use super::kept::Place;
use super::outbox::{Outbox, OutboxError, Said, Saying};
use crate::topics::Channel;
use crate::wire::{self, Ack, Command, CommandAction, Done, Meta, Status};

/// How long nothing may be acknowledged before something is sent again; doubles each time, up to
/// [`LONGEST_STALL_MS`], and begins anew when something is acknowledged.
const FIRST_STALL_MS: u64 = 10_000;
/// See [`FIRST_STALL_MS`].
const LONGEST_STALL_MS: u64 = 300_000;
/// Every so many times in a row it is everything. Otherwise the ends are enough, and a collector
/// that comes back after a while is not buried in repetitions.
const EVERYTHING_EVERY: u32 = 3;
/// Answers that wait for the session. Above that the oldest is dropped: the collector asks again.
const ANSWERS: usize = 64;
/// How often an age is looked at, and a disk that refused is tried again.
pub(super) const CHORES_MS: u64 = 60_000;
/// What a device says of itself when it had to drop events.
const DROPPED: &str = "events-dropped";

/// The time, in the three ways in which a device knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Now {
    /// Milliseconds since this process began, monotonic.
    pub(super) running_ms: u64,
    /// Milliseconds since the device's boot, where it tells them.
    pub(super) up_ms: Option<u64>,
    /// Its clock.
    pub(super) wall: Timestamp,
}

/// Something to publish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Letter {
    pub(super) channel: Channel,
    pub(super) payload: Bytes,
    pub(super) retain: bool,
    pub(super) what: What,
}

/// What a letter is, for [`Duties::handed`] and [`Duties::answered`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Status,
    Meta,
    /// The answer to the command of this number.
    Answer(u64),
    Event(Place),
}

/// The answer to a command.
#[derive(Debug)]
struct Answer {
    number: u64,
    payload: Bytes,
    /// Boot, first and last `seq` of what it goes behind: whoever reads the answer has got what was
    /// asked for, and knows that the rest is not to be had.
    behind: Option<(BootId, u64, u64)>,
}

/// What a command wants of the program around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Rebirth,
    Identify,
}

#[derive(Debug)]
pub(super) struct Duties {
    pub(super) outbox: Outbox,
    meta: Meta,
    window: usize,
    flags: Vec<FlagWord>,
    connected: bool,
    /// While true no event is sent: birth and heartbeats are.
    pub(super) holding: bool,
    status_due: bool,
    meta_due: bool,
    /// Bounded by [`ANSWERS`].
    answers: VecDeque<Answer>,
    answered: u64,
    commands: Commands,
    heartbeat_at: u64,
    /// When to send everything again, while something is under way.
    stall_at: Option<u64>,
    stall_ms: u64,
    /// Times in a row that nothing was acknowledged.
    stalls: u32,
    chores_at: u64,
}

impl Duties {
    pub(super) fn new(outbox: Outbox, meta: Meta, window: usize, first_heartbeat: Duration) -> Self {
        let mut duties = Self {
            outbox,
            meta,
            window: window.max(1),
            flags: Vec::new(),
            connected: false,
            holding: false,
            status_due: false,
            meta_due: false,
            answers: VecDeque::new(),
            answered: 0,
            commands: Commands::default(),
            heartbeat_at: u64::try_from(first_heartbeat.as_millis()).unwrap_or(u64::MAX),
            stall_at: None,
            stall_ms: FIRST_STALL_MS,
            stalls: 0,
            chores_at: CHORES_MS,
        };
        duties.tell_of_drops();
        duties
    }

    /// What the device says of itself, or what its will says.
    pub(super) fn status(&self, state: DeviceState, now: Now) -> Bytes {
        let status = Status::new(state, now.wall, self.outbox.boot(), now.up_ms);
        wire::json(&Status { flags: self.flags.clone().into(), ..status }).into()
    }

    pub(super) fn set_flags(&mut self, flags: Vec<FlagWord>) {
        self.flags = flags;
        self.tell_of_drops();
        self.status_due = self.connected;
    }

    fn tell_of_drops(&mut self) {
        if self.outbox.dropped() == 0 {
            return;
        }
        let word = FlagWord::new(DROPPED).expect("the text is an id");
        if !self.flags.contains(&word) {
            self.flags.push(word);
            self.status_due = self.connected;
        }
    }

    pub(super) fn connected(&mut self, now: Now) {
        self.connected = true;
        // A broker that came back may have lost what it took.
        self.outbox.kept().reconnected();
        (self.stall_ms, self.stalls) = (FIRST_STALL_MS, 0);
        // What the session keeps goes out again without being handed over again.
        self.stall_at = (self.outbox.under_way() > 0).then_some(now.running_ms + self.stall_ms);
        self.rebirth();
    }

    pub(super) fn lost(&mut self) {
        self.connected = false;
        self.stall_at = None;
    }

    /// `status` and `meta` again. The heartbeats keep their own time.
    pub(super) fn rebirth(&mut self) {
        (self.status_due, self.meta_due) = (true, true);
    }

    fn heartbeat_ms(&self) -> u64 {
        u64::from(self.meta.heartbeat_s.max(1)) * 1_000
    }

    pub(super) fn say(&mut self, saying: Saying, now: Now) -> Result<Said, OutboxError> {
        let said = self.outbox.say(saying, now.running_ms);
        self.tell_of_drops();
        said
    }

    /// The next thing to publish; none without a connection.
    pub(super) fn next(&mut self, now: Now) -> Option<Letter> {
        if !self.connected {
            return None;
        }
        let letter = |channel, payload, retain, what| Some(Letter { channel, payload, retain, what });
        if self.status_due {
            return letter(Channel::Status, self.status(DeviceState::Ready, now), true, What::Status);
        }
        if self.meta_due {
            return letter(Channel::Meta, wire::json(&self.meta).into(), true, What::Meta);
        }
        if let Some(Answer { number, payload, .. }) = self.answers.iter().find(|answer| !self.must_wait(answer)) {
            return letter(Channel::Done, payload.clone(), false, What::Answer(*number));
        }
        let (place, payload) = self.outbox.next(self.window).filter(|_| !self.holding)?;
        letter(Channel::Evt, payload, false, What::Event(place))
    }

    fn must_wait(&self, answer: &Answer) -> bool {
        answer.behind.is_some_and(|(boot, from_seq, to_seq)| self.outbox.has_waiting(boot, from_seq, to_seq))
    }

    /// The session has taken it.
    pub(super) fn handed(&mut self, what: What, now: Now) {
        match what {
            What::Status => self.status_due = false,
            What::Meta => self.meta_due = false,
            What::Answer(number) => self.answers.retain(|answer| answer.number != number),
            What::Event(place) => {
                self.outbox.kept().handed(place);
                self.stall_at.get_or_insert(now.running_ms + self.stall_ms);
            }
        }
    }

    /// The broker has answered, or will never get it. Either way only the collector's word counts.
    pub(super) fn answered(&mut self, what: What) {
        if let What::Event(place) = what {
            self.outbox.kept().answered(place);
        }
    }

    /// Takes an `ack` in; how many events it newly covers.
    pub(super) fn heard_ack(&mut self, ack: &Ack, now: Now) -> u64 {
        let newly = self.outbox.acknowledge(ack, now.running_ms);
        if newly > 0 {
            (self.stall_ms, self.stalls) = (FIRST_STALL_MS, 0);
            self.stall_at = (self.outbox.under_way() > 0).then_some(now.running_ms + self.stall_ms);
        }
        newly
    }

    /// Does what a command asks for; what the program around has to do is given back.
    pub(super) fn heard_command(&mut self, command: &Command, now: Now) -> Option<Wanted> {
        match self.commands.judge(command, now.wall) {
            Verdict::Execute => {}
            verdict @ (Verdict::Again | Verdict::Expired) => {
                tracing::debug!(id = command.id, ?verdict, "A command is not executed.");
                return None;
            }
        }
        let (missing, behind, wanted) = match command.action {
            CommandAction::Rebirth => {
                self.rebirth();
                (0, None, Some(Wanted::Rebirth))
            }
            CommandAction::Replay { boot, from_seq, to_seq } => {
                (self.outbox.kept().ask_again(boot, from_seq, to_seq), Some((boot, from_seq, to_seq)), None)
            }
            CommandAction::Identify => (0, None, Some(Wanted::Identify)),
        };
        let done = Done { id: command.id.as_str().into(), ok: true, missing: (missing > 0).then_some(missing) };
        if self.answers.len() == ANSWERS {
            self.answers.pop_front();
        }
        self.answered += 1;
        self.answers.push_back(Answer { number: self.answered, payload: wire::json(&done).into(), behind });
        wanted
    }

    /// When [`Duties::on_time`] has something to do, in milliseconds of the process.
    pub(super) fn wake_ms(&self) -> u64 {
        self.stall_at.unwrap_or(u64::MAX).min(self.heartbeat_at).min(self.chores_at)
    }

    /// Looks at the clock. True when a heartbeat is due.
    pub(super) fn on_time(&mut self, now: Now) -> bool {
        if self.chores_at <= now.running_ms {
            self.chores_at = now.running_ms + CHORES_MS;
            self.outbox.drop_what_is_over(now.running_ms);
            self.tell_of_drops();
        }
        if self.stall_at.is_some_and(|at| at <= now.running_ms) {
            self.stall_ms = (self.stall_ms * 2).min(LONGEST_STALL_MS);
            self.stalls += 1;
            // Without an answer of the broker the session still has them: that is another trouble.
            if self.outbox.under_way() > self.outbox.kept().with_session() {
                tracing::info!(events = self.outbox.under_way(), "Nothing is acknowledged: sending again.");
                if self.stalls.is_multiple_of(EVERYTHING_EVERY) {
                    self.outbox.kept().rewind();
                } else {
                    self.outbox.kept().probe();
                }
            }
            self.stall_at = (self.outbox.under_way() > 0).then_some(now.running_ms + self.stall_ms);
        }
        if self.heartbeat_at > now.running_ms {
            return false;
        }
        // A host that slept beats once, not once for each that was missed.
        self.heartbeat_at = now.running_ms + self.heartbeat_ms();
        self.status_due = self.connected;
        self.connected
    }
}
