//! The session against a made-up broker: bytes in, bytes out, instants made up.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{ConnAck, ConnAckProperties, ConnectReturnCode, Packet, Publish};

use super::state::State;
use super::{
    CLIENT_PACKET_LIMIT, Login, PubAckCode, PublishError, Qos, SessionError, SessionEvent, SessionOptions,
    Subscription, Will,
};
use crate::settings::Secret;

/// A session whose other end is this test.
struct Bench {
    state: State,
    now: Instant,
    events: VecDeque<SessionEvent>,
}

impl Bench {
    fn new(filters: &[&str]) -> Self {
        let subscriptions = filters.iter().map(|filter| Subscription::new(*filter, Qos::AtLeastOnce)).collect();
        let options = SessionOptions { subscriptions, ..SessionOptions::new(1883, "bench") };
        let now = Instant::now();
        Self { state: State::new(options, now), now, events: VecDeque::new() }
    }

    /// Connected with this answer to CONNECT.
    fn connect(&mut self, session_present: bool, receive_max: u16) {
        self.state.begin(self.now);
        assert!(matches!(self.written()[..], [Packet::Connect(..)]));
        let mut wire = BytesMut::new();
        conn_ack(session_present, receive_max, None).write(&mut wire).unwrap();
        self.receive(&wire).unwrap();
    }

    fn receive(&mut self, wire: &[u8]) -> Result<(), SessionError> {
        self.state.receive(&mut BytesMut::from(wire), self.now, &mut self.events)
    }

    /// What would go to the socket now.
    fn written(&mut self) -> Vec<Packet> {
        self.state.fill();
        let mut out = self.state.out.split();
        std::iter::from_fn(|| (!out.is_empty()).then(|| Packet::read(&mut out, None).unwrap())).collect()
    }

    fn publish(&mut self, payload: &'static str) -> super::PublishId {
        self.state.publish("a/b", Bytes::from(payload), Qos::AtLeastOnce, false).unwrap()
    }

    /// (dup, packet id, payload) of every PUBLISH that would go to the socket now.
    fn published(&mut self) -> Vec<(bool, u16, Bytes)> {
        let packets = self.written().into_iter();
        packets.map(|p| if let Packet::Publish(p) = p { (p.dup, p.pkid, p.payload) } else { panic!("{p:?}") }).collect()
    }
}

fn conn_ack(session_present: bool, receive_max: u16, max_packet_size: Option<u32>) -> ConnAck {
    let mut properties = no_properties();
    properties.receive_max = Some(receive_max);
    properties.max_packet_size = max_packet_size;
    ConnAck { session_present, code: ConnectReturnCode::Success, properties: Some(properties) }
}

fn no_properties() -> ConnAckProperties {
    ConnAckProperties {
        session_expiry_interval: None,
        receive_max: None,
        max_qos: None,
        retain_available: None,
        max_packet_size: None,
        assigned_client_identifier: None,
        topic_alias_max: None,
        reason_string: None,
        user_properties: Vec::new(),
        wildcard_subscription_available: None,
        subscription_identifiers_available: None,
        shared_subscription_available: None,
        server_keep_alive: None,
        response_information: None,
        server_reference: None,
        authentication_method: None,
        authentication_data: None,
    }
}

fn message(packet_id: u16) -> BytesMut {
    let qos = if packet_id == 0 { QoS::AtMostOnce } else { QoS::AtLeastOnce };
    let mut publish = Publish::new("t", qos, "x", None);
    publish.pkid = packet_id;
    let mut wire = BytesMut::new();
    publish.write(&mut wire).unwrap();
    wire
}

fn pub_ack(packet_id: u16) -> [u8; 4] {
    let [high, low] = packet_id.to_be_bytes();
    [0x40, 2, high, low]
}

fn sub_ack(codes: &[u8]) -> Vec<u8> {
    [&[0x90, 3 + codes.len() as u8, 0xFF, 0xFF, 0], codes].concat()
}

