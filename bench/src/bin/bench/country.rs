//! Memory with as many sites as the country has communes.

use std::time::Duration;

use anyhow::Result;
use bench::figure::{Asked, Figures};
use bench::usage::memory;
use harness::program::Motcua;

use super::rig::{Program, accepted, pid};

const SITES: u32 = 3400;
const COUNTERS: u64 = 4;
const VISITS: u64 = 300;

/// A visit is issued, called, started and finished.
const EVENTS_PER_SITE: u64 = COUNTERS + 4 * VISITS;

pub fn measure(figures: &mut Figures) -> Result<()> {
    let motcua = Motcua::start(&["--discover"], None);
    let (sites, events) = (SITES.to_string(), EVENTS_PER_SITE.to_string());
    let load = ["--sites", &sites, "--counters", "4", "--services", "4", "--events-per-site", &events];
    let mut load = Program::start("publishers", motcua.mqtt_port, &load)?;
    load.go()?;
    load.finish()?;
    let counted = accepted(&motcua, SITES, EVENTS_PER_SITE, Duration::from_secs(120));
    let memory = memory(pid(&motcua, "collector")?)?;
    let lost = u64::from(SITES) * EVENTS_PER_SITE - counted;
    figures.tell("country.lost", lost as f64, "events", Asked::Exactly(0.0));
    figures.tell("country.collector.memory", memory.now_mb, "MB", Asked::AtMost(200.0));
    figures.tell("country.collector.memory_peak", memory.peak_mb, "MB", Asked::Nothing);
    Ok(())
}
