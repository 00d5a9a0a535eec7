//! R18: cameras stall, talk rubbish, come back as others, go black, vanish; several at the same time,
//! by a seeded schedule. What is not seen is not known, and never empty.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::{Duration, Instant};

use harness::cameras::centre::{Camera, Centre};
use harness::cameras::clip::Clip;
use harness::cameras::family::{lives, zombies};
use harness::cameras::server::{Server, free_port, url};
use harness::cameras::tap::Message;
use harness::cameras::wall::{Glimpse, Wall};
use harness::cameras::{centre, missing};
use harness::proxy::{Fault, Proxy};
use harness::seed::Seed;
use harness::torture::Scenario;
use harness::wait::eventually;
use serde_json::json;

/// After the last picture the loss is told within this (the goal).
const TOLD: Duration = Duration::from_secs(5);
/// From the trouble to the wall, whatever else the machine does: ten times the goal.
const LIMIT: Duration = Duration::from_secs(50);
/// One camera's trouble delays no other by more than this.
const DELAY: Duration = Duration::from_secs(1);
/// In the clip something changes all the time, and a change is told once a second at most: between
/// two words of a camera that sees lie less than two seconds, and the delay that is allowed.
const BETWEEN_WORDS: Duration = Duration::from_millis(2_500);
/// Back after a trouble: the longest pause between two attempts is 30 s, and then the first picture.
const RECOVERS: Duration = Duration::from_secs(120);

/// What is done to a camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    /// Its process stands still; connections stay open.
    Stall,
    /// On the way to it.
    Link(Fault),
    /// Its process is gone for a while; connections to it are refused.
    Gone,
    /// Switched off and on: its clock begins at zero again.
    Restart,
    /// It comes back with another size of picture, and later with its own.
    Size,
    /// It comes back with a black picture, and later with its own.
    Black,
}

impl Trouble {
    const ALL: [Self; 11] = [
        Self::Stall,
        Self::Link(Fault::BlackHole),
        Self::Gone,
        Self::Link(Fault::Flip),
        Self::Size,
        Self::Link(Fault::Rubbish),
        Self::Black,
        Self::Link(Fault::HalfOpen),
        Self::Restart,
        Self::Link(Fault::Drip),
        Self::Link(Fault::Reset),
    ];
}

/// One incident, as it went.
#[derive(Debug)]
#[expect(dead_code, reason = "the trouble is read where a failure is told")]
struct Incident {
    camera: String,
    trouble: Trouble,
    /// All zones were known and nothing was wrong since then.
    calm: Instant,
    begin: Instant,
    /// The wall showed that nothing is known.
    unknown: Instant,
    /// It was all right again from outside.
    mended: Instant,
    /// All zones were known again.
    known: Instant,
}

/// A camera that things happen to.
struct Victim {
    camera: String,
    port: u16,
    link: Proxy,
    server: Option<Server>,
}

impl Victim {
    fn new(number: usize) -> Self {
        let port = free_port();
        let server = Some(serve(Clip::Hall, port));
        Self { camera: format!("cam-{number}"), port, link: Proxy::before(port), server }
    }

    fn strike(&mut self, trouble: Trouble, wall: &Wall, seed: &mut Seed, calm: Instant) -> Incident {
        let begin = Instant::now();
        let mut frozen = None;
        match trouble {
            Trouble::Stall => frozen = self.server.as_ref().map(|server| server.stand_still().unwrap()),
            Trouble::Link(fault) => self.link.set(fault),
            Trouble::Gone => self.server = None,
            Trouble::Restart => self.again(Clip::Hall),
            Trouble::Size => self.again(Clip::Larger),
            Trouble::Black => self.again(Clip::Black),
        }
        // A camera that is switched off and on is gone too, however short that is.
        let unknown = self.unknown(wall, begin, trouble);
        lasts(Duration::from_millis(seed.below(2_000)));
        if trouble == Trouble::Size {
            // With the other size it sees as well as before.
            self.known(wall);
        }
        drop(frozen);
        self.link.set(Fault::None);
        if matches!(trouble, Trouble::Gone | Trouble::Size | Trouble::Black) {
            self.again(Clip::Hall);
        }
        let mended = Instant::now();
        let known = self.known(wall);
        Incident { camera: self.camera.clone(), trouble, calm, begin, unknown, mended, known }
    }

    /// The server ends and is there again at once, with this clip.
    fn again(&mut self, clip: Clip) {
        self.server = None;
        self.server = Some(serve(clip, self.port));
    }