#[test]
fn connect_says_what_was_asked_and_takes_no_topic_alias() {
    let (password, payload) = (Secret::new("pw"), Bytes::from("lost"));
    let will = Will { topic: "a/status".into(), payload, qos: Qos::AtLeastOnce, retain: true, delay_s: 5 };
    let options = SessionOptions {
        clean_start: false,
        session_expiry_s: 77,
        receive_maximum: 20_000,
        login: Some(Login { username: "me".into(), password }),
        will: Some(will),
        ..SessionOptions::new(1883, "bench")
    };
    let mut bench = Bench { state: State::new(options, Instant::now()), ..Bench::new(&[]) };
    bench.state.begin(bench.now);
    let packets = bench.written();
    let [Packet::Connect(connect, Some(will), Some(login))] = &packets[..] else { panic!("{packets:?}") };
    let properties = connect.properties.as_ref().unwrap();
    assert!(!connect.clean_start);
    assert_eq!((connect.client_id.as_str(), connect.keep_alive), ("bench", 10));
    assert_eq!((properties.session_expiry_interval, properties.receive_maximum), (Some(77), Some(20_000)));
    assert_eq!((properties.max_packet_size, properties.topic_alias_max), (Some(CLIENT_PACKET_LIMIT), None));
    assert_eq!((&will.topic[..], will.retain, will.qos), (&b"a/status"[..], true, QoS::AtLeastOnce));
    assert_eq!(will.properties.as_ref().and_then(|p| p.delay_interval), Some(5));
    assert_eq!((login.username.as_str(), login.password.as_str()), ("me", "pw"));
}

#[test]
fn connected_means_subscribed() {
    let mut bench = Bench::new(&["a/#", "b/#"]);
    bench.connect(false, 10);
    let packets = bench.written();
    let [Packet::Subscribe(subscribe)] = &packets[..] else { panic!("{packets:?}") };
    assert_eq!(subscribe.filters.len(), 2);
    assert!(subscribe.filters.iter().all(|filter| filter.preserve_retain && filter.qos == QoS::AtLeastOnce));
    assert!(bench.events.is_empty());
    bench.receive(&sub_ack(&[1, 1])).unwrap();
    assert!(matches!(
        bench.events.pop_front(),
        Some(SessionEvent::Connected { session_present: false, connection: 1 })
    ));
}

#[test]
fn a_refused_filter_ends_the_connection_and_is_named() {
    let mut bench = Bench::new(&["a/#", "secret/#"]);
    bench.connect(false, 10);
    let error = bench.receive(&sub_ack(&[1, 0x87])).unwrap_err();
    assert_eq!(error.to_string(), "the broker refused the subscription to secret/#: not authorized (135)");
}

#[test]
fn a_resumed_session_that_is_served_before_suback_is_connected_first() {
    let mut bench = Bench::new(&["a/#"]);
    bench.connect(true, 10);
    bench.receive(&message(4)).unwrap();
    assert!(matches!(bench.events.pop_front(), Some(SessionEvent::Connected { session_present: true, .. })));
    assert!(matches!(bench.events.pop_front(), Some(SessionEvent::Messages(messages)) if messages.len() == 1));
    bench.receive(&sub_ack(&[1])).unwrap();
    assert!(!bench.events.iter().any(|event| matches!(event, SessionEvent::Messages(_))));
}

#[test]
fn connected_is_said_once_though_served_before_suback() {
    let mut bench = Bench::new(&["a/#"]);
    bench.connect(true, 10);
    bench.receive(&message(4)).unwrap();
    bench.receive(&message(5)).unwrap();
    bench.receive(&sub_ack(&[1])).unwrap();
    let connected = bench.events.iter().filter(|event| matches!(event, SessionEvent::Connected { .. })).count();
    assert_eq!(connected, 1);
}

