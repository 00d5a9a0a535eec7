//! A camera's password is nowhere but in its file and in its camera: not in a log, an error, a list
//! of processes, an environment, a message, a page, nor in anything that is kept.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use harness::cameras::centre::{Camera, Centre, SITE, installation, program, site_file};
use harness::cameras::clip::Clip;
use harness::cameras::server::{Server, free_port, url};
use harness::cameras::{PYTHON, family};
use harness::http::{get, get_with_token};
use harness::program::{Motcua, board_until, kill};
use harness::proxy::{Fault, Proxy};
use harness::wait::eventually;

/// Between the signs that URLs, shells and patterns trip over, words that nothing else here says.
const RIGHT: &str = "k4n4rie@:/%!#z3br4f1nk";
const WRONG: &str = "p4p4gei@:/%40!#d0mpf4ff";
/// From the environment.
const VARIABLE: &str = "st1eglitz@:/%!#gr4us4m";
/// Any of these is a leak, in whatever way the rest of it was written.
const CANARIES: [&str; 6] = ["k4n4rie", "z3br4f1nk", "p4p4gei", "d0mpf4ff", "st1eglitz", "gr4us4m"];
const SOON: Duration = Duration::from_secs(60);

/// A server that lets nobody look without the password.
fn guarded(folder: &Path) -> Server {
    let secret = folder.join("right");
    fs::write(&secret, format!("{RIGHT}\n")).unwrap();
    let port = free_port();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/runner/cameras/camera.py");
    let mut command = Command::new(PYTHON);
    command.arg(script).arg(Clip::Hall.file()).arg(port.to_string()).arg("viewer").arg(&secret);
    Server::run(command, port)
}

/// Fails with the place when one of the words is in the text; in base64 too, as a header of HTTP
/// has it.
fn clean(place: &str, text: &[u8]) {
    let text = String::from_utf8_lossy(text);
    let found = CANARIES.iter().find(|canary| text.contains(**canary));
    assert!(found.is_none(), "{found:?} is in {place}: {}", around(&text, found.copied().unwrap_or_default()));
    for password in [RIGHT, WRONG, VARIABLE] {
        use base64::Engine as _;
        let header = base64::engine::general_purpose::STANDARD.encode(format!("viewer:{password}"));
        assert!(!text.contains(&header), "a password in base64 is in {place}");
    }
}

fn around(text: &str, word: &str) -> String {
    let at = text.find(word).unwrap_or_default();
    text.chars().skip(text[..at].chars().count().saturating_sub(200)).take(400).collect()
}

/// What every process of this machine shows of its arguments, and ours of their environment.
/// `given`: the one to which a person gave a password in a variable.
fn processes(roots: &[u32], given: Option<u32>) {
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        // One that has ended meanwhile shows nothing.
        clean(
            &format!("the arguments of {:?}", entry.path()),
            &fs::read(entry.path().join("cmdline")).unwrap_or_default(),
        );
    }
    let ours = roots.iter().flat_map(|root| family::descendants(*root)).filter(|pid| Some(*pid) != given);
    for pid in ours {
        clean(&format!("the environment of {pid}"), &fs::read(format!("/proc/{pid}/environ")).unwrap_or_default());
    }
}

/// Everything that lies in a folder, but for the files in which a person put the passwords.
fn files(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path);
        } else if !["right", "wrong"].iter().any(|name| path.ends_with(name)) {
            clean(&path.display().to_string(), &fs::read(&path).unwrap_or_default());
        }
    }
}

#[test]
fn a_password_is_seen_nowhere_whatever_fails() {
    if !super::can_run() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let server = guarded(folder.path());
    fs::write(folder.path().join("wrong"), WRONG).unwrap();
    let place = folder.path().display();
    let (right, wrong) = (format!("password_file = \"{place}/right\""), format!("password_file = \"{place}/wrong\""));
    let variable = "password_env = \"TEST_CAMERA_PASSWORD\"".to_owned();
    let shaky = Proxy::before(server.port);
    let camera =
        |id: &str, source: String, secret: &str| Camera::new(id, &source).with("user = \"viewer\"").with(secret);
    let cameras = [
        camera("right", server.url("cam"), &right),
        camera("wrong", server.url("cam"), &wrong),
        camera("wrong-too", server.url("cam"), &variable),
        camera("nowhere", server.url("nowhere"), &right),
        camera("refused", url(free_port(), "cam"), &right),
        camera("shaky", url(shaky.port, "cam"), &right),
    ];
    let mut hall = Centre::start_in(&[("TEST_CAMERA_PASSWORD", VARIABLE)], &cameras, "");
    for camera in ["right", "shaky"] {
        eventually(SOON, camera, || hall.level(camera, "desk")?.ok_or_else(|| "not known".to_owned()));
        processes(&[hall.eyes.pid(), hall.motcua.supervisor()], Some(hall.eyes.pid()));
    }
    reasons(
        &hall,
        &[("wrong", "refused"), ("wrong-too", "refused"), ("nowhere", "no_such_stream"), ("refused", "unreachable")],
    );
    // Every kind of failure of a camera that was there.
    for fault in [Fault::Rubbish, Fault::Flip, Fault::Reset, Fault::BlackHole] {
        shaky.set(fault);
        eventually(SOON, &format!("{fault:?} to be seen"), || match hall.level("shaky", "desk")? {
            None => Ok(()),
            Some(level) => Err(format!("the level is {level}")),
        });
        processes(&[hall.eyes.pid(), hall.motcua.supervisor()], Some(hall.eyes.pid()));
        shaky.set(Fault::None);
        eventually(SOON, "it to be back", || hall.level("shaky", "desk")?.ok_or_else(|| "not known".to_owned()));
    }
    assert_eq!(hall.level("wrong", "desk"), Ok(None), "a wrong password sees nothing");
    for worker in hall.eyes.workers() {
        assert!(family::lives(worker, "camera-ingest"));
    }
    assert!(hall.eyes.stop());
    everywhere(&hall);
    files(folder.path());
}

