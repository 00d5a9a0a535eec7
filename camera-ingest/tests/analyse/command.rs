//! The command itself.

use std::path::Path;
use std::process::{Command, Output};

use super::clips::clip;

const ZONES: &str = r#"
[[zone]]
zone = "hall"
kind = "waiting"
polygon = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]

[[zone]]
zone = "screen"
kind = "ignore"
polygon = [[0.0, 0.0], [0.1, 0.0], [0.1, 0.1]]
"#;

fn analyse(dir: &Path, file: &Path, zones: &str, more: &[&str]) -> Output {
    let (zones_file, out) = (dir.join("z.toml"), dir.join("events.jsonl"));
    std::fs::write(&zones_file, zones).unwrap();
    Command::new(env!("CARGO_BIN_EXE_camera-ingest"))
        .arg("analyse")
        .arg(file)
        .arg("--zones")
        .arg(zones_file)
        .arg("--out")
        .arg(out)
        .args(more)
        .output()
        .unwrap()
}

fn told(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn events_have_both_times_and_are_the_same_each_time() {
    let dir = tempfile::tempdir().unwrap();
    let Some(clip) = clip(dir.path(), "h264.mp4", "320x240", 10) else { return };
    let more = ["--at", "2026-05-04T08:00:00+07:00", "--camera", "cam-1"];
    let run = || {
        let output = analyse(dir.path(), &clip, ZONES, &more);
        assert!(output.status.success(), "{}", told(&output));
        assert!(told(&output).contains("150 pictures, 50 looks"), "{}", told(&output));
        std::fs::read_to_string(dir.path().join("events.jsonl")).unwrap()
    };
    let events = run();
    assert!(!events.is_empty(), "shapes that move over the whole picture are something");
    for line in events.lines() {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        let pts_s = event["pts_s"].as_f64().unwrap();
        assert!((0.0..10.0).contains(&pts_s), "{line}");
        assert_eq!((event["camera"].as_str(), event["zone"].as_str()), (Some("cam-1"), Some("hall")));
        assert!(event["type"].as_str().unwrap().starts_with("camera."));
        let at = event["at"].as_str().unwrap();
        assert!(at.starts_with("2026-05-04T01:00:0") && event["ts"] == event["at"], "{line}");
    }
    assert_eq!(run(), events);
    let output = analyse(dir.path(), &clip, ZONES, &["--out", "-"]);
    assert_eq!(output.status.code(), Some(64), "twice the same option");
}

#[test]
fn what_is_wrong_is_told_in_one_sentence() {
    let dir = tempfile::tempdir().unwrap();
    let none = dir.path().join("none.mp4");
    let output = analyse(dir.path(), &none, ZONES, &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(told(&output).contains("there is no file") && told(&output).lines().count() == 1, "{}", told(&output));

    let garbage = dir.path().join("garbage.mp4");
    std::fs::write(&garbage, [7; 40_000]).unwrap();
    let output = analyse(dir.path(), &garbage, ZONES, &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(told(&output).contains("no video file"), "{}", told(&output));

    for (zones, more, word) in [
        ("[[zone]]\nzone = \"a\"\nkind = \"sofa\"\npolygon = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]]\n", vec![], "kind"),
        ("", vec![], "holds no zone"),
        (ZONES, vec!["--at", "yesterday"], "--at"),
        (ZONES, vec!["--camera", "Camera 1"], "--camera"),
        (ZONES, vec!["--looks-per-s", "100"], "--looks-per-s"),
    ] {
        let output = analyse(dir.path(), &none, zones, &more);
        assert_eq!(output.status.code(), Some(64), "{}", told(&output));
        assert!(told(&output).contains(word), "{}", told(&output));
    }
}

#[test]
fn a_password_in_the_command_line_is_hidden_at_once() {
    // Nobody listens there: the answer is the same sentence, without the password.
    let output = Command::new(env!("CARGO_BIN_EXE_camera-ingest"))
        .args(["probe", "rtsp://admin:p/s%40s@127.0.0.1:9/live"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = told(&output);
    assert!(text.contains("taken out of the command line"), "{text}");
    assert!(text.contains("rtsp://127.0.0.1:9/live cannot be reached"), "{text}");
    assert!(!text.contains("p/s") && !text.contains("s@s") && !text.contains("admin"), "{text}");
}

#[test]
fn a_snapshot_is_for_its_owner_and_replaces_nothing_unasked() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let Some(clip) = clip(dir.path(), "h264.mp4", "320x240", 1) else { return };
    let out = dir.path().join("picture.png");
    let snapshot = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_camera-ingest"));
        command.arg("snapshot").arg(&clip).arg(&out).args(more).output().unwrap()
    };
    let output = snapshot(&[]);
    assert!(output.status.success(), "{}", told(&output));
    assert!(told(&output).contains("picture.png"), "it is logged: {}", told(&output));
    assert_eq!(std::fs::metadata(&out).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(std::fs::read(&out).unwrap().starts_with(b"\x89PNG"));
    std::fs::write(&out, "mine").unwrap();
    assert_eq!(snapshot(&[]).status.code(), Some(64));
    assert_eq!(std::fs::read_to_string(&out).unwrap(), "mine");
    assert!(snapshot(&["--force"]).status.success());
    assert!(std::fs::read(&out).unwrap().starts_with(b"\x89PNG"));
}
