//! What a worker and its parent say to each other: one JSON object a line.

use mqtt_config::settings::Secret;
use serde::{Deserialize, Serialize};

/// The first line to a worker: what to look at.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Job {
    /// Where the pictures come from: `rtsp://`, `rtsps://` or a file's path. Without user and password.
    pub source: String,
    /// Whom the camera knows us as.
    pub user: Option<String>,
    /// Only ever on this pipe.
    #[serde(default, with = "plain")]
    pub password: Option<Secret>,
    /// How to look.
    pub looking: Looking,
    /// The zones; empty is a look at the picture alone.
    pub zones: Vec<motion::Zone>,
    /// The picture itself may be asked for ([`Command::Picture`]): `snapshot` and `zones` only.
    pub pictures: bool,
}

/// How a worker looks at its stream. The defaults are those of the site's file.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Looking {
    /// Looks a second, 0.5..30.
    pub looks_per_s: f64,
    /// RTSP over UDP; usually TCP, where nothing is lost.
    pub udp: bool,
    /// Decodes key frames only: least work, one look a key frame.
    pub keyframes_only: bool,
    /// Drops the decoder's loop filter: less work, slightly coarser pictures.
    pub skip_loop_filter: bool,
    /// How long the first picture may take, in seconds.
    pub first_frame_s: f64,
    /// A live source without a picture for so long is lost, in seconds, 1..4.
    pub stall_s: f64,
    /// A file begins again at its end.
    pub repeat: bool,
}

impl Default for Looking {
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

/// Later lines to a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// The next picture as PNG, once.
    Picture,
}

/// What a worker says. `at_ms` is CLOCK_BOOTTIME in milliseconds: one clock for all processes of a host.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "word", rename_all = "snake_case", deny_unknown_fields)]
pub enum Word {
    /// It begins to open the stream.
    Opening {
        /// When.
        at_ms: i64,
    },
    /// The stream is open: what it is. Pictures may follow. Where [`Job::pictures`], it is said once
    /// more after some seconds of them, as it was measured.
    Stream(Stream),
    /// It has looked; at least each second while there are pictures. The first after `opening` is the
    /// first picture.
    Looked {
        /// When the picture came.
        at_ms: i64,
    },
    /// Levels are known from now on (the room is learned, or is known from before).
    Watching {
        /// When.
        at_ms: i64,
    },
    /// Pictures come, and nothing can be told from them (covered, black, turned away).
    Blind {
        /// Since when.
        at_ms: i64,
    },
    /// The stream is lost or could not be opened; the worker tries again by itself.
    Lost {
        /// When the last picture came; now, where there was none.
        at_ms: i64,
        /// Which trouble.
        trouble: Trouble,
        /// One sentence without a secret: what, and what to do.
        why: String,
        /// When it tries again.
        again_in_ms: u64,
    },
    /// See [`motion::Word::Started`].
    Started {
        /// Index of the zone in the job.
        zone: usize,
        /// Its number, of this worker.
        motion: u64,
        /// When it began.
        at_ms: i64,
        /// 0..1.
        level: f64,
    },
    /// See [`motion::Word::Ended`].
    Ended {
        /// Index of the zone in the job.
        zone: usize,
        /// The number of its beginning.
        motion: u64,
        /// When it began.
        began_ms: i64,
        /// When it ended.
        at_ms: i64,
        /// 0..1.
        level: f64,
        /// The picture was lost, nobody left.
        lost: bool,
    },
    /// See [`motion::Word::Level`].
    Level {
        /// Index of the zone in the job.
        zone: usize,
        /// When.
        at_ms: i64,
        /// 0..1.
        level: f64,
    },
    /// The picture that was asked for: PNG, base64. Only where [`Job::pictures`].
    Picture {
        /// The file's bytes.
        png_base64: String,
    },
    /// A file that does not repeat is over.
    Over {
        /// When.
        at_ms: i64,
    },
}

/// What a stream is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stream {
    /// `h264`, `hevc`, ...
    pub codec: String,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// As the stream says; `None` where it does not.
    pub frames_per_s: Option<f64>,
    /// As the stream says; `None` where it does not.
    pub bit_rate: Option<u64>,
    /// Seconds from one key picture to the next; `None` where it is not known.
    #[serde(default)]
    pub key_every_s: Option<f64>,
}

/// Why there is no picture, as a code for `camera.offline`'s `reason`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// Nothing answers at that address, or the name is not known.
    Unreachable,
    /// The camera refuses user or password.
    Refused,
    /// There is no such stream at the camera.
    NoSuchStream,
    /// There is no video in it, or none that can be read.
    NoVideo,
    /// No (first) picture in time.
    Stalled,
    /// The stream ended.
    Ended,
    /// What comes cannot be decoded.
    Broken,
    /// Pictures come and nothing can be told from them.
    Blind,
    /// The worker itself died or hung.
    Worker,
}

mod plain {
    //! A secret in the clear, for the one pipe that carries it.

    use mqtt_config::settings::Secret;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(secret: &Option<Secret>, to: S) -> Result<S::Ok, S::Error> {
        match secret {
            Some(secret) => to.serialize_some(secret.expose()),
            None => to.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Secret>, D::Error> {
        Ok(Option::<String>::deserialize(from)?.map(Secret::new))
    }
}
