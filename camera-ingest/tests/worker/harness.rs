//! A worker as its parent runs it, and cameras for it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use camera_ingest::worker::protocol::{Job, Looking, Word};
use mqtt_config::settings::Secret;

/// Ten times what anything here should take.
pub const LIMIT: Duration = Duration::from_secs(60);

/// A job for this source, with one zone, that notices a stall after a second.
pub fn job(source: &str) -> Job {
    let polygon = vec![[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]];
    let zone = motion::Zone { kind: motion::Kind::Waiting, polygon, tuning: motion::Tuning::default() };
    Job {
        source: source.to_owned(),
        user: None,
        password: None,
        looking: Looking { stall_s: 1.0, first_frame_s: 10.0, ..Looking::default() },
        zones: vec![zone],
        pictures: false,
    }
}

/// A worker process.
pub struct Worker {
    process: Child,
    stdin: Option<ChildStdin>,
    words: Receiver<(Instant, Word)>,
    log: Option<JoinHandle<String>>,
}

impl Worker {
    pub fn start(job: &Job) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_camera-ingest"))
            .arg("worker")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = process.stdin.take().unwrap();
        writeln!(stdin, "{}", serde_json::to_string(job).unwrap()).unwrap();
        let (stdout, mut stderr) = (process.stdout.take().unwrap(), process.stderr.take().unwrap());
        let (say, words) = sync_channel(10_000);
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let word = serde_json::from_str(&line).expect("every line is a word");
                if say.send((Instant::now(), word)).is_err() {
                    return;
                }
            }
        });
        let log = thread::spawn(move || {
            let mut text = String::new();
            let _ = stderr.read_to_string(&mut text);
            text
        });
        Self { process, stdin: Some(stdin), words, log: Some(log) }
    }

    pub fn id(&self) -> u32 {
        self.process.id()
    }

    pub fn ask(&mut self, line: &str) {
        writeln!(self.stdin.as_mut().unwrap(), "{line}").unwrap();
    }

    /// The next word and when it was heard; `None` when the worker has ended.
    pub fn word(&self) -> Option<(Instant, Word)> {
        match self.words.recv_timeout(LIMIT) {
            Ok(heard) => Some(heard),
            Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => None,
            Err(timeout) => panic!("no word: {timeout}"),
        }
    }

    /// Waits for a word of a kind; all that was said up to it.
    pub fn until(&self, what: &str, is: impl Fn(&Word) -> bool) -> Vec<(Instant, Word)> {
        let until = Instant::now() + LIMIT;
        let mut heard = Vec::new();
        while Instant::now() < until {
            let Some((at, word)) = self.word() else { panic!("the worker ended before {what}: {heard:?}") };
            let found = is(&word);
            heard.push((at, word));
            if found {
                return heard;
            }
        }
        panic!("no {what}: {heard:?}")
    }

    /// Closes its stdin and waits for its end; how long that took, and what FFmpeg said.
    pub fn end(mut self) -> (ExitStatus, Duration, String) {
        let began = Instant::now();
        self.stdin = None;
        let status = loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                break status;
            }
            assert!(began.elapsed() < LIMIT, "it does not end");
            thread::yield_now();
        };
        (status, began.elapsed(), self.log.take().unwrap().join().unwrap())
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub fn looked(word: &Word) -> bool {
    matches!(word, Word::Looked { .. })
}

pub fn lost(word: &Word) -> bool {
    matches!(word, Word::Lost { .. })
}

/// A port that nobody listens on.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A camera made of a clip.
pub struct Camera(Child);

impl Camera {
    /// `None`, and a line that says so, where the tools for it are not here.
    pub fn start(clip: &Path, port: u16, more: &[&str]) -> Option<Self> {
        let tool = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/tools/rtsp-serve");
        if !tool.exists() {
            println!("skipped: {} is not here", tool.display());
            return None;
        }
        let mut command = Command::new("/usr/bin/python3");
        command.arg(tool).arg(clip).arg(port.to_string()).arg("cam").args(more);
        let mut process = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().ok()?;
        let mut ready = String::new();
        let mut lines = BufReader::new(process.stdout.take().unwrap());
        lines.read_line(&mut ready).unwrap();
        if !ready.starts_with("ready") {
            println!("skipped: rtsp-serve does not run here (its --help lists what it needs)");
            let _ = process.wait();
            return None;
        }
        // What it says later is not wanted, but it must be able to say it.
        thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
        Some(Self(process))
    }
}

impl Drop for Camera {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A secret that every place of an address would stumble over.
pub fn awkward() -> Secret {
    Secret::new("p@ss:w/o%rd!# x")
}
