//! One simulated day: devices, links, broker, collector and disk on one thread, driven by one
//! seeded scheduler. Time is a number; nothing waits.

mod at_collector;
mod at_devices;
mod going_wrong;

use std::collections::BTreeMap;

use journal::faulty::Disk;
use mqtt_config::settings::Clock;

use crate::broker::{Broker, Message};
use crate::device::Device;
use crate::hall::{self, DEVICES, Happening};
use crate::node::{Node, Setting, Word, Writes};
use crate::random::{Random, Trace};
use crate::screen::Screen;

pub const SITE: &str = "tam-ky";
/// The longest that a message is on its way.
const LONGEST_WAY_MS: i64 = 1_500;

/// What a device said, as it truly was.
#[derive(Debug, Clone)]
pub struct Spoken {
    pub at: i64,
    pub device: usize,
    pub boot: u32,
    pub seq: u64,
    /// The device forgot it before it was acknowledged.
    pub forgotten: bool,
}

/// What happens at an instant.
#[derive(Debug)]
enum Act {
    Happen(usize),
    Arrive { device: usize, connection: u32, message: Message },
    Pump,
    Sync,
    Durable { run: usize, offset: u64 },
    Tick,
    Tell { device: usize, connection: u32, topic: String, payload: String },
    Resend { device: usize, connection: u32 },
    Beat { device: usize, connection: u32 },
    Connect(usize),
    StartNode,
    ConnectNode,
    StartBroker,
    SaveBroker,
    TryAgain,
    DiskIsWell,
    Fault,
    PowerUp(usize),
    LinkDown(usize),
    LinkUp(usize),
    Heal,
}

/// See the module.
pub struct World {
    random: Random,
    pub now: i64,
    ties: u64,
    acts: BTreeMap<(i64, u64), Act>,
    pub devices: Vec<Device>,
    broker: Broker,
    pub disk: Disk,
    pub setting: Setting,
    pub node: Option<Node>,
    /// The newest snapshot on the disk.
    pub snapshot: Option<Vec<u8>>,
    pumping: bool,
    syncing: bool,
    tick_at: Option<i64>,
    /// Said while the broker was away; a restart forgets them.
    unsent: Vec<Word>,
    happenings: Vec<Happening>,
    pub spoken: BTreeMap<u64, Spoken>,
    pub screen: Screen,
    pub trace: Trace,
    faults: bool,
    pub events: usize,
    pub crashes: usize,
}

impl World {
    /// A day of so many happenings; nothing goes wrong unless `faults`.
    pub fn new(seed: u64, size: usize, faults: bool) -> Self {
        let mut random = Random::new(seed);
        let wall = random.percent(65);
        let hour = if random.percent(35) { random.between(21 * 60, 24 * 60) } else { random.between(6 * 60, 16 * 60) };
        let start = hall::day_start(20_780 + random.between(0, 400)) + hour * 60_000 + random.between(0, 60_000);
        let mut devices_random = random.split();
        let happenings = hall::day(random.split(), start, size);
        let devices = DEVICES.iter().map(|(kind, id)| Device::new(kind, id, start, wall, &mut devices_random));
        let clock = if wall { Clock::Wall } else { Clock::Event };
        let config = random.percent(50).then(crate::config);
        let mut world = Self {
            now: start - 5_000,
            random,
            ties: 0,
            acts: BTreeMap::new(),
            devices: devices.collect(),
            broker: Broker::new(),
            disk: Disk::new(seed),
            setting: Setting { clock, config },
            node: None,
            snapshot: None,
            pumping: false,
            syncing: false,
            tick_at: None,
            unsent: Vec::new(),
            happenings,
            spoken: BTreeMap::new(),
            screen: Screen::default(),
            trace: Trace::new(),
            faults,
            events: 0,
            crashes: 0,
        };
        world.plan();
        world
    }

    fn plan(&mut self) {
        self.at(0, Act::StartNode);
        for device in 0..self.devices.len() {
            let pause = self.random.between(0, 3_000);
            self.at(pause, Act::Connect(device));
        }
        for ix in 0..self.happenings.len() {
            let at = self.happenings[ix].at;
            self.at(at - self.now, Act::Happen(ix));
        }
        let end = self.end();
        if self.faults {
            for _ in 0..self.random.between(3, 13) {
                let at = self.random.between(self.now, end);
                self.at(at - self.now, Act::Fault);
            }
            for _ in 0..self.random.between(0, 6) {
                let at = self.random.between(self.now, end);
                self.at(at - self.now, Act::SaveBroker);
            }
        }
        self.at(end + 60_000 - self.now, Act::Heal);
    }

    fn end(&self) -> i64 {
        self.happenings.last().map_or(self.now, |last| last.at)
    }

    fn at(&mut self, pause: i64, act: Act) {
        self.ties += 1;
        self.acts.insert((self.now + pause.max(0), self.ties), act);
    }

    /// Runs the day until everything that is kept has been acknowledged.
    ///
    /// # Errors
    /// What went wrong.
    pub fn run(&mut self) -> Result<(), String> {
        let (quiet_from, limit) = (self.end() + 90_000, self.end() + 7_200_000);
        while let Some(((at, _), act)) = self.acts.pop_first() {
            self.now = at;
            self.do_it(act)?;
            if self.now >= quiet_from && self.is_quiet() {
                return Ok(());
            }
            if self.now > limit {
                break;
            }
        }
        let left: Vec<_> = self.devices.iter().map(|device| (device.id, device.outbox.len())).collect();
        Err(format!("two hours after the last fault not everything is acknowledged: {left:?}"))
    }

    fn is_quiet(&self) -> bool {
        let acknowledged = self.devices.iter().all(|device| device.outbox.is_empty());
        let resting = self
            .node
            .as_ref()
            .is_some_and(|node| node.connected && node.writes == Writes::Well && !node.unsynced && !node.has_holes());
        acknowledged && resting && !self.broker.has_messages()
    }

    fn do_it(&mut self, act: Act) -> Result<(), String> {
        self.trace.number(self.now);
        match act {
            Act::Happen(ix) => self.happen(ix),
            Act::Arrive { device, connection, message } => self.arrive(device, connection, message),
            Act::Pump => return self.pump(),
            Act::Sync => self.sync(),
            Act::Durable { run, offset } => return self.durable(run, offset),
            Act::Tick => return self.tick(),
            Act::Tell { device, connection, topic, payload } => self.tell(device, connection, &topic, &payload),
            Act::Resend { device, connection } => self.resend(device, connection),
            Act::Beat { device, connection } => self.beat(device, connection),
            Act::Connect(device) => self.connect(device),
            Act::StartNode => return self.start_node(),
            Act::ConnectNode => return self.connect_node(),
            Act::StartBroker => self.start_broker(),
            Act::SaveBroker => self.broker.save(),
            Act::TryAgain => return self.try_again(),
            Act::DiskIsWell => self.disk_is_well(),
            Act::Fault => self.fault(),
            Act::PowerUp(device) => self.power_up(device),
            Act::LinkDown(device) => self.link_down(device),
            Act::LinkUp(device) => {
                self.devices[device].link = true;
                self.at(200, Act::Connect(device));
            }
            Act::Heal => self.heal(),
        }
        Ok(())
    }
}
