//! `motcua restore` and `motcua verify`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::json;

use super::at::note;
use super::say;
use crate::backup::{self, Manifest, Progress};
use crate::logging;

/// Khôi phục một bản sao lưu vào thư mục trống.
///
/// Restores a backup into an empty directory, to the same state: every byte is checked and the state
/// hash computed anew before the first file takes its place. Refuses a directory that is not empty, a
/// damaged file and one of a newer version, each in one sentence. Prints one line on stdout.
#[derive(Debug, clap::Args)]
pub struct Restore {
    /// The backup
    file: PathBuf,

    /// The data directory to make: empty, or not there
    #[arg(long, value_name = "DIR")]
    data_dir: PathBuf,

    /// Where the configuration goes: empty, or not there [default: config in the data directory]
    #[arg(long, value_name = "DIR")]
    config_dir: Option<PathBuf>,
}

/// Kiểm tra một bản sao lưu mà không khôi phục.
///
/// Checks a backup to the last byte, restores it aside and compares the state. Changes nothing.
#[derive(Debug, clap::Args)]
pub struct Verify {
    /// The backup
    file: PathBuf,
}

/// Runs `restore`.
///
/// # Errors
/// When the backup cannot be used or the directory is not empty.
pub fn restore(args: Restore) -> anyhow::Result<ExitCode> {
    logging::init(logging::Voice::Person);
    let data_dir = std::path::absolute(&args.data_dir)?;
    let config_dir = args.config_dir.map(std::path::absolute).transpose()?;
    let done = backup::restore(&args.file, &data_dir, config_dir.as_deref(), &mut Progress::default())?;
    say(&told(&done.manifest, "restored", &data_dir))?;
    let next = match &done.config {
        Some(config) => format!("motcua serve --config {} --data-dir {}", config.display(), data_dir.display()),
        None => format!("motcua serve --discover --data-dir {}", data_dir.display()),
    };
    note(&format!(
        "Đã khôi phục; trạng thái giống hệt lúc sao lưu ({created}).\n\
         Restored; the state is the very one of the backup ({created}).\n\
         Tiếp theo / next:  {next}",
        created = done.manifest.head.created,
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// Runs `verify`.
///
/// # Errors
/// When the backup cannot be used.
pub fn verify(args: Verify) -> anyhow::Result<ExitCode> {
    logging::init(logging::Voice::Person);
    let manifest = backup::verify(&args.file, &mut Progress::default())?;
    say(&told(&manifest, "verified", &args.file))?;
    Ok(ExitCode::SUCCESS)
}

fn told(manifest: &Manifest, what: &str, path: &Path) -> String {
    json!({
        what: path.to_string_lossy(),
        "created": manifest.head.created,
        "program": manifest.head.program,
        "host": manifest.head.host,
        "records": manifest.journal.records(),
        "last_offset": manifest.journal.last,
        "state_hash": manifest.state_hash,
    })
    .to_string()
}
