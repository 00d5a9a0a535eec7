//! One site's recording over one session: birth, events, answers, farewell.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{anyhow, bail};
use bytes::Bytes;
use domain::BootId;
use domain::event::DeviceState;
use mqtt_config::session::{Inbound, PubAckCode, PublishError, PublishId, Qos, Session, SessionError, SessionEvent};
use mqtt_config::topics::Channel;
use mqtt_config::wire::{self, Command, CommandAction, Done};
use tokio::sync::Semaphore;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::broker::Broker;
use super::device::{self, topic};
use super::outbox::Outbox;
use super::pace::Pace;
use super::recording::Track;

/// The contract's default of `heartbeat_s`.
const HEARTBEAT: Duration = Duration::from_secs(30);
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
    let boot = BootId::new(&Uuid::new_v4().to_string()).expect("a UUID is printable and short");
    let mut sender = Sender::new(run, Outbox::new(track, boot));
    let outcome = sender.until_done().await;
    let left = timeout(FAREWELL, sender.farewell()).await;
    if left.is_err() {
        tracing::debug!("The broker did not take the farewell in time.");
    }
    sender.session.close().await;
    outcome
}

struct Sender {
    run: Arc<Run>,
    outbox: Outbox,
    session: Session,
    heartbeat: Interval,
    /// The session holds all it can: sending goes on after its next event.
    full: bool,
    /// When something was last acknowledged, or sent with nothing in flight.
    progress: Instant,
    ever_connected: bool,
    /// Why there is no connection, when there is none.
    lost: Option<SessionError>,
}

