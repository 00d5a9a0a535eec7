//! One camera's voice: a device of its site, with an account and an outbox of its own.

use std::path::PathBuf;
use std::time::Duration;

use domain::event::{Body, DeviceKind};
use mqtt_config::device::{
    Bounds, Device, DeviceEvent, DeviceOptions, Outbox, OutboxError, Saying, new_boot, new_event_id,
};
use mqtt_config::session::Login;
use mqtt_config::settings::Secret;
use mqtt_config::wire::Meta;
use serde::Serialize;
use tokio::time::Instant;

use super::clock::{Moment, Telling};
use super::key::Key;
use super::place::Place;
use super::state::Known;
use crate::worker::boot_ms;

/// How often a camera says that it lives, and how full its zones are.
const HEARTBEAT_S: u32 = 30;

/// Why a camera has no voice.
#[derive(Debug, thiserror::Error)]
pub enum VoiceError {
    /// Its account's secret is not there.
    #[error(
        "the secret of its account at the broker cannot be read from {}: {why}; register it with `motcua device add {} camera {}`",
        file.display(), key.site, key.camera
    )]
    Secret {
        /// Whose.
        key: Key,
        /// Where it should be.
        file: PathBuf,
        /// What the system says.
        why: std::io::Error,
    },
    /// Its outbox cannot be used.
    #[error("its outbox {} cannot be used: {why}", dir.display())]
    Outbox {
        /// Where it is.
        dir: PathBuf,
        /// Why.
        why: OutboxError,
    },
}

/// One camera's voice.
#[derive(Debug)]
pub struct Voice {
    key: Key,
    /// `None` only while it is changed for another.
    device: Option<Device>,
    options: DeviceOptions,
    secret_file: PathBuf,
    secret: Secret,
    /// When the device was made, in the two clocks that `up_ms` is made of.
    made: (Instant, i64),
    telling: Telling,
    connected: bool,
    /// The broker's absence was told.
    told_lost: bool,
}

/// What concerns the camera's task.
#[derive(Debug)]
pub enum Wish {
    /// Say how full the zones are.
    Levels,
    /// A person wants to know which camera this is.
    Identify,
    /// The disk is of no use any more: begin again from what it holds.
    BeginAgain(OutboxError),
}

/// A zone's level for `state`, as in the contract.
#[derive(Serialize)]
struct Level {
    zone: domain::ZoneId,
    level: f64,
    people: Option<u32>,
    ts: domain::Timestamp,
}

impl Voice {
    /// Opens the outbox, and connects when [`Voice::next`] is called. `seed` spreads the heartbeats.
    ///
    /// # Errors
    /// When its secret or its outbox cannot be read.
    pub fn open(key: Key, place: &Place, seed: u64) -> Result<Self, VoiceError> {
        let secret_file = place.secret_file(key);
        let secret = Secret::from_file(&secret_file);
        let secret = secret.map_err(|why| VoiceError::Secret { key, file: secret_file.clone(), why })?;
        let dir = place.outbox_dir(key);
        let outbox = new_boot().and_then(|boot| Outbox::open(&dir, Bounds::default(), boot));
        let outbox = outbox.map_err(|why| VoiceError::Outbox { dir, why })?;
        let options = DeviceOptions {
            host: place.runtime.host.clone(),
            login: Some(login(key, &secret)),
            meta: Meta { model: Some("motcua camera-ingest".into()), heartbeat_s: HEARTBEAT_S },
            first_heartbeat: Duration::from_millis(1_000 + seed % (u64::from(HEARTBEAT_S) * 1_000)),
            ..DeviceOptions::new(key.site, DeviceKind::Camera, key.device(), place.runtime.port)
        };
        let mut voice = Self {
            key,
            device: None,
            options,
            secret_file,
            secret,
            made: (Instant::now(), 0),
            telling: Telling::default(),
            connected: false,
            told_lost: false,
        };
        voice.make(outbox);
        Ok(voice)
    }

    fn make(&mut self, outbox: Outbox) {
        self.made = (Instant::now(), boot_ms());
        self.options.up_ms = u64::try_from(self.made.1).ok();
        self.device = Some(Device::new(self.options.clone(), outbox));
    }

