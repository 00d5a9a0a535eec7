//! One clip as one or more live cameras.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

use super::{PYTHON, rtsp_serve};
use crate::program::{Frozen, freeze};

const START: Duration = Duration::from_secs(60);
/// Below those that the kernel gives to connections: a port that is free stays so while its server is
/// away.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// A server of cameras, on this machine alone; ended when dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    /// Its port.
    pub port: u16,
}

impl Server {
    /// `rtsp-serve` of a clip at a port, as `/cam`, or as `/cam-1` to `/cam-N` with `--cameras N`.
    ///
    /// # Panics
    /// When it does not listen within a minute.
    #[must_use]
    pub fn start(clip: &Path, port: u16, options: &[&str]) -> Self {
        let mut command = Command::new(PYTHON);
        command.arg(rtsp_serve()).arg(clip).args([&port.to_string(), "cam"]).args(options);
        Self::run(command, port)
    }

    /// Any program that serves at this port and says `ready` on a line of its own.
    ///
    /// # Panics
    /// As [`Self::start`].
    #[must_use]
    pub fn run(mut command: Command, port: u16) -> Self {
        let nowhere = File::options().write(true).open("/dev/null").expect("there is a place for nothing");
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(nowhere).spawn();
        let mut child = child.unwrap_or_else(|why| panic!("cannot start {command:?}: {why}"));
        let stdout = child.stdout.take().expect("it is piped");
        let (hand_over, line) = sync_channel(1);
        // Reads on until its end: a server that nobody listens to would end.
        thread::spawn(move || {
            let ready = |line: &String| line.starts_with("ready");
            let mut lines = BufReader::new(stdout).lines().map_while(Result::ok);
            // Nobody waits any more when the limit has passed.
            drop(hand_over.send(lines.find(ready)));
            lines.for_each(drop);
        });
        let server = Self { child, port };
        let is_ready = matches!(line.recv_timeout(START), Ok(Some(_)));
        assert!(is_ready, "{command:?} does not serve");
        server
    }

    /// Where a camera of it is.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        url(self.port, path)
    }

    /// Its process stands still until the answer is dropped: connections stay open, nothing comes.
    ///
    /// # Errors
    /// When it has ended.
    pub fn stand_still(&self) -> Result<Frozen, String> {
        freeze(self.child.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that has ended already is no error.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Where a camera is, by the port at which it is reached.
#[must_use]
pub fn url(port: u16, path: &str) -> String {
    format!("rtsp://127.0.0.1:{port}/{path}")
}

/// A port at which nobody listens, and which no connection of this machine takes by chance.
///
/// # Panics
/// When there is none.
#[must_use]
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let count = PORTS.end - PORTS.start;
    // Tests in other processes begin elsewhere.
    let begin = (std::process::id().wrapping_mul(97) % u32::from(count)) as u16;
    let is_free = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    let next = || PORTS.start + (begin + NEXT.fetch_add(1, Ordering::Relaxed) % count) % count;
    std::iter::repeat_with(next).take(usize::from(count)).find(is_free).expect("there is a free port")
}
