//! One camera's worker: a child process of its own, `camera-ingest worker`.
//!
//! It gets a [`protocol::Job`] as the first line on stdin (so no secret stands in `ps` or in the
//! environment), writes [`protocol::Word`]s as JSON lines on stdout, lets FFmpeg's log go to stderr,
//! and ends when stdin ends. A stream that crashes or hangs a codec takes one process with it, which
//! its parent ends and starts again.

pub mod protocol;
mod redact;

use std::process::ExitCode;

pub use redact::redact;

/// `camera-ingest worker`: looks at one camera until stdin ends.
#[must_use]
pub fn main() -> ExitCode {
    ExitCode::FAILURE
}
