//! What the cameras saw of the zones, by the hour and by the minute: each event says what holds
//! from its instant on.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::build::{Clock, duration};
use super::{Hour, ZoneCell, ZoneMinute};
use crate::calendar::BusinessDay;
use crate::crowd::Standing;
use crate::event::{Body, ZoneKind};
use crate::{CameraId, MotionId, Timestamp, ZoneId};

/// As many changes of a zone are kept a business day; a camera says no more than that in a day of
/// many hours at one word every two seconds.
const CHANGES: usize = 20_000;

/// From this level on, in thousandths, somebody is there, where a camera tells no motions. It is the
/// smallest change that is told (contract section 2).
const SOMEBODY: u16 = 50;

/// What holds of a zone from an instant on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Change {
    at: Timestamp,
    what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum What {
    /// Thousandths, and people where the camera counts them.
    Level(u16, Option<u32>),
    Began(MotionId),
    Ended(MotionId),
    /// The camera is away: nothing is known.
    Lost,
}

/// See the module; of the present business day and the one before, and of each zone's last word
/// before them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SiteSeen {
    /// In the order of (`at`, arrival).
    zones: BTreeMap<(CameraId, ZoneId), Vec<Change>>,
}

impl SiteSeen {
    /// Takes a camera event in; others are ignored.
    pub fn apply(&mut self, at: Timestamp, body: &Body) {
        match body {
            Body::MotionStarted { camera, zone, motion, .. } => self.note(*camera, *zone, at, What::Began(*motion)),
            Body::MotionEnded { camera, zone, motion, .. } => self.note(*camera, *zone, at, What::Ended(*motion)),
            Body::Occupancy { camera, zone, level, people, .. } => {
                let level = (level.clamp(0.0, 1.0) * 1_000.0).round() as u16;
                self.note(*camera, *zone, at, What::Level(level, *people));
            }
            Body::CameraOffline { camera, .. } => {
                let of_camera: Vec<_> = self.zones.keys().filter(|(id, _)| id == camera).copied().collect();
                of_camera.into_iter().for_each(|(camera, zone)| self.note(camera, zone, at, What::Lost));
            }
            // A camera that is back knows nothing until it speaks of a zone.
            _ => {}
        }
    }

    fn note(&mut self, camera: CameraId, zone: ZoneId, at: Timestamp, what: What) {
        let changes = self.zones.entry((camera, zone)).or_default();
        let place = changes.partition_point(|change| change.at <= at);
        if changes.len() < CHANGES {
            changes.insert(place, Change { at, what });
        } else if changes.len() == CHANGES && place == CHANGES {
            // What comes after is not kept, so it is not known.
            changes.push(Change { at, what: What::Lost });
        }
    }

    /// Since when a zone has been empty, or at least `full` (0..1) full. A camera that tells of motions
    /// says with them that somebody is there; one that tells levels alone, with any level.
    #[must_use]
    pub fn standing(&self, camera: CameraId, zone: ZoneId, full: f64) -> Standing {
        let full = (full.clamp(0.0, 1.0) * 1_000.0).round() as u16;
        let (mut now, mut standing) = (Now::default(), Standing::default());
        for change in self.zones.get(&(camera, zone)).into_iter().flatten() {
            now.apply(change.what);
            let level = now.level.map(|(level, _)| level);
            let empty =
                if now.moved.is_some() { now.moving.is_empty() } else { level.is_some_and(|level| level < SOMEBODY) };
            let hold = |since: Option<Timestamp>, holds: bool| holds.then(|| since.unwrap_or(change.at));
            standing.empty_since = hold(standing.empty_since, empty);
            standing.full_since = hold(standing.full_since, level.is_some_and(|level| level >= full));
        }
        standing
    }

    /// Lets go of what lies before `keep_from`, but for what still holds then.
    pub fn forget(&mut self, keep_from: Timestamp) {
        for changes in self.zones.values_mut() {
            let old = changes.partition_point(|change| change.at <= keep_from);
            let mut now = Now::default();
            changes.drain(..old).for_each(|change| now.apply(change.what));
            changes.splice(0..0, now.as_changes(keep_from));
        }
        self.zones.retain(|_, changes| !changes.is_empty());
    }

