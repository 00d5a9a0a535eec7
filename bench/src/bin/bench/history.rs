//! What keeping history takes of the collector's processor: a thread of its own builds the days that
//! changed and writes them, and the kernel counts its time apart.

use std::time::Duration;

use anyhow::{Context, Result};
use bench::figure::{Asked, Figures};
use bench::usage::{cpu_seconds, thread_cpu_seconds};
use harness::program::Motcua;

use super::rig::{Program, pid, until};

/// Events per second of all sites.
const RATE: &str = "2000";
/// The name of the collector's thread that keeps history.
const THREAD: &str = "history";
/// Days are written about once a minute: a load is this many minutes long at least, so that no
/// writing is left out by chance.
const AT_LEAST_S: u64 = 190;
const LIMIT: Duration = Duration::from_secs(20);

pub fn measure(figures: &mut Figures, seconds: u64) -> Result<()> {
    let motcua = Motcua::start(&["--discover"], None);
    let collector = pid(&motcua, "collector")?;
    let seconds = seconds.max(AT_LEAST_S).to_string();
    let mut load = Program::start("publishers", motcua.mqtt_port, &["--rate", RATE, "--seconds", &seconds])?;
    let named = || thread_cpu_seconds(collector, THREAD).ok().flatten();
    let (all_before, before) = (cpu_seconds(collector)?, until(LIMIT, named).context("nobody keeps history")?);
    load.go()?;
    load.finish()?;
    let all = cpu_seconds(collector)? - all_before;
    let history = named().context("nobody keeps history any more")? - before;
    let each_s: f64 = seconds.parse()?;
    figures.tell("history.write.cpu", history / each_s * 100.0, "% of a core", Asked::Nothing);
    figures.tell("history.write.collector_cpu", all / each_s * 100.0, "% of a core", Asked::Nothing);
    figures.tell("history.write.share", history / all * 100.0, "% of the collector's CPU", Asked::AtMost(10.0));
    Ok(())
}
