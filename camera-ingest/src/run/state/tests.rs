//! A camera's story, word by word.

use domain::event::Body;
use domain::{CameraId, MotionId, ZoneId};

use super::*;

const PATIENCE: Patience = Patience { first_frame_ms: 15_000, stall_ms: 4_000 };

/// A camera with a waiting area for twenty, a street that is not looked at, and a counter.
pub(super) fn setup() -> Setup {
    let zone = |zone, told, seats| WatchedZone { zone: ZoneId::new(zone).unwrap(), told, seats };
    Setup {
        camera: CameraId::new("cam-1").unwrap(),
        zones: vec![zone("waiting", true, Some(20)), zone("street", false, None), zone("q1", true, None)],
        patience: PATIENCE,
    }
}

pub(super) fn names() -> Names {
    let mut count = 0;
    Box::new(move || {
        count += 1;
        MotionId::new(&format!("m{count}")).unwrap()
    })
}

/// A watcher and all that it has asked for, in short words.
struct Story {
    watcher: Watcher,
    told: Vec<String>,
}

impl Story {
    /// The worker runs since 0.
    fn begun() -> Self {
        let mut story = Self { watcher: Watcher::new(setup(), names(), 1, 0), told: Vec::new() };
        story.at(0);
        assert_eq!(story.news(), ["start"]);
        story.watcher.started(0);
        story
    }

    /// The first picture at 1 s, the room known at 2 s.
    fn watching() -> Self {
        let mut story = Self::begun();
        story.hear(100, Word::Opening { at_ms: 100 });
        story.hear(1_000, Word::Looked { at_ms: 1_000 });
        story.hear(2_000, Word::Watching { at_ms: 2_000 });
        assert_eq!(story.news(), ["1000 online"]);
        story
    }

    fn hear(&mut self, now_ms: i64, word: Word) {
        self.watcher.hear(now_ms, &word);
        self.gather();
    }

    fn at(&mut self, now_ms: i64) {
        self.watcher.on_time(now_ms);
        self.gather();
    }

    /// Lets time pass, as a runner does: from deadline to deadline.
    fn pass(&mut self, until_ms: i64) {
        while let Some(at_ms) = self.watcher.deadline().filter(|at_ms| *at_ms <= until_ms) {
            self.at(at_ms);
        }
    }

    fn gather(&mut self) {
        self.told.extend(self.watcher.acts().iter().map(short));
    }

    fn news(&mut self) -> Vec<String> {
        self.gather();
        std::mem::take(&mut self.told)
    }
}

fn short(act: &Act) -> String {
    let Act::Say { at_ms, body } = act else { return format!("{act:?}").to_lowercase() };
    let what = match body {
        Body::CameraOnline { .. } => "online".to_owned(),
        Body::CameraOffline { reason, .. } => format!("offline {}", reason.as_deref().unwrap()),
        Body::MotionStarted { zone, motion, level, .. } => format!("{zone} {motion} starts {level:?}"),
        Body::MotionEnded { zone, motion, duration_s, level, reason, .. } => {
            format!("{zone} {motion} ends after {} {level:?} {reason:?}", duration_s.unwrap())
        }
        Body::Occupancy { zone, level, people, .. } => format!("{zone} is {level} {people:?}"),
        other => panic!("a camera does not say {other:?}"),
    };
    format!("{at_ms} {what}")
}

const fn started(zone: usize, motion: u64, at_ms: i64) -> Word {
    Word::Started { zone, motion, at_ms, level: 0.1 }
}

const fn ended(zone: usize, motion: u64, at_ms: i64) -> Word {
    Word::Ended { zone, motion, began_ms: 0, at_ms, level: 0.2, lost: false }
}

const fn lost(at_ms: i64) -> Word {
    Word::Lost { at_ms, trouble: Trouble::Unreachable, why: String::new(), again_in_ms: 1_000 }
}

