//! Whatever a worker says and whenever: what is told of its camera is a story that holds together.

use std::collections::BTreeMap;

use domain::event::Body;
use domain::{MotionId, ZoneId};
use proptest::prelude::*;

use super::tests::{names, setup};
use super::*;

/// What happens next.
#[derive(Debug, Clone)]
enum Step {
    /// Time passes, milliseconds.
    Pass(i64),
    /// The worker says something that carries a time so many milliseconds ago.
    Say(Spoken, i64),
    /// The worker is gone.
    Exit,
    /// All ends.
    Stop,
}

#[derive(Debug, Clone)]
enum Spoken {
    Opening,
    Looked,
    Watching,
    Blind,
    Lost(u64),
    Over,
    Started(usize, u64),
    Ended(usize, u64, bool),
    Level(usize, u8),
}

fn spoken() -> impl Strategy<Value = Spoken> {
    let zone = 0..4_usize;
    prop_oneof![
        2 => Just(Spoken::Opening),
        12 => Just(Spoken::Looked),
        3 => Just(Spoken::Watching),
        1 => Just(Spoken::Blind),
        2 => (0..40_000_u64).prop_map(Spoken::Lost),
        1 => Just(Spoken::Over),
        6 => (zone.clone(), 1..6_u64).prop_map(|(zone, motion)| Spoken::Started(zone, motion)),
        6 => (zone.clone(), 1..6_u64, any::<bool>()).prop_map(|(zone, motion, lost)| Spoken::Ended(zone, motion, lost)),
        6 => (zone, 0..=100_u8).prop_map(|(zone, level)| Spoken::Level(zone, level)),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let ago = prop_oneof![6 => 0..300_i64, 1 => -5_000..60_000_i64];
    prop_oneof![
        8 => prop_oneof![4 => 0..1_500_i64, 1 => 0..90_000_i64].prop_map(Step::Pass),
        24 => (spoken(), ago).prop_map(|(spoken, ago)| Step::Say(spoken, ago)),
        1 => Just(Step::Exit),
        1 => Just(Step::Stop),
    ]
}

impl Spoken {
    fn word(&self, at_ms: i64) -> Word {
        match *self {
            Self::Opening => Word::Opening { at_ms },
            Self::Looked => Word::Looked { at_ms },
            Self::Watching => Word::Watching { at_ms },
            Self::Blind => Word::Blind { at_ms },
            Self::Lost(again_in_ms) => Word::Lost { at_ms, trouble: Trouble::Broken, why: String::new(), again_in_ms },
            Self::Over => Word::Over { at_ms },
            Self::Started(zone, motion) => Word::Started { zone, motion, at_ms, level: 0.5 },
            Self::Ended(zone, motion, lost) => {
                Word::Ended { zone, motion, began_ms: at_ms - 1_000, at_ms, level: 0.5, lost }
            }
            Self::Level(zone, level) => Word::Level { zone, at_ms, level: f64::from(level) / 100.0 },
        }
    }
}

/// Reads along, and holds what is told against the rules.
struct Judge {
    watcher: Watcher,
    now_ms: i64,
    online: Option<bool>,
    /// Of the last `online` or `offline`.
    turned_ms: i64,
    /// When the newest picture came, by any word that proves one, as far as it was believed.
    looked_ms: i64,
    blind_ms: Option<i64>,
    children: u32,
    pausing_since: Option<i64>,
    open: BTreeMap<MotionId, (ZoneId, i64)>,
    named: Vec<MotionId>,
}

impl Judge {
    fn new() -> Self {
        let (online, blind_ms, pausing_since) = (None, None, None);
        Self {
            watcher: Watcher::new(setup(), names(), 7, 0),
            now_ms: 0,
            online,
            turned_ms: 0,
            looked_ms: 0,
            blind_ms,
            children: 0,
            pausing_since,
            open: BTreeMap::new(),
            named: Vec::new(),
        }
    }

    fn obey(&mut self) {
        for act in self.watcher.acts() {
            match act {
                Act::Say { at_ms, body } => self.said(at_ms, &body),
                Act::Start => {
                    assert_eq!(self.children, 0, "two workers at once");
                    if let Some(since) = self.pausing_since.take() {
                        assert!((1_000..=30_000).contains(&(self.now_ms - since)), "{}", self.now_ms - since);
                    }
                    self.children += 1;
                    self.watcher.started(self.now_ms);
                }
                Act::End | Act::Kill => assert_eq!(self.children, 1, "nobody is there to end"),
            }
        }
    }

    fn said(&mut self, at_ms: i64, body: &Body) {
        assert!(at_ms <= self.now_ms, "{body:?} is of the future");
        assert!(at_ms >= self.turned_ms, "{body:?} at {at_ms} is of before {}", self.turned_ms);
        match body {
            Body::CameraOnline { .. } => {
                assert_ne!(self.online.replace(true), Some(true));
                assert_eq!(self.blind_ms, None, "nothing can be seen");
                self.turned_ms = at_ms;
            }
            Body::CameraOffline { reason, .. } => {
                assert_ne!(self.online.replace(false), Some(false), "told twice");
                assert!(reason.is_some() && self.open.is_empty(), "motions end first: {:?}", self.open);
                self.turned_ms = at_ms;
            }
            Body::MotionStarted { zone, motion, .. } => {
                assert_eq!(self.online, Some(true));
                assert!(!self.named.contains(motion), "a name is given once");
                assert!(self.open.values().all(|(other, _)| other != zone), "one motion a zone");
                self.named.push(*motion);
                self.open.insert(*motion, (*zone, at_ms));
                self.is_spoken_of(*zone);
            }
            Body::MotionEnded { zone, motion, duration_s, .. } => {
                assert_eq!(self.online, Some(true));
                let (began_in, began_ms) = self.open.remove(motion).expect("it began, and had not ended");
                assert_eq!((began_in, *duration_s), (*zone, Some((at_ms - began_ms) as f64 / 1_000.0)));
            }
            Body::Occupancy { zone, level, people, .. } => {
                assert_eq!(self.online, Some(true));
                assert!((0.0..=1.0).contains(level));
                assert_eq!(people.is_some(), zone.as_str() == "waiting");
                self.is_spoken_of(*zone);
            }
            other => panic!("a camera does not say {other:?}"),
        }
    }

    fn is_spoken_of(&self, zone: ZoneId) {
        assert_ne!(zone.as_str(), "street");
    }

    fn pass(&mut self, ms: i64) {
        let until_ms = self.now_ms + ms;
        while let Some(at_ms) = self.watcher.deadline().filter(|at_ms| *at_ms <= until_ms) {
            self.now_ms = self.now_ms.max(at_ms);
            self.watcher.on_time(self.now_ms);
            self.obey();
            self.judge_silence();
        }
        self.now_ms = until_ms;
        self.judge_silence();
    }

    /// Never longer than 5 s after the last picture, and never long while nothing can be seen.
    fn judge_silence(&self) {
        if self.online == Some(true) {
            assert!(self.now_ms - self.looked_ms <= 5_000, "silent since {}", self.looked_ms);
            assert!(self.blind_ms.is_none_or(|since| self.now_ms - since <= 10_000), "blind since {:?}", self.blind_ms);
        }
    }

    fn hear(&mut self, spoken: &Spoken, ago_ms: i64) {
        if self.children == 0 {
            return;
        }
        let (word, at_ms) = (spoken.word(self.now_ms - ago_ms), (self.now_ms - ago_ms).min(self.now_ms));
        match spoken {
            Spoken::Looked | Spoken::Level(..) | Spoken::Watching => self.looked_ms = self.looked_ms.max(at_ms),
            _ => {}
        }
        match spoken {
            Spoken::Watching | Spoken::Level(..) => self.blind_ms = None,
            Spoken::Blind => _ = self.blind_ms.get_or_insert(at_ms),
            _ => {}
        }
        self.watcher.hear(self.now_ms, &word);
        self.obey();
    }

    fn exit(&mut self) {
        if self.children == 1 {
            (self.children, self.blind_ms, self.pausing_since) = (0, None, Some(self.now_ms));
            self.watcher.exited(self.now_ms);
            self.obey();
        }
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Pass(ms) => self.pass(*ms),
            Step::Say(spoken, ago_ms) => self.hear(spoken, *ago_ms),
            Step::Exit => self.exit(),
            Step::Stop => {
                self.watcher.stop(self.now_ms);
                self.obey();
                assert_eq!(self.online, Some(false));
            }
        }
        assert_eq!(self.watcher.is_online(), self.online);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_story_holds_together(steps in prop::collection::vec(step(), 1..120)) {
        let mut judge = Judge::new();
        judge.watcher.on_time(0);
        judge.obey();
        for step in &steps {
            judge.take(step);
        }
        judge.take(&Step::Stop);
        assert!(judge.open.is_empty(), "every motion ends");
        judge.exit();
        judge.pass(100_000);
        assert_eq!(judge.children, 0, "nothing is started after the end");
    }
}
