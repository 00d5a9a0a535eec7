//! The commands: one file each. A file reads its arguments, calls a library and tells the outcome.

mod again;
mod at;
mod backtest;
mod backup;
mod check_config;
mod child;
mod clock;
mod demo;
mod device;
mod doctor;
mod generate;
mod init;
mod journal;
mod journal_check;
mod print_flux;
mod rebuild_history;
mod replay;
mod restore;
mod serve;
mod token;
mod train;
mod tui;
mod user;

use std::io::Write;
use std::process::ExitCode;

use anyhow::Context;

/// motcua: số thứ tự, quầy, mức độ hài lòng của Bộ phận Một cửa, theo thời gian thực.
///
/// Queues, counters and ratings of one-stop public service centres, live. Logs go to stderr;
/// MOTCUA_LOG chooses what is told (info, warn, collector=debug). Exit codes: 0, 1 (failed),
/// 64 (bad configuration or arguments).
#[derive(Debug, clap::Parser)]
#[command(name = "motcua", version, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Demo(demo::Args),
    Serve(serve::Args),
    Tui(tui::Args),
    Init(init::Args),
    CheckConfig(check_config::Args),
    Device(device::Args),
    Token(token::Args),
    User(user::Args),
    Replay(replay::Args),
    Backtest(backtest::Args),
    Train(train::Train),
    ExportEvents(journal::ExportEvents),
    DeadLetters(journal::DeadLetters),
    StateHash(journal::StateHash),
    Journal(journal_check::Args),
    Backup(backup::Args),
    Restore(restore::Restore),
    Verify(restore::Verify),
    Doctor(doctor::Args),
    Clock(clock::Args),
    Generate(generate::Args),
    RebuildHistory(rebuild_history::Args),
    PrintFlux(print_flux::Args),
    #[command(hide = true)]
    ChildBroker(child::ProgramArgs),
    #[command(hide = true)]
    ChildCollector(child::Args),
    #[command(hide = true)]
    ChildCameras(child::ProgramArgs),
    #[command(hide = true)]
    ChildDashboard(child::Args),
    #[command(hide = true)]
    ChildCentre(child::Args),
    #[command(hide = true)]
    ChildBackup(child::Args),
}

impl Cli {
    /// Runs the command that was asked for.
    ///
    /// # Errors
    /// What the command could not do.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        match self.command {
            Command::Demo(args) => demo::run(args),
            Command::Serve(args) => serve::run(args),
            Command::Tui(args) => tui::run(args),
            Command::Init(args) => init::run(args),
            Command::CheckConfig(args) => check_config::run(args),
            Command::Device(args) => device::run(args),
            Command::Token(args) => token::run(args),
            Command::User(args) => user::run(args),
            Command::Replay(args) => replay::run(args),
            Command::Backtest(args) => backtest::run(args),
            Command::Train(args) => train::run(&args),
            Command::ExportEvents(args) => journal::export_events(&args),
            Command::DeadLetters(args) => journal::dead_letters(&args),
            Command::StateHash(args) => journal::state_hash(&args),
            Command::Journal(args) => journal_check::run(&args),
            Command::Backup(args) => backup::run(args),
            Command::Restore(args) => restore::restore(args),
            Command::Verify(args) => restore::verify(args),
            Command::Doctor(args) => doctor::run(args),
            Command::Clock(args) => clock::run(args),
            Command::Generate(args) => generate::run(args),
            Command::RebuildHistory(args) => rebuild_history::run(&args),
            Command::PrintFlux(args) => print_flux::run(&args),
            Command::ChildBroker(args) => child::broker(&args),
            Command::ChildCameras(args) => child::cameras(&args),
            Command::ChildCollector(args) => child::collector(&args),
            Command::ChildDashboard(args) => child::dashboard(&args),
            Command::ChildCentre(args) => child::centre(&args),
            Command::ChildBackup(args) => child::backup(&args),
        }
    }
}

/// Prints one line on stdout.
fn say(line: &str) -> anyhow::Result<()> {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{line}").and_then(|()| stdout.flush()).context("cannot write to stdout")
}
