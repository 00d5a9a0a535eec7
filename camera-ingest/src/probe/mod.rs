//! `camera-ingest probe URL`: what a stream is, or in one sentence why there is none.

mod access;
mod hide;
mod report;

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context;

use crate::decode::address;
use crate::worker::protocol::{Stream, Trouble, Word};
use crate::worker::{Child, Heard};
use report::Found;

pub use access::Access;
pub use hide::hide_password;

/// So much longer than the worker itself the command waits for the worker's own sentence.
const GRACE: Duration = Duration::from_secs(2);
/// So long a live stream is measured, at most.
const MEASURES: Duration = Duration::from_secs(6);

/// Xem một luồng camera là gì, hoặc vì sao không xem được.
///
/// Says what a camera's stream is, or in one sentence why there is no picture. Ends with 0 when
/// pictures come, else with 1.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Which camera.
    #[command(flatten)]
    pub access: Access,
}

/// Runs the command: 0 when pictures come, 1 when not, which it tells.
///
/// # Errors
/// When the password cannot be read, or the worker not be started.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    match look(&options.access)? {
        Ok(found) => {
            writeln!(io::stdout(), "{found}").context("nobody reads what the stream is")?;
            Ok(ExitCode::SUCCESS)
        }
        Err(nothing) => {
            tell(&nothing);
            Ok(ExitCode::FAILURE)
        }
    }
}

/// Why there is no picture.
pub(crate) struct Nothing {
    trouble: Trouble,
    why: String,
}

/// Tells it on stderr, Vietnamese first.
pub(crate) fn tell(nothing: &Nothing) {
    // Who closed stderr does not want to know; the exit code says the same.
    let _ = writeln!(io::stderr(), "{}\n{}", report::trouble(nothing.trouble), nothing.why);
}

/// What a worker's word means to a command that waits for a picture, where it means the end of it.
pub(crate) fn nothing(heard: Heard, access: &Access) -> Option<Nothing> {
    match heard {
        Heard::Word(Word::Lost { trouble, why, .. }) => Some(Nothing { trouble, why }),
        Heard::Word(Word::Over { .. }) => {
            Some(Nothing { trouble: Trouble::Ended, why: format!("{} is over", access.shown()) })
        }
        Heard::Word(_) => None,
        Heard::Silence => {
            let why = format!("{} sends no picture within {} s", access.shown(), access.first_frame_s);
            Some(Nothing { trouble: Trouble::Stalled, why })
        }
        Heard::Gone => {
            let why = format!("decoding {} ended this program's worker: try another stream of it", access.shown());
            Some(Nothing { trouble: Trouble::Worker, why })
        }
    }
}

/// How long to wait for a worker's first picture.
pub(crate) fn patience(access: &Access) -> Duration {
    Duration::from_secs_f64(access.first_frame_s.clamp(1.0, 120.0)) + GRACE
}

fn look(access: &Access) -> anyhow::Result<Result<Found, Nothing>> {
    let began = Instant::now();
    let child = Child::start(&access.job()?).context("the worker cannot be started")?;
    let mut until = began + patience(access);
    let is_live = address::is_live(&access.source);
    let mut stream: Option<Stream> = None;
    let mut first_after: Option<Duration> = None;
    let mut blind = false;
    loop {
        let heard = child.hear(until);
        match (heard, first_after) {
            (Heard::Word(Word::Stream(said)), None) => stream = Some(said),
            (Heard::Word(Word::Looked { .. }), None) => {
                first_after = Some(began.elapsed());
                until = Instant::now() + MEASURES;
            }
            (Heard::Word(Word::Blind { .. }), _) => blind = true,
            (Heard::Word(Word::Stream(measured)), Some(_)) => {
                stream = Some(measured);
                break;
            }
            // What could not be measured is told as the stream says.
            (Heard::Silence, Some(_)) => break,
            (heard, _) => {
                if let Some(nothing) = nothing(heard, access) {
                    return Ok(Err(nothing));
                }
            }
        }
        // A file says itself what it is.
        if first_after.is_some() && !is_live {
            break;
        }
    }
    let source = access.shown();
    let (Some(stream), Some(first_after)) = (stream, first_after) else {
        return Ok(Err(Nothing { trouble: Trouble::Broken, why: format!("{source} does not say what it is") }));
    };
    let transport = is_live.then_some(if access.udp { "RTSP/UDP" } else { "RTSP/TCP" });
    Ok(Ok(Found { source, transport, stream, first_after, blind }))
}
