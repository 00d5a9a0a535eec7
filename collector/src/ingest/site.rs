//! The door of one site: what it lets in, what it counts, which day it is there.

use domain::board::Ingest;
use domain::config::{BusinessDay, Calendar, Queue, SiteConfig};
use domain::dedupe::Dedupe;
use domain::event::{Body, DeadLetterReason, DeviceKind};
use domain::{CounterId, ServiceId, SiteId, Timestamp, ZoneId};
use hashbrown::{HashMap, HashSet};

use super::devices::Devices;
use super::letters::{Book, Letters};
use crate::flow::SiteIx;
use crate::record::DayRecord;

/// See the module.
pub struct SiteDoor {
    /// Its number.
    pub ix: SiteIx,
    /// Its configuration.
    pub config: SiteConfig,
    services: HashMap<ServiceId, Queue>,
    counters: HashSet<CounterId>,
    zones: HashSet<(domain::CameraId, ZoneId)>,
    calendar: Calendar,
    /// The present business day; `None` before the first.
    pub day: Option<BusinessDay>,
    /// Repeats, conflicts, holes.
    pub dedupe: Dedupe,
    /// Its devices.
    pub devices: Devices,
    /// What was counted.
    pub ingest: Ingest,
    /// The greatest `ts` of an accepted event (`--clock event`).
    pub event_clock: Option<Timestamp>,
    /// Its dead letters, as they are listed.
    pub letters: Letters,
    /// Which of them may be run again.
    pub(super) book: Book,
    /// Something was counted since the door last told.
    pub counted: bool,
}

impl SiteDoor {
    /// The door of a configured site.
    ///
    /// # Errors
    /// When the time zone is not known.
    pub fn new(ix: SiteIx, config: SiteConfig) -> Result<Self, String> {
        let calendar = config.calendar().map_err(|error| error.to_string())?;
        let mut door = Self {
            ix,
            services: HashMap::new(),
            counters: HashSet::new(),
            zones: HashSet::new(),
            calendar,
            day: None,
            dedupe: Dedupe::default(),
            devices: Devices::default(),
            ingest: Ingest::default(),
            event_clock: None,
            letters: Letters::default(),
            book: Book::default(),
            counted: true,
            config,
        };
        door.index();
        Ok(door)
    }

    /// Takes a new configuration.
    ///
    /// # Errors
    /// When the time zone is not known; nothing changes then.
    pub fn configure(&mut self, config: SiteConfig) -> Result<(), String> {
        self.calendar = config.calendar().map_err(|error| error.to_string())?;
        self.config = config;
        self.index();
        Ok(())
    }

    fn index(&mut self) {
        let config = &self.config;
        self.services = config.services.iter().map(|service| (service.service, service.queue)).collect();
        self.counters = config.counters.iter().map(|counter| counter.counter).collect();
        self.zones = config.zones.iter().map(|zone| (zone.camera, zone.zone)).collect();
    }

    /// The site's id.
    #[must_use]
    pub const fn id(&self) -> SiteId {
        self.config.site
    }

    /// The record that begins a new business day, if `at` lies in one.
    pub fn day_turns(&mut self, at: Timestamp) -> Option<DayRecord> {
        if self.day.is_some_and(|day| at < day.end) {
            return None;
        }
        let (day, keep_from) = self.calendar.day_after(self.day, at);
        Some(DayRecord { day, keep_from })
    }

    /// Why the site's file does not know what the event speaks of.
    #[must_use]
    pub fn stranger(&self, kind: DeviceKind, body: &Body) -> Option<(DeadLetterReason, String)> {
        if self.config.discover {
            return None;
        }
        let service = |id: &ServiceId| {
            (!self.services.contains_key(id)).then(|| (DeadLetterReason::UnknownService, format!("service {id}")))
        };
        let counter = |id: &CounterId| {
            (!self.counters.contains(id)).then(|| (DeadLetterReason::UnknownCounter, format!("counter {id}")))
        };
        match body {
            Body::TicketIssued { service: id, .. } => service(id).or_else(|| self.not_the_queue(kind, id)),
            Body::ServiceStaffing { service: id, .. } => service(id),
            Body::TicketCalled { counter: id, .. }
            | Body::TicketRecalled { counter: id, .. }
            | Body::TicketStarted { counter: id, .. }
            | Body::TicketFinished { counter: id, .. }
            | Body::TicketNoShow { counter: id, .. }
            | Body::TicketCancelled { counter: id, .. }
            | Body::TicketHeld { counter: id, .. }
            | Body::TicketReturned { counter: id, .. }
            | Body::RatingPressed { counter: id, .. } => id.as_ref().and_then(counter),
            Body::TicketTransferred { to_service, to_counter, .. } => {
                to_service.as_ref().and_then(service).or_else(|| to_counter.as_ref().and_then(counter))
            }
            Body::CounterChanged { counter: id, services, .. } => {
                counter(id).or_else(|| services.iter().flatten().find_map(service))
            }
            Body::MotionStarted { camera, zone, .. }
            | Body::MotionEnded { camera, zone, .. }
            | Body::Occupancy { camera, zone, .. } => self.strange_zone(*camera, *zone),
            Body::CameraOffline { camera, .. } | Body::CameraOnline { camera, .. } => {
                let known = self.zones.iter().any(|(known, _)| known == camera);
                (!known).then(|| (DeadLetterReason::UnknownZone, format!("camera {camera}")))
            }
        }
    }

    /// Whether a heartbeat of a camera speaks of a zone that the site's file does not know.
    #[must_use]
    pub fn strange_zone(&self, camera: domain::CameraId, zone: ZoneId) -> Option<(DeadLetterReason, String)> {
        let known = self.config.discover || self.zones.contains(&(camera, zone));
        (!known).then(|| (DeadLetterReason::UnknownZone, format!("zone {zone} of camera {camera}")))
    }

    fn not_the_queue(&self, kind: DeviceKind, service: &ServiceId) -> Option<(DeadLetterReason, String)> {
        let ours = self.services.get(service) == Some(&Queue::Motcua);
        (ours && kind != DeviceKind::Host)
            .then(|| (DeadLetterReason::NotTheQueue, format!("service {service} is numbered by motcua")))
    }
}
