//! The host's clock is a device too: believed while it behaves, carried on by the monotonic clock
//! while it does not, believed again when there is a reason to (decision 0014).

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// More than this between the system's clock and the monotonic one is a jump.
const JUMP_MS: i64 = 2_000;
/// A clock that is steered runs at most 500 millionths beside the monotonic one.
const STEERING: i64 = 2_000;
/// The two clocks are compared over at most about this long, so that steering adds up to nothing.
const WINDOW_MS: i64 = 60_000;
/// How long a distrusted clock must run evenly before it is believed again.
const PROBATION_MS: i64 = 30_000;
/// So far off the carried time a clock needs nobody's word: time services step by as much when they
/// begin, and a wait that is wrong by it is still of use.
const SMALL_MS: i64 = 300_000;
/// A host that was off for longer than this may have lost its clock.
const FAR_MS: i64 = 35 * 86_400_000;
/// While it is ahead of a clock that is believed, the carried time gives up one part in so many,
/// until they meet. Time never goes backwards.
const GIVE_UP: i64 = 32;
/// No clock was right before this: motcua is younger.
const EARLIEST: Timestamp = Timestamp::from_ms(1_735_689_600_000);
/// A first start later than this has a clock that was never set (2055).
const LATEST: Timestamp = Timestamp::from_ms(2_682_374_400_000);
/// A device whose last heartbeat is older than this says nothing about now.
const HEARD_MS: i64 = 90_000;
/// One device alone may be as wrong as the host.
const FEWEST_DEVICES: usize = 2;

/// The time that receive times are taken from: the system's clock as long as it behaves, else the
/// last good time carried on by the monotonic clock. Never goes backwards.
#[derive(Debug, Clone)]
pub struct HostClock {
    /// The latest time that was given out, or that the journal holds.
    last: Timestamp,
    state: State,
    leapt_ms: i64,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// Not asked yet.
    New(Past),
    /// The system's clock, and the readings it is compared with.
    Trusted(Readings),
    /// Carried on.
    Distrusted(Doubt),
}

/// What is known before the first reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Past {
    /// Nothing: the journal is empty.
    Nothing,
    /// When the journal's last record was received.
    Journal(Timestamp),
    /// The same, and a good reading of this very run of the machine: the monotonic clock has
    /// counted since.
    SameRun {
        /// When the journal's last record was received.
        last_rx: Timestamp,
        /// A time that was given out...
        shown: Timestamp,
        /// ...when the monotonic clock showed this, in milliseconds.
        monotonic_ms: i64,
        /// Why the system's clock was not believed then, if it was not.
        doubt: Option<Why>,
    },
}

#[derive(Debug, Clone, Copy)]
struct Doubt {
    why: Why,
    /// The time is carried on from here, and gives up a little or not.
    good: Readings,
    gives_up: bool,
    /// The system's clock has run evenly since.
    even: Readings,
    vouched: Option<Voucher>,
}

/// Both clocks at one instant, in milliseconds.
#[derive(Debug, Clone, Copy)]
struct Readings {
    system: i64,
    monotonic: i64,
}

/// Why the host's clock is not believed (alert `host_clock`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// It is earlier than what the journal holds already.
    BehindJournal {
        /// By how much, when that was noticed.
        by_ms: i64,
    },
    /// It is more than 35 days later than what the journal holds.
    FarAhead {
        /// By how much, when that was noticed.
        by_ms: i64,
    },
    /// Nothing was recorded yet, and it shows a time before motcua or decades after it.
    Impossible,
    /// It jumped against the monotonic clock.
    Jumped {
        /// By how much, when that was noticed; negative when it jumped back.
        by_ms: i64,
    },
}

/// Who says that a distrusted clock is right now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voucher {
    /// The system's time service, which has set it since it last jumped.
    TimeService,
    /// Most of the devices whose clocks were measured before it last jumped.
    Devices,
    /// A person (`motcua clock accept`).
    Operator,
}

/// A device's clock as measured by its heartbeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MeasuredDevice {
    /// How far it is ahead of the time that the collector gives out.
    pub skew_ms: i64,
    /// Since when its measurements have agreed with each other.
    pub since: Timestamp,
    /// When its last heartbeat was received.
    pub heard: Timestamp,
}

