//! Many displays in one process: WebSockets that count their messages and how old each was, and
//! some that never read.
//!
//! Prints `{"ready":true}` when all are connected, begins with a line on stdin, and reports after so
//! many seconds. A message's age is this machine's clock less its `as_of`, in whole milliseconds.

use std::io::stdin;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use bench::figure::print_line;
use bench::load::publish::since_1970;
use bytes::{Buf, BytesMut};
use clap::Parser;
use domain::Timestamp;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

/// What one that never reads lets the kernel keep for it.
const STUCK_BUFFER: u32 = 4 * 1024;
const PING: u8 = 9;
const TEXT: u8 = 1;

/// Opens WebSockets and watches what comes.
#[derive(Debug, Clone, Parser)]
struct Arguments {
    /// Where the server listens.
    #[arg(long)]
    address: SocketAddr,
    /// The WebSocket's path.
    #[arg(long)]
    path: String,
    /// How many displays.
    #[arg(long)]
    count: usize,
    /// How many of them never read.
    #[arg(long, default_value_t = 0)]
    stuck: usize,
    /// How long they read before they count: handshakes and first boards are not what is measured.
    #[arg(long, default_value_t = 0)]
    warm_up: u64,
    /// How long they count.
    #[arg(long)]
    seconds: u64,
    /// Taken and not used: every program of a measurement is told it.
    #[arg(long)]
    mqtt_port: u16,
}

/// What one display, or all of them, got.
#[derive(Debug, Default)]
struct Seen {
    messages: u64,
    bytes: u64,
    ages_ms: Vec<u32>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let mut displays = Vec::new();
    for place in 0..arguments.count {
        displays.push(connect(&arguments, place < arguments.stuck).await?);
    }
    print_line(&json!({"ready": true}));
    stdin().read_line(&mut String::new())?;

    let begin = Instant::now() + Duration::from_secs(arguments.warm_up);
    let end = begin + Duration::from_secs(arguments.seconds);
    // Held open, not read.
    let readers = displays.split_off(arguments.stuck);
    let mut watching = JoinSet::new();
    for display in readers {
        watching.spawn(watch(display, begin, end));
    }
    let mut all = Seen::default();
    while let Some(seen) = watching.join_next().await {
        let seen = seen??;
        all.messages += seen.messages;
        all.bytes += seen.bytes;
        all.ages_ms.extend(seen.ages_ms);
    }
    all.ages_ms.sort_unstable();
    let rank = |q: f64| all.ages_ms.get((q * all.ages_ms.len() as f64).ceil() as usize - 1).copied();
    let (p50, p99) = if all.ages_ms.is_empty() { (None, None) } else { (rank(0.5), rank(0.99)) };
    let worst = all.ages_ms.last();
    print_line(&json!({"messages": all.messages, "bytes": all.bytes, "p50_ms": p50, "p99_ms": p99, "worst_ms": worst}));
    Ok(())
}

async fn connect(arguments: &Arguments, stuck: bool) -> Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    if stuck {
        socket.set_recv_buffer_size(STUCK_BUFFER)?;
    }
    let mut stream = socket.connect(arguments.address).await?;
    stream.set_nodelay(true)?;
    let Arguments { address, path, .. } = arguments;
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    // Byte by byte, so that nothing of the first message is taken.
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.context("the server hung up")?);
    }
    if !head.starts_with(b"HTTP/1.1 101") {
        bail!("no WebSocket: {}", String::from_utf8_lossy(&head));
    }
    Ok(stream)
}

async fn watch(mut stream: TcpStream, begin: Instant, end: Instant) -> Result<Seen> {
    let (mut seen, mut buffer) = (Seen::default(), BytesMut::with_capacity(16 * 1024));
    while let Ok(read) = timeout_at(end, stream.read_buf(&mut buffer)).await {
        if read? == 0 {
            bail!("the server ended a display's connection");
        }
        let counts = Instant::now() >= begin;
        let now_ms = since_1970().as_millis() as i64;
        while let Some((head, length)) = frame(&buffer) {
            let opcode = buffer[0] & 0x0f;
            buffer.advance(head);
            let payload = buffer.split_to(length);
            match opcode {
                PING => stream.write_all(&pong(&payload)).await?,
                TEXT if counts => seen.note(&payload, now_ms),
                // Not counted yet.
                _ => {}
            }
        }
    }
    Ok(seen)
}

impl Seen {
    fn note(&mut self, text: &[u8], now_ms: i64) {
        self.messages += 1;
        self.bytes += text.len() as u64;
        if text.starts_with(b"{\"type\":\"delta\"")
            && let Some(as_of) = as_of(text)
        {
            self.ages_ms.push(u32::try_from(now_ms - as_of.ms()).unwrap_or(0));
        }
    }
}

/// The `as_of` near the beginning of a delta.
fn as_of(text: &[u8]) -> Option<Timestamp> {
    let head = std::str::from_utf8(&text[..text.len().min(120)]).ok()?;
    let (_, rest) = head.split_once("\"as_of\":\"")?;
    Timestamp::parse(rest.split_once('"')?.0)
}

/// Lengths of the first frame's head and payload, when both are there (RFC 6455, section 5.2; a
/// server does not mask).
fn frame(buffer: &[u8]) -> Option<(usize, usize)> {
    let (head, length) = match *buffer.get(1)? {
        126 => (4, usize::from(u16::from_be_bytes(buffer.get(2..4)?.try_into().ok()?))),
        127 => (10, u64::from_be_bytes(buffer.get(2..10)?.try_into().ok()?) as usize),
        short => (2, usize::from(short)),
    };
    (buffer.len() >= head + length).then_some((head, length))
}

/// A client masks; with a mask of zeros the payload stays as it is.
fn pong(payload: &[u8]) -> Vec<u8> {
    [&[0x8a, 0x80 | payload.len() as u8, 0, 0, 0, 0], payload].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_found_when_they_are_whole() {
        assert_eq!(frame(&[0x81]), None);
        assert_eq!(frame(&[0x81, 3, b'a', b'b']), None);
        assert_eq!(frame(&[0x81, 3, b'a', b'b', b'c', 0x81]), Some((2, 3)));
        let long = [&[0x81, 126, 1, 0][..], &[b'x'; 256]].concat();
        assert_eq!(frame(&long), Some((4, 256)));
    }

    #[test]
    fn the_age_of_a_delta_is_read_from_its_head() {
        let text = br#"{"type":"delta","prev":1,"seq":2,"as_of":"2026-11-23T01:02:03.004Z","calls":[]}"#;
        assert_eq!(as_of(text), Timestamp::parse("2026-11-23T01:02:03.004Z"));
        assert_eq!(as_of(b"{}"), None);
    }
}
