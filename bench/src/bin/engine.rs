//! The engine alone: a journal is written, then a process of its own replays it to the boards of
//! all its sites, and tells what that cost. One JSON line a figure.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result, ensure};
use bench::figure::{Asked, Figures};
use bench::load::centre::Centre;
use bench::load::{DEVICE, Shape, site_name};
use bench::usage;
use bytes::Bytes;
use clap::Parser;
use collector::engine::Engine;
use collector::flow::{Extent, SiteIx};
use collector::ingest::Door;
use collector::recover;
use domain::Timestamp;
use journal::{Journal, Options};
use mqtt_config::session::{Inbound, Qos};
use mqtt_config::settings::{BrokerLogin, Clock, DiskSettings, History, Http, Runtime, Sites};

/// Sites and events of each: from one to all communes, from a thousand events to ten million.
const SHAPES: [(u32, u64); 5] = [(1, 1_000), (1, 100_000), (200, 5_000), (3_400, 1_200), (200, 50_000)];

/// Measures the engine alone, from the journal to the boards.
#[derive(Debug, Parser)]
struct Arguments {
    /// Replay this data directory and tell (what the measuring process starts itself as).
    #[arg(long, hide = true)]
    replay: Option<PathBuf>,
    /// Only write the journal of 200 sites with 1,000 events each to this directory, for a profiler
    /// to replay.
    #[arg(long)]
    write: Option<PathBuf>,
    /// Leave out the journal of ten million events.
    #[arg(long)]
    short: bool,
}

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    if let Some(dir) = arguments.replay {
        replay(&dir)?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(dir) = arguments.write {
        write(&dir, 200, 1_000)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut figures = Figures::default();
    let shapes = if arguments.short { &SHAPES[..SHAPES.len() - 1] } else { &SHAPES[..] };
    for (sites, events) in shapes {
        measure(&mut figures, *sites, *events)?;
    }
    Ok(if figures.missed() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What a replaying process tells.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
struct Told {
    boards: usize,
    cpu_s: f64,
    seconds: f64,
    memory_mb: f64,
}

fn measure(figures: &mut Figures, sites: u32, events: u64) -> Result<()> {
    let dir = tempfile::tempdir()?;
    write(dir.path(), sites, events)?;
    let program = std::env::current_exe()?;
    let output = Command::new(program).arg("--replay").arg(dir.path()).stderr(Stdio::inherit()).output()?;
    ensure!(output.status.success(), "the replay of {sites} sites failed");
    let told: Told = serde_json::from_slice(&output.stdout).context("the replay told nothing")?;
    ensure!(told.boards == sites as usize, "{} boards of {sites}", told.boards);
    let millions = f64::from(sites) * events as f64 / 1e6;
    let name = |what: &str| format!("engine_{what}_{sites}_sites_{}_events", u64::from(sites) * events);
    // Starting costs the same however little there is to do: under a million it is only told.
    let asked = if millions >= 1.0 { Asked::AtMost(2.0) } else { Asked::Nothing };
    figures.tell(&name("cpu_per_million"), told.cpu_s / millions, "CPU-s", asked);
    figures.tell(&name("events_per_second"), millions * 1e6 / told.seconds, "1/s", Asked::Nothing);
    figures.tell(&name("memory"), told.memory_mb, "MB", Asked::Nothing);
    Ok(())
}

fn runtime(dir: &Path) -> Runtime {
    Runtime {
        data_dir: dir.to_owned(),
        mqtt: BrokerLogin { host: "127.0.0.1".into(), port: 1, username: None, password_file: None },
        http: Http { bind: ([127, 0, 0, 1], 0).into(), tls: None, behind_proxy: false },
        sites: Sites::Discover { time_zone: "Asia/Ho_Chi_Minh".into() },
        clock: Clock::Wall,
        workers: 1,
        dedupe_memory_mib: mqtt_config::settings::DEDUPE_MEMORY_MIB,
        snapshot_records: mqtt_config::settings::SNAPSHOT_RECORDS,
        disk: DiskSettings::default(),
        history: History::default(),
        open_access: true,
    }
}

/// Writes a day's events of all sites, an event of each in turn, spread from seven to five.
fn write(dir: &Path, sites: u32, events: u64) -> Result<()> {
    let (journal, _) = Journal::open(&recover::journal_dir(dir), Options::default())?;
    let mut door = Door::new(journal, Clock::Wall, Some("Asia/Ho_Chi_Minh".into()));
    let shape = Shape { sites, ..Shape::NATIONAL };
    let mut centres: Vec<_> = (0..sites).map(|site| Centre::new(shape, site, 1)).collect();
    let topics: Vec<_> =
        (0..sites).map(|site| Bytes::from(format!("motcua/v1/{}/{DEVICE}/evt", site_name(site)))).collect();
    let seven = Timestamp::parse("2026-11-23T07:00:00+07:00").context("a time")?;
    let step_us = 36_000_000_000 / (u64::from(sites) * events);
    let mut payload = String::new();
    for n in 0..u64::from(sites) * events {
        let rx = seven.plus(i64::try_from(n * step_us / 1_000)?);
        let site = (n % u64::from(sites)) as usize;
        centres[site].next(&rx.to_string(), &mut payload);
        let inbound = Inbound {
            topic: topics[site].clone(),
            payload: Bytes::copy_from_slice(payload.as_bytes()),
            qos: Qos::AtLeastOnce,
            retain: false,
            dup: false,
            ack: None,
        };
        door.message(&inbound, rx, true);
        if n % 1_024 == 0 {
            door.journal().flush()?;
            drop((door.take_records(), door.take_touched()));
        }
    }
    door.journal().flush()?;
    Ok(())
}

/// Journal to boards, and what it cost.
fn replay(dir: &Path) -> Result<()> {
    let runtime = runtime(dir);
    let boards = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&boards);
    let mut opened = recover::open(&runtime, 0)?;
    let give = Arc::new(move |outputs: Vec<collector::flow::Output>| {
        let boards = outputs.iter().filter(|output| output.board.is_some()).count();
        counted.fetch_add(boards, Ordering::Relaxed);
    });
    let engine = Engine::start(1, opened.seq_base, give)?;
    let before = usage::cpu_seconds(std::process::id())?;
    let replayed = opened.replay(&engine)?;
    let as_of = opened.last_rx.context("an empty journal")?;
    for ix in 0..opened.door.sites().len() as SiteIx {
        opened.door.evaluate(ix, as_of, Extent::Whole { board: true });
        recover::feed(&engine, opened.door.take_records())?;
    }
    while boards.load(Ordering::Relaxed) < opened.door.sites().len() {
        std::thread::yield_now();
    }
    let memory_mb = usage::memory(std::process::id())?.now_mb;
    engine.stop();
    let cpu_s = usage::cpu_seconds(std::process::id())? - before;
    let seconds = replayed.took.as_secs_f64();
    bench::figure::print_line(&Told { boards: boards.load(Ordering::Relaxed), cpu_s, seconds, memory_mb });
    Ok(())
}
