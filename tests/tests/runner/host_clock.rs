//! The host's own clock: a day ahead, a day behind, in 1970, in 2099, under load and over a killed
//! collector. Everything that runs on the host sees the wrong time (libfaketime); the devices and
//! the test see the true one.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant as Clock};

use harness::mqtt::{Publisher, Version};
use harness::oracle::Instant;
use harness::program::{Motcua, binary, board_until};
use harness::wait::eventually;
use serde_json::Value;
use tempfile::TempDir;

const SITE: &str = "tam-ky";
const DAY_S: i64 = 86_400;
/// Tickets in line while the load runs: each waits as long as it takes to publish so many.
const IN_LINE: usize = 40;
/// A clock that was set right is believed after 30 s of running evenly.
const BELIEVED_WITHIN: Duration = Duration::from_secs(90);

/// The host's clock, which a test may set.
struct HostClock {
    library: PathBuf,
    file: PathBuf,
    _folder: TempDir,
}

impl HostClock {
    /// `None` where libfaketime is not installed.
    fn new(off_s: i64) -> Option<Self> {
        let folders = fs::read_dir("/usr/lib").into_iter().flatten().flatten();
        let library =
            folders.map(|folder| folder.path().join("faketime/libfaketimeMT.so.1")).find(|file| file.is_file());
        let Some(library) = library else {
            println!("skipped: libfaketime is not installed (Debian: faketime)");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let clock = Self { library, file: folder.path().join("time"), _folder: folder };
        clock.set(off_s);
        Some(clock)
    }

    /// Sets the host's clock to the true time and so many seconds.
    fn set(&self, off_s: i64) {
        let new = self.file.with_extension("new");
        fs::write(&new, format!("{off_s:+}\n")).unwrap();
        fs::rename(new, &self.file).unwrap();
    }

    fn variables(&self) -> [(&'static str, String); 4] {
        [
            ("LD_PRELOAD", self.library.display().to_string()),
            ("FAKETIME_TIMESTAMP_FILE", self.file.display().to_string()),
            ("FAKETIME_CACHE_DURATION", "1".to_owned()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
        ]
    }

    fn serve(&self, data: Option<TempDir>) -> Motcua {
        // The hall is in a place where the day does not end within the next hours.
        let hour = Instant::now().ms / 3_600_000 % 24;
        let zone = if (2..14).contains(&hour) { "Asia/Ho_Chi_Minh" } else { "America/New_York" };
        Motcua::start_in(&self.variables(), &["--discover", "--zone", zone], data)
    }

    /// `motcua clock`, on that host.
    fn command(&self, motcua: &Motcua, arguments: &[&str]) -> String {
        let mut command = Command::new(binary());
        command.arg("clock").args(arguments).arg("--data-dir").arg(motcua.data.path());
        let output = command.envs(self.variables()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

/// A queue machine with a right clock, and its own ledger of what it said.
struct Machine {
    evt: Publisher,
    status: Publisher,
    beat_at: Option<Clock>,
    seq: usize,
    issued: Vec<i64>,
    waits: Vec<i64>,
}

impl Machine {
    fn new(motcua: &Motcua) -> Self {
        let topic = |channel| format!("motcua/v1/{SITE}/gateway/machine/{channel}");
        Self {
            evt: Publisher::connect(motcua, Version::V5, &topic("evt")),
            status: Publisher::connect(motcua, Version::V5, &topic("status")),
            beat_at: None,
            seq: 0,
            issued: Vec::new(),
            waits: Vec::new(),
        }
    }

    fn say(&mut self, what: &str) -> i64 {
        if self.beat_at.is_none_or(|at| at.elapsed() > Duration::from_secs(1)) {
            self.beat_at = Some(Clock::now());
            self.status.publish(&format!(r#"{{"state":"ready","ts":"{}","boot":"b1"}}"#, Instant::now()));
        }
        self.seq += 1;
        let (seq, now) = (self.seq, Instant::now());
        self.evt.publish(&format!(
            r#"{{"id":"00000000-0000-4000-8000-{seq:012}","boot":"b1","seq":{seq},"ts":"{now}",{what}}}"#
        ));
        now.ms
    }

    /// One more takes a number, and when enough are in line the first of them is called.
    fn step(&mut self) {
        let n = self.issued.len();
        let at =
            self.say(&format!(r#""type":"ticket.issued","ticket":"A{n:05}","service":"dat-dai","priority":"normal""#));
        self.issued.push(at);
        if let Some(first) = n.checked_sub(IN_LINE) {
            let at = self.say(&format!(r#""type":"ticket.called","ticket":"A{first:05}","counter":"q1""#));
            self.waits.push(at - self.issued[first]);
        }
    }

    /// What the board must say of the line: the true waits, within a second, and every event once.
    fn agrees(&self, board: &Value) -> Result<(), String> {
        let row = &board["services"][0];
        let counted = (&board["ingest"]["accepted"], &board["ingest"]["dead_letter"], &row["called"]);
        if counted != (&self.seq.into(), &0.into(), &self.waits.len().into()) {
            return Err(format!("counted are {counted:?}, said were {} and {}", self.seq, self.waits.len()));
        }
        let mut sorted = self.waits.clone();
        sorted.sort_unstable();
        let rank = |percent: usize| sorted[(sorted.len() * percent).div_ceil(100) - 1];
        let mean = sorted.iter().sum::<i64>() / i64::try_from(sorted.len()).unwrap();
        for (name, truth) in [("wait_mean_s", mean), ("wait_p50_s", rank(50)), ("wait_p90_s", rank(90))] {
            let shown = row[name].as_f64().ok_or_else(|| format!("{name} is {}", row[name]))?;
            if (shown * 1_000.0 - truth as f64).abs() > 1_000.0 {
                return Err(format!("{name} is {shown}, and was {truth} ms"));
            }
        }
        Ok(())
    }
}

fn as_of(board: &Value) -> Result<i64, String> {
    let text = board["as_of"].as_str().and_then(Instant::parse);
    text.map(|at| at.ms).ok_or_else(|| format!("as_of is {}", board["as_of"]))
}

fn is_alarmed(board: &Value) -> bool {
    board["alerts"].as_array().is_some_and(|alerts| alerts.iter().any(|alert| alert["rule"] == "host_clock"))
}

fn alarmed(motcua: &Motcua, expected: bool, limit: Duration) -> Value {
    let what = if expected { "the alert" } else { "the end of the alert" };
    board_until(motcua, SITE, limit, what, |board| {
        if is_alarmed(board) == expected { Ok(board.clone()) } else { Err(board["alerts"].to_string()) }
    })
}

/// Lets the machine work for so long, and sees to it that the board's time is the true one.
fn work(motcua: &Motcua, machine: &mut Machine, seconds: u64, last: &mut i64, day: &Value) {
    let begin = Clock::now();
    while begin.elapsed() < Duration::from_secs(seconds) {
        machine.step();
        // Between two collectors there may be no board.
        let Ok(board) = motcua.board(SITE) else { continue };
        let (now, shown) = (Instant::now().ms, as_of(&board).unwrap());
        assert!(shown >= *last, "as_of went back by {} ms", *last - shown);
        assert!((-20_000..=2_500).contains(&(shown - now)), "as_of is {} ms off", shown - now);
        assert_eq!(&board["business_day"], day, "the day has not turned");
        *last = shown;
    }
}

#[test]
fn r10_a_host_clock_that_jumps_a_day_under_load_changes_nothing_until_somebody_says_so() {
    let Some(host) = HostClock::new(0) else { return };
    let motcua = host.serve(None);
    let mut machine = Machine::new(&motcua);
    machine.step();
    let day = eventually(Duration::from_secs(20), "the site", || {
        let board = motcua.board(SITE)?;
        if is_alarmed(&board) { Err(board["alerts"].to_string()) } else { Ok(board["business_day"].clone()) }
    });
    let mut last = 0;
    work(&motcua, &mut machine, 2, &mut last, &day);

    host.set(DAY_S);
    work(&motcua, &mut machine, 3, &mut last, &day);
    alarmed(&motcua, true, Duration::from_secs(30));
    // A restart does not make it good.
    motcua.kill_collector().unwrap();
    work(&motcua, &mut machine, 5, &mut last, &day);
    alarmed(&motcua, true, Duration::from_secs(30));
    host.set(-DAY_S);
    work(&motcua, &mut machine, 3, &mut last, &day);
    assert!(host.command(&motcua, &[]).contains("not believed: bị nhảy giờ / it jumped"));
    host.set(0);
    work(&motcua, &mut machine, 2, &mut last, &day);
    board_until(&motcua, SITE, Duration::from_secs(30), "every event once and the true waits", |board| {
        machine.agrees(board)
    });
    assert!(is_alarmed(&motcua.board(SITE).unwrap()), "it has to run evenly first");
    let board = alarmed(&motcua, false, BELIEVED_WITHIN);
    assert_eq!(board["business_day"], day);

    // Set by a day, and this time somebody says that it is right.
    host.set(DAY_S);
    alarmed(&motcua, true, Duration::from_secs(30));
    let shown = eventually(Duration::from_secs(60), "the clock to be believed", || {
        host.command(&motcua, &["accept"]);
        let board = board_until(&motcua, SITE, Duration::from_secs(2), "a board", |board| Ok(board.clone()));
        if is_alarmed(&board) { Err(board["alerts"].to_string()) } else { as_of(&board) }
    });
    assert!(shown - Instant::now().ms > DAY_S * 1_000 - 20_000, "the board's time is the host's");
    board_until(&motcua, SITE, Duration::from_secs(30), "a new business day", |board| {
        if board["business_day"] == day { Err("it is still yesterday".to_owned()) } else { Ok(()) }
    });
    println!("{} events while the clock jumped four times; {} waits right", machine.seq, machine.waits.len());
}

#[test]
fn r10_a_host_without_a_battery_says_so_and_goes_on_when_it_is_set() {
    let seconds_to = |date: &str| (Instant::parse(date).unwrap().ms - Instant::now().ms) / 1_000;
    let Some(host) = HostClock::new(seconds_to("2099-06-01T00:00:00Z")) else { return };
    // An empty journal knows nothing; what cannot be is shown by nobody.
    let motcua = host.serve(None);
    let mut machine = Machine::new(&motcua);
    machine.step();
    let board = alarmed(&motcua, true, Duration::from_secs(30));
    assert_eq!(board["as_of"].as_str().unwrap().get(..4), Some("2025"), "no year that is made up: {}", board["as_of"]);
    host.set(0);
    let board = alarmed(&motcua, false, BELIEVED_WITHIN);
    let off = as_of(&board).unwrap() - Instant::now().ms;
    assert!((-20_000..=2_500).contains(&off), "{off} ms");
    (0..IN_LINE + 20).for_each(|_| machine.step());
    let day = board_until(&motcua, SITE, Duration::from_secs(30), "the events", |board| {
        let accepted = &board["ingest"]["accepted"];
        if *accepted == machine.seq { Ok(board["business_day"].clone()) } else { Err(accepted.to_string()) }
    });
    let mut data = motcua.stop();

    // The machine is started again, and its clock begins in 1970, then in 2020.
    for date in ["1970-01-02T00:00:00Z", "2020-01-01T00:00:00Z"] {
        fs::remove_file(data.path().join("host-clock.json")).unwrap();
        host.set(seconds_to(date));
        let motcua = host.serve(Some(data));
        let board = alarmed(&motcua, true, Duration::from_secs(30));
        let off = as_of(&board).unwrap() - Instant::now().ms;
        assert!((-600_000..=2_500).contains(&off), "as_of went on from the journal: {off} ms");
        assert_eq!((&board["business_day"], &board["ingest"]["accepted"]), (&day, &machine.seq.into()));
        data = motcua.stop();
    }
}
