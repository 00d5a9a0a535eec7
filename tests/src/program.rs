//! The real program, started as a person starts it, and ended by its id.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use crate::http;
use crate::socket::Screen;
use crate::wait::eventually;

const START: Duration = Duration::from_secs(60);
const END: Duration = Duration::from_secs(20);
/// As much of a log as helps a person who reads a failed test.
const LOG_TAIL: u64 = 12_000;

/// The program that `cargo build -p motcua` builds.
///
/// # Panics
/// When it is not built.
#[must_use]
pub fn binary() -> PathBuf {
    let here = std::env::current_exe().expect("a running program has a path");
    // target/debug/deps/<test> → target/debug/motcua
    let found = here.ancestors().skip(1).take(2).map(|folder| folder.join("motcua")).find(|file| file.is_file());
    found.unwrap_or_else(|| panic!("the program is not built: run `cargo build -p motcua` first"))
}

/// The folder for what tests fetch and keep (`target/test-cache`).
///
/// # Panics
/// When it cannot be made.
#[must_use]
pub fn cache() -> PathBuf {
    let folder = binary().parent().and_then(Path::parent).map(|target| target.join("test-cache"));
    let folder = folder.expect("the program lies in target/debug");
    fs::create_dir_all(&folder).unwrap_or_else(|why| panic!("cannot make {}: {why}", folder.display()));
    folder
}

/// What tells the tests how to run; a program would take it for a key of its configuration.
const OURS: [&str; 4] = ["MOTCUA_TORTURE", "MOTCUA_SEED", "MOTCUA_SOAK_S", "MOTCUA_FIGURES"];

/// A program of the project as a person starts it, who knows nothing of tests.
#[must_use]
pub fn started(program: &Path) -> Command {
    let mut command = Command::new(program);
    OURS.iter().for_each(|name| {
        command.env_remove(name);
    });
    command
}

/// Runs one of its commands to the end; gives what it printed on stdout, without the last line end.
///
/// # Panics
/// When it does not end with code 0.
#[must_use]
pub fn command(arguments: &[&str]) -> String {
    let output = started(&binary()).args(arguments).stdin(Stdio::null()).output().expect("the program was found");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?} ended with {}: {errors}", output.status);
    String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
}

/// A running installation: broker, collector and dashboard under their supervisor.
#[derive(Debug)]
pub struct Motcua {
    supervisor: Child,
    /// `127.0.0.1:PORT` of the dashboard.
    pub http: String,
    /// The broker's port on 127.0.0.1.
    pub mqtt_port: u16,
    /// What the ready line said.
    pub ready: Value,
    /// Everything it keeps.
    pub data: TempDir,
}

impl Motcua {
    /// `serve --discover --clock event` in a zone: for recorded days.
    #[must_use]
    pub fn recorded(zone: &str) -> Self {
        Self::start(&["--discover", "--clock", "event", "--zone", zone], None)
    }

    /// `serve` with these arguments, any free ports, and a data directory (a new one, or that of
    /// an earlier run).
    ///
    /// # Panics
    /// When it does not accept work within a minute; its log is shown.
    #[must_use]
    pub fn start(arguments: &[&str], data: Option<TempDir>) -> Self {
        Self::start_in(&[], arguments, data)
    }

    /// [`Self::start`] with variables of the environment, for it and everything that it starts.
    ///
    /// # Panics
    /// As [`Self::start`].
    #[must_use]
    pub fn start_in(variables: &[(&str, String)], arguments: &[&str], data: Option<TempDir>) -> Self {
        let data = data.unwrap_or_else(|| tempfile::tempdir().expect("the system has room for temporary files"));
        let log = File::options().create(true).append(true).open(log_file(data.path()));
        let mut supervisor = started(&binary())
            .arg("serve")
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .args(arguments)
            .args(["--mqtt-port", "0", "--http-port", "0", "--data-dir"])
            .arg(data.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log.expect("the data directory is ours"))
            .spawn()
            .expect("the program was found");
        let Some(ready) = ready_line(&mut supervisor) else {
            end(&mut supervisor);
            panic!("serve {arguments:?} did not become ready; its log ends:\n{}", log_tail(data.path()));
        };
        let port =
            |key: &str| ready[key].as_str().and_then(|url| url.rsplit(':').next()?.trim_end_matches('/').parse().ok());
        let ports = port("http").zip(port("mqtt"));
        let (http, mqtt_port): (u16, u16) = ports.unwrap_or_else(|| panic!("no addresses in the ready line {ready}"));
        Self { supervisor, http: format!("127.0.0.1:{http}"), mqtt_port, ready, data }
    }

