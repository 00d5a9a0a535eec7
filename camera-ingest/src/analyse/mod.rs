//! `camera-ingest analyse FILE`: a recorded file through the same code as a live camera.

mod events;
mod progress;

use std::fmt;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Instant, UNIX_EPOCH};

use anyhow::Context;
use domain::{CameraId, Timestamp};
use motion::Eye;
use mqtt_config::settings::{CameraZone, read_zones};

use crate::decode::{self, Deadline, Event, How, Looks, Loudness, Reader, Source};
use crate::run::plan;
use events::Events;
use progress::Progress;

/// A picture so much before its turn will do, in milliseconds: written times are rounded.
const SLACK_MS: f64 = 1.5;
/// What bad arguments and bad zones end with.
const BAD_INPUT: u8 = 64;

/// Phân tích một tệp video bằng đúng mã dùng cho camera trực tiếp.
///
/// Looks at a recorded file with the code that looks at live cameras, as fast as it can be decoded,
/// and writes one event of the contract a line, with `pts_s` (seconds from the file's first frame)
/// and `at`. The same file and zones give the same lines.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Tệp video. / The video file.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// Tệp TOML các vùng: [[zone]] zone, kind, polygon. / The zones' TOML file.
    #[arg(long, value_name = "Z.toml")]
    pub zones: PathBuf,

    /// Tệp sự kiện được ghi, mỗi dòng một sự kiện; - là stdout. / Where the events are written, one a
    /// line; - is stdout.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,

    /// Lúc bắt đầu ghi hình (RFC 3339). / When the recording began; else what the file says.
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,

    /// Mã camera trong sự kiện. / The camera's id in the events.
    #[arg(long, value_name = "ID", default_value = "file")]
    pub camera: String,

    /// Số lần nhìn mỗi giây, 0.5..30. / Looks a second.
    #[arg(long, value_name = "N", default_value_t = 5.0)]
    pub looks_per_s: f64,

    /// Chỉ giải mã khung hình chính. / Decode key frames only: least work, one look a key frame.
    #[arg(long)]
    pub keyframes_only: bool,

    /// Bỏ bộ lọc khối của bộ giải mã. / Drop the decoder's loop filter: less work, coarser pictures.
    #[arg(long)]
    pub skip_loop_filter: bool,

    /// Không hiện tiến độ. / Show no progress.
    #[arg(long)]
    pub no_progress: bool,
}

/// Runs the command. Bad arguments and mistakes in the zones are told and end with 64.
///
/// # Errors
/// When the file cannot be read, or the events cannot be written.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let (zones, camera) = match checked(options) {
        Ok(checked) => checked,
        Err(why) => {
            tell(&why);
            return Ok(ExitCode::from(BAD_INPUT));
        }
    };
    decode::speak(Loudness::Quiet);
    let how =
        How { keyframes_only: options.keyframes_only, skip_loop_filter: options.skip_loop_filter, ..How::default() };
    let reader = decode::open(&Source::file(&options.file), &how, &Deadline::never())?;
    let begin = begin(options, &reader)?;
    let name = options.file.file_name().unwrap_or_default().to_string_lossy();
    let events = Events::new(camera, &zones, begin, &name);
    let eye = Eye::new(zones.iter().map(plan::zone).collect())?;
    let mut analysis = Analysis { events, eye, out: out(&options.out)?, seen: Vec::new(), told: Told::default() };
    let told = analysis.go(reader, options)?;
    tell(&format!("{}: {told}", options.file.display()));
    Ok(ExitCode::SUCCESS)
}

/// The zones and the camera, where nothing is wrong with what the person gave us.
fn checked(options: &Options) -> Result<(Vec<CameraZone>, CameraId), String> {
    let camera = CameraId::new(&options.camera).map_err(|error| format!("--camera: {error}"))?;
    if !(0.5..=30.0).contains(&options.looks_per_s) {
        return Err(format!("--looks-per-s is {}: write a number from 0.5 to 30", options.looks_per_s));
    }
    if options.at.as_deref().is_some_and(|at| Timestamp::parse(at).is_none()) {
        return Err("--at is no time: write it as 2026-05-04T08:00:00+07:00".to_owned());
    }
    let file = &options.zones;
    let text = std::fs::read_to_string(file)
        .map_err(|error| format!("the zones cannot be read from {}: {error}", file.display()))?;
    let zones = read_zones(file, &text).map_err(|mistakes| mistakes.to_string())?;
    Ok((zones, camera))
}

