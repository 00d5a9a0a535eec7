//! A site's file: departments ⊃ fields ⊃ services, counters, officers, cameras, hours and
//! closures.

mod calendar;
mod cameras;
mod departments;
mod ids;

use std::path::Path;

use domain::SiteId;
use domain::board::Contacts;
use domain::config::{CrowdRules, SiteConfig};

pub(super) use cameras::{NamedFile, zones_alone};

use super::cameras::CameraSettings;
use super::files::directory_of;
use super::mistakes::{Mistake, Mistakes, hint};
use super::reader::{Table, Value, read, whole};

/// Bounds of the window of waits and load: a minute to a day.
const WINDOW_S: std::ops::RangeInclusive<i64> = 60..=86_400;
const DEFAULT_ZONE: &str = "Asia/Ho_Chi_Minh";

/// Reads one site's file.
///
/// # Errors
/// Every mistake in it.
pub fn load_site(file: &Path) -> Result<SiteConfig, Mistakes> {
    load_placed(file).map(|placed| placed.config)
}

/// A site's file, whole: what the board needs of it, what `camera-ingest` needs, and what is found
/// out only beside other files.
#[derive(Debug)]
pub(super) struct Placed {
    pub(super) config: SiteConfig,
    pub(super) cameras: Vec<CameraSettings>,
    /// The files that the cameras name.
    pub(super) files: Vec<NamedFile>,
    /// The line of its id.
    pub(super) site_line: Option<usize>,
}

/// [`load_site`], with the place of the id.
pub(super) fn load_placed(file: &Path) -> Result<Placed, Mistakes> {
    let text = std::fs::read_to_string(file).map_err(|error| Mistake::of_file(file, error.to_string()))?;
    read_placed(file, &text)
}

/// Reads the text of a site's file; `file` is for the mistakes only.
///
/// # Errors
/// Every mistake in it.
pub fn read_site(file: &Path, text: &str) -> Result<SiteConfig, Mistakes> {
    read_placed(file, text).map(|placed| placed.config)
}

fn read_placed(file: &Path, text: &str) -> Result<Placed, Mistakes> {
    let dir = directory_of(file);
    whole(read(file, text, |root| site(root, &dir)), file)
}

/// Reads everything before it gives up, so that all mistakes are told.
fn site(mut root: Table<'_>, dir: &Path) -> Option<Placed> {
    let site = root.need("site");
    let site_line = site.as_ref().and_then(|value| value.at.line());
    let site = site.and_then(|value| site_id(&value));
    let name = root.need("name").and_then(|value| value.text());
    let time_zone = time_zone(root.get("time_zone"));
    let day_end_min = root.get("day_end").map_or(Some(0), |value| calendar::time_of_day(&value));
    let keep_queue_overnight = root.get("keep_queue_overnight").map_or(Some(false), |value| value.flag());
    let window_s = root.get("window_s").map_or(Some(900), |value| value.whole(WINDOW_S));
    let contacts = root.get("contacts").map_or_else(|| Some(Contacts::default()), |value| contacts(value.table()?));
    let hours = calendar::hours(root.tables("hours"));
    let holidays = root.get("holidays").map_or(Some(Vec::new()), |value| calendar::holidays(&value));
    let departments = departments::read(root.tables("department"));
    let zone = time_zone.as_deref().and_then(|name| jiff::tz::TimeZone::get(name).ok());
    let closures = calendar::closures(root.tables("closure"), &departments, zone.as_ref());
    let cameras = cameras::read(root.tables("camera"), &departments, site, dir);
    let crowd = root.get("crowd").map_or_else(|| Some(CrowdRules::default()), |value| crowd(value.table()?));
    root.finish();
    let config = SiteConfig {
        site: site?,
        name: name?.to_owned(),
        time_zone: time_zone?,
        day_end_min: day_end_min?,
        keep_queue_overnight: keep_queue_overnight?,
        window_s: u32::try_from(window_s?).ok()?,
        contacts: contacts?,
        hours,
        holidays: holidays?,
        closures,
        services: departments.services,
        counters: departments.counters,
        officers: departments.officers,
        zones: cameras.zones,
        crowd: crowd?,
        discover: false,
    };
    Some(Placed { config, cameras: cameras.settings, files: cameras.files, site_line })
}

fn site_id(value: &Value<'_>) -> Option<SiteId> {
    let site: SiteId = value.parse()?;
    if site.is_reserved() {
        value.at.mistake(format!("`{site}` is a page's address; choose another id"));
        return None;
    }
    Some(site)
}

/// The zone's name as the time zone database writes it.
fn time_zone(value: Option<Value<'_>>) -> Option<String> {
    let Some(value) = value else { return Some(DEFAULT_ZONE.to_owned()) };
    let text = value.text()?;
    match jiff::tz::TimeZone::get(text) {
        Ok(zone) => Some(zone.iana_name().unwrap_or(text).to_owned()),
        Err(_) => {
            let known: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
            let hint = hint(text, known.iter().map(String::as_str));
            value.at.mistake(format!("`{text}` is not a time zone{hint}"));
            None
        }
    }
}

fn contacts(mut table: Table<'_>) -> Option<Contacts> {
    let hotline = table.get("hotline").map(|value| value.text());
    let email = table.get("email").map(|value| value.text());
    table.finish();
    // `None` inside is a value that was refused; the mistake has been told.
    Some(Contacts { hotline: flatten(hotline)?, email: flatten(email)? })
}

fn crowd(mut table: Table<'_>) -> Option<CrowdRules> {
    let usual = CrowdRules::default();
    let mut whole =
        |key, usual, range| table.get(key).map_or(Some(usual), |value| u32::try_from(value.whole(range)?).ok());
    let unattended_min = whole("unattended_min", usual.unattended_min, 1..=120);
    let crowd_min = whole("crowd_min", usual.crowd_min, 1..=240);
    let crowd_tickets = whole("crowd_tickets", usual.crowd_tickets, 0..=1_000);
    let crowd_level = table.get("crowd_level").map_or(Some(usual.crowd_level), |value| value.number(&(0.05..=1.0)));
    table.finish();
    Some(CrowdRules {
        unattended_min: unattended_min?,
        crowd_min: crowd_min?,
        crowd_level: crowd_level?,
        crowd_tickets: crowd_tickets?,
    })
}

/// An optional key: `None` when it was there and refused.
fn flatten(value: Option<Option<&str>>) -> Option<Option<String>> {
    value.map_or(Some(None), |text| text.map(|text| Some(text.to_owned())))
}

#[cfg(test)]
mod tests;
