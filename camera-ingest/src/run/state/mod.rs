//! One camera as its parent sees it: what is told of it, and when its worker is started and ended.
//!
//! Pure: no clock, no process, no broker. Times are milliseconds of the host's boot clock
//! (CLOCK_BOOTTIME), the clock of the workers' words, and are given with each call. Whoever owns a
//! [`Watcher`] does what it asks for ([`Act`]), and tells it what came of it.
//!
//! - `picture`: is there a picture; when that is said (`camera.offline`, `camera.online`)
//! - `zones`: what is told of the zones while there is one
//! - `life`: the worker's process: patience, killing, starting again

mod life;
mod picture;
#[cfg(test)]
mod property;
#[cfg(test)]
mod tests;
mod zones;

use domain::event::Body;
use domain::{CameraId, MotionId, ZoneId};

use crate::worker::protocol::{Trouble, Word};
use life::Life;
use picture::{Change, Picture};
use zones::Zones;

pub use life::Phase;

/// Why a picture is gone that nobody lost: the program, or this camera's part of it, was asked to end.
pub const STOPPED: &str = "stopped";
/// Why a motion ended of which nobody saw the end.
pub const CAMERA_OFFLINE: &str = "camera_offline";

/// What a camera is, as far as its watcher needs to know.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Its id.
    pub camera: CameraId,
    /// Its zones, in the order of the worker's job.
    pub zones: Vec<WatchedZone>,
    /// How long it may be silent.
    pub patience: Patience,
}

/// One zone.
#[derive(Debug, Clone, Copy)]
pub struct WatchedZone {
    /// Its id.
    pub zone: ZoneId,
    /// Of a zone of kind `ignore` nothing is told.
    pub told: bool,
    /// Where the site's file says how many people fill it.
    pub seats: Option<u32>,
}

/// How long a camera may be silent, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Until its first picture.
    pub first_frame_ms: i64,
    /// Between two pictures.
    pub stall_ms: i64,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "a handful at a time")]
pub enum Act {
    /// Say this of that time.
    Say {
        /// When it happened.
        at_ms: i64,
        /// What.
        body: Body,
    },
    /// Start a worker; then [`Watcher::started`] or [`Watcher::not_started`].
    Start,
    /// Let the worker end by itself, soon; then [`Watcher::exited`].
    End,
    /// Kill the worker; then [`Watcher::exited`].
    Kill,
}

/// Names a motion, uniquely for ever.
pub type Names = Box<dyn FnMut() -> MotionId + Send>;

/// A zone's level, while it is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Known {
    /// The zone.
    pub zone: ZoneId,
    /// 0..1.
    pub level: f64,
    /// Where the site's file says how many people fill the zone.
    pub people: Option<u32>,
}

/// One camera's watcher.
pub struct Watcher {
    camera: CameraId,
    picture: Picture,
    zones: Zones,
    life: Life,
    acts: Vec<Act>,
}

impl Watcher {
    /// A watcher that wants its worker started at once. `seed` jitters its pauses.
    #[must_use]
    pub fn new(setup: Setup, names: Names, seed: u64, now_ms: i64) -> Self {
        let Setup { camera, zones, patience } = setup;
        Self {
            camera,
            picture: Picture::new(patience, now_ms),
            zones: Zones::new(camera, zones, names),
            life: Life::new(patience, seed, now_ms),
            acts: Vec::new(),
        }
    }

    /// What is to be done now, in this order.
    pub fn acts(&mut self) -> Vec<Act> {
        std::mem::take(&mut self.acts)
    }

    /// When [`Watcher::on_time`] has something to do, if nothing else happens before.
    #[must_use]
    pub fn deadline(&self) -> Option<i64> {
        // While the program ends nothing is judged any more.
        let picture = self.picture.deadline().filter(|_| !self.life.is_stopping());
        [picture, self.life.deadline()].into_iter().flatten().min()
    }

    /// Looks at the clock.
    pub fn on_time(&mut self, now_ms: i64) {
        if !self.life.is_stopping()
            && let Some(change) = self.picture.on_time(now_ms)
        {
            self.change(&change);
        }
        self.acts.extend(self.life.on_time(now_ms));
    }

    /// The worker that was asked for runs.
    pub fn started(&mut self, now_ms: i64) {
        self.acts.extend(self.life.started(now_ms));
    }

    /// The worker that was asked for cannot be started: it is asked for again later. `reason` is
    /// the code for `camera.offline`.
    pub fn not_started(&mut self, now_ms: i64, reason: &str) {
        self.life.exited(now_ms);
        self.lose(reason);
    }

    /// The worker is gone and reaped, whatever the reason.
    pub fn exited(&mut self, now_ms: i64) {
        self.life.exited(now_ms);
        self.picture.eye_is_gone();
        self.lose(code(Trouble::Worker));
    }

