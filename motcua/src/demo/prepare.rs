//! A data directory made ready for a new demonstration: the site's file, an account for each device.

use std::fs;
use std::path::Path;

use anyhow::Context;
use domain::Timestamp;
use jiff::tz::TimeZone;
use mqtt_config::broker::{Device, PasswordHash, Registered};
use mqtt_config::settings::files::write_private;
use mqtt_config::settings::{Secret, read_site};
use serde::Serialize;

use super::settings::{Secrets, Settings};
use crate::centre::{Hours, Layout, TEMPLATE, site_text};
use crate::exit::BadInput;

/// Marks a directory as a demonstration's, which the next one may throw away.
const MARK: &str = "demo.json";
/// The supervisor's own: it holds the lock.
const RUN: &str = "run";

/// What a person chose.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wish {
    /// Chance.
    pub seed: u64,
    /// When somebody begins to look.
    pub start: Timestamp,
    /// `None`: real time.
    pub speed: Option<f64>,
    /// The directory is the demonstrations' own: whatever is in it is an earlier one's.
    pub own_place: bool,
}

/// Where the site's file of a demonstration is.
#[must_use]
pub fn site_file(data_dir: &Path) -> std::path::PathBuf {
    data_dir.join("sites/song-may.toml")
}

/// Empties the directory of an earlier demonstration and writes what a new one needs. The broker's
/// port is still to be filled in.
///
/// # Errors
/// When the directory holds something else than a demonstration, or cannot be written.
pub fn prepare(data_dir: &Path, wish: Wish) -> anyhow::Result<Settings> {
    empty(data_dir, wish.own_place)?;
    let mark = serde_json::json!({ "seed": wish.seed, "start": wish.start });
    write_private(&data_dir.join(MARK), mark.to_string().as_bytes())?;
    let hours = hours(wish.start)?;
    let site = site_file(data_dir);
    let text = site_text(TEMPLATE, &hours, wish.start);
    write_private(&site, text.as_bytes()).with_context(|| format!("cannot write {}", site.display()))?;
    let layout = Layout::new(&read_site(&site, &text).map_err(|mistakes| BadInput::because(mistakes.to_string()))?);
    let secrets = data_dir.join("secrets/devices.json");
    let accounts = accounts(data_dir, &layout)?;
    write_private(&secrets, &serde_json::to_vec(&accounts)?)?;
    Ok(Settings { site, secrets, mqtt_port: 0, seed: wish.seed, start: wish.start, speed: wish.speed })
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
    write_private(&data_dir.join("devices.toml"), toml::to_string(&register)?.as_bytes())?;
    Ok(secrets)
}

/// The register of devices as `motcua device` keeps it.
#[derive(Debug, Serialize)]
struct Register {
    device: Vec<Registered>,
}

/// Throws an earlier demonstration away: its numbers would be in the way of a new one's.
fn empty(data_dir: &Path, own_place: bool) -> anyhow::Result<()> {
    let entries: Vec<_> = fs::read_dir(data_dir)
        .and_then(Iterator::collect::<Result<_, _>>)
        .with_context(|| format!("cannot read {}", data_dir.display()))?;
    let entries: Vec<_> = entries.into_iter().filter(|entry| entry.file_name() != RUN).collect();
    let marked = own_place || entries.iter().any(|entry| entry.file_name() == MARK);
    // What an installation keeps; a file of somebody's own beside it is no reason to refuse.
    let kept = |name: &str| entries.iter().any(|entry| entry.file_name() == name);
    if !marked && ["journal", "secrets", "devices.toml"].into_iter().any(kept) {
        return Err(BadInput::because(format!(
            "{} holds the data of another installation, which a demonstration would throw away; choose another \
             directory with --data-dir",
            data_dir.display()
        ))
        .into());
    }
    if !marked {
        return Ok(());
    }
    // The mark goes last: a demonstration that was thrown away halfway is still one.
    let (mark, rest): (Vec<_>, Vec<_>) = entries.into_iter().partition(|entry| entry.file_name() == MARK);
    for entry in rest.into_iter().chain(mark) {
        let path = entry.path();
        let gone = if entry.file_type()?.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        gone.with_context(|| format!("cannot remove {}", path.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use mqtt_config::broker::Registry;

    const WISH: Wish = Wish { seed: 7, start: Timestamp::from_ms(1_795_000_000_000), speed: None, own_place: false };

    #[test]
    fn a_new_demonstration_takes_the_place_of_the_last() {
        let dir = tempfile::tempdir().unwrap();
        prepare(dir.path(), WISH).unwrap();
        fs::create_dir(dir.path().join("journal")).unwrap();
        fs::write(dir.path().join("journal/0"), "old").unwrap();
        let settings = prepare(dir.path(), Wish { seed: 8, ..WISH }).unwrap();
        assert!(!dir.path().join("journal").exists());
        assert_eq!(settings.seed, 8);
        let secrets: Secrets = serde_json::from_slice(&fs::read(&settings.secrets).unwrap()).unwrap();
        assert_eq!(secrets.len(), 116);
        assert_eq!(Registry::load(dir.path()).unwrap().devices().len(), 116);
    }

    #[test]
    fn a_real_installation_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("journal")).unwrap();
        let told = prepare(dir.path(), WISH).unwrap_err();
        assert!(told.is::<BadInput>() && told.to_string().contains("another installation"), "{told}");
        assert!(dir.path().join("journal").exists());
        prepare(dir.path(), Wish { own_place: true, ..WISH }).unwrap();
        assert!(!dir.path().join("journal").exists(), "nobody else keeps anything there");
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
