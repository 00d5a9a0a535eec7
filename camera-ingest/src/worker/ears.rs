//! What a worker hears on its stdin.

use std::io::{self, BufRead, BufReader, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use super::protocol::{Command, Job};

/// The longest line that is taken; a job with hundreds of zones is far below.
const LONGEST_LINE: u64 = 1 << 20;

/// Listens to the parent. When its stdin ends, the process ends, whatever it is doing.
#[derive(Debug)]
pub(super) struct Ears {
    commands: Receiver<Command>,
}

/// The job, and ears for what follows it.
pub(super) fn listen() -> io::Result<(Job, Ears)> {
    let mut stdin = BufReader::new(io::stdin());
    let line = line(&mut stdin)?.ok_or(io::ErrorKind::UnexpectedEof)?;
    let job = serde_json::from_str(&line)?;
    // A parent that asks faster than pictures come is not heard: it has asked already.
    let (heard, commands) = sync_channel(4);
    thread::Builder::new().name("ears".to_owned()).spawn(move || {
        while let Ok(Some(line)) = self::line(&mut stdin) {
            if let Ok(command) = serde_json::from_str(&line) {
                // Full or closed: see above.
                let _ = heard.try_send(command);
            }
        }
        end();
    })?;
    Ok((job, Ears { commands }))
}

impl Ears {
    /// Waits so long; whether a picture was asked for in the meantime.
    pub(super) fn wait(&self, time: Duration) -> bool {
        let until = Instant::now() + time;
        let mut asked = false;
        loop {
            match self.commands.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(Command::Picture) => asked = true,
                Err(RecvTimeoutError::Timeout) => return asked,
                // The process is about to end.
                Err(RecvTimeoutError::Disconnected) => {
                    thread::park_timeout(time);
                    return asked;
                }
            }
        }
    }
}

fn line(from: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = String::new();
    let read = from.by_ref().take(LONGEST_LINE).read_line(&mut line)?;
    Ok((read > 0).then_some(line))
}

#[expect(clippy::disallowed_methods, reason = "the thread that looks may hang inside FFmpeg and would never return")]
fn end() -> ! {
    std::process::exit(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_one_by_one_until_the_end() {
        let mut from = io::Cursor::new("{}\nx");
        assert_eq!(line(&mut from).unwrap().as_deref(), Some("{}\n"));
        assert_eq!(line(&mut from).unwrap().as_deref(), Some("x"));
        assert_eq!(line(&mut from).unwrap(), None);
        assert!(line(&mut io::Cursor::new(b"\xff\n")).is_err());
    }
}
