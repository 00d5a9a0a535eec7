//! `motcua serve`.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;

use mqtt_config::settings::{
    Backups, CameraHome, Clock, DEDUPE_MEMORY_MIB, DiskSettings, Flags, History, Http, Installation, Mqtt,
    SNAPSHOT_RECORDS, load_all,
};

use super::say;
use crate::backup::ConfigFiles;
use crate::exit::BadInput;
use crate::logging;
use crate::supervisor::{self, Keeping, Plan};

const MQTT_PORT: u16 = 1883;
const HTTP_PORT: u16 = 8080;
pub(super) const DISCOVER_DATA: &str = "data/discover";
/// As the default of `mqtt_max_inflight` in an installation's file.
const MAX_INFLIGHT: u16 = 10_000;

/// Chạy hệ thống: máy chủ MQTT, bộ thu thập và bảng điều khiển.
///
/// Runs broker, collector and dashboard and starts them again when they end. When everything
/// accepts work it prints one line on stdout:
/// {"ready":true,"mqtt":"mqtt://…","http":"http://…","pids":{…}}. SIGINT and SIGTERM end it in good
/// order; SIGHUP lets the broker read its accounts again. Changed site files are taken in while it
/// runs.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("what").required(true).args(["config", "discover"]))]
pub struct Args {
    /// The installation's configuration file (motcua init DIR writes one).
    #[arg(long, value_name = "FILE", env = "MOTCUA_CONFIG")]
    config: Option<PathBuf>,

    /// Needs no file: sites, services and counters appear when first seen. On loopback only; every
    /// device may publish, and every caller is a director.
    #[arg(long)]
    discover: bool,

    /// With --discover: the time zone of the sites.
    #[arg(long, value_name = "ZONE", default_value = "Asia/Ho_Chi_Minh", value_parser = zone, requires = "discover")]
    zone: String,

    /// Whose time it is: wall, the host's clock; event, that of recorded events.
    #[arg(long, value_name = "CLOCK", default_value = "wall", value_parser = clock)]
    clock: Clock,

    /// Port of the broker; 0 is any free one [default: the file's, else 1883].
    #[arg(long, value_name = "PORT", env = "MOTCUA_MQTT_PORT")]
    mqtt_port: Option<u16>,

    /// Port of the pages; 0 is any free one [default: the file's, else 8080].
    #[arg(long, value_name = "PORT", env = "MOTCUA_HTTP_PORT")]
    http_port: Option<u16>,

    /// Where everything is kept [default: the file's, else data beside the file; with --discover
    /// data/discover in the current directory].
    #[arg(long, value_name = "DIR", env = "MOTCUA_DATA_DIR")]
    data_dir: Option<PathBuf>,

    /// Takes a snapshot after as many records of the journal; a start replays what came after the
    /// newest one [default: the file's, else 100000].
    #[arg(long, value_name = "N", env = "MOTCUA_SNAPSHOT_RECORDS", value_parser = clap::value_parser!(u64).range(1..))]
    snapshot_records: Option<u64>,

    /// Makes no backup before this program first writes what an older version wrote.
    #[arg(long)]
    no_upgrade_backup: bool,
}

fn zone(text: &str) -> Result<String, &'static str> {
    super::replay::zone(text).map(|_| text.to_owned())
}

fn clock(text: &str) -> Result<Clock, &'static str> {
    match text {
        "wall" => Ok(Clock::Wall),
        "event" => Ok(Clock::Event),
        _ => Err("must be wall or event"),
    }
}

/// Runs the command.
///
/// # Errors
/// When the configuration cannot be used or a child does not come up.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let (installation, discover, zone, config) = match &args.config {
        None => (discovered(&args)?, Some(args.zone.clone()), args.zone, None),
        Some(file) => {
            let Args { data_dir, mqtt_port, http_port, snapshot_records, .. } = args;
            let flags = Flags { data_dir, mqtt_port, http_port, snapshot_records };
            let loaded = load_all(file, &flags).map_err(|mistakes| BadInput::because(mistakes.to_string()));
            let (installation, sites) = loaded?;
            // The nights of the first centre; those of one country are the same.
            let zone = sites.first().map_or(args.zone, |site| site.time_zone.clone());
            let config = ConfigFiles::of(file, &installation);
            (installation, None, zone, Some(config))
        }
    };
    logging::init(logging::Voice::Service);
    let keeping = Keeping { config, zone, before_upgrade: !args.no_upgrade_backup };
    let plan = Plan { installation, clock: args.clock, discover, simulation: None, log: None, keeping: Some(keeping) };
    supervisor::serve(plan, |_, _| Ok(()), |ready| say(&serde_json::to_string(ready)?))?;
    Ok(ExitCode::SUCCESS)
}

/// The settings of `--discover`: everything on loopback.
fn discovered(args: &Args) -> Result<Installation, BadInput> {
    let data_dir = args.data_dir.clone().unwrap_or_else(|| DISCOVER_DATA.into());
    let data_dir = std::path::absolute(&data_dir)
        .map_err(|error| BadInput::because(format!("--data-dir {}: {error}", data_dir.display())))?;
    let usual = on_loopback(data_dir, args.mqtt_port, args.http_port);
    Ok(Installation { snapshot_records: args.snapshot_records.unwrap_or(usual.snapshot_records), ..usual })
}

/// An installation without a file, with everything on loopback.
pub(super) fn on_loopback(data_dir: PathBuf, mqtt_port: Option<u16>, http_port: Option<u16>) -> Installation {
    let http = SocketAddr::from((Ipv4Addr::LOCALHOST, http_port.unwrap_or(HTTP_PORT)));
    Installation {
        backups: Backups::usual(&data_dir),
        cameras: CameraHome::usual(&data_dir),
        data_dir,
        sites: Vec::new(),
        mqtt: Mqtt {
            bind: Ipv4Addr::LOCALHOST.into(),
            port: mqtt_port.unwrap_or(MQTT_PORT),
            tls: None,
            max_inflight: MAX_INFLIGHT,
        },
        http: Http { bind: http, tls: None, behind_proxy: false },
        workers: 1,
        dedupe_memory_mib: DEDUPE_MEMORY_MIB,
        snapshot_records: SNAPSHOT_RECORDS,
        disk: DiskSettings::default(),
        history: History::default(),
    }
}