impl Readings {
    /// What the system's clock should show when the monotonic one shows `monotonic`.
    fn carried_to(self, monotonic: i64) -> i64 {
        self.system.saturating_add(self.elapsed(monotonic))
    }

    fn elapsed(self, monotonic: i64) -> i64 {
        monotonic.saturating_sub(self.monotonic).max(0)
    }

    /// How much the system's clock has jumped since; 0 for what steering explains.
    fn jump(self, now: Self) -> i64 {
        let jump = now.system.saturating_sub(self.carried_to(now.monotonic));
        let steered = JUMP_MS.saturating_add(self.elapsed(now.monotonic) / STEERING);
        if jump.saturating_abs() > steered { jump } else { 0 }
    }
}

impl Doubt {
    fn of(why: Why, good: i64, now: Readings) -> State {
        let good = Readings { system: good, ..now };
        State::Distrusted(Self { why, good, gives_up: false, even: now, vouched: None })
    }

    /// The time when the monotonic clock shows `monotonic`.
    fn carried_to(self, monotonic: i64) -> i64 {
        let given_up = if self.gives_up { self.good.elapsed(monotonic) / GIVE_UP } else { 0 };
        self.good.carried_to(monotonic).saturating_sub(given_up)
    }

    /// Carries on from now, giving up or not.
    fn go_on(self, gives_up: bool, now: Readings) -> Self {
        if self.gives_up == gives_up {
            return self;
        }
        Self { good: Readings { system: self.carried_to(now.monotonic), ..now }, gives_up, ..self }
    }

    /// What another reading makes of it.
    fn judge(self, now: Readings) -> State {
        if self.even.jump(now) != 0 {
            return State::Distrusted(Self { even: now, vouched: None, ..self.go_on(false, now) });
        }
        let ahead = now.system.saturating_sub(self.carried_to(now.monotonic));
        let even_enough = self.even.elapsed(now.monotonic) >= PROBATION_MS;
        let believed = match self.vouched {
            Some(Voucher::Operator) => true,
            Some(Voucher::TimeService | Voucher::Devices) => even_enough,
            None => even_enough && self.speaks_for_itself(ahead, now),
        };
        match (believed, ahead >= 0) {
            (true, true) => State::Trusted(now),
            // It is right, and what was given out is ahead of it.
            (true, false) => State::Distrusted(self.go_on(true, now)),
            (false, _) => State::Distrusted(self.go_on(false, now)),
        }
    }

    /// Whether a clock that runs evenly needs nobody's word: it is nearly where it should be, or it
    /// was impossible and has been set to what is possible.
    fn speaks_for_itself(&self, ahead: i64, now: Readings) -> bool {
        let set = match self.why {
            Why::BehindJournal { .. } => (0..=FAR_MS).contains(&ahead),
            Why::Impossible => (EARLIEST.ms()..=LATEST.ms()).contains(&now.system),
            Why::FarAhead { .. } | Why::Jumped { .. } => false,
        };
        set || ahead.saturating_abs() <= SMALL_MS
    }
}

impl HostClock {
    /// A clock that knows of the past.
    #[must_use]
    pub fn new(past: Past) -> Self {
        let last = match past {
            Past::Nothing => Timestamp::MIN,
            Past::Journal(last_rx) => last_rx,
            Past::SameRun { last_rx, shown, .. } => last_rx.max(shown),
        };
        Self { last, state: State::New(past), leapt_ms: 0 }
    }

    /// The time, given what the system's clock (Unix milliseconds) and the monotonic clock
    /// (milliseconds since the machine was started) show now. Never earlier than an answer before.
    pub fn now(&mut self, system_ms: i64, monotonic_ms: i64) -> Timestamp {
        let now = Readings { system: Timestamp::from_ms(system_ms).ms(), monotonic: monotonic_ms };
        let before = self.state;
        self.state = self.judge(now);
        let shown = match self.state {
            State::Distrusted(doubt) => doubt.carried_to(now.monotonic),
            State::New(_) | State::Trusted(_) => now.system,
        };
        if let (State::Distrusted(doubt), State::Trusted(_)) = (before, self.state) {
            let carried = doubt.carried_to(now.monotonic);
            self.leapt_ms = self.leapt_ms.saturating_add(shown.saturating_sub(carried));
        }
        self.last = self.last.max(Timestamp::from_ms(shown));
        self.last
    }

