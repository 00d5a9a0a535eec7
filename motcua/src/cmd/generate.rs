//! `motcua generate`: a plausible year, to try history on.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use history::influx;
use history::sqlite::Retention;

use super::say;
use crate::exit::BadInput;
use crate::generate::{self, Options};

/// The longest that one request to InfluxDB may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Tạo dữ liệu của một năm làm việc giả định, để thử và đo phần lịch sử.
///
/// Fills the history of a new data directory, or a new history file, with a plausible year of as many
/// made-up centres: each with 24 services, 40 counters, 60 officers, some 65,000 visits, 500,000
/// events and 6,500 ratings, Vietnamese holidays, noon breaks and everything that goes wrong. The same
/// sites, year and seed give the same. Progress goes to stderr; the last line on stdout is
/// {"sites":N,"days":D,"events":E,"visits":V,"ratings":R,"file":…,"bytes":B,"seconds":…}.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// How many centres; 130 are a province.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=9_999))]
    sites: u16,

    /// Which year.
    #[arg(long, value_name = "YEAR", default_value_t = 2026, value_parser = clap::value_parser!(i16).range(1990..=2099))]
    year: i16,

    /// The same seed gives the same year.
    #[arg(long, default_value_t = 1)]
    seed: u64,

    /// Only the first so many open days of the year.
    #[arg(long, value_name = "N")]
    days: Option<usize>,

    /// A data directory without a history: its file is made there.
    #[arg(long, value_name = "DIR", required_unless_present = "out", conflicts_with = "out")]
    data_dir: Option<PathBuf>,

    /// The history file alone, which must not exist.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// Write one centre's events into the data directory's journal, as if they had come in, and nothing else:
    /// `motcua rebuild-history` makes the history of it, `motcua export-events` tells them as JSON lines.
    #[arg(long, requires = "data_dir")]
    journal: bool,

    /// Also write every wait that ended with a call as a line of CSV, for another tool to reckon with.
    #[arg(long, value_name = "FILE", conflicts_with = "journal")]
    rows: Option<PathBuf>,

    /// Also send it to the InfluxDB 2 at this address.
    #[arg(long, value_name = "URL", requires = "org", requires = "token_file", conflicts_with = "journal")]
    influx: Option<String>,

    /// Its organization.
    #[arg(long, value_name = "NAME", requires = "influx")]
    org: Option<String>,

    /// The file that holds its token.
    #[arg(long, value_name = "FILE", requires = "influx")]
    token_file: Option<PathBuf>,

    /// What the buckets' names begin with; they are made where they do not exist.
    #[arg(long, value_name = "PREFIX", default_value = "generated")]
    bucket_prefix: String,
}

impl Args {
    /// Where to send it.
    fn influx(&self) -> anyhow::Result<Option<influx::options::Options>> {
        let (Some(url), Some(org), Some(file)) = (&self.influx, &self.org, &self.token_file) else { return Ok(None) };
        let token = std::fs::read_to_string(file)
            .map_err(|error| BadInput::because(format!("cannot read {}: {error}", file.display())))?;
        Ok(Some(influx::options::Options {
            url: url.trim_end_matches('/').to_owned(),
            org: org.clone(),
            token: influx::options::Secret::new(token.trim()),
            bucket_prefix: self.bucket_prefix.clone(),
            timeout: TIMEOUT,
            // A made-up year may be long ago.
            retention: Retention { visit_days: None, rating_days: None, minute_days: None, hour_days: None },
        }))
    }
}

/// Runs the command.
///
/// # Errors
/// When there is something already, or it cannot be written.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let influx = args.influx()?;
    let Args { sites, year, seed, days, data_dir, out, journal, rows, .. } = args;
    let options = Options { sites: usize::from(sites), year, seed, days, rows, influx };
    let summary = match (data_dir, out) {
        (Some(dir), _) if journal => generate::journal(&options, &dir)?,
        (Some(dir), _) => generate::history(&options, &collector::history::path(&dir))?,
        (None, Some(file)) => generate::history(&options, &file)?,
        (None, None) => return Err(BadInput::because("where to? Give --data-dir or --out").into()),
    };
    say(&serde_json::to_string(&summary)?)?;
    Ok(ExitCode::SUCCESS)
}
