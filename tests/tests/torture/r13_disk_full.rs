//! R13: the disk fills up, to the last byte, again and again; then it can only be read. Nothing ends,
//! nothing is acknowledged that is not kept, everybody is told, and all goes on by itself.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use harness::http;
use harness::program::Motcua;
use harness::torture::Scenario;
use harness::torture::crowd::Crowd;
use harness::torture::script::Script;
use harness::wait::eventually;
use rustix::fs::{FallocateFlags, fallocate, statvfs};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::check::{self, ZONE};

const SITE: &str = "site-0";
/// Ten times the goal of five seconds.
const TOLD: Duration = Duration::from_secs(50);
const GOES_ON: Duration = Duration::from_secs(60);
/// Events of one act of a cycle: more than fits into what a file system rounds up, and so few that
/// those of all cycles find room.
const ACT: u64 = 120;
/// Tells a process of ours that it is the one that may mount.
const INSIDE: &str = "MOTCUA_TEST_MAY_MOUNT";

#[test]
fn r13_a_full_disk_stops_the_acknowledging_and_nothing_else() {
    let Some(_right) = may_mount("r13_disk_full::r13_a_full_disk_stops_the_acknowledging_and_nothing_else") else {
        return;
    };
    let scenario = Scenario::begin("R13");
    let mut seed = scenario.seed();
    let cycles = scenario.size(3, 100);
    let script = Script::write(&mut seed, 1, 1, (cycles * 3 + 3) * ACT);
    let folder = tempfile::tempdir().unwrap();
    let disk = Mounted::new(folder.path(), 64);
    let data = TempDir::new_in(folder.path()).unwrap();
    // The broker saves to a new file and removes the old one: room would come and go.
    fs::create_dir(data.path().join("broker")).unwrap();
    let _store = Mounted::new(&data.path().join("broker"), 16);
    let motcua = Motcua::start(&["--discover", "--clock", "event", "--zone", ZONE], Some(data));
    let collector = motcua.process("collector");
    let crowd = Crowd::start(&script, motcua.mqtt_port, &mut seed);
    let mut figures = Figures::default();
    for cycle in 0..cycles {
        fill_and_free(&motcua, &crowd, &disk, (cycle * 3 + 1) * ACT, &mut figures);
    }
    assert_eq!(motcua.process("collector"), collector, "the collector has not ended");
    killed_on_a_full_disk(&motcua, &crowd, &disk, (cycles * 3 + 1) * ACT);
    crowd.release(u64::MAX);
    crowd.acknowledged(script.lines(), GOES_ON);
    let compared = check::boards(&motcua, &script.oracle(script.events()));
    check::journal(&motcua, &script);
    let again = crowd.again();
    drop(crowd);
    drop(motcua);
    scenario.tell(json!({"what": "disk full", "n": cycles, "events": script.events(), "lost": 0, "twice": 0,
        "restarts": 0, "figures_equal": compared, "sent_again": again, "alarm_ms_max": figures.alarm_ms,
        "stopped_ms_max": figures.stopped_ms, "goes_on_ms_max": figures.goes_on_ms}));
}

/// The slowest of all cycles, ms.
#[derive(Debug, Default)]
struct Figures {
    alarm_ms: u64,
    stopped_ms: u64,
    goes_on_ms: u64,
}

fn fill_and_free(motcua: &Motcua, crowd: &Crowd, disk: &Mounted, from: u64, figures: &mut Figures) {
    crowd.release(from);
    eventually(GOES_ON, "everything so far", || silent(crowd));
    let begin = Instant::now();
    disk.fill();
    let full = fault(motcua, "full");
    slowest(&mut figures.alarm_ms, begin);
    assert!(full["message"].as_str().unwrap().contains(" / The disk is full"), "{full}");
    alert(motcua, "disk_full");

    // The reserve: the day's tickets can still be taken.
    crowd.release(from + ACT);
    eventually(GOES_ON, "everything within the reserve", || silent(crowd));
    assert_eq!(motcua.board(SITE).unwrap()["storage"]["accepting"], true);

    // Not even the reserve is left.
    disk.fill();
    let begin = Instant::now();
    crowd.release(from + 2 * ACT);
    alert(motcua, "ingest_stopped");
    slowest(&mut figures.stopped_ms, begin);
    let acked = crowd.acked();
    let board = motcua.board(SITE).unwrap();
    assert!(board["storage"]["state"] == "full" && board["storage"]["accepting"] == false, "{}", board["storage"]);
    goes_on_showing(motcua);
    assert!(crowd.acked() == acked && silent(crowd).is_err(), "{acked} were acknowledged, now {}", crowd.acked());

    let begin = Instant::now();
    disk.free();
    eventually(GOES_ON, "everything that was held back", || silent(crowd));
    slowest(&mut figures.goes_on_ms, begin);
    eventually(GOES_ON, "a disk with room and its reserve", || {
        let ready = ready(motcua)?;
        let reserve = motcua.data.path().join("reserve").is_file();
        if ready["ready"] == true && reserve { Ok(()) } else { Err(format!("{ready}, reserve: {reserve}")) }
    });
}

