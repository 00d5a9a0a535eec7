//! What one quiet centre costs.

use std::thread;
use std::time::Duration;

use anyhow::Result;
use bench::figure::{Asked, Figures};
use bench::load::site_name;
use bench::usage::{cpu_seconds, memory};
use harness::program::Motcua;

use super::rig::{Program, pid, until};

/// Until start-up work is over.
const SETTLE: Duration = Duration::from_secs(5);

/// How long the quiet is watched.
const WATCH: Duration = Duration::from_secs(20);

pub fn measure(figures: &mut Figures) -> Result<()> {
    let motcua = Motcua::start(&["--discover"], None);
    let load = ["--sites", "1", "--devices", "1", "--rate", "0.9", "--seconds", "60"];
    let mut load = Program::start("publishers", motcua.mqtt_port, &load)?;
    load.go()?;
    until(Duration::from_secs(20), || motcua.board(&site_name(0)).ok())?;
    thread::park_timeout(SETTLE);
    let names = ["collector", "dashboard", "broker"];
    let mut before = Vec::new();
    for name in names {
        before.push(cpu_seconds(pid(&motcua, name)?)?);
    }
    thread::park_timeout(WATCH);
    for (name, before) in names.into_iter().zip(before) {
        let id = pid(&motcua, name)?;
        let percent = (cpu_seconds(id)? - before) / WATCH.as_secs_f64() * 100.0;
        figures.tell(&format!("idle.{name}.cpu"), percent, "% of a core", Asked::AtMost(1.0));
        figures.tell(&format!("idle.{name}.memory"), memory(id)?.now_mb, "MB", Asked::AtMost(40.0));
    }
    Ok(())
}
