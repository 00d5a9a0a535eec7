//! One site's recording as one device: what is due is said, until the collector has all of it.

use std::iter::Peekable;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use std::vec;

use anyhow::{anyhow, bail};
use domain::SiteId;
use mqtt_config::device::{Device, DeviceEvent, Saying};
use mqtt_config::session::{PubAckCode, SessionError};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::broker::Broker;
use super::device;
use super::pace::Pace;
use super::recording::{Outgoing, Track};

/// How long events may wait for the collector's acknowledgement without any progress.
const NO_PROGRESS: Duration = Duration::from_secs(60);
/// How long the first connection may take, from the start of the run.
const NO_CONNECTION: Duration = Duration::from_secs(10);
/// How long the farewell may take.
const FAREWELL: Duration = Duration::from_secs(5);

/// What all sites of one run share.
#[derive(Debug)]
pub struct Run {
    /// Where to.
    pub broker: Broker,
    /// How fast.
    pub pace: Pace,
    /// Events that may still be sent without an acknowledgement; the sites take turns.
    pub budget: Semaphore,
    /// Events acknowledged by the collector.
    pub acked: AtomicU64,
    /// When it began.
    pub start: Instant,
    /// Cancelled when a person asks to stop.
    pub stop: CancellationToken,
}

/// Sends one track and returns when the collector has all of it durably.
///
/// # Errors
/// When the broker refuses, nothing is acknowledged for a minute, or a person stopped it.
pub async fn send(run: Arc<Run>, track: Track) -> anyhow::Result<()> {
    let site = track.site;
    let device = device::begin(&run.broker, site, super::IN_FLIGHT)?;
    let events = track.events.into_iter().peekable();
    let mut sender = Sender { run, site, device, events, progress: Instant::now(), ever_connected: false, lost: None };
    let outcome = sender.until_done().await;
    if timeout(FAREWELL, sender.device.close()).await.is_err() {
        tracing::debug!("The broker did not take the farewell in time.");
    }
    outcome
}

struct Sender {
    run: Arc<Run>,
    site: SiteId,
    device: Device,
    /// What was not said yet.
    events: Peekable<vec::IntoIter<Outgoing>>,
    /// When something was last acknowledged, or said with nothing under way.
    progress: Instant,
    ever_connected: bool,
    /// Why there is no connection, when there is none.
    lost: Option<SessionError>,
}

impl Sender {
    async fn until_done(&mut self) -> anyhow::Result<()> {
        let run = Arc::clone(&self.run);
        loop {
            let due = self.say_what_is_due()?;
            if due.is_none() && self.device.outbox().is_empty() {
                return Ok(());
            }
            // A due event waits for a place in the common budget, a later one for its time.
            let place_needed = due.is_some_and(|due| due <= Instant::now());
            let waits = !self.device.outbox().is_empty();
            tokio::select! {
                event = self.device.next() => self.take(event)?,
                place = run.budget.acquire(), if place_needed => self.say_next(place?)?,
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() && !place_needed => {}
                () = sleep_until(self.progress + NO_PROGRESS), if waits => return Err(self.stuck()),
                () = sleep_until(run.start + NO_CONNECTION), if !self.ever_connected => return Err(self.unreachable()),
                () = run.stop.cancelled() => bail!("stopped; what was acknowledged until then stays"),
            }
        }
    }

    /// Says what is due, as far as the budget allows. Returns when the next event that stayed is
    /// due; `None` when there is none any more.
    fn say_what_is_due(&mut self) -> anyhow::Result<Option<Instant>> {
        let run = Arc::clone(&self.run);
        loop {
            let Some(next) = self.events.peek() else { return Ok(None) };
            let due = run.pace.due(next.ts);
            if due > Instant::now() {
                return Ok(Some(due));
            }
            match run.budget.try_acquire() {
                Ok(place) => self.say_next(place)?,
                Err(_) => return Ok(Some(due)),
            }
        }
    }

    /// Says the next event and keeps its place in the budget until it is acknowledged.
    fn say_next(&mut self, place: SemaphorePermit<'_>) -> anyhow::Result<()> {
        let Some(Outgoing { id, ts, body }) = self.events.next() else { return Ok(()) };
        if self.device.outbox().is_empty() {
            self.progress = Instant::now();
        }
        self.device.say_as(Saying { id, ts, up_ms: None, body })?;
        place.forget();
        Ok(())
    }

    fn take(&mut self, event: DeviceEvent) -> anyhow::Result<()> {
        match event {
            DeviceEvent::Connected => {
                self.ever_connected = true;
                self.lost = None;
            }
            DeviceEvent::Lost { why, .. } => self.lose(why)?,
            DeviceEvent::Acknowledged(newly) => {
                self.progress = Instant::now();
                self.run.budget.add_permits(usize::try_from(newly).unwrap_or(0));
                self.run.acked.fetch_add(newly, Ordering::Relaxed);
            }
            DeviceEvent::Refused(code) => return Err(self.refused(code)),
            // There is no state, no person to show it to, no disk, and nothing is ever dropped.
            DeviceEvent::Beat
            | DeviceEvent::BrokerHasAll
            | DeviceEvent::Durable
            | DeviceEvent::Dropped(_)
            | DeviceEvent::Identify
            | DeviceEvent::Heard(_)
            | DeviceEvent::DiskFailed(_) => {}
        }
        Ok(())
    }

    fn lose(&mut self, why: SessionError) -> anyhow::Result<()> {
        if matches!(why, SessionError::Refused { .. } | SessionError::SubscriptionRefused { .. }) {
            return Err(anyhow::Error::new(why).context("check the login in --broker"));
        }
        tracing::warn!(site = %self.site, %why, "There is no connection to the broker, trying again.");
        self.lost = Some(why);
        Ok(())
    }

    fn unreachable(&mut self) -> anyhow::Error {
        let Broker { host, port, .. } = &self.run.broker;
        let sentence =
            format!("no connection to the broker at {host}:{port} in {} s: is it running", NO_CONNECTION.as_secs());
        self.lost.take().map_or_else(|| anyhow!("{sentence}"), |why| anyhow::Error::new(why).context(sentence.clone()))
    }

    fn refused(&self, code: PubAckCode) -> anyhow::Error {
        let (site, id) = (self.site, device::id());
        anyhow!(
            "the broker refuses what {site}.{id} publishes ({code:?}): give it a login with \
             `motcua device add {site} gateway {id}` and --broker mqtt://USER:PASSWORD@HOST:PORT",
        )
    }

    fn stuck(&self) -> anyhow::Error {
        anyhow!(
            "{} events of {} are not acknowledged by the collector and nothing has moved for {} s: is the collector \
             running and does it know this site",
            self.device.outbox().len(),
            self.site,
            NO_PROGRESS.as_secs()
        )
    }
}