/// A start on a full disk waits for room and says so, instead of ending again and again.
fn killed_on_a_full_disk(motcua: &Motcua, crowd: &Crowd, disk: &Mounted, from: u64) {
    crowd.release(from);
    eventually(GOES_ON, "everything so far", || silent(crowd));
    disk.fill();
    fault(motcua, "full");
    disk.fill();
    crowd.release(from + ACT);
    alert(motcua, "ingest_stopped");
    let acked = crowd.acked();
    let killed = motcua.kill("collector").unwrap();
    let waits = || match motcua.process("collector") {
        Some(pid) if pid != killed => Ok(pid),
        other => Err(format!("there is {other:?} after {killed}")),
    };
    let waiting = eventually(GOES_ON, "another collector", waits);
    eventually(GOES_ON, "the word of one that waits", || match ready(motcua)? {
        said if said["missing"] == json!(["disk"]) => Ok(()),
        said => Err(said.to_string()),
    });
    assert_eq!((motcua.process("collector"), crowd.acked()), (Some(waiting), acked));
    disk.free();
    eventually(GOES_ON, "everything that was held back", || silent(crowd));
    assert_eq!(motcua.process("collector"), Some(waiting), "the one that waited goes on");
}

fn silent(crowd: &Crowd) -> Result<(), String> {
    if crowd.is_silent() { Ok(()) } else { Err(crowd.told_behind()) }
}

fn slowest(so_far: &mut u64, begin: Instant) {
    *so_far = (*so_far).max(u64::try_from(begin.elapsed().as_millis()).unwrap());
}

fn ready(motcua: &Motcua) -> Result<Value, String> {
    serde_json::from_str(&http::get(&motcua.http, "/readyz")?.body).map_err(|why| why.to_string())
}

/// Waits until `/readyz` tells this of the disk.
fn fault(motcua: &Motcua, state: &str) -> Value {
    eventually(TOLD, &format!("/readyz with a disk that is {state}"), || {
        let answer = http::get(&motcua.http, "/readyz")?;
        let said: Value = serde_json::from_str(&answer.body).map_err(|why| why.to_string())?;
        let faults = said["faults"].as_array().cloned().unwrap_or_default();
        let found = faults.into_iter().find(|fault| fault["part"] == "disk" && fault["state"] == state);
        found.filter(|_| answer.status == 503).ok_or_else(|| format!("{} {said}", answer.status))
    })
}

/// Waits until the board has an alert of this rule.
fn alert(motcua: &Motcua, rule: &str) {
    eventually(TOLD, &format!("the alert {rule}"), || {
        let board = motcua.board(SITE)?;
        let found = board["alerts"].as_array().into_iter().flatten().any(|alert| alert["rule"] == rule);
        if found { Ok(()) } else { Err(format!("{} with {}", board["alerts"], ready(motcua)?)) }
    });
}

/// Screens are told that the collector lives.
fn goes_on_showing(motcua: &Motcua) {
    let age = || ready(motcua).map(|ready| ready["collector_age_s"].as_f64());
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(1) {
        let age = age().unwrap();
        assert!(age.is_some_and(|age| age < 15.0), "{age:?}");
    }
}