    fn unknown(&self, wall: &Wall, begin: Instant, trouble: Trouble) -> Instant {
        eventually(LIMIT, &format!("the wall to know nothing of {} ({trouble:?})", self.camera), || {
            let since = wall.unknown_since(&self.camera).filter(|since| *since >= begin);
            since.ok_or_else(|| format!("{:?}", wall.levels(&self.camera)))
        })
    }

    /// A level that was on its way when the trouble began is no sign of life.
    fn known(&self, wall: &Wall) -> Instant {
        let since = Instant::now() + DELAY;
        eventually(RECOVERS, &format!("{} to be seen again", self.camera), || {
            let levels = wall.levels(&self.camera);
            let known = levels.len() == 5 && levels.values().all(Option::is_some);
            if known && wall.has_seen_since(&self.camera, since) {
                Ok(Instant::now())
            } else {
                Err(format!("{levels:?}"))
            }
        })
    }
}

fn serve(clip: Clip, port: u16) -> Server {
    Server::start(&clip.file(), port, &["--tcp-only"])
}

#[test]
fn r18_whatever_a_camera_does_it_is_unknown_in_time_never_empty_and_alone() {
    if let Some(missing) = missing() {
        return println!("skipped: {missing}");
    }
    let scenario = Scenario::begin("R18");
    let mut seed = scenario.seed();
    let (cameras, each) = scenario.size((10, 5), (12, 84));
    let mut victims: Vec<Victim> = (1..=cameras).map(Victim::new).collect();
    let named = |victim: &Victim| Camera::new(&victim.camera, &url(victim.link.port, "cam"));
    let mut hall = Centre::start(&victims.iter().map(named).collect::<Vec<_>>(), "");
    let wall = Wall::open(&hall.motcua.http, centre::SITE).unwrap();
    for victim in &victims {
        victim.known(&wall);
    }
    let (tell, told) = sync_channel(cameras * each);
    let stop = AtomicBool::new(false);
    let workers = thread::scope(|scope| {
        for (number, victim) in victims.iter_mut().enumerate() {
            let (tell, wall, mut seed) = (tell.clone(), &wall, Seed::new(seed.bits()));
            let stop = &stop;
            scope.spawn(move || {
                let _told = TellsOthers(stop);
                suffer(victim, number, each, wall, &mut seed, |one| {
                    tell.send(one).unwrap();
                    !stop.load(Ordering::Relaxed)
                });
            });
        }
        drop(tell);
        hall.eyes.workers()
    });
    let incidents: Vec<Incident> = told.iter().collect();
    assert_eq!(incidents.len(), cameras * each);
    let glimpses = wall.end().unwrap();
    let messages = hall.tap.sent(|tap| tap.messages());
    let told_s = told_in_time(&messages);
    let wall_s = on_the_wall(&incidents);
    let least = never_empty(&glimpses);
    let (between_s, late_s) = alone(&incidents, &messages, &glimpses);
    let children = nobody_is_left(&mut hall, cameras, workers);
    let mut recovery: Vec<f64> = incidents.iter().map(|one| (one.known - one.mended).as_secs_f64()).collect();
    recovery.sort_by(f64::total_cmp);
    scenario.tell(json!({"what": "troubles of cameras, several at once", "n": incidents.len(), "cameras": cameras,
        "offline_told": told_s.len(), "told_after_last_picture_s_max": most(&told_s),
        "wall_unknown_s_max": most(&wall_s), "empty_shown": 0, "least_shown": least, "recovered_s_median": recovery[recovery.len() / 2],
        "recovered_s_max": most(&recovery), "others_between_words_s_max": between_s, "others_late_s_max": late_s,
        "zombies": 0, "left": 0, "workers": children}));
}

/// Where one camera's test has failed, the others' need not go on.
struct TellsOthers<'a>(&'a AtomicBool);

impl Drop for TellsOthers<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.store(true, Ordering::Relaxed);
        }
    }
}

/// All the troubles of one camera, each kind as often as the others.
fn suffer(
    victim: &mut Victim,
    number: usize,
    each: usize,
    wall: &Wall,
    seed: &mut Seed,
    mut tell: impl FnMut(Incident) -> bool,
) {
    for turn in 0..each {
        let calm = Instant::now();
        lasts(Duration::from_millis(1_000 + seed.below(3_000)));
        let trouble = Trouble::ALL[(number * 3 + turn) % Trouble::ALL.len()];
        if !tell(victim.strike(trouble, wall, seed, calm)) {
            return;
        }
    }
}

