//! Logs go to stderr; `MOTCUA_LOG` chooses what is told (`warn`, `collector=debug`, …).

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// Chooses what is told.
pub const VARIABLE: &str = "MOTCUA_LOG";

/// Who reads the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voice {
    /// Whoever looks after a service: each line with its time.
    Service,
    /// The person at the terminal who has just typed the command.
    Person,
    /// The person who watches a demonstration: only what goes wrong.
    Show,
}

/// Sets the log up for this process. Later calls change nothing.
pub fn init(voice: Voice) {
    let usual = if voice == Voice::Show { "warn" } else { "info" };
    let filter = EnvFilter::try_from_env(VARIABLE).unwrap_or_else(|_| EnvFilter::new(usual));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        // A log on a full disk must not end the program: by default a line that cannot be written
        // is told on stderr, and that panics.
        .log_internal_errors(false);
    // Refused only when a log is set up already.
    let _ = match voice {
        Voice::Service => log.try_init(),
        Voice::Person | Voice::Show => log.without_time().with_target(false).try_init(),
    };
}
