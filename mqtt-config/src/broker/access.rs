//! The access list, from the topic table.
//!
//! A line of Mosquitto's list grants; what is not granted is refused: a publish with PUBACK 135
//! (a client of 3.1.1 is not told), a delivery silently. SUBSCRIBE itself is always granted.

use std::fmt::Write;

use super::{Device, Strangers};
use crate::topics::{Party, Row, TABLE};

pub(super) fn render(strangers: Strangers, devices: impl Iterator<Item = Device>) -> String {
    let mut list = String::from("# Written by motcua from its topic table; changes made here are lost.\n");
    if strangers == Strangers::Welcome {
        // Lines before the first `user` are for clients without a name. Nobody plays the collector.
        list.push_str("\ntopic deny motcua/v1/+/host/collector/#\n");
        grant(&mut list, Party::Device, |_| "+".to_owned());
    }
    for (name, party) in [("collector", Party::Collector), ("dashboard", Party::Dashboard)] {
        user(&mut list, name);
        grant(&mut list, party, |_| "+".to_owned());
    }
    for device in devices {
        user(&mut list, &device.username());
        grant(&mut list, Party::Device, |parameter| match parameter {
            "site" => device.site.to_string(),
            "kind" => device.kind.to_string(),
            "device" => device.device.to_string(),
            _ => "+".to_owned(),
        });
    }
    list
}

fn user(list: &mut String, name: &str) {
    // Writing to a String cannot fail.
    let _ = write!(list, "\nuser {name}\n");
}

/// One line for each topic that the party may write or read.
fn grant(list: &mut String, party: Party, value: impl Fn(&'static str) -> String) {
    for row in TABLE {
        let access = match (row.writers.contains(&party), row.readers.contains(&party)) {
            (true, true) => "readwrite",
            (true, false) => "write",
            (false, true) => "read",
            (false, false) => continue,
        };
        let _ = writeln!(list, "topic {access} {}", Row::expand(row, &value));
    }
}
