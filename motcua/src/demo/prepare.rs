//! A data directory made ready for a new demonstration: the site's file, an account for each device.

use std::path::Path;

use anyhow::Context;
use domain::{CameraId, Timestamp};
use jiff::tz::TimeZone;
use mqtt_config::broker::{Device, PasswordHash, Registered};
use mqtt_config::settings::files::write_private;
use mqtt_config::settings::{Secret, read_site};
use serde::Serialize;

use super::place;
use super::settings::{Secrets, Settings};
use crate::centre::{Hours, Layout, TEMPLATE, site_text};
use crate::exit::BadInput;

/// What a person chose.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wish {
    /// Chance.
    pub seed: u64,
    /// When somebody begins to look.
    pub start: Timestamp,
    /// `None`: real time.
    pub speed: Option<f64>,
    /// One of the cameras is real: it looks at a clip.
    pub real: bool,
}

/// The camera that can be real, whose zones in the template are those of the clip.
const REAL: &str = "cam-1";
/// Drawn figures in a hall: camera-ingest's example `draw-hall` makes it.
const CLIP: &[u8] = include_bytes!("../../templates/hall.mp4");

/// Where the site's file of a demonstration is.
#[must_use]
pub fn site_file(data_dir: &Path) -> std::path::PathBuf {
    data_dir.join(place::SITE_FILE)
}

/// Empties the directory of an earlier demonstration and writes what a new one needs. The ports
/// of broker and dashboard are still to be filled in.
///
/// # Errors
/// When the directory holds anything that no demonstration wrote, or cannot be written.
pub fn prepare(data_dir: &Path, wish: Wish) -> anyhow::Result<Settings> {
    let real = wish.real.then(|| CameraId::new(REAL)).transpose().context("the template's camera")?;
    place::empty(data_dir)?;
    place::mark(data_dir, wish.seed, wish.start)?;
    let hours = hours(wish.start)?;
    let site = site_file(data_dir);
    let text = text_of(real, &hours, wish.start);
    write_private(&site, text.as_bytes()).with_context(|| format!("cannot write {}", site.display()))?;
    if real.is_some() {
        let clip = data_dir.join(place::CLIP);
        std::fs::write(&clip, CLIP).with_context(|| format!("cannot write {}", clip.display()))?;
    }
    let layout = Layout::new(&read_site(&site, &text).map_err(|mistakes| BadInput::because(mistakes.to_string()))?);
    let secrets = data_dir.join(place::SECRETS);
    let accounts = accounts(data_dir, &layout)?;
    if let Some(camera) = real {
        let username = format!("{}.{camera}", layout.site);
        let secret = Secret::new(accounts.get(&username).cloned().unwrap_or_default());
        let file = data_dir.join(place::CAMERAS).join(&username);
        secret.write_to(&file).with_context(|| format!("cannot write {}", file.display()))?;
    }
    write_private(&secrets, &serde_json::to_vec(&accounts)?)?;
    let Wish { seed, start, speed, .. } = wish;
    Ok(Settings { site, secrets, mqtt_port: 0, http_port: 0, seed, start, speed, real })
}

/// The site's file, with a source for the camera that is real.
pub(super) fn text_of(real: Option<CameraId>, hours: &Hours, now: Timestamp) -> String {
    let text = site_text(TEMPLATE, hours, now);
    match real {
        None => text,
        Some(camera) => {
            let camera = format!("camera = \"{camera}\"\n");
            text.replacen(&camera, &format!("{camera}source = \"hall.mp4\"\nrepeat = true\n"), 1)
        }
    }
}

/// The hours of a demonstration that somebody begins to look at then.
pub fn hours(start: Timestamp) -> anyhow::Result<Hours> {
    let zone = TimeZone::get("Asia/Ho_Chi_Minh").context("the time zone database lacks Asia/Ho_Chi_Minh")?;
    Ok(Hours::at(start, zone))
}

/// An account for each device, as `motcua device add` makes it, but all in one go: each addition is
/// synced to disk, and a hundred of them take seconds on a busy one.
fn accounts(data_dir: &Path, layout: &Layout) -> anyhow::Result<Secrets> {
    let mut secrets = Secrets::new();
    let mut register = Register { device: Vec::new() };
    for speaker in layout.devices() {
        let device = Device { site: layout.site, kind: speaker.kind, device: speaker.device };
        let secret = Secret::generate_readable().context("the system gives no random numbers")?;
        let password = PasswordHash::new(&secret).context("the system gives no random numbers")?;
        register.device.push(Registered { device, password });
        secrets.insert(device.username(), secret.expose().to_owned());
    }
    write_private(&data_dir.join(place::DEVICES), toml::to_string(&register)?.as_bytes())?;
    Ok(secrets)
}

/// The register of devices as `motcua device` keeps it.
#[derive(Debug, Serialize)]
struct Register {
    device: Vec<Registered>,
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;
    use mqtt_config::broker::Registry;

    const WISH: Wish = Wish { seed: 7, start: Timestamp::from_ms(1_795_000_000_000), speed: None, real: true };
    const SEGMENT: &str = "journal/2026-11-23-00000000000000000001.journal";

