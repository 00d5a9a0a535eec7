//! A screen that notes when each call came and how many bytes it took.

use std::collections::BTreeMap;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use bench::load::publish::since_1970;
use harness::fold::fold;
use serde_json::{Value, json};
use tungstenite::{Message, WebSocket};

/// How long one read may block before it is looked whether the measurement is over.
const ONE_READ: Duration = Duration::from_millis(200);

/// What the public may not see, of a board and of its counters.
const HIDDEN: [&str; 3] = ["devices", "alerts", "ingest"];
const HIDDEN_OF_COUNTERS: [&str; 2] = ["ratings", "utilisation"];

/// What a screen has seen.
#[derive(Debug, Default)]
pub struct Seen {
    /// When it got its first board, in microseconds since 1970.
    pub since_us: u64,
    /// When each number was first called on it, in microseconds since 1970.
    pub calls: BTreeMap<String, u64>,
    /// Deltas received.
    pub deltas: u64,
    /// Their bytes, as the public would get them.
    pub delta_bytes: u64,
    /// The bytes if each had been a snapshot.
    pub snapshot_bytes: u64,
}

/// A screen that runs until it is asked for what it has seen.
pub struct Screen {
    over: Arc<AtomicBool>,
    thread: JoinHandle<Result<Seen>>,
}

impl Screen {
    /// Connects to a site's WebSocket; the first message must be the board.
    pub fn open(address: &str, site: &str) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(ONE_READ))?;
        stream.set_nodelay(true)?;
        let url = format!("ws://{address}/api/v1/sites/{site}/ws");
        let (socket, _) = tungstenite::client(&url, stream).with_context(|| format!("no WebSocket at {url}"))?;
        let over = Arc::new(AtomicBool::new(false));
        let until = Arc::clone(&over);
        Ok(Self { over, thread: thread::spawn(move || watch(socket, &until)) })
    }

    /// Ends it.
    pub fn close(self) -> Result<Seen> {
        self.over.store(true, Ordering::Relaxed);
        match self.thread.join() {
            Ok(seen) => seen,
            Err(_) => bail!("a screen's thread has panicked"),
        }
    }
}

fn watch(mut socket: WebSocket<TcpStream>, over: &AtomicBool) -> Result<Seen> {
    let (mut seen, mut board) = (Seen::default(), Value::Null);
    while !over.load(Ordering::Relaxed) {
        let text = match socket.read() {
            Ok(Message::Text(text)) => text,
            // Pings are answered by the library.
            Ok(_) => continue,
            Err(tungstenite::Error::Io(why)) if why.kind() == std::io::ErrorKind::WouldBlock => continue,
            Err(why) => return Err(why).context("a screen lost its connection"),
        };
        let now_us = since_1970().as_micros() as u64;
        let message: Value = serde_json::from_str(&text)?;
        match message["type"].as_str() {
            Some("snapshot") => {
                board = message["board"].clone();
                seen.since_us = if seen.since_us == 0 { now_us } else { seen.since_us };
                seen.note_calls(&board, now_us);
            }
            Some("delta") => {
                seen.note_calls(&message, now_us);
                fold(&mut board, &message).map_err(anyhow::Error::msg)?;
                seen.note_bytes(&message, &board);
            }
            Some("alive") => {}
            _ => bail!("not a message of the contract: {text}"),
        }
    }
    Ok(seen)
}

impl Seen {
    fn note_calls(&mut self, rows: &Value, now_us: u64) {
        for call in rows["calls"].as_array().into_iter().flatten() {
            if let Some(ticket) = call["ticket"].as_str() {
                self.calls.entry(ticket.to_owned()).or_insert(now_us);
            }
        }
    }

    fn note_bytes(&mut self, delta: &Value, board: &Value) {
        let (delta, board) = (of_the_public(delta), of_the_public(board));
        self.deltas += 1;
        self.delta_bytes += delta.to_string().len() as u64;
        let snapshot = json!({"type": "snapshot", "seq": board["seq"], "board": board});
        self.snapshot_bytes += snapshot.to_string().len() as u64;
    }
}

/// A board or a delta without what `public` may not see. (With `--discover` every caller is
/// `director`.)
fn of_the_public(message: &Value) -> Value {
    let mut message = message.clone();
    if let Some(fields) = message.as_object_mut() {
        fields.retain(|name, _| !HIDDEN.contains(&name.as_str()));
    }
    for counter in message.get_mut("counters").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(fields) = counter.as_object_mut() {
            fields.retain(|name, _| !HIDDEN_OF_COUNTERS.contains(&name.as_str()));
        }
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_public_does_not_see_devices_and_ratings() {
        let board = json!({"seq": 3, "devices": [1], "counters": [{"counter": "q1", "ratings": {"n": 1}}]});
        assert_eq!(of_the_public(&board), json!({"seq": 3, "counters": [{"counter": "q1"}]}));
        assert_eq!(of_the_public(&json!({"seq": 3})), json!({"seq": 3}));
    }

    #[test]
    fn the_first_sight_of_a_call_counts() {
        let mut seen = Seen::default();
        seen.note_calls(&json!({"calls": [{"ticket": "A1"}]}), 5);
        seen.note_calls(&json!({"calls": [{"ticket": "A1"}, {"ticket": "A2"}]}), 9);
        assert_eq!(seen.calls, BTreeMap::from([("A1".to_owned(), 5), ("A2".to_owned(), 9)]));
    }
}
