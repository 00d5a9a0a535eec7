//! What goes wrong, and how it ends.

use super::{Act, World};

impl World {
    pub(super) fn start_broker(&mut self) {
        if self.broker.up {
            return;
        }
        self.broker.start();
        for device in 0..self.devices.len() {
            let pause = self.random.between(100, 5_000);
            self.at(pause, Act::Connect(device));
        }
    }

    pub(super) fn stop_broker(&mut self) {
        self.broker.up = false;
        (0..self.devices.len()).for_each(|device| self.disconnect(device));
        if let Some(node) = &mut self.node {
            node.connected = false;
            self.at(1_000, Act::ConnectNode);
        }
    }

    pub(super) fn pump_soon(&mut self) {
        if !self.pumping {
            self.pumping = true;
            let pause = self.random.between(0, 25);
            self.at(pause, Act::Pump);
        }
    }

    /// From a second to five minutes, short ones more often.
    pub(super) fn pause(&mut self) -> i64 {
        let scale = self.random.pick(&[1_000, 1_000, 5_000, 30_000, 150_000]);
        scale + self.random.between(0, scale)
    }

    pub(super) fn fault(&mut self) {
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

    pub(super) fn heal(&mut self) {
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
