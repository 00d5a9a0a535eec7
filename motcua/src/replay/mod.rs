//! `motcua replay`: a recorded log goes to a broker as the device `gateway/replay`.
//!
//! - `rows`, `slug`: the CSV files, read into visits and staffing
//! - `mapping`: visits and staffing become events (pure)
//! - `recording`: which events, when, under which ids; or the JSON lines of `export-events`
//! - `pace`: what is due when (pure)
//! - `device`, `send`: one site as one device of `mqtt_config::device`
//! - `progress`: what a person sees meanwhile
//!
//! Every run is a new run of the device (a fresh `boot`), with `seq` from 1. The ids of the events
//! come from the recording, so the same recording sent twice counts once.

mod broker;
mod device;
pub mod mapping;
mod pace;
mod progress;
pub mod recording;
pub mod rows;
mod send;
pub mod slug;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Context;
use domain::Timestamp;
use serde::Serialize;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, interval};
use tokio_util::sync::CancellationToken;

pub use broker::Broker;
pub use pace::Speed;

use crate::exit::BadInput;
use pace::Pace;
use progress::Progress;
use recording::Track;
use send::Run;

/// Events on the way without the collector's acknowledgement, over all sites. It acknowledges at
/// least once a second, so this is also the most that can be sent in a second.
const IN_FLIGHT: usize = 20_000;
const SHOW_EVERY: Duration = Duration::from_millis(200);

/// What a replay came to.
#[derive(Debug, Serialize)]
pub struct Summary {
    /// Events sent, and acknowledged by the collector.
    pub events: u64,
    /// Time of the first.
    pub first_ts: Timestamp,
    /// Time of the last.
    pub last_ts: Timestamp,
    /// How long it took, to the millisecond.
    pub seconds: f64,
}

/// Sends all tracks, each over a session of its own, and returns when the collector has the last
/// event of each durably.
///
/// # Errors
/// The first failure of any of them.
pub async fn run(tracks: Vec<Track>, broker: Broker, speed: Speed) -> anyhow::Result<Summary> {
    if broker.login.is_some() && tracks.len() > 1 {
        // Sessions of one account would also cut each other off.
        return Err(BadInput::because("a login is one site's device: choose the site with --site").into());
    }
    let times = || tracks.iter().flat_map(|track| track.events.iter().map(|event| event.ts));
    let (first_ts, last_ts) = times().min().zip(times().max()).context("nothing to send")?;
    let events = tracks.iter().map(|track| track.events.len() as u64).sum();
    let run = Arc::new(Run {
        broker,
        pace: Pace::new(speed, first_ts),
        budget: Semaphore::new(IN_FLIGHT),
        acked: AtomicU64::new(0),
        start: Instant::now(),
        stop: CancellationToken::new(),
    });
    let mut sites = JoinSet::new();
    for track in tracks {
        sites.spawn(send::send(Arc::clone(&run), track));
    }
    let outcome = watch(&run, sites, events).await;
    outcome.map(|()| Summary { events, first_ts, last_ts, seconds: run.start.elapsed().as_millis() as f64 / 1_000.0 })
}

/// Shows the progress and ends all when one fails or a person asks to stop.
async fn watch(run: &Run, mut sites: JoinSet<anyhow::Result<()>>, total: u64) -> anyhow::Result<()> {
    let mut progress = Progress::new(total);
    let mut show = interval(SHOW_EVERY);
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let mut outcome = Ok(());
    loop {
        tokio::select! {
            site = sites.join_next() => match site {
                None => break,
                Some(site) => {
                    let site = site.context("a site's task failed").and_then(|site| site);
                    if outcome.is_ok() && site.is_err() {
                        outcome = site;
                        // The others take their leave; their own "stopped" is not the reason.
                        run.stop.cancel();
                    }
                }
            },
            _ = show.tick() => progress.at(run.acked.load(Ordering::Relaxed)),
            _ = interrupt.recv() => run.stop.cancel(),
            _ = terminate.recv() => run.stop.cancel(),
        }
    }
    progress.end();
    outcome
}