/// When the recording began: as it was said, as the file says, or as long before the file's last
/// change as it lasts.
fn begin(options: &Options, reader: &Reader) -> anyhow::Result<Timestamp> {
    let said = options.at.as_deref().and_then(Timestamp::parse);
    if let Some(begin) = said.or_else(|| reader.recorded_at().and_then(|at| Timestamp::parse(&at))) {
        return Ok(begin);
    }
    let changed = std::fs::metadata(&options.file)
        .and_then(|file| file.modified())
        .with_context(|| format!("{} does not say when it was recorded: use --at", options.file.display()))?;
    let ms = changed.duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(0));
    let lasts_ms = reader.lasts_s().map_or(0, millis);
    Ok(Timestamp::from_ms(ms - lasts_ms))
}

fn out(path: &Path) -> anyhow::Result<Box<dyn Write>> {
    if path == Path::new("-") {
        return Ok(Box::new(BufWriter::new(io::stdout().lock())));
    }
    let file = File::create(path).with_context(|| format!("the events cannot be written to {}", path.display()))?;
    Ok(Box::new(BufWriter::new(file)))
}

/// One recording on its way through the eye.
struct Analysis {
    events: Events,
    eye: Eye,
    out: Box<dyn Write>,
    seen: Vec<motion::Word>,
    told: Told,
}

impl Analysis {
    fn go(&mut self, mut reader: Reader, options: &Options) -> anyhow::Result<Told> {
        let began = Instant::now();
        let mut looks = Looks::new(options.looks_per_s, SLACK_MS);
        let mut progress = Progress::new(reader.lasts_s(), !options.no_progress);
        loop {
            match reader.advance()? {
                Event::Picture => {
                    self.told.pictures += 1;
                    self.told.lasts_s = reader.time_s();
                    progress.at(reader.time_s());
                    if looks.wants(reader.time_s() * 1000.0) {
                        self.told.looks += 1;
                        let at_ms = millis(reader.time_s());
                        self.eye.look(at_ms, &reader.picture()?, &mut self.seen);
                        self.write()?;
                    }
                }
                Event::Passing => {}
                Event::End => break,
            }
        }
        anyhow::ensure!(self.told.looks > 0, "{} has no picture that can be decoded", options.file.display());
        self.eye.end(millis(reader.time_s()), &mut self.seen);
        self.write()?;
        self.out.flush().context("the events cannot be written")?;
        self.told.bad = reader.measured().bad;
        self.told.took_s = began.elapsed().as_secs_f64();
        Ok(self.told)
    }

    fn write(&mut self) -> anyhow::Result<()> {
        for word in self.seen.drain(..) {
            if let Some(line) = self.events.line(&word) {
                self.told.events += 1;
                writeln!(self.out, "{line}").context("the events cannot be written")?;
            }
        }
        Ok(())
    }
}

/// What is told at the end.
#[derive(Debug, Clone, Copy, Default)]
struct Told {
    events: u64,
    pictures: u64,
    looks: u64,
    bad: u64,
    lasts_s: f64,
    took_s: f64,
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { events, pictures, looks, bad, lasts_s, took_s } = self;
        write!(f, "{events} events of {lasts_s:.1} s, {pictures} pictures, {looks} looks, in {took_s:.2} s")?;
        write!(f, " ({:.0} pictures/s)", *pictures as f64 / took_s.max(1e-3))?;
        if *bad > 0 { write!(f, "; {bad} could not be decoded well and were not looked at") } else { Ok(()) }
    }
}

fn millis(s: f64) -> i64 {
    (s * 1000.0).round() as i64
}

fn tell(line: &str) {
    // Who closed stderr does not want to know.
    let _ = writeln!(io::stderr(), "{line}");
}
