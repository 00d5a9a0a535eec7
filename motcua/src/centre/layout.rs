//! The building as the simulation needs it: who sits where, who serves what, which devices there are.

use domain::config::SiteConfig;
use domain::event::{DeviceKind, ZoneKind};
use domain::{CameraId, CounterId, DepartmentId, DeviceId, OfficerId, ServiceId, SiteId, ZoneId};

/// Ticket machines in the hall.
const KIOSKS: usize = 4;
/// Rating buttons in all: one at each counter, a second one at the first counters, the rest at the exits.
const RATINGS: usize = 60;
const EXITS: usize = 4;
/// The letters of ticket numbers, one a department: without I and O, which look like digits.
const SERIES: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ";

/// A device, as its topics name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Speaker {
    /// What it is.
    pub kind: DeviceKind,
    /// Which one.
    pub device: DeviceId,
}

/// One counter.
#[derive(Debug, Clone)]
pub struct Desk {
    /// Its id.
    pub counter: CounterId,
    /// What it serves, as places in [`Layout::services`], the first first.
    pub services: Vec<usize>,
    /// Who sits there by day.
    pub officer: Option<OfficerId>,
    /// Who sits there in the evening; `None`: nobody.
    pub evening: Option<OfficerId>,
    /// All that its department serves: what is served there in the evening.
    pub department: Vec<usize>,
    /// The buttons on it.
    pub ratings: Vec<Speaker>,
}

/// One zone of a camera.
#[derive(Debug, Clone, Copy)]
pub struct Eye {
    /// The camera.
    pub camera: CameraId,
    /// Its zone.
    pub zone: ZoneId,
    /// What it looks at.
    pub kind: ZoneKind,
    /// The counter's place in [`Layout::desks`], for that kind.
    pub desk: Option<usize>,
}

/// The building.
#[derive(Debug, Clone)]
pub struct Layout {
    /// The centre.
    pub site: SiteId,
    /// Its services, in the order of the file.
    pub services: Vec<ServiceId>,
    /// The letter of each service's numbers.
    pub series: Vec<char>,
    /// Its counters, in the order of the file.
    pub desks: Vec<Desk>,
    /// Its ticket machines.
    pub kiosks: Vec<Speaker>,
    /// Buttons at the exits, which belong to no counter.
    pub exits: Vec<Speaker>,
    /// Its cameras' zones.
    pub eyes: Vec<Eye>,
}

impl Layout {
    /// The building that a site's file describes. The officers of a department sit at its counters
    /// in the order of the file; the one who is over takes the first of them in the evening.
    #[must_use]
    pub fn new(site: &SiteConfig) -> Self {
        let mut departments: Vec<DepartmentId> = Vec::new();
        for department in site.services.iter().filter_map(|service| service.department) {
            if !departments.contains(&department) {
                departments.push(department);
            }
        }
        let letter = |department: Option<DepartmentId>| {
            let place = departments.iter().position(|known| Some(*known) == department).unwrap_or(0);
            char::from(SERIES[place % SERIES.len()])
        };
        let desks = desks(site);
        let exits = (1..=EXITS).filter_map(|n| speaker(DeviceKind::Rating, &format!("rating-exit-{n}"))).collect();
        let place = |counter: Option<CounterId>| desks.iter().position(|desk| Some(desk.counter) == counter);
        let zones = site.zones.iter().filter(|zone| zone.kind != ZoneKind::Ignore);
        Self {
            site: site.site,
            services: site.services.iter().map(|service| service.service).collect(),
            series: site.services.iter().map(|service| letter(service.department)).collect(),
            kiosks: (1..=KIOSKS).filter_map(|n| speaker(DeviceKind::Kiosk, &format!("kiosk-{n}"))).collect(),
            exits,
            eyes: zones
                .map(|zone| Eye { camera: zone.camera, zone: zone.zone, kind: zone.kind, desk: place(zone.counter) })
                .collect(),
            desks,
        }
    }

    /// The same without a camera that somebody else looks through.
    #[must_use]
    pub fn without(mut self, camera: Option<CameraId>) -> Self {
        self.eyes.retain(|eye| Some(eye.camera) != camera);
        self
    }

    /// All devices, those first without whose word the others' cannot be understood: ticket machines,
    /// counters, buttons, cameras.
    #[must_use]
    pub fn devices(&self) -> Vec<Speaker> {
        let counters = self.desks.iter().filter_map(|desk| speaker(DeviceKind::Counter, desk.counter.as_str()));
        let ratings = self.desks.iter().flat_map(|desk| desk.ratings.iter().copied());
        let mut cameras: Vec<Speaker> = self.eyes.iter().filter_map(|eye| camera(eye.camera)).collect();
        cameras.dedup();
        let kiosks = self.kiosks.iter().copied();
        kiosks.chain(counters).chain(ratings).chain(self.exits.iter().copied()).chain(cameras).collect()
    }
}

/// The device of a camera.
#[must_use]
pub fn camera(camera: CameraId) -> Option<Speaker> {
    speaker(DeviceKind::Camera, camera.as_str())
}

/// `None` only for a text that is no id.
pub(super) fn speaker(kind: DeviceKind, id: &str) -> Option<Speaker> {
    Some(Speaker { kind, device: DeviceId::new(id).ok()? })
}

fn desks(site: &SiteConfig) -> Vec<Desk> {
    let seconds = RATINGS.saturating_sub(EXITS + site.counters.len());
    let desk = |(place, counter): (usize, &domain::config::CounterConfig)| {
        let same = |department: &Option<DepartmentId>| *department == counter.department;
        let before = site.counters[..place].iter().filter(|other| same(&other.department)).count();
        let counters = site.counters.iter().filter(|other| same(&other.department)).count();
        let officers: Vec<OfficerId> =
            site.officers.iter().filter(|officer| same(&officer.department)).map(|officer| officer.officer).collect();
        let service = |id: &ServiceId| site.services.iter().position(|known| known.service == *id);
        let button = |suffix: &str| speaker(DeviceKind::Rating, &format!("rating-{}{suffix}", counter.counter));
        Desk {
            counter: counter.counter,
            services: counter.services.iter().filter_map(service).collect(),
            officer: officers.get(before).copied(),
            evening: officers.get(counters).copied().filter(|_| before == 0),
            department: (0..site.services.len()).filter(|ix| same(&site.services[*ix].department)).collect(),
            ratings: [button(""), button("-b").filter(|_| place < seconds)].into_iter().flatten().collect(),
        }
    };
    site.counters.iter().enumerate().map(desk).collect()
}
