//! Logs go to stderr; `MOTCUA_LOG` chooses what is told (`warn`, `camera_ingest=debug`, …).

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// Who reads the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voice {
    /// Whoever looks after a service: each line with its time.
    Service,
    /// The person at the terminal who has just typed the command.
    Person,
}

/// Sets the log up for this process.
pub fn init(voice: Voice) {
    let filter = EnvFilter::try_from_env("MOTCUA_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        // A log on a full disk must not end the program.
        .log_internal_errors(false);
    // Refused only when a log is set up already.
    let _ = match voice {
        Voice::Service => log.try_init(),
        Voice::Person => log.without_time().with_target(false).try_init(),
    };
}
