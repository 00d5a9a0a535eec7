//! One child process: started, waited for, ended.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::{Instant, sleep, timeout};

/// How long Mosquitto may take from its start to its first connection.
const BROKER_STARTS_WITHIN: Duration = Duration::from_secs(10);
/// How often it is tried meanwhile.
const TRY_EVERY: Duration = Duration::from_millis(20);

/// Which child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Mosquitto.
    Broker,
    /// The collector.
    Collector,
    /// The dashboard.
    Dashboard,
    /// The simulated centre of a demonstration.
    Centre,
    /// What looks at cameras.
    Cameras,
}

impl Role {
    /// Its name in messages and files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Broker => "broker",
            Self::Collector => "collector",
            Self::Dashboard => "dashboard",
            Self::Centre => "centre",
            Self::Cameras => "cameras",
        }
    }
}

/// How to start a child and how to know that it accepts work.
#[derive(Debug, Clone)]
pub struct Program {
    /// Which child.
    pub role: Role,
    /// The executable and its arguments. It follows the supervisor's end by itself.
    pub command: Vec<OsString>,
    /// How it shows that it accepts work.
    pub accepts: Accepts,
    /// Where its process number is written, for those who send it a signal.
    pub pid_file: PathBuf,
    /// Where its log goes; `None`: to our stderr.
    pub log: Option<PathBuf>,
}

/// How a child shows that it accepts work.
#[derive(Debug, Clone, Copy)]
pub enum Accepts {
    /// It prints a [`ReadyLine`].
    SaysSo,
    /// It takes connections at this address.
    At(SocketAddr),
}

/// The one line that a child of ours prints on stdout when it accepts work.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ReadyLine {
    /// Always true.
    pub ready: bool,
    /// Where the dashboard serves, with the port it really got.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http: Option<SocketAddr>,
    /// Whether it speaks TLS there.
    #[serde(default)]
    pub tls: bool,
}

impl ReadyLine {
    /// The scheme of the dashboard's address.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        if self.tls { "https" } else { "http" }
    }
}

/// A child that runs, or ran until a moment ago. Killed when dropped.
#[derive(Debug)]
pub struct Running {
    role: Role,
    accepts: Accepts,
    process: Child,
    stdout: BufReader<ChildStdout>,
    since: Instant,
}

impl Running {
    /// Starts it, in a process group of its own: a Ctrl-C at the terminal reaches the supervisor
    /// alone, which ends its children in their order.
    ///
    /// Must be called from the main thread: the kernel ties the child's life to the thread that
    /// started it.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(program: &Program) -> anyhow::Result<Self> {
        let name = program.role.name();
        let [executable, args @ ..] = program.command.as_slice() else { bail!("the {name} has no command") };
        let stderr = log(program.log.as_deref())?;
        let mut process = Command::new(executable)
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(stderr)
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start the {name}"))?;
        let stdout = process.stdout.take().context("the child has no stdout")?;
        let running = Self {
            role: program.role,
            accepts: program.accepts,
            process,
            stdout: BufReader::new(stdout),
            since: Instant::now(),
        };
        // A full disk is no reason to let it go: it is only harder to find for those who would
        // send it a signal.
        if let Err(error) = std::fs::write(&program.pid_file, format!("{}\n", running.pid())) {
            tracing::warn!(file = %program.pid_file.display(), %error, "A child's process number was not written.");
        }
        Ok(running)
    }

    /// Its process number; 0 when it has ended.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process.id().unwrap_or_default()
    }

    /// How long ago it was started.
    #[must_use]
    pub fn age(&self) -> Duration {
        self.since.elapsed()
    }

    /// Waits until it accepts work. A collector may read its journal as long as it needs.
    ///
    /// # Errors
    /// When it ends first, says something else, or (the broker) takes too long.
    pub async fn accepts_work(&mut self) -> anyhow::Result<ReadyLine> {
        match self.accepts {
            Accepts::SaysSo => self.says_so().await,
            Accepts::At(address) => tokio::select! {
                status = self.process.wait() => bail!("the {} ended with {}", self.role.name(), status?),
                open = timeout(BROKER_STARTS_WITHIN, takes_connections(address)) => {
                    open.with_context(|| format!("the {} takes no connection at {address}", self.role.name()))?;
                    Ok(ReadyLine { ready: true, ..ReadyLine::default() })
                }
            },
        }
    }

    async fn says_so(&mut self) -> anyhow::Result<ReadyLine> {
        let mut line = String::new();
        if self.stdout.read_line(&mut line).await? == 0 {
            // The end of its output is the end of the process, or very near to it.
            bail!("the {} ended with {}", self.role.name(), self.process.wait().await?);
        }
        let said: ReadyLine =
            serde_json::from_str(&line).with_context(|| format!("the {} said {:?}", self.role.name(), line.trim()))?;
        Ok(said)
    }

    /// Waits for its end; what it prints meanwhile is thrown away, so that it never blocks.
    ///
    /// # Errors
    /// When the operating system loses it.
    pub async fn ended(&mut self) -> io::Result<ExitStatus> {
        let mut nowhere = tokio::io::sink();
        let (status, _) = tokio::join!(self.process.wait(), tokio::io::copy_buf(&mut self.stdout, &mut nowhere));
        status
    }

    /// Sends a signal to it, if it still runs.
    pub fn signal(&self, signal: Signal) {
        // Not yet waited for, so the number is still its own.
        let pid = self.process.id().and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw);
        if let Some(Err(error)) = pid.map(|pid| kill_process(pid, signal)) {
            tracing::warn!(child = self.role.name(), %error, "A signal could not be sent.");
        }
    }

    /// Asks it to end, and kills it when it has not after `grace`.
    pub async fn end(mut self, grace: Duration) {
        self.signal(Signal::TERM);
        if timeout(grace, self.process.wait()).await.is_err() {
            tracing::warn!(
                child = self.role.name(),
                grace_s = grace.as_secs(),
                "A child did not end in time, killing it."
            );
            if let Err(error) = self.process.kill().await {
                tracing::warn!(child = self.role.name(), %error, "A child could not be killed.");
            }
        }
    }
}

