//! `camera-ingest snapshot URL out.png`: one picture, for a person at this machine.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::probe::Access;

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

/// Runs the command.
///
/// # Errors
/// When there is no picture, or it cannot be written.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    anyhow::bail!("{} is not written yet", options.out.display())
}