#[test]
fn one_read_is_one_batch() {
    let mut bench = Bench::new(&[]);
    bench.connect(false, 10);
    bench.events.clear();
    let wire: Vec<u8> = (0..100).flat_map(|id| message(id).to_vec()).collect();
    bench.receive(&wire).unwrap();
    let Some(SessionEvent::Messages(messages)) = bench.events.pop_front() else { panic!() };
    assert_eq!(messages.len(), 100);
    assert!(messages[0].ack.is_none() && messages[1].ack.is_some());
    assert_eq!(bench.state.unacked(), 99);
    assert!(bench.events.is_empty());
}

#[test]
fn what_came_before_a_broken_packet_is_delivered() {
    let mut bench = Bench::new(&[]);
    bench.connect(false, 10);
    bench.events.clear();
    let wire = [&message(1)[..], &[0xF0, 0]].concat();
    assert!(matches!(bench.receive(&wire), Err(SessionError::Protocol(_))));
    assert!(matches!(bench.events.pop_front(), Some(SessionEvent::Messages(_))));
}

#[test]
fn publishes_wait_for_the_broker_s_window() {
    let mut bench = Bench::new(&[]);
    bench.connect(false, 2);
    let ids = ["1", "2", "3"].map(|payload| bench.publish(payload));
    assert_eq!(bench.published().len(), 2);
    bench.events.clear();
    bench.receive(&pub_ack(1)).unwrap();
    assert_eq!(bench.published(), [(false, 3, Bytes::from("3"))]);
    let Some(SessionEvent::Acked(acked)) = bench.events.pop_front() else { panic!() };
    assert_eq!(acked, [(ids[0], PubAckCode::Success)]);
}

#[test]
fn a_resumed_session_sends_again_under_the_same_packet_ids() {
    let mut bench = Bench::new(&[]);
    bench.connect(false, 10);
    for payload in ["1", "2", "3"] {
        bench.publish(payload);
    }
    bench.published();
    bench.receive(&pub_ack(1)).unwrap();
    bench.state.end(bench.now);
    bench.publish("4");
    bench.connect(true, 10);
    let (two, three, four) = (Bytes::from("2"), Bytes::from("3"), Bytes::from("4"));
    assert_eq!(bench.published(), [(true, 2, two), (true, 3, three), (false, 4, four)]);
}

#[test]
fn a_new_session_gets_everything_that_is_pending() {
    let mut bench = Bench::new(&[]);
    bench.connect(false, 10);
    bench.publish("1");
    bench.published();
    bench.state.end(bench.now);
    bench.connect(false, 10);
    assert_eq!(bench.published(), [(false, 1, Bytes::from("1"))]);
}

#[test]
fn every_publish_is_answered_once() {
    let mut bench = Bench::new(&[]);
    bench.connect(false, 10);
    bench.publish("1");
    bench.publish("2");
    bench.published();
    bench.events.clear();
    for id in [2, 2, 1, 1, 9] {
        bench.receive(&pub_ack(id)).unwrap();
    }
    let acked: usize =
        bench.events.iter().map(|event| if let SessionEvent::Acked(acked) = event { acked.len() } else { 0 }).sum();
    assert_eq!(acked, 2);
    assert_eq!(bench.state.waiting_bytes(), 0);
}

#[test]
fn packet_ids_go_round_and_leave_out_that_of_subscribe() {
    let mut bench = Bench::new(&[]);
    bench.connect(false, 10);
    let mut last = 0;
    for _ in 0..65_540_u32 {
        bench.publish("x");
        let (_, id, _) = bench.published()[0];
        assert_eq!(id, last % 65_534 + 1);
        bench.receive(&pub_ack(id)).unwrap();
        last = id;
    }
    assert_eq!(bench.state.waiting_bytes(), 0);
}

#[test]
fn qos_0_needs_a_connection_and_qos_1_waits_for_one() {
    let mut bench = Bench::new(&[]);
    let refused = bench.state.publish("a", Bytes::from("x"), Qos::AtMostOnce, false);
    assert_eq!(refused, Err(PublishError::NotConnected));
    bench.publish("kept");
    bench.connect(false, 10);
    bench.state.publish("a", Bytes::from("x"), Qos::AtMostOnce, true).unwrap();
    assert_eq!(bench.written().len(), 2);
}

