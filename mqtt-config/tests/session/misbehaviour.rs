//! A broker made of a bare socket, for what Mosquitto does not do on demand.

use std::time::Duration;

use bytes::Bytes;
use mqtt_config::session::{Qos, Session, SessionEvent, SessionOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{LIMIT, connected, lost, messages};

const CONN_ACK: [u8; 5] = [0x20, 3, 0, 0, 0];

/// A session and the other end of its connection, after CONNECT and CONNACK.
async fn pair(options: impl FnOnce(u16) -> SessionOptions) -> (Session, TcpStream, TcpListener) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut session = Session::new(options(listener.local_addr().unwrap().port()));
    let accept = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut header = [0; 2];
        stream.read_exact(&mut header).await.unwrap();
        let mut rest = vec![0; header[1].into()];
        stream.read_exact(&mut rest).await.unwrap();
        stream.write_all(&CONN_ACK).await.unwrap();
        stream
    };
    let (stream, _) = tokio::join!(accept, connected(&mut session));
    (session, stream, listener)
}

fn message(packet_id: u16, payload: &[u8]) -> Vec<u8> {
    let body = [&[0, 1, b't'], &packet_id.to_be_bytes()[..], &[0], payload].concat();
    let (mut length, mut packet) = (body.len(), vec![0x32]);
    while length >= 0x80 {
        packet.push((length % 0x80) as u8 | 0x80);
        length /= 0x80;
    }
    packet.push(length as u8);
    [packet, body].concat()
}

#[tokio::test]
async fn a_packet_above_the_limit_is_handed_on_and_acknowledged() {
    let small = |port| SessionOptions { max_packet_size: 10_000, ..SessionOptions::new(port, "small") };
    let (mut session, mut broker, _listener) = pair(small).await;
    let wire = [message(1, b"before"), message(2, &vec![b'x'; 300_000]), message(3, b"after")].concat();
    let (sent, received) = tokio::join!(broker.write_all(&wire), messages(&mut session, 3));
    sent.unwrap();
    assert_eq!((&received[0].payload[..], &received[2].payload[..]), (&b"before"[..], &b"after"[..]));
    assert!(received[1].topic.is_empty());
    assert_eq!(received[1].payload.len(), 4096);
    for message in received {
        session.ack(message.ack.unwrap());
    }
    let mut acks = [0; 12];
    let read = async { tokio::time::timeout(LIMIT, broker.read_exact(&mut acks)).await.expect("three PUBACKs") };
    tokio::select! { result = read => { result.unwrap(); } event = session.next() => panic!("{event:?}") }
    assert_eq!(acks, [0x40, 2, 0, 1, 0x40, 2, 0, 2, 0x40, 2, 0, 3]);
}

#[tokio::test]
async fn between_two_reads_messages_gather_and_writing_goes_on() {
    let patient = |port| SessionOptions { read_pause: Duration::from_secs(2), ..SessionOptions::new(port, "p") };
    let (mut session, mut broker, _listener) = pair(patient).await;
    for id in 1..=20 {
        broker.write_all(&message(id, b"x")).await.unwrap();
        tokio::task::yield_now().await;
    }
    session.publish("t", Bytes::from("meanwhile"), Qos::AtMostOnce, false).unwrap();
    let mut written = [0; 14];
    let heard = async { broker.read_exact(&mut written).await.unwrap() };
    tokio::select! { _ = heard => {} event = session.next() => panic!("too early: {event:?}") }
    let SessionEvent::Messages(batch) = session.next().await else { panic!() };
    assert_eq!(batch.len(), 20);
}

#[tokio::test]
async fn the_last_word_of_the_broker_is_told() {
    let (mut session, mut broker, _listener) = pair(|port| SessionOptions::new(port, "twin")).await;
    broker.write_all(&[0xE0, 1, 0x8E]).await.unwrap();
    drop(broker);
    session.publish("t", Bytes::from("into the void"), Qos::AtMostOnce, false).unwrap();
    let why = lost(&mut session).await;
    assert_eq!(why.to_string(), "the broker ended the connection: session taken over (142)");
}

/// Both sides have more to say than the sockets hold, and this broker finishes its own speech first.
#[tokio::test]
async fn a_broker_that_writes_before_it_reads_does_not_lock_us_up() {
    let (mut session, mut broker, _listener) = pair(|port| SessionOptions::new(port, "patient")).await;
    let payload = Bytes::from(vec![b'y'; 100_000]);
    for _ in 0..70 {
        session.publish("t", payload.clone(), Qos::AtMostOnce, false).unwrap();
    }
    let wire: Vec<u8> = (1..=300).flat_map(|id| message(id, &[b'x'; 100_000])).collect();
    let speak = async {
        broker.write_all(&wire).await.unwrap();
        let mut buffer = vec![0; 7_000_000];
        broker.read_exact(&mut buffer).await.unwrap();
    };
    let both = async {
        tokio::pin!(speak);
        let (mut heard, mut spoken) = (0, false);
        while heard < 300 || !spoken {
            tokio::select! {
                () = &mut speak, if !spoken => spoken = true,
                event = session.next() => if let SessionEvent::Messages(messages) = event { heard += messages.len() }
            }
        }
    };
    tokio::time::timeout(LIMIT, both).await.expect("neither side waits for the other");
}

#[tokio::test]
async fn a_slow_broker_bounds_what_is_taken_for_publishing() {
    let (mut session, broker, _listener) = pair(|port| SessionOptions::new(port, "bounded")).await;
    let payload = Bytes::from(vec![b'y'; 100_000]);
    let mut taken = 0;
    let full = tokio::time::timeout(LIMIT, async {
        while session.publish("t", payload.clone(), Qos::AtMostOnce, false).is_ok() {
            taken += 1;
            tokio::select! { event = session.next() => panic!("{event:?}"), () = tokio::task::yield_now() => {} }
        }
    });
    full.await.expect("a broker that reads nothing fills the buffer");
    assert!(taken > 70, "{taken}");
    assert!(session.waiting_bytes() <= mqtt_config::session::OUTBOUND_LIMIT);
    drop(broker);
}
