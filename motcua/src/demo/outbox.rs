//! What one simulated device says, and under which names: no socket, no clock.
//!
//! All names follow from the device's own, so a simulation that is started again says the same
//! again, and the collector counts it once. That is why its outbox needs no disk: the simulation is
//! the truth.

use domain::event::Body;
use domain::{BootId, EventId, Timestamp};
use mqtt_config::device::{Bounds, Outbox, Saying};
use uuid::Uuid;

/// One run of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Boot {
    /// Its id.
    pub id: BootId,
    /// When it began.
    pub since: Timestamp,
}

impl Boot {
    /// Milliseconds since the run began.
    #[must_use]
    pub fn up_ms(&self, at: Timestamp) -> Option<u64> {
        u64::try_from(at.since(self.since)).ok()
    }
}

/// The runs of one device, and how many events it has named in the present one.
#[derive(Debug)]
pub struct Life {
    /// Names the device among all devices of all simulations.
    name: String,
    boots: u32,
    boot: Boot,
    said: u64,
}

impl Life {
    /// A device of this name, whose first run began at `since`.
    #[must_use]
    pub fn new(name: String, since: Timestamp) -> Self {
        let boot = boot(&name, 0, since);
        Self { name, boots: 0, boot, said: 0 }
    }

    /// The present run.
    #[must_use]
    pub fn boot(&self) -> Boot {
        self.boot
    }

    /// An outbox for it.
    #[must_use]
    pub fn outbox(&self) -> Outbox {
        Outbox::in_memory(Bounds::default(), self.boot.id)
    }

    /// The device starts anew at `since`.
    pub fn restart(&mut self, since: Timestamp) {
        self.boots += 1;
        self.boot = boot(&self.name, self.boots, since);
        self.said = 0;
    }

    /// Something happened.
    pub fn say(&mut self, at: Timestamp, body: Body) -> Saying {
        self.said += 1;
        let name = format!("{}/{}/{}", self.name, self.boots, self.said);
        let id = EventId(Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()).as_u128());
        Saying { id, ts: at, up_ms: self.boot.up_ms(at), body }
    }
}

/// Run number `n` of the device of this name.
fn boot(name: &str, n: u32, since: Timestamp) -> Boot {
    let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{name}/boot-{n}").as_bytes()).simple().to_string();
    Boot { id: BootId::new(&id).expect("a UUID is printable and short"), since }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ServiceId;

    const START: Timestamp = Timestamp::from_ms(1_000_000);

    /// Two events, a restart, one event.
    fn life() -> (Vec<Saying>, [Boot; 2]) {
        let body = || Body::ServiceStaffing { service: ServiceId::new("s").unwrap(), open_counters: 1 };
        let mut life = Life::new("song-may/7/kiosk-1".into(), START);
        let first = life.boot();
        let mut said = vec![life.say(START.plus(1_000), body()), life.say(START.plus(2_000), body())];
        life.restart(START.plus(60_000));
        said.push(life.say(START.plus(61_000), body()));
        (said, [first, life.boot()])
    }

    #[test]
    fn the_same_life_again_says_the_same() {
        assert_eq!(life(), life());
    }

    #[test]
    fn each_event_has_a_name_and_the_time_of_its_run() {
        let (said, [first, second]) = life();
        assert_eq!(said.iter().map(|one| one.up_ms).collect::<Vec<_>>(), [Some(1_000), Some(2_000), Some(1_000)]);
        assert_ne!(said[0].id, said[2].id, "the first of each run");
        assert_ne!(first.id, second.id);
    }
}
