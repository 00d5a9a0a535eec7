//! A thousand displays of one centre: what a message to one costs beside a plain broadcast, how old
//! it is when it comes, and what an open WebSocket weighs.

use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use bench::figure::{Asked, Figures};
use bench::load::site_name;
use bench::usage::{cpu_seconds, memory};
use harness::program::Motcua;
use serde_json::Value;

use super::rig::{Program, nearest_rank, pid, until};

const DISPLAYS: u32 = 1000;
/// Of these, so many never read.
const STUCK: u32 = 200;
/// Events of the centre a second: a busy hall is below ten.
const RATE: &str = "60";
const SECONDS: u64 = 12;
const ROUNDS: usize = 3;
/// Longer than everything that is measured.
const LOAD_SECONDS: &str = "600";
/// Until sockets have settled, or those of the phase before are gone.
const SETTLE: Duration = Duration::from_secs(2);

/// One server under test.
struct Server {
    pid: u32,
    address: String,
    path: String,
}

/// What one phase of displays showed.
#[derive(Debug, Clone, Copy)]
struct Phase {
    cpu_us_per_message: f64,
    p50_ms: f64,
    p99_ms: f64,
    messages: f64,
}

pub fn measure(figures: &mut Figures) -> Result<()> {
    let motcua = Motcua::start(&["--discover"], None);
    let load = ["--sites", "1", "--devices", "1", "--rate", RATE, "--seconds", LOAD_SECONDS];
    let mut load = Program::start("publishers", motcua.mqtt_port, &load)?;
    load.go()?;
    let site = site_name(0);
    until(Duration::from_secs(20), || motcua.board(&site).ok()).context("no board of the site")?;
    let secret = motcua.data.path().join("secrets/dashboard");
    let secret = secret.to_str().context("the data directory has a plain name")?;
    let rival = Program::start("plain-broadcast", motcua.mqtt_port, &["--password-file", secret])?;
    let servers = [
        Server {
            pid: pid(&motcua, "dashboard")?,
            address: motcua.http.clone(),
            path: format!("/api/v1/sites/{site}/ws"),
        },
        Server {
            pid: rival.pid(),
            address: rival.ready["http"].as_str().context("the rival names its address")?.to_owned(),
            path: "/ws".to_owned(),
        },
    ];
    figures.tell("fanout.socket", weight_kb(&servers[0])?, "kB a socket", Asked::AtMost(25.0));
    let mut phases = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        for (server, phases) in servers.iter().zip(&mut phases) {
            phases.push(phase(server)?);
        }
    }
    tell(figures, &phases);
    Ok(())
}

fn displays(server: &Server, count: u32, stuck: u32, seconds: u64) -> Result<Program> {
    let (count, stuck, seconds) = (count.to_string(), stuck.to_string(), seconds.to_string());
    let warm_up = SETTLE.as_secs().to_string();
    let Server { address, path, .. } = server;
    let arguments = [
        "--address",
        address,
        "--path",
        path,
        "--count",
        &count,
        "--stuck",
        &stuck,
        "--seconds",
        &seconds,
        "--warm-up",
        &warm_up,
    ];
    Program::start("displays", 0, &arguments)
}

/// What an open WebSocket adds to the server's memory while it gets every message.
fn weight_kb(server: &Server) -> Result<f64> {
    let before = memory(server.pid)?.now_mb;
    let mut open = displays(server, DISPLAYS, 0, 3)?;
    open.go()?;
    thread::park_timeout(Duration::from_secs(4));
    let after = memory(server.pid)?.now_mb;
    open.finish()?;
    thread::park_timeout(SETTLE);
    Ok((after - before) * 1e3 / f64::from(DISPLAYS))
}

fn phase(server: &Server) -> Result<Phase> {
    let mut displays = displays(server, DISPLAYS, STUCK, SECONDS)?;
    displays.go()?;
    // The handshakes and the first boards are not what a message costs.
    thread::park_timeout(SETTLE);
    let before = cpu_seconds(server.pid)?;
    let seen = displays.finish()?;
    let cpu = cpu_seconds(server.pid)? - before;
    thread::park_timeout(SETTLE);
    let number = |name: &str| seen.get(name).and_then(Value::as_f64).with_context(|| format!("no {name} in {seen}"));
    let messages = number("messages")?;
    Ok(Phase {
        cpu_us_per_message: cpu * 1e6 / messages,
        p50_ms: number("p50_ms")?,
        p99_ms: number("p99_ms")?,
        messages: messages / SECONDS as f64,
    })
}

fn tell(figures: &mut Figures, [ours, rivals]: &[Vec<Phase>; 2]) {
    let median =
        |phases: &[Phase], of: fn(&Phase) -> f64| nearest_rank(&mut phases.iter().map(of).collect::<Vec<_>>(), 0.5);
    let cpu = |phases: &[Phase]| median(phases, |phase| phase.cpu_us_per_message);
    figures.tell("fanout.cpu_ratio", cpu(ours) / cpu(rivals), "x a plain broadcast", Asked::AtMost(1.1));
    figures.tell("fanout.cpu", cpu(ours), "us a message", Asked::Nothing);
    figures.tell("fanout.rival_cpu", cpu(rivals), "us a message", Asked::Nothing);
    figures.tell("fanout.messages", median(ours, |phase| phase.messages), "messages/s", Asked::Nothing);
    figures.tell("fanout.p50", median(ours, |phase| phase.p50_ms), "ms from as_of", Asked::Nothing);
    figures.tell("fanout.p99", median(ours, |phase| phase.p99_ms), "ms from as_of", Asked::AtMost(250.0));
    figures.tell("fanout.rival_p99", median(rivals, |phase| phase.p99_ms), "ms from as_of", Asked::Nothing);
}
