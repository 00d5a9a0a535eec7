//! `motcua demo`: the devices of the simulated centre as real MQTT clients.
//!
//! - `place`: whose a data directory is
//! - `prepare`: a fresh data directory, the site's file, an account for each device
//! - `settings`: what the simulation is started with
//! - `clock`: real time, or a faster one
//! - `outbox`, `device`: one device of `mqtt_config::device`
//! - `seen`: whether the pages show what was told
//!
//! The simulation is a child of the supervisor like the others: when it dies it is started again,
//! plays the same day again up to now, and the collector counts what it has heard already once.

mod clock;
mod device;
mod outbox;
mod place;
mod prepare;
mod seen;
mod settings;

use std::collections::BTreeMap;
use std::pin::pin;
use std::time::Duration;

use anyhow::Context;
use domain::Timestamp;
use domain::event::DeviceKind;
use mqtt_config::session::Login;
use mqtt_config::settings::{Secret, files::write_private, load_site};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use place::{LOG, refuse_foreign};
pub use prepare::{Wish, hours, prepare, site_file};
pub use settings::Settings;

use crate::centre::{Centre, Dice, Fault, Happening, Hours, Layout, Speaker};
use clock::SimClock;
use device::{Birth, Device, Lines, Order};
use outbox::Life;
use settings::Secrets;

/// How often the centre is played on, in its own time; and the shortest pause between two.
const TICK: Duration = Duration::from_millis(100);
const SHORTEST_TICK: Duration = Duration::from_millis(10);
/// How often the hours in the site's file are looked at.
const HOURS_EVERY: Duration = Duration::from_secs(30);
/// Orders on the way to one device. A device that is slow holds the conductor up, who then plays
/// on from where he was.
const ORDERS: usize = 256;
/// Devices were switched on about so long before the first opening.
const SWITCHED_ON_MS: i64 = 40 * 60_000;
/// How long an act of the morning may take before the next one begins all the same.
const ACT: Duration = Duration::from_secs(10);
/// How long the pages may take to show it before the hall counts as ready all the same.
const SEEN: Duration = Duration::from_secs(20);
/// How long the devices' farewell may take.
const FAREWELL: Duration = Duration::from_secs(3);
/// Who speaks in which act of the morning: first the numbers, then who called them, then the rest,
/// so that hardly anything is heard before what it is about.
const ACTS: u8 = 3;

fn act(kind: DeviceKind) -> u8 {
    match kind {
        DeviceKind::Kiosk => 0,
        DeviceKind::Counter => 1,
        _ => 2,
    }
}

/// Plays the centre until it is to stop. `ready` is called once the pages show the morning.
///
/// # Errors
/// When what it was started with cannot be read.
pub async fn run(settings: Settings, stop: CancellationToken, ready: impl FnOnce()) -> anyhow::Result<()> {
    let site = load_site(&settings.site).map_err(|mistakes| anyhow::anyhow!("{mistakes}"))?;
    let hours = hours(settings.start)?;
    let clock = match settings.speed {
        None => SimClock::Wall,
        Some(speed) => SimClock::Own { start: settings.start, began: Instant::now(), speed },
    };
    let centre = Centre::new(Layout::new(&site).without(settings.real), hours.clone(), settings.start, settings.seed);
    let mut conductor = Conductor::new(centre, clock, &settings)?;
    let played = tokio::select! {
        played = conductor.play(&hours, &settings, ready) => played,
        () = stop.cancelled() => Ok(()),
    };
    conductor.end().await;
    played
}

/// Plays the centre and tells each device what happens at it.
struct Conductor {
    centre: Centre,
    clock: SimClock,
    devices: BTreeMap<Speaker, mpsc::Sender<Order>>,
    acts: watch::Sender<u8>,
    told: mpsc::Receiver<u64>,
    tasks: TaskTracker,
    stop: CancellationToken,
    /// Faults handed out already begin before this.
    suffered: Timestamp,
}

impl Conductor {
    /// With all devices on their way to the broker.
    fn new(centre: Centre, clock: SimClock, settings: &Settings) -> anyhow::Result<Self> {
        let text = std::fs::read(&settings.secrets).context("cannot read the devices' secrets")?;
        let secrets: Secrets = serde_json::from_slice(&text).context("cannot read the devices' secrets")?;
        let speakers = centre.layout().devices();
        let (acts, act_seen) = watch::channel(0);
        // A place for each device, and each tells once: nobody ever waits.
        let (tell, told) = mpsc::channel(speakers.len());
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let mut dice = Dice::new(settings.seed, u64::MAX);
        let mut devices = BTreeMap::new();
        for speaker in speakers {
            let (sender, orders) = mpsc::channel(ORDERS);
            let lines = Lines { orders, act: act_seen.clone(), told: tell.clone(), stop: stop.clone() };
            let birth = birth(&centre, clock, settings, &secrets, speaker, &mut dice)?;
            tasks.spawn(Device::new(birth, lines).run());
            devices.insert(speaker, sender);
        }
        tasks.close();
        Ok(Self { centre, clock, devices, acts, told, tasks, stop, suffered: Timestamp::MIN })
    }