    fn judge(&self, now: Readings) -> State {
        match self.state {
            State::New(past) => self.first(past, now),
            State::Trusted(reference) => match reference.jump(now) {
                0 if reference.elapsed(now.monotonic) < WINDOW_MS => self.state,
                0 => State::Trusted(now),
                by_ms => Doubt::of(Why::Jumped { by_ms }, reference.carried_to(now.monotonic), now),
            },
            State::Distrusted(doubt) => doubt.judge(now),
        }
    }

    fn first(&self, past: Past, now: Readings) -> State {
        let last = self.last.ms();
        match past {
            Past::Nothing if (EARLIEST.ms()..=LATEST.ms()).contains(&now.system) => State::Trusted(now),
            Past::Nothing => Doubt::of(Why::Impossible, EARLIEST.ms(), now),
            Past::Journal(_) if now.system < last.saturating_sub(JUMP_MS) => {
                Doubt::of(Why::BehindJournal { by_ms: last.saturating_sub(now.system) }, last, now)
            }
            Past::Journal(_) if now.system > last.saturating_add(FAR_MS) => {
                Doubt::of(Why::FarAhead { by_ms: now.system.saturating_sub(last) }, last, now)
            }
            Past::Journal(_) => State::Trusted(now),
            Past::SameRun { shown, monotonic_ms, doubt, .. } => {
                let good = Readings { system: shown.ms(), monotonic: monotonic_ms };
                match good.jump(now) {
                    0 => State::Trusted(now),
                    by_ms => {
                        let why = doubt.unwrap_or(Why::Jumped { by_ms });
                        Doubt::of(why, good.carried_to(now.monotonic).max(last), now)
                    }
                }
            }
        }
    }

    /// Why the system's clock is not believed at present; `None` when it is.
    #[must_use]
    pub fn distrusted(&self) -> Option<Why> {
        match self.state {
            State::Distrusted(doubt) => Some(doubt.why),
            State::New(_) | State::Trusted(_) => None,
        }
    }

    /// Somebody says that the distrusted clock is right now. Holds until it jumps again.
    pub fn vouch(&mut self, by: Voucher) {
        if let State::Distrusted(doubt) = &mut self.state
            && doubt.vouched != Some(Voucher::Operator)
        {
            doubt.vouched = Some(by);
        }
    }

    /// Asks the devices about the distrusted clock. Those that were measured before it last jumped
    /// know nothing of the jump, so their clocks were not set by it. When most of them agree with
    /// the system's clock, they vouch for it. Says whether they do.
    pub fn ask(&mut self, devices: impl Iterator<Item = MeasuredDevice>) -> bool {
        let State::Distrusted(doubt) = self.state else { return false };
        let jumped = Timestamp::from_ms(doubt.carried_to(doubt.even.monotonic));
        // Both were read at that instant, and have run evenly since.
        let ahead = doubt.even.system.saturating_sub(jumped.ms());
        let (mut heard, mut agree) = (0, 0);
        for device in devices.filter(|device| device.since < jumped && self.last.since(device.heard) <= HEARD_MS) {
            heard += 1;
            agree += usize::from(device.skew_ms.saturating_sub(ahead).saturating_abs() <= JUMP_MS);
        }
        let vouched = agree >= FEWEST_DEVICES && agree * 2 > heard;
        if vouched {
            self.vouch(Voucher::Devices);
        }
        vouched
    }

    /// What the system's clock showed when it last jumped: a time service that set it later than
    /// that, by the system's own clock, has set it right. `None` while it is believed.
    #[must_use]
    pub fn jumped_to(&self) -> Option<Timestamp> {
        match self.state {
            State::Distrusted(doubt) => Some(Timestamp::from_ms(doubt.even.system)),
            State::New(_) | State::Trusted(_) => None,
        }
    }

    /// How far the time leapt forward when the clock was believed again, once: what was measured
    /// against the time before must be moved by as much.
    pub fn take_leap(&mut self) -> Option<i64> {
        let leapt_ms = std::mem::take(&mut self.leapt_ms);
        (leapt_ms > 0).then_some(leapt_ms)
    }
}

#[cfg(test)]
mod tests;
