//! The session without its socket: frames and instants go in, bytes and events come out.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use bytes::{BufMut, Bytes, BytesMut};
use rumqttc::v5::mqttbytes::v5::ConnAckProperties;

use super::error::{PubAckCode, PublishError, SessionError};
use super::frame::{Decoder, Frame, Publish, Unreadable};
use super::inbound::{AckToken, AckWindow};
use super::keep_alive::{Due, KeepAlive};
use super::options::{Qos, SessionOptions};
use super::outbound::{self, LARGEST_PACKET, Outbound, PublishId, SUBSCRIBE_PACKET_ID};
use super::{Inbound, SessionEvent, hello, reason};

/// What may wait to be sent or acknowledged, in bytes; beyond it `publish` answers `Full`.
pub const OUTBOUND_LIMIT: usize = 8 * 1024 * 1024;

/// The longest wait for the TCP handshake, for CONNACK and for SUBACK, each.
pub(super) const ANSWER_LIMIT: Duration = Duration::from_secs(10);

/// QoS 1 messages are written out in portions of this size, so that they are not held twice.
const PORTION: usize = 64 * 1024;

/// How long a connection must hold before the pauses between attempts start anew.
const PROVED_GOOD: Duration = Duration::from_secs(10);

/// Everything a session knows. The driver calls [`State::begin`] with each TCP connection, then
/// moves bytes both ways, and [`State::end`] when the connection is gone.
#[derive(Debug)]
pub(super) struct State {
    options: SessionOptions,
    connection: u64,
    phase: Phase,
    /// The session-present flag of CONNACK, until the owner has been told of the connection.
    greeting: Option<bool>,
    began: Instant,
    decoder: Decoder,
    keep_alive: KeepAlive,
    owed: AckWindow,
    outbound: Outbound,
    next_publish: u64,
    /// How many QoS 1 messages the broker takes without acknowledging one.
    send_window: u16,
    broker_packet_limit: usize,
    /// Bytes to be written to the socket.
    pub(super) out: BytesMut,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Apart,
    Connecting,
    Subscribing,
    Up,
}

impl State {
    pub(super) fn new(options: SessionOptions, now: Instant) -> Self {
        Self {
            connection: 0,
            phase: Phase::Apart,
            greeting: None,
            began: now,
            decoder: Decoder::new(options.max_packet_size),
            keep_alive: KeepAlive::new(options.keep_alive_s, now),
            owed: AckWindow::default(),
            outbound: Outbound::default(),
            next_publish: 0,
            send_window: 0,
            broker_packet_limit: LARGEST_PACKET,
            out: BytesMut::new(),
            options,
        }
    }

    pub(super) fn options(&self) -> &SessionOptions {
        &self.options
    }

    /// A TCP connection is there: CONNECT is the first thing to be written to it.
    pub(super) fn begin(&mut self, now: Instant) {
        self.connection += 1;
        self.phase = Phase::Connecting;
        self.began = now;
        self.decoder = Decoder::new(self.options.max_packet_size);
        self.keep_alive = KeepAlive::new(self.options.keep_alive_s, now);
        self.owed.begin(self.connection);
        self.out.clear();
        hello::write_connect(&self.options, &mut self.out);
    }

    /// The connection is gone: what was to be written is void, what must not be lost stays.
    /// True when the connection held long enough to call the broker healthy.
    pub(super) fn end(&mut self, now: Instant) -> bool {
        let proved_good = self.phase == Phase::Up && now - self.began >= PROVED_GOOD;
        self.phase = Phase::Apart;
        self.out = BytesMut::new();
        self.owed.begin(self.connection + 1);
        proved_good
    }

    pub(super) fn is_connected(&self) -> bool {
        matches!(self.phase, Phase::Subscribing | Phase::Up)
    }

    pub(super) fn unacked(&self) -> usize {
        self.owed.len()
    }

    pub(super) fn waiting_bytes(&self) -> usize {
        self.out.len() + self.outbound.bytes()
    }

