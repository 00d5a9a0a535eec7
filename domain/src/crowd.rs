//! Crowd: what the cameras say of the zones. The latest word of each kind counts, in the order of
//! (`at`, arrival); a camera that is offline makes its zones unknown, never empty.

pub mod matters;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::event::{Body, ZoneKind};
use crate::history::SiteSeen;
use crate::{CameraId, CounterId, MotionId, Timestamp, ZoneId};

/// As many ended motions are remembered a zone, to recognise a beginning that comes after its end.
const ENDED_KEPT: usize = 64;

/// All zones of one site.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct SiteCrowd {
    zones: BTreeMap<(CameraId, ZoneId), Zone>,
    cameras: BTreeMap<CameraId, Camera>,
    /// What events said, for history; heartbeats are not in the journal.
    seen: SiteSeen,
}

#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct Camera {
    offline: bool,
    at: Option<Timestamp>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Zone {
    level: Option<(Timestamp, f64, Option<u32>)>,
    /// Motions that have begun and not ended, and when they began.
    moving: BTreeMap<MotionId, Timestamp>,
    ended: Vec<MotionId>,
    motion_at: Option<Timestamp>,
    heard: Option<Timestamp>,
}

impl Zone {
    /// A camera that is restarted in the middle of a motion never ends it.
    fn forget_lost_motions(&mut self) {
        if self.moving.len() > ENDED_KEPT
            && let Some(oldest) = self.moving.iter().min_by_key(|(id, at)| (**at, **id)).map(|(id, _)| *id)
        {
            self.moving.remove(&oldest);
        }
    }
}

/// What is known of one zone now.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs, reason = "the fields are those of the board's zones")]
pub struct ZoneNow {
    pub level: Option<f64>,
    pub motion: Option<bool>,
    pub people: Option<u32>,
    pub as_of: Option<Timestamp>,
}

/// Since when a zone has been as it is; `None` where it is not so, or not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    /// Nobody is there and nothing moves.
    pub empty_since: Option<Timestamp>,
    /// It is at least as full as was asked.
    pub full_since: Option<Timestamp>,
}

impl Standing {
    /// The same with nothing before `start`. Days that are let go take their instants with them: what
    /// is older than the present day is not told, however much of it is still kept.
    #[must_use]
    pub fn within(self, start: Timestamp) -> Self {
        let clip = |since: Option<Timestamp>| since.map(|since| since.max(start));
        Self { empty_since: clip(self.empty_since), full_since: clip(self.full_since) }
    }
}

/// A zone as configured, or as first heard of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are those of the site's file")]
pub struct ZonePlace {
    pub camera: CameraId,
    pub zone: ZoneId,
    pub kind: ZoneKind,
    pub counter: Option<CounterId>,
}

impl SiteCrowd {
    /// Takes a camera event in; others are ignored. Whether something changed.
    pub fn apply(&mut self, at: Timestamp, body: &Body) -> bool {
        self.seen.apply(at, body);
        match body {
            Body::MotionStarted { camera, zone, motion, .. } => {
                let zone = self.hear(*camera, *zone, at);
                zone.motion_at = zone.motion_at.max(Some(at));
                match zone.ended.iter().position(|ended| ended == motion) {
                    Some(place) => {
                        zone.ended.remove(place);
                    }
                    None => {
                        zone.moving.insert(*motion, at);
                        zone.forget_lost_motions();
                    }
                }
                true
            }
            Body::MotionEnded { camera, zone, motion, .. } => {
                let zone = self.hear(*camera, *zone, at);
                zone.motion_at = zone.motion_at.max(Some(at));
                if zone.moving.remove(motion).is_none() {
                    zone.ended.push(*motion);
                    if zone.ended.len() > ENDED_KEPT {
                        zone.ended.remove(0);
                    }
                }
                true
            }
            Body::Occupancy { camera, zone, level, people, .. } => self.occupancy(*camera, *zone, at, *level, *people),
            Body::CameraOffline { camera, .. } => self.camera(*camera, at, true),
            Body::CameraOnline { camera, .. } => self.camera(*camera, at, false),
            // Tickets, counters and ratings are not a camera's.
            _ => false,
        }
    }

    /// A zone's level: an event, or a camera's own heartbeat on `state`.
    pub fn occupancy(
        &mut self,
        camera: CameraId,
        zone: ZoneId,
        at: Timestamp,
        level: f64,
        people: Option<u32>,
    ) -> bool {
        let zone = self.hear(camera, zone, at);
        if zone.level.is_some_and(|(before, ..)| before > at) {
            return false;
        }
        zone.level = Some((at, level, people));
        true
    }

    fn camera(&mut self, camera: CameraId, at: Timestamp, offline: bool) -> bool {
        let state = self.cameras.entry(camera).or_default();
        if state.at.is_some_and(|before| before > at) {
            return false;
        }
        *state = Camera { offline, at: Some(at) };
        true
    }

    fn hear(&mut self, camera: CameraId, zone: ZoneId, at: Timestamp) -> &mut Zone {
        let zone = self.zones.entry((camera, zone)).or_default();
        zone.heard = zone.heard.max(Some(at));
        zone
    }

