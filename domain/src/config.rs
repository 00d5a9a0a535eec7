//! A site as configured: what the fold and the board need to know of it. Reading and checking the
//! file is `mqtt-config::settings`; a value of [`SiteConfig`] has been checked.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::board::Contacts;
pub use crate::calendar::{BusinessDay, Calendar};
use crate::event::ZoneKind;
use crate::{CameraId, CounterId, DepartmentId, FieldId, OfficerId, ServiceId, SiteId, Timestamp, ZoneId};

/// One site, checked. Recorded in the journal whenever it changes, so that the journal alone
/// decides every board.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SiteConfig {
    /// Its id.
    pub site: SiteId,
    /// Its name, as people read it.
    pub name: String,
    /// IANA name of its time zone, for example `Asia/Ho_Chi_Minh`.
    pub time_zone: String,
    /// Minutes after midnight at which a business day ends; 0 is midnight. Up to noon it belongs
    /// to the next calendar day, after noon to the same.
    #[serde(default)]
    pub day_end_min: u16,
    /// Whoever waits or is held when a business day ends stays in line over night.
    #[serde(default)]
    pub keep_queue_overnight: bool,
    /// Length of the window of waits and load, seconds.
    #[serde(default = "default_window_s")]
    pub window_s: u32,
    /// Whom to ask.
    #[serde(default)]
    pub contacts: Contacts,
    /// Opening hours by weekday.
    #[serde(default)]
    pub hours: Vec<OpeningHours>,
    /// Days without opening, `YYYY-MM-DD`.
    #[serde(default)]
    pub holidays: Vec<String>,
    /// Planned closures, in the order of the file.
    #[serde(default)]
    pub closures: Vec<Closure>,
    /// Services, in the order of the file.
    #[serde(default)]
    pub services: Vec<ServiceConfig>,
    /// Counters, in the order of the file.
    #[serde(default)]
    pub counters: Vec<CounterConfig>,
    /// Officers.
    #[serde(default)]
    pub officers: Vec<OfficerConfig>,
    /// Camera zones.
    #[serde(default)]
    pub zones: Vec<ZoneConfig>,
    /// When what the cameras see is a matter for a supervisor.
    #[serde(default)]
    pub crowd: CrowdRules,
    /// `--discover`: services, counters, officers and zones appear when first seen; names are ids.
    #[serde(default)]
    pub discover: bool,
}

const fn default_window_s() -> u32 {
    900
}

/// One opening interval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpeningHours {
    /// Weekdays, 1 = Monday … 7 = Sunday (ISO 8601).
    pub days: Vec<u8>,
    /// Minutes after midnight.
    pub open_min: u16,
    /// Minutes after midnight, after `open_min`.
    pub close_min: u16,
}

/// A planned closure: a meeting, a move, an inventory. It cuts what opening hours there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closure {
    /// First instant of it.
    pub from: Timestamp,
    /// The first instant after it, later than `from`.
    pub to: Timestamp,
    /// The services it is for; empty: the whole site.
    #[serde(default)]
    pub services: Vec<ServiceId>,
    /// Why, as people read it.
    #[serde(default)]
    pub reason: Option<String>,
}

impl Closure {
    /// Whether the instant lies in it.
    #[must_use]
    pub fn contains(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }

    /// Whether it is for a service; `None`: whether it is for the whole site.
    #[must_use]
    pub fn is_for(&self, service: Option<ServiceId>) -> bool {
        self.services.is_empty() || service.is_some_and(|service| self.services.contains(&service))
    }
}

/// Who numbers and chooses for a service (contract section 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Queue {
    /// Devices number and call; motcua follows.
    #[default]
    External,
    /// The collector numbers and chooses.
    Motcua,
}

/// One service with the field and department it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "ids and their names")]
pub struct ServiceConfig {
    pub service: ServiceId,
    pub name: String,
    pub field: Option<FieldId>,
    pub field_name: Option<String>,
    pub department: Option<DepartmentId>,
    pub department_name: Option<String>,
    #[serde(default)]
    pub queue: Queue,
    /// When it is received, where that differs from the site's hours; empty: as the site.
    #[serde(default)]
    pub hours: Vec<OpeningHours>,
}

/// One counter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "ids and their names")]
pub struct CounterConfig {
    pub counter: CounterId,
    pub name: String,
    pub place: Option<String>,
    pub department: Option<DepartmentId>,
    /// What it serves when `counter.opened` does not say.
    #[serde(default)]
    pub services: Vec<ServiceId>,
    /// The field shown over it; `None`: that of its first service.
    pub field_name: Option<String>,
}

/// One officer, from and to (inclusive) `YYYY-MM-DD`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "ids and their names")]
pub struct OfficerConfig {
    pub officer: OfficerId,
    pub name: String,
    pub department: Option<DepartmentId>,
    pub from: Option<String>,
    pub to: Option<String>,
}

/// One zone of one camera. `polygon` is in fractions of width and height from the top left.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "ids and their names")]
pub struct ZoneConfig {
    pub camera: CameraId,
    pub zone: ZoneId,
    pub kind: ZoneKind,
    pub counter: Option<CounterId>,
    #[serde(default)]
    pub polygon: Vec<[f64; 2]>,
    /// How many people a zone holds when it is full; `None`: nobody counted.
    #[serde(default)]
    pub seats: Option<u32>,
}

/// When what the cameras see, beside what the queue says, is a matter for a supervisor.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CrowdRules {
    /// Minutes for which a counter is open, people wait for it and nobody is in its zone, before that
    /// is a matter (`counter_unattended`).
    pub unattended_min: u32,
    /// Minutes for which the waiting area is fuller than its tickets explain, before that is a matter
    /// (`crowd_without_tickets`).
    pub crowd_min: u32,
    /// How full a waiting zone has to be for that, 0..1.
    pub crowd_level: f64,
    /// As many tickets in line explain a waiting zone that is `crowd_level` full, where nobody said
    /// how many seats it has.
    pub crowd_tickets: u32,
}

impl Default for CrowdRules {
    fn default() -> Self {
        Self { unattended_min: 5, crowd_min: 10, crowd_level: 0.5, crowd_tickets: 5 }
    }
}

impl SiteConfig {
    /// A site nobody configured: names are ids (`serve --discover`).
    #[must_use]
    pub fn discovered(site: SiteId, time_zone: &str) -> Self {
        Self {
            site,
            name: site.to_string(),
            time_zone: time_zone.to_owned(),
            day_end_min: 0,
            keep_queue_overnight: false,
            window_s: default_window_s(),
            contacts: Contacts::default(),
            hours: Vec::new(),
            holidays: Vec::new(),
            closures: Vec::new(),
            services: Vec::new(),
            counters: Vec::new(),
            officers: Vec::new(),
            zones: Vec::new(),
            crowd: CrowdRules::default(),
            discover: true,
        }
    }

    /// The calendar of the site's business days.
    ///
    /// # Errors
    /// When the time zone is not known.
    pub fn calendar(&self) -> Result<Calendar, jiff::Error> {
        Ok(Calendar::new(TimeZone::get(&self.time_zone)?, self.day_end_min, self.keep_queue_overnight))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_from_before_closures_is_read() {
        let old = r#"{"site":"x","name":"X","time_zone":"UTC","holidays":["2026-09-02"],
            "services":[{"service":"a","name":"A","field":null,"field_name":null,"department":null,"department_name":null}]}"#;
        let config: SiteConfig = serde_json::from_str(old).unwrap();
        assert!(config.closures.is_empty() && config.services[0].hours.is_empty());
        let new = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<SiteConfig>(&new).unwrap(), config);
    }
}
