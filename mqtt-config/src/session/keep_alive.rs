//! When to ping, and when silence means that the link is dead.

use std::time::{Duration, Instant};

use super::error::SessionError;

/// Instants of the last traffic in each direction; reads no clock.
#[derive(Debug)]
pub(super) struct KeepAlive {
    interval: Duration,
    sent: Instant,
    received: Instant,
    /// A ping that nothing has answered yet.
    pinged: Option<Instant>,
}

/// What is due.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Due {
    Nothing,
    Ping,
}

impl KeepAlive {
    /// `seconds` as in CONNECT: 0 means that neither side watches.
    pub(super) fn new(seconds: u16, now: Instant) -> Self {
        Self { interval: Duration::from_secs(seconds.into()), sent: now, received: now, pinged: None }
    }

    pub(super) fn sent(&mut self, now: Instant) {
        self.sent = now;
    }

    /// Anything received proves that the link lives.
    pub(super) fn received(&mut self, now: Instant) {
        self.received = now;
        self.pinged = None;
    }

    /// Half an interval after a ping without an answer the link is dead. Counting from the ping,
    /// not from the last message, spares a session whose owner did not look after it for a while.
    pub(super) fn check(&mut self, now: Instant) -> Result<Due, SessionError> {
        match self.deadline() {
            Some(deadline) if deadline <= now => {}
            _ => return Ok(Due::Nothing),
        }
        if self.pinged.is_some() {
            return Err(SessionError::Silent { after: now - self.received });
        }
        self.pinged = Some(now);
        self.sent = now;
        Ok(Due::Ping)
    }

    /// The next instant at which [`Self::check`] has something to say; None without keep-alive.
    pub(super) fn deadline(&self) -> Option<Instant> {
        if self.interval.is_zero() {
            return None;
        }
        Some(match self.pinged {
            Some(pinged) => pinged + self.interval / 2,
            None => self.sent.min(self.received) + self.interval,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn an_idle_link_is_pinged_and_lives_when_answered() {
        let start = Instant::now();
        let mut keep_alive = KeepAlive::new(10, start);
        assert_eq!(keep_alive.check(start + 9 * SECOND).unwrap(), Due::Nothing);
        assert_eq!(keep_alive.check(start + 10 * SECOND).unwrap(), Due::Ping);
        keep_alive.received(start + 11 * SECOND);
        assert_eq!(keep_alive.deadline(), Some(start + 20 * SECOND));
    }

    #[test]
    fn a_dead_link_is_noticed_after_one_and_a_half_intervals() {
        let start = Instant::now();
        let mut keep_alive = KeepAlive::new(10, start);
        assert_eq!(keep_alive.check(start + 10 * SECOND).unwrap(), Due::Ping);
        assert_eq!(keep_alive.check(start + 14 * SECOND).unwrap(), Due::Nothing);
        let error = keep_alive.check(start + 15 * SECOND).unwrap_err();
        assert_eq!(error.to_string(), "the broker has been silent for 15 s");
    }

    #[test]
    fn publishing_alone_does_not_hide_a_dead_link() {
        let start = Instant::now();
        let mut keep_alive = KeepAlive::new(10, start);
        for second in 1..=10 {
            keep_alive.sent(start + second * SECOND);
        }
        assert_eq!(keep_alive.check(start + 10 * SECOND).unwrap(), Due::Ping);
    }

    #[test]
    fn an_owner_that_was_away_is_not_taken_for_a_dead_link() {
        let start = Instant::now();
        let mut keep_alive = KeepAlive::new(10, start);
        assert_eq!(keep_alive.check(start + 60 * SECOND).unwrap(), Due::Ping);
        assert_eq!(keep_alive.deadline(), Some(start + 65 * SECOND));
    }

    #[test]
    fn without_keep_alive_nothing_is_due() {
        let start = Instant::now();
        let mut keep_alive = KeepAlive::new(0, start);
        assert_eq!(keep_alive.check(start + 3600 * SECOND).unwrap(), Due::Nothing);
    }
}
