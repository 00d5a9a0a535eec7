//! `motcua export-events`, `state-hash` and `dead-letters`: what a journal holds. They read it
//! beside a running collector as well as after it.

use std::io::{BufWriter, ErrorKind, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use collector::ops;

use super::again::Again;
use super::at::At;
use super::say;

/// Xuất mọi sự kiện đã nhận, mỗi sự kiện một dòng JSON.
///
/// Writes every accepted event to stdout as one line of JSON in the words of the contract, with its
/// site, kind and device, the collector's time `at` and the time of receipt `rx`. `motcua replay`
/// reads it.
#[derive(Debug, clap::Args)]
pub struct ExportEvents {
    #[command(flatten)]
    at: At,
}

/// Liệt kê các bản tin không dùng được và lý do; `again` chạy lại chúng.
///
/// Writes every message that could not be used to stdout as one line of JSON: offset, time, topic,
/// reason and payload (its first 4 KiB). Those that were run again and counted are not among them.
#[derive(Debug, clap::Args)]
pub struct DeadLetters {
    #[command(flatten)]
    at: At,
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    Again(Again),
}

/// Mã băm của trạng thái: hai hệ thống nhận cùng sự kiện có cùng mã.
///
/// Prints the hash of the state that follows from the journal. The same events give the same hash,
/// in whatever order they came.
#[derive(Debug, clap::Args)]
pub struct StateHash {
    #[command(flatten)]
    at: At,
    /// Tính từ ảnh chụp mới nhất thay vì từ đầu nhật ký; kết quả phải như nhau.
    ///
    /// From the newest snapshot on, as a start does, instead of from the journal's first record. The
    /// hash must be the same.
    #[arg(long)]
    from_snapshot: bool,
}

/// Runs `export-events`.
///
/// # Errors
/// When there is no such installation, or its journal cannot be read.
pub fn export_events(args: &ExportEvents) -> anyhow::Result<ExitCode> {
    lines(&args.at, ops::export_events)
}

/// Runs `dead-letters`.
///
/// # Errors
/// As [`export_events`].
pub fn dead_letters(args: &DeadLetters) -> anyhow::Result<ExitCode> {
    match &args.action {
        None => lines(&args.at, ops::dead_letters),
        Some(Action::Again(again)) => super::again::run(&args.at, again),
    }
}

/// Runs `state-hash`.
///
/// # Errors
/// As [`export_events`].
pub fn state_hash(args: &StateHash) -> anyhow::Result<ExitCode> {
    let data_dir = args.at.data_dir()?;
    if !args.from_snapshot {
        say(&ops::state_hash(&data_dir).with_context(|| in_vain(&data_dir))?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let found = ops::state_hash_from_snapshot(&data_dir).with_context(|| in_vain(&data_dir))?;
    let (_, hash) = found.with_context(|| {
        format!("{}: no snapshot can be used; a start reads the whole journal", data_dir.join("snapshots").display())
    })?;
    say(&hash)?;
    Ok(ExitCode::SUCCESS)
}

type Stdout = BufWriter<std::io::StdoutLock<'static>>;

/// Writes lines to stdout. A reader that has seen enough (`| head`) is no failure.
fn lines(at: &At, write: impl FnOnce(&Path, &mut Stdout) -> Result<u64, collector::Error>) -> anyhow::Result<ExitCode> {
    let data_dir = at.data_dir()?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    let written = write(&data_dir, &mut out).and_then(|_| out.flush().map_err(collector::Error::Output));
    match written {
        Err(collector::Error::Output(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        Err(error) => Err(error).with_context(|| in_vain(&data_dir)),
        Ok(()) => Ok(ExitCode::SUCCESS),
    }
}

fn in_vain(data_dir: &Path) -> String {
    format!("cannot read the journal in {}", data_dir.display())
}