    /// Cells and minute rows of a day that is known up to `until`; `kind` is the kind of a zone,
    /// `None` for one that is not kept.
    #[must_use]
    pub fn of_day(
        &self,
        day: BusinessDay,
        utc_offset_s: i32,
        until: Timestamp,
        kind: impl Fn(CameraId, ZoneId) -> Option<ZoneKind>,
    ) -> (Vec<ZoneCell>, Vec<ZoneMinute>) {
        let clock = Clock { start: day.start, until: until.min(day.end), utc_offset_s };
        let (mut cells, mut minutes) = (Vec::new(), Vec::new());
        for ((camera, zone), changes) in &self.zones {
            let Some(kind) = kind(*camera, *zone) else { continue };
            let empty = |hour| ZoneCell {
                hour,
                camera: *camera,
                zone: *zone,
                kind,
                known_ms: 0,
                level_ms: 0,
                motion_ms: 0,
                most_people: None,
            };
            of_zone(changes, clock, empty, &mut cells);
            minutes.extend(rows(changes, clock).into_iter().map(|(minute, (level, motion, people))| ZoneMinute {
                minute,
                camera: *camera,
                zone: *zone,
                level,
                motion,
                people,
            }));
        }
        cells.sort_unstable_by_key(|cell| (cell.hour, cell.camera, cell.zone));
        minutes.sort_unstable_by_key(|row| (row.minute, row.camera, row.zone));
        (cells, minutes)
    }
}

/// What is known of a zone.
#[derive(Debug, Clone, Default)]
struct Now {
    level: Option<(u16, Option<u32>)>,
    moving: Vec<MotionId>,
    /// The last motion that was told of since the camera was away.
    moved: Option<MotionId>,
}

impl Now {
    fn apply(&mut self, what: What) {
        match what {
            What::Level(level, people) => self.level = Some((level, people)),
            What::Began(motion) => {
                self.moved = Some(motion);
                self.moving.push(motion);
            }
            What::Ended(motion) => {
                self.moved = Some(motion);
                self.moving.retain(|other| *other != motion);
            }
            What::Lost => *self = Self::default(),
        }
    }

    /// The changes that lead here, all at one instant.
    fn as_changes(&self, at: Timestamp) -> Vec<Change> {
        let level = self.level.map(|(level, people)| What::Level(level, people));
        // That nothing moves is known too, where it was told.
        let ended = self.moved.filter(|_| self.moving.is_empty()).map(What::Ended);
        let moving = self.moving.iter().map(|motion| What::Began(*motion));
        level.into_iter().chain(ended).chain(moving).map(|what| Change { at, what }).collect()
    }

    fn row(&self) -> (Option<u16>, Option<bool>, Option<u32>) {
        let motion = self.moved.map(|_| !self.moving.is_empty());
        (self.level.map(|(level, _)| level), motion, self.level.and_then(|(_, people)| people))
    }
}

fn of_zone(changes: &[Change], clock: Clock, empty: impl Fn(Hour) -> ZoneCell, cells: &mut Vec<ZoneCell>) {
    let mut hours: BTreeMap<Hour, ZoneCell> = BTreeMap::new();
    let mut now = Now::default();
    for (ix, change) in changes.iter().enumerate() {
        now.apply(change.what);
        let to = changes.get(ix + 1).map_or(clock.until, |next| next.at);
        let (level, motion, people) = now.row();
        if level.is_none() && motion.is_none() {
            continue;
        }
        for (hour, from, to) in clock.hours(change.at, to) {
            let cell = hours.entry(hour).or_insert_with(|| empty(hour));
            let ms = duration(from, to);
            if let Some(level) = level {
                cell.known_ms += ms;
                cell.level_ms += i64::from(level) * i64::from(ms);
            }
            if motion == Some(true) {
                cell.motion_ms += ms;
            }
            cell.most_people = cell.most_people.max(people);
        }
    }
    cells.extend(hours.into_values());
}

type Row = (Option<u16>, Option<bool>, Option<u32>);

