//! How it ends: in order, or killed.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::fake;
use super::hall::Hall;

#[tokio::test]
async fn an_orderly_end_says_so_and_leaves_nobody() {
    let mut hall = Hall::open().await;
    let good = hall.camera("good", "looks 2\nstarted 0 1\nlooks 600");
    let stubborn = hall.camera("stubborn", "looks 1\nstubborn");
    hall.write_site(&[&good, &stubborn]);
    let running = hall.run();
    hall.until("the pictures", |hall| {
        hall.count("good motion_started seats 0.2") == 1 && hall.count("stubborn online") == 1
    })
    .await;
    running.stop().await;
    for id in ["good", "stubborn"] {
        assert_eq!(hall.worker(id), None, "{id} is gone and reaped");
    }
    hall.until("the farewells", |hall| {
        ["good", "stubborn"].iter().all(|id| hall.last(id, "status")["state"] == "disconnected")
    })
    .await;
    let of_good: Vec<_> = hall.events().into_iter().filter(|event| event.starts_with("good")).collect();
    assert_eq!(of_good[2..], ["good motion_ended seats 0.2 camera_offline", "good offline stopped"]);
}

/// Killed at the end of the test whatever happens.
struct Parent(Child);

impl Parent {
    fn kill(&mut self) {
        // It may be dead already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Parent {
    fn drop(&mut self) {
        self.kill();
    }
}

#[tokio::test]
async fn a_killed_parent_takes_its_workers_along() {
    let mut hall = Hall::open().await;
    let (one, two) = (hall.camera("one", "looks 2\nstarted 0 1\nlooks 600"), hall.camera("two", "lost"));
    hall.write_site(&[&one, &two]);
    let file = hall.dir.path().join("runtime.json");
    hall.runtime.write(&file).unwrap();
    let start = || {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "fake::parent", "--nocapture"]).env(fake::RUNTIME, &file);
        Parent(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    };
    let mut parent = start();
    hall.until("both cameras", |hall| {
        hall.count("one motion_started seats 0.2") == 1 && hall.count("two offline refused") == 1
    })
    .await;
    parent.kill();
    hall.until("the workers' end", |hall| hall.worker("one").is_none() && hall.worker("two").is_none()).await;
    // The broker says that the device is lost, and the next run begins with what holds now.
    let _parent = start();
    hall.until("the next run", |hall| hall.count("one motion_started seats 0.2") == 2).await;
    let of_one: Vec<_> = hall.events().into_iter().filter(|event| event.starts_with("one")).collect();
    assert_eq!(of_one, ["one online", "one motion_started seats 0.2", "one online", "one motion_started seats 0.2"]);
}

#[tokio::test]
async fn a_real_worker_that_waits_for_a_camera_ends_with_its_parent() {
    // A camera that takes the connection and never says a word.
    let deaf = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut hall = Hall::open().await;
    let camera = hall.camera("cam", "").replace("cam.script", &format!("rtsp://{}/1", deaf.local_addr().unwrap()));
    hall.write_site(&[&camera.replace("first_frame_s = 2", "first_frame_s = 60")]);
    let file = hall.dir.path().join("runtime.json");
    hall.runtime.write(&file).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_camera-ingest"));
    command.arg("--runtime").arg(&file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut parent = Parent(command.spawn().unwrap());
    let pid = parent.0.id();
    hall.until("the worker", |_| !children(pid).is_empty()).await;
    let workers = children(pid);
    hall.until("the birth", |hall| hall.last("cam", "status")["state"] == "ready").await;
    parent.kill();
    hall.until("its end", |_| !workers.iter().any(|pid| fake::is_there(*pid))).await;
}

/// The children of a process.
fn children(pid: u32) -> Vec<u32> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    text.split_whitespace().map(|pid| pid.parse().unwrap()).collect()
}

#[tokio::test]
async fn a_parent_that_stood_still_hears_first_and_judges_then() {
    let mut hall = Hall::open().await;
    hall.write_site(&[&hall.camera("cam", "looks 600")]);
    let file = hall.dir.path().join("runtime.json");
    hall.runtime.write(&file).unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "fake::parent", "--nocapture"]).env(fake::RUNTIME, &file);
    let parent = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let parent = Parent(parent.unwrap());
    hall.until("the picture", |hall| hall.count("cam online") == 1).await;
    let signal = |name: &str| {
        let status = Command::new("kill").args([name, &parent.0.id().to_string()]).status().unwrap();
        assert!(status.success());
    };
    signal("-STOP");
    let begin = Instant::now();
    hall.until("twice its patience", |_| begin.elapsed() > Duration::from_secs(3)).await;
    signal("-CONT");
    let begin = Instant::now();
    hall.until("a judgement", |_| begin.elapsed() > Duration::from_secs(1)).await;
    assert_eq!(hall.events(), ["cam online"]);
}