/// The reason that each of these cameras is offline.
fn reasons(hall: &Centre, expected: &[(&str, &str)]) {
    for (camera, reason) in expected {
        eventually(SOON, &format!("{camera} to be offline, {reason}"), || {
            let events: Vec<_> = hall.tap.sent(|tap| tap.messages()).iter().map(|message| message.json()).collect();
            let is_it = |event: &&serde_json::Value| event["type"] == "camera.offline" && event["camera"] == *camera;
            let told: Vec<_> = events.iter().filter(is_it).map(|event| event["reason"].clone()).collect();
            if told.iter().any(|told| told == reason) { Ok(()) } else { Err(format!("{told:?}")) }
        });
    }
}

/// Logs, messages, pages, and all that is kept.
fn everywhere(hall: &Centre) {
    let log = hall.eyes.log();
    assert!(log.contains("wrong") && log.len() > 1_000, "the log tells of the cameras: {log}");
    clean("the log of camera-ingest", log.as_bytes());
    clean("the log of serve", hall.motcua.log().as_bytes());
    for packet in hall.tap.sent(|tap| tap.packets().to_vec()) {
        clean("a packet of MQTT", &packet.body);
    }
    let http = &hall.motcua.http;
    clean("/metrics", get(http, "/metrics").unwrap().body.as_bytes());
    for path in [
        "/api/v1/sites",
        "/api/v1/sites/mat-sang/board",
        "/api/v1/sites/mat-sang/dead-letters",
        "/mat-sang/director",
        "/mat-sang/wall",
    ] {
        clean(path, get_with_token(http, path, &hall.director).unwrap().body.as_bytes());
    }
    files(hall.motcua.data.path());
    files(hall.folder());
}

/// `serve` starts `camera-ingest` by itself, with an account that nobody had to make.
#[test]
fn serve_looks_at_its_cameras_and_tells_no_password_either() {
    if !super::can_run() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let server = guarded(folder.path());
    let more = format!("password_file = \"{}/right\"", folder.path().display());
    let cameras = [Camera::new("cam-1", &server.url("cam")).with("user = \"viewer\"").with(&more)];
    let config = installation(folder.path(), "hall", &site_file(&cameras, "", true), "");
    let motcua = Motcua::start(&["--config", &config], None);
    let seen = |motcua: &Motcua| {
        board_until(motcua, SITE, SOON, "somebody at the desk", |board| {
            let rows = board["zones"].as_array().into_iter().flatten();
            let known = rows.filter(|row| row["zone"] == "desk" && row["level"].as_f64() > Some(0.0)).count();
            if known == 1 { Ok(()) } else { Err(board["zones"].to_string()) }
        });
    };
    seen(&motcua);
    processes(&[motcua.supervisor()], None);
    // Killed as a power cut would: another one looks on.
    let eyes = || family::children_of(motcua.supervisor()).into_iter().find(|pid| family::lives(*pid, "camera-ingest"));
    let first = eyes().expect("serve has started it");
    let workers = family::children_of(first);
    kill(first).unwrap();
    eventually(SOON, "its successor", || eyes().filter(|pid| *pid != first).ok_or_else(|| "there is none".to_owned()));
    seen(&motcua);
    assert!(workers.iter().all(|pid| !family::lives(*pid, "camera-ingest")), "no worker outlives it");
    processes(&[motcua.supervisor()], None);
    clean("the log of serve", motcua.log().as_bytes());
    clean("/metrics", get(&motcua.http, "/metrics").unwrap().body.as_bytes());
    let data = motcua.stop();
    files(data.path());
    files(folder.path());
}

/// The commands for a technician, with a right and a wrong password.
#[test]
fn the_commands_tell_no_password_either() {
    if !super::can_run() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let server = guarded(folder.path());
    let picture = folder.path().join("out.png");
    let run = |words: &[&str], password: &str| -> Output {
        let mut command = Command::new(program().unwrap());
        command.args(words).env("MOTCUA_LOG", "debug").env("MOTCUA_CAMERA_PASSWORD", password).stdin(Stdio::null());
        let output = command.output().unwrap();
        clean(&format!("stdout of {words:?}"), &output.stdout);
        clean(&format!("stderr of {words:?}"), &output.stderr);
        output
    };
    let (source, nowhere) = (server.url("cam"), server.url("nowhere"));
    let out = picture.to_str().unwrap();
    assert!(run(&["probe", &source, "--user", "viewer"], RIGHT).status.success(), "the right password is taken");
    assert!(run(&["snapshot", &source, out, "--user", "viewer"], RIGHT).status.success());
    assert!(fs::read(&picture).unwrap().starts_with(b"\x89PNG"));
    for (words, password) in [
        (["probe", source.as_str(), "--user", "viewer"].as_slice(), WRONG),
        (&["snapshot", &source, out, "--user", "viewer"], WRONG),
        (&["probe", &nowhere, "--user", "viewer"], RIGHT),
    ] {
        let output = run(words, password);
        assert!(!output.status.success() && !output.stderr.is_empty(), "{words:?}");
    }
    // A password where none may be is told without itself.
    let source = source.replace("rtsp://", "rtsp://viewer:k4n4rie-z3br4f1nk@");
    let config = installation(folder.path(), "hall", &site_file(&[Camera::new("cam-1", &source)], "", true), "");
    let output = run(&["check-config", &config], RIGHT);
    assert_eq!(output.status.code(), Some(64));
}
