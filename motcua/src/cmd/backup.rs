//! `motcua backup`.

use std::path::PathBuf;
use std::process::ExitCode;

use serde::Serialize;

use super::at::At;
use super::say;
use crate::backup::{self, Made, Name, Order, Progress, Target};
use crate::logging;

/// Sao lưu toàn bộ dữ liệu trong khi hệ thống vẫn chạy; đọc lại để kiểm tra.
///
/// Writes everything that cannot be made anew to one file while everything runs: the journal, the
/// devices, logins and tokens (hashes only), the configuration. Then restores it aside and compares
/// the state; only a file that passes gets its name. Prints one line on stdout. It runs every night
/// by itself under `serve`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The file to write, or a folder that is there [default: backup_dir of the configuration]
    #[arg(long, value_name = "FILE|DIR")]
    to: Option<PathBuf>,
    #[command(flatten)]
    at: At,
}

/// What is said on stdout.
#[derive(Debug, Serialize)]
struct Said<'m> {
    file: &'m str,
    bytes: u64,
    records: u64,
    last_offset: u64,
    state_hash: &'m str,
    verified: bool,
    seconds: f64,
}

/// Runs the command.
///
/// # Errors
/// When the backup cannot be made or does not pass.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let place = args.at.place()?;
    logging::init(logging::Voice::Person);
    let to = match args.to {
        None => Target::Dir(place.backups, Name::Usual),
        Some(dir) if dir.is_dir() => Target::Dir(std::path::absolute(dir)?, Name::Usual),
        Some(file) => Target::File(std::path::absolute(file)?),
    };
    let order = Order { data_dir: place.data_dir, config: place.config, to, keep: None };
    let Made { file, bytes, manifest, seconds } = backup::make(&order, &mut Progress::default())?;
    say(&serde_json::to_string(&Said {
        file: &file.to_string_lossy(),
        bytes,
        records: manifest.journal.records(),
        last_offset: manifest.journal.last,
        state_hash: &manifest.state_hash,
        verified: true,
        seconds,
    })?)?;
    Ok(ExitCode::SUCCESS)
}
