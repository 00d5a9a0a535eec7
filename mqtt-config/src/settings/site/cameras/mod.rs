//! Cameras: where each is, how it is looked at, and the zones of its picture.

mod polygon;
mod source;
mod zone;

use std::path::{Path, PathBuf};

use domain::config::ZoneConfig;
use domain::{CameraId, SiteId};

use super::departments::Departments;
use super::ids::Declared;
use crate::settings::cameras::{CameraLooking, CameraSettings, CameraZone, PasswordFrom};
use crate::settings::reader::{Place, Table, Value};

pub(in crate::settings) use zone::zones_alone;

const LOOKS_PER_S: std::ops::RangeInclusive<f64> = 0.5..=30.0;
const FIRST_FRAME_S: std::ops::RangeInclusive<f64> = 1.0..=120.0;
const STALL_S: std::ops::RangeInclusive<f64> = 1.0..=4.0;

/// What the `[[camera]]` tables of a file say.
#[derive(Default)]
pub(super) struct Cameras {
    /// The zones of all cameras, in the order of the file.
    pub(super) zones: Vec<ZoneConfig>,
    /// In the order of the file.
    pub(super) settings: Vec<CameraSettings>,
    /// The files that they name.
    pub(super) files: Vec<NamedFile>,
}

/// A file that a camera needs and that may not be there: a matter for `check-config` and for whoever
/// looks, not for the board.
#[derive(Debug)]
pub(in crate::settings) struct NamedFile {
    pub(in crate::settings) line: Option<usize>,
    pub(in crate::settings) key: String,
    pub(in crate::settings) path: PathBuf,
    /// A password, and not the pictures.
    pub(in crate::settings) secret: bool,
}

/// Reads all cameras. `dir` is that of the file, to which its paths are; `site` is `None` where it is
/// wrong, which has been told.
pub(super) fn read<'r>(
    tables: Vec<Table<'r>>,
    departments: &Departments<'r>,
    site: Option<SiteId>,
    dir: &Path,
) -> Cameras {
    let mut ids = Declared::new("camera");
    let mut all = Cameras::default();
    for mut table in tables {
        let camera: Option<CameraId> = table.need("camera").and_then(|value| ids.declare(&value, value.parse()?));
        let source = source::read(&mut table, dir, &mut all.files);
        let user = table.get("user").and_then(|value| value.text()).map(str::to_owned);
        let password = password(&mut table, user.is_some(), dir, &mut all.files);
        let looking = looking(&mut table);
        let mut zone_ids = Declared::new("zone");
        let tables = table.tables("zone").into_iter();
        let zones: Vec<CameraZone> =
            tables.filter_map(|zone| zone::read(zone, &mut zone_ids, Some(&departments.counter_ids))).collect();
        table.finish();
        let (Some(site), Some(camera)) = (site, camera) else { continue };
        all.zones.extend(zones.iter().map(|zone| of_board(camera, zone)));
        all.settings.push(CameraSettings { site, camera, source, user, password, looking, zones });
    }
    all
}

/// What the board needs to know of a zone.
fn of_board(camera: CameraId, zone: &CameraZone) -> ZoneConfig {
    ZoneConfig {
        camera,
        zone: zone.zone,
        kind: zone.kind,
        counter: zone.counter,
        polygon: zone.polygon.clone(),
        seats: zone.seats,
    }
}

/// In a file or in a variable, and only for somebody.
fn password(table: &mut Table<'_>, has_user: bool, dir: &Path, files: &mut Vec<NamedFile>) -> Option<PasswordFrom> {
    let (file, variable) = (table.get("password_file"), table.get("password_env"));
    if let (Some(_), Some(second)) = (&file, &variable) {
        second.at.mistake("there is a `password_file` too; keep one of them");
    }
    let lonely = file.as_ref().or(variable.as_ref()).filter(|_| !has_user && table.at.all_is_read());
    if let Some(value) = lonely {
        value.at.mistake("needs `user`: whose password is it?");
    }
    let file = file.and_then(|value| {
        let path = dir.join(value.text()?);
        files.push(NamedFile::of(&value.at, path.clone(), true));
        Some(PasswordFrom::File(path))
    });
    file.or(variable.and_then(|value| variable_name(&value)).map(PasswordFrom::Variable))
}

impl NamedFile {
    fn of(at: &Place<'_>, path: PathBuf, secret: bool) -> Self {
        Self { line: at.line(), key: at.key().to_owned(), path, secret }
    }
}

fn variable_name(value: &Value<'_>) -> Option<String> {
    let name = value.text()?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if !name.bytes().all(plain) || name.starts_with(|first: char| first.is_ascii_digit()) {
        // What stands here may be the password itself.
        value.at.mistake("is the name of a variable, of letters, digits and _, not the password itself");
        return None;
    }
    if name.starts_with("MOTCUA_") {
        value.at.mistake("names a variable of motcua's own settings; choose another name");
        return None;
    }
    Some(name.to_owned())
}

fn looking(table: &mut Table<'_>) -> CameraLooking {
    let usual = CameraLooking::default();
    // A value that was refused has been told: what stands in its place reaches nobody.
    CameraLooking {
        looks_per_s: number(table, "looks_per_s", &LOOKS_PER_S).unwrap_or(usual.looks_per_s),
        udp: flag(table, "udp"),
        keyframes_only: flag(table, "keyframes_only"),
        skip_loop_filter: flag(table, "skip_loop_filter"),
        first_frame_s: number(table, "first_frame_s", &FIRST_FRAME_S).unwrap_or(usual.first_frame_s),
        stall_s: number(table, "stall_s", &STALL_S).unwrap_or(usual.stall_s),
        repeat: flag(table, "repeat"),
    }
}

fn flag(table: &mut Table<'_>, key: &'static str) -> bool {
    table.get(key).and_then(|value| value.flag()).unwrap_or(false)
}

/// A number that may be there.
pub(super) fn number(table: &mut Table<'_>, key: &'static str, range: &std::ops::RangeInclusive<f64>) -> Option<f64> {
    table.get(key)?.number(range)
}
