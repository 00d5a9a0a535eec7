//! `camera-ingest analyse`: a recorded clip and the same clip as a live camera give the same.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use harness::cameras::centre::{Camera, Centre, program};
use harness::cameras::clip::{Clip, VISIT, ZONES};
use harness::cameras::server::{Server, free_port};
use harness::oracle::Instant as Moment;
use harness::wait::eventually;
use serde_json::Value;

/// What a start may be late, and an end be off, seconds.
const START: f64 = 1.0;
const END: f64 = 1.5;
const CLIP_S: f64 = 30.0;
/// The clip comes by twice, on a machine with other work.
const LIMIT: Duration = Duration::from_secs(240);

fn analysed(folder: &Path, name: &str) -> Vec<Value> {
    let zones: Vec<String> = ZONES
        .iter()
        .map(|(zone, kind, polygon)| format!("[[zone]]\nzone = \"{zone}\"\nkind = \"{kind}\"\npolygon = {polygon}\n"))
        .collect();
    let (file, out) = (folder.join("zones.toml"), folder.join(name));
    fs::write(&file, zones.concat()).unwrap();
    let output = Command::new(program().unwrap())
        .arg("analyse")
        .arg(Clip::Visit.file())
        .args(["--at", "2026-11-24T07:00:00+07:00", "--no-progress", "--zones"])
        .arg(&file)
        .arg("--out")
        .arg(&out)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = fs::read_to_string(out).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Motions of a zone in a clip: from, to.
fn motions(events: &[Value], zone: &str) -> Vec<(f64, f64)> {
    let ended = events.iter().filter(|event| event["type"] == "camera.motion_ended" && event["zone"] == zone);
    let motion = |event: &Value| {
        let to = event["pts_s"].as_f64().unwrap();
        (to - event["duration_s"].as_f64().unwrap(), to)
    };
    ended.map(motion).collect()
}

#[test]
fn a_file_gives_the_contract_s_lines_and_the_truth() {
    if !super::can_run() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let events = analysed(folder.path(), "a.jsonl");
    let begin = Moment::parse("2026-11-24T07:00:00+07:00").unwrap();
    for (number, event) in events.iter().enumerate() {
        let text = |key: &str| event[key].as_str().unwrap_or_else(|| panic!("{key} in {event}"));
        assert_eq!(event["seq"], number + 1);
        assert!(text("id").len() == 36 && !text("boot").is_empty() && text("camera") == "file", "{event}");
        assert!(ZONES.iter().any(|(zone, _, _)| *zone == text("zone")), "{event}");
        assert!(event["level"].as_f64().is_some_and(|level| (0.0..=1.0).contains(&level)), "{event}");
        let pts_s = event["pts_s"].as_f64().unwrap();
        assert!((0.0..=CLIP_S).contains(&pts_s), "{event}");
        for key in ["ts", "at"] {
            let since_s = (Moment::parse(text(key)).unwrap().ms - begin.ms) as f64 / 1_000.0;
            assert!((since_s - pts_s).abs() < 0.01, "{key} in {event}");
        }
        match text("type") {
            "camera.motion_started" => assert!(event["motion"].is_string()),
            "camera.motion_ended" => {
                assert!(event["motion"].is_string() && event["duration_s"].as_f64().unwrap() >= 0.0)
            }
            other => assert_eq!(other, "camera.occupancy"),
        }
    }
    // One visit, whole; and nobody anywhere else.
    assert_eq!(motions(&events, "a1").len(), 1, "{events:#?}");
    near(motions(&events, "a1")[0], VISIT);
    let others = ["desk", "a3", "a4"].map(|zone| motions(&events, zone).len());
    assert_eq!(others, [0; 3], "{events:#?}");
    assert_eq!(analysed(folder.path(), "b.jsonl"), events, "the same file, the same lines");
}

#[test]
fn the_same_clip_live_gives_the_same_motions() {
    if !super::can_run() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let recorded = motions(&analysed(folder.path(), "a.jsonl"), "a1");
    let server = Server::start(&Clip::Visit.file(), free_port(), &[]);
    let hall = Centre::start(&[Camera::new("cam-1", &server.url("cam"))], "");
    // Two whole visits: where the clip begins is known from the time between them.
    let ended = eventually(LIMIT, "two visits", || {
        let events: Vec<Value> = hall.tap.sent(|tap| tap.messages()).iter().map(|message| message.json()).collect();
        let of_zone = |event: &&Value| event["type"] == "camera.motion_ended" && event["zone"] == "a1";
        let ended: Vec<(f64, f64)> = events.iter().filter(of_zone).map(times).collect();
        if ended.len() >= 2 { Ok(ended) } else { Err(format!("{ended:?}")) }
    });
    let (first, second) = (ended[0], ended[1]);
    assert!((second.0 - first.0 - CLIP_S).abs() <= START, "{ended:?}");
    for (from, to) in [first, second] {
        let lasts = recorded[0].1 - recorded[0].0;
        assert!((to - from - lasts).abs() <= START + END, "{from}..{to}, and {recorded:?} in the file");
    }
    // The board has it too, and the same ids.
    let board = hall.board().unwrap();
    assert_eq!(board["ingest"]["dead_letter"], 0, "{}", board["ingest"]);
}

/// Seconds since 1970: from, to.
fn times(event: &Value) -> (f64, f64) {
    let to = Moment::parse(event["ts"].as_str().unwrap()).unwrap().ms as f64 / 1_000.0;
    (to - event["duration_s"].as_f64().unwrap(), to)
}

fn near(found: (f64, f64), truth: (f64, f64)) {
    let off = (found.0 - truth.0, found.1 - truth.1);
    assert!(off.0.abs() <= START && off.1.abs() <= END, "{found:?}, in truth {truth:?}");
}
