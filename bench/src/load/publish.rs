//! Devices that publish the days of their sites.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use domain::Timestamp;
use mqtt_config::session::{Qos, Session, SessionEvent, SessionOptions};
use tokio::time::{Interval, MissedTickBehavior, interval_at};

use super::centre::Centre;
use super::{DEVICE, Shape, site_name};

/// How often a device repeats its status, as real ones do.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// A clock's text is made anew at most this often; events between share it, as in a burst.
const CLOCK_STEP_MS: u64 = 1;

/// What one device is to do.
#[derive(Debug, Clone, Copy)]
pub struct Task {
    /// The broker's port on 127.0.0.1.
    pub port: u16,
    /// The whole load, of which this device is one part.
    pub shape: Shape,
    /// Which of the devices this is, from 0.
    pub device: u32,
    /// Events of each site; None: until the time is over.
    pub events_per_site: Option<u64>,
    /// Events per second of this device; None: as fast as the broker takes them.
    pub rate: Option<f64>,
    /// How long, for a load without a number of events.
    pub lasts: Duration,
    /// QoS 1 messages on the way at a time.
    pub in_flight: usize,
    /// Tells this run from others.
    pub run: u64,
}

/// A call, and when it was handed to the broker.
#[derive(Debug, Clone)]
pub struct Called {
    /// The site's name.
    pub site: String,
    /// The number called.
    pub ticket: String,
    /// Microseconds since 1970.
    pub at_us: u64,
}

/// What a device has done.
#[derive(Debug, Default)]
pub struct Done {
    /// Events that the broker has taken.
    pub events: u64,
    /// Calls among them.
    pub calls: Vec<Called>,
}

/// A connected device whose sites have said that they are ready.
#[derive(Debug)]
pub struct Device {
    task: Task,
    session: Session,
    sites: Vec<Site>,
    begin: Instant,
    in_flight: usize,
    clock: Clock,
    payload: String,
    done: Done,
}

#[derive(Debug)]
struct Site {
    name: String,
    evt: String,
    status: String,
    centre: Centre,
    sent: u64,
}

impl Device {
    /// Connects, and publishes the birth of each site's device.
    ///
    /// # Errors
    /// When the broker cannot be reached or refuses a status.
    pub async fn connect(task: Task) -> Result<Self> {
        let sites = (0..task.shape.sites).filter(|site| site % task.shape.devices == task.device);
        let sites = sites.map(|site| Site::new(task, site)).collect();
        let options = SessionOptions::new(task.port, format!("load-{}", task.device));
        let (clock, begin) = (Clock::default(), Instant::now());
        let (session, payload, done) = (Session::new(options), String::new(), Done::default());
        let mut device = Self { task, session, sites, begin, in_flight: 0, clock, payload, done };
        device.heartbeat()?;
        device.settle().await?;
        Ok(device)
    }

    /// Publishes until all is done and the broker has taken everything.
    ///
    /// # Errors
    /// When the connection is lost or the broker refuses an event.
    pub async fn run(mut self) -> Result<Done> {
        self.begin = Instant::now();
        let mut heartbeat = interval_at((self.begin + HEARTBEAT).into(), HEARTBEAT);
        let mut pace = self.task.rate.map(|rate| pace(rate, self.task));
        let mut turn = 0;
        while !self.is_over() {
            match &mut pace {
                None => {
                    while self.in_flight < self.task.in_flight && !self.is_over() {
                        self.publish_next(&mut turn)?;
                    }
                    let event = tokio::select! {
                        event = self.session.next() => Some(event),
                        _ = heartbeat.tick() => None,
                    };
                    self.take(event)?;
                }
                Some(pace) => {
                    let event = tokio::select! {
                        event = self.session.next() => Some(event),
                        _ = heartbeat.tick() => None,
                        _ = pace.tick() => { self.publish_next(&mut turn)?; continue }
                    };
                    self.take(event)?;
                }
            }
        }
        self.settle().await?;
        self.session.close().await;
        Ok(self.done)
    }