/// By the events' own times: from the last picture to the word on the wire.
fn told_in_time(messages: &[Message]) -> Vec<f64> {
    let mut told = Vec::new();
    for message in messages {
        let event = message.json();
        // What the first attempt says is about no picture.
        if event["type"] == "camera.offline" && message.topic.ends_with("/evt") {
            let after_ms = message.at_ms - harness::oracle::Instant::parse(event["ts"].as_str().unwrap()).unwrap().ms;
            let limit = TOLD.as_millis() as i64;
            assert!(after_ms <= limit, "told {after_ms} ms after the last picture: {event}");
            told.push(after_ms as f64 / 1_000.0);
        }
    }
    told
}

/// From the trouble to the wall. The goal and what a busy machine adds: at most twice the goal.
fn on_the_wall(incidents: &[Incident]) -> Vec<f64> {
    let mut all = Vec::new();
    for one in incidents {
        let after = one.unknown.saturating_duration_since(one.begin);
        assert!(after <= TOLD * 2, "{after:?} until the wall knew that nothing is known: {one:?}");
        all.push(after.as_secs_f64());
    }
    all
}

/// Somebody is always at the desk, so whoever says that nobody is there makes it up. Gives the least
/// that was said.
fn never_empty(glimpses: &[Glimpse]) -> f64 {
    let mut least = f64::INFINITY;
    for glimpse in glimpses.iter().filter(|glimpse| glimpse.zone == "desk") {
        if let Some(level) = glimpse.level {
            least = least.min(level);
            assert!(level > 0.0, "nobody at the desk of {}: {glimpse:?}", glimpse.camera);
        }
    }
    assert!(least <= 1.0, "nothing was seen");
    least
}

/// While other cameras have their troubles, this one goes on: the longest silence of a camera that
/// sees, and how late its words were.
fn alone(incidents: &[Incident], messages: &[Message], glimpses: &[Glimpse]) -> (f64, f64) {
    let mut between = Duration::ZERO;
    for one in incidents {
        let own = glimpses.iter().filter(|glimpse| glimpse.camera == one.camera);
        let calm = own.filter(|glimpse| (one.calm..one.begin).contains(&glimpse.at)).map(|glimpse| glimpse.at);
        let mut last = one.calm;
        for at in calm.chain([one.begin]) {
            between = between.max(at - last);
            last = at;
        }
        assert!(between <= BETWEEN_WORDS, "{between:?} without a word of {one:?}");
    }
    let mut late: Vec<i64> = Vec::new();
    for message in messages.iter().filter(|message| message.topic.ends_with("/evt")) {
        let event = message.json();
        if event["type"] == "camera.occupancy" {
            late.push(message.at_ms - harness::oracle::Instant::parse(event["ts"].as_str().unwrap()).unwrap().ms);
        }
    }
    late.sort_unstable();
    // The machine itself may stand still for a moment; that is no camera's trouble.
    let (usual, latest) = (late[late.len() * 99 / 100], late[late.len() - 1]);
    assert!(usual <= DELAY.as_millis() as i64, "one level of a hundred came {usual} ms after its picture");
    assert!(latest <= BETWEEN_WORDS.as_millis() as i64, "a level came {latest} ms after its picture");
    (between.as_secs_f64(), latest as f64 / 1_000.0)
}

/// No dead child is left lying about, as many workers as cameras, and none outlives its parent.
fn nobody_is_left(hall: &mut Centre, cameras: usize, before: Vec<u32>) -> usize {
    let workers = eventually(LIMIT, "a worker a camera", || {
        let workers = hall.eyes.workers();
        if workers.len() == cameras { Ok(workers) } else { Err(format!("{workers:?}")) }
    });
    let parents = [hall.eyes.pid(), hall.motcua.supervisor()];
    assert_eq!(zombies(&parents), Vec::<u32>::new());
    assert!(hall.eyes.stop(), "it ends in good order");
    let left = workers.iter().chain(&before).filter(|pid| lives(**pid, "camera-ingest"));
    assert_eq!(left.collect::<Vec<_>>(), Vec::<&u32>::new());
    workers.len()
}

fn most(figures: &[f64]) -> f64 {
    figures.iter().copied().fold(0.0, f64::max)
}

/// A trouble lasts as long as it lasts: nothing is waited for.
fn lasts(time: Duration) {
    let begin = Instant::now();
    while begin.elapsed() < time {
        thread::park_timeout(time.saturating_sub(begin.elapsed()));
    }
}
