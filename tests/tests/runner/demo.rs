//! `motcua demo`, as somebody sees it who has just started it: at any hour of any day.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::rc::Rc;
use std::time::{Duration, Instant};

use harness::http;
use harness::program::binary;
use harness::wait::eventually;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

const SITE: &str = "song-may";
/// The promise: within a minute of the start.
const MINUTE: Duration = Duration::from_secs(60);

/// A demonstration that runs; ended when dropped.
pub(crate) struct Demo {
    process: Child,
    stdout: BufReader<ChildStdout>,
    ready: Value,
    http: String,
    place: Rc<TempDir>,
}

impl Demo {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::start_in(&Rc::new(tempfile::tempdir().unwrap()), arguments)
    }

    /// Its data directory is `data` of the place.
    fn start_in(place: &Rc<TempDir>, arguments: &[&str]) -> Self {
        let log = File::create(place.path().join("stderr.txt")).unwrap();
        let mut process = Command::new(binary())
            .args(["demo", "--mqtt-port", "0", "--http-port", "0", "--data-dir"])
            .arg(place.path().join("data"))
            .args(arguments)
            .env_remove("MOTCUA_LOG")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        // The end of its output, when it cannot start, ends the wait too.
        stdout.read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap_or_default();
        let http = ready["http"].as_str().unwrap_or_default().trim_start_matches("http://").to_owned();
        let demo = Self { process, stdout, ready, http, place: Rc::clone(place) };
        assert_eq!(demo.ready["ready"], true, "{line}{}", demo.told());
        demo
    }

    /// What it told a person.
    fn told(&self) -> String {
        std::fs::read_to_string(self.place.path().join("stderr.txt")).unwrap()
    }

    pub(crate) fn board(&self) -> Result<Value, String> {
        http::get(&self.http, &format!("/api/v1/sites/{SITE}/board"))?.json()
    }

    /// The supervisor's own process.
    pub(crate) fn supervisor(&self) -> u32 {
        self.process.id()
    }

    /// Where it keeps what it writes.
    pub(crate) fn data(&self) -> PathBuf {
        self.place.path().join("data")
    }

    /// Asked the moment it said that it is ready: there is nothing to wait for any more.
    fn first_page_has_calls(&self) {
        let wall = http::get(&self.http, &format!("/{SITE}/wall")).unwrap();
        assert_eq!(wall.status, 200);
        assert!(wall.body.contains("data-call-seq"), "the wall shows calls from its first page on");
    }

    fn kill_centre(&self) {
        let pid = self.ready["pids"]["centre"].as_i64().and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?));
        kill_process(pid.unwrap(), Signal::KILL).unwrap();
    }

    /// Ends it in good order; what it had printed besides its first line.
    fn stop(mut self) -> String {
        let pid = Pid::from_raw(i32::try_from(self.process.id()).unwrap()).unwrap();
        kill_process(pid, Signal::TERM).unwrap();
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).unwrap();
        assert!(self.process.wait().unwrap().success());
        rest
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // One that has ended already is no error; its children end with it.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn rows<'b>(board: &'b Value, name: &str) -> &'b [Value] {
    board[name].as_array().map_or(&[], Vec::as_slice)
}

/// What the demonstration promises of its board a minute after the start.
fn lives(board: &Value) -> Result<(), String> {
    let ready = rows(board, "devices").iter().filter(|device| device["state"] == "ready").count();
    let dark = rows(board, "zones").iter().filter(|zone| zone["level"].is_null() || zone["motion"].is_null()).count();
    let waiting: u64 = rows(board, "services").iter().filter_map(|service| service["waiting"].as_u64()).sum();
    let open = rows(board, "counters").iter().filter(|counter| counter["status"] == "open").count();
    let closed = rows(board, "services").iter().filter(|service| service["estimate_reason"] == "closed_until").count();
    let ratings = board["ratings"]["n"].as_u64().unwrap_or(0);
    let seen = [
        ("services", rows(board, "services").len(), 24),
        ("counters", rows(board, "counters").len(), 40),
        ("devices ready", ready, 72),
        ("calls", rows(board, "calls").len(), 10),
        ("ratings", usize::try_from(ratings).unwrap_or(0), 1),
        ("zones", rows(board, "zones").len(), 24),
        ("open counters", open, 15),
        ("waiting", usize::try_from(waiting).unwrap_or(0), 1),
    ];
    if let Some((what, n, least)) = seen.iter().find(|(_, n, least)| n < least) {
        return Err(format!("{what}: {n}, not {least}"));
    }
    let none = [("zones unknown", dark), ("services closed", closed)];
    none.iter().find(|(_, n)| *n > 0).map_or(Ok(()), |(what, n)| Err(format!("{what}: {n}")))
}

