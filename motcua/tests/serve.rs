//! `motcua serve`: the real programs under their supervisor, started, killed and ended.

#![expect(clippy::unwrap_used, reason = "a step that fails ends its test")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

const LIMIT: Duration = Duration::from_secs(60);
const CHILDREN: [&str; 3] = ["broker", "collector", "dashboard"];

/// Waits until `look` has an answer.
fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begin.elapsed() < LIMIT, "never: {what}");
        std::thread::park_timeout(Duration::from_millis(10));
    }
}

fn command(data: &Path, mqtt_port: u16) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_motcua"));
    command.args(["serve", "--discover", "--http-port", "0", "--mqtt-port", &mqtt_port.to_string(), "--data-dir"]);
    command.arg(data).env_remove("MOTCUA_CONFIG").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A supervisor that accepts work. Killed when dropped, and its children with it.
struct Serve {
    process: Child,
    stdout: BufReader<ChildStdout>,
    ready: Value,
}

impl Serve {
    fn start(data: &Path, mqtt_port: u16) -> Self {
        let log = std::fs::File::options().create(true).append(true).open(data.join("serve.log")).unwrap();
        let mut process = command(data, mqtt_port).stderr(log).spawn().unwrap();
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let log = std::fs::read_to_string(data.join("serve.log")).unwrap();
        let ready = serde_json::from_str(&line).unwrap_or_else(|_| panic!("said {line:?}, logged:\n{log}"));
        Self { process, stdout, ready }
    }

    fn pid(&self, child: &str) -> u32 {
        self.ready["pids"][child].as_u64().unwrap().try_into().unwrap()
    }

    fn port(&self, key: &str) -> u16 {
        self.ready[key].as_str().unwrap().rsplit(':').next().unwrap().parse().unwrap()
    }

    fn signal(&self, signal: Signal) {
        send(self.process.id(), signal);
    }

    fn children_are_gone(&self) {
        for child in CHILDREN {
            eventually(child, || (!runs(self.pid(child))).then_some(()));
        }
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn send(pid: u32, signal: Signal) {
    kill_process(Pid::from_raw(pid.try_into().unwrap()).unwrap(), signal).unwrap();
}

/// Whether a process runs; one that has ended and is not yet waited for does not.
fn runs(pid: u32) -> bool {
    let state = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    state.rsplit(')').next().and_then(|rest| rest.trim_start().chars().next()).is_some_and(|state| state != 'Z')
}

fn readyz(port: u16) -> Option<()> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()?;
    stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.starts_with("HTTP/1.1 200 ").then_some(())
}

#[test]
fn one_line_when_everything_accepts_work_and_a_good_end() {
    let data = tempfile::tempdir().unwrap();
    let mut serve = Serve::start(data.path(), 0);
    assert_eq!(serve.ready["ready"], true);
    for child in CHILDREN {
        assert!(runs(serve.pid(child)), "{child}");
    }
    TcpStream::connect((Ipv4Addr::LOCALHOST, serve.port("mqtt"))).unwrap();
    eventually("the dashboard", || readyz(serve.port("http")));
    serve.signal(Signal::TERM);
    let mut more = String::new();
    serve.stdout.read_to_string(&mut more).unwrap();
    assert_eq!(more, "");
    assert_eq!(serve.process.wait().unwrap().code(), Some(0));
    serve.children_are_gone();
}

#[test]
fn children_end_with_a_killed_supervisor_and_another_can_begin() {
    let data = tempfile::tempdir().unwrap();
    let mut serve = Serve::start(data.path(), 0);
    let port = serve.port("mqtt");
    serve.signal(Signal::KILL);
    serve.process.wait().unwrap();
    // At once: what is left of the first is the second's business.
    let second = Serve::start(data.path(), port);
    assert_eq!(second.port("mqtt"), port);
    serve.children_are_gone();
}

#[test]
fn a_killed_child_is_started_again_where_it_was() {
    let data = tempfile::tempdir().unwrap();
    let serve = Serve::start(data.path(), 0);
    for child in CHILDREN {
        let old = serve.pid(child);
        send(old, Signal::KILL);
        let file = data.path().join("run").join(format!("{child}.pid"));
        eventually(child, || {
            let pid = std::fs::read_to_string(&file).ok()?.trim().parse().ok()?;
            (pid != old && runs(pid)).then_some(())
        });
        eventually("the broker's port", || TcpStream::connect((Ipv4Addr::LOCALHOST, serve.port("mqtt"))).ok());
        eventually("the dashboard", || readyz(serve.port("http")));
    }
}

#[test]
fn a_data_directory_in_use_is_refused_in_one_sentence() {
    let data = tempfile::tempdir().unwrap();
    let serve = Serve::start(data.path(), 0);
    let Output { status, stdout, stderr } = command(data.path(), 0).output().unwrap();
    let said = String::from_utf8_lossy(&stderr);
    assert_eq!((status.code(), stdout.len()), (Some(1), 0));
    assert!(said.contains(&format!("(process {})", serve.process.id())), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
}

#[test]
fn a_broker_that_outlived_its_supervisor_is_ended_first() {
    let data = tempfile::tempdir().unwrap();
    let (port, command_line) = {
        let mut serve = Serve::start(data.path(), 0);
        let command_line = std::fs::read(format!("/proc/{}/cmdline", serve.pid("broker"))).unwrap();
        serve.signal(Signal::TERM);
        serve.process.wait().unwrap();
        (serve.port("mqtt"), String::from_utf8(command_line).unwrap())
    };
    // The same broker, and nobody it would follow.
    let mut words = command_line.trim_end_matches('\0').split('\0');
    let mut leftover = Command::new(words.next().unwrap()).args(words).stderr(Stdio::null()).spawn().unwrap();
    std::fs::write(data.path().join("run/broker.pid"), leftover.id().to_string()).unwrap();
    eventually("the leftover's port", || TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok());
    let second = Serve::start(data.path(), port);
    assert_eq!(second.port("mqtt"), port);
    assert!(leftover.try_wait().unwrap().is_some());
}

#[test]
fn mistakes_are_told_all_at_once_and_nothing_is_started() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("motcua.toml");
    std::fs::write(&config, "sites = [\"a.toml\"]\nhttp_prot = 1\n").unwrap();
    std::fs::write(dir.path().join("a.toml"), "site = \"A\"\nname = 1\n").unwrap();
    let mut serve = Command::new(env!("CARGO_BIN_EXE_motcua"));
    let output = serve.args(["serve", "--config"]).arg(&config).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(64), "{said}");
    assert!(said.lines().count() >= 3 && said.contains("motcua.toml:2: http_prot"), "{said}");
    assert!(!dir.path().join("data").exists());
}
