//! One simulated device: a real MQTT client with a name, a secret, a will, heartbeats, a journal.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bytes::Bytes;
use domain::event::{Body, DeviceKind, DeviceState};
use domain::{SiteId, Timestamp, ZoneId};
use mqtt_config::session::{
    Inbound, Login, PublishError, PublishId, Qos, Session, SessionEvent, SessionOptions, Subscription, Will,
};
use mqtt_config::topics::{Channel, DeviceTopic};
use mqtt_config::wire::{self, Command, CommandAction, Done, Meta, Status};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::clock::SimClock;
use super::outbox::Outbox;
use crate::centre::{Fault, Speaker, Trouble};

/// The contract's default of `heartbeat_s`.
const HEARTBEAT_S: u32 = 30;
/// How long the broker waits for a device to come back before it publishes the will.
const WILL_DELAY_S: u32 = 5;
/// A dead link is noticed after 1.5 times as much.
const KEEP_ALIVE_S: u16 = 20;
/// How long the farewell may take.
const FAREWELL: Duration = Duration::from_secs(1);

/// What the conductor tells a device.
#[derive(Debug, Clone)]
pub enum Order {
    /// This happened at it.
    Say(Timestamp, Body),
    /// This goes wrong with it.
    Suffer(Fault),
    /// That was the morning: tell when the broker has all of it.
    Told,
}

/// What a device needs to be one.
#[derive(Debug)]
pub struct Birth {
    /// Its centre.
    pub site: SiteId,
    /// Which one it is.
    pub speaker: Speaker,
    /// Its secret.
    pub login: Login,
    /// The broker's port on this machine.
    pub port: u16,
    /// What it has said.
    pub outbox: Outbox,
    /// The time.
    pub clock: SimClock,
    /// When its first heartbeat after its birth is due: not all at once.
    pub heartbeat_in: Duration,
    /// From which act of the morning on it speaks.
    pub act: u8,
}

/// How a device hears of the others.
#[derive(Debug)]
pub struct Lines {
    /// Its orders.
    pub orders: mpsc::Receiver<Order>,
    /// Which act is being played.
    pub act: watch::Receiver<u8>,
    /// It says here when the broker has its morning.
    pub told: mpsc::Sender<()>,
    /// Cancelled when it is to leave.
    pub stop: CancellationToken,
}

/// A device at work.
pub struct Device {
    birth: Birth,
    lines: Lines,
    /// `None`: it is away.
    session: Option<Session>,
    /// On this connection it has said that it is there: before that it says nothing else, so that
    /// its clock is known when its events come.
    born: bool,
    back_at: Option<Instant>,
    heartbeat: Interval,
    /// Events that the broker has not answered yet.
    unanswered: BTreeSet<PublishId>,
    /// The broker is to have everything before that is told.
    telling: bool,
    /// What a camera last saw in each zone.
    levels: BTreeMap<ZoneId, (f64, Option<u32>)>,
}

impl Device {
    /// A device that begins to connect when it is run.
    #[must_use]
    pub fn new(birth: Birth, lines: Lines) -> Self {
        let period = Duration::from_secs(HEARTBEAT_S.into());
        let mut heartbeat = interval_at(Instant::now() + birth.heartbeat_in, period);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let session = Some(Session::new(options(&birth)));
        Self {
            birth,
            lines,
            session,
            born: false,
            back_at: None,
            heartbeat,
            unanswered: BTreeSet::new(),
            telling: false,
            levels: BTreeMap::new(),
        }
    }