    /// Takes every complete packet out of `input` and appends what the owner should know, also
    /// when a later packet turns out to be the end of the connection.
    pub(super) fn receive(
        &mut self,
        input: &mut BytesMut,
        now: Instant,
        events: &mut VecDeque<SessionEvent>,
    ) -> Result<(), SessionError> {
        self.keep_alive.received(now);
        let mut batch = Batch::default();
        let result = self.take_frames(input, now, &mut batch);
        batch.finish(events);
        result
    }

    fn take_frames(&mut self, input: &mut BytesMut, now: Instant, batch: &mut Batch) -> Result<(), SessionError> {
        while let Some(frame) = self.decoder.next(input)? {
            match frame {
                Frame::Publish(publish) => self.message(publish, batch),
                Frame::Unreadable(unreadable) => self.unreadable(unreadable, batch),
                Frame::PubAck { packet_id, code } => {
                    if let Some(id) = self.outbound.acked(packet_id) {
                        batch.acked.push((id, code));
                    }
                }
                Frame::PingResp => {}
                Frame::ConnAck(ack) => self.conn_ack(ack.session_present, ack.properties.as_ref(), now, batch)?,
                Frame::SubAck { packet_id, codes } => self.sub_ack(packet_id, &codes, batch)?,
            }
        }
        Ok(())
    }

    fn message(&mut self, publish: Publish, batch: &mut Batch) {
        let qos = publish.qos();
        let ack = publish.packet_id.map(|id| self.owed.arrived(id));
        let Publish { topic, payload, retain, dup, .. } = publish;
        self.deliver(Inbound { topic, payload, qos, retain, dup, ack }, batch);
    }

    /// A message that cannot be read comes in without a topic: its reader keeps it as a dead letter
    /// and acknowledges it like any other, instead of meeting it again on every connection.
    fn unreadable(&mut self, unreadable: Unreadable, batch: &mut Batch) {
        tracing::warn!(size = unreadable.size, why = unreadable.why, "A message of the broker cannot be read.");
        let ack = unreadable.packet_id.map(|id| self.owed.arrived(id));
        let qos = if ack.is_some() { Qos::AtLeastOnce } else { Qos::AtMostOnce };
        let (payload, retain) = (unreadable.head, unreadable.retain);
        self.deliver(Inbound { topic: Bytes::new(), payload, qos, retain, dup: false, ack }, batch);
    }

    fn deliver(&mut self, inbound: Inbound, batch: &mut Batch) {
        // A resumed session may be served before SUBACK; being served is being connected.
        self.greet(batch);
        batch.messages.push(inbound);
    }

    fn conn_ack(
        &mut self,
        session_present: bool,
        properties: Option<&ConnAckProperties>,
        now: Instant,
        batch: &mut Batch,
    ) -> Result<(), SessionError> {
        if self.phase != Phase::Connecting {
            return Err(SessionError::Protocol("a second CONNACK".into()));
        }
        self.send_window = properties.and_then(|p| p.receive_max).unwrap_or(u16::MAX);
        let limit = properties.and_then(|p| p.max_packet_size).map(|limit| limit as usize);
        self.broker_packet_limit = limit.unwrap_or(LARGEST_PACKET).min(LARGEST_PACKET);
        if let Some(seconds) = properties.and_then(|p| p.server_keep_alive) {
            self.keep_alive = KeepAlive::new(seconds, now);
        }
        batch.acked.extend(self.outbound.begin(session_present, self.broker_packet_limit));
        self.greeting = Some(session_present);
        self.phase = Phase::Subscribing;
        if self.options.subscriptions.is_empty() {
            self.up(batch);
        } else {
            hello::write_subscribe(&self.options.subscriptions, &mut self.out);
        }
        Ok(())
    }

    fn sub_ack(&mut self, packet_id: u16, codes: &[u8], batch: &mut Batch) -> Result<(), SessionError> {
        if self.phase != Phase::Subscribing {
            return Err(SessionError::Protocol("a SUBACK that nothing asked for".into()));
        }
        if packet_id != SUBSCRIBE_PACKET_ID || codes.len() != self.options.subscriptions.len() {
            return Err(SessionError::Protocol("a SUBACK that does not fit the SUBSCRIBE".into()));
        }
        for (subscription, &code) in self.options.subscriptions.iter().zip(codes) {
            if code >= 0x80 {
                let (filter, reason) = (subscription.filter.clone(), reason::words(code));
                return Err(SessionError::SubscriptionRefused { filter, reason });
            }
        }
        self.up(batch);
        Ok(())
    }

