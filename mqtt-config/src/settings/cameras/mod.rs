//! The cameras of the sites: where each is, who may look, how, and at which zones.
//!
//! The board needs of them only [`domain::config::ZoneConfig`]; this is what `camera-ingest` needs.

mod runtime;
mod watch;

use std::io;
use std::path::{Path, PathBuf};

use domain::event::ZoneKind;
use domain::{CameraId, CounterId, SiteId, ZoneId};

pub use runtime::CameraRuntime;
pub use watch::{CameraChange, CameraWatch};

use super::mistakes::Mistakes;
use super::reader::{read, whole};
use super::secret::Secret;
use super::site;
use super::sites::load_all_placed;

/// One camera of a site's file, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct CameraSettings {
    /// Whose it is.
    pub site: SiteId,
    /// Its id.
    pub camera: CameraId,
    /// What is looked at: `rtsp://`, `rtsps://` without user and password, or a file's absolute path.
    /// `substream` where the file names one, else `source`. `None`: another program speaks for this
    /// camera.
    pub source: Option<String>,
    /// Whom the camera knows us as.
    pub user: Option<String>,
    /// Where the password is. Never without a user.
    pub password: Option<PasswordFrom>,
    /// How to look.
    pub looking: CameraLooking,
    /// Its zones, in the order of the file.
    pub zones: Vec<CameraZone>,
}

/// Where a camera's password is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PasswordFrom {
    /// In this file, one line.
    File(PathBuf),
    /// In this variable of the environment.
    Variable(String),
}

impl PasswordFrom {
    /// Reads the password. Do so at each start of a worker: then a changed one needs no restart.
    ///
    /// # Errors
    /// When it is not there or empty; the text names the file or variable and what to do.
    pub fn read(&self) -> io::Result<Secret> {
        match self {
            Self::File(file) => Secret::from_file(file).map_err(|error| {
                let text = format!("the camera's password cannot be read from {}: {error}", file.display());
                io::Error::new(error.kind(), text)
            }),
            Self::Variable(name) => match std::env::var(name) {
                Ok(text) if !text.is_empty() => Ok(Secret::new(text)),
                // The variable's value is in no message, also where it is not UTF-8.
                _ => {
                    let text = format!("the camera's password is not there: set the variable {name}");
                    Err(io::Error::new(io::ErrorKind::NotFound, text))
                }
            },
        }
    }
}

/// How a camera is looked at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CameraLooking {
    /// Looks a second, 0.5..30.
    pub looks_per_s: f64,
    /// RTSP over UDP; usually TCP, where nothing is lost.
    pub udp: bool,
    /// Decode key frames only: least work, one look a key frame.
    pub keyframes_only: bool,
    /// Drop the decoder's loop filter: less work, slightly coarser pictures.
    pub skip_loop_filter: bool,
    /// How long the first picture may take, seconds, 1..120.
    pub first_frame_s: f64,
    /// Without a picture for so long the stream is lost, seconds, 1..4: the board hears of it within 5.
    pub stall_s: f64,
    /// A file begins again at its end.
    pub repeat: bool,
}

impl Default for CameraLooking {
    fn default() -> Self {
        Self {
            looks_per_s: 5.0,
            udp: false,
            keyframes_only: false,
            skip_loop_filter: false,
            first_frame_s: 15.0,
            stall_s: 4.0,
            repeat: false,
        }
    }
}

/// One zone of a camera's picture. What is `None` is learned from the picture, or usual.
#[derive(Debug, Clone, PartialEq)]
pub struct CameraZone {
    /// Its id, once in its camera.
    pub zone: ZoneId,
    /// What it looks at.
    pub kind: ZoneKind,
    /// The counter of a zone of kind `counter`.
    pub counter: Option<CounterId>,
    /// At least three points in fractions of width and height from the top left; it does not cross
    /// itself.
    pub polygon: Vec<[f64; 2]>,
    /// How readily something counts as there, 0.1..10; 1 is usual.
    pub sensitivity: Option<f64>,
    /// The smallest thing that counts, as a share of the zone, 0..1.
    pub min_area: Option<f64>,
    /// Seconds that the zone stays occupied when nothing is seen in it for a moment, 0..60.
    pub hold_s: Option<f64>,
    /// Seconds for which somebody who sits still is still there, 1..86400.
    pub still_s: Option<f64>,
    /// The share of the zone that people cover when it is full, 0.01..1.
    pub full_at: Option<f64>,
    /// How many people it holds when it is full, 1..10000.
    pub seats: Option<u32>,
}

/// Reads the cameras of all sites' files, in the order of the files; a path may be a glob pattern.
///
/// # Errors
/// Every mistake in all of the files, also one that is about no camera.
pub fn load_cameras(patterns: &[PathBuf]) -> Result<Vec<CameraSettings>, Mistakes> {
    let placed = load_all_placed(patterns)?;
    Ok(placed.into_iter().flat_map(|placed| placed.cameras).collect())
}

/// Reads a file of zones alone, `[[zone]]` at the top, as `camera-ingest analyse` takes it. `file` is
/// for the mistakes only. No counters are known there, so any id of one will do.
///
/// # Errors
/// Every mistake in it.
pub fn read_zones(file: &Path, text: &str) -> Result<Vec<CameraZone>, Mistakes> {
    whole(read(file, text, site::zones_alone), file)
}

#[cfg(test)]
mod tests;
