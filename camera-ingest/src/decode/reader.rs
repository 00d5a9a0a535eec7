//! Goes through a stream picture by picture.

use ffmpeg::format::context::Input;
use ffmpeg::util::error::EAGAIN;
use ffmpeg::{Error, Packet, Rational, decoder, frame};
use ffmpeg_next as ffmpeg;
use motion::Picture;

use super::gate::{Facts, Gate};
use super::luma::Luma;
use super::times::Times;
use super::{Deadline, Failure, How, Source};
use crate::worker::protocol::Stream;

/// Coded pictures without a picture after which something is wrong with them; fewer may wait in the
/// decoder for their turn.
const NO_PICTURE: u32 = 20;
/// Packets in a row that a file may not give before it counts as over.
const UNREADABLE: u32 = 100;

/// What happened in a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A picture that may be looked at: [`Reader::picture`].
    Picture,
    /// Something of the stream came; no picture that may be looked at. Only where key pictures alone
    /// are decoded, so that the time between two of them is not taken for silence.
    Passing,
    /// A file is over.
    End,
}

/// What a stream was, as far as it was read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Measured {
    /// Coded pictures that came.
    pub packets: u64,
    /// Of them those that stand for themselves.
    pub keys: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Coded pictures from one that stands for itself to the next, the last time; 0 is not known.
    pub key_distance: u64,
    /// Pictures and packets that were not good enough to be looked at.
    pub bad: u64,
}

/// A stream that is open. Pictures stay where the decoder has put them; nothing is copied.
pub struct Reader {
    source: Source,
    keyframes_only: bool,
    deadline: Deadline,
    input: Input,
    index: usize,
    time_base: Rational,
    stream: Stream,
    decoder: decoder::Video,
    frame: frame::Video,
    gate: Gate,
    luma: Luma,
    times: Times,
    time_s: f64,
    measured: Measured,
    since_key: Option<u64>,
    /// Coded pictures that came since the last good picture.
    came: u32,
    ending: bool,
}

impl Reader {
    pub(super) fn new(
        source: Source,
        how: &How,
        deadline: Deadline,
        input: Input,
        index: usize,
        decoder: decoder::Video,
    ) -> Self {
        let (stream, time_base) = describe(&input, index, &decoder);
        let times = Times::new(stream.frames_per_s);
        Self {
            source,
            keyframes_only: how.keyframes_only,
            deadline,
            input,
            index,
            time_base,
            stream,
            decoder,
            frame: frame::Video::empty(),
            gate: Gate::new(how.keyframes_only),
            luma: Luma::default(),
            times,
            time_s: 0.0,
            measured: Measured::default(),
            since_key: None,
            came: 0,
            ending: false,
        }
    }

    /// What is read.
    #[must_use]
    pub const fn source(&self) -> &Source {
        &self.source
    }

    /// What the stream is; its size is the last good picture's as soon as there is one.
    #[must_use]
    pub const fn stream(&self) -> &Stream {
        &self.stream
    }

    /// What was read of it so far.
    #[must_use]
    pub const fn measured(&self) -> Measured {
        self.measured
    }

    /// How long a file lasts, in seconds, where it says so.
    #[must_use]
    pub fn lasts_s(&self) -> Option<f64> {
        let duration = self.input.duration();
        (duration > 0).then(|| duration as f64 / f64::from(ffmpeg::ffi::AV_TIME_BASE))
    }

    /// When a file was recorded, as it says itself.
    #[must_use]
    pub fn recorded_at(&self) -> Option<String> {
        self.input.metadata().get("creation_time").map(str::to_owned)
    }

    /// The time of the last picture by its time stamp, in seconds from the first one; it always
    /// rises. For recordings: a live stream's time stamps are not to be trusted.
    #[must_use]
    pub const fn time_s(&self) -> f64 {
        self.time_s
    }

