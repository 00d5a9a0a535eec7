//! `camera-ingest snapshot URL out.png`: one picture, for a person at this machine.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use mqtt_config::settings::files::write_private;

use crate::probe::{self, Access, Nothing};
use crate::worker::protocol::{Command, Word};
use crate::worker::{Child, Heard};

/// What bad arguments end with.
const BAD_INPUT: u8 = 64;

/// Lưu một hình của camera vào tệp PNG trên máy này.
///
/// Writes one picture of a camera to a PNG file that only you can read. It is the only command
/// besides `zones` that shows a picture, and it is logged.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Which camera.
    #[command(flatten)]
    pub access: Access,

    /// Tệp PNG được ghi. / The PNG file to write.
    #[arg(value_name = "OUT.png")]
    pub out: PathBuf,

    /// Ghi đè tệp đã có. / Replace a file that is there.
    #[arg(long)]
    pub force: bool,
}

/// Runs the command: 0 when the picture is written, 1 when there is none, 64 when the file is there
/// already; all but the first it tells.
///
/// # Errors
/// When the password cannot be read, the worker not be started, or the file not be written.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let out = &options.out;
    if !options.force && out.symlink_metadata().is_ok() {
        let told = writeln!(io::stderr(), "{} is there already: choose another name, or say --force", out.display());
        return told.map(|()| ExitCode::from(BAD_INPUT)).context("nobody reads why nothing was written");
    }
    let png = match picture(&options.access)? {
        Ok(png) => png,
        Err(nothing) => {
            probe::tell(&nothing);
            return Ok(ExitCode::FAILURE);
        }
    };
    write_private(out, &png).with_context(|| format!("the picture cannot be written to {}", out.display()))?;
    // A picture of people was taken out of a camera: that is worth a line wherever logs are kept.
    tracing::info!(camera = %options.access.shown(), file = %out.display(), "A picture was shown to a person.");
    Ok(ExitCode::SUCCESS)
}

fn picture(access: &Access) -> anyhow::Result<Result<Vec<u8>, Nothing>> {
    let until = Instant::now() + probe::patience(access);
    let mut child = Child::start(&access.job()?).context("the worker cannot be started")?;
    child.ask(Command::Picture).context("the worker does not listen")?;
    loop {
        match child.hear(until) {
            Heard::Word(Word::Picture { png_base64 }) => {
                let png = BASE64_STANDARD.decode(png_base64);
                return png.map(Ok).map_err(|error| anyhow::anyhow!("the worker's picture is none: {error}"));
            }
            heard => {
                if let Some(nothing) = probe::nothing(heard, access) {
                    return Ok(Err(nothing));
                }
            }
        }
    }
}
