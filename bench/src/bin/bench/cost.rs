//! Full speed: what an event costs, how many pass, how many are lost, what is held in memory.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use bench::figure::{Asked, Figures};
use bench::load::Shape;
use bench::usage::{Memory, cpu_seconds, memory};
use harness::program::Motcua;

use super::rig::{Broker, Program, accepted, pid};

/// How long a board may stand still before its missing events are called lost.
const PATIENCE: Duration = Duration::from_secs(60);

/// What receiving all events cost.
struct Cost {
    cpu_us: f64,
    per_second: f64,
}

pub fn measure(figures: &mut Figures, events_per_site: u64) -> Result<()> {
    // Started and ended once, for the broker settings that it writes.
    let data = Motcua::start(&["--discover"], None).stop();
    let rival = bare_subscriber(data.path(), events_per_site).context("the bare subscriber")?;
    figures.tell("bare_subscriber.cpu_per_event", rival.cpu_us, "us", Asked::Nothing);
    figures.tell("bare_subscriber.throughput", rival.per_second, "events/s", Asked::Nothing);

    let (ours, lost, memory) = collector(events_per_site).context("the collector")?;
    figures.tell("collector.cpu_per_event", ours.cpu_us, "us", Asked::Nothing);
    figures.tell("collector.throughput", ours.per_second, "events/s", Asked::Nothing);
    figures.tell("collector.cpu_ratio", ours.cpu_us / rival.cpu_us, "x bare subscriber", Asked::AtMost(1.5));
    figures.tell(
        "collector.throughput_ratio",
        ours.per_second / rival.per_second,
        "x bare subscriber",
        Asked::AtLeast(0.8),
    );
    figures.tell("collector.lost", lost, "events", Asked::Exactly(0.0));
    figures.tell("collector.memory", memory.now_mb, "MB", Asked::AtMost(40.0));
    figures.tell("collector.memory_peak", memory.peak_mb, "MB", Asked::Nothing);
    Ok(())
}

fn bare_subscriber(data: &Path, events_per_site: u64) -> Result<Cost> {
    let events = events_per_site * u64::from(Shape::NATIONAL.sites);
    let broker = Broker::like_that_of(data)?;
    let secret = data.join("secrets/collector");
    let secret = secret.to_str().context("a path of the system's temporary folder is text")?;
    let count = events.to_string();
    let login = ["--count", &count, "--username", "collector", "--password-file", secret];
    let subscriber = Program::start("bare-subscriber", broker.port, &login)?;
    let mut load = Program::start("publishers", broker.port, &["--events-per-site", &events_per_site.to_string()])?;
    let begin = Instant::now();
    load.go()?;
    load.finish()?;
    let report = subscriber.finish()?;
    let seconds = begin.elapsed().as_secs_f64();
    let cpu = report["cpu_s"].as_f64().context("the report names its CPU seconds")?;
    Ok(Cost { cpu_us: cpu / events as f64 * 1e6, per_second: events as f64 / seconds })
}

fn collector(events_per_site: u64) -> Result<(Cost, f64, Memory)> {
    let sites = Shape::NATIONAL.sites;
    let events = events_per_site * u64::from(sites);
    let motcua = Motcua::start(&["--discover"], None);
    let collector = pid(&motcua, "collector")?;
    let mut load =
        Program::start("publishers", motcua.mqtt_port, &["--events-per-site", &events_per_site.to_string()])?;
    let (begin, cpu_before) = (Instant::now(), cpu_seconds(collector)?);
    load.go()?;
    load.finish()?;
    let counted = accepted(&motcua, sites, events_per_site, PATIENCE);
    let (seconds, cpu) = (begin.elapsed().as_secs_f64(), cpu_seconds(collector)? - cpu_before);
    let cost = Cost { cpu_us: cpu / events as f64 * 1e6, per_second: counted as f64 / seconds };
    Ok((cost, (events - counted) as f64, memory(collector)?))
}
