//! What the system tells the program while the terminal is taken.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// What the system tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// To end: the terminal is given back.
    End,
    /// To stop for a while.
    Stop,
}

/// The signals that would otherwise end or stop the program with the terminal still taken.
#[derive(Debug)]
pub struct Signals {
    terminate: Signal,
    hang_up: Signal,
    interrupt: Signal,
    stop: Signal,
}

impl Signals {
    /// From now on they come here.
    ///
    /// # Errors
    /// When the system does not let them be caught.
    pub fn listen() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            stop: signal(SignalKind::from_raw(rustix::process::Signal::TSTP.as_raw()))?,
        })
    }

    /// Waits for the next.
    pub async fn next(&mut self) -> Told {
        tokio::select! {
            _ = self.terminate.recv() => Told::End,
            _ = self.hang_up.recv() => Told::End,
            _ = self.interrupt.recv() => Told::End,
            _ = self.stop.recv() => Told::Stop,
        }
    }
}