    fn write(dir: &Path, name: &str, text: &str) {
        let path = dir.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// All that is in a directory, with its bytes.
    fn all(dir: &Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
        let mut all = Vec::new();
        for entry in fs::read_dir(dir).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if entry.file_type().unwrap().is_dir() {
                all.push((path.clone(), Vec::new()));
                all.extend(self::all(&path));
            } else {
                let bytes = fs::read(&path).unwrap();
                all.push((path, bytes));
            }
        }
        all.sort();
        all
    }

    /// It does not start, names what is in the way in one sentence, and touches nothing.
    fn is_refused(dir: &Path, name: &str) {
        let before = all(dir);
        let refused = prepare(dir, Wish { seed: 9, ..WISH }).unwrap_err();
        let told = refused.to_string();
        let path = dir.join(name).display().to_string();
        assert!(refused.is::<BadInput>() && !told.contains('\n'), "{told}");
        assert!(told.starts_with(&format!("{path} không do")) && told.contains(&format!("{path} was not")), "{told}");
        assert!(all(dir) == before, "something changed beside {name}");
    }

    #[test]
    fn a_new_demonstration_takes_the_place_of_the_last() {
        let dir = tempfile::tempdir().unwrap();
        prepare(dir.path(), WISH).unwrap();
        write(dir.path(), SEGMENT, "old");
        write(dir.path(), "demo.log", "old");
        write(dir.path(), "devices.toml.1-0.new", "a draft of one that was killed");
        write(dir.path(), "run/lock", "1");
        let settings = prepare(dir.path(), Wish { seed: 8, ..WISH }).unwrap();
        for gone in ["journal", "demo.log", "devices.toml.1-0.new"] {
            assert!(!dir.path().join(gone).exists(), "{gone}");
        }
        assert!(dir.path().join("run/lock").exists());
        assert_eq!(settings.seed, 8);
        let secrets: Secrets = serde_json::from_slice(&fs::read(&settings.secrets).unwrap()).unwrap();
        assert_eq!(secrets.len(), 116);
        assert_eq!(Registry::load(dir.path()).unwrap().devices().len(), 116);
    }

    #[test]
    fn a_file_of_somebodys_own_is_refused_at_the_first_start_and_at_the_second() {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), "notes.txt", "mine");
        is_refused(dir.path(), "notes.txt");
        is_refused(dir.path(), "notes.txt");
        fs::remove_file(dir.path().join("notes.txt")).unwrap();
        prepare(dir.path(), WISH).unwrap();
        for name in ["notes.txt", "sites/mine.toml", "journal/notes.txt", "run/notes.txt", "access/users.toml"] {
            write(dir.path(), name, "mine");
            is_refused(dir.path(), if name.starts_with("access") { "access" } else { name });
            fs::remove_file(dir.path().join(name)).unwrap();
        }
        fs::remove_dir(dir.path().join("access")).unwrap();
        prepare(dir.path(), WISH).unwrap();
    }

    #[test]
    fn a_link_is_not_followed() {
        let (dir, mine) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        prepare(dir.path(), WISH).unwrap();
        fs::write(mine.path().join("lock"), "mine").unwrap();
        symlink(mine.path(), dir.path().join("journal")).unwrap();
        let told = prepare(dir.path(), WISH).unwrap_err();
        assert!(told.is::<BadInput>(), "{told}");
        assert!(mine.path().join("lock").exists() && dir.path().join("journal").exists());
    }

    #[test]
    fn a_real_installation_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), SEGMENT, "people's numbers");
        write(dir.path(), "devices.toml", "");
        is_refused(dir.path(), "devices.toml");
        // Somebody's own file of that name is no mark.
        write(dir.path(), "demo.json", r#"{"seed":"mine"}"#);
        is_refused(dir.path(), "demo.json");
    }

    #[test]
    fn an_installation_in_the_place_of_a_demonstration_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let started = |open_access: bool, sites: &str| {
            let text = format!(
                r#"{{"data_dir":"/x","mqtt":{{"host":"127.0.0.1","port":1883}},"http":{{"bind":"127.0.0.1:80","tls":null,
                "behind_proxy":false}},"sites":{sites},"clock":"wall","workers":1,"open_access":{open_access}}}"#
            );
            write(dir.path(), "run/collector.json", &text);
        };
        prepare(dir.path(), WISH).unwrap();
        started(true, r#"{"files":["/x/sites/song-may.toml"]}"#);
        prepare(dir.path(), WISH).unwrap();
        for (open_access, sites) in [(false, r#"{"files":["/x"]}"#), (true, r#"{"discover":{"time_zone":"UTC"}}"#)] {
            started(open_access, sites);
            is_refused(dir.path(), "run/collector.json");
        }
    }

    #[test]
    fn settings_are_read_as_written() {
        let dir = tempfile::tempdir().unwrap();
        let settings = Settings { speed: Some(10.0), ..prepare(dir.path(), WISH).unwrap() };
        let file = dir.path().join("run/centre.json");
        settings.write(&file).unwrap();
        assert_eq!(Settings::read(&file).unwrap(), settings);
    }
}
