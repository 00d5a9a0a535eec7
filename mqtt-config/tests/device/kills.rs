//! The process is killed at seeded moments and started again on the same outbox, and so is the
//! broker, which forgets everything each time.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use mqtt_config::device::{Bounds, Device, Outbox, new_boot};
use tokio::time::timeout;

use super::{Broker, Collector, options, pressed};

/// The directory of the outbox and the broker's port, for the process that is killed.
const OUTBOX: &str = "MOTCUA_TEST_OUTBOX";
const PORT: &str = "MOTCUA_TEST_PORT";
const SEED: u64 = 20_261_123;

/// Not a test by itself: the process that is killed. It says `taken RUN NUMBER` of each press once
/// the disk has it, and presses as fast as it can.
#[tokio::test]
async fn process_that_is_killed() {
    let (Ok(dir), Ok(port)) = (std::env::var(OUTBOX), std::env::var(PORT)) else { return };
    let outbox = Outbox::open(Path::new(&dir), Bounds::default(), new_boot().unwrap()).unwrap();
    let mut device = Device::new(options(port.parse().unwrap()), outbox);
    loop {
        let said = device.take(pressed()).await.unwrap();
        println!("\ntaken {} {}", said.boot, said.seq);
        // Whatever is to be done meanwhile: the device must not stand still between two presses.
        let _ = timeout(Duration::from_millis(1), device.next()).await;
    }
}

struct Publisher {
    process: Child,
    taken: Receiver<(String, u64)>,
}

impl Publisher {
    fn start(outbox: &Path, port: u16) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "--nocapture", "kills::process_that_is_killed"])
            .env(OUTBOX, outbox)
            .env(PORT, port.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        // A full channel slows the publisher down.
        let (tell, taken) = sync_channel(10_000);
        thread::spawn(move || {
            // What a kill cut in half was not read by anybody.
            for line in lines.map_while(Result::ok) {
                let Some((boot, seq)) = line.strip_prefix("taken ").and_then(|rest| rest.split_once(' ')) else {
                    continue;
                };
                let Ok(seq) = seq.parse() else { continue };
                if tell.send((boot.to_owned(), seq)).is_err() {
                    return;
                }
            }
        });
        Self { process, taken }
    }

    fn kill(mut self, taken: &mut BTreeSet<(String, u64)>) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        // Up to the end of its output.
        taken.extend(self.taken.iter());
    }
}

/// SplitMix64.
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn r2_a_publisher_killed_at_random_loses_and_doubles_nothing() {
    let full = std::env::var("MOTCUA_TORTURE").is_ok_and(|size| size == "full");
    let seed = std::env::var("MOTCUA_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(SEED);
    let (kills, mut state, begin) = (if full { 200 } else { 12 }, seed, Instant::now());
    println!("seed {seed}, {kills} kills");
    let mut broker = Broker::start();
    let mut collector = Collector::connect(broker.port).await;
    let dir = tempfile::tempdir().unwrap();
    let mut taken = BTreeSet::new();
    let mut broker_kills = 0;
    for kill in 0..kills {
        let publisher = Publisher::start(dir.path(), broker.port);
        let life = Duration::from_millis(60 + random(&mut state) % 400);
        let end = tokio::time::Instant::now() + life;
        while let Ok(()) = tokio::time::timeout_at(end, collector.next()).await {}
        publisher.kill(&mut taken);
        if kill % 4 == 3 {
            broker.kill();
            broker.restart();
            broker_kills += 1;
        }
    }
    // The last start of all: nothing new, only what is still owed.
    let outbox = Outbox::open(dir.path(), Bounds::default(), new_boot().unwrap()).unwrap();
    let owed = outbox.len();
    let mut device = Device::new(options(broker.port), outbox);
    super::until(&mut device, &mut collector, "all that is owed", |device, _| device.outbox().is_empty()).await;
    let lost: Vec<_> = taken.iter().filter(|event| !collector.received.contains_key(event)).collect();
    let ids: BTreeSet<_> = collector.received.values().map(|event| event["id"].to_string()).collect();
    let (taken_n, received) = (taken.len(), collector.received.len());
    assert!(lost.is_empty(), "seed {seed}: {} of {taken_n} taken events are lost: {lost:?}", lost.len());
    assert_eq!(ids.len(), received, "seed {seed}: no event has two numbers");
    assert!(taken_n > kills, "the publisher said too little to prove anything: {taken_n}");
    let figures = serde_json::json!({"scenario": "R2", "size": if full { "full" } else { "small" },
        "what": "kills of a publisher of ours", "kills": kills, "broker_wipes": broker_kills, "taken": taken_n, "received": received,
        "deliveries": collector.deliveries, "owed_at_last_start": owed, "lost": lost.len(),
        "doubled": received - ids.len(), "seed": seed, "seconds": begin.elapsed().as_secs_f64()});
    println!("{figures}");
    if let Ok(file) = std::env::var("MOTCUA_FIGURES") {
        use std::io::Write;
        let mut file = std::fs::File::options().create(true).append(true).open(file).unwrap();
        writeln!(file, "{figures}").unwrap();
    }
}