    fn is_over(&self) -> bool {
        match self.task.events_per_site {
            Some(events) => self.sites.iter().all(|site| site.sent >= events),
            None => self.begin.elapsed() >= self.task.lasts,
        }
    }

    fn publish_next(&mut self, turn: &mut usize) -> Result<()> {
        let index = *turn % self.sites.len();
        *turn += 1;
        let site = &mut self.sites[index];
        let call = site.centre.next(self.clock.now(), &mut self.payload);
        site.sent += 1;
        if let Some(call) = call {
            let at_us = since_1970().as_micros() as u64;
            self.done.calls.push(Called { site: site.name.clone(), ticket: call.ticket, at_us });
        }
        let payload = Bytes::copy_from_slice(self.payload.as_bytes());
        self.session.publish(&site.evt, payload, Qos::AtLeastOnce, false)?;
        self.in_flight += 1;
        self.done.events += 1;
        Ok(())
    }

    fn heartbeat(&mut self) -> Result<()> {
        for site in &self.sites {
            let up_ms = self.begin.elapsed().as_millis();
            let (ts, boot) = (self.clock.now(), site.centre.boot());
            let payload = format!(r#"{{"state":"ready","ts":"{ts}","boot":"{boot}","up_ms":{up_ms}}}"#);
            self.session.publish(&site.status, Bytes::from(payload), Qos::AtLeastOnce, true)?;
            self.in_flight += 1;
        }
        Ok(())
    }

    /// None: it is time for a heartbeat.
    fn take(&mut self, event: Option<SessionEvent>) -> Result<()> {
        match event {
            None => self.heartbeat(),
            Some(SessionEvent::Acked(codes)) => {
                if let Some((_, code)) = codes.iter().find(|(_, code)| !code.is_success()) {
                    bail!("the broker refused an event: {code:?}");
                }
                self.in_flight -= codes.len();
                Ok(())
            }
            Some(SessionEvent::Lost { why, .. }) => Err(why).context("a device lost its broker"),
            // Devices subscribe to nothing.
            Some(SessionEvent::Connected { .. } | SessionEvent::Messages(_)) => Ok(()),
        }
    }

    /// Waits until the broker has taken everything.
    async fn settle(&mut self) -> Result<()> {
        while self.in_flight > 0 {
            let event = self.session.next().await;
            self.take(Some(event))?;
        }
        Ok(())
    }
}

impl Site {
    fn new(task: Task, site: u32) -> Self {
        let name = site_name(site);
        let topic = |channel: &str| format!("motcua/v1/{name}/{DEVICE}/{channel}");
        let (evt, status) = (topic("evt"), topic("status"));
        Self { evt, status, centre: Centre::new(task.shape, site, task.run), name, sent: 0 }
    }
}

/// A steady pace; the devices are not in step with each other.
fn pace(rate: f64, task: Task) -> Interval {
    let between = Duration::from_secs_f64(1.0 / rate);
    let first = between.mul_f64(f64::from(task.device) / f64::from(task.shape.devices));
    let mut pace = interval_at((Instant::now() + first).into(), between);
    // A late tick is made up for, so that the rate holds.
    pace.set_missed_tick_behavior(MissedTickBehavior::Burst);
    pace
}

/// Time since 1970 by the machine's clock.
#[must_use]
pub fn since_1970() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// The time of day as text.
#[derive(Debug, Default)]
struct Clock {
    of_ms: u64,
    text: String,
}

impl Clock {
    fn now(&mut self) -> &str {
        let now_ms = since_1970().as_millis() as u64;
        if self.text.is_empty() || now_ms >= self.of_ms + CLOCK_STEP_MS {
            self.of_ms = now_ms;
            self.text = Timestamp::from_ms(now_ms as i64).to_string();
        }
        &self.text
    }
}
