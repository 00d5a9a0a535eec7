//! What is given to makers of devices (`devices/`) keeps its word: killed at seeded points, beside
//! a broker that is killed and loses everything, each press that it showed as taken is counted
//! once.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use harness::program::{Motcua, cache, command};
use harness::seed::Seed;
use harness::torture::Scenario;
use harness::torture::kills::{Victim, kill};
use harness::wait::eventually;
use serde_json::{Value, json};

use crate::devices::{python_with_paho, run};

const SITE: &str = "tam-ky";
/// How long a press may take until it is shown as taken.
const TAKEN: Duration = Duration::from_secs(20);
/// How long the collector may take until it has everything.
const SETTLES: Duration = Duration::from_secs(120);

#[test]
fn r2_the_publisher_in_python_loses_and_doubles_nothing() {
    let program = repository().join("devices/python/publisher.py");
    presses_count_once("the reference publisher in Python", "button-p", |_| {
        let mut command = Command::new(python_with_paho());
        command.arg(&program);
        command
    });
}

#[test]
fn r2_the_button_of_an_esp32_loses_and_doubles_nothing() {
    let program = button();
    presses_count_once("the button of an ESP32", "button-c", |seed| {
        let mut command = Command::new(&program);
        // In every other life the power fails in the middle of a write to flash.
        if seed.below(2) == 0 {
            command.env("MOTCUA_CUT_AFTER", seed.below(6_000).to_string());
        }
        command
    });
}

/// 256 slots, one sector of 16 always blank: of 300 presses without a line the oldest 48 give way.
#[test]
fn a_button_that_is_full_drops_the_oldest_and_the_board_says_so() {
    const PRESSES: u64 = 300;
    let motcua = Motcua::start(&["--discover", "--zone", "Asia/Ho_Chi_Minh"], None);
    let still = motcua.stand_still().unwrap();
    motcua.kill("mosquitto").unwrap();
    let mut life = Life::begin(Command::new(button()), &motcua, "button-f", &motcua.data.path().join("flash"));
    for number in 1..=PRESSES {
        assert!(life.press(number), "the button lives");
        life.taken.recv_timeout(TAKEN).unwrap();
    }
    drop(still);
    life.end();
    let counted = counted(&motcua);
    assert!(counted.keys().copied().eq(49..=PRESSES), "{counted:?}");
    eventually(TAKEN, "the device's row", || {
        let board = motcua.board(SITE)?;
        let row = &board["devices"][0];
        let told = row["gaps"] == 48 && row["flags"] == json!(["events-dropped"]);
        if told && board["ingest"]["accepted"] == 252 { Ok(()) } else { Err(board["devices"].to_string()) }
    });
}

