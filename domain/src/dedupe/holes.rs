//! What one run of a device has sent, and what of it is missing.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::{BootId, Timestamp};

/// How long to wait before the first ask, after the first, after the second, and after the third
/// before the hole is given up: asks 2, 10 and 60 s after it was noticed (contract section 2),
/// given up 60 s after the last of them.
const WAITS_MS: [i64; 4] = [2_000, 8_000, 50_000, 60_000];
const MOST_ASKS: u8 = 3;
/// From the first ask until the hole is given up.
const ASKING_MS: i64 = WAITS_MS[1] + WAITS_MS[2] + WAITS_MS[3];

/// Beyond this many holes the two closest are joined. What lies between is then asked for again,
/// and known by its ids when it comes.
const MOST_HOLES: usize = 1_024;

/// Holes with no more events between them than this are asked for in one go: a burst that lost
/// every other event would otherwise make a thousand commands.
const ISLAND: u64 = 1_000;

/// The events of one boot: everything up to `top` was seen, save the holes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(into = "KeptBoot", from = "KeptBoot")]
pub(super) struct Boot {
    pub id: BootId,
    pub last_seen: Timestamp,
    top: u64,
    /// In order, apart from each other.
    holes: Vec<Hole>,
}

#[derive(Debug, Clone, Copy)]
struct Hole {
    from: u64,
    to: u64,
    stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Asked for so often; the next step is due then.
    Open { asks: u8, due: Timestamp },
    /// Counted as a gap. Kept, so that an event that comes after all is a new one.
    GivenUp,
}

impl Hole {
    fn due(&self) -> Option<Timestamp> {
        match self.stage {
            Stage::Open { due, .. } => Some(due),
            Stage::GivenUp => None,
        }
    }

    const fn len(&self) -> u64 {
        (self.to - self.from).saturating_add(1)
    }
}

impl Boot {
    pub fn new(id: BootId, now: Timestamp) -> Self {
        Self { id, last_seen: now, top: 0, holes: Vec::new() }
    }

    /// Takes note of `seq`; true when it was not seen before. There is no `seq` 0.
    ///
    /// A repeat leaves no trace: it is not in the journal, from which all this is rebuilt.
    pub fn observe(&mut self, seq: u64, now: Timestamp) -> bool {
        if self.contains(seq) {
            return false;
        }
        self.last_seen = now;
        if seq > self.top {
            if seq - self.top > 1 {
                let stage = Stage::Open { asks: 0, due: now.plus(WAITS_MS[0]) };
                self.holes.push(Hole { from: self.top + 1, to: seq - 1, stage });
                self.keep_few();
            }
            self.top = seq;
            return true;
        }
        let Some(at) = self.hole_with(seq) else { return seq == 0 };
        let filled = self.take_out(at, seq, seq, now);
        self.holes.splice(at..=at, filled.into_iter().flatten());
        self.keep_few();
        true
    }

    pub fn contains(&self, seq: u64) -> bool {
        (1..=self.top).contains(&seq) && self.hole_with(seq).is_none()
    }

    fn hole_with(&self, seq: u64) -> Option<usize> {
        let at = self.holes.partition_point(|hole| hole.to < seq);
        self.holes.get(at).is_some_and(|hole| hole.from <= seq).then_some(at)
    }

    /// What is left of hole `at` on both sides of `from..=to`. An answer that is coming in puts
    /// off the next ask.
    fn take_out(&self, at: usize, from: u64, to: u64, now: Timestamp) -> [Option<Hole>; 2] {
        let hole = self.holes[at];
        let stage = match hole.stage {
            Stage::Open { asks, due } if asks > 0 => {
                Stage::Open { asks, due: due.max(now.plus(WAITS_MS[usize::from(asks)])) }
            }
            other => other,
        };
        [
            (hole.from < from).then(|| Hole { to: from - 1, stage, ..hole }),
            (to < hole.to).then(|| Hole { from: to + 1, stage, ..hole }),
        ]
    }

    /// Gives up what is missing in `range`; returns how many events that is.
    pub fn give_up(&mut self, range: RangeInclusive<u64>) -> u64 {
        let (from, to) = range.into_inner();
        let mut missing = 0_u64;
        let mut holes = Vec::with_capacity(self.holes.len() + 2);
        for hole in &self.holes {
            let inside = Hole { from: hole.from.max(from), to: hole.to.min(to), stage: Stage::GivenUp };
            if hole.stage == Stage::GivenUp || inside.from > inside.to {
                holes.push(*hole);
                continue;
            }
            missing = missing.saturating_add(inside.len());
            holes.extend((hole.from < inside.from).then(|| Hole { to: inside.from - 1, ..*hole }));
            holes.push(inside);
            holes.extend((inside.to < hole.to).then(|| Hole { from: inside.to + 1, ..*hole }));
        }
        self.holes = holes;
        self.keep_few();
        missing
    }

