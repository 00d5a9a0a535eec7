//! The processes of a measurement: the load, the rival, and a broker without motcua.

use std::fs;
use std::io::{BufRead, BufReader, Lines, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use bench::load::site_name;
use harness::program::Motcua;
use serde_json::Value;
use tempfile::TempDir;

/// How long a program may take to start.
const START: Duration = Duration::from_secs(20);

/// Between two looks at something that has not happened yet.
const LOOK: Duration = Duration::from_millis(10);

/// One of this crate's programs, which reports in JSON lines.
pub struct Program {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    /// What it said when it was ready.
    pub ready: Value,
}

impl Program {
    /// Starts the program beside this one and waits until it says that it is ready.
    pub fn start(name: &str, port: u16, arguments: &[&str]) -> Result<Self> {
        let path = std::env::current_exe()?.with_file_name(name);
        let mut child = Command::new(&path)
            .args(["--mqtt-port", &port.to_string()])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}: is it built?", path.display()))?;
        let stdout = child.stdout.take().context("its output is piped")?;
        let mut program = Self { child, lines: BufReader::new(stdout).lines(), ready: Value::Null };
        program.ready = program.line().with_context(|| format!("{name} does not become ready"))?;
        ensure!(program.ready["ready"] == true, "{name} says {}", program.ready);
        Ok(program)
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Lets a program begin that waits for a word.
    pub fn go(&mut self) -> Result<()> {
        let input = self.child.stdin.as_mut().context("its input is piped")?;
        Ok(writeln!(input, "go")?)
    }

    /// Waits for its report.
    pub fn finish(mut self) -> Result<Value> {
        self.line()
    }

    fn line(&mut self) -> Result<Value> {
        let line = self.lines.next().context("the program has ended")??;
        serde_json::from_str(&line).with_context(|| format!("not a report: {line}"))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // One that has ended already is no error.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A Mosquitto alone, with the very settings that motcua wrote for its own.
pub struct Broker {
    child: Child,
    pub port: u16,
    _store: TempDir,
}

impl Broker {
    /// `data` is the directory of a motcua that has ended.
    pub fn like_that_of(data: &Path) -> Result<Self> {
        let written = data.join("broker/mosquitto.conf");
        let written = fs::read_to_string(&written).with_context(|| format!("cannot read {}", written.display()))?;
        let store = tempfile::tempdir()?;
        let conf = store.path().join("mosquitto.conf");
        fs::write(&conf, with_store(&written, store.path()))?;
        let port = port_of(&written).context("no listener in the broker's configuration")?;
        let mut child = Command::new("mosquitto")
            .env("PATH", "/usr/local/sbin:/usr/sbin:/usr/local/bin:/usr/bin:/bin")
            .arg("-c")
            .arg(&conf)
            .stderr(Stdio::null())
            .spawn()
            .context("Mosquitto is not installed")?;
        until(START, || TcpStream::connect(("127.0.0.1", port)).is_ok().then_some(())).inspect_err(|_| {
            // It is ended at once, because nobody will hold it.
            drop(child.kill());
            drop(child.wait());
        })?;
        Ok(Self { child, port, _store: store })
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The collector's session lies in the old store and would gather every event.
fn with_store(conf: &str, store: &Path) -> String {
    let line = |line: &str| match line.split_once(' ') {
        Some(("persistence_location", _)) => format!("persistence_location {}/\n", store.display()),
        _ => format!("{line}\n"),
    };
    conf.lines().map(line).collect()
}

fn port_of(conf: &str) -> Option<u16> {
    conf.lines().find_map(|line| line.strip_prefix("listener "))?.split(' ').next()?.parse().ok()
}

/// Looks until there is something, within a limit.
pub fn until<T>(limit: Duration, mut look: impl FnMut() -> Option<T>) -> Result<T> {
    let begin = Instant::now();
    loop {
        if let Some(found) = look() {
            return Ok(found);
        }
        if begin.elapsed() > limit {
            bail!("it did not happen within {} s", limit.as_secs());
        }
        std::thread::park_timeout(LOOK);
    }
}

/// One of the processes of a running motcua.
pub fn pid(motcua: &Motcua, name: &str) -> Result<u32> {
    let pid = motcua.ready["pids"][name].as_u64().and_then(|pid| u32::try_from(pid).ok());
    pid.with_context(|| format!("the ready line names no process {name}: {}", motcua.ready))
}

/// Waits until every board has counted its events, or no board counts on for a while; gives how
/// many are counted in all.
pub fn accepted(motcua: &Motcua, sites: u32, events_per_site: u64, patience: Duration) -> u64 {
    let count = |site: u32| {
        let board = motcua.board(&site_name(site)).ok();
        board.and_then(|board| board["ingest"]["accepted"].as_u64()).unwrap_or_default()
    };
    let mut total = 0;
    for site in 0..sites {
        // One that never gets there is told as lost events.
        let whole = until(patience, || (count(site) >= events_per_site).then_some(()));
        total += if whole.is_ok() { events_per_site } else { count(site) };
    }
    total
}

/// The ceil(q·n)-th smallest value; not a number when there is none.
pub fn nearest_rank(values: &mut [f64], q: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let rank = (q * values.len() as f64).ceil() as usize;
    values.get(rank.saturating_sub(1)).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_values_of_the_list() {
        assert!((nearest_rank(&mut [3.0, 1.0, 2.0], 0.5) - 2.0).abs() < 1e-9);
        assert!((nearest_rank(&mut [3.0, 1.0, 2.0, 4.0], 0.5) - 2.0).abs() < 1e-9);
        assert!((nearest_rank(&mut [3.0, 1.0], 0.99) - 3.0).abs() < 1e-9);
        assert!(nearest_rank(&mut [], 0.5).is_nan());
    }

    #[test]
    fn the_store_is_moved_and_the_port_found() {
        let conf = "persistence true\npersistence_location /old/\n\nlistener 1890 127.0.0.1\n";
        assert_eq!(port_of(conf), Some(1890));
        assert_eq!(
            with_store(conf, Path::new("/new")),
            "persistence true\npersistence_location /new/\n\nlistener 1890 127.0.0.1\n"
        );
    }
}