    async fn play(&mut self, hours: &Hours, settings: &Settings, ready: impl FnOnce()) -> anyhow::Result<()> {
        let told = self.tell_the_morning().await;
        let mut seen = pin!(timeout(SEEN, seen::events(settings.http_port, self.centre.layout().site, told)));
        let mut ready = Some(ready);
        let mut ticks = interval(self.clock.real(TICK).clamp(SHORTEST_TICK, TICK));
        // A host that slept plays on from where it is.
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut looks = interval(HOURS_EVERY);
        loop {
            tokio::select! {
                // The hall goes on meanwhile.
                seen = &mut seen, if ready.is_some() => {
                    if seen.is_err() {
                        tracing::warn!(told, "The pages do not show the whole morning yet, going on.");
                    }
                    if let Some(ready) = ready.take() {
                        ready();
                    }
                }
                _ = ticks.tick() => self.play_on().await,
                _ = looks.tick() => tell_hours(hours, settings, self.clock.now())?,
            }
        }
    }

    /// The day up to now, act by act; how many events the broker has of it.
    async fn tell_the_morning(&mut self) -> u64 {
        let mut events = 0;
        self.play_on().await;
        for orders in self.devices.values() {
            let _ = orders.send(Order::Told).await;
        }
        for act_number in 0..ACTS {
            // Nobody listens only when all is ending.
            self.acts.send_replace(act_number);
            let speaking = self.devices.keys().filter(|speaker| act(speaker.kind) == act_number).count();
            let all = async {
                for _ in 0..speaking {
                    events += self.told.recv().await.unwrap_or(0);
                }
            };
            if timeout(ACT, all).await.is_err() {
                tracing::warn!(act_number, "The broker does not have the whole morning yet, going on.");
            }
        }
        events
    }

    /// Hands out what has happened until now.
    async fn play_on(&mut self) {
        let now = self.clock.now();
        let mut happened = Vec::new();
        self.centre.advance(now, &mut happened);
        let due = |fault: &&Fault| self.suffered <= fault.from && fault.from <= now;
        let mut faults: Vec<Fault> = self.centre.faults().iter().filter(due).copied().collect();
        self.suffered = now.plus(1);
        faults.reverse();
        for Happening { at, speaker, body } in happened {
            while let Some(fault) = faults.pop_if(|fault| fault.from <= at) {
                self.order(fault.speaker, Order::Suffer(fault)).await;
            }
            self.order(speaker, Order::Say(at, body)).await;
        }
        while let Some(fault) = faults.pop() {
            self.order(fault.speaker, Order::Suffer(fault)).await;
        }
    }

    async fn order(&self, speaker: Speaker, order: Order) {
        if let Some(orders) = self.devices.get(&speaker) {
            // A device ends only with all.
            let _ = orders.send(order).await;
        }
    }

    async fn end(self) {
        self.stop.cancel();
        if timeout(FAREWELL, self.tasks.wait()).await.is_err() {
            tracing::warn!(running = self.tasks.len(), "Devices did not leave in time.");
        }
    }
}

fn birth(
    centre: &Centre,
    clock: SimClock,
    settings: &Settings,
    secrets: &Secrets,
    speaker: Speaker,
    dice: &mut Dice,
) -> anyhow::Result<Birth> {
    let site = centre.layout().site;
    let username = format!("{site}.{}", speaker.device);
    let secret = secrets.get(&username).with_context(|| format!("{username} has no secret"))?;
    let since = centre.today().open.plus(-SWITCHED_ON_MS - (dice.between(0.0, 600.0) * 1_000.0) as i64);
    let name = format!("{site}/{}/{}/{}", settings.seed, settings.start.ms(), speaker.device);
    Ok(Birth {
        site,
        speaker,
        login: Login { username, password: Secret::new(secret) },
        port: settings.mqtt_port,
        life: Life::new(name, since),
        clock,
        heartbeat_in: Duration::from_secs_f64(dice.between(1.0, 30.0)),
        act: act(speaker.kind),
    })
}

/// Writes the site's file when its hours are to be told otherwise.
fn tell_hours(hours: &Hours, settings: &Settings, now: Timestamp) -> anyhow::Result<()> {
    let site = &settings.site;
    let text = prepare::text_of(settings.real, hours, now);
    let told = std::fs::read_to_string(site).with_context(|| format!("cannot read {}", site.display()))?;
    if told != text {
        tracing::info!("The opening hours are extended into the evening.");
        write_private(site, text.as_bytes()).with_context(|| format!("cannot write {}", site.display()))?;
    }
    Ok(())
}
