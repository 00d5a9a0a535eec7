//! What durability costs: the same load with the data on the disk and in memory (where a sync is
//! nothing), in one run, and how long one event alone waits for its acknowledgement.

use std::fs::File;
use std::io::Write;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use bench::figure::{Asked, Figures};
use bench::load::Shape;
use bench::usage::cpu_seconds;
use harness::http;
use harness::oracle;
use harness::program::{Motcua, cache};
use harness::wire::{Heard, Hello, Link};
use serde_json::json;

use super::rig::{Program, accepted, nearest_rank, pid, until};

/// How long a board may stand still before its missing events are called lost.
const PATIENCE: Duration = Duration::from_secs(60);
/// Events that are sent one at a time.
const LONE: u64 = 60;
/// About as large as an event's record.
const RECORD: [u8; 300] = [b'x'; 300];
/// Where a file system in memory is on every Linux.
const MEMORY: &str = "/dev/shm";

/// What one load on one kind of storage was like.
struct Run {
    per_second: f64,
    cpu_s_per_million: f64,
    syncs_per_thousand: f64,
    lost: f64,
}

/// Disk and memory in turn, `rounds` times, then single events on the disk.
pub fn measure(figures: &mut Figures, events_per_site: u64, rounds: u32) -> Result<()> {
    let disk = cache();
    ensure!(Path::new(MEMORY).is_dir(), "{MEMORY} is not here: there is nothing to compare the disk with");
    let (mut on_disk, mut in_memory) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        in_memory.push(load(&PathBuf::from(MEMORY), events_per_site).context("in memory")?);
        on_disk.push(load(&disk, events_per_site).context("on the disk")?);
    }
    let median = |runs: &[Run], of: fn(&Run) -> f64| nearest_rank(&mut runs.iter().map(of).collect::<Vec<_>>(), 0.5);
    for (name, runs) in [("durable", &on_disk), ("not_durable", &in_memory)] {
        let tell = |figures: &mut Figures, what: &str, value, unit| {
            figures.tell(&format!("{name}.{what}"), value, unit, Asked::Nothing);
        };
        tell(figures, "throughput", median(runs, |run| run.per_second), "events/s");
        tell(figures, "cpu_per_million", median(runs, |run| run.cpu_s_per_million), "s");
        tell(figures, "syncs_per_thousand", median(runs, |run| run.syncs_per_thousand), "syncs/1000 events");
        figures.tell(&format!("{name}.lost"), runs.iter().map(|run| run.lost).sum(), "events", Asked::Exactly(0.0));
    }
    let ratio = |of: fn(&Run) -> f64| median(&on_disk, of) / median(&in_memory, of);
    figures.tell("durability.throughput_ratio", ratio(|run| run.per_second), "x without", Asked::Nothing);
    figures.tell("durability.cpu_ratio", ratio(|run| run.cpu_s_per_million), "x without", Asked::Nothing);
    alone(figures, &disk).context("single events")
}

fn load(folder: &Path, events_per_site: u64) -> Result<Run> {
    let sites = Shape::NATIONAL.sites;
    let events = (events_per_site * u64::from(sites)) as f64;
    let data = tempfile::tempdir_in(folder)?;
    let motcua = Motcua::start(&["--discover"], Some(data));
    let collector = pid(&motcua, "collector")?;
    let arguments = ["--events-per-site", &events_per_site.to_string()];
    let mut load = Program::start("publishers", motcua.mqtt_port, &arguments)?;
    let (begin, cpu_before, syncs_before) = (Instant::now(), cpu_seconds(collector)?, syncs(&motcua)?);
    load.go()?;
    load.finish()?;
    let counted = accepted(&motcua, sites, events_per_site, PATIENCE) as f64;
    let (seconds, cpu) = (begin.elapsed().as_secs_f64(), cpu_seconds(collector)? - cpu_before);
    // The collector tells its own count once a second.
    let synced = until(PATIENCE, || {
        let (all, durable) = (of_collector(&motcua, "records_total").ok()?, durable(&motcua).ok()?);
        (durable >= all && all >= counted).then_some(())
    });
    synced.context("the journal is not durable")?;
    let syncs = syncs(&motcua)? - syncs_before;
    Ok(Run {
        per_second: counted / seconds,
        cpu_s_per_million: cpu / events * 1e6,
        syncs_per_thousand: syncs / events * 1e3,
        lost: events - counted,
    })
}

/// Single events, each of a device that has said nothing before, with a plain sync of the same disk
/// between them.
fn alone(figures: &mut Figures, disk: &Path) -> Result<()> {
    let motcua = Motcua::start(&["--discover"], Some(tempfile::tempdir_in(disk)?));
    let mut plain = tempfile::tempfile_in(disk)?;
    let hello = Hello { client: "lone", keep_alive_s: 60, will: None };
    let mut link = Link::open((Ipv4Addr::LOCALHOST, motcua.mqtt_port), hello)?;
    let (mut acks, mut syncs) = (Vec::new(), Vec::new());
    for device in 0..LONE {
        syncs.push(one_sync(&mut plain)?);
        acks.push(one_event(&mut link, device)?);
    }
    let (ack, sync) = (nearest_rank(&mut acks, 0.5), nearest_rank(&mut syncs, 0.5));
    figures.tell("lone_event.one_sync_p50", sync, "ms", Asked::Nothing);
    figures.tell("lone_event.acked_p50", ack, "ms", Asked::Nothing);
    figures.tell("lone_event.acked_p99", nearest_rank(&mut acks, 0.99), "ms", Asked::Nothing);
    figures.tell("lone_event.acked_over_one_sync", ack - sync, "ms", Asked::AtMost(5.0));
    Ok(())
}

fn one_sync(file: &mut File) -> Result<f64> {
    let begin = Instant::now();
    file.write_all(&RECORD)?;
    file.sync_data()?;
    Ok(begin.elapsed().as_secs_f64() * 1e3)
}

/// From the publish to the application's acknowledgement, ms.
fn one_event(link: &mut Link, device: u64) -> Result<f64> {
    let own = format!("motcua/v1/lone/gateway/machine-{device}");
    link.subscribe(&[&format!("{own}/ack")])?;
    let event = json!({"id": format!("00000000-0000-4000-8000-{device:012}"), "boot": "b1", "seq": 1,
        "ts": oracle::Instant::now().to_string(), "type": "ticket.issued", "ticket": format!("A{device}"),
        "service": "dat-dai", "priority": "normal"});
    let begin = Instant::now();
    link.publish(&format!("{own}/evt"), event.to_string().as_bytes(), false)?;
    loop {
        let heard = link.hear(Duration::from_millis(50))?;
        if heard.iter().any(|one| matches!(one, Heard::Message { .. })) {
            return Ok(begin.elapsed().as_secs_f64() * 1e3);
        }
        ensure!(begin.elapsed() < PATIENCE, "no acknowledgement came");
    }
}

fn syncs(motcua: &Motcua) -> Result<f64> {
    of_collector(motcua, "syncs_total")
}

fn durable(motcua: &Motcua) -> Result<f64> {
    of_collector(motcua, "durable_records_total")
}

/// One of the collector's own figures of its journal; 0 while it has not told any.
fn of_collector(motcua: &Motcua, name: &str) -> Result<f64> {
    let metrics = http::get(&motcua.http, "/metrics").map_err(anyhow::Error::msg)?;
    let name = format!("motcua_collector_journal_{name} ");
    let line = metrics.body.lines().find_map(|line| line.strip_prefix(&name));
    Ok(line.map(str::parse).transpose().context("not a number in the metrics")?.unwrap_or_default())
}
