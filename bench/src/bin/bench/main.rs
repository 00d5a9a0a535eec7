//! Runs motcua and its rivals under the same load and prints one JSON line a figure.
//!
//! Figures of time depend on the machine; the ratios are between programs of one run on it.

mod cost;
mod country;
mod durability;
mod fanout;
mod history;
mod idle;
mod latency;
mod machine;
mod rig;
mod screen;
mod terminal;
mod wall;

use std::process::{Command, ExitCode};

use anyhow::{Context, Result, ensure};
use bench::figure::Figures;
use clap::{Parser, ValueEnum};

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// CPU, throughput, losses and memory at full speed, beside a bare subscriber.
    Cost,
    /// From a device's publish to a screen, at 2,000 events a second; and the bytes to a screen.
    Latency,
    /// A thousand displays of one centre, some of which never read, beside a plain broadcast.
    Fanout,
    /// What one quiet centre costs.
    Idle,
    /// What a wall costs the machine behind a television.
    Wall,
    /// What the supervisor's terminal costs.
    Terminal,
    /// The same load with the data on the disk and in memory; one event alone.
    Durability,
    /// What keeping history takes of the collector's processor at 2,000 events a second.
    History,
    /// Memory with 3,400 sites of 300 visits each; takes some minutes.
    Country,
}

/// Measures motcua beside rivals; one JSON line a figure. Ends with 1 when a figure is not as asked.
#[derive(Debug, Parser)]
struct Arguments {
    /// What to measure; without it everything but `country`.
    #[arg(long, value_enum, num_args = 1.., value_delimiter = ',')]
    only: Vec<Part>,
    /// Events of each of the 200 sites at full speed.
    #[arg(long, default_value_t = 1500)]
    events_per_site: u64,
    /// Rounds at full speed; figures are medians over them.
    #[arg(long, default_value_t = 3)]
    rounds: u32,
    /// Seconds of the load at 2,000 events a second.
    #[arg(long, default_value_t = 30)]
    seconds: u64,
}

fn main() -> Result<ExitCode> {
    let mut arguments = Arguments::parse();
    if arguments.only.is_empty() {
        arguments.only = vec![
            Part::Cost,
            Part::Durability,
            Part::Latency,
            Part::History,
            Part::Fanout,
            Part::Idle,
            Part::Wall,
            Part::Terminal,
        ];
    }
    build()?;
    let mut figures = Figures::default();
    figures.note("machine", &machine::name());
    for part in &arguments.only {
        match part {
            Part::Cost => cost::measure(&mut figures, arguments.events_per_site, arguments.rounds)?,
            Part::Latency => latency::measure(&mut figures, arguments.seconds)?,
            Part::History => history::measure(&mut figures, arguments.seconds)?,
            Part::Fanout => fanout::measure(&mut figures)?,
            Part::Idle => idle::measure(&mut figures)?,
            Part::Wall => wall::measure(&mut figures)?,
            Part::Terminal => terminal::measure(&mut figures)?,
            Part::Durability => durability::measure(&mut figures, arguments.events_per_site, arguments.rounds)?,
            Part::Country => country::measure(&mut figures)?,
        }
    }
    Ok(if figures.missed() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// `cargo run --bin bench` builds this program alone: what it measures is built here.
fn build() -> Result<()> {
    // Set by `cargo run`; who starts the program by hand has built the others.
    let Some(cargo) = std::env::var_os("CARGO") else { return Ok(()) };
    let built = Command::new(cargo)
        .args(["build", "--release", "--quiet", "-p", "motcua", "-p", "motcua-tui", "-p", "motcua-bench"])
        .status();
    ensure!(built.context("cannot start cargo")?.success(), "the programs to be measured cannot be built");
    Ok(())
}
