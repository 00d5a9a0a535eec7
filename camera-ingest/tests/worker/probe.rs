//! `camera-ingest probe` as a technician calls it.

use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::Instant;

use super::clips::clip;
use super::harness::{Camera, LIMIT, free_port};

fn probe() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_camera-ingest"));
    command.arg("probe");
    command
}

#[test]
fn a_stream_is_told_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let Some(clip) = clip(dir.path(), "h264.mp4", "320x240", 4) else { return };
    let port = free_port();
    let Some(_camera) = Camera::start(&clip, port, &[]) else { return };
    let output = probe().arg(format!("rtsp://127.0.0.1:{port}/cam")).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    for part in ["H.264", "320x240", "Mbit/s", "key picture every", "RTSP/TCP", "Có hình", "Pictures come"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let wrong = probe().arg(format!("rtsp://127.0.0.1:{port}/other")).output().unwrap();
    let text = String::from_utf8(wrong.stderr).unwrap();
    assert_eq!(wrong.status.code(), Some(1));
    assert!(text.contains("/other is not there (404)") && text.lines().count() == 2, "{text}");
}

#[test]
fn a_password_in_the_address_does_not_stay_in_the_process_list() {
    // It takes the connection and never says a word: there is time to look.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("rtsp://admin:s3cret@{}/a", silent.local_addr().unwrap());
    let mut child =
        probe().args([&address, "--first-frame-s", "2"]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let file = format!("/proc/{}/cmdline", child.id());
    let began = Instant::now();
    loop {
        let line = std::fs::read(&file).unwrap();
        let line = String::from_utf8_lossy(&line);
        if line.contains("rtsp://admin@") {
            assert!(!line.contains("s3cret"), "{line}");
            break;
        }
        assert!(began.elapsed() < LIMIT, "{line}");
        std::thread::yield_now();
    }
    assert_eq!(child.wait().unwrap().code(), Some(1));
    let text = std::io::read_to_string(child.stderr.take().unwrap()).unwrap();
    assert!(text.contains("sends no picture") && !text.contains("s3cret"), "{text}");
}