#[test]
fn a_quiet_morning() {
    let mut story = Story::watching();
    story.hear(2_000, Word::Level { zone: 0, at_ms: 2_000, level: 0.0 });
    story.hear(5_000, started(0, 1, 4_300));
    story.hear(5_500, Word::Level { zone: 0, at_ms: 5_500, level: 0.46 });
    story.hear(9_000, ended(0, 1, 7_300));
    assert_eq!(
        story.news(),
        [
            "2000 waiting is 0 Some(0)",
            "4300 waiting m1 starts Some(0.1)",
            "5500 waiting is 0.46 Some(9)",
            "7300 waiting m1 ends after 3 Some(0.46) None",
        ]
    );
    let known: Vec<_> = story.watcher.levels().collect();
    assert_eq!(known, [Known { zone: ZoneId::new("waiting").unwrap(), level: 0.46, people: Some(9) }]);
}

#[test]
fn what_is_not_to_be_spoken_of_is_not() {
    let mut story = Story::watching();
    for zone in [1, 3, usize::MAX] {
        story.hear(3_000, started(zone, 1, 3_000));
        story.hear(3_000, Word::Level { zone, at_ms: 3_000, level: 0.5 });
        story.hear(3_000, ended(zone, 1, 3_000));
    }
    assert_eq!(story.news(), [""; 0]);
    assert_eq!(story.watcher.levels().count(), 0);
}

