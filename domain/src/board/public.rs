//! What a caller without a role may see.

use super::{Board, CounterRow, Delta, Shown};

/// What `public` may see: a board without devices, alerts, ingest and the officers' figures
/// (contract section 4).
pub trait Public {
    /// Takes away what `public` may not see.
    fn make_public(&mut self);
}

impl Public for CounterRow {
    fn make_public(&mut self) {
        self.utilisation = Shown::Hidden;
        self.ratings = None;
    }
}

impl Public for Board {
    fn make_public(&mut self) {
        self.counters.iter_mut().for_each(Public::make_public);
        self.devices.clear();
        self.alerts.clear();
        self.ingest = None;
        self.storage = None;
    }
}

impl Public for Delta {
    fn make_public(&mut self) {
        self.counters.iter_mut().for_each(Public::make_public);
        self.devices.clear();
        self.alerts.clear();
        self.ingest = None;
        self.storage = None;
        self.removed.devices.clear();
        self.removed.alerts.clear();
    }
}