/// Nothing that came in was unusable, missing or before what it is about.
fn is_clean(board: &Value) {
    let ingest = &board["ingest"];
    assert_eq!((&ingest["dead_letter"], &ingest["unmatched"]), (&Value::from(0), &Value::from(0)), "{ingest}");
    assert!(rows(board, "devices").iter().all(|device| device["gaps"] == 0 && device["flags"] == Value::Array(vec![])));
}

#[test]
fn the_hall_lives_now_and_survives_its_own_death() {
    let begin = Instant::now();
    let demo = Demo::start(&["--seed", "7"]);
    demo.first_page_has_calls();
    println!("from the start to a wall with calls: {:.1} s", begin.elapsed().as_secs_f64());
    let board = eventually(MINUTE, "a living hall", || demo.board().and_then(|board| lives(&board).map(|()| board)));
    is_clean(&board);
    let skew = |device: &Value| device["skew_ms"].as_i64().unwrap_or(0).abs();
    assert!(rows(&board, "devices").iter().all(|device| skew(device) < 2_000));
    for address in ["/song-may/wall", "/song-may/counter/q1", "motcua tui", "--seed 7"] {
        assert!(demo.told().contains(address), "{}", demo.told());
    }

    // Said twice, counted once: the same day is played again and goes on.
    let accepted = board["ingest"]["accepted"].as_u64().unwrap();
    demo.kill_centre();
    let board = eventually(MINUTE, "the hall to come back", || {
        let board = demo.board()?;
        let repeated = board["ingest"]["duplicate"].as_u64().is_some_and(|repeated| repeated >= accepted / 2);
        let on = board["ingest"]["accepted"].as_u64().is_some_and(|now| now > accepted);
        if repeated && on { lives(&board).map(|()| board) } else { Err(board["ingest"].to_string()) }
    });
    is_clean(&board);
    assert_eq!(demo.stop(), "", "one line on stdout, then nothing");
}

/// Sunday noon, the last hour of a day, the first minutes of one; in a time of its own, ten times
/// as fast.
#[test]
fn it_lives_at_any_hour_and_shows_the_simulated_time() {
    for (from, business_day) in [
        ("2026-11-22T12:00:00+07:00", "2026-11-22"),
        ("2026-11-23T23:30:00+07:00", "2026-11-23"),
        ("2026-11-24T00:05:00+07:00", "2026-11-23"),
    ] {
        let demo = Demo::start(&["--seed", "11", "--speed", "10", "--from", from]);
        demo.first_page_has_calls();
        let board = eventually(MINUTE, from, || demo.board().and_then(|board| lives(&board).map(|()| board)));
        assert_eq!(board["business_day"], business_day);
        is_clean(&board);
        // A real second is ten: five simulated minutes are half a real one.
        let minute = |board: &Value| board["as_of"].as_str().map(|text| text[..16].to_owned()).unwrap_or_default();
        let first = minute(&board);
        eventually(MINUTE, "the simulated time to pass", || {
            let now = minute(&demo.board()?);
            if now > first { Ok(()) } else { Err(format!("it is still {now}")) }
        });
        assert!(demo.told().contains("Ngoài giờ hành chính"), "{}", demo.told());
    }
}

/// One that does not come up; what it said.
fn run(command: &str, data: &Path) -> Output {
    Command::new(binary()).arg(command).arg("--data-dir").arg(data).stdin(Stdio::null()).output().unwrap()
}

fn is_refused(data: &Path, name: &str) {
    let refused = run("demo", data);
    assert_eq!((refused.status.code(), refused.stdout.as_slice()), (Some(64), b"".as_slice()));
    let told = String::from_utf8(refused.stderr).unwrap();
    assert!(told.contains(&format!("{} was not written by a demonstration", data.join(name).display())), "{told}");
    assert_eq!(told.lines().count(), 1, "{told}");
}

#[test]
fn a_real_installation_is_not_thrown_away() {
    let data = tempfile::tempdir().unwrap();
    std::fs::create_dir(data.path().join("journal")).unwrap();
    is_refused(data.path(), "journal");
    assert_eq!(std::fs::read_dir(data.path()).unwrap().count(), 1, "nothing is gone, nothing is new");
    let nothing = run("tui", data.path());
    assert_eq!(nothing.status.code(), Some(64), "nothing runs there");
}

/// All that a demonstration writes is known to the next; nothing else is touched.
#[test]
fn only_a_demonstration_is_thrown_away() {
    let place = Rc::new(tempfile::tempdir().unwrap());
    let data = place.path().join("data");
    Demo::start_in(&place, &["--seed", "7"]).stop();
    let notes = data.join("notes.txt");
    std::fs::write(&notes, "mine").unwrap();
    is_refused(&data, "notes.txt");
    is_refused(&data, "notes.txt");
    assert_eq!(std::fs::read_to_string(&notes).unwrap(), "mine");
    std::fs::remove_file(&notes).unwrap();
    // Killed, not ended: what lies about then is known too.
    drop(Demo::start_in(&place, &["--seed", "7"]));
    Demo::start_in(&place, &["--seed", "7"]).stop();
}
