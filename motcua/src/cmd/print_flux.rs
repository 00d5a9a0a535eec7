//! `motcua print-flux`: what is asked of an InfluxDB.

use std::process::ExitCode;

use history::influx::flux;

use super::say;

/// In mọi câu truy vấn Flux mà motcua có thể gửi đến InfluxDB.
///
/// Prints every Flux query that motcua can send to InfluxDB, each after a comment that tells what it is
/// for, with example sites and days: for whoever runs the server, and to be tried there by hand.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What the buckets' names begin with, as in the installation's file.
    #[arg(long, value_name = "PREFIX", default_value = "motcua")]
    bucket_prefix: String,
}

/// Runs the command.
///
/// # Errors
/// When stdout cannot be written.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    for flux::Query { name, text } in flux::all(&args.bucket_prefix) {
        say(&format!("// {name}\n{}\n", text.trim_end()))?;
    }
    Ok(ExitCode::SUCCESS)
}