#[test]
fn r13_a_disk_that_can_only_be_read_is_waited_for() {
    let Some(_right) = may_mount("r13_disk_full::r13_a_disk_that_can_only_be_read_is_waited_for") else { return };
    let scenario = Scenario::begin("R13");
    let mut seed = scenario.seed();
    let script = Script::write(&mut seed, 1, 1, 2 * ACT);
    let data = tempfile::tempdir().unwrap();
    fs::create_dir(data.path().join("journal")).unwrap();
    let disk = Mounted::new(&data.path().join("journal"), 64);
    let motcua = Motcua::start(&["--discover", "--clock", "event", "--zone", ZONE], Some(data));
    let crowd = Crowd::start(&script, motcua.mqtt_port, &mut seed);
    crowd.release(ACT);
    eventually(GOES_ON, "everything so far", || silent(&crowd));

    // A file system that is written to cannot be made to be read only: the writer is killed first.
    let still = motcua.stand_still().unwrap();
    let killed = motcua.kill("collector").unwrap();
    eventually(GOES_ON, "a killed collector", || disk.only_to_be_read(true));
    drop(still);
    let begin = Instant::now();
    fault(&motcua, "read_only");
    let told = begin.elapsed();
    let waiting = motcua.process("collector");
    assert!(waiting.is_some_and(|pid| pid != killed), "another one waits: {waiting:?}");
    crowd.release(u64::MAX);
    let acked = crowd.acked();
    fault(&motcua, "read_only");
    assert_eq!((motcua.process("collector"), crowd.acked()), (waiting, acked), "it does not end again and again");

    disk.only_to_be_read(false).unwrap();
    crowd.acknowledged(script.lines(), GOES_ON);
    assert_eq!(motcua.process("collector"), waiting);
    let compared = check::boards(&motcua, &script.oracle(script.events()));
    check::journal(&motcua, &script);
    drop(crowd);
    drop(motcua);
    drop(disk);
    scenario.tell(json!({"what": "read-only file system", "n": 1, "events": script.events(), "lost": 0, "twice": 0,
        "figures_equal": compared, "told_ms": u64::try_from(told.as_millis()).unwrap()}));
}

/// A file system in memory.
#[derive(Debug)]
struct Mounted(PathBuf);

impl Mounted {
    fn new(at: &Path, mib: u32) -> Self {
        mount(&["-t", "tmpfs", "-o", &format!("size={mib}m"), "none", at.to_str().unwrap()]).unwrap();
        Self(at.to_owned())
    }

    /// Leaves no room for another byte; at one stroke, before anybody gives way.
    fn fill(&self) {
        let mut filler = File::options().create(true).append(true).open(self.0.join("filler")).unwrap();
        let (room, length) = (statvfs(&self.0).unwrap(), filler.metadata().unwrap().len());
        // Somebody may have taken some of it meanwhile; then all of it is written.
        let _taken = fallocate(&filler, FallocateFlags::empty(), length, room.f_bavail * room.f_frsize);
        for size in [1 << 20, 1 << 12, 1] {
            while filler.write_all(&vec![b'x'; size]).is_ok() {}
        }
    }

    fn free(&self) {
        fs::remove_file(self.0.join("filler")).unwrap();
    }

    fn only_to_be_read(&self, is: bool) -> Result<(), String> {
        mount(&["-o", if is { "remount,bind,ro" } else { "remount,bind,rw" }, self.0.to_str().unwrap()])
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // Whoever still has a file open there keeps it until he ends.
        drop(Command::new("umount").arg("-l").arg(&self.0).status());
    }
}

fn mount(arguments: &[&str]) -> Result<(), String> {
    let output = Command::new("mount").args(arguments).output().map_err(|why| why.to_string())?;
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}

/// The right to mount, as root or in a name space of our own, where the test runs once more as a
/// process. `None`: it ran there, or cannot run on this machine.
#[expect(clippy::print_stdout, reason = "a test that cannot run here says so")]
fn may_mount(test: &str) -> Option<()> {
    let folder = tempfile::tempdir().unwrap();
    if mount(&["-t", "tmpfs", "-o", "size=1m", "none", folder.path().to_str().unwrap()]).is_ok() {
        drop(Mounted(folder.path().to_owned()));
        return Some(());
    }
    let possible = Command::new("unshare").args(["-rm", "true"]).stderr(Stdio::null()).status();
    if std::env::var_os(INSIDE).is_some() || !possible.is_ok_and(|status| status.success()) {
        println!("skipped: nothing can be mounted here, neither as root nor with `unshare -rm`");
        return None;
    }
    let inside = Command::new("unshare")
        .arg("-rm")
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(INSIDE, "1")
        .status();
    assert!(inside.unwrap().success(), "{test} failed in its own name space");
    None
}
