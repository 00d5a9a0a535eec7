//! What devices and their lines do.

use super::{Act, LONGEST_WAY_MS, SITE, Spoken, World};
use crate::broker::Message;
use crate::device::{Device, Kept};
use crate::hall::Happening;

impl World {
    pub(super) fn happen(&mut self, ix: usize) {
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

    pub(super) fn send(&mut self, device: usize, kept: &Kept) {
        self.publish(device, "evt", kept.payload.clone(), false);
    }

    pub(super) fn publish(&mut self, device: usize, channel: &str, payload: String, retain: bool) {
        let Device { kind, id, connection, .. } = self.devices[device];
        let topic = format!("motcua/v1/{SITE}/{kind}/{id}/{channel}");
        let way =
            if self.random.percent(5) { self.random.between(100, LONGEST_WAY_MS) } else { self.random.between(1, 60) };
        let arrival = (self.now + way).max(self.devices[device].last_arrival + 1);
        self.devices[device].last_arrival = arrival;
        let message = Message { topic, payload, retain };
        self.at(arrival - self.now, Act::Arrive { device, connection, message });
    }

    pub(super) fn arrive(&mut self, device: usize, connection: u32, message: Message) {
        // What was on its way when the line broke has arrived, or it has not.
        let broken = self.devices[device].connection != connection || !self.devices[device].connected;
        if !self.broker.up || broken && self.random.percent(60) {
            return;
        }
        self.trace.add(message.payload.as_bytes());
        self.broker.publish(Message { retain: false, ..message });
        self.pump_soon();
    }

    pub(super) fn connect(&mut self, device: usize) {
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

    pub(super) fn send_all(&mut self, device: usize) {
        for kept in self.devices[device].outbox.clone() {
            self.send(device, &kept);
        }
    }

    pub(super) fn resend(&mut self, device: usize, connection: u32) {
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

    pub(super) fn beat(&mut self, device: usize, connection: u32) {
        let state = &self.devices[device];
        if state.connected && state.connection == connection {
            let status = state.status("ready", self.now);
            self.publish(device, "status", status, true);
            self.at(600_000, Act::Beat { device, connection });
        }
    }

    pub(super) fn tell(&mut self, device: usize, connection: u32, topic: &str, payload: &str) {
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

    pub(super) fn link_down(&mut self, device: usize) {
        self.devices[device].link = false;
        self.disconnect(device);
        let pause = self.pause();
        self.at(pause, Act::LinkUp(device));
    }

    pub(super) fn disconnect(&mut self, device: usize) {
        self.devices[device].connected = false;
    }

    pub(super) fn power_up(&mut self, device: usize) {
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
}
