//! Twelve cameras for a minute, and `ffmpeg -f null` on the same streams at the same time.

use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use bench::figure::{Asked, Figures};
use harness::cameras::centre::{Camera, Centre};
use harness::cameras::clip::Clip;
use harness::cameras::family::{memory_kib, used_ms};
use harness::cameras::server::{Server, free_port};
use harness::wait::eventually;

const CAMERAS: usize = 12;
const SOON: Duration = Duration::from_secs(120);
/// The start of a program is no part of it.
const SETTLES: Duration = Duration::from_secs(10);
const MEASURED: Duration = Duration::from_secs(60);
const KIB_PER_MB: f64 = 1e6 / 1_024.0;

/// Ended when dropped.
struct Rival(Child);

impl Drop for Rival {
    fn drop(&mut self) {
        // One that has ended already is no error.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Decodes a stream and does nothing else.
fn rival(source: &str) -> Option<Rival> {
    let words = ["-v", "error", "-nostdin", "-threads", "1", "-rtsp_transport", "tcp", "-i", source, "-f", "null", "-"];
    let mut command = Command::new("ffmpeg");
    command.args(words).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().ok().map(Rival)
}

/// Measures and tells.
pub fn measure(figures: &mut Figures) {
    let server = Server::start(&Clip::Usual.file(), free_port(), &["--cameras", "12", "--tcp-only"]);
    let named = |n: usize| Camera::new(&format!("cam-{n}"), &server.url(&format!("cam-{n}")));
    let cameras: Vec<Camera> = (1..=CAMERAS).map(named).collect();
    let hall = Centre::start(&cameras, "");
    for camera in &cameras {
        eventually(SOON, &camera.camera, || hall.level(&camera.camera, "desk")?.ok_or_else(|| "not known".to_owned()));
    }
    let workers = hall.eyes.workers();
    let rivals: Vec<Rival> = cameras.iter().filter_map(|camera| rival(&camera.source)).collect();
    let ours = || workers.iter().map(|pid| used_ms(*pid)).sum::<u64>() + used_ms(hall.eyes.pid());
    let theirs = || rivals.iter().map(|rival| used_ms(rival.0.id())).sum::<u64>();
    wait(SETTLES);
    let (begin, first_ours, first_theirs) = (Instant::now(), ours(), theirs());
    wait(MEASURED);
    let passed_ms = begin.elapsed().as_secs_f64() * 1_000.0;
    let (ours, theirs) = (ours().saturating_sub(first_ours) as f64, theirs().saturating_sub(first_theirs) as f64);
    figures.tell("cameras.twelve.of_a_core", ours / passed_ms, "x", Asked::AtMost(0.30));
    figures.tell("cameras.twelve.ffmpeg_of_a_core", theirs / passed_ms, "x", Asked::Nothing);
    figures.tell("cameras.twelve.of_ffmpeg", ours / theirs, "x", Asked::AtMost(1.1));
    let memory: Vec<(u64, u64)> = workers.iter().map(|pid| memory_kib(*pid)).collect();
    let most = |of: fn(&(u64, u64)) -> u64| memory.iter().map(of).max().unwrap_or(0) as f64 / KIB_PER_MB;
    figures.tell("cameras.twelve.rss_mb_each", most(|one| one.0), "MB", Asked::AtMost(40.0));
    figures.tell("cameras.twelve.pss_mb_each", most(|one| one.1), "MB", Asked::Nothing);
    let alike = hall.eyes.workers() == workers;
    figures.tell("cameras.twelve.started_again", f64::from(u8::from(!alike)), "", Asked::Exactly(0.0));
}

/// It is a figure of time: time is what passes.
fn wait(time: Duration) {
    let begin = Instant::now();
    while begin.elapsed() < time {
        thread::park_timeout(time.saturating_sub(begin.elapsed()));
    }
}