    /// Since when a zone has been empty, or at least `full` (0..1) full, by its camera's events.
    #[must_use]
    pub fn standing(&self, camera: CameraId, zone: ZoneId, full: f64) -> Standing {
        self.seen.standing(camera, zone, full)
    }

    /// What the events said of the kept business days.
    #[must_use]
    pub const fn seen(&self) -> &SiteSeen {
        &self.seen
    }

    /// Lets go of what history knows from before `keep_from`.
    pub fn forget(&mut self, keep_from: Timestamp) {
        self.seen.forget(keep_from);
    }

    /// Zones that were ever heard of.
    pub fn heard(&self) -> impl Iterator<Item = (CameraId, ZoneId)> + '_ {
        self.zones.keys().copied()
    }

    /// What is known of a zone. What was said before its camera went offline is not known any more.
    #[must_use]
    pub fn now(&self, camera: CameraId, zone: ZoneId) -> ZoneNow {
        let state = self.cameras.get(&camera).copied().unwrap_or_default();
        let unknown = ZoneNow { level: None, motion: None, people: None, as_of: state.at };
        let Some(zone) = self.zones.get(&(camera, zone)) else { return unknown };
        if state.offline {
            return ZoneNow { as_of: zone.heard.max(state.at), ..unknown };
        }
        let fresh = |at: Timestamp| state.at.is_none_or(|back| at >= back);
        let level = zone.level.filter(|(at, ..)| fresh(*at));
        ZoneNow {
            level: level.map(|(_, level, _)| level),
            people: level.and_then(|(_, _, people)| people),
            motion: zone.motion_at.filter(|at| fresh(*at)).map(|_| zone.moving.values().any(|at| fresh(*at))),
            as_of: zone.heard.max(state.at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids() -> (CameraId, ZoneId) {
        (CameraId::new("cam-1").unwrap(), ZoneId::new("waiting").unwrap())
    }

    const fn at(s: i64) -> Timestamp {
        Timestamp::from_ms(s * 1_000)
    }

    fn events() -> Vec<(Timestamp, Body)> {
        let (camera, zone) = ids();
        let motion = MotionId::new("m1").unwrap();
        vec![
            (at(1), Body::MotionStarted { camera, zone, motion, level: None, pts_s: None }),
            (at(2), Body::Occupancy { camera, zone, level: 0.4, people: Some(3), pts_s: None }),
            (
                at(3),
                Body::MotionEnded { camera, zone, motion, level: None, duration_s: None, pts_s: None, reason: None },
            ),
            (at(4), Body::Occupancy { camera, zone, level: 0.2, people: None, pts_s: None }),
        ]
    }

    #[test]
    fn any_order_gives_the_latest_word() {
        let (camera, zone) = ids();
        let events = events();
        for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1], [1, 3, 2, 0]] {
            let mut crowd = SiteCrowd::default();
            for place in order {
                let (at, body) = &events[place];
                crowd.apply(*at, body);
            }
            let expected = ZoneNow { level: Some(0.2), motion: Some(false), people: None, as_of: Some(at(4)) };
            assert_eq!(crowd.now(camera, zone), expected, "{order:?}");
        }
    }

    #[test]
    fn a_motion_that_an_outage_cut_short_is_over() {
        let (camera, zone) = ids();
        let motion = |id: &str| MotionId::new(id).unwrap();
        let started = |id| Body::MotionStarted { camera, zone, motion: motion(id), level: None, pts_s: None };
        let mut crowd = SiteCrowd::default();
        crowd.apply(at(1), &started("m1"));
        crowd.apply(at(2), &Body::CameraOffline { camera, reason: None });
        crowd.apply(at(3), &Body::CameraOnline { camera, reason: None });
        crowd.apply(at(4), &started("m2"));
        assert_eq!(crowd.now(camera, zone).motion, Some(true));
        let ended = Body::MotionEnded {
            camera,
            zone,
            motion: motion("m2"),
            level: None,
            duration_s: None,
            pts_s: None,
            reason: None,
        };
        crowd.apply(at(5), &ended);
        assert_eq!(crowd.now(camera, zone).motion, Some(false));
    }

    #[test]
    fn a_lost_camera_knows_nothing_until_it_speaks_again() {
        let (camera, zone) = ids();
        let mut crowd = SiteCrowd::default();
        assert_eq!(crowd.now(camera, zone).level, None);
        for (at, body) in events() {
            crowd.apply(at, &body);
        }
        crowd.apply(at(10), &Body::CameraOffline { camera, reason: None });
        assert_eq!((crowd.now(camera, zone).level, crowd.now(camera, zone).motion), (None, None));
        crowd.apply(at(20), &Body::CameraOnline { camera, reason: None });
        assert_eq!(crowd.now(camera, zone).level, None, "what it saw before is not what it sees");
        crowd.occupancy(camera, zone, at(21), 0.1, None);
        assert_eq!(crowd.now(camera, zone).level, Some(0.1));
    }
}