#[test]
fn memory_is_bounded() {
    let mut bench = Bench::new(&[]);
    let payload = Bytes::from(vec![0; 1024 * 1024]);
    let results: Vec<_> = (0..9).map(|_| bench.state.publish("a", payload.clone(), Qos::AtLeastOnce, false)).collect();
    assert!(results[..7].iter().all(Result::is_ok));
    assert!(matches!(results[8], Err(PublishError::Full { .. })));
}

#[test]
fn a_message_too_large_for_the_broker_is_refused_or_reported_but_never_sent() {
    let mut bench = Bench::new(&[]);
    let large = Bytes::from(vec![b'x'; 2000]);
    let early = bench.state.publish("a", large.clone(), Qos::AtLeastOnce, false).unwrap();
    bench.publish("small");
    bench.state.begin(bench.now);
    bench.written();
    let mut wire = BytesMut::new();
    conn_ack(false, 10, Some(1000)).write(&mut wire).unwrap();
    bench.receive(&wire).unwrap();
    assert_eq!(bench.published(), [(false, 2, Bytes::from("small"))]);
    let acked =
        bench.events.iter().find_map(|event| if let SessionEvent::Acked(acked) = event { Some(acked) } else { None });
    assert_eq!(acked.unwrap(), &[(early, PubAckCode::PacketTooLarge)]);
    let late = bench.state.publish("a", large, Qos::AtLeastOnce, false);
    assert!(matches!(late, Err(PublishError::TooLarge { max: 1000, .. })), "{late:?}");
}

#[test]
fn topics_with_wildcards_are_refused() {
    let mut bench = Bench::new(&[]);
    for topic in ["", "a/+", "#", "a\0b"] {
        let result = bench.state.publish(topic, Bytes::new(), Qos::AtLeastOnce, false);
        assert!(matches!(result, Err(PublishError::InvalidTopic(_))), "{topic:?}");
    }
}

#[test]
fn a_broker_that_never_answers_is_given_up() {
    let mut bench = Bench::new(&["a"]);
    bench.state.begin(bench.now);
    let limit = bench.state.deadline().unwrap();
    assert_eq!(limit, bench.now + Duration::from_secs(10));
    assert!(matches!(bench.state.on_time(limit), Err(SessionError::NoAnswer { what: "CONNECT", .. })));
    bench.connect(false, 10);
    assert!(matches!(bench.state.on_time(limit), Err(SessionError::NoAnswer { what: "SUBSCRIBE", .. })));
}

#[test]
fn an_idle_connection_pings() {
    let mut bench = Bench::new(&[]);
    bench.connect(false, 10);
    bench.state.on_time(bench.state.deadline().unwrap()).unwrap();
    assert_eq!(bench.written(), [Packet::PingReq(rumqttc::v5::mqttbytes::v5::PingReq)]);
}

#[test]
fn the_broker_s_keep_alive_goes_before_ours() {
    let mut bench = Bench::new(&[]);
    bench.state.begin(bench.now);
    let mut properties = no_properties();
    properties.server_keep_alive = Some(3);
    let mut wire = BytesMut::new();
    let ack = ConnAck { session_present: false, code: ConnectReturnCode::Success, properties: Some(properties) };
    ack.write(&mut wire).unwrap();
    bench.receive(&wire).unwrap();
    assert_eq!(bench.state.deadline(), Some(bench.now + Duration::from_secs(3)));
}

#[test]
fn a_connection_proves_good_after_ten_seconds() {
    let mut bench = Bench::new(&[]);
    bench.connect(false, 10);
    assert!(!bench.state.end(bench.now + Duration::from_secs(9)));
    bench.connect(false, 10);
    assert!(bench.state.end(bench.now + Duration::from_secs(10)));
}
