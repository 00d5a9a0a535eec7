//! The life of the worker's process: one at a time, patience, killing, starting again.

use super::{Act, Patience};
use crate::worker::protocol::Word;

/// What a worker may take beyond what its camera may take, before it is killed.
const SLACK_MS: i64 = 15_000;
/// How long a worker that was let go may take to end.
const FAREWELL_MS: i64 = 1_000;
/// The longest pause between two attempts that a worker is believed.
const LONGEST_PAUSE_MS: i64 = 60_000;
/// A worker that lived this long after its first picture did its work: its end is a new story.
const HEALTHY_MS: i64 = 60_000;

/// What a worker is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// There is none; one is started soon.
    Pausing,
    /// It was started and has not said anything.
    Starting,
    /// It opens the stream.
    Opening,
    /// Pictures come.
    Looking,
    /// It has lost the stream and waits before it tries again.
    Waiting,
    /// It was let go or killed, and is not reaped yet.
    Ending,
    /// Its file is over; or nothing is wanted any more.
    Over,
}

#[derive(Debug)]
pub(super) struct Life {
    patience: Patience,
    phase: Phase,
    /// When the phase must be over.
    until_ms: i64,
    /// One was asked for.
    asked: bool,
    /// The file is over: no other worker is started.
    is_over: bool,
    stopping: bool,
    /// When the first picture of this worker came.
    looked_ms: Option<i64>,
    backoff: Backoff,
}

impl Life {
    pub(super) fn new(patience: Patience, seed: u64, now_ms: i64) -> Self {
        Self {
            patience,
            phase: Phase::Pausing,
            until_ms: now_ms,
            asked: false,
            is_over: false,
            stopping: false,
            looked_ms: None,
            backoff: Backoff::new(seed),
        }
    }

    pub(super) const fn phase(&self) -> Phase {
        self.phase
    }

    pub(super) const fn is_stopping(&self) -> bool {
        self.stopping
    }

    pub(super) const fn has_worker(&self) -> bool {
        self.asked || !matches!(self.phase, Phase::Pausing | Phase::Over)
    }

    pub(super) fn started(&mut self, now_ms: i64) -> Option<Act> {
        self.asked = false;
        self.looked_ms = None;
        if self.stopping {
            self.enter(Phase::Ending, now_ms, FAREWELL_MS);
            return Some(Act::End);
        }
        self.enter(Phase::Starting, now_ms, self.patience.stall_ms + SLACK_MS);
        None
    }

    /// It is gone, or could not be started.
    pub(super) fn exited(&mut self, now_ms: i64) {
        self.asked = false;
        if self.stopping || self.is_over {
            self.phase = Phase::Over;
            return;
        }
        if self.looked_ms.take().is_some_and(|looked_ms| now_ms - looked_ms >= HEALTHY_MS) {
            self.backoff.begin_anew();
        }
        let pause_ms = self.backoff.next_ms();
        self.enter(Phase::Pausing, now_ms, pause_ms);
    }

    pub(super) fn heard(&mut self, now_ms: i64, word: &Word) {
        if matches!(self.phase, Phase::Pausing | Phase::Ending | Phase::Over) {
            return;
        }
        let Patience { first_frame_ms, stall_ms } = self.patience;
        let opening_ms = first_frame_ms.max(stall_ms) + SLACK_MS;
        match word {
            Word::Opening { .. } => self.enter(Phase::Opening, now_ms, opening_ms),
            Word::Lost { again_in_ms, .. } => {
                let pause_ms = i64::try_from(*again_in_ms).unwrap_or(i64::MAX).min(LONGEST_PAUSE_MS);
                self.enter(Phase::Waiting, now_ms, pause_ms + stall_ms + SLACK_MS);
            }
            Word::Over { .. } => {
                self.is_over = true;
                self.enter(Phase::Ending, now_ms, SLACK_MS);
            }
            // The stream is open, and the first picture is waited for.
            Word::Stream(_) if self.phase != Phase::Looking => self.enter(Phase::Opening, now_ms, opening_ms),
            Word::Looked { .. } => {
                self.looked_ms.get_or_insert(now_ms);
                self.enter(Phase::Looking, now_ms, stall_ms + SLACK_MS);
            }
            _ if self.phase == Phase::Looking => self.enter(Phase::Looking, now_ms, stall_ms + SLACK_MS),
            // What it says of the past says nothing of what it is at.
            _ => {}
        }
    }

    pub(super) fn deadline(&self) -> Option<i64> {
        let idle = self.asked || self.phase == Phase::Over;
        (!idle).then_some(self.until_ms)
    }

    pub(super) fn on_time(&mut self, now_ms: i64) -> Option<Act> {
        if self.deadline()? > now_ms {
            return None;
        }
        if self.phase == Phase::Pausing {
            self.asked = true;
            return Some(Act::Start);
        }
        // The kernel may take its time; asking it again does no harm.
        self.enter(Phase::Ending, now_ms, FAREWELL_MS);
        Some(Act::Kill)
    }

    pub(super) fn stop(&mut self, now_ms: i64) -> Option<Act> {
        self.stopping = true;
        match self.phase {
            // One that was asked for ends as soon as it is there.
            Phase::Pausing if self.asked => None,
            Phase::Pausing | Phase::Over => {
                self.phase = Phase::Over;
                None
            }
            // Killed already, or over by itself.
            Phase::Ending => None,
            Phase::Starting | Phase::Opening | Phase::Looking | Phase::Waiting => {
                self.enter(Phase::Ending, now_ms, FAREWELL_MS);
                Some(Act::End)
            }
        }
    }

    fn enter(&mut self, phase: Phase, now_ms: i64, for_ms: i64) {
        (self.phase, self.until_ms) = (phase, now_ms.saturating_add(for_ms));
    }
}

/// Pauses of 1 to 30 s that double, and differ from camera to camera: after a power cut not all of
/// them are tried at the same moment.
#[derive(Debug)]
struct Backoff {
    most_ms: i64,
    dice: u64,
}

const FIRST_MS: i64 = 2_000;
const LONGEST_MS: i64 = 30_000;

impl Backoff {
    const fn new(seed: u64) -> Self {
        Self { most_ms: FIRST_MS, dice: seed }
    }

    const fn begin_anew(&mut self) {
        self.most_ms = FIRST_MS;
    }

    /// Between half of the longest that it may be by now, and all of it.
    fn next_ms(&mut self) -> i64 {
        let most_ms = self.most_ms;
        self.most_ms = (most_ms * 2).min(LONGEST_MS);
        let half = most_ms / 2;
        half + i64::try_from(self.random() % half.unsigned_abs()).unwrap_or(0)
    }

    /// SplitMix64.
    const fn random(&mut self) -> u64 {
        self.dice = self.dice.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.dice;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}