    /// The worker said something.
    pub fn hear(&mut self, now_ms: i64, word: &Word) {
        self.life.heard(now_ms, word);
        if self.life.is_stopping() {
            return;
        }
        // Nothing happens in the future, whatever a worker says.
        let past = |at_ms: i64| at_ms.min(now_ms);
        match *word {
            Word::Opening { at_ms } => self.picture.opening(past(at_ms)),
            Word::Stream(_) | Word::Picture { .. } => {}
            Word::Looked { at_ms } => {
                let change = self.picture.looked(past(at_ms), now_ms);
                self.change_if(change);
            }
            Word::Watching { at_ms } => {
                let change = self.picture.watching(past(at_ms), now_ms);
                self.change_if(change);
            }
            Word::Blind { at_ms } => self.picture.blind(past(at_ms)),
            Word::Lost { trouble, .. } => self.lose(code(trouble)),
            Word::Over { .. } => self.lose(code(Trouble::Ended)),
            Word::Started { zone, motion, at_ms, level } => {
                let span = self.picture.span(now_ms);
                self.zones.started((zone, motion), at_ms, level, span, &mut self.acts);
            }
            Word::Ended { zone, motion, at_ms, level, lost, .. } => {
                let span = self.picture.span(now_ms);
                self.zones.ended((zone, motion), at_ms, level, lost, span, &mut self.acts);
            }
            Word::Level { zone, at_ms, level } => {
                // Who can tell that sees; the picture itself is told by `looked`.
                self.picture.sees(past(at_ms));
                self.zones.level(zone, at_ms, level, self.picture.span(now_ms), &mut self.acts);
            }
        }
        self.note_what_was_said();
    }

    /// The program, or this camera's part of it, ends: all is said of it that will be, and the
    /// worker ends. What the worker still says is not heard.
    pub fn stop(&mut self, now_ms: i64) {
        self.lose(STOPPED);
        self.acts.extend(self.life.stop(now_ms));
    }

    /// Whether there is a worker, or one was asked for.
    #[must_use]
    pub fn has_worker(&self) -> bool {
        self.life.has_worker()
    }

    /// Whether it is to end.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.life.is_stopping()
    }

    /// Whether there is a picture; `None` while nobody knows.
    #[must_use]
    pub fn is_online(&self) -> Option<bool> {
        self.picture.is_there()
    }

    /// What the worker is at.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.life.phase()
    }

    /// The levels that are known; none while there is no picture.
    pub fn levels(&self) -> impl Iterator<Item = Known> + '_ {
        self.zones.known().filter(|_| self.picture.is_there() == Some(true))
    }

    /// When the last picture came, or was waited for first.
    #[must_use]
    pub fn last_ms(&self) -> i64 {
        self.picture.last_ms()
    }

    /// The picture is gone, and with it what the worker's eye knew.
    fn lose(&mut self, reason: &str) {
        let change = self.picture.lost(reason);
        self.change_if(change);
        self.zones.forget();
    }

    fn change_if(&mut self, change: Option<Change>) {
        if let Some(change) = change {
            self.change(&change);
        }
    }

    fn change(&mut self, change: &Change) {
        let camera = self.camera;
        match change {
            Change::Online { at_ms } => {
                self.say(*at_ms, Body::CameraOnline { camera, reason: None });
                self.zones.online(*at_ms, &mut self.acts);
            }
            Change::Offline { at_ms, reason } => {
                self.zones.offline(*at_ms, &mut self.acts);
                if reason == code(Trouble::Blind) {
                    self.zones.forget_levels();
                }
                self.say(*at_ms, Body::CameraOffline { camera, reason: Some(reason.as_str().into()) });
            }
        }
    }

    fn say(&mut self, at_ms: i64, body: Body) {
        self.acts.push(Act::Say { at_ms, body });
    }

    /// An outage is never said to have begun before something that was told of a zone.
    fn note_what_was_said(&mut self) {
        for act in &self.acts {
            if let Act::Say { at_ms, .. } = act {
                self.picture.told(*at_ms);
            }
        }
    }
}

/// The code of a trouble for `camera.offline`.
const fn code(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::Unreachable => "unreachable",
        Trouble::Refused => "refused",
        Trouble::NoSuchStream => "no_such_stream",
        Trouble::NoVideo => "no_video",
        Trouble::Stalled => "stalled",
        Trouble::Ended => "ended",
        Trouble::Broken => "broken",
        Trouble::Blind => "blind",
        Trouble::Worker => "worker",
    }
}

impl std::fmt::Debug for Watcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watcher")
            .field("camera", &self.camera)
            .field("picture", &self.picture)
            .field("life", &self.life)
            .finish_non_exhaustive()
    }
}
