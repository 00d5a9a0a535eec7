//! A screen: a WebSocket client that folds what it hears by itself.

use std::collections::BTreeMap;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::Value;
use tungstenite::{Error, Message, WebSocket};

use crate::fold::fold;

/// How long one read may block before the caller's own limit is looked at again.
const ONE_READ: Duration = Duration::from_millis(20);

/// A connected screen.
#[derive(Debug)]
pub struct Screen {
    socket: WebSocket<TcpStream>,
    /// The board as folded so far.
    pub board: Value,
    /// The folded board at every `seq` that was reached.
    pub history: BTreeMap<u64, Value>,
    /// How many deltas were folded.
    pub deltas: usize,
    /// How often a message did not follow, and a snapshot was asked for.
    pub gaps: usize,
}

/// What one message was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// The whole board.
    Snapshot,
    /// A change, folded.
    Delta,
    /// Nothing changed.
    Alive,
    /// Something that does not follow the folded board; a snapshot was asked for.
    Gap,
}

impl Screen {
    /// Connects to a site; the first message must be a snapshot.
    ///
    /// # Errors
    /// When the connection is refused or something else comes first.
    pub fn open(address: &str, site: &str) -> Result<Self, String> {
        let stream = TcpStream::connect(address).map_err(|why| format!("cannot connect to {address}: {why}"))?;
        let url = format!("ws://{address}/api/v1/sites/{site}/ws");
        let (socket, _) = tungstenite::client(&url, stream).map_err(|why| format!("no WebSocket at {url}: {why}"))?;
        socket.get_ref().set_read_timeout(Some(ONE_READ)).map_err(|why| why.to_string())?;
        let mut screen = Self { socket, board: Value::Null, history: BTreeMap::new(), deltas: 0, gaps: 0 };
        match screen.hear(Duration::from_secs(10))? {
            Some(Heard::Snapshot) => Ok(screen),
            other => Err(format!("the first message is {other:?}, not a snapshot")),
        }
    }

    /// The `seq` of the folded board.
    #[must_use]
    pub fn seq(&self) -> u64 {
        self.board["seq"].as_u64().unwrap_or_default()
    }

    /// Takes the next message in; `None` when none came within the limit.
    ///
    /// # Errors
    /// When the connection is lost, a message is not the contract's, or `seq` goes back.
    pub fn hear(&mut self, limit: Duration) -> Result<Option<Heard>, String> {
        let begin = Instant::now();
        loop {
            match self.socket.read() {
                Ok(Message::Text(text)) => return self.take(&text).map(Some),
                Ok(Message::Close(why)) => return Err(format!("closed: {why:?}")),
                // Pings are answered by the library; nothing else is the contract's.
                Ok(_) => {}
                Err(Error::Io(why)) if is_timeout(&why) => {}
                Err(why) => return Err(format!("lost: {why}")),
            }
            if begin.elapsed() >= limit {
                return Ok(None);
            }
        }
    }

    /// Asks for a snapshot.
    ///
    /// # Errors
    /// When it cannot be sent.
    pub fn ask_resync(&mut self) -> Result<(), String> {
        self.socket.send(Message::text(r#"{"type":"resync"}"#)).map_err(|why| format!("cannot ask: {why}"))
    }

    fn take(&mut self, text: &str) -> Result<Heard, String> {
        let message: Value = serde_json::from_str(text).map_err(|why| format!("{why} in {text}"))?;
        let seq = message["seq"].as_u64().ok_or_else(|| format!("no seq in {text}"))?;
        if seq < self.seq() {
            return Err(format!("seq goes from {} back to {seq}", self.seq()));
        }
        let heard = match message["type"].as_str() {
            Some("snapshot") if message["board"]["seq"] == seq => {
                self.board = message["board"].clone();
                Heard::Snapshot
            }
            Some("delta") if message["prev"] == self.board["seq"] => {
                fold(&mut self.board, &message)?;
                self.deltas += 1;
                Heard::Delta
            }
            Some("alive") if seq == self.seq() => return Ok(Heard::Alive),
            Some("delta" | "alive") => {
                self.gaps += 1;
                self.ask_resync()?;
                return Ok(Heard::Gap);
            }
            _ => return Err(format!("not a message of the contract: {text}")),
        };
        newest_first(&mut self.board)?;
        self.history.insert(seq, self.board.clone());
        Ok(heard)
    }
}

/// A folded list of calls is shown newest first, and there are never more than 20.
fn newest_first(board: &mut Value) -> Result<(), String> {
    let Some(calls) = board["calls"].as_array_mut() else { return Err("a board without calls".to_owned()) };
    calls.sort_by_key(|call| std::cmp::Reverse(call["call_seq"].as_u64()));
    if calls.len() > 20 { Err(format!("{} calls are on the board", calls.len())) } else { Ok(()) }
}

fn is_timeout(why: &std::io::Error) -> bool {
    matches!(why.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut)
}
