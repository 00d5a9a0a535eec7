//! Full speed: what an event costs, how many pass, how many are lost, what is held in memory.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use bench::figure::{Asked, Figures};
use bench::load::Shape;
use bench::usage::{Memory, cpu_seconds, memory};
use harness::program::Motcua;

use super::rig::{Broker, Program, accepted, nearest_rank, pid};

/// How long a board may stand still before its missing events are called lost.
const PATIENCE: Duration = Duration::from_secs(60);

/// What receiving all events cost.
struct Cost {
    cpu_us: f64,
    per_second: f64,
}

/// The rival and the collector in turn, `rounds` times: what else the machine does meanwhile falls
/// on both. Figures are medians over the rounds.
pub fn measure(figures: &mut Figures, events_per_site: u64, rounds: u32) -> Result<()> {
    // Started and ended once, for the broker settings that it writes.
    let data = Motcua::start(&["--discover"], None).stop();
    let (mut rival, mut ours, mut lost, mut held) = (Vec::new(), Vec::new(), 0.0, Vec::new());
    for _ in 0..rounds {
        rival.push(bare_subscriber(data.path(), events_per_site).context("the bare subscriber")?);
        let (cost, lost_now, memory) = collector(events_per_site).context("the collector")?;
        ours.push(cost);
        lost += lost_now;
        held.push(memory);
    }
    let cpu = |costs: &[Cost]| median(costs.iter().map(|cost| cost.cpu_us));
    let speed = |costs: &[Cost]| median(costs.iter().map(|cost| cost.per_second));
    figures.tell("bare_subscriber.cpu_per_event", cpu(&rival), "us", Asked::Nothing);
    figures.tell("bare_subscriber.throughput", speed(&rival), "events/s", Asked::Nothing);
    figures.tell("collector.cpu_per_event", cpu(&ours), "us", Asked::Nothing);
    figures.tell("collector.throughput", speed(&ours), "events/s", Asked::Nothing);
    let cpu_ratio = median(ours.iter().zip(&rival).map(|(ours, rival)| ours.cpu_us / rival.cpu_us));
    figures.tell("collector.cpu_ratio", cpu_ratio, "x bare subscriber", Asked::AtMost(1.5));
    let speed_ratio = median(ours.iter().zip(&rival).map(|(ours, rival)| ours.per_second / rival.per_second));
    figures.tell("collector.throughput_ratio", speed_ratio, "x bare subscriber", Asked::AtLeast(0.8));
    figures.tell("collector.lost", lost, "events", Asked::Exactly(0.0));
    let memory = |of: fn(&Memory) -> f64| median(held.iter().map(of));
    figures.tell("collector.memory", memory(|memory| memory.now_mb), "MB", Asked::AtMost(40.0));
    figures.tell("collector.memory_peak", memory(|memory| memory.peak_mb), "MB", Asked::Nothing);
    Ok(())
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    nearest_rank(&mut values.collect::<Vec<_>>(), 0.5)
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