    /// Lives until it is to leave.
    pub async fn run(mut self) {
        let stop = self.lines.stop.clone();
        loop {
            self.flush();
            self.tell();
            let back_at = self.back_at;
            tokio::select! {
                () = stop.cancelled() => break,
                order = self.lines.orders.recv() => match order {
                    Some(order) => self.obey(order),
                    // The conductor is gone.
                    None => break,
                },
                event = next(&mut self.session) => self.take(event),
                _ = self.heartbeat.tick() => self.beat(),
                changed = self.lines.act.changed() => if changed.is_err() { break },
                () = sleep_until(back_at.unwrap_or_else(Instant::now)), if back_at.is_some() => self.come_back(),
            }
        }
        self.leave().await;
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Say(at, body) => {
                if let Body::Occupancy { zone, level, people, .. } = &body {
                    self.levels.insert(*zone, (*level, *people));
                }
                if matches!(body, Body::CameraOffline { .. }) {
                    self.levels.clear();
                }
                self.birth.outbox.say(at, body);
            }
            Order::Suffer(fault) => self.suffer(fault),
            Order::Told => self.telling = true,
        }
    }

    fn suffer(&mut self, fault: Fault) {
        let over = fault.to <= self.birth.clock.now();
        match fault.trouble {
            // The picture is gone, not the device; it says so itself.
            Trouble::Dark => return,
            Trouble::Restart => self.birth.outbox.restart(fault.to),
            Trouble::Away | Trouble::Dead => {}
        }
        if !over {
            tracing::debug!(device = %self.birth.speaker.device, trouble = ?fault.trouble, "A device is away.");
            // Dropped without a word: the broker publishes the will.
            self.session = None;
            self.born = false;
            self.unanswered.clear();
            self.back_at = Some(Instant::now() + self.birth.clock.until(fault.to));
        }
    }

    fn come_back(&mut self) {
        self.back_at = None;
        self.birth.outbox.rewind();
        self.session = Some(Session::new(options(&self.birth)));
    }

    /// Hands over what is due, as far as the session takes it.
    fn flush(&mut self) {
        let Some(session) = self.session.as_mut().filter(|_| self.born) else { return };
        if *self.lines.act.borrow_and_update() < self.birth.act {
            return;
        }
        let topic = self.birth.topic(Channel::Evt);
        while let Some(event) = self.birth.outbox.next() {
            let payload = wire::event_json(event).into();
            match session.publish(&topic, payload, Qos::AtLeastOnce, false) {
                Ok(id) => {
                    self.unanswered.insert(id);
                    self.birth.outbox.was_sent();
                }
                // Goes on after the session's next word.
                Err(PublishError::Full { .. }) => return,
                Err(error) => {
                    tracing::warn!(device = %self.birth.speaker.device, %error, "An event cannot be published.");
                    self.birth.outbox.was_sent();
                }
            }
        }
    }

    /// Tells, once, that the broker has the morning.
    fn tell(&mut self) {
        let speaks = self.born && *self.lines.act.borrow() >= self.birth.act;
        if self.telling && speaks && self.birth.outbox.next().is_none() && self.unanswered.is_empty() {
            self.telling = false;
            // There is a place for each device; a conductor that is gone needs no telling.
            let _ = self.lines.told.try_send(());
        }
    }

    fn take(&mut self, event: SessionEvent) {
        match event {
            SessionEvent::Connected { session_present, .. } => {
                if !session_present {
                    self.birth.outbox.rewind();
                }
                self.born = true;
                self.be_born();
            }
            SessionEvent::Messages(messages) => messages.into_iter().for_each(|message| self.hear(message)),
            SessionEvent::Acked(answers) => {
                self.unanswered.retain(|id| !answers.iter().any(|(answered, _)| answered == id));
                if let Some((_, code)) = answers.into_iter().find(|(_, code)| !code.is_success()) {
                    tracing::warn!(device = %self.birth.speaker.device, ?code, "The broker refuses a message.");
                }
            }
            SessionEvent::Lost { why, .. } => {
                self.born = false;
                tracing::debug!(device = %self.birth.speaker.device, %why, "A device has lost the broker.");
            }
        }
    }

    /// What it says whenever it has come.
    fn be_born(&mut self) {
        self.status(DeviceState::Ready);
        let model = Some(format!("motcua demo {}", self.birth.speaker.kind).into());
        self.publish(Channel::Meta, wire::json(&Meta { model, heartbeat_s: HEARTBEAT_S }), true);
    }

    fn beat(&mut self) {
        self.status(DeviceState::Ready);
        if self.birth.speaker.kind == DeviceKind::Camera {
            let ts = self.birth.clock.now();
            for (zone, (level, people)) in self.levels.clone() {
                let seen = serde_json::json!({ "zone": zone, "level": level, "people": people, "ts": ts });
                self.publish(Channel::State, seen.to_string(), true);
            }
        }
    }

    fn status(&mut self, state: DeviceState) -> Option<PublishId> {
        let status = self.birth.status(state);
        self.publish(Channel::Status, status, true)
    }

    /// `None`: it is away, or the session is full; the next heartbeat says it.
    fn publish(&mut self, channel: Channel, payload: impl Into<Bytes>, retain: bool) -> Option<PublishId> {
        let session = self.session.as_mut().filter(|_| self.born)?;
        session.publish(&self.birth.topic(channel), payload.into(), Qos::AtLeastOnce, retain).ok()
    }

    fn hear(&mut self, message: Inbound) {
        let device = self.birth.speaker.device;
        if message.topic == self.birth.topic(Channel::Ack).as_bytes() {
            match wire::parse_ack(&message.payload) {
                Ok(ack) => self.birth.outbox.acknowledge(&ack),
                Err(error) => tracing::warn!(%device, %error, "An acknowledgement cannot be read."),
            }
        } else if message.topic == self.birth.topic(Channel::Cmd).as_bytes() {
            match wire::parse_command(&message.payload) {
                Ok(command) => self.follow(command),
                Err(error) => tracing::warn!(%device, %error, "A command cannot be read."),
            }
        }
        if let (Some(token), Some(session)) = (message.ack, self.session.as_mut()) {
            session.ack(token);
        }
    }

    fn follow(&mut self, command: Command) {
        let mut missing = 0;
        match command.action {
            CommandAction::Rebirth => self.be_born(),
            CommandAction::Replay { boot, from_seq, to_seq } => {
                let (found, lacks) = self.birth.outbox.again(boot, from_seq, to_seq);
                let payloads: Vec<String> = found.into_iter().map(wire::event_json).collect();
                missing = lacks;
                for payload in payloads {
                    self.publish(Channel::Evt, payload, false);
                }
            }
            // There is nobody in the hall to see it.
            CommandAction::Identify => {}
        }
        let done = Done { id: command.id.into(), ok: true, missing: (missing > 0).then_some(missing) };
        self.publish(Channel::Done, wire::json(&done), false);
    }

    /// Says good-bye, so that nobody takes it for lost.
    async fn leave(mut self) {
        let Some(farewell) = self.status(DeviceState::Disconnected) else { return };
        let Some(mut session) = self.session.take() else { return };
        let said = async {
            loop {
                match session.next().await {
                    SessionEvent::Acked(answers) if answers.iter().any(|(id, _)| *id == farewell) => return,
                    SessionEvent::Lost { .. } => return,
                    SessionEvent::Acked(_) | SessionEvent::Connected { .. } | SessionEvent::Messages(_) => {}
                }
            }
        };
        // A broker that has gone first hears nothing.
        let _ = timeout(FAREWELL, said).await;
        session.close().await;
    }
}

