//! What is told of the zones. What the worker's eye has said last is one thing, what was told is
//! another: while there is no picture nothing is told, and when it is back what still holds is.

use domain::event::Body;
use domain::{CameraId, MotionId};

use super::{Act, CAMERA_OFFLINE, Known, Names, WatchedZone};

/// From when to when something may have happened: since the picture came, until now.
type Span = (i64, i64);

pub(super) struct Zones {
    camera: CameraId,
    zones: Vec<Zone>,
    names: Names,
}

struct Zone {
    is: WatchedZone,
    /// The eye's word.
    level: Option<f64>,
    /// The number of the motion that the eye sees.
    motion: Option<u64>,
    /// The motion that was told to begin.
    open: Option<Open>,
}

#[derive(Clone, Copy)]
struct Open {
    id: MotionId,
    began_ms: i64,
    highest: Option<f64>,
}

/// A zone's index in the job, and the number of a motion.
type Which = (usize, u64);

impl Zones {
    pub(super) fn new(camera: CameraId, zones: Vec<WatchedZone>, names: Names) -> Self {
        let zone = |is| Zone { is, level: None, motion: None, open: None };
        Self { camera, zones: zones.into_iter().map(zone).collect(), names }
    }

    pub(super) fn started(
        &mut self,
        (zone, motion): Which,
        at_ms: i64,
        level: f64,
        span: Option<Span>,
        acts: &mut Vec<Act>,
    ) {
        let Self { camera, zones, names } = self;
        let Some(zone) = told(zones, zone).filter(|zone| zone.motion != Some(motion)) else { return };
        zone.motion = Some(motion);
        let Some((from_ms, to_ms)) = span else { return };
        let at_ms = at_ms.clamp(from_ms, to_ms);
        // One zone, one motion: what had not ended has.
        zone.end(*camera, at_ms, None, acts);
        zone.begin(*camera, names(), at_ms, Some(level.clamp(0.0, 1.0)), acts);
    }

    pub(super) fn ended(
        &mut self,
        (zone, motion): Which,
        at_ms: i64,
        level: f64,
        lost: bool,
        span: Option<Span>,
        acts: &mut Vec<Act>,
    ) {
        let camera = self.camera;
        let Some(zone) = told(&mut self.zones, zone).filter(|zone| zone.motion == Some(motion)) else { return };
        zone.motion = None;
        zone.rise(level.clamp(0.0, 1.0));
        if let Some((from_ms, to_ms)) = span {
            zone.end(camera, at_ms.clamp(from_ms, to_ms), lost.then_some(CAMERA_OFFLINE), acts);
        }
    }

    pub(super) fn level(&mut self, zone: usize, at_ms: i64, level: f64, span: Option<Span>, acts: &mut Vec<Act>) {
        let camera = self.camera;
        let Some(zone) = told(&mut self.zones, zone) else { return };
        let level = level.clamp(0.0, 1.0);
        zone.level = Some(level);
        zone.rise(level);
        if let Some((from_ms, to_ms)) = span {
            zone.occupancy(camera, at_ms.clamp(from_ms, to_ms), level, acts);
        }
    }

    /// The picture was last there at `at_ms`: what was open ends.
    pub(super) fn offline(&mut self, at_ms: i64, acts: &mut Vec<Act>) {
        for zone in &mut self.zones {
            zone.end(self.camera, at_ms, Some(CAMERA_OFFLINE), acts);
        }
    }

    /// The picture tells nothing: how full the zones are, the eye says when it sees again.
    pub(super) fn forget_levels(&mut self) {
        for zone in &mut self.zones {
            zone.level = None;
        }
    }

    /// The picture is back. Where the same eye has gone on all the while (only we had lost sight of
    /// it), what it said last still holds, and it will not say it again.
    pub(super) fn online(&mut self, at_ms: i64, acts: &mut Vec<Act>) {
        let Self { camera, zones, names } = self;
        for zone in zones {
            if let Some(level) = zone.level {
                zone.occupancy(*camera, at_ms, level, acts);
            }
            if zone.motion.is_some() {
                zone.begin(*camera, names(), at_ms, zone.level, acts);
            }
        }
    }

    /// What the eye had said does not hold any more.
    pub(super) fn forget(&mut self) {
        for zone in &mut self.zones {
            (zone.level, zone.motion) = (None, None);
        }
    }

    pub(super) fn known(&self) -> impl Iterator<Item = Known> + '_ {
        self.zones.iter().filter_map(|zone| {
            let level = zone.level?;
            Some(Known { zone: zone.is.zone, level, people: zone.people(level) })
        })
    }
}

/// A worker that speaks of a zone it does not have, or of one that is not to be spoken of, is not
/// heard.
fn told(zones: &mut [Zone], zone: usize) -> Option<&mut Zone> {
    zones.get_mut(zone).filter(|zone| zone.is.told)
}

impl Zone {
    fn begin(&mut self, camera: CameraId, motion: MotionId, at_ms: i64, level: Option<f64>, acts: &mut Vec<Act>) {
        self.open = Some(Open { id: motion, began_ms: at_ms, highest: level });
        let body = Body::MotionStarted { camera, zone: self.is.zone, motion, level, pts_s: None };
        acts.push(Act::Say { at_ms, body });
    }

    fn end(&mut self, camera: CameraId, at_ms: i64, reason: Option<&str>, acts: &mut Vec<Act>) {
        let Some(Open { id, began_ms, highest }) = self.open.take() else { return };
        let at_ms = at_ms.max(began_ms);
        let body = Body::MotionEnded {
            camera,
            zone: self.is.zone,
            motion: id,
            level: highest,
            duration_s: Some((at_ms - began_ms) as f64 / 1_000.0),
            pts_s: None,
            reason: reason.map(Into::into),
        };
        acts.push(Act::Say { at_ms, body });
    }

    fn occupancy(&self, camera: CameraId, at_ms: i64, level: f64, acts: &mut Vec<Act>) {
        let body = Body::Occupancy { camera, zone: self.is.zone, level, people: self.people(level), pts_s: None };
        acts.push(Act::Say { at_ms, body });
    }

    fn rise(&mut self, level: f64) {
        if let Some(open) = &mut self.open {
            open.highest = Some(open.highest.map_or(level, |highest| highest.max(level)));
        }
    }

    /// Never a guess: only where the site's file says how many seats there are.
    fn people(&self, level: f64) -> Option<u32> {
        self.is.seats.map(|seats| (level * f64::from(seats)).round() as u32)
    }
}
