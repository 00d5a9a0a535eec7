//! What the collector does, and what its disk does to it.

use collector::flow::{Extent, Output};

use super::{Act, World};
use crate::broker::Message;
use crate::node::{ECHO, Node, Word, Writes};

impl World {
    pub(super) fn pump(&mut self) -> Result<(), String> {
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
    pub(super) fn after_group(&mut self, outputs: &[Output]) -> Result<(), String> {
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
    pub(super) fn ends_by_its_disk(&mut self) -> bool {
        let off = self.disk.is_off();
        let failed = self.node.as_ref().is_some_and(|node| node.writes == Writes::Failed);
        if off || failed {
            self.stop_node(off);
        }
        off || failed
    }

    pub(super) fn try_again(&mut self) -> Result<(), String> {
        let Some(node) = self.node.as_mut().filter(|node| node.writes == Writes::Refused) else { return Ok(()) };
        let outputs = node.try_again(self.now);
        self.pump_soon();
        self.after_group(&outputs)
    }

    pub(super) fn disk_is_well(&mut self) {
        self.disk.set_room(None);
        self.disk.set_read_only(false);
    }

    pub(super) fn plan_tick(&mut self) {
        let Some(next) = self.node.as_ref().and_then(Node::next) else { return };
        self.plan_tick_at(next.max(self.now + 1));
    }

    pub(super) fn plan_tick_at(&mut self, next: i64) {
        if self.tick_at.is_none_or(|at| at > next) {
            self.tick_at = Some(next);
            self.at(next - self.now, Act::Tick);
        }
    }

    pub(super) fn tick(&mut self) -> Result<(), String> {
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
    pub(super) fn sync(&mut self) {
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

    pub(super) fn durable(&mut self, run: usize, offset: u64) -> Result<(), String> {
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

    pub(super) fn sync_soon(&mut self) {
        if !self.syncing {
            self.syncing = true;
            let pause = self.random.between(0, 10);
            self.at(pause, Act::Sync);
        }
    }

    /// Words to devices leave at once, or wait for the broker.
    pub(super) fn say(&mut self, words: Vec<Word>) {
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

    pub(super) fn show(&mut self, outputs: &[Output]) -> Result<(), String> {
        for output in outputs {
            for bytes in [&output.delta, &output.board].into_iter().flatten() {
                self.trace.add(bytes);
            }
            self.screen.take(output)?;
        }
        Ok(())
    }

    pub(super) fn start_node(&mut self) -> Result<(), String> {
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

    pub(super) fn connect_node(&mut self) -> Result<(), String> {
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

    pub(super) fn stop_node(&mut self, power: bool) {
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
}
