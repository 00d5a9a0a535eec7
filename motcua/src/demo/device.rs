//! One simulated device: a real MQTT client with a name, a secret, a will, heartbeats, an outbox.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::event::Body;
use domain::{SiteId, Timestamp, ZoneId};
use mqtt_config::device::{self, DeviceEvent, DeviceOptions, Outbox};
use mqtt_config::session::Login;
use mqtt_config::wire::Meta;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::clock::SimClock;
use super::outbox::Life;
use crate::centre::{Fault, Speaker, Trouble};

/// The contract's default of `heartbeat_s`.
const HEARTBEAT_S: u32 = 30;
/// A dead link is noticed after 1.5 times as much.
const KEEP_ALIVE_S: u16 = 20;

/// What the conductor tells a device.
#[derive(Debug, Clone)]
pub enum Order {
    /// This happened at it.
    Say(Timestamp, Body),
    /// This goes wrong with it.
    Suffer(Fault),
    /// That was the morning: tell when the broker has all of it, and how much it is.
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
    /// What it says.
    pub life: Life,
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
    /// It says here when the broker has its morning, and how many events that is.
    pub told: mpsc::Sender<u64>,
    /// Cancelled when it is to leave.
    pub stop: CancellationToken,
}

/// A device at work.
pub struct Device {
    birth: Birth,
    lines: Lines,
    client: Client,
    /// The broker has taken its connection.
    born: bool,
    back_at: Option<Instant>,
    /// The broker is to have everything before that is told.
    telling: bool,
    /// Events it has said.
    said: u64,
    /// What a camera last saw in each zone.
    levels: BTreeMap<ZoneId, (f64, Option<u32>)>,
}

/// There, or away with everything that it has said.
enum Client {
    There(Box<device::Device>),
    Away(Box<Outbox>),
    /// Between the two.
    Changing,
}

impl Device {
    /// A device that begins to connect when it is run.
    #[must_use]
    pub fn new(birth: Birth, lines: Lines) -> Self {
        let outbox = birth.life.outbox();
        let (client, levels) = (Client::Away(Box::new(outbox)), BTreeMap::new());
        let mut device = Self { birth, lines, client, born: false, back_at: None, telling: false, said: 0, levels };
        device.come_back();
        device
    }

