//! Twelve cameras on a small machine: what they cost, beside FFmpeg's own program on the same streams
//! at the same time. Minutes, and only in a release build on a quiet machine a figure:
//! `MOTCUA_SOAK_S=600 cargo test --release -p motcua-tests --test runner twelve -- --nocapture`.

use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use harness::cameras::centre::{Camera, Centre};
use harness::cameras::clip::Clip;
use harness::cameras::family::{memory_kib, used_ms};
use harness::cameras::server::{Server, free_port};
use harness::wait::eventually;

const CAMERAS: usize = 12;
const SOON: Duration = Duration::from_secs(120);
/// Of one core, and of FFmpeg's own work.
const OF_A_CORE: f64 = 0.30;
const OF_FFMPEG: f64 = 1.1;
const MEMORY_KIB: u64 = 40 * 1_024;

/// A program that is ended with the test.
struct Rival(Child);

impl Drop for Rival {
    fn drop(&mut self) {
        // One that has ended already is no error.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// `ffmpeg -f null` on a stream: it decodes and does nothing else.
fn rival(source: &str) -> Rival {
    let words = ["-v", "error", "-nostdin", "-threads", "1", "-rtsp_transport", "tcp", "-i", source, "-f", "null", "-"];
    let child =
        Command::new("ffmpeg").args(words).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    Rival(child.unwrap())
}

#[test]
fn twelve_cameras_stay_within_their_budget() {
    let Some(seconds) = std::env::var("MOTCUA_SOAK_S").ok().and_then(|text| text.parse::<u64>().ok()) else {
        return println!("skipped: set MOTCUA_SOAK_S to the seconds that it may take (600)");
    };
    if !super::can_run() {
        return;
    }
    let server = Server::start(&Clip::Usual.file(), free_port(), &["--cameras", "12", "--tcp-only"]);
    let named = |n: usize| Camera::new(&format!("cam-{n}"), &server.url(&format!("cam-{n}")));
    let cameras: Vec<Camera> = (1..=CAMERAS).map(named).collect();
    let hall = Centre::start(&cameras, "");
    for camera in &cameras {
        eventually(SOON, &camera.camera, || hall.level(&camera.camera, "desk")?.ok_or_else(|| "not known".to_owned()));
    }
    let workers = hall.eyes.workers();
    assert_eq!(workers.len(), CAMERAS);
    let own = || workers.iter().map(|pid| used_ms(*pid)).sum::<u64>() + used_ms(hall.eyes.pid());
    // FFmpeg's own program for the first minute of it, on the same streams; alone after that.
    let beside = Duration::from_secs((seconds / 3).min(60));
    let rivals: Vec<Rival> = cameras.iter().map(|camera| rival(&camera.source)).collect();
    let theirs = || rivals.iter().map(|rival| used_ms(rival.0.id())).sum::<u64>();
    // Both have begun; the start of a program is no part of it.
    wait(Duration::from_secs(5));
    let (begin, first_own, first_theirs) = (Instant::now(), own(), theirs());
    wait(beside);
    let (own_beside, theirs_beside) = ((own() - first_own) as f64, (theirs() - first_theirs) as f64);
    let beside_ms = begin.elapsed().as_secs_f64() * 1_000.0;
    drop(rivals);
    let (begin, first_own, first_parent) = (Instant::now(), own(), used_ms(hall.eyes.pid()));
    wait(Duration::from_secs(seconds).saturating_sub(beside));
    let parent_share = (used_ms(hall.eyes.pid()) - first_parent) as f64 / (begin.elapsed().as_secs_f64() * 1_000.0);
    let share = (own() - first_own) as f64 / (begin.elapsed().as_secs_f64() * 1_000.0);
    assert_eq!(hall.eyes.workers(), workers, "no worker was started again");
    let memory: Vec<(u64, u64)> = workers.iter().map(|pid| memory_kib(*pid)).collect();
    let (rss, pss) = (memory.iter().map(|one| one.0).max().unwrap(), memory.iter().map(|one| one.1).max().unwrap());
    let parent = memory_kib(hall.eyes.pid());
    println!(
        "{{\"what\":\"twelve cameras\",\"seconds\":{seconds},\"share_of_a_core\":{share:.3},\"parent\":{parent_share:.3},\"beside_ffmpeg\":{:.3},\"ffmpeg\":{:.3},\"of_ffmpeg\":{:.3},\"rss_kib_max\":{rss},\"pss_kib_max\":{pss},\"parent_rss_pss_kib\":{parent:?}}}",
        own_beside / beside_ms,
        theirs_beside / beside_ms,
        own_beside / theirs_beside,
    );
    let board = hall.board().unwrap();
    let known = board["zones"].as_array().map_or(0, |rows| rows.iter().filter(|row| row["level"].is_number()).count());
    assert_eq!(known, CAMERAS * 5, "all zones are known at the end");
    // What all of them share, FFmpeg's libraries above all, is there once.
    assert!(pss <= MEMORY_KIB, "{pss} KiB");
    // An unoptimised build proves nothing of the rest.
    if !cfg!(debug_assertions) {
        assert!(share <= OF_A_CORE, "{share} of a core");
        assert!(own_beside <= OF_FFMPEG * theirs_beside, "{own_beside} ms, ffmpeg {theirs_beside} ms");
    }
}

/// It is a figure of time: time is what passes.
fn wait(time: Duration) {
    let begin = Instant::now();
    while begin.elapsed() < time {
        thread::park_timeout(time.saturating_sub(begin.elapsed()));
    }
}