    fn up(&mut self, batch: &mut Batch) {
        self.phase = Phase::Up;
        self.greet(batch);
    }

    fn greet(&mut self, batch: &mut Batch) {
        if let Some(session_present) = self.greeting.take() {
            batch.connected = Some((session_present, self.connection));
        }
    }

    pub(super) fn ack(&mut self, token: AckToken) {
        self.owed.ack(token, &mut self.out);
    }

    pub(super) fn publish(
        &mut self,
        topic: &str,
        payload: Bytes,
        qos: Qos,
        retain: bool,
    ) -> Result<PublishId, PublishError> {
        outbound::check_topic(topic)?;
        let size = outbound::packet_size(topic.len(), payload.len(), if qos == Qos::AtMostOnce { 0 } else { 2 });
        if size > self.broker_packet_limit {
            return Err(PublishError::TooLarge { size, max: self.broker_packet_limit });
        }
        if self.waiting_bytes() + Outbound::cost(topic, &payload) > OUTBOUND_LIMIT {
            return Err(PublishError::Full { limit: OUTBOUND_LIMIT });
        }
        let id = PublishId(self.next_publish);
        match qos {
            Qos::AtMostOnce if !self.is_connected() => return Err(PublishError::NotConnected),
            Qos::AtMostOnce => outbound::write_at_most_once(topic, payload, retain, &mut self.out),
            Qos::AtLeastOnce => self.outbound.keep(id, topic, payload, retain),
        }
        self.next_publish += 1;
        Ok(id)
    }

    /// Moves QoS 1 messages that the broker's window allows into `out`.
    pub(super) fn fill(&mut self) {
        if self.is_connected() {
            self.outbound.send(self.send_window, PORTION, &mut self.out);
        }
    }

    /// Some of `out` has left.
    pub(super) fn sent(&mut self, now: Instant) {
        self.keep_alive.sent(now);
    }

    /// The next instant at which [`Self::on_time`] has something to do.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match self.phase {
            Phase::Apart => None,
            Phase::Connecting | Phase::Subscribing => Some(self.began + ANSWER_LIMIT),
            Phase::Up => self.keep_alive.deadline(),
        }
    }

    /// Pings, or finds out that the broker no longer answers.
    pub(super) fn on_time(&mut self, now: Instant) -> Result<(), SessionError> {
        let overdue = now >= self.began + ANSWER_LIMIT;
        match self.phase {
            Phase::Connecting if overdue => Err(SessionError::NoAnswer { what: "CONNECT", limit: ANSWER_LIMIT }),
            Phase::Subscribing if overdue => Err(SessionError::NoAnswer { what: "SUBSCRIBE", limit: ANSWER_LIMIT }),
            Phase::Up => {
                if self.keep_alive.check(now)? == Due::Ping {
                    self.out.put_slice(&[0xC0, 0]);
                }
                Ok(())
            }
            Phase::Apart | Phase::Connecting | Phase::Subscribing => Ok(()),
        }
    }

    /// DISCONNECT in good order: the broker does not publish the will.
    pub(super) fn goodbye(&mut self) {
        self.fill();
        self.out.put_slice(&[0xE0, 0]);
    }
}

/// What one read brought, in the order in which the owner should hear of it.
#[derive(Debug, Default)]
struct Batch {
    connected: Option<(bool, u64)>,
    messages: Vec<Inbound>,
    acked: Vec<(PublishId, PubAckCode)>,
}

impl Batch {
    fn finish(self, events: &mut VecDeque<SessionEvent>) {
        if let Some((session_present, connection)) = self.connected {
            events.push_back(SessionEvent::Connected { session_present, connection });
        }
        if !self.messages.is_empty() {
            events.push_back(SessionEvent::Messages(self.messages));
        }
        if !self.acked.is_empty() {
            events.push_back(SessionEvent::Acked(self.acked));
        }
    }
}
