//! `motcua backtest`.

use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use jiff::tz::TimeZone;

use super::say;
use crate::backtest::{self, History, Options};
use crate::exit::BadInput;

/// Thử ước lượng thời gian chờ trên nhật ký đã ghi, không nhìn trước tương lai.
///
/// Replays recorded logs through the code that serves live estimates and writes, for every ticket,
/// what it would have been told when it was taken: lines `ticket_id,p50_s,p90_s` in the order in
/// which the tickets were taken, seconds. Nothing later changes a prediction, and neither does the
/// order of rows and files. A model is trained anew when a day begins, on the days before (with
/// very many tickets when a tenth of them is new). Progress
/// goes to stderr; the last line on stdout is
/// {"tickets":N,"days":D,"seconds":…,"trainings":K,"training_seconds":…}.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// CSV files of tickets (ticket_id, site, service, priority, issued_at, called_at, finished_at,
    /// counter, outcome), plain or gzip: together one history. A row that cannot be used is an error.
    #[arg(long, value_name = "FILE", num_args = 1.., required = true)]
    tickets: Vec<PathBuf>,

    /// CSV files of how many counters served (at, site, service, open_counters), plain or gzip.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    counters: Vec<PathBuf>,

    /// Where the predictions are written; an older file is replaced.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,

    /// Time zone of all sites, for example Europe/Warsaw: it says when a day begins. Without it the
    /// offset written in the files does.
    #[arg(long, value_parser = super::replay::zone)]
    zone: Option<TimeZone>,

    /// Train no model: the queueing figures answer alone.
    #[arg(long)]
    no_training: bool,

    /// Print how good the predictions were, and those of simple predictors on the same tickets: a
    /// JSON line for each method and group of tickets that were called.
    #[arg(long)]
    score: bool,

    /// Score only the last N days that have tickets; 0 is all.
    #[arg(long, value_name = "N", default_value_t = 5, requires = "score")]
    score_days: usize,
}

/// Runs the command.
///
/// # Errors
/// When a file cannot be read, a row cannot be used, or the predictions cannot be written.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let history = History::read(&args.tickets, &args.counters)?;
    let out = File::create(&args.out)
        .map_err(|error| BadInput::because(format!("cannot write {}: {error}", args.out.display())))?;
    let zone = args.zone.as_ref().and_then(TimeZone::iana_name).map(str::to_owned);
    let options = Options { zone, no_training: args.no_training, quiet: false };
    let (predictions, summary) = backtest::run(&history, &options)?;
    backtest::write(&history, &predictions, BufWriter::new(out))
        .with_context(|| format!("cannot write {}", args.out.display()))?;
    if args.score {
        for row in backtest::table(&history, &predictions, args.score_days) {
            say(&serde_json::to_string(&row)?)?;
        }
    }
    say(&serde_json::to_string(&summary)?)?;
    Ok(ExitCode::SUCCESS)
}