/// The session's next word; none while the device is away.
async fn next(session: &mut Option<Session>) -> SessionEvent {
    match session {
        Some(session) => session.next().await,
        None => std::future::pending().await,
    }
}

impl Birth {
    fn topic(&self, channel: Channel) -> String {
        let Speaker { kind, device } = self.speaker;
        DeviceTopic { site: self.site, kind, device, channel }.to_string()
    }

    fn status(&self, state: DeviceState) -> String {
        let (now, boot) = (SimClock::host(), self.outbox.boot());
        // In a time of its own the device has been on for another while than by the host's clock.
        let up_ms = boot.up_ms(now).filter(|_| self.clock.is_wall());
        wire::json(&Status::new(state, now, boot.id, up_ms))
    }
}

fn options(birth: &Birth) -> SessionOptions {
    let filter = |channel| Subscription::new(birth.topic(channel), Qos::AtLeastOnce);
    SessionOptions {
        login: Some(birth.login.clone()),
        session_expiry_s: WILL_DELAY_S + 1,
        keep_alive_s: KEEP_ALIVE_S,
        will: Some(Will {
            topic: birth.topic(Channel::Status),
            payload: birth.status(DeviceState::Lost).into(),
            qos: Qos::AtLeastOnce,
            retain: true,
            delay_s: WILL_DELAY_S,
        }),
        subscriptions: vec![filter(Channel::Ack), filter(Channel::Cmd)],
        ..SessionOptions::new(birth.port, birth.login.username.clone())
    }
}
