//! One camera's worker: a child process of its own, `camera-ingest worker`.
//!
//! It gets a [`protocol::Job`] as the first line on stdin (so no secret stands in `ps` or in the
//! environment), writes [`protocol::Word`]s as JSON lines on stdout, lets FFmpeg's log go to stderr,
//! and ends when stdin ends. A stream that crashes or hangs a codec takes one process with it, which
//! its parent ends and starts again.
//!
//! - `ears`, `mouth`: its stdin and stdout
//! - `session`: open, look, lose, wait, open again; `backoff`: how long it waits
//! - `looker`: its eye; `picture`: a picture for a person; `measure`: what a stream really is
//! - `child`: a worker as `probe`, `snapshot` and `zones` run it; `redact`: for what FFmpeg says

mod backoff;
mod child;
mod clock;
mod ears;
mod looker;
mod measure;
mod mouth;
mod picture;
pub mod protocol;
mod redact;
mod session;

use std::io::Write;
use std::process::ExitCode;

use crate::decode::{Loudness, speak};
use looker::Looker;
use mouth::Mouth;
use session::Session;

pub(crate) use child::PASSWORD_VARIABLE;
pub use child::{Child, Heard};
pub use clock::boot_ms;
pub use redact::redact;

/// What a program that was called wrongly ends with.
const USAGE: u8 = 64;

/// `camera-ingest worker`: looks at one camera until stdin ends.
#[must_use]
pub fn main() -> ExitCode {
    speak(Loudness::Warnings);
    let (job, ears) = match ears::listen() {
        Ok(heard) => heard,
        Err(error) => return refuse(&format!("the first line on stdin is no job: {error}")),
    };
    let eye = match motion::Eye::new(job.zones.clone()) {
        Ok(eye) => eye,
        Err(error) => return refuse(&error.to_string()),
    };
    let looker = Looker::new(eye, Mouth::new(std::io::stdout().lock()));
    match Session::new(job, ears, looker).run() {
        Ok(()) => ExitCode::SUCCESS,
        // Who does not listen wants no more words.
        Err(_) => ExitCode::FAILURE,
    }
}

fn refuse(why: &str) -> ExitCode {
    // Whether anybody reads it or not, the code says the same.
    let _ = writeln!(std::io::stderr(), "camera-ingest worker: {why}");
    ExitCode::from(USAGE)
}
