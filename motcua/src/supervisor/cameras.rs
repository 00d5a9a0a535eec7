//! What looks at cameras, where a site's file has one with a `source`: the program, its settings, and
//! the cameras' accounts at the broker.
//!
//! `camera-ingest` follows the sites' files by itself. Accounts are made here, at the start: a camera
//! that gets its `source` later is looked at after the next one.

use std::path::{Path, PathBuf};

use anyhow::Context;
use domain::DeviceId;
use domain::event::DeviceKind;
use mqtt_config::broker::{Device, Registry};
use mqtt_config::settings::{CameraHome, CameraRuntime, CameraSettings, Secret, load_cameras};

use crate::exit::BadInput;

/// The program's name.
const NAME: &str = "camera-ingest";

/// Where `camera-ingest` is: beside motcua itself. `None`: it is not there.
#[must_use]
pub fn program() -> Option<PathBuf> {
    beside(&std::env::current_exe().ok()?)
}

fn beside(motcua: &Path) -> Option<PathBuf> {
    Some(motcua.with_file_name(NAME)).filter(|program| program.is_file())
}

/// The cameras at which we are to look: those with a `source`.
///
/// # Errors
/// [`BadInput`] with every mistake in the sites' files.
pub(super) fn wanted(sites: &[PathBuf]) -> anyhow::Result<Vec<CameraSettings>> {
    let cameras = load_cameras(sites).map_err(|mistakes| BadInput::because(mistakes.to_string()))?;
    Ok(cameras.into_iter().filter(|camera| camera.source.is_some()).collect())
}

/// The program that looks at them; `None` where there is nothing to look at.
///
/// # Errors
/// [`BadInput`] when there are cameras and the program is not installed.
pub(super) fn program_for(cameras: &[CameraSettings]) -> anyhow::Result<Option<PathBuf>> {
    let Some(CameraSettings { site, camera, .. }) = cameras.first() else { return Ok(None) };
    program().map(Some).ok_or_else(|| {
        let sentence = format!(
            "camera {camera} of {site} has a `source`, but {NAME} is not beside motcua: install it there, or take the `source` away"
        );
        BadInput::because(sentence).into()
    })
}

/// Sees to it that each camera has an account and its secret a file.
///
/// # Errors
/// When the register or a secret cannot be read or written, or the id is another device's.
pub(super) fn register(data_dir: &Path, cameras: &[CameraSettings]) -> anyhow::Result<()> {
    let runtime = runtime(data_dir, &[], String::new(), 0);
    cameras.iter().try_for_each(|camera| {
        account(&runtime, camera).with_context(|| format!("camera {} of {}", camera.camera, camera.site))
    })
}

/// What the program is started with.
pub(super) fn runtime(data_dir: &Path, sites: &[PathBuf], host: String, port: u16) -> CameraRuntime {
    let secrets = CameraHome::usual(data_dir).secrets;
    CameraRuntime { data_dir: data_dir.to_owned(), host, port, secrets, sites: sites.to_vec() }
}

/// A secret that is lost (it is in no backup) is replaced by another.
fn account(runtime: &CameraRuntime, camera: &CameraSettings) -> anyhow::Result<()> {
    let device = DeviceId::new(camera.camera.as_str()).context("the camera's id is no device's")?;
    let device = Device { site: camera.site, kind: DeviceKind::Camera, device };
    let file = runtime.secret_file(camera.site, camera.camera);
    let registered = Registry::load(&runtime.data_dir)?.devices().iter().any(|one| one.device == device);
    if registered && Secret::from_file(&file).is_ok() {
        return Ok(());
    }
    if registered {
        tracing::warn!(camera = device.username(), "The camera's secret is not there: its account gets a new one.");
        Registry::remove(&runtime.data_dir, device)?;
    }
    let secret = Registry::add(&runtime.data_dir, device)?;
    secret.write_to(&file).with_context(|| format!("cannot write {}", file.display()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn sites(dir: &Path, cameras: &str) -> Vec<PathBuf> {
        let site = dir.join("a.toml");
        std::fs::write(&site, format!("site = \"a\"\nname = \"A\"\n{cameras}")).unwrap();
        vec![site]
    }

    #[test]
    fn only_cameras_with_a_source_are_ours_and_each_has_one_account() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(wanted(&sites(dir.path(), "[[camera]]\ncamera = \"door\"\n")).unwrap(), []);
        let text = "[[camera]]\ncamera = \"hall\"\nsource = \"rtsp://192.0.2.7/1\"\n[[camera]]\ncamera = \"door\"\n";
        let cameras = wanted(&sites(dir.path(), text)).unwrap();
        let data = dir.path().join("data");
        register(&data, &cameras).unwrap();
        let file = data.join("secrets/cameras/a.hall");
        let secret = std::fs::read_to_string(&file).unwrap();
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        register(&data, &cameras).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), secret, "what is there is kept");
        std::fs::remove_file(&file).unwrap();
        register(&data, &cameras).unwrap();
        assert_ne!(std::fs::read_to_string(&file).unwrap(), secret, "a lost secret");
        let registry = Registry::load(&data).unwrap();
        let names: Vec<String> = registry.devices().iter().map(|one| one.device.username()).collect();
        assert_eq!(names, ["a.hall"]);
    }

    #[test]
    fn the_program_is_beside_ours() {
        let dir = tempfile::tempdir().unwrap();
        let motcua = dir.path().join("motcua");
        assert_eq!(beside(&motcua), None);
        std::fs::write(dir.path().join(NAME), "").unwrap();
        assert_eq!(beside(&motcua), Some(dir.path().join(NAME)));
    }
}
