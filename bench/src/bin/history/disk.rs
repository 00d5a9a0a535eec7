//! What a centre's year takes on the disk: the archived journal and the history with everything in it.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use bench::figure::{Asked, Figures};
use collector::recover::journal_dir;
use harness::program::command;
use history::sqlite::{Options, Retention, Store};
use serde_json::Value;

use super::year::{DAYS, YEAR};

/// All told.
const LIMIT_MB: f64 = 100.0;

pub fn measure(figures: &mut Figures) -> Result<()> {
    let dir = tempfile::tempdir()?;
    let data = dir.path().to_str().context("the temporary folder's path is text")?;
    let told = command(&["generate", "--year", YEAR, "--data-dir", data, "--journal"]);
    let told: Value = serde_json::from_str(&told).with_context(|| format!("generate says {told}"))?;
    let events = told["events"].as_f64().context("generate tells no events")?;
    let journal = journal_dir(dir.path());
    while journal::archive_next(&journal, u64::MAX)?.is_some() {}
    let journal_mb = megabytes(&journal)?;
    let rebuilt = command(&["rebuild-history", "--data-dir", data]);
    let rebuilt: Value = serde_json::from_str(&rebuilt).with_context(|| format!("rebuild-history says {rebuilt}"))?;
    let again = command(&["rebuild-history", "--data-dir", data]);
    let again: Value = serde_json::from_str(&again).with_context(|| format!("rebuild-history says {again}"))?;
    let changed = again["rows_changed"].as_f64().context("rebuild-history tells no changed rows")?;
    figures.tell("history.rebuild.changed_again", changed, "rows", Asked::Exactly(0.0));
    let seconds = rebuilt["seconds"].as_f64().context("rebuild-history tells no seconds")?;
    figures.tell("history.rebuild.seconds", seconds, "s", Asked::Nothing);
    figures.tell("history.rebuild.throughput", events / seconds, "events/s", Asked::Nothing);
    let store = dir.path().join("history/history.sqlite");
    let history_mb = fs::metadata(&store)?.len() as f64 / 1e6;
    tables(figures, &store)?;
    figures.tell("history.disk.journal", journal_mb, "MB archived", Asked::Nothing);
    figures.tell("history.disk.store", history_mb, "MB", Asked::Nothing);
    figures.tell("history.disk.all", journal_mb + history_mb, "MB a centre-year", Asked::AtMost(LIMIT_MB));
    Ok(())
}

/// What each table takes, and what is left of the minutes when the year is over.
fn tables(figures: &mut Figures, file: &Path) -> Result<()> {
    let mut store = Store::open(file, Options { mirror: false })?;
    for table in store.sizes()?.iter().filter(|table| table.bytes > 100_000) {
        figures.tell(&format!("history.disk.table.{}", table.table), table.bytes as f64 / 1e6, "MB", Asked::Nothing);
    }
    let gone = store.let_go(DAYS.1, &Retention::default())?;
    ensure!(gone.visits == 0, "a year's visits are within the usual retention");
    let kept: u64 = store.sizes()?.iter().map(|table| table.bytes).sum();
    figures.tell("history.disk.store_after_retention", kept as f64 / 1e6, "MB in use", Asked::Nothing);
    Ok(())
}

fn megabytes(dir: &Path) -> Result<f64> {
    let mut bytes = 0;
    for file in fs::read_dir(dir)? {
        bytes += file?.metadata()?.len();
    }
    Ok(bytes as f64 / 1e6)
}