/// How often each press is in the collector's journal.
fn counted(motcua: &Motcua) -> BTreeMap<u64, u32> {
    let data = motcua.data.path().to_str().unwrap();
    let exported = command(&["export-events", "--data-dir", data]);
    let mut counted: BTreeMap<u64, u32> = BTreeMap::new();
    for line in exported.lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        let number = event["officer"].as_str().and_then(|officer| officer.strip_prefix('p')).unwrap();
        *counted.entry(number.parse().unwrap()).or_default() += 1;
    }
    counted
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The button's core, compiled for this machine with everything that watches over memory.
fn button() -> PathBuf {
    // Two tests build it at the same time, each under a name of its own.
    let name = format!("button-{}", std::process::id());
    let (source, program) = (repository().join("devices/esp32"), cache().join(name));
    let warnings = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-Wno-parentheses"];
    let watch = ["-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
    let files = [source.join("motcua_device.c"), source.join("host/main.c")];
    run(Command::new("cc").args(warnings).args(watch).args(files).arg("-o").arg(&program));
    program
}

/// A device that is a process: presses go in, and what it has taken comes out.
struct Life {
    process: Child,
    presses: Option<ChildStdin>,
    taken: Receiver<String>,
}

impl Life {
    fn begin(mut command: Command, motcua: &Motcua, device: &str, journal: &Path) -> Self {
        let mut process = command
            .args(["127.0.0.1", &motcua.mqtt_port.to_string(), SITE, "rating", device])
            .arg(journal)
            .env("HEARTBEAT_S", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (stdout, presses) = (process.stdout.take().unwrap(), process.stdin.take());
        // A full channel slows the device down.
        let (tell, taken) = sync_channel(1_000);
        thread::spawn(move || {
            let lines = BufReader::new(stdout).lines().map_while(Result::ok);
            // A line that a kill cut in half was shown to nobody.
            for line in lines.filter(|line| line.starts_with("taken ") && line.split(' ').count() == 3) {
                if tell.send(line).is_err() {
                    return;
                }
            }
        });
        Self { process, presses, taken }
    }

    /// False when the process is gone.
    fn press(&mut self, number: u64) -> bool {
        let press = json!({"type": "rating.pressed", "level": "satisfied", "officer": format!("p{number}")});
        let presses = self.presses.as_mut().expect("its input is open as long as it lives");
        writeln!(presses, "{press}").and_then(|()| presses.flush()).is_ok()
    }

    /// Presses, waits until it is shown as taken, and so on; then presses a few more times and is
    /// killed at some moment. Gives the numbers that were shown as taken.
    fn live_and_die(mut self, numbers: &mut u64, seed: &mut Seed) -> BTreeSet<u64> {
        let (first, calm) = (*numbers + 1, 1 + seed.below(20));
        let mut shown = 0;
        for _ in 0..calm {
            *numbers += 1;
            if !self.press(*numbers) {
                break;
            }
            match self.taken.recv_timeout(TAKEN) {
                Ok(_) => shown += 1,
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("press {numbers} was not taken within {TAKEN:?}"),
            }
        }
        for _ in 0..seed.below(6) {
            *numbers += 1;
            self.press(*numbers);
        }
        let dies_in = Duration::from_millis(seed.below(40));
        while self.taken.recv_timeout(dies_in).is_ok() {
            shown += 1;
        }
        // It may have died by itself.
        drop(self.process.kill());
        self.process.wait().unwrap();
        shown += self.taken.iter().count() as u64;
        (first..first + shown).collect()
    }

    /// Nothing more is pressed: it ends by itself once the collector has everything.
    fn end(mut self) {
        self.presses = None;
        let ended = eventually(SETTLES, "the device to be told that everything is durable", || {
            self.process.try_wait().unwrap().ok_or_else(|| "it still waits".to_owned())
        });
        assert!(ended.success(), "the device ended with {ended}");
    }
}

fn presses_count_once(what: &str, device: &str, program: impl Fn(&mut Seed) -> Command) {
    let scenario = Scenario::begin("R2");
    let (mut seed, lives) = (scenario.seed(), scenario.size(10, 150));
    let motcua = Motcua::start(&["--discover", "--zone", "Asia/Ho_Chi_Minh"], None);
    let journal = motcua.data.path().join("journal-of-the-device");
    let (mut numbers, mut shown, mut killed) = (0, BTreeSet::new(), BTreeMap::<&str, u32>::new());
    for life in 1..=lives {
        let begun = Life::begin(program(&mut seed), &motcua, device, &journal);
        shown.extend(begun.live_and_die(&mut numbers, &mut seed));
        let victim = match life % 5 {
            1 => Some(("broker", Victim::Broker)),
            2 => Some(("collector", Victim::Collector)),
            3 => Some(("broker, wiped", Victim::WipedBroker)),
            _ => None,
        };
        if let Some((name, victim)) = victim {
            kill(&motcua, victim);
            *killed.entry(name).or_default() += 1;
        }
    }
    let mut last = program(&mut Seed::new(0));
    last.env_remove("MOTCUA_CUT_AFTER");
    Life::begin(last, &motcua, device, &journal).end();

    let counted = counted(&motcua);
    let lost: Vec<u64> = shown.iter().filter(|number| !counted.contains_key(number)).copied().collect();
    let doubled: Vec<u64> = counted.iter().filter(|(_, times)| **times > 1).map(|(number, _)| *number).collect();
    let ingest = eventually(TAKEN, "the board", || match motcua.board(SITE)?["ingest"].clone() {
        ingest if ingest["accepted"] == counted.len() => Ok(ingest),
        ingest => Err(format!("{ingest}, and {} are in the journal", counted.len())),
    });
    scenario.tell(json!({"what": format!("kills of {what}"), "kills": lives, "others_killed": killed,
        "pressed": numbers, "shown_as_taken": shown.len(), "counted": counted.len(), "lost": lost.len(),
        "counted_twice": doubled.len(), "duplicates_refused": ingest["duplicate"], "dead_letters": ingest["dead_letter"]}));
    assert!(lost.is_empty() && doubled.is_empty(), "lost {lost:?}, counted twice {doubled:?}");
    assert_eq!(ingest["dead_letter"], 0, "{ingest}");
    assert!(shown.len() as u64 > lives, "too little was pressed to prove anything: {}", shown.len());
}