fn rows(changes: &[Change], clock: Clock) -> Vec<(u16, Row)> {
    let mut rows: Vec<(u16, Row)> = Vec::new();
    let (mut now, mut last) = (Now::default(), (None, None, None));
    for (ix, change) in changes.iter().enumerate() {
        now.apply(change.what);
        let minute = clock.minute(change.at);
        let last_of_minute = changes.get(ix + 1).is_none_or(|next| clock.minute(next.at) > minute);
        if last_of_minute && minute < clock.minutes_over() && now.row() != last {
            last = now.row();
            rows.push((minute, last));
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(s: i64) -> Timestamp {
        Timestamp::from_ms(s * 1_000)
    }

    #[test]
    fn what_is_not_kept_any_more_is_not_known() {
        let (camera, zone) = (CameraId::new("c1").unwrap(), ZoneId::new("hall").unwrap());
        let mut seen = SiteSeen::default();
        for s in 0..=i64::try_from(CHANGES).unwrap() + 5 {
            let level = if s % 2 == 0 { 0.2 } else { 0.8 };
            seen.apply(at(s), &Body::Occupancy { camera, zone, level, people: None, pts_s: None });
        }
        let day = BusinessDay { date: 0, start: at(0), end: at(86_400), keeps_queue: false };
        let (cells, _) = seen.of_day(day, 0, at(86_400), |_, _| Some(ZoneKind::Waiting));
        let known: u64 = cells.iter().map(|cell| u64::from(cell.known_ms)).sum();
        assert_eq!(known, 1_000 * CHANGES as u64);
    }

    #[test]
    fn a_zone_is_empty_since_the_last_motion_and_unknown_without_its_camera() {
        let (camera, zone) = (CameraId::new("c1").unwrap(), ZoneId::new("hall").unwrap());
        let motion = MotionId::new("m1").unwrap();
        let level = |level| Body::Occupancy { camera, zone, level, people: None, pts_s: None };
        let end = |motion| {
            let (level, duration_s, pts_s, reason) = (None, None, None, None);
            Body::MotionEnded { camera, zone, motion, level, duration_s, pts_s, reason }
        };
        let mut seen = SiteSeen::default();
        let standing = |seen: &SiteSeen| seen.standing(camera, zone, 0.5);
        let is =
            |empty: Option<i64>, full: Option<i64>| Standing { empty_since: empty.map(at), full_since: full.map(at) };
        assert_eq!(standing(&seen), is(None, None));
        seen.apply(at(1), &level(0.0));
        seen.apply(at(2), &level(0.02));
        assert_eq!(standing(&seen), is(Some(1), None));
        seen.apply(at(3), &Body::MotionStarted { camera, zone, motion, level: None, pts_s: None });
        seen.apply(at(4), &level(0.6));
        seen.apply(at(5), &level(0.7));
        assert_eq!(standing(&seen), is(None, Some(4)));
        // The end comes before a level that fell earlier.
        seen.apply(at(8), &end(motion));
        seen.apply(at(7), &level(0.1));
        assert_eq!(standing(&seen), is(Some(8), None));
        seen.apply(at(9), &Body::CameraOffline { camera, reason: None });
        assert_eq!(standing(&seen), is(None, None));
    }

    #[test]
    fn a_level_holds_until_the_next_word_or_until_the_camera_is_away() {
        let (camera, zone) = (CameraId::new("c1").unwrap(), ZoneId::new("hall").unwrap());
        let motion = MotionId::new("m1").unwrap();
        let level = |level| Body::Occupancy { camera, zone, level, people: Some(4), pts_s: None };
        let mut seen = SiteSeen::default();
        seen.apply(at(1_800), &level(0.5));
        seen.apply(at(3_000), &Body::MotionStarted { camera, zone, motion, level: None, pts_s: None });
        seen.apply(at(4_000), &Body::CameraOffline { camera, reason: None });
        seen.apply(at(2_400), &level(0.25));
        let day = BusinessDay { date: 0, start: at(0), end: at(86_400), keeps_queue: false };
        let kind = |_, _| Some(ZoneKind::Waiting);
        let (cells, minutes) = seen.of_day(day, 0, at(7_200), kind);
        let told: Vec<_> =
            cells.iter().map(|cell| (cell.hour, cell.known_ms, cell.level_ms / 1_000, cell.motion_ms)).collect();
        assert_eq!(told, [(0, 1_800_000, 500 * 600 + 250 * 1_200, 600_000), (1, 400_000, 250 * 400, 400_000)]);
        assert_eq!(minutes.len(), 4, "{minutes:?}");
        seen.forget(at(3_600));
        let (after, _) = seen.of_day(day, 0, at(7_200), kind);
        assert_eq!(after, cells[1..], "what still holds is not forgotten");
    }
}
