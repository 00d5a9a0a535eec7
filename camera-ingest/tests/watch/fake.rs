//! Not tests by themselves: the worker that does what a file says, and the parent that is killed.
//! Both are this test program, started again.

use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use camera_ingest::run::{Place, run};
use camera_ingest::worker::boot_ms;
use camera_ingest::worker::protocol::{Job, Trouble, Word};
use mqtt_config::settings::CameraRuntime;
use tokio_util::sync::CancellationToken;

/// The settings of the parent that is killed.
pub const RUNTIME: &str = "HALL_TEST_RUNTIME";

/// The command line of a fake worker.
pub fn command() -> Vec<OsString> {
    let program = std::env::current_exe().unwrap();
    let args = ["--exact", "fake::worker", "--nocapture", "--quiet", "--test-threads=1"];
    std::iter::once(program.into()).chain(args.map(Into::into)).collect()
}

/// The process numbers of all workers that had this script, in their order.
pub fn pids(script: &Path) -> Vec<u32> {
    let text = fs::read_to_string(pids_file(script)).unwrap_or_default();
    text.lines().map(|line| line.parse().unwrap()).collect()
}

fn pids_file(script: &Path) -> PathBuf {
    script.with_extension("pids")
}

/// Whether there is such a process, be it a zombie.
pub fn is_there(pid: u32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}

/// A worker that does what the file says that its job names as source, line by line:
/// `looks N` (one each 100 ms), `level ZONE LEVEL`, `started ZONE NUMBER`, `ended ZONE NUMBER`, `lost`,
/// `why TEXT` (lost, for that reason), `over`, `raw TEXT`, `log TEXT` (on stderr), `huge`, `stubborn`
/// (does not end when it should), `crash`; `first …` only in the first worker with this file. Then it
/// is silent until it is let go.
#[test]
fn worker() {
    let mut stdin = std::io::stdin().lock();
    let mut line = String::new();
    // Among the other tests it has nothing to do.
    if !std::env::args().any(|arg| arg == "--exact") || stdin.read_line(&mut line).is_err() {
        return;
    }
    let Ok(job) = serde_json::from_str::<Job>(&line) else { return };
    drop(stdin);
    let script = PathBuf::from(job.source.trim_start_matches("rtsp://127.0.0.1"));
    let is_first = pids(&script).is_empty();
    let mut all = OpenOptions::new().create(true).append(true).open(pids_file(&script)).unwrap();
    writeln!(all, "{}", std::process::id()).unwrap();
    let let_go = until_let_go();
    // What the test harness has begun to write is no word.
    println!();
    say(&Word::Opening { at_ms: boot_ms() });
    for step in fs::read_to_string(&script).unwrap().lines() {
        match step.strip_prefix("first ") {
            Some(step) if is_first => take(step, &let_go),
            Some(_) => {}
            None => take(step, &let_go),
        }
    }
    wait(&let_go, None);
}

fn take(step: &str, let_go: &Receiver<()>) {
    let (verb, rest) = step.split_once(' ').unwrap_or((step, ""));
    let number = |place: usize| rest.split(' ').nth(place).unwrap().parse::<f64>().unwrap();
    let at_ms = boot_ms();
    let (zone, motion) = (|| number(0) as usize, || number(1) as u64);
    let lost = |why: &str| Word::Lost { at_ms, trouble: Trouble::Refused, why: why.to_owned(), again_in_ms: 60_000 };
    match verb {
        "looks" => {
            for _ in 0..number(0) as u64 {
                say(&Word::Looked { at_ms: boot_ms() });
                wait(let_go, Some(Duration::from_millis(100)));
            }
        }
        "level" => say(&Word::Level { zone: zone(), at_ms, level: number(1) }),
        "started" => say(&Word::Started { zone: zone(), motion: motion(), at_ms, level: 0.2 }),
        "ended" => {
            say(&Word::Ended { zone: zone(), motion: motion(), began_ms: at_ms, at_ms, level: 0.2, lost: false });
        }
        "lost" => say(&lost("It is lost.")),
        "why" => say(&lost(rest)),
        "over" => say(&Word::Over { at_ms }),
        "raw" => println!("{rest}"),
        "log" => eprintln!("{rest}"),
        "huge" => println!("{}", "x".repeat(100_000)),
        "stubborn" => loop {
            thread::park();
        },
        "crash" => std::process::abort(),
        other => panic!("no worker can {other}"),
    }
}

fn say(word: &Word) {
    println!("{}", serde_json::to_string(word).unwrap());
}

/// Hears when stdin ends.
fn until_let_go() -> Receiver<()> {
    let (tell, let_go) = sync_channel(0);
    thread::spawn(move || {
        // Commands are for those that show pictures.
        for _ in std::io::stdin().lock().lines() {}
        drop(tell);
    });
    let_go
}

/// Waits so long, or for ever; ends the process when it is let go.
#[allow(clippy::disallowed_methods, reason = "as a real worker does: there is nothing to close")]
fn wait(let_go: &Receiver<()>, time: Option<Duration>) {
    let begin = Instant::now();
    while time.is_none_or(|time| begin.elapsed() < time) {
        let left = time.map_or(Duration::from_secs(60), |time| time.saturating_sub(begin.elapsed()));
        if let_go.recv_timeout(left) == Err(RecvTimeoutError::Disconnected) {
            std::process::exit(0);
        }
    }
}

/// The parent that is killed: watches what the variable names.
#[tokio::test]
async fn parent() {
    let Ok(file) = std::env::var(RUNTIME) else { return };
    let runtime = CameraRuntime::read(Path::new(&file)).unwrap();
    let place = Place { runtime, worker: command() };
    run(place, CancellationToken::new(), |_| ()).await.unwrap();
}
