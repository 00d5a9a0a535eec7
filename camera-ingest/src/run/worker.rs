//! One worker's process: started, listened to, ended, reaped. It never outlives its handle.

use std::ffi::OsString;
use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use mqtt_config::settings::Secret;
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::{Instant, sleep_until, timeout, timeout_at};
use tokio_util::task::AbortOnDropHandle;

use super::key::Key;
use super::lines::{Line, Lines};
use super::murmur;
use crate::worker::protocol::{Job, Word};

/// The longest line: a picture is never asked for here.
const LONGEST_LINE: usize = 64 * 1024;
/// How long a worker may take to read its job.
const JOB_WITHIN: Duration = Duration::from_secs(5);
/// How long one may live that has closed its output; and how long is read what one has said that is gone.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// Lines a second: an eye says far less of a hundred zones.
const MOST_LINES: u32 = 2_000;
/// Lines in a row that are no words.
const MOST_NONSENSE: u32 = 100;

/// All that a worker inherits of our environment: nothing that could hold a secret.
const ENVIRONMENT: [&str; 9] =
    ["PATH", "HOME", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "RUST_BACKTRACE", "SSL_CERT_FILE", "SSL_CERT_DIR"];

/// What a worker gave to hear.
#[derive(Debug)]
pub enum Heard {
    /// A word.
    Word(Word),
    /// It is gone and reaped; this is how, where the system knows, and the last that it said on
    /// stderr, without secrets.
    Gone(Option<ExitStatus>, Option<String>),
}

/// A worker that runs. Killed when dropped.
#[derive(Debug)]
pub struct Worker {
    key: Key,
    process: Child,
    /// Its life-line: it ends when this is closed.
    stdin: Option<ChildStdin>,
    words: Lines<ChildStdout>,
    /// Reads what FFmpeg says, until the process is gone.
    murmur: AbortOnDropHandle<Option<String>>,
    ending: Ending,
    nonsense: u32,
    /// Lines since this moment.
    lines: (Instant, u32),
}

/// How far its end has come.
#[derive(Debug, Clone, Copy)]
enum Ending {
    /// It speaks.
    No,
    /// It is not listened to any more; killed at this moment if it is still there.
    Deaf(Instant),
    /// It is reaped; its last words are read until this moment.
    Reaped(Option<ExitStatus>, Instant),
}

impl Worker {
    /// Starts `command` and gives it its job.
    ///
    /// # Errors
    /// When it cannot be started, or does not take its job.
    pub async fn start(key: Key, command: &[OsString], job: &Job) -> io::Result<Self> {
        let [program, args @ ..] = command else { return Err(io::Error::other("there is no worker to start")) };
        let inherited = ENVIRONMENT.iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
        let mut process = Command::new(program)
            .args(args)
            .env_clear()
            .envs(inherited)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // A Ctrl-C at the terminal reaches the parent alone, which ends its workers.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        let missing = || io::Error::other("a pipe is missing");
        let mut stdin = process.stdin.take().ok_or_else(missing)?;
        let stdout = process.stdout.take().ok_or_else(missing)?;
        let stderr = process.stderr.take().ok_or_else(missing)?;
        let secrets: Vec<Secret> = job.password.iter().cloned().collect();
        let murmur = AbortOnDropHandle::new(tokio::spawn(murmur::log(key, stderr, secrets)));
        let mut line = serde_json::to_vec(job)?;
        line.push(b'\n');
        timeout(JOB_WITHIN, stdin.write_all(&line))
            .await
            .map_err(|_| io::Error::other("it does not take its job"))??;
        Ok(Self {
            key,
            process,
            stdin: Some(stdin),
            words: Lines::new(stdout, LONGEST_LINE),
            murmur,
            ending: Ending::No,
            nonsense: 0,
            lines: (Instant::now(), 0),
        })
    }

    /// Its process number, while it is not reaped.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.process.id()
    }

    /// Lets it end by itself.
    pub fn let_go(&mut self) {
        self.stdin = None;
    }

    /// Kills it; [`Heard::Gone`] follows.
    pub fn kill(&mut self) {
        self.stdin = None;
        // Refused only when it is reaped already.
        let _ = self.process.start_kill();
    }

    /// Its next word. Cancel-safe. Not to be called again after [`Heard::Gone`].
    pub async fn next(&mut self) -> Heard {
        loop {
            match self.ending {
                Ending::No => tokio::select! {
                    biased;
                    line = self.words.next() => match self.take(line) {
                        Some(word) => return Heard::Word(word),
                        None => continue,
                    },
                    status = self.process.wait() => self.reaped(status),
                },
                Ending::Deaf(until) => tokio::select! {
                    status = self.process.wait() => self.reaped(status),
                    () = sleep_until(until) => {
                        self.kill();
                        self.ending = Ending::Deaf(Instant::now() + LAST_WORDS);
                    }
                },
                Ending::Reaped(status, until) => match timeout_at(until, self.words.next()).await {
                    Ok(Ok(Line::Whole(line))) => {
                        if let Ok(word) = serde_json::from_slice(&line) {
                            return Heard::Word(word);
                        }
                    }
                    // Something else may hold its pipes open: that is not waited for.
                    Ok(_) | Err(_) => {
                        // Why it crashed is the last that it says.
                        let last = timeout(LAST_WORDS, &mut self.murmur).await;
                        return Heard::Gone(status, last.ok().and_then(Result::ok).flatten());
                    }
                },
            }
        }
    }

    fn reaped(&mut self, status: io::Result<ExitStatus>) {
        let heard_all = matches!(self.ending, Ending::Deaf(_));
        let more = if heard_all { Duration::ZERO } else { LAST_WORDS };
        self.ending = Ending::Reaped(status.ok(), Instant::now() + more);
    }

    fn take(&mut self, line: io::Result<Line>) -> Option<Word> {
        match line {
            Ok(Line::Whole(line)) => {
                if self.is_a_flood() {
                    self.give_up("says more than any camera has to tell");
                    return None;
                }
                let word = serde_json::from_slice(&line).ok();
                self.nonsense = if word.is_some() { 0 } else { self.nonsense + 1 };
                if self.nonsense == 1 {
                    tracing::warn!(camera = %self.key, bytes = line.len(), "The worker said something that is no word.");
                }
                if self.nonsense >= MOST_NONSENSE {
                    self.give_up("says nothing but nonsense");
                }
                word
            }
            Ok(Line::Cut(_)) => {
                self.give_up("wrote a line without an end");
                None
            }
            // It has closed its output, and is about to end.
            Ok(Line::End) | Err(_) => {
                self.ending = Ending::Deaf(Instant::now() + LAST_WORDS);
                None
            }
        }
    }

    fn is_a_flood(&mut self) -> bool {
        let now = Instant::now();
        if now - self.lines.0 >= Duration::from_secs(1) {
            self.lines = (now, 0);
        }
        self.lines.1 += 1;
        self.lines.1 > MOST_LINES
    }

    fn give_up(&mut self, what: &str) {
        tracing::warn!(camera = %self.key, "The worker {what}: it is ended and started again.");
        self.ending = Ending::Deaf(Instant::now());
    }
}
