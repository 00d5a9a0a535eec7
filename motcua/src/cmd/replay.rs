//! `motcua replay`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use domain::{SiteId, Timestamp};
use jiff::tz::TimeZone;

use super::say;
use crate::exit::BadInput;
use crate::logging;
use crate::replay::recording::{self, Selection};
use crate::replay::{self, Broker, Speed};

/// Gửi lại nhật ký đã ghi vào hệ thống, với thời gian gốc.
///
/// Publishes a recorded log as device gateway/replay, with the recorded times. Every run is a new
/// run of the device; the events' ids come from the recording, so the same recording sent twice
/// counts once. Ends when the last event is acknowledged and prints
/// {"events":N,"first_ts":…,"last_ts":…,"seconds":…}.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A CSV of tickets (ticket_id, site, service, priority, issued_at, called_at, finished_at,
    /// counter, outcome) or the JSON lines of export-events; plain or gzip.
    file: PathBuf,

    /// A CSV of how many counters served (at, site, service, open_counters), sent as
    /// service.staffing.
    #[arg(long, value_name = "FILE")]
    counters: Option<PathBuf>,

    /// Only this site of the recording.
    #[arg(long, value_name = "S")]
    site: Option<String>,

    /// Send it as this site; the recording, or --site of it, must be one site.
    #[arg(long, value_name = "T", value_parser = site)]
    as_site: Option<SiteId>,

    /// Only events at or after this instant (RFC 3339).
    #[arg(long, value_name = "T", value_parser = instant)]
    from: Option<Timestamp>,

    /// Only events before this instant (RFC 3339).
    #[arg(long, value_name = "T", value_parser = instant)]
    to: Option<Timestamp>,

    /// So many times as fast as recorded; 0 is as fast as the collector acknowledges.
    #[arg(long, value_name = "N")]
    speed: Speed,

    /// The broker, mqtt://[USER[:PASSWORD]@]HOST[:PORT]. A login belongs to one site's device
    /// (motcua device add SITE gateway replay); its password may also stand in the variable
    /// MOTCUA_MQTT_PASSWORD, where no list of processes shows it.
    #[arg(long, value_name = "URL")]
    broker: Broker,

    /// Move everything so that the first event happens now.
    #[arg(long)]
    shift_to_now: bool,

    /// Time zone that decides to which day a counter's call belongs, for example Europe/Warsaw;
    /// without it the offset written in the file does.
    #[arg(long, value_parser = zone)]
    zone: Option<TimeZone>,
}

fn site(text: &str) -> Result<SiteId, String> {
    let site = SiteId::new(text).map_err(|error| error.to_string())?;
    if site.is_reserved() { Err("is a reserved word".to_owned()) } else { Ok(site) }
}

fn instant(text: &str) -> Result<Timestamp, &'static str> {
    Timestamp::parse(text).ok_or("not an RFC 3339 time with an offset, like 2020-01-14T07:00:00+01:00")
}

/// A name of the IANA database, as every zone on the command line is read.
pub(super) fn zone(text: &str) -> Result<TimeZone, &'static str> {
    TimeZone::get(text).map_err(|_| "not a time zone of the IANA database, like Asia/Ho_Chi_Minh")
}

/// Runs the command.
///
/// # Errors
/// When the recording cannot be read, the broker refuses, or the collector does not acknowledge.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    logging::init(logging::Voice::Person);
    let recorded = recording::read(&args.file, args.counters.as_deref(), args.zone.as_ref())?;
    let now = Timestamp::from_ms(jiff::Timestamp::now().as_millisecond());
    let selection = Selection {
        site: args.site,
        as_site: args.as_site,
        from: args.from,
        to: args.to,
        first_at: args.shift_to_now.then_some(now),
    };
    if selection.from.zip(selection.to).is_some_and(|(from, to)| from >= to) {
        return Err(BadInput::because("--from must be before --to").into());
    }
    let tracks = recording::tracks(recorded, &selection)?;
    let mut broker = args.broker;
    if let Ok(password) = std::env::var("MOTCUA_MQTT_PASSWORD") {
        broker.set_password(&password);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start")?;
    let summary = runtime.block_on(replay::run(tracks, broker, args.speed))?;
    say(&serde_json::to_string(&summary)?)?;
    Ok(ExitCode::SUCCESS)
}