#[test]
fn a_silent_worker_is_judged_by_our_clock() {
    let mut story = Story::watching();
    story.hear(3_000, started(2, 1, 3_000));
    story.hear(6_000, Word::Looked { at_ms: 6_000 });
    story.pass(10_499);
    assert_eq!(story.news(), ["3000 q1 m1 starts Some(0.1)"]);
    story.pass(10_500);
    assert_eq!(story.news(), [r#"6000 q1 m1 ends after 3 Some(0.1) Some("camera_offline")"#, "6000 offline stalled"]);
    story.pass(24_999);
    assert_eq!(story.news(), [""; 0], "told once");
    story.pass(25_000);
    assert_eq!(story.news(), ["kill"]);
    story.watcher.exited(25_100);
    story.pass(26_099);
    assert_eq!(story.news(), [""; 0], "the first pause is 1 to 2 s");
    story.pass(27_100);
    assert_eq!(story.news(), ["start"]);
}

#[test]
fn a_worker_that_only_paused_goes_on_where_it_was() {
    let mut story = Story::watching();
    story.hear(3_000, started(0, 1, 3_000));
    story.hear(3_000, Word::Level { zone: 0, at_ms: 3_000, level: 0.3 });
    story.pass(8_000);
    story.news();
    // What lay in the pipe is old news.
    story.hear(9_000, Word::Looked { at_ms: 4_000 });
    assert_eq!(story.news(), [""; 0]);
    story.hear(9_000, Word::Looked { at_ms: 9_000 });
    assert_eq!(story.news(), ["9000 online", "9000 waiting is 0.3 Some(6)", "9000 waiting m2 starts Some(0.3)"]);
    story.hear(11_000, ended(0, 1, 10_000));
    assert_eq!(story.news(), ["10000 waiting m2 ends after 1 Some(0.3) None"]);
}

#[test]
fn a_lost_stream_is_told_once_with_its_reason() {
    let mut story = Story::watching();
    story.hear(3_000, started(0, 1, 3_000));
    story.hear(3_000, Word::Level { zone: 0, at_ms: 3_000, level: 0.3 });
    let ended = Word::Ended { zone: 0, motion: 1, began_ms: 3_000, at_ms: 3_500, level: 0.3, lost: true };
    story.hear(3_600, ended);
    for now_ms in [3_600, 5_000, 8_000] {
        story.hear(now_ms, lost(3_500));
        story.hear(now_ms, Word::Opening { at_ms: now_ms });
    }
    story.pass(9_000);
    assert_eq!(
        story.news(),
        [
            "3000 waiting m1 starts Some(0.1)",
            "3000 waiting is 0.3 Some(6)",
            r#"3500 waiting m1 ends after 0.5 Some(0.3) Some("camera_offline")"#,
            "3500 offline unreachable",
        ]
    );
    assert_eq!(story.watcher.levels().count(), 0);
    story.hear(9_500, Word::Looked { at_ms: 9_400 });
    assert_eq!(story.news(), ["9400 online"], "what the zones are is not known yet");
    story.hear(9_800, Word::Level { zone: 0, at_ms: 9_800, level: 0.3 });
    assert_eq!(story.news(), ["9800 waiting is 0.3 Some(6)"], "the first level is told, changed or not");
}

#[test]
fn a_camera_that_never_shows_anything() {
    let mut story = Story::begun();
    story.hear(100, Word::Opening { at_ms: 100 });
    story.pass(15_599);
    assert_eq!(story.watcher.is_online(), None);
    story.pass(15_600);
    assert_eq!(story.news(), ["0 offline stalled"]);
    let mut refused = Story::begun();
    refused.hear(100, lost(90));
    assert_eq!(refused.news(), ["0 offline unreachable"]);
    assert_eq!(refused.watcher.is_online(), Some(false));
}

#[test]
fn a_slow_camera_is_given_its_time() {
    let mut setup = setup();
    setup.patience.first_frame_ms = 60_000;
    let mut watcher = Watcher::new(setup, names(), 1, 0);
    watcher.on_time(0);
    watcher.started(0);
    watcher.hear(100, &Word::Opening { at_ms: 100 });
    assert_eq!((watcher.acts().len(), watcher.deadline()), (1, Some(60_600)));
    watcher.on_time(60_600);
    assert_eq!((watcher.acts().len(), watcher.deadline()), (1, Some(75_100)), "silent for another 15 s: killed");
}

#[test]
fn a_worker_that_waits_is_not_killed() {
    let mut story = Story::watching();
    story.hear(3_000, Word::Lost { at_ms: 2_900, trouble: Trouble::Ended, why: String::new(), again_in_ms: 30_000 });
    story.pass(33_000 + 18_999);
    assert_eq!(story.news(), ["2000 offline ended"]);
    story.pass(33_000 + 19_000);
    assert_eq!(story.news(), ["kill"]);
}

#[test]
fn a_crash_ends_what_was_open_and_the_pauses_grow() {
    let mut story = Story::watching();
    story.hear(3_000, started(0, 7, 2_500));
    story.watcher.exited(3_100);
    assert_eq!(
        story.news(),
        [
            "2500 waiting m1 starts Some(0.1)",
            r#"2500 waiting m1 ends after 0 Some(0.1) Some("camera_offline")"#,
            "2500 offline worker",
        ]
    );
    let mut now_ms = 3_100;
    for least_ms in [1_000, 2_000, 4_000, 8_000, 15_000, 15_000] {
        let at_ms = story.watcher.deadline().unwrap();
        assert!((least_ms..=2 * least_ms).contains(&(at_ms - now_ms)), "{least_ms}: {}", at_ms - now_ms);
        story.at(at_ms);
        assert_eq!(story.news(), ["start"]);
        story.watcher.started(at_ms);
        now_ms = at_ms + 10;
        story.watcher.exited(now_ms);
        assert_eq!(story.news(), [""; 0], "it is still offline");
    }
    // One that works for a minute makes a new story.
    let at_ms = story.watcher.deadline().unwrap();
    story.at(at_ms);
    story.watcher.started(at_ms);
    story.hear(at_ms + 1_000, Word::Looked { at_ms: at_ms + 1_000 });
    story.hear(at_ms + 61_000, Word::Looked { at_ms: at_ms + 61_000 });
    story.watcher.exited(at_ms + 61_000);
    assert!(story.watcher.deadline().unwrap() <= at_ms + 63_000);
}

#[test]
fn a_covered_camera_is_offline_until_it_sees_again() {
    let mut story = Story::watching();
    story.hear(3_000, started(0, 1, 3_000));
    story.hear(5_000, Word::Blind { at_ms: 4_000 });
    for now_ms in (5_000..=14_000).step_by(1_000) {
        story.hear(now_ms, Word::Looked { at_ms: now_ms });
        story.pass(now_ms);
    }
    assert_eq!(
        story.news(),
        [
            "3000 waiting m1 starts Some(0.1)",
            r#"4000 waiting m1 ends after 1 Some(0.1) Some("camera_offline")"#,
            "4000 offline blind",
        ]
    );
    // Lost and found again: still covered.
    story.hear(15_000, lost(14_500));
    story.hear(17_000, Word::Looked { at_ms: 17_000 });
    assert_eq!(story.news(), [""; 0]);
    story.hear(20_000, Word::Watching { at_ms: 20_000 });
    story.hear(20_000, Word::Level { zone: 2, at_ms: 20_000, level: 0.0 });
    assert_eq!(story.news(), ["20000 online", "20000 q1 is 0 None"]);
}

#[test]
fn a_hand_before_the_lens_is_nothing() {
    let mut story = Story::watching();
    story.hear(3_000, Word::Blind { at_ms: 3_000 });
    story.hear(12_000, Word::Looked { at_ms: 12_000 });
    story.hear(12_900, Word::Watching { at_ms: 12_900 });
    story.pass(16_000);
    assert_eq!(story.news(), [""; 0]);
}

#[test]
fn an_outage_never_begins_before_what_was_told() {
    let mut story = Story::watching();
    story.hear(6_000, Word::Level { zone: 0, at_ms: 5_900, level: 0.5 });
    story.hear(7_000, Word::Blind { at_ms: 4_000 });
    story.hear(13_000, Word::Looked { at_ms: 13_000 });
    story.pass(14_000);
    assert_eq!(story.news(), ["5900 waiting is 0.5 Some(10)", "5900 offline blind"]);
}

#[test]
fn a_file_that_is_over_is_not_begun_again() {
    let mut story = Story::watching();
    story.hear(3_000, Word::Over { at_ms: 3_000 });
    story.watcher.exited(3_100);
    assert_eq!(story.news(), ["2000 offline ended"]);
    assert_eq!((story.watcher.deadline(), story.watcher.has_worker()), (None, false));
}

#[test]
fn a_worker_that_cannot_be_started() {
    let mut story = Story { watcher: Watcher::new(setup(), names(), 1, 0), told: Vec::new() };
    story.at(0);
    story.watcher.not_started(0, "no_password");
    assert_eq!(story.news(), ["start", "0 offline no_password"]);
    let again_ms = story.watcher.deadline().unwrap();
    assert!((1_000..=2_000).contains(&again_ms));
    story.at(again_ms);
    assert_eq!(story.news(), ["start"]);
}

#[test]
fn an_orderly_end() {
    let mut story = Story::watching();
    story.hear(3_000, started(0, 1, 3_000));
    story.watcher.stop(3_500);
    story.hear(3_600, ended(0, 1, 3_600));
    story.hear(3_600, lost(3_600));
    assert_eq!(
        story.news(),
        [
            "3000 waiting m1 starts Some(0.1)",
            r#"3000 waiting m1 ends after 0 Some(0.1) Some("camera_offline")"#,
            "3000 offline stopped",
            "end",
        ]
    );
    story.pass(4_500);
    assert_eq!(story.news(), ["kill"], "one that will not end");
    story.watcher.exited(4_600);
    assert_eq!((story.news(), story.watcher.deadline(), story.watcher.has_worker()), (vec![], None, false));
}

#[test]
fn one_that_ends_before_it_began_says_so() {
    let mut story = Story::begun();
    story.watcher.stop(200);
    assert_eq!(story.news(), ["0 offline stopped", "end"]);
}
