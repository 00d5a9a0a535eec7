//! Devices that are not ours: Python's paho-mqtt (MQTT 3.1.1 and 5) and Node's MQTT.js publish a
//! recorded morning by the contract, and the board says what the oracle says.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use harness::compare::compare;
use harness::device::letters;
use harness::oracle::{Happening, Instant, Oracle};
use harness::program::{Motcua, cache};
use harness::recordings::Recording;
use harness::seed::Seed;
use harness::wait::eventually;
use serde_json::Value;

use crate::or_skipped;

const PAHO: &str = "paho-mqtt==2.1.0";
const MQTTJS: &str = "mqtt@5.16.0";

#[test]
fn paho_with_mqtt_3_1_1() {
    publishes_like_the_oracle(Seed::new(311), |device| {
        let mut command = Command::new(python_with_paho());
        command.arg(script("paho/device.py")).args(device).arg("3.1.1");
        command
    });
}

#[test]
fn paho_with_mqtt_5() {
    publishes_like_the_oracle(Seed::new(5), |device| {
        let mut command = Command::new(python_with_paho());
        command.arg(script("paho/device.py")).args(device).arg("5");
        command
    });
}

#[test]
fn mqttjs_with_mqtt_3_1_1() {
    publishes_like_the_oracle(Seed::new(4), |device| node_with_mqttjs(device, "3.1.1"));
}

#[test]
fn mqttjs_with_mqtt_5() {
    publishes_like_the_oracle(Seed::new(55), |device| node_with_mqttjs(device, "5"));
}

/// One site's first day and the beginning of the next, sent by the device.
fn publishes_like_the_oracle(mut seed: Seed, command: impl Fn(&[String; 4]) -> Command) {
    let Some(recording) = or_skipped(Recording::bank()) else { return };
    let until = Instant::parse("1999-02-02T09:00:00.500+02:00").unwrap();
    let happenings: Vec<Happening> = recording.happenings().into_iter().filter(|one| one.at.ms <= until.ms).collect();
    let motcua = Motcua::recorded(recording.zone);
    let file = motcua.data.path().join("letters.tsv");
    let letters = letters(&happenings, "bought", &mut seed);
    let lines: String = letters.iter().map(|letter| format!("{}\t{}\n", letter.topic, letter.payload)).collect();
    fs::write(&file, lines).unwrap();

    let device = ["127.0.0.1".to_owned(), motcua.mqtt_port.to_string(), "bank".to_owned(), file.display().to_string()];
    let output = command(&device).stdin(Stdio::null()).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the device ended with {}: {errors}", output.status);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["acknowledged"], letters.len(), "{report}");

    let mut oracle = Oracle::default();
    happenings.iter().for_each(|one| oracle.apply(one));
    let figures = oracle.site("bank").unwrap().figures();
    let agreed =
        eventually(Duration::from_secs(10), "the board", || compare(&motcua.board("bank")?, &figures).agrees());
    println!("{} events sent and acknowledged, {agreed} figures agree: {report}", letters.len());
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("devices").join(name)
}

/// A Python with paho-mqtt in it, made once.
pub fn python_with_paho() -> PathBuf {
    let venv = cache().join("paho");
    fetched_once(&venv, PAHO, |venv| {
        run(Command::new("python3").args(["-m", "venv"]).arg(venv));
        run(Command::new(venv.join("bin/pip")).args(["install", "--quiet", "--disable-pip-version-check", PAHO]));
    });
    venv.join("bin/python")
}

fn node_with_mqttjs(device: &[String; 4], version: &str) -> Command {
    let prefix = cache().join("mqttjs");
    fetched_once(&prefix, MQTTJS, |prefix| {
        run(Command::new("npm")
            .args(["install", "--silent", "--no-audit", "--no-fund", "--prefix"])
            .arg(prefix)
            .arg(MQTTJS));
    });
    let mut command = Command::new("node");
    command.env("NODE_PATH", prefix.join("node_modules"));
    command.arg(script("mqttjs/device.cjs")).args(device).arg(version);
    command
}

/// Fetches into a folder unless it holds this very version; one test at a time.
fn fetched_once(folder: &Path, version: &str, fetch: impl Fn(&Path)) {
    let lock = fs::File::create(folder.with_extension("lock")).unwrap();
    lock.lock().unwrap();
    let mark = folder.join("fetched");
    if fs::read_to_string(&mark).is_ok_and(|mark| mark == version) {
        return;
    }
    fs::create_dir_all(folder).unwrap();
    fetch(folder);
    fs::write(mark, version).unwrap();
}

pub fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|why| panic!("cannot run {command:?}: {why}"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} ended with {}: {errors}", output.status);
}
