//! Draws a hall with people into a video, through the `ffmpeg` command (with libx264).
//!
//! The demonstration's clip, as it lies in the repository:
//!
//! ```sh
//! cargo run -p motcua-camera-ingest --example draw-hall -- motcua/templates/hall.mp4
//! ```
//!
//! A clip for a benchmark (768x576, 15 pictures a second, 2 Mbit/s), another one for each seed:
//!
//! ```sh
//! cargo run -p motcua-camera-ingest --example draw-hall -- --preset bench --seed 3 out.mp4
//! ```

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use clap::{Parser, ValueEnum};
use motion::scenes::{DEMO_FPS, DEMO_S, Film, Scene, bench, demo};

#[derive(Parser)]
#[command(about = "Vẽ một đoạn phim phòng giao dịch / draws a clip of a service hall")]
struct Arguments {
    /// Đoạn phim nào / which clip
    #[arg(long, value_enum, default_value_t = Preset::Demo)]
    preset: Preset,
    /// Mỗi số một phòng khác (chỉ với bench) / another hall for each (bench only)
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Số giây (chỉ với bench) / seconds (bench only)
    #[arg(long, default_value_t = 30.0)]
    seconds: f64,
    /// Tệp mp4 được ghi đè / the mp4 file, written anew
    out: PathBuf,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Preset {
    /// Phòng chờ cho bản trình diễn / the demonstration's hall
    Demo,
    /// Đoạn phim để đo tốc độ / a clip to measure speed with
    Bench,
}

struct Clip {
    scene: Scene,
    fps: f64,
    seconds: f64,
    encoding: &'static [&'static str],
}

/// Small: it is kept in the repository. One thread, so that it is the same wherever it is made.
const SMALL: &[&str] = &["-preset", "veryslow", "-crf", "33", "-g", "20", "-threads", "1"];
/// As an ordinary camera does.
const CAMERA: &[&str] =
    &["-preset", "veryfast", "-b:v", "2M", "-maxrate", "2M", "-bufsize", "2M", "-g", "30", "-threads", "1"];

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let clip = match arguments.preset {
        Preset::Demo => Clip { scene: demo(), fps: DEMO_FPS, seconds: DEMO_S, encoding: SMALL },
        Preset::Bench => {
            let scene = bench([768, 576], arguments.seed, arguments.seconds);
            Clip { scene, fps: 15.0, seconds: arguments.seconds, encoding: CAMERA }
        }
    };
    encode(clip, &arguments.out)
}

fn encode(clip: Clip, out: &Path) -> anyhow::Result<()> {
    let [width, height] = clip.scene.size;
    let mut ffmpeg = Command::new("ffmpeg")
        .args(["-hide_banner", "-loglevel", "error", "-y", "-f", "rawvideo", "-pix_fmt", "yuv420p"])
        .args(["-s", &format!("{width}x{height}"), "-r", &clip.fps.to_string(), "-i", "-", "-an"])
        .args(["-c:v", "libx264", "-profile:v", "main", "-bf", "0", "-sc_threshold", "0"])
        .args(clip.encoding)
        .args(["-fflags", "+bitexact", "-flags:v", "+bitexact", "-movflags", "+faststart"])
        .arg(out)
        .stdin(Stdio::piped())
        .spawn()
        .context("cannot start `ffmpeg`: install it, with libx264")?;
    let written = draw(clip, ffmpeg.stdin.take());
    let ended = ffmpeg.wait().context("waiting for `ffmpeg`")?;
    if !ended.success() {
        bail!("`ffmpeg` could not write {}: its own words stand above", out.display());
    }
    written
}

fn draw(clip: Clip, pipe: Option<impl Write>) -> anyhow::Result<()> {
    let mut pipe = pipe.context("`ffmpeg` takes no pictures")?;
    let mut film = Film::new(clip.scene);
    let mut frame = Vec::new();
    for n in 0..(clip.seconds * clip.fps).round() as u64 {
        frame.clear();
        film.shoot(n as f64 / clip.fps).write_yuv420p(&mut frame);
        pipe.write_all(&frame).context("`ffmpeg` has stopped taking pictures")?;
    }
    Ok(())
}
