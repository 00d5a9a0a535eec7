//! What a year of history costs: to be made, to be kept, to be asked, beside DuckDB and plain SQLite
//! on the raw rows of the same waits. One JSON line a figure; times depend on the machine, the ratios
//! are between programs of one run on it.

mod asked;
mod disk;
mod http;
mod rivals;
mod year;

use std::process::{Command, ExitCode};

use anyhow::{Context, Result, ensure};
use bench::figure::Figures;
use clap::{Parser, ValueEnum};

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// One centre's year: every question, over the store and over HTTP, beside the rivals.
    Centre,
    /// A province's year: every question, beside the rivals.
    Province,
    /// What a centre's year takes on the disk, with its journal.
    Disk,
}

/// Measures history beside its rivals; one JSON line a figure. Ends with 1 when a figure is not as asked.
#[derive(Debug, Parser)]
struct Arguments {
    /// What to measure; without it everything.
    #[arg(long, value_enum, num_args = 1.., value_delimiter = ',')]
    only: Vec<Part>,
    /// Centres of the province.
    #[arg(long, default_value_t = 130)]
    sites: usize,
    /// A province of 20 centres, and less patience with slow rivals.
    #[arg(long)]
    short: bool,
    /// How often each question is asked.
    #[arg(long, default_value_t = 20)]
    repeat: usize,
}

fn main() -> Result<ExitCode> {
    let mut arguments = Arguments::parse();
    if arguments.only.is_empty() {
        arguments.only = vec![Part::Centre, Part::Province, Part::Disk];
    }
    build()?;
    let sites = if arguments.short { arguments.sites.min(20) } else { arguments.sites };
    let patience_s = if arguments.short { 5 } else { 20 };
    let python = rivals::python();
    if let Err(why) = &python {
        Figures::default().note("history.rivals", &format!("left out: {why:#}"));
    }
    let python = python.ok();
    let mut figures = Figures::default();
    for part in &arguments.only {
        match part {
            Part::Centre => {
                let year = year::make(&mut figures, "centre", 1)?;
                asked::measure(&mut figures, &year, arguments.repeat)?;
                http::measure(&mut figures, &year, arguments.repeat)?;
                if let Some(python) = &python {
                    rivals::measure(&mut figures, &year, python, arguments.repeat, patience_s)?;
                }
            }
            Part::Province => {
                let year = year::make(&mut figures, "province", sites)?;
                asked::measure(&mut figures, &year, arguments.repeat)?;
                if let Some(python) = &python {
                    rivals::measure(&mut figures, &year, python, arguments.repeat, patience_s)?;
                }
            }
            Part::Disk => disk::measure(&mut figures)?,
        }
    }
    Ok(if figures.missed() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// `cargo run --bin history` builds this program alone: what it measures is built here.
fn build() -> Result<()> {
    // Set by `cargo run`; who starts the program by hand has built the others.
    let Some(cargo) = std::env::var_os("CARGO") else { return Ok(()) };
    let built =
        Command::new(cargo).args(["build", "--release", "--quiet", "-p", "motcua", "-p", "motcua-bench"]).status();
    ensure!(built.context("cannot start cargo")?.success(), "the programs to be measured cannot be built");
    Ok(())
}
