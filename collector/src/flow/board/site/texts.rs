//! The texts of one evaluation: the delta and the whole board.

use domain::Timestamp;

use super::super::super::Step;
use super::super::super::rows::{field, list, push};
use super::super::lists::Lists;
use super::Site;

impl Site {
    /// The delta from the board before; counts `seq` on when there is one.
    pub(super) fn delta(&mut self, as_of: Timestamp, lists: &Lists) -> Option<Vec<u8>> {
        let mut calls = Vec::new();
        for call in self.calls.iter().filter(|call| !self.shown_calls.contains(&call.call_seq)) {
            push(&mut calls, self.pen.write(call));
        }
        let parts = [
            ("services", &lists.services.changed),
            ("counters", &lists.counters.changed),
            ("calls", &calls),
            ("missed", &lists.missed.changed),
            ("zones", &lists.zones.changed),
            ("devices", &lists.devices.changed),
            ("alerts", &lists.alerts.changed),
        ];
        let parts = || parts.iter().filter(|(_, rows)| !rows.is_empty());
        if lists.head.is_empty() && lists.removed.is_empty() && parts().next().is_none() {
            return None;
        }
        let prev = self.seq;
        self.seq += 1;
        let head = format!("{{\"type\":\"delta\",\"prev\":{prev},\"seq\":{},\"as_of\":\"{as_of}\"", self.seq);
        let room: usize = parts().map(|(_, rows)| rows.len() + 16).sum();
        let mut out = Vec::with_capacity(head.len() + lists.head.len() + lists.removed.len() + room + 16);
        out.extend_from_slice(head.as_bytes());
        out.extend_from_slice(&lists.head);
        for (name, rows) in parts() {
            list(&mut out, name, rows);
        }
        if !lists.removed.is_empty() {
            field(&mut out, "removed", &[b"{", &lists.removed[..], b"}"].concat());
        }
        out.push(b'}');
        Some(out)
    }

    /// The whole board. Every row has just been evaluated.
    pub(super) fn board(&mut self, step: &Step, as_of: Timestamp, lists: &Lists) -> Vec<u8> {
        let config = step.names.config();
        let head = format!("{{\"site\":\"{}\",\"seq\":{},\"as_of\":\"{as_of}\"", config.site, self.seq);
        let mut out = Vec::with_capacity(8 * 1_024);
        out.extend_from_slice(head.as_bytes());
        field(&mut out, "name", self.pen.write(&config.name));
        field(&mut out, "business_day", self.pen.write(&step.day.label()));
        field(&mut out, "time_zone", self.pen.write(&config.time_zone));
        field(&mut out, "contacts", self.pen.write(&config.contacts));
        field(&mut out, "hours", self.pen.write(&step.names.hours(&step.day)));
        let lists = [
            ("services", &lists.services.all),
            ("counters", &lists.counters.all),
            ("missed", &lists.missed.all),
            ("zones", &lists.zones.all),
            ("devices", &lists.devices.all),
            ("alerts", &lists.alerts.all),
        ];
        for (name, rows) in lists {
            list(&mut out, name, rows);
        }
        field(&mut out, "calls", self.pen.write(&self.calls));
        if self.had_area {
            field(&mut out, "waiting_area", self.pen.write(&self.waiting_area(step)));
        }
        field(&mut out, "ratings", self.pen.write(&self.ratings));
        field(&mut out, "ingest", self.pen.write(&self.folded.merge(self.door)));
        if let Some(storage) = &self.storage {
            field(&mut out, "storage", self.pen.write(storage));
        }
        out.push(b'}');
        out
    }
}
