//! The acknowledgements owed to the broker, in the order in which MQTT wants them.

use std::collections::VecDeque;

use bytes::{BufMut, BytesMut};

/// Proof that a message came in on this connection, to be handed back when it is safe.
///
/// Small and free to copy; a token used twice, or after its connection is gone, does nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AckToken {
    connection: u64,
    serial: u64,
}

/// QoS 1 messages received and not acknowledged yet.
///
/// PUBACKs must leave in the order in which the messages came, while the owner finishes its work
/// in any order: an acknowledgement is written once those of all earlier messages are.
#[derive(Debug, Default)]
pub(super) struct AckWindow {
    connection: u64,
    /// Serial number of the first entry.
    base: u64,
    owed: VecDeque<Owed>,
}

#[derive(Debug)]
struct Owed {
    packet_id: u16,
    done: bool,
}

impl AckWindow {
    /// A new connection: the broker sends again what was not acknowledged, old tokens are worthless.
    pub(super) fn begin(&mut self, connection: u64) {
        self.connection = connection;
        self.base = 0;
        self.owed.clear();
    }

    pub(super) fn arrived(&mut self, packet_id: u16) -> AckToken {
        let serial = self.base + self.owed.len() as u64;
        self.owed.push_back(Owed { packet_id, done: false });
        AckToken { connection: self.connection, serial }
    }

    /// Marks a message as safe and writes the PUBACKs that have become due.
    pub(super) fn ack(&mut self, token: AckToken, out: &mut BytesMut) {
        if token.connection != self.connection {
            return;
        }
        let entry = token.serial.checked_sub(self.base).and_then(|index| self.owed.get_mut(index as usize));
        let Some(entry) = entry else { return };
        entry.done = true;
        while let Some(&Owed { packet_id, done: true }) = self.owed.front() {
            self.owed.pop_front();
            self.base += 1;
            write_pub_ack(packet_id, out);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.owed.len()
    }
}

/// A PUBACK of success is four bytes: MQTT 5 leaves out the reason code and the properties.
fn write_pub_ack(packet_id: u16, out: &mut BytesMut) {
    let [high, low] = packet_id.to_be_bytes();
    out.put_slice(&[0x40, 2, high, low]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(out: &BytesMut) -> Vec<u16> {
        out.chunks(4).map(|ack| u16::from_be_bytes([ack[2], ack[3]])).collect()
    }

    #[test]
    fn an_ack_waits_for_those_before_it() {
        let (mut window, mut out) = (AckWindow::default(), BytesMut::new());
        let tokens: Vec<_> = [10, 11, 12].map(|id| window.arrived(id)).into();
        window.ack(tokens[2], &mut out);
        window.ack(tokens[1], &mut out);
        assert!(out.is_empty());
        window.ack(tokens[0], &mut out);
        assert_eq!(written(&out), [10, 11, 12]);
        assert_eq!(window.len(), 0);
    }

    #[test]
    fn a_token_of_an_earlier_connection_does_nothing() {
        let (mut window, mut out) = (AckWindow::default(), BytesMut::new());
        window.begin(1);
        let old = window.arrived(10);
        window.begin(2);
        window.arrived(10);
        window.ack(old, &mut out);
        assert!(out.is_empty());
        assert_eq!(window.len(), 1);
    }

    #[derive(Debug, Clone)]
    enum Step {
        Arrive(u16),
        Ack(prop::sample::Index),
        Reconnect,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            5 => (1..=u16::MAX).prop_map(Step::Arrive),
            8 => any::<prop::sample::Index>().prop_map(Step::Ack),
            1 => Just(Step::Reconnect),
        ]
    }

    proptest! {
        /// The model: per connection, the PUBACKs on the wire are the packet ids of the longest
        /// run of acknowledged messages, in order of arrival.
        #[test]
        fn the_acks_written_are_the_acknowledged_prefix(steps in prop::collection::vec(step(), 0..200)) {
            let (mut window, mut out, mut connection) = (AckWindow::default(), BytesMut::new(), 0);
            let mut tokens: Vec<AckToken> = Vec::new();
            let mut arrived: Vec<(u16, bool)> = Vec::new();
            for step in steps {
                match step {
                    Step::Arrive(id) => {
                        tokens.push(window.arrived(id));
                        arrived.push((id, false));
                    }
                    Step::Ack(which) if !tokens.is_empty() => {
                        // Also repeated tokens, and tokens of earlier connections.
                        let which = which.index(tokens.len());
                        window.ack(tokens[which], &mut out);
                        let earlier = tokens.len() - arrived.len();
                        if let Some((_, acked)) = which.checked_sub(earlier).and_then(|at| arrived.get_mut(at)) {
                            *acked = true;
                        }
                    }
                    Step::Ack(_) => {}
                    Step::Reconnect => {
                        connection += 1;
                        window.begin(connection);
                        out.clear();
                        arrived.clear();
                    }
                }
                let due: Vec<u16> = arrived.iter().take_while(|(_, acked)| *acked).map(|(id, _)| *id).collect();
                prop_assert_eq!(written(&out), due.clone());
                prop_assert_eq!(window.len(), arrived.len() - due.len());
            }
        }
    }
}