impl Sender {
    fn new(run: Arc<Run>, outbox: Outbox) -> Self {
        let session = Session::new(device::session(&run.broker, outbox.site(), outbox.boot()));
        let mut heartbeat = interval(HEARTBEAT);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            run,
            outbox,
            session,
            heartbeat,
            full: false,
            progress: Instant::now(),
            ever_connected: false,
            lost: None,
        }
    }

    async fn until_done(&mut self) -> anyhow::Result<()> {
        let run = Arc::clone(&self.run);
        while !self.outbox.is_done() {
            let due = self.fill()?;
            // A due event waits for a place in the common budget, a later one for its time.
            let place_needed = due.is_some_and(|due| due <= Instant::now()) && !self.full;
            tokio::select! {
                event = self.session.next() => self.take(event)?,
                place = run.budget.acquire(), if place_needed => self.send_next(place?)?,
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() && !place_needed && !self.full => {}
                _ = self.heartbeat.tick() => self.say(DeviceState::Ready).map(drop)?,
                () = sleep_until(self.progress + NO_PROGRESS), if self.outbox.in_flight() > 0 => return Err(self.stuck()),
                () = sleep_until(run.start + NO_CONNECTION), if !self.ever_connected => return Err(self.unreachable()),
                () = run.stop.cancelled() => bail!("stopped; what was acknowledged until then stays"),
            }
        }
        Ok(())
    }

    /// Hands over what is due, as far as budget and session allow. Returns when the next event that
    /// stayed is due.
    fn fill(&mut self) -> anyhow::Result<Option<Instant>> {
        let run = Arc::clone(&self.run);
        while let Some(event) = self.outbox.next_again().filter(|_| !self.full) {
            if self.publish(Channel::Evt, wire::event_json(&event).into())? {
                self.outbox.was_sent_again();
            }
        }
        loop {
            let Some(ts) = self.outbox.next_ts() else { return Ok(None) };
            let due = run.pace.due(ts);
            if self.full || due > Instant::now() {
                return Ok(Some(due));
            }
            match run.budget.try_acquire() {
                Ok(place) => self.send_next(place)?,
                Err(_) => return Ok(Some(due)),
            }
        }
    }

    /// Sends the next event and keeps its place in the budget until it is acknowledged.
    fn send_next(&mut self, place: tokio::sync::SemaphorePermit<'_>) -> anyhow::Result<()> {
        let Some(event) = self.outbox.next() else { return Ok(()) };
        if self.publish(Channel::Evt, wire::event_json(&event).into())? {
            if self.outbox.in_flight() == 0 {
                self.progress = Instant::now();
            }
            self.outbox.was_sent();
            place.forget();
        }
        Ok(())
    }

    /// False: the session is full for now.
    fn publish(&mut self, channel: Channel, payload: Bytes) -> anyhow::Result<bool> {
        let topic = topic(self.outbox.site(), channel).to_string();
        match self.session.publish(&topic, payload, Qos::AtLeastOnce, false) {
            Ok(_) => Ok(true),
            Err(PublishError::Full { .. }) => {
                self.full = true;
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }

    fn say(&mut self, state: DeviceState) -> anyhow::Result<Option<PublishId>> {
        let topic = topic(self.outbox.site(), Channel::Status).to_string();
        match self.session.publish(&topic, device::status(state, self.outbox.boot()), Qos::AtLeastOnce, true) {
            Ok(id) => Ok(Some(id)),
            // The next heartbeat says it.
            Err(PublishError::Full { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn take(&mut self, event: SessionEvent) -> anyhow::Result<()> {
        self.full = false;
        match event {
            SessionEvent::Connected { .. } => {
                self.ever_connected = true;
                self.lost = None;
                self.heartbeat.reset_immediately();
            }
            SessionEvent::Messages(messages) => {
                for message in messages {
                    self.hear(message)?;
                }
            }
            SessionEvent::Acked(answers) => {
                if let Some((_, code)) = answers.into_iter().find(|(_, code)| !code.is_success()) {
                    return Err(self.refused(code));
                }
            }
            SessionEvent::Lost { why, .. } => self.lose(why)?,
        }
        Ok(())
    }

    fn hear(&mut self, message: Inbound) -> anyhow::Result<()> {
        let site = self.outbox.site();
        if message.topic == topic(site, Channel::Ack).to_string().as_bytes() {
            match wire::parse_ack(&message.payload) {
                Ok(ack) => {
                    let newly = self.outbox.acknowledge(&ack);
                    self.acknowledged(newly);
                }
                Err(error) => tracing::warn!(%site, %error, "An acknowledgement cannot be read."),
            }
        } else if message.topic == topic(site, Channel::Cmd).to_string().as_bytes() {
            match wire::parse_command(&message.payload) {
                Ok(command) => self.obey(command)?,
                Err(error) => tracing::warn!(%site, %error, "A command cannot be read."),
            }
        }
        if let Some(token) = message.ack {
            self.session.ack(token);
        }
        Ok(())
    }

    fn acknowledged(&mut self, newly: usize) {
        if newly > 0 {
            self.progress = Instant::now();
            self.run.budget.add_permits(newly);
            self.run.acked.fetch_add(newly as u64, Ordering::Relaxed);
        }
    }

    fn obey(&mut self, command: Command) -> anyhow::Result<()> {
        if command.exp.ms() < jiff::Timestamp::now().as_millisecond() {
            return Ok(());
        }
        let missing = match command.action {
            CommandAction::Rebirth => {
                self.say(DeviceState::Ready)?;
                0
            }
            CommandAction::Replay { boot, from_seq, to_seq } => self.outbox.ask_again(boot, from_seq, to_seq),
            // There is no device to look at.
            CommandAction::Identify => 0,
        };
        let done = Done { id: command.id.into(), ok: true, missing: (missing > 0).then_some(missing) };
        self.publish(Channel::Done, wire::json(&done).into()).map(drop)
    }

    fn lose(&mut self, why: SessionError) -> anyhow::Result<()> {
        if matches!(why, SessionError::Refused { .. } | SessionError::SubscriptionRefused { .. }) {
            return Err(anyhow::Error::new(why).context("check the login in --broker"));
        }
        tracing::warn!(site = %self.outbox.site(), %why, "There is no connection to the broker, trying again.");
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
        let site = self.outbox.site();
        anyhow!(
            "the broker refuses what {site}.{} publishes ({code:?}): give it a login with \
             `motcua device add {site} gateway {}` and --broker mqtt://USER:PASSWORD@HOST:PORT",
            device::id(),
            device::id()
        )
    }

    fn stuck(&self) -> anyhow::Error {
        anyhow!(
            "{} events of {} are not acknowledged by the collector and nothing has moved for {} s: is the collector \
             running and does it know this site",
            self.outbox.in_flight(),
            self.outbox.site(),
            NO_PROGRESS.as_secs()
        )
    }

    /// Says good-bye and waits until the broker has it.
    async fn farewell(&mut self) {
        if !self.session.is_connected() {
            return;
        }
        let Ok(Some(farewell)) = self.say(DeviceState::Disconnected) else { return };
        loop {
            match self.session.next().await {
                SessionEvent::Acked(answers) if answers.iter().any(|(id, _)| *id == farewell) => return,
                SessionEvent::Lost { .. } => return,
                // Late answers to events: their application ack is what counts.
                SessionEvent::Acked(_) | SessionEvent::Connected { .. } | SessionEvent::Messages(_) => {}
            }
        }
    }
}
