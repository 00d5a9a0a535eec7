//! A generated year to ask.

use std::path::PathBuf;

use anyhow::{Context, Result};
use bench::figure::{Asked, Figures};
use domain::facts::Date;
use harness::program::command;
use serde_json::Value;
use tempfile::TempDir;

/// The year that is made, and its first and last day since 1970-01-01.
pub const YEAR: &str = "2025";
pub const DAYS: (Date, Date) = (20_089, 20_453);

/// A year of some centres.
pub struct Year {
    /// `centre` or `province`.
    pub name: &'static str,
    /// How many centres.
    pub sites: usize,
    /// The data directory.
    pub dir: TempDir,
    /// The store in it.
    pub store: PathBuf,
    /// Every wait as a line of CSV.
    pub rows: PathBuf,
}

/// Makes it and tells how long that took.
pub fn make(figures: &mut Figures, name: &'static str, sites: usize) -> Result<Year> {
    let dir = tempfile::tempdir()?;
    let rows = dir.path().join("rows.csv");
    let text = |path: &std::path::Path| path.to_str().map(str::to_owned).context("the temporary folder's path is text");
    let (data, csv) = (text(dir.path())?, text(&rows)?);
    let sites_text = sites.to_string();
    let told = command(&["generate", "--sites", &sites_text, "--year", YEAR, "--data-dir", &data, "--rows", &csv]);
    let told: Value = serde_json::from_str(&told).with_context(|| format!("generate says {told}"))?;
    let number = |key: &str| told[key].as_f64().with_context(|| format!("generate tells no {key}"));
    let mut tell =
        |what: &str, value, unit| figures.tell(&format!("history.{name}.{what}"), value, unit, Asked::Nothing);
    tell("sites", number("sites")?, "centres");
    tell("events", number("events")?, "events");
    tell("visits", number("visits")?, "visits");
    tell("generate", number("seconds")?, "s");
    tell("store", number("bytes")? / 1e6, "MB");
    let store = PathBuf::from(told["file"].as_str().context("generate tells no file")?);
    Ok(Year { name, sites, dir, store, rows })
}