    /// Bounds the memory of a device that numbers at random.
    fn keep_few(&mut self) {
        while self.holes.len() > MOST_HOLES {
            if let Some(at) = self.holes.iter().position(|hole| hole.stage == Stage::GivenUp) {
                self.holes.remove(at);
                continue;
            }
            let distance = |at: &usize| self.holes[*at + 1].from - self.holes[*at].to;
            let Some(at) = (0..self.holes.len() - 1).min_by_key(distance) else { return };
            let joined = self.holes.remove(at + 1);
            self.holes[at].to = joined.to;
        }
    }

    /// The contiguous mark: everything up to here was seen or given up.
    pub fn mark(&self) -> u64 {
        self.open().next().map_or(self.top, |hole| hole.from - 1)
    }

    fn open(&self) -> impl Iterator<Item = &Hole> {
        self.holes.iter().filter(|hole| hole.stage != Stage::GivenUp)
    }

    /// How many events are missing and not given up.
    pub fn missing(&self) -> u64 {
        self.open().fold(0, |sum, hole| sum.saturating_add(hole.len()))
    }

    /// How many events of the range are missing and not given up.
    pub fn missing_of(&self, range: &RangeInclusive<u64>) -> u64 {
        let inside = |hole: &Hole| {
            let (from, to) = (hole.from.max(*range.start()), hole.to.min(*range.end()));
            (from <= to).then(|| (to - from).saturating_add(1))
        };
        self.open().filter_map(inside).fold(0, u64::saturating_add)
    }

    /// When [`due`](Self::due) has something to say.
    pub fn deadline(&self) -> Option<Timestamp> {
        self.holes.iter().filter_map(Hole::due).min()
    }

    /// The deadline of the newest hole: when a hole has just been found, this is its own.
    pub fn newest_deadline(&self) -> Option<Timestamp> {
        self.holes.last().and_then(Hole::due)
    }

    /// What is to be asked for now, and what is to be given up now. `heard` is when the device was
    /// last heard of, `None` while it hears nothing: the asking then begins anew when it is back.
    pub fn due(
        &mut self,
        now: Timestamp,
        heard: Option<Timestamp>,
    ) -> (Vec<RangeInclusive<u64>>, Vec<RangeInclusive<u64>>) {
        let (mut asks_for, mut give_up) = (Vec::new(), Vec::new());
        for hole in &mut self.holes {
            let Stage::Open { asks, due } = hole.stage else { continue };
            if due > now {
                continue;
            }
            // Silent since the first ask: nobody can say that it heard any of them.
            let unheard = asks == MOST_ASKS && heard.is_some_and(|heard| heard < due.plus(-ASKING_MS));
            if heard.is_none() || unheard {
                hole.stage = Stage::Open { asks: 0, due: now.plus(WAITS_MS[0]) };
                continue;
            }
            if asks == MOST_ASKS {
                give_up.push(hole.from..=hole.to);
                continue;
            }
            let asks = asks + 1;
            let wait = WAITS_MS[usize::from(asks)];
            // On schedule when we are about on time, else (after a restart) from now.
            let planned = due.plus(wait);
            hole.stage = Stage::Open { asks, due: if planned > now { planned } else { now.plus(wait) } };
            ask(&mut asks_for, hole.from, hole.to);
        }
        (asks_for, give_up)
    }
}

/// A boot as it is kept: how often a hole was asked for is not part of it, so that a state that was
/// replayed and one that was served live are the same, byte for byte.
#[derive(Serialize, Deserialize)]
struct KeptBoot {
    id: BootId,
    last_seen: Timestamp,
    top: u64,
    /// From, to, and whether it was given up.
    holes: Vec<(u64, u64, bool)>,
}

impl From<Boot> for KeptBoot {
    fn from(boot: Boot) -> Self {
        let Boot { id, last_seen, top, holes } = boot;
        let kept = |hole: &Hole| (hole.from, hole.to, hole.stage == Stage::GivenUp);
        Self { id, last_seen, top, holes: holes.iter().map(kept).collect() }
    }
}

impl From<KeptBoot> for Boot {
    fn from(kept: KeptBoot) -> Self {
        let KeptBoot { id, last_seen, top, holes } = kept;
        let anew = Stage::Open { asks: 0, due: last_seen.plus(WAITS_MS[0]) };
        let hole = |(from, to, given_up)| Hole { from, to, stage: if given_up { Stage::GivenUp } else { anew } };
        Self { id, last_seen, top, holes: holes.into_iter().map(hole).collect() }
    }
}

/// Adds a range to ask for, or widens the last one.
fn ask(ranges: &mut Vec<RangeInclusive<u64>>, from: u64, to: u64) {
    match ranges.last_mut() {
        Some(last) if from - last.end() <= ISLAND => *last = *last.start()..=to,
        Some(_) | None => ranges.push(from..=to),
    }
}
