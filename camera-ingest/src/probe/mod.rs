//! `camera-ingest probe URL`: what a stream is, or in one sentence why there is none.

mod access;
mod hide;

use std::process::ExitCode;

pub use access::Access;
pub use hide::hide_password;

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

/// Runs the command.
///
/// # Errors
/// When the password cannot be read, or the worker not be started.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    anyhow::bail!("{} is not looked at yet", options.access.source)
}
