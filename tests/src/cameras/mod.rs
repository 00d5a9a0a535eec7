//! Real cameras made of drawn clips, what watches them, and everything that can go wrong with them.
//!
//! - `clip`: clips drawn by FFmpeg's own program: a hall in which somebody always moves, others
//! - `server`: one clip as one or more live RTSP cameras
//! - `centre`: an installation with cameras, `camera-ingest` beside it, and what it sends on record
//! - `tap`: MQTT as it went over the wire
//! - `family`: processes, their children, what they hold and what they have used
//! - `wall`: what a screen shows of the zones, and when

pub mod centre;
pub mod clip;
pub mod family;
pub mod server;
pub mod tap;
pub mod wall;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The program that makes a camera of a clip, beside the project.
#[must_use]
pub fn rtsp_serve() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.ancestors().nth(2).unwrap_or(tests).join("shared/tools/rtsp-serve")
}

/// Python as the system installs it: GStreamer's bindings are in no other.
pub const PYTHON: &str = "/usr/bin/python3";

/// What a test with cameras lacks here; `None` when everything is here.
#[must_use]
pub fn missing() -> Option<&'static str> {
    let runs = |program: &str, arguments: &[&str]| {
        let quiet = Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
        quiet.is_ok_and(|status| status.success())
    };
    let bindings = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer";
    if centre::program().is_none() {
        Some("camera-ingest is not built (cargo build -p motcua-camera-ingest)")
    } else if !runs("ffmpeg", &["-version"]) {
        Some("ffmpeg is not installed")
    } else if !runs(PYTHON, &["-c", bindings]) {
        Some("GStreamer's RTSP server for Python (gir1.2-gst-rtsp-server-1.0) is not installed")
    } else if !rtsp_serve().is_file() {
        Some("../shared/tools/rtsp-serve is not here")
    } else {
        None
    }
}
