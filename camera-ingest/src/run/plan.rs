//! What the sites' files say of a camera, as its worker and its watcher take it.

use domain::event::ZoneKind;
use mqtt_config::settings::{CameraLooking, CameraSettings, CameraZone, Secret};

use super::key::Key;
use super::state::{Patience, Setup, WatchedZone};
use crate::worker::protocol::{Job, Looking};

/// The cameras that are ours to look at: those with a `source`. For the others somebody else speaks.
pub fn ours(cameras: Vec<CameraSettings>) -> impl Iterator<Item = (Key, CameraSettings)> {
    let ours = cameras.into_iter().filter(|camera| camera.source.is_some());
    ours.map(|camera| (Key { site: camera.site, camera: camera.camera }, camera))
}

/// What its watcher needs to know.
#[must_use]
pub fn setup(camera: &CameraSettings) -> Setup {
    let watched =
        |zone: &CameraZone| WatchedZone { zone: zone.zone, told: zone.kind != ZoneKind::Ignore, seats: zone.seats };
    Setup {
        camera: camera.camera,
        zones: camera.zones.iter().map(watched).collect(),
        patience: Patience {
            first_frame_ms: millis(camera.looking.first_frame_s),
            stall_ms: millis(camera.looking.stall_s),
        },
    }
}

/// The worker's job.
#[must_use]
pub fn job(camera: &CameraSettings, password: Option<Secret>) -> Job {
    Job {
        source: camera.source.clone().unwrap_or_default(),
        user: camera.user.clone(),
        password,
        looking: looking(&camera.looking),
        zones: camera.zones.iter().map(zone).collect(),
        pictures: false,
    }
}

/// A zone as the eye takes it.
#[must_use]
pub fn zone(zone: &CameraZone) -> motion::Zone {
    motion::Zone {
        kind: match zone.kind {
            ZoneKind::Waiting => motion::Kind::Waiting,
            ZoneKind::Counter => motion::Kind::Counter,
            ZoneKind::Entrance => motion::Kind::Entrance,
            ZoneKind::Ignore => motion::Kind::Ignore,
        },
        polygon: zone.polygon.clone(),
        tuning: motion::Tuning {
            sensitivity: zone.sensitivity,
            min_area: zone.min_area,
            hold_s: zone.hold_s,
            still_s: zone.still_s,
            full_at: zone.full_at,
        },
    }
}

/// How the worker looks.
#[must_use]
pub const fn looking(looking: &CameraLooking) -> Looking {
    let &CameraLooking { looks_per_s, udp, keyframes_only, skip_loop_filter, first_frame_s, stall_s, repeat } = looking;
    Looking { looks_per_s, udp, keyframes_only, skip_loop_filter, first_frame_s, stall_s, repeat }
}

/// A patience beyond a day is no other than a day.
fn millis(seconds: f64) -> i64 {
    (seconds.clamp(0.0, 86_400.0) * 1_000.0) as i64
}
