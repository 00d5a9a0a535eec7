//! One simulated day: devices, links, broker, collector and disk on one thread, driven by one
//! seeded scheduler. Time is a number; nothing waits.

use std::collections::BTreeMap;

use collector::flow::{Extent, Output};
use journal::faulty::Disk;
use mqtt_config::settings::Clock;

use crate::broker::{Broker, Message};
use crate::device::{Device, Kept};
use crate::hall::{self, DEVICES, Happening};
use crate::node::{ECHO, Node, Setting, Word, Writes};
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
        let config = random.percent(50).then(|| crate::config());
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

    // Devices.

    fn happen(&mut self, ix: usize) {
        let Happening { device, fields, .. } = self.happenings[ix].clone();
        let id = ix as u64 + 1;
        if !self.devices[device].powered {
            // Nobody can press a button of a dead device: it did not happen.
            return;
        }
        let kept = self.devices[device].say(id, &fields, self.now);
        let spoken = Spoken { at: self.now, device, boot: kept.boot, seq: kept.seq, forgotten: false };
        self.spoken.insert(id, spoken);
        self.events += 1;
        if self.devices[device].connected {
            self.send(device, &kept);
        }
    }

    fn send(&mut self, device: usize, kept: &Kept) {
        self.publish(device, "evt", kept.payload.clone(), false);
    }

    fn publish(&mut self, device: usize, channel: &str, payload: String, retain: bool) {
        let Device { kind, id, connection, .. } = self.devices[device];
        let topic = format!("motcua/v1/{SITE}/{kind}/{id}/{channel}");
        let way =
            if self.random.percent(5) { self.random.between(100, LONGEST_WAY_MS) } else { self.random.between(1, 60) };
        let arrival = (self.now + way).max(self.devices[device].last_arrival + 1);
        self.devices[device].last_arrival = arrival;
        let message = Message { topic, payload, retain };
        self.at(arrival - self.now, Act::Arrive { device, connection, message });
    }

    fn arrive(&mut self, device: usize, connection: u32, message: Message) {
        // What was on its way when the line broke has arrived, or it has not.
        let broken = self.devices[device].connection != connection || !self.devices[device].connected;
        if !self.broker.up || broken && self.random.percent(60) {
            return;
        }
        self.trace.add(message.payload.as_bytes());
        self.broker.publish(Message { retain: false, ..message });
        self.pump_soon();
    }

    fn connect(&mut self, device: usize) {
        let state = &mut self.devices[device];
        if state.connected || !state.powered || !state.link || !self.broker.up {
            return;
        }
        state.connected = true;
        state.connection += 1;
        let (connection, birth) = (state.connection, state.status("ready", self.now));
        self.publish(device, "status", birth, true);
        let topic = format!("motcua/v1/{SITE}/{}/{}/ack", self.devices[device].kind, self.devices[device].id);
        if let Some(payload) = self.broker.retained(&topic).cloned() {
            self.at(5, Act::Tell { device, connection, topic, payload });
        }
        self.send_all(device);
        let pause = self.devices[device].patience;
        self.at(pause, Act::Resend { device, connection });
        self.at(600_000, Act::Beat { device, connection });
    }

    fn send_all(&mut self, device: usize) {
        for kept in self.devices[device].outbox.clone() {
            self.send(device, &kept);
        }
    }

    fn resend(&mut self, device: usize, connection: u32) {
        let state = &mut self.devices[device];
        if !state.connected || state.connection != connection {
            return;
        }
        let stalls = !state.outbox.is_empty();
        state.patience = if stalls { (state.patience * 2).min(300_000) } else { 20_000 };
        let pause = state.patience;
        if stalls {
            self.send_all(device);
        }
        self.at(pause, Act::Resend { device, connection });
    }

    fn beat(&mut self, device: usize, connection: u32) {
        let state = &self.devices[device];
        if state.connected && state.connection == connection {
            let status = state.status("ready", self.now);
            self.publish(device, "status", status, true);
            self.at(600_000, Act::Beat { device, connection });
        }
    }

    fn tell(&mut self, device: usize, connection: u32, topic: &str, payload: &str) {
        let state = &mut self.devices[device];
        if !state.connected || state.connection != connection {
            return;
        }
        self.trace.add(payload.as_bytes());
        if topic.ends_with("/ack") {
            state.on_ack(payload);
            return;
        }
        let (found, done) = state.on_replay(payload);
        for kept in found {
            self.send(device, &kept);
        }
        self.publish(device, "done", done, false);
    }

    fn link_down(&mut self, device: usize) {
        self.devices[device].link = false;
        self.disconnect(device);
        let pause = self.pause();
        self.at(pause, Act::LinkUp(device));
    }

    fn disconnect(&mut self, device: usize) {
        self.devices[device].connected = false;
    }

    fn power_up(&mut self, device: usize) {
        if self.devices[device].powered {
            return;
        }
        for forgotten in self.devices[device].boot_again(self.now) {
            for spoken in self.spoken.values_mut() {
                let same = (spoken.boot, spoken.seq) == (forgotten.boot, forgotten.seq);
                spoken.forgotten |= spoken.device == device && same;
            }
        }
        self.at(500, Act::Connect(device));
    }

    // The broker.

    fn start_broker(&mut self) {
        if self.broker.up {
            return;
        }
        self.broker.start();
        for device in 0..self.devices.len() {
            let pause = self.random.between(100, 5_000);
            self.at(pause, Act::Connect(device));
        }
    }

    fn stop_broker(&mut self) {
        self.broker.up = false;
        (0..self.devices.len()).for_each(|device| self.disconnect(device));
        if let Some(node) = &mut self.node {
            node.connected = false;
            self.at(1_000, Act::ConnectNode);
        }
    }

    fn pump_soon(&mut self) {
        if !self.pumping {
            self.pumping = true;
            let pause = self.random.between(0, 25);
            self.at(pause, Act::Pump);
        }
    }

    // The collector.

    fn pump(&mut self) -> Result<(), String> {
        self.pumping = false;
        let reads = |node: &&mut Node| node.connected && node.writes == Writes::Well;
        let Some(node) = self.node.as_mut().filter(reads) else { return Ok(()) };
        let most = 1 + self.random.index(12);
        let batch = self.broker.deliver(most);
        if batch.is_empty() {
            return Ok(());
        }
        let show = match self.random.index(20) {
            0..17 => None,
            17 | 18 => Some(Extent::Touched),
            _ => Some(Extent::Whole { board: self.random.percent(50) }),
        };
        let outputs = node.messages(&batch, self.now, show);
        if self.broker.has_messages() {
            self.pump_soon();
        }
        self.after_group(&outputs)
    }

    /// After anything was appended: it is to be synced, or the disk has refused it.
    fn after_group(&mut self, outputs: &[Output]) -> Result<(), String> {
        if self.ends_by_its_disk() {
            return Ok(());
        }
        if self.node.as_ref().is_some_and(|node| node.writes == Writes::Refused) {
            self.at(1_000, Act::TryAgain);
        }
        self.sync_soon();
        self.plan_tick();
        self.show(outputs)
    }

    /// The process ends when its disk is gone or has broken a promise.
    fn ends_by_its_disk(&mut self) -> bool {
        let off = self.disk.is_off();
        let failed = self.node.as_ref().is_some_and(|node| node.writes == Writes::Failed);
        if off || failed {
            self.stop_node(off);
        }
        off || failed
    }

    fn try_again(&mut self) -> Result<(), String> {
        let Some(node) = self.node.as_mut().filter(|node| node.writes == Writes::Refused) else { return Ok(()) };
        let outputs = node.try_again(self.now);
        self.pump_soon();
        self.after_group(&outputs)
    }

    fn disk_is_well(&mut self) {
        self.disk.set_room(None);
        self.disk.set_read_only(false);
    }

    fn plan_tick(&mut self) {
        let Some(next) = self.node.as_ref().and_then(Node::next) else { return };
        self.plan_tick_at(next.max(self.now + 1));
    }

    fn plan_tick_at(&mut self, next: i64) {
        if self.tick_at.is_none_or(|at| at > next) {
            self.tick_at = Some(next);
            self.at(next - self.now, Act::Tick);
        }
    }

    fn tick(&mut self) -> Result<(), String> {
        if self.tick_at.is_some_and(|at| at > self.now) {
            return Ok(());
        }
        self.tick_at = None;
        let Some(node) = self.node.as_mut() else { return Ok(()) };
        if node.writes != Writes::Well {
            self.plan_tick_at(self.now + 1_000);
            return Ok(());
        }
        let (words, outputs) = node.tick(self.now);
        self.say(words);
        self.after_group(&outputs)
    }

    /// A sync covers what was written when it began; the word of it takes its time.
    fn sync(&mut self) {
        let Some(node) = self.node.as_mut() else { return self.syncing = false };
        let done = node.sync();
        if self.ends_by_its_disk() {
            return;
        }
        if let Some(offset) = done {
            let slow = self.faults && self.random.percent(3);
            let pause = if slow { self.random.between(100, 5_000) } else { self.random.between(0, 30) };
            self.at(pause, Act::Durable { run: self.crashes, offset });
        }
    }

    fn durable(&mut self, run: usize, offset: u64) -> Result<(), String> {
        let Some(node) = self.node.as_mut().filter(|_| run == self.crashes) else { return Ok(()) };
        self.syncing = false;
        let (acked, words) = node.durable(offset, self.now);
        if node.connected {
            acked.into_iter().for_each(|number| self.broker.acked(number));
        }
        if let Some((_, snapshot)) = node.pending.take_if(|(last, _)| *last <= offset) {
            self.trace.add(&snapshot);
            self.snapshot = Some(snapshot);
        }
        let calm = node.writes == Writes::Well;
        let outputs = if calm && self.random.percent(5) { node.keep() } else { Vec::new() };
        if calm && node.unsynced {
            self.sync_soon();
        }
        self.say(words);
        self.plan_tick();
        self.show(&outputs)
    }

    fn sync_soon(&mut self) {
        if !self.syncing {
            self.syncing = true;
            let pause = self.random.between(0, 10);
            self.at(pause, Act::Sync);
        }
    }

    /// Words to devices leave at once, or wait for the broker.
    fn say(&mut self, words: Vec<Word>) {
        self.unsent.extend(words);
        if !self.node.as_ref().is_some_and(|node| node.connected) {
            return;
        }
        for Word { topic, payload, retain } in std::mem::take(&mut self.unsent) {
            self.trace.add(payload.as_bytes());
            if retain {
                self.broker.retain(&topic, &payload);
            }
            let id = topic.split('/').nth(4).unwrap();
            let device = self.devices.iter().position(|device| device.id == id).unwrap();
            let pause = self.random.between(1, 80);
            let connection = self.devices[device].connection;
            self.at(pause, Act::Tell { device, connection, topic, payload });
        }
    }

    fn show(&mut self, outputs: &[Output]) -> Result<(), String> {
        for output in outputs {
            for bytes in [&output.delta, &output.board].into_iter().flatten() {
                self.trace.add(bytes);
            }
            self.screen.take(output)?;
        }
        Ok(())
    }

    fn start_node(&mut self) -> Result<(), String> {
        if self.node.is_some() {
            return Ok(());
        }
        let Ok((node, outputs)) = Node::start(&self.setting, &self.disk, self.snapshot.as_deref(), self.now) else {
            // The disk refuses, or its power failed again: the supervisor tries once more.
            if self.disk.is_off() {
                self.disk.crash(self.random.bits());
            } else {
                self.disk.kill_process();
            }
            self.at(2_000, Act::StartNode);
            return Ok(());
        };
        self.node = Some(node);
        self.at(100, Act::ConnectNode);
        if self.ends_by_its_disk() {
            return Ok(());
        }
        self.check_journal()?;
        self.after_group(&outputs)
    }

    fn connect_node(&mut self) -> Result<(), String> {
        let Some(node) = self.node.as_mut().filter(|node| !node.connected) else { return Ok(()) };
        if !self.broker.up {
            self.at(1_000, Act::ConnectNode);
            return Ok(());
        }
        self.broker.connect();
        node.connect();
        // Its echo comes behind everything that the broker had kept.
        self.broker.publish(Message { topic: ECHO.to_owned(), payload: String::new(), retain: false });
        let outputs = node.again(self.now);
        self.say(Vec::new());
        self.pump_soon();
        self.show(&outputs)
    }

    fn stop_node(&mut self, power: bool) {
        if self.node.take().is_none() {
            return;
        }
        self.crashes += 1;
        self.syncing = false;
        self.unsent.clear();
        if power {
            self.disk.crash(self.random.bits());
        } else {
            self.disk.kill_process();
        }
        self.screen.restart();
        let down = self.pause();
        self.at(down, Act::StartNode);
    }

    // Faults.

    /// From a second to five minutes, short ones more often.
    fn pause(&mut self) -> i64 {
        let scale = self.random.pick(&[1_000, 1_000, 5_000, 30_000, 150_000]);
        scale + self.random.between(0, scale)
    }

    fn fault(&mut self) {
        let device = self.random.index(self.devices.len());
        match self.random.index(15) {
            0 | 1 => self.stop_node(false),
            2..5 => self.stop_node(true),
            // In the middle of a write.
            11 | 12 => self.disk.power_off_after(self.random.index(6) as u64),
            13 => self.disk.fail_syncs(1),
            14 => {
                if self.random.percent(70) {
                    self.disk.set_room(Some(self.random.bits() % 2_000));
                } else {
                    self.disk.set_read_only(true);
                }
                let pause = self.pause();
                self.at(pause, Act::DiskIsWell);
            }
            5 | 6 => {
                let wiped = self.random.percent(40);
                self.stop_broker();
                if wiped {
                    self.broker.wipe();
                }
                let pause = self.pause();
                self.at(pause, Act::StartBroker);
            }
            7 => self.link_down(device),
            8 => {
                // It comes back and goes again while everything is being sent.
                self.link_down(device);
                for step in 1..=3 {
                    let pause = self.random.between(190, 330);
                    self.at(step * 20_000, Act::LinkUp(device));
                    self.at(step * 20_000 + pause, Act::LinkDown(device));
                }
            }
            9 => {
                self.devices[device].powered = false;
                self.disconnect(device);
                let pause = self.pause();
                self.at(pause, Act::PowerUp(device));
            }
            _ => {
                // The whole house goes dark.
                self.stop_broker();
                self.stop_node(true);
                let pause = self.pause();
                self.at(pause, Act::StartBroker);
            }
        }
    }

    fn heal(&mut self) {
        self.faults = false;
        self.disk.power_off_after(u64::MAX);
        self.disk.fail_syncs(0);
        self.disk_is_well();
        self.start_broker();
        for device in 0..self.devices.len() {
            self.power_up(device);
            self.devices[device].link = true;
            self.at(500, Act::Connect(device));
        }
        self.at(0, Act::StartNode);
    }
}
