//! `camera-ingest check-config`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use camera_ingest::run::plan;
use domain::event::ZoneKind;
use mqtt_config::settings::{CameraRuntime, CameraSettings, Checked, check, load_cameras};

use crate::cli::BAD_INPUT;

/// Kiểm tra cấu hình camera: mọi lỗi một lần, kèm tệp, dòng và khóa.
///
/// Checks an installation's file with those of its sites, or one site's file, and tells every
/// mistake at once with file, line and key. Opens no port and no camera. What comes with the start of
/// the program (a variable, an account) and is not there yet is noted. Exit code 64 when there are
/// mistakes.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Tệp của cơ sở hoặc của một trung tâm. / The installation's file or a site's.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Runs the command.
///
/// # Errors
/// When the outcome cannot be told. Mistakes are an outcome.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let (told, code) = match checked(&options.file) {
        Ok(lines) => (lines, ExitCode::SUCCESS),
        Err(mistakes) => {
            // As compilers write them, so that an editor finds the place.
            writeln!(io::stderr(), "{mistakes}")?;
            return Ok(ExitCode::from(BAD_INPUT));
        }
    };
    let mut stdout = io::stdout();
    told.iter().try_for_each(|line| writeln!(stdout, "{line}"))?;
    Ok(code)
}

/// What was understood, or every mistake.
fn checked(file: &Path) -> Result<Vec<String>, String> {
    let (files, runtime) = match check(file).map_err(|mistakes| mistakes.to_string())? {
        Checked::Installation(installation, _) => {
            let runtime = installation.camera_runtime();
            (runtime.sites.clone(), Some(runtime))
        }
        Checked::Site(_) => (vec![file.to_owned()], None),
    };
    let cameras = load_cameras(&files).map_err(|mistakes| mistakes.to_string())?;
    let unusable: Vec<String> = cameras.iter().filter_map(unusable).collect();
    if !unusable.is_empty() {
        return Err(unusable.join("\n"));
    }
    let mut lines: Vec<String> = cameras.iter().map(line).collect();
    lines.extend(cameras.iter().flat_map(|camera| notes(camera, runtime.as_ref())));
    if lines.is_empty() {
        lines.push("ok: no camera".to_owned());
    }
    Ok(lines)
}

/// What only the eye itself can find wrong.
fn unusable(camera: &CameraSettings) -> Option<String> {
    let zones = camera.zones.iter().map(plan::zone).collect();
    motion::Eye::new(zones).err().map(|error| format!("{}.{}: {error}", camera.site, camera.camera))
}

fn line(camera: &CameraSettings) -> String {
    let source = camera.source.as_deref().unwrap_or("another program speaks for it");
    let zone = |zone: &mqtt_config::settings::CameraZone| match (zone.kind, zone.counter) {
        (ZoneKind::Counter, Some(counter)) => format!("{} (counter {counter})", zone.zone),
        (kind, _) => format!("{} ({})", zone.zone, kind.code()),
    };
    let zones: Vec<String> = camera.zones.iter().map(zone).collect();
    let zones = if zones.is_empty() { "none".to_owned() } else { zones.join(", ") };
    format!("ok: {}.{}: {source}; zones: {zones}", camera.site, camera.camera)
}

/// What is not there yet: a variable may be set, an account be made when the program starts.
fn notes(camera: &CameraSettings, runtime: Option<&CameraRuntime>) -> Vec<String> {
    let CameraSettings { site, camera: id, source: Some(_), password, .. } = camera else { return Vec::new() };
    let note = |text: String| format!("note: {site}.{id}: {text}");
    let mut notes = Vec::new();
    if let Some(Err(error)) = password.as_ref().map(|from| from.read()) {
        notes.push(note(error.to_string()));
    }
    let secret = runtime.map(|runtime| runtime.secret_file(*site, *id)).filter(|file| !file.is_file());
    if let Some(file) = secret {
        notes.push(note(format!(
            "its account at the broker has no secret in {} (where `motcua serve` runs the cameras, it makes one)",
            file.display()
        )));
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    const SITE: &str = "site = \"a\"\nname = \"A\"\n";
    const CAMERA: &str = "[[camera]]\ncamera = \"hall\"\nsource = \"rtsp://192.0.2.7/1\"\nuser = \"eye\"\n\
        password_env = \"HALL_EYE_NOT_SET\"\n[[camera.zone]]\nzone = \"seats\"\nkind = \"waiting\"\n\
        polygon = [[0, 0], [1, 0], [1, 1]]\n[[camera]]\ncamera = \"door\"\n";

    #[test]
    fn what_was_understood_and_what_is_missing_here() {
        let dir = tempfile::tempdir().unwrap();
        let (site, installation) = (dir.path().join("a.toml"), dir.path().join("motcua.toml"));
        std::fs::write(&site, format!("{SITE}{CAMERA}")).unwrap();
        std::fs::write(&installation, "sites = [\"a.toml\"]\n").unwrap();
        let lines = checked(&site).unwrap();
        assert_eq!(lines[0], "ok: a.hall: rtsp://192.0.2.7/1; zones: seats (waiting)");
        assert_eq!(lines[1], "ok: a.door: another program speaks for it; zones: none");
        assert!(lines[2].starts_with("note: a.hall: ") && lines[2].contains("HALL_EYE_NOT_SET"), "{}", lines[2]);
        assert_eq!(lines.len(), 3);
        let lines = checked(&installation).unwrap();
        assert!(lines.len() == 4 && lines[3].contains("secrets/cameras/a.hall"), "{lines:?}");
        assert_eq!(run(&Options { file: site }).unwrap(), ExitCode::SUCCESS);
    }

    #[test]
    fn every_mistake_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let site = dir.path().join("a.toml");
        let camera = "[[camera]]\ncamera = \"hall\"\nsource = \"rtsp://eye:c%40n%3Aary@192.0.2.7/1\"\nlooks = 3\n";
        std::fs::write(&site, format!("{SITE}{camera}")).unwrap();
        let told = checked(&site).unwrap_err();
        assert_eq!(told.lines().count(), 2, "{told}");
        assert!(!told.contains("ary"), "{told}");
        assert_eq!(run(&Options { file: site }).unwrap(), ExitCode::from(64));
    }
}
