//! What twelve cameras would say of the hall: how full each zone is, and whether something moves.

use domain::event::{Body, ZoneKind};
use domain::{MotionId, Timestamp};

use super::Happening;
use super::desk::Status;
use super::faults::{Fault, Trouble};
use super::hall::Hall;
use super::layout::{Eye, Layout, Speaker, camera};
use super::random::Dice;

/// How often they look.
const EVERY_MS: i64 = 5_000;
/// A level is told when it has changed by this much (contract section 2).
const CHANGE: f64 = 0.05;
/// Something moves from this level on, and not below that one.
const MOVES: f64 = 0.14;
const RESTS: f64 = 0.09;
/// How full a counter's zone is with its officer alone; with a citizen; with nobody.
const OFFICER: f64 = 0.25;
const SERVED: f64 = 0.62;
const NOBODY: f64 = 0.02;
/// As many people fill a waiting zone; a door.
const SEATS: f64 = 8.0;
const DOOR: f64 = 5.0;
/// So many of a group sit in each waiting zone.
const GROUP: f64 = 6.5;

/// One zone as its camera sees it.
#[derive(Debug, Clone)]
struct View {
    eye: Eye,
    speaker: Speaker,
    level: f64,
    told: Option<f64>,
    /// The motion that goes on, and since when; its number.
    motion: Option<(MotionId, Timestamp)>,
    motions: u32,
}

/// All cameras of a day.
#[derive(Debug, Clone)]
pub(super) struct Cameras {
    next: Timestamp,
    views: Vec<View>,
    dark: Vec<Fault>,
    /// From when to when a group fills the benches.
    groups: Vec<(Timestamp, Timestamp)>,
    is_dark: Vec<Speaker>,
    /// Visitors at the doors lately: arrivals decay.
    doors: f64,
    came: usize,
    dice: Dice,
    day: u32,
}

impl Cameras {
    /// Cameras that look from `from` on. `day` tells the motions of one day from another's.
    pub(super) fn new(
        layout: &Layout,
        from: Timestamp,
        day: u32,
        (faults, groups): (&[Fault], Vec<(Timestamp, Timestamp)>),
        dice: Dice,
    ) -> Self {
        let view = |eye: &Eye| {
            let speaker = camera(eye.camera)?;
            Some(View { eye: *eye, speaker, level: 0.02, told: None, motion: None, motions: 0 })
        };
        let dark = faults.iter().filter(|fault| fault.trouble == Trouble::Dark).copied().collect();
        let views = layout.eyes.iter().filter_map(view).collect();
        Self { next: from, views, dark, groups, is_dark: Vec::new(), doors: 0.0, came: 0, dice, day }
    }

    /// When they look next.
    pub(super) fn next_at(&self) -> Timestamp {
        self.next
    }

    /// They look.
    pub(super) fn look(&mut self, hall: &Hall, out: &mut Vec<Happening>) {
        let at = self.next;
        self.next = at.plus(EVERY_MS);
        self.go_dark(at, out);
        let came = hall.guests.len().saturating_sub(self.came);
        self.came = hall.guests.len();
        self.doors = self.doors * 0.8 + came.min(6) as f64;
        let waiting_zones = self.views.iter().filter(|view| view.eye.kind == ZoneKind::Waiting).count();
        let waiting = hall.line.len() as f64 / waiting_zones.max(1) as f64;
        let group = self.groups.iter().any(|(comes, goes)| *comes <= at && at < *goes);
        let group = if group { GROUP } else { 0.0 };
        for ix in 0..self.views.len() {
            if self.is_dark.contains(&self.views[ix].speaker) {
                continue;
            }
            let uneven = 0.6 + 0.8 * (ix * 7 % 10) as f64 / 10.0;
            let (people, target) = self.target(ix, hall, waiting * uneven + group);
            let noise = self.dice.normal() * 0.012;
            let view = &mut self.views[ix];
            view.level = (view.level + (target - view.level) * 0.3 + noise).clamp(0.0, 1.0);
            view.tell(at, people, self.day, out);
        }
    }

    /// How many people a zone holds, and how full that is.
    fn target(&self, ix: usize, hall: &Hall, waiting: f64) -> (u32, f64) {
        let view = &self.views[ix];
        match view.eye.kind {
            ZoneKind::Waiting => (waiting.round() as u32, 0.03 + waiting / SEATS),
            ZoneKind::Entrance => (self.doors.round() as u32, 0.02 + self.doors / 2.0 / DOOR),
            ZoneKind::Counter | ZoneKind::Ignore => {
                let seat = view.eye.desk.and_then(|desk| hall.seats.get(desk));
                let sits = seat.is_some_and(|seat| seat.guest.is_some() && seat.served);
                // The officer is there for as long as the counter is open, unless he has left.
                let officer = seat.is_some_and(|seat| seat.status == Status::Open);
                let level = match (sits, officer) {
                    (true, _) => SERVED,
                    (false, true) => OFFICER,
                    (false, false) => NOBODY,
                };
                (u32::from(sits) + u32::from(officer), level)
            }
        }
    }

    /// Pictures go and come back.
    fn go_dark(&mut self, at: Timestamp, out: &mut Vec<Happening>) {
        for fault in &self.dark {
            let Ok(camera) = domain::CameraId::new(fault.speaker.device.as_str()) else { continue };
            let dark = fault.from <= at && at < fault.to;
            let was = self.is_dark.contains(&fault.speaker);
            if dark && !was {
                self.is_dark.push(fault.speaker);
                let body = Body::CameraOffline { camera, reason: Some("mất luồng hình".into()) };
                out.push(Happening { at, speaker: fault.speaker, body });
            } else if was && fault.to <= at && at < fault.to.plus(EVERY_MS) {
                self.is_dark.retain(|speaker| *speaker != fault.speaker);
                let body = Body::CameraOnline { camera, reason: None };
                out.push(Happening { at, speaker: fault.speaker, body });
                for view in self.views.iter_mut().filter(|view| view.speaker == fault.speaker) {
                    // What was before the dark is not known any more: everything is told anew.
                    (view.told, view.motion) = (None, None);
                }
            }
        }
    }
}

impl View {
    fn tell(&mut self, at: Timestamp, people: u32, day: u32, out: &mut Vec<Happening>) {
        let Eye { camera, zone, .. } = self.eye;
        let level = (self.level * 100.0).round() / 100.0;
        let first = self.told.is_none();
        let mut say = |body| out.push(Happening { at, speaker: self.speaker, body });
        if self.told.is_none_or(|told| (told - level).abs() >= CHANGE) {
            self.told = Some(level);
            say(Body::Occupancy { camera, zone, level, people: Some(people), pts_s: None });
        }
        let moves = if self.motion.is_some() { level >= RESTS } else { level >= MOVES || first };
        match self.motion {
            None if moves => {
                self.motions += 1;
                let text = format!("{day}-{camera}-{zone}-{}-{}", at.ms(), self.motions);
                let Ok(motion) = MotionId::new(&text) else { return };
                self.motion = Some((motion, at));
                say(Body::MotionStarted { camera, zone, motion, level: Some(level), pts_s: None });
            }
            Some((motion, since)) if !moves => {
                self.motion = None;
                let duration_s = Some(at.since(since) as f64 / 1_000.0);
                say(Body::MotionEnded {
                    camera,
                    zone,
                    motion,
                    level: Some(level),
                    duration_s,
                    pts_s: None,
                    reason: None,
                });
            }
            _ => {}
        }
    }
}
