//! From a device's publish to a screen, at the national design load.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use bench::figure::{Asked, Figures};
use bench::load::publish::since_1970;
use bench::load::site_name;
use harness::program::Motcua;

use super::machine::sync_ms;
use super::rig::{Program, nearest_rank, until};
use super::screen::{Screen, Seen};

/// Events per second of all sites.
const RATE: &str = "2000";

/// Sites with a screen that is measured.
const SCREENS: u32 = 20;

/// Calls so close to the measurement's beginning or end are left out, in microseconds.
const MARGIN_US: u64 = 1_000_000;

/// What is not shown this long after the end is missing.
const PATIENCE: Duration = Duration::from_secs(3);

pub fn measure(figures: &mut Figures, seconds: u64) -> Result<()> {
    let motcua = Motcua::start(&["--discover"], None);
    let sync = sync_ms(motcua.data.path())?;
    figures.tell("disk.sync", sync, "ms", Asked::Nothing);
    let made = motcua.data.path().join("calls-made");
    let calls = made.to_str().context("a path of the system's temporary folder is text")?;
    let load = ["--rate", RATE, "--seconds", &seconds.to_string(), "--calls", calls];
    let mut load = Program::start("publishers", motcua.mqtt_port, &load)?;
    load.go()?;
    let mut screens = Vec::new();
    for site in 0..SCREENS {
        let site = site_name(site);
        until(Duration::from_secs(20), || motcua.board(&site).ok()).context("no board of a site")?;
        screens.push((site.clone(), Screen::open(&motcua.http, &site)?));
    }
    load.finish()?;
    let end_us = since_1970().as_micros() as u64;
    std::thread::park_timeout(PATIENCE);
    let seen: Result<BTreeMap<String, Seen>> =
        screens.into_iter().map(|(site, screen)| Ok((site, screen.close()?))).collect();
    let seen = seen?;
    tell_latencies(figures, &made, &seen, end_us, sync)?;
    tell_bytes(figures, &seen, seconds);
    Ok(())
}

fn tell_latencies(
    figures: &mut Figures,
    made: &Path,
    seen: &BTreeMap<String, Seen>,
    end_us: u64,
    sync: f64,
) -> Result<()> {
    let made = fs::read_to_string(made).context("the load wrote no calls")?;
    let (mut latencies, mut missing) = (Vec::new(), 0_u32);
    for line in made.lines() {
        let mut words = line.split(' ');
        let (Some(site), Some(ticket), Some(at)) = (words.next(), words.next(), words.next()) else { continue };
        let (Some(seen), at_us) = (seen.get(site), at.parse::<u64>()?) else { continue };
        if at_us < seen.since_us + MARGIN_US || at_us > end_us.saturating_sub(MARGIN_US) {
            continue;
        }
        match seen.calls.get(ticket) {
            Some(&shown_us) => latencies.push(shown_us.saturating_sub(at_us) as f64 / 1000.0),
            None => missing += 1,
        }
    }
    figures.tell("call_to_screen.calls", latencies.len() as f64, "calls", Asked::AtLeast(100.0));
    figures.tell("call_to_screen.p50", nearest_rank(&mut latencies, 0.5), "ms", Asked::AtMost(5.0));
    figures.tell("call_to_screen.p99", nearest_rank(&mut latencies, 0.99), "ms", Asked::AtMost(50.0 + sync));
    figures.tell("call_to_screen.missing", missing.into(), "calls", Asked::Exactly(0.0));
    Ok(())
}

fn tell_bytes(figures: &mut Figures, seen: &BTreeMap<String, Seen>, seconds: u64) {
    let sum = |of: fn(&Seen) -> u64| seen.values().map(of).sum::<u64>() as f64;
    let (deltas, snapshots) = (sum(|seen| seen.delta_bytes), sum(|seen| seen.snapshot_bytes));
    figures.tell("screen.bytes_ratio", deltas / snapshots, "x snapshots", Asked::AtMost(0.25));
    let per_screen = f64::from(SCREENS) * seconds as f64;
    figures.tell("screen.bytes", deltas / per_screen, "bytes/s a screen", Asked::Nothing);
    figures.tell("screen.messages", sum(|seen| seen.deltas) / per_screen, "messages/s a screen", Asked::Nothing);
}