    /// Says what happened at `at_ms` of the boot clock. A disk that refuses is told in the log, once
    /// for each event that is lost to it.
    pub fn say(&mut self, at_ms: i64, body: Body) {
        let (ts, up_ms) = self.telling.of(at_ms, self.now());
        let Some(device) = &mut self.device else { return };
        let said = new_event_id().and_then(|id| device.say_as(Saying { id, ts, up_ms: Some(up_ms), body }));
        if let Err(error) = said {
            tracing::warn!(camera = %self.key, %error, "An event cannot be kept.");
        }
    }

    /// Says how full the zones were at `at_ms` of the boot clock, on `state`.
    pub fn show(&mut self, at_ms: i64, levels: impl Iterator<Item = Known>) {
        let (ts, _) = self.telling.of(at_ms, self.now());
        let Some(device) = &mut self.device else { return };
        for Known { zone, level, people } in levels {
            match serde_json::to_vec(&Level { zone, level, people, ts }) {
                Ok(json) => device.publish_state(json),
                Err(error) => tracing::debug!(camera = %self.key, %error, "A level is not told."),
            }
        }
    }

    /// Sends what is due, and waits until the camera's task has something to do. Cancel-safe.
    pub async fn next(&mut self) -> Wish {
        loop {
            let Some(device) = &mut self.device else { return std::future::pending().await };
            let event = device.next().await;
            if let Some(wish) = self.take(event) {
                return wish;
            }
        }
    }

    fn take(&mut self, event: DeviceEvent) -> Option<Wish> {
        let camera = self.key;
        match event {
            DeviceEvent::Beat => return Some(Wish::Levels),
            DeviceEvent::Identify => return Some(Wish::Identify),
            DeviceEvent::Connected => {
                self.connected = true;
                if std::mem::take(&mut self.told_lost) {
                    tracing::info!(%camera, "The broker is back.");
                }
            }
            DeviceEvent::Lost { why, .. } => {
                self.connected = false;
                if !std::mem::replace(&mut self.told_lost, true) {
                    tracing::warn!(%camera, %why, "The broker cannot be reached; what is seen is kept until it can.");
                }
                self.take_new_secret();
            }
            DeviceEvent::Refused(code) => tracing::warn!(%camera, ?code, "The broker refuses an event."),
            DeviceEvent::Dropped(events) => tracing::warn!(%camera, events, "Events were dropped: the outbox is full."),
            DeviceEvent::DiskFailed(error) if error.is_final() => return Some(Wish::BeginAgain(error)),
            DeviceEvent::DiskFailed(error) => tracing::warn!(%camera, %error, "The disk does not take what is seen."),
            DeviceEvent::Durable | DeviceEvent::BrokerHasAll | DeviceEvent::Acknowledged(_) | DeviceEvent::Heard(_) => {
            }
        }
        None
    }

    /// A camera that was registered anew has a new secret; no restart is needed.
    fn take_new_secret(&mut self) {
        let Ok(secret) = Secret::from_file(&self.secret_file) else { return };
        if secret == self.secret {
            return;
        }
        tracing::info!(camera = %self.key, "The camera's account has a new secret.");
        self.options.login = Some(login(self.key, &secret));
        self.secret = secret;
        if let Some(device) = self.device.take() {
            let outbox = device.vanish();
            self.make(outbox);
        }
    }

    /// Whether nothing that was said can be delivered better by waiting a little.
    #[must_use]
    pub fn is_through(&self) -> bool {
        !self.connected || self.device.as_ref().is_none_or(Device::broker_has_all)
    }

    /// Events that the collector does not have yet.
    #[must_use]
    pub fn kept(&self) -> usize {
        self.device.as_ref().map_or(0, |device| device.outbox().len())
    }

    /// Says good-bye. What is not acknowledged stays on the disk.
    pub async fn close(self) {
        if let Some(device) = self.device {
            device.close().await;
        }
    }

    fn now(&self) -> Moment {
        let (made, made_ms) = self.made;
        let running_ms = i64::try_from(made.elapsed().as_millis()).unwrap_or(i64::MAX);
        Moment {
            boot_ms: boot_ms(),
            wall_ms: jiff::Timestamp::now().as_millisecond(),
            up_ms: made_ms.saturating_add(running_ms),
        }
    }
}

fn login(key: Key, secret: &Secret) -> Login {
    Login { username: key.to_string(), password: secret.clone() }
}