/// Where a child's log goes.
pub(super) fn log(file: Option<&Path>) -> anyhow::Result<OwnedFd> {
    match file {
        None => io::stderr().as_fd().try_clone_to_owned().context("cannot share stderr"),
        Some(path) => {
            let file = File::options().create(true).append(true).open(path);
            file.map(OwnedFd::from).with_context(|| format!("cannot write {}", path.display()))
        }
    }
}

async fn takes_connections(address: SocketAddr) {
    while TcpStream::connect(address).await.is_err() {
        sleep(TRY_EVERY).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, dir: &tempfile::TempDir) -> Program {
        Program {
            role: Role::Collector,
            command: ["sh", "-c", script].map(OsString::from).into(),
            accepts: Accepts::SaysSo,
            pid_file: dir.path().join("collector.pid"),
            log: None,
        }
    }

    #[tokio::test]
    async fn a_child_says_that_it_accepts_work() {
        let dir = tempfile::tempdir().unwrap();
        let program = shell(r#"echo '{"ready":true,"http":"127.0.0.1:81"}'; read forever; exec sleep 60"#, &dir);
        let mut running = Running::start(&program).unwrap();
        let said = running.accepts_work().await.unwrap();
        assert_eq!(said.http, Some(([127, 0, 0, 1], 81).into()));
        assert_eq!(std::fs::read_to_string(&program.pid_file).unwrap(), format!("{}\n", running.pid()));
        running.end(Duration::from_secs(5)).await;
    }

    #[tokio::test]
    async fn a_child_that_ends_first_is_an_error_with_its_status() {
        let dir = tempfile::tempdir().unwrap();
        let mut running = Running::start(&shell("exit 64", &dir)).unwrap();
        let error = running.accepts_work().await.unwrap_err();
        assert_eq!(error.to_string(), "the collector ended with exit status: 64");
        assert_eq!(running.ended().await.unwrap().code(), Some(64));
    }

    #[tokio::test]
    async fn a_child_that_will_not_end_is_killed() {
        let dir = tempfile::tempdir().unwrap();
        let script = r#"trap '' TERM; echo '{"ready":true}'; while :; do sleep 1; done"#;
        let mut running = Running::start(&shell(script, &dir)).unwrap();
        running.accepts_work().await.unwrap();
        let pid = running.pid();
        running.end(Duration::from_millis(50)).await;
        assert!(!Path::new(&format!("/proc/{pid}")).exists());
    }
}