    /// The broker, as `replay` wants it.
    #[must_use]
    pub fn broker(&self) -> String {
        format!("mqtt://127.0.0.1:{}", self.mqtt_port)
    }

    /// The board of a site as it is now.
    ///
    /// # Errors
    /// When there is none.
    pub fn board(&self, site: &str) -> Result<Value, String> {
        http::get(&self.http, &format!("/api/v1/sites/{site}/board"))?.json()
    }

    /// The dead letters of a site, newest first.
    ///
    /// # Errors
    /// When there is no such answer.
    pub fn dead_letters(&self, site: &str) -> Result<Value, String> {
        http::get(&self.http, &format!("/api/v1/sites/{site}/dead-letters"))?.json()
    }

    /// A screen of a site.
    ///
    /// # Errors
    /// When it cannot connect.
    pub fn screen(&self, site: &str) -> Result<Screen, String> {
        Screen::open(&self.http, site)
    }

    /// The process that is the collector at this moment; `None` between two of them.
    #[must_use]
    pub fn collector(&self) -> Option<u32> {
        self.child("collector")
    }

    /// The process that is the dashboard at this moment; `None` between two of them.
    #[must_use]
    pub fn dashboard(&self) -> Option<u32> {
        self.child("dashboard")
    }

    /// The supervisor's own process.
    #[must_use]
    pub fn supervisor(&self) -> u32 {
        self.supervisor.id()
    }

    /// The child of this name (`collector`, `dashboard`, `mosquitto`) at this moment; `None` between
    /// two of them.
    #[must_use]
    pub fn process(&self, name: &str) -> Option<u32> {
        let is_broker = |pid: &u32| fs::read(format!("/proc/{pid}/comm")).is_ok_and(|comm| comm == b"mosquitto\n");
        match name {
            "mosquitto" => children(self.supervisor.id()).into_iter().find(is_broker),
            _ => self.child(name),
        }
    }

    /// Kills that child as a power cut would; gives the id of the killed process.
    ///
    /// # Errors
    /// When there is none at this moment.
    pub fn kill(&self, name: &str) -> Result<u32, String> {
        let pid = self.process(name).ok_or_else(|| format!("there is no {name} at this moment"))?;
        signal(pid, Signal::KILL).map_err(|why| format!("cannot kill {pid}: {why}"))?;
        Ok(pid)
    }

    /// Keeps the supervisor from doing anything until the answer is dropped: who is killed meanwhile
    /// stays away.
    ///
    /// # Errors
    /// When it is gone.
    pub fn stand_still(&self) -> Result<Frozen, String> {
        freeze(self.supervisor.id())
    }

    /// Kills the supervisor, and with it everything that it keeps; gives the data directory, for
    /// another start.
    ///
    /// # Panics
    /// When it cannot be killed.
    #[must_use]
    pub fn crash(mut self) -> TempDir {
        self.supervisor.kill().expect("it is our child");
        // It was killed: how it ended is known.
        drop(self.supervisor.wait());
        let empty = tempfile::tempdir().expect("the system has room for temporary files");
        std::mem::replace(&mut self.data, empty)
    }

    /// Everything that it has logged so far.
    #[must_use]
    pub fn log(&self) -> String {
        // A log that cannot be read shows as empty: what is looked for is then not found.
        fs::read_to_string(log_file(self.data.path())).unwrap_or_default()
    }

    fn child(&self, name: &str) -> Option<u32> {
        let is_it = |pid: &u32| {
            let words = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            words.split(|byte| *byte == 0).nth(1).is_some_and(|word| word.ends_with(name.as_bytes()))
        };
        children(self.supervisor.id()).into_iter().find(is_it)
    }

    /// Kills the dashboard as a power cut would, and keeps it away until the answer is dropped.
    ///
    /// # Errors
    /// When there is none at this moment.
    pub fn without_dashboard(&self) -> Result<Frozen, String> {
        let pid = self.dashboard().ok_or("there is no dashboard at this moment")?;
        // A supervisor that stands still starts nothing.
        let frozen = freeze(self.supervisor.id())?;
        signal(pid, Signal::KILL).map_err(|why| format!("cannot kill {pid}: {why}"))?;
        Ok(frozen)
    }

    /// Kills the collector as a power cut would; gives the id of the killed process.
    ///
    /// # Errors
    /// When there is none at this moment.
    pub fn kill_collector(&self) -> Result<u32, String> {
        let pid = self.collector().ok_or("there is no collector at this moment")?;
        signal(pid, Signal::KILL).map_err(|why| format!("cannot kill {pid}: {why}"))?;
        Ok(pid)
    }

