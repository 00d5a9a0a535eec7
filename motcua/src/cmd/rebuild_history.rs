//! `motcua rebuild-history`: history made anew from the journal.

use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context;
use collector::history::{Progress, Rebuilt, rebuild};
use domain::facts::Date;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::civil;
use serde_json::json;

use super::at::At;
use super::say;
use crate::exit::BadInput;
use crate::supervisor::DataDir;

/// How often a log without a terminal is told.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Dựng lại lịch sử từ nhật ký sự kiện; kết quả giống hệt lịch sử đã ghi khi chạy.
///
/// Makes the history anew from the journal, which has everything: the same days give the same tables,
/// byte for byte. Run it while nothing runs on the data directory. What the retention had let go
/// of comes back, and goes again with the next start. Progress goes to stderr; the last line on stdout is
/// {"days":D,"visits":V,"rows_changed":N,"dry_run":false,"seconds":…}: 0 changed rows say that the
/// history was whole.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    at: At,

    /// First business day, for example 2026-11-23; without it the journal's first.
    #[arg(long, value_name = "DATE", value_parser = date)]
    from: Option<Date>,

    /// Last business day, inclusive; without it the newest.
    #[arg(long, value_name = "DATE", value_parser = date)]
    to: Option<Date>,

    /// Change nothing, and tell what would change.
    #[arg(long)]
    dry_run: bool,
}

fn date(text: &str) -> Result<Date, String> {
    let date: civil::Date = text.parse().map_err(|_| "a business day is written like 2026-11-23".to_owned())?;
    let days = date.since((jiff::Unit::Day, civil::date(1970, 1, 1))).map_err(|error| error.to_string())?;
    Ok(days.get_days())
}

/// Runs the command.
///
/// # Errors
/// When the installation is in use or has no journal, or the journal or the history cannot be used.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let data_dir = args.at.data_dir()?;
    let dir = collector::recover::journal_dir(&data_dir);
    anyhow::ensure!(dir.is_dir(), "there is no journal in {}: is it the right --data-dir?", dir.display());
    if let (Some(from), Some(to)) = (args.from, args.to)
        && to < from
    {
        return Err(BadInput::because("the range ends before it begins: --from comes first").into());
    }
    // Held until the end: a collector that starts meanwhile would write the same days.
    let held = DataDir::lock(&data_dir)?;
    let range = (args.from.is_some() || args.to.is_some())
        .then(|| (args.from.unwrap_or(Date::MIN), args.to.unwrap_or(Date::MAX)));
    let mut shown = Shown::default();
    let rebuilt = rebuild(held.path(), range, args.dry_run, &mut |progress| shown.at(progress));
    shown.end();
    let rebuilt = rebuilt.with_context(|| format!("the history in {} is not rebuilt", data_dir.display()))?;
    say(&told(&rebuilt, args.dry_run).to_string())?;
    Ok(ExitCode::SUCCESS)
}

fn told(rebuilt: &Rebuilt, dry_run: bool) -> serde_json::Value {
    let Rebuilt { days, rows_changed, visits, seconds, .. } = rebuilt;
    json!({ "days": days, "visits": visits, "rows_changed": rows_changed, "dry_run": dry_run, "seconds": seconds })
}

/// A bar for a person, a line now and then for a log.
#[derive(Default)]
struct Shown {
    bar: Option<ProgressBar>,
    told: Option<Instant>,
}

impl Shown {
    fn at(&mut self, Progress { records, of }: Progress) {
        if std::io::stderr().is_terminal() {
            let bar = self.bar.get_or_insert_with(|| {
                let bar = ProgressBar::with_draw_target(Some(of), ProgressDrawTarget::stderr());
                let style = ProgressStyle::with_template("bản ghi / records {bar:40} {pos}/{len} {eta}");
                bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
            });
            bar.set_position(records);
        } else if self.told.is_none_or(|told| told.elapsed() >= LINE_EVERY) {
            self.told = Some(Instant::now());
            tracing::info!(records, of, "The rebuild goes on.");
        }
    }

    fn end(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_dates() {
        assert_eq!(date("1970-01-02"), Ok(1));
        assert_eq!(date("2026-11-23"), Ok(20_780));
        assert!(date("2026-11-31").is_err() && date("yesterday").unwrap_err().contains("2026-11-23"));
    }
}