    /// Lives until it is to leave.
    pub async fn run(mut self) {
        let stop = self.lines.stop.clone();
        loop {
            self.tell();
            let back_at = self.back_at;
            tokio::select! {
                () = stop.cancelled() => break,
                order = self.lines.orders.recv() => match order {
                    Some(order) => self.obey(order),
                    // The conductor is gone.
                    None => break,
                },
                event = next(&mut self.client) => self.take(event),
                changed = self.lines.act.changed() => match changed {
                    Ok(()) => self.speak(),
                    Err(_) => break,
                },
                () = sleep_until(back_at.unwrap_or_else(Instant::now)), if back_at.is_some() => self.come_back(),
            }
        }
        if let Client::There(client) = self.client {
            client.close().await;
        }
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
                self.say(at, body);
            }
            Order::Suffer(fault) => self.suffer(fault),
            Order::Told => self.telling = true,
        }
    }

    fn say(&mut self, at: Timestamp, body: Body) {
        let saying = self.birth.life.say(at, body);
        let said = match &mut self.client {
            Client::There(client) => client.say_as(saying),
            // It is its line that is dead, or the device itself: what it says has no age yet.
            Client::Away(outbox) => outbox.say(saying, 0),
            Client::Changing => return,
        };
        match said {
            Ok(_) => self.said += 1,
            Err(error) => tracing::warn!(device = %self.birth.speaker.device, %error, "An event cannot be kept."),
        }
    }

    fn suffer(&mut self, fault: Fault) {
        let over = fault.to <= self.birth.clock.now();
        let restarts = match fault.trouble {
            // The picture is gone, not the device; it says so itself.
            Trouble::Dark => return,
            Trouble::Restart => true,
            Trouble::Away | Trouble::Dead => false,
        };
        if over && !restarts {
            return;
        }
        // Dropped without a word: the broker publishes the will.
        let mut outbox = match std::mem::replace(&mut self.client, Client::Changing) {
            Client::There(client) => client.vanish(),
            Client::Away(outbox) => *outbox,
            Client::Changing => return,
        };
        if restarts {
            self.birth.life.restart(fault.to);
            outbox.begin(self.birth.life.boot().id);
        }
        self.client = Client::Away(Box::new(outbox));
        self.born = false;
        if over {
            self.come_back();
        } else {
            tracing::debug!(device = %self.birth.speaker.device, trouble = ?fault.trouble, "A device is away.");
            self.back_at = Some(Instant::now() + self.birth.clock.until(fault.to));
        }
    }

    fn come_back(&mut self) {
        self.back_at = None;
        self.client = match std::mem::replace(&mut self.client, Client::Changing) {
            Client::Away(outbox) => Client::There(Box::new(device::Device::new(self.birth.options(), *outbox))),
            other => other,
        };
        self.speak();
    }

    /// Says what it has to say once its act of the morning is played.
    fn speak(&mut self) {
        let its_turn = *self.lines.act.borrow_and_update() >= self.birth.act;
        if let Client::There(client) = &mut self.client {
            client.hold(!its_turn);
        }
    }

    /// Tells, once, that the broker has the morning.
    fn tell(&mut self) {
        if !self.telling || *self.lines.act.borrow() < self.birth.act {
            return;
        }
        let heard = match &self.client {
            Client::There(client) if self.born && client.broker_has_all() => self.said,
            // It has broken off and says the rest when it is back: nobody waits for that.
            Client::Away(_) => 0,
            Client::There(_) | Client::Changing => return,
        };
        self.telling = false;
        // There is a place for each device; a conductor that is gone needs no telling.
        let _ = self.lines.told.try_send(heard);
    }

    fn take(&mut self, event: DeviceEvent) {
        let device = self.birth.speaker.device;
        match event {
            DeviceEvent::Beat => self.show_levels(),
            DeviceEvent::Connected => self.born = true,
            DeviceEvent::Lost { why, .. } => {
                self.born = false;
                tracing::debug!(%device, %why, "A device has lost the broker.");
            }
            DeviceEvent::Refused(code) => tracing::warn!(%device, ?code, "The broker refuses an event."),
            DeviceEvent::Dropped(events) => tracing::warn!(%device, events, "A device has dropped events."),
            // There is nobody in the hall to see it, and nothing on a disk.
            DeviceEvent::BrokerHasAll
            | DeviceEvent::Acknowledged(_)
            | DeviceEvent::Durable
            | DeviceEvent::Identify
            | DeviceEvent::Heard(_)
            | DeviceEvent::DiskFailed(_) => {}
        }
    }

    /// What a camera sees, with every heartbeat.
    fn show_levels(&mut self) {
        let Client::There(client) = &mut self.client else { return };
        let ts = self.birth.clock.now();
        for (zone, (level, people)) in &self.levels {
            let seen = serde_json::json!({ "zone": zone, "level": level, "people": people, "ts": ts });
            client.publish_state(seen.to_string());
        }
    }
}

/// What the device has to say next; nothing while it is away.
async fn next(client: &mut Client) -> DeviceEvent {
    match client {
        Client::There(client) => client.next().await,
        Client::Away(_) | Client::Changing => std::future::pending().await,
    }
}

impl Birth {
    fn options(&self) -> DeviceOptions {
        let Speaker { kind, device } = self.speaker;
        DeviceOptions {
            login: Some(self.login.clone()),
            keep_alive_s: KEEP_ALIVE_S,
            meta: Meta { model: Some(format!("motcua demo {kind}").into()), heartbeat_s: HEARTBEAT_S },
            first_heartbeat: self.heartbeat_in,
            // In a time of its own the device has been on for another while than by the host's clock.
            up_ms: self.life.boot().up_ms(SimClock::host()).filter(|_| self.clock.is_wall()),
            ..DeviceOptions::new(self.site, kind, device, self.port)
        }
    }
}