    /// Ends it in good order and gives its data directory back, for another start.
    ///
    /// # Panics
    /// When it does not end with code 0 in time.
    #[must_use]
    pub fn stop(mut self) -> TempDir {
        let status = end(&mut self.supervisor);
        assert!(
            status.is_some_and(|status| status.success()),
            "ended with {status:?}:\n{}",
            log_tail(self.data.path())
        );
        let empty = tempfile::tempdir().expect("the system has room for temporary files");
        std::mem::replace(&mut self.data, empty)
    }
}

impl Drop for Motcua {
    #[expect(clippy::print_stderr, reason = "the log of a failed test is for the person who reads it")]
    fn drop(&mut self) {
        end(&mut self.supervisor);
        if thread::panicking() {
            eprintln!("--- the log of serve ends:\n{}", log_tail(self.data.path()));
        }
    }
}

/// A process that stands still; it goes on when this is dropped.
#[derive(Debug)]
pub struct Frozen(u32);

/// Makes a process stand still: its connections stay open, and nothing comes from it.
///
/// # Errors
/// When there is no such process.
pub fn freeze(pid: u32) -> Result<Frozen, String> {
    signal(pid, Signal::STOP).map_err(|why| format!("cannot stop {pid}: {why}"))?;
    Ok(Frozen(pid))
}

/// Kills a process as a power cut would.
///
/// # Errors
/// When there is no such process.
pub fn kill(pid: u32) -> Result<(), String> {
    signal(pid, Signal::KILL).map_err(|why| format!("cannot kill {pid}: {why}"))
}

impl Drop for Frozen {
    fn drop(&mut self) {
        // It may have been killed meanwhile.
        drop(signal(self.0, Signal::CONT));
    }
}

fn ready_line(supervisor: &mut Child) -> Option<Value> {
    let stdout = supervisor.stdout.take()?;
    // One line is waited for; the reader waits to hand it over, and ends with the program.
    let (hand_over, line) = sync_channel(1);
    thread::spawn(move || {
        let first = BufReader::new(stdout).lines().next();
        // Nobody waits any more when the limit has passed.
        drop(hand_over.send(first));
    });
    let line = line.recv_timeout(START).ok()??.ok()?;
    serde_json::from_str(&line).ok().filter(|ready: &Value| ready["ready"] == true)
}

/// Asks it to end, and ends it by force after a while. `None` when force was needed.
fn end(child: &mut Child) -> Option<ExitStatus> {
    if let Ok(Some(status)) = child.try_wait() {
        return Some(status);
    }
    let asked = signal(child.id(), Signal::TERM).is_ok();
    let begin = std::time::Instant::now();
    while asked && begin.elapsed() < END {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status);
        }
        thread::park_timeout(Duration::from_millis(5));
    }
    // Its children end with it; a child that was gone already is no error.
    drop(child.kill());
    drop(child.wait());
    None
}

fn signal(pid: u32, signal: Signal) -> Result<(), String> {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw).ok_or("not a process id")?;
    kill_process(pid, signal).map_err(|why| why.to_string())
}

/// The processes that a process started and that live.
fn children(parent: u32) -> Vec<u32> {
    let tasks = fs::read_dir(format!("/proc/{parent}/task")).into_iter().flatten().flatten();
    let lists = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    lists.flat_map(|list| list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<u32>>()).collect()
}

fn log_file(data: &Path) -> PathBuf {
    data.join("serve.log")
}

fn log_tail(data: &Path) -> String {
    let mut tail = Vec::new();
    if let Ok(mut file) = File::open(log_file(data)) {
        let length = file.metadata().map_or(0, |about| about.len());
        let from = SeekFrom::Start(length.saturating_sub(LOG_TAIL));
        // A log that cannot be read shows as empty: the test has failed for another reason.
        drop(file.seek(from).and_then(|_| file.read_to_end(&mut tail)));
    }
    String::from_utf8_lossy(&tail).into_owned()
}

/// Waits until a board satisfies `look`.
///
/// # Panics
/// When it does not within the limit.
pub fn board_until<T>(
    motcua: &Motcua,
    site: &str,
    limit: Duration,
    what: &str,
    look: impl Fn(&Value) -> Result<T, String>,
) -> T {
    eventually(limit, &format!("{what} on the board of {site}"), || look(&motcua.board(site)?))
}
