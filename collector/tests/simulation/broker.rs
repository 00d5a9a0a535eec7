//! A model of the broker: it delivers at least once, promises more than it keeps, and comes back
//! from a crash with what it happened to have saved, or with nothing.

use std::collections::{BTreeMap, VecDeque};

/// A message for the collector.
#[derive(Debug, Clone)]
pub struct Message {
    pub topic: String,
    pub payload: String,
    pub retain: bool,
}

#[derive(Debug, Clone, Default)]
struct Saved {
    has_session: bool,
    queue: VecDeque<Message>,
    retained: BTreeMap<String, String>,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Broker {
    pub up: bool,
    /// The collector has connected once, so that its messages are kept while it is away.
    has_session: bool,
    queue: VecDeque<Message>,
    /// Delivered and not acknowledged, by number.
    in_flight: VecDeque<(u64, Message)>,
    next: u64,
    /// Acknowledgements to devices.
    retained: BTreeMap<String, String>,
    saved: Saved,
}

impl Broker {
    pub fn new() -> Self {
        Self { up: true, ..Self::default() }
    }

    /// A device's message. Lost when nobody has subscribed.
    pub fn publish(&mut self, message: Message) {
        if self.has_session {
            self.queue.push_back(message);
        }
    }

    pub fn retain(&mut self, topic: &str, payload: &str) {
        self.retained.insert(topic.to_owned(), payload.to_owned());
    }

    pub fn retained(&self, topic: &str) -> Option<&String> {
        self.retained.get(topic)
    }

    pub fn has_messages(&self) -> bool {
        !self.queue.is_empty()
    }

    /// The collector connects: what it did not acknowledge comes again, first. True when the
    /// session was still there.
    pub fn connect(&mut self) -> bool {
        for (_, message) in std::mem::take(&mut self.in_flight).into_iter().rev() {
            self.queue.push_front(message);
        }
        std::mem::replace(&mut self.has_session, true)
    }

    /// The next messages for the collector, each with the number to acknowledge it by.
    pub fn deliver(&mut self, most: usize) -> Vec<(u64, Message)> {
        let count = most.min(self.queue.len());
        let mut out = Vec::with_capacity(count);
        for message in self.queue.drain(..count) {
            self.next += 1;
            self.in_flight.push_back((self.next, message.clone()));
            out.push((self.next, message));
        }
        out
    }

    /// The collector's PUBACK.
    pub fn acked(&mut self, number: u64) {
        self.in_flight.retain(|(other, _)| *other != number);
    }

    /// Writes its database, as it does every now and then.
    pub fn save(&mut self) {
        let unacked = self.in_flight.iter().map(|(_, message)| message.clone());
        self.saved = Saved {
            has_session: self.has_session,
            queue: unacked.chain(self.queue.iter().cloned()).collect(),
            retained: self.retained.clone(),
        };
    }

    /// Starts after a kill, with what was saved.
    pub fn start(&mut self) {
        let Saved { has_session, queue, retained } = self.saved.clone();
        (self.has_session, self.queue, self.retained) = (has_session, queue, retained);
        self.in_flight.clear();
        self.up = true;
    }

    /// Somebody deleted its directory.
    pub fn wipe(&mut self) {
        self.saved = Saved::default();
    }
}
