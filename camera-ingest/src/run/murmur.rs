//! What FFmpeg says in a worker, in our log at debug: without secrets, and not too much of it. What a
//! person has to know of a camera its worker says in a sentence of its own.

use std::time::Duration;

use mqtt_config::settings::Secret;
use tokio::io::AsyncRead;
use tokio::time::Instant;

use super::key::Key;
use super::lines::{Line, Lines};
use crate::worker::redact;

/// A longer line is left out as a whole: a secret that is cut in the middle would not be found.
const LONGEST: usize = 4 * 1024;
/// Lines at once; then one in [`REFILL`].
const AT_ONCE: u32 = 10;
/// A damaged stream says the same of every picture.
const REFILL: Duration = Duration::from_secs(10);

/// Logs the lines of `from` until its end; gives the last one, which may say why there was an end.
pub(super) async fn log(key: Key, from: impl AsyncRead + Unpin, secrets: Vec<Secret>) -> Option<String> {
    let mut last = None;
    let mut lines = Lines::new(from, LONGEST);
    let mut few = Few::new(Instant::now());
    loop {
        let line = match lines.next().await {
            Ok(Line::Whole(line)) => told(&line, &secrets),
            Ok(Line::Cut(_)) => format!("(a line of more than {LONGEST} bytes)"),
            Ok(Line::End) | Err(_) => break,
        };
        if line.is_empty() {
            continue;
        }
        match few.take(Instant::now()) {
            Some(0) => tracing::debug!(camera = %key, "{line}"),
            Some(left_out) => tracing::debug!(camera = %key, left_out, "{line}"),
            None => tracing::trace!(camera = %key, "{line}"),
        }
        last = Some(line);
    }
    if few.left_out > 0 {
        tracing::debug!(camera = %key, left_out = few.left_out, "The worker said more of the like.");
    }
    last
}

/// One line as it may stand in a log: no secret, and no control characters of a camera's own.
fn told(line: &[u8], secrets: &[Secret]) -> String {
    let line = redact(&String::from_utf8_lossy(line), secrets);
    let plain: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    plain.trim().to_owned()
}

/// Lets a few through, and counts the others.
#[derive(Debug)]
struct Few {
    left: u32,
    refilled: Instant,
    left_out: u64,
}

impl Few {
    const fn new(now: Instant) -> Self {
        Self { left: AT_ONCE, refilled: now, left_out: 0 }
    }

    /// How many were left out before this one, which may be told; `None`: it may not.
    fn take(&mut self, now: Instant) -> Option<u64> {
        let refills = u32::try_from((now - self.refilled).as_secs() / REFILL.as_secs()).unwrap_or(AT_ONCE);
        if refills > 0 {
            self.left = self.left.saturating_add(refills).min(AT_ONCE);
            self.refilled = now;
        }
        match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                Some(std::mem::take(&mut self.left_out))
            }
            None => {
                self.left_out += 1;
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_told_without_its_secret_and_its_tricks() {
        let secrets = [Secret::new("c@n:a/r%y!#")];
        let line = b"\x1b[31m[rtsp] rtsp://root:c%40n:a%2fr%25y!%23@10.0.0.1/x c@n:a/r%y!#\r";
        assert_eq!(told(line, &secrets), "[31m[rtsp] rtsp://***@10.0.0.1/x ***");
    }

    #[test]
    fn what_is_said_again_and_again_is_counted() {
        let begin = Instant::now();
        let mut few = Few::new(begin);
        let told = (0..1_000).filter_map(|_| few.take(begin)).count();
        assert_eq!(told, AT_ONCE as usize);
        assert_eq!(few.take(begin + REFILL), Some(1_000 - u64::from(AT_ONCE)));
        assert_eq!(few.take(begin + REFILL), None);
        assert_eq!(few.take(begin + 3 * REFILL), Some(1));
        assert_eq!(few.take(begin + 3 * REFILL), Some(0));
    }
}
