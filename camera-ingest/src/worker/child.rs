//! A worker as `probe`, `snapshot` and `zones` run it.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{self, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use mqtt_config::settings::Secret;

use super::protocol::{Command, Job, Word};
use super::redact;

/// A word with a picture is the longest line.
const LONGEST_LINE: u64 = 64 << 20;
/// So long a worker may take to end by itself.
const FAREWELL: Duration = Duration::from_secs(1);
/// The variable that may hold a camera's password: it is for the command, not for its worker.
pub(crate) const PASSWORD_VARIABLE: &str = "MOTCUA_CAMERA_PASSWORD";

/// A worker process. It ends with this value.
#[derive(Debug)]
pub struct Child {
    process: process::Child,
    stdin: Option<ChildStdin>,
    words: Receiver<Word>,
}

/// What came from a worker.
#[derive(Debug, Clone, PartialEq)]
pub enum Heard {
    /// It said this.
    Word(Word),
    /// Nothing in time.
    Silence,
    /// It ended.
    Gone,
}

impl Child {
    /// Starts this program as a worker with this job.
    ///
    /// # Errors
    /// When the process cannot be started.
    pub fn start(job: &Job) -> io::Result<Self> {
        let mut process = process::Command::new(std::env::current_exe()?)
            .arg("worker")
            .env_remove(PASSWORD_VARIABLE)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let (stdin, stdout, stderr) = (process.stdin.take(), process.stdout.take(), process.stderr.take());
        // Whoever does not take its words slows the worker down.
        let (say, words) = sync_channel(64);
        let mut child = Self { process, stdin, words };
        if let (Some(stdout), Some(stderr)) = (stdout, stderr) {
            let secrets: Vec<Secret> = job.password.iter().cloned().collect();
            thread::Builder::new().name("worker-log".to_owned()).spawn(move || log(stderr, &secrets))?;
            thread::Builder::new().name("worker-words".to_owned()).spawn(move || {
                let mut lines = BufReader::new(stdout);
                while let Some(word) = word(&mut lines) {
                    if say.send(word).is_err() {
                        return;
                    }
                }
            })?;
        }
        child.tell(&serde_json::to_string(job)?)?;
        Ok(child)
    }

    /// Asks for something.
    ///
    /// # Errors
    /// When the worker is gone.
    pub fn ask(&mut self, command: Command) -> io::Result<()> {
        self.tell(&serde_json::to_string(&command)?)
    }

    /// Waits for its next word, at most until then.
    pub fn hear(&self, until: Instant) -> Heard {
        match self.words.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(word) => Heard::Word(word),
            Err(RecvTimeoutError::Timeout) => Heard::Silence,
            Err(RecvTimeoutError::Disconnected) => Heard::Gone,
        }
    }

    fn tell(&mut self, line: &str) -> io::Result<()> {
        let stdin = self.stdin.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        stdin.write_all(format!("{line}\n").as_bytes())
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.stdin = None;
        let until = Instant::now() + FAREWELL;
        // Its words end with it.
        while !matches!(self.hear(until), Heard::Gone | Heard::Silence) {}
        // One that is gone cannot be killed, which is as well.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn word(lines: &mut impl BufRead) -> Option<Word> {
    loop {
        let mut line = String::new();
        if lines.by_ref().take(LONGEST_LINE).read_line(&mut line).ok()? == 0 {
            return None;
        }
        // What is no word is not ours: some library wrote to stdout.
        if let Ok(word) = serde_json::from_str(&line) {
            return Some(word);
        }
    }
}

fn log(from: impl Read, secrets: &[Secret]) {
    for line in BufReader::new(from).split(b'\n').map_while(Result::ok) {
        tracing::debug!(ffmpeg = %redact(&String::from_utf8_lossy(&line), secrets));
    }
}