    /// The brightness of the last picture.
    ///
    /// # Errors
    /// When it has a form that cannot be looked at.
    pub fn picture(&mut self) -> Result<Picture<'_>, Failure> {
        self.luma.of(&self.frame).ok_or_else(|| Failure::unreadable(&self.source))
    }

    /// The last picture in colour.
    pub(super) const fn frame(&self) -> &frame::Video {
        &self.frame
    }

    /// Goes to the next picture that may be looked at.
    ///
    /// # Errors
    /// When a live stream ends, or the deadline passes.
    pub fn advance(&mut self) -> Result<Event, Failure> {
        loop {
            match self.decoder.receive_frame(&mut self.frame) {
                Ok(()) if self.is_good() => {
                    self.came = 0;
                    return Ok(Event::Picture);
                }
                Ok(()) => self.measured.bad += 1,
                Err(Error::Other { errno: EAGAIN }) => {
                    let fed = self.feed()?;
                    if fed && self.keyframes_only {
                        return self.decoded_or_passing();
                    }
                }
                Err(Error::Eof) => return Ok(Event::End),
                Err(_) => self.fault(),
            }
            // Data alone is no picture, however much of it comes.
            if self.deadline.passed() {
                return Err(self.out_of_time());
            }
        }
    }

    fn decoded_or_passing(&mut self) -> Result<Event, Failure> {
        let decoded = self.decoder.receive_frame(&mut self.frame).is_ok();
        if decoded && self.is_good() {
            self.came = 0;
            return Ok(Event::Picture);
        }
        if self.deadline.passed() { Err(self.out_of_time()) } else { Ok(Event::Passing) }
    }

    /// Gives the decoder one more packet; whether there was one.
    fn feed(&mut self) -> Result<bool, Failure> {
        let mut unreadable = 0;
        while !self.ending {
            let mut packet = Packet::empty();
            match packet.read(&mut self.input) {
                Ok(()) if packet.stream() == self.index => {
                    self.take(&packet);
                    return Ok(true);
                }
                Ok(()) => {}
                Err(_) if self.deadline.passed() => return Err(self.out_of_time()),
                Err(error) if self.source.is_live() && error != Error::InvalidData => {
                    return Err(Failure::reading(&self.source, error));
                }
                Err(Error::InvalidData) if unreadable < UNREADABLE => {
                    unreadable += 1;
                    self.fault();
                }
                Err(error) => {
                    if error != Error::Eof {
                        self.measured.bad += 1;
                    }
                    self.ending = true;
                    // The pictures that it still holds; that it has ended already is no matter.
                    let _ = self.decoder.send_eof();
                }
            }
        }
        Ok(false)
    }

    fn take(&mut self, packet: &Packet) {
        self.came = self.came.saturating_add(1);
        self.measured.packets += 1;
        if packet.is_key() {
            self.measured.keys += 1;
            self.measured.key_distance = self.since_key.unwrap_or(0);
        }
        self.since_key = match self.since_key {
            _ if packet.is_key() => Some(1),
            since => since.map(|packets| packets + 1),
        };
        self.measured.bytes += packet.size() as u64;
        if packet.is_corrupt() {
            self.fault();
        }
        if self.decoder.send_packet(packet).is_err() {
            self.fault();
        }
    }

    /// Whether the picture that was just decoded may be looked at.
    fn is_good(&mut self) -> bool {
        let stamp = self.frame.timestamp().map(|stamp| stamp as f64 * f64::from(self.time_base));
        self.time_s = self.times.next(stamp);
        let size = (self.frame.width(), self.frame.height());
        let clean = !self.frame.is_corrupt() && !self.frame.has_decode_errors();
        let good = self.gate.lets(Facts { key: self.frame.is_key(), clean, size });
        if good {
            // The decoder's own word for it can be of another size.
            (self.stream.width, self.stream.height) = size;
        }
        good
    }

    fn fault(&mut self) {
        self.measured.bad += 1;
        self.gate.fault();
    }

    fn out_of_time(&self) -> Failure {
        if self.came > NO_PICTURE { Failure::broken(&self.source) } else { Failure::stalled(&self.source) }
    }
}

fn describe(input: &Input, index: usize, decoder: &decoder::Video) -> (Stream, Rational) {
    let codec = decoder.id().name().to_owned();
    let (width, height) = (decoder.width(), decoder.height());
    let stream = input.stream(index);
    let rate = stream.as_ref().map(|stream| f64::from(stream.avg_frame_rate()));
    let bits = stream.as_ref().map(|stream| stream.parameters().bit_rate());
    let stream_says = Stream {
        codec,
        width,
        height,
        frames_per_s: rate.filter(|rate| rate.is_finite() && *rate > 0.0),
        bit_rate: bits.and_then(|bits| u64::try_from(bits).ok()).filter(|bits| *bits > 0),
        key_every_s: None,
    };
    (stream_says, stream.map_or(Rational(1, 1000), |stream| stream.time_base()))
}
