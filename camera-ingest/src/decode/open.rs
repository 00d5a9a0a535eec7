//! Opens a stream and its decoder.

use std::time::Duration;

use ffmpeg::codec::{self, Id, threading};
use ffmpeg::format::context::Input;
use ffmpeg::util::log;
use ffmpeg::{Dictionary, Discard, decoder, format, media};
use ffmpeg_next as ffmpeg;

use super::{Deadline, Failure, Reader, Source};

/// What is decoded: what cameras and recorders write, and nothing exotic, because each decoder more is
/// one more to attack.
const CODECS: [Id; 12] = [
    Id::H264,
    Id::HEVC,
    Id::MJPEG,
    Id::MPEG4,
    Id::MPEG2VIDEO,
    Id::MPEG1VIDEO,
    Id::H263,
    Id::VP8,
    Id::VP9,
    Id::AV1,
    Id::FFV1,
    Id::RAWVIDEO,
];

/// How a stream is decoded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct How {
    /// Decodes key pictures only.
    pub keyframes_only: bool,
    /// Drops the decoder's loop filter.
    pub skip_loop_filter: bool,
    /// How long the other side may be silent while a connection is made, besides the [`Deadline`].
    pub patience: Duration,
}

impl Default for How {
    fn default() -> Self {
        Self { keyframes_only: false, skip_loop_filter: false, patience: Duration::from_secs(15) }
    }
}

/// How much FFmpeg says on stderr.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loudness {
    /// Nothing: its caller tells it all.
    Quiet,
    /// What went wrong.
    Warnings,
}

/// Sets how much FFmpeg says on stderr, in the whole process.
pub fn speak(loudness: Loudness) {
    log::set_level(match loudness {
        Loudness::Quiet => log::Level::Quiet,
        Loudness::Warnings => log::Level::Warning,
    });
}

/// Opens a stream. It gives up when the deadline passes.
///
/// # Errors
/// When there is no picture to be had, with the reason.
pub fn open(source: &Source, how: &How, deadline: &Deadline) -> Result<Reader, Failure> {
    ffmpeg::init().map_err(|error| Failure::opening(source, error, true))?;
    let Some(address) = source.for_ffmpeg().filter(|address| !address.contains('\0')) else {
        return Err(Failure::no_video(source, "has a name that is no text"));
    };
    let interrupt = deadline.clone();
    let opened =
        format::input_with_interrupt_and_dictionary(&address, move || interrupt.passed(), options(source, how));
    let input = opened.map_err(|error| Failure::opening(source, error, !deadline.passed()))?;
    let (index, decoder) = choose(source, how, &input)?;
    Ok(Reader::new(source.clone(), how, deadline.clone(), input, index, decoder))
}

fn options(source: &Source, how: &How) -> Dictionary<'static> {
    let mut options = Dictionary::new();
    if !source.is_live() {
        // A play list must not lead out of this machine.
        options.set("protocol_whitelist", "file");
        return options;
    }
    options.set("protocol_whitelist", "rtsp,rtsps,rtp,srtp,tcp,udp,tls,crypto");
    options.set("rtsp_transport", if source.is_udp() { "udp" } else { "tcp" });
    options.set("timeout", &how.patience.as_micros().to_string());
    // Sound is not even asked for.
    options.set("allowed_media_types", "video");
    options.set("user_agent", "motcua");
    // A rate is estimated from a few pictures: the first look comes sooner.
    options.set("analyzeduration", "2000000");
    options.set("fpsprobesize", "5");
    if source.is_udp() {
        options.set("buffer_size", "1048576");
        options.set("max_delay", "300000");
    }
    options
}

fn choose(source: &Source, how: &How, input: &Input) -> Result<(usize, decoder::Video), Failure> {
    let Some(stream) = input.streams().best(media::Type::Video) else {
        return Err(Failure::no_video(source, "has no video in it"));
    };
    let id = stream.parameters().id();
    if !CODECS.contains(&id) {
        return Err(Failure::no_video(source, &format!("has video of a kind that is not read ({})", id.name())));
    }
    let no_decoder = |_| Failure::no_video(source, &format!("has {} video that cannot be decoded", id.name()));
    let mut context = codec::Context::from_parameters(stream.parameters()).map_err(no_decoder)?;
    // Twelve cameras share the machine: threads would only cost memory and delay.
    context.set_threading(threading::Config::count(1));
    let mut decoder = context.decoder();
    decoder.set_packet_time_base(stream.time_base());
    if how.skip_loop_filter {
        decoder.skip_loop_filter(Discard::All);
    }
    if how.keyframes_only {
        decoder.skip_frame(Discard::NonKey);
    }
    let decoder = decoder.video().map_err(no_decoder)?;
    Ok((stream.index(), decoder))
}
