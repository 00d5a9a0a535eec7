//! The load: publishing devices of many sites, in one process.
//!
//! Prints `{"ready":true}` when all are connected, waits for a line on its input, publishes, and
//! prints `{"events":N,"seconds":…,"cpu_s":…}` when the broker has taken the last event.

use std::fmt::Write;
use std::io::stdin;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use bench::figure::print_line;
use bench::load::Shape;
use bench::load::publish::{Called, Device, Done, Task, since_1970};
use bench::usage::cpu_seconds;
use clap::Parser;
use serde_json::json;
use tokio::task::JoinSet;

/// Publishes the events of many sites, as their devices would.
#[derive(Debug, Parser)]
struct Arguments {
    /// Port of the broker on 127.0.0.1.
    #[arg(long)]
    mqtt_port: u16,
    /// Events of each site; without it the load ends after --seconds.
    #[arg(long)]
    events_per_site: Option<u64>,
    /// How long to publish, in seconds, when no number of events is given.
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// Events per second in all; without it as fast as the broker takes them.
    #[arg(long)]
    rate: Option<f64>,
    /// Number of sites.
    #[arg(long, default_value_t = Shape::NATIONAL.sites)]
    sites: u32,
    /// Counters of each site.
    #[arg(long, default_value_t = Shape::NATIONAL.counters)]
    counters: u32,
    /// Services of each site.
    #[arg(long, default_value_t = Shape::NATIONAL.services)]
    services: u32,
    /// Connections to the broker.
    #[arg(long, default_value_t = Shape::NATIONAL.devices)]
    devices: u32,
    /// Events on the way at a time, for each device.
    #[arg(long, default_value_t = 100)]
    in_flight: usize,
    /// Where to write when each call was made: site, ticket and microseconds since 1970, a line each.
    #[arg(long)]
    calls: Option<PathBuf>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let devices = connect(&arguments).await?;
    print_line(&json!({"ready": true}));
    stdin().read_line(&mut String::new())?;
    let me = std::process::id();
    let (begin, cpu_before) = (Instant::now(), cpu_seconds(me)?);
    let mut running: JoinSet<Result<Done>> = devices.into_iter().map(Device::run).collect();
    let (mut events, mut calls) = (0, Vec::new());
    while let Some(done) = running.join_next().await {
        let done = done??;
        events += done.events;
        calls.extend(done.calls);
    }
    let (seconds, cpu_s) = (begin.elapsed().as_secs_f64(), cpu_seconds(me)? - cpu_before);
    if let Some(file) = &arguments.calls {
        std::fs::write(file, table(&calls)).with_context(|| format!("cannot write {}", file.display()))?;
    }
    print_line(&json!({"events": events, "seconds": seconds, "cpu_s": cpu_s}));
    Ok(())
}

async fn connect(arguments: &Arguments) -> Result<Vec<Device>> {
    let (sites, counters, services) = (arguments.sites, arguments.counters, arguments.services);
    let shape = Shape { sites, counters, services, devices: arguments.devices.min(sites) };
    let run = since_1970().as_millis() as u64;
    let mut devices = Vec::new();
    for device in 0..shape.devices {
        let task = Task {
            port: arguments.mqtt_port,
            shape,
            device,
            events_per_site: arguments.events_per_site,
            rate: arguments.rate.map(|rate| rate / f64::from(shape.devices)),
            lasts: Duration::from_secs(arguments.seconds),
            in_flight: arguments.in_flight,
            run,
        };
        devices.push(Device::connect(task).await?);
    }
    Ok(devices)
}

fn table(calls: &[Called]) -> String {
    let mut text = String::new();
    for Called { site, ticket, at_us } in calls {
        writeln!(text, "{site} {ticket} {at_us}").expect("writing to a String cannot fail");
    }
    text
}
