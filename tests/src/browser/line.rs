//! One line to Chromium: numbered calls, their answers, and what it tells in between.

use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tungstenite::{Error, Message, WebSocket};

/// A call that takes longer than this has failed: the machine is slow, not that slow.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long one read may block before the caller's own limit is looked at again.
const ONE_READ: Duration = Duration::from_millis(10);

/// A WebSocket to the browser or to one of its pages.
#[derive(Debug)]
pub(super) struct Line {
    socket: WebSocket<TcpStream>,
    calls: u64,
    /// What was told and not yet looked at, oldest first.
    pub(super) told: Vec<Value>,
}

impl Line {
    pub(super) fn open(port: u16, path: &str) -> Result<Self, String> {
        let stream = TcpStream::connect(("127.0.0.1", port)).map_err(|why| format!("no Chromium at {port}: {why}"))?;
        let url = format!("ws://127.0.0.1:{port}{path}");
        let (socket, _) = tungstenite::client(&url, stream).map_err(|why| format!("no line to {url}: {why}"))?;
        let limits = socket.get_ref().set_read_timeout(Some(ONE_READ));
        limits.and_then(|()| socket.get_ref().set_nodelay(true)).map_err(|why| why.to_string())?;
        Ok(Self { socket, calls: 0, told: Vec::new() })
    }

    /// Calls a method and waits for its answer.
    pub(super) fn call(&mut self, method: &str, params: &Value) -> Result<Value, String> {
        self.calls += 1;
        let call = json!({"id": self.calls, "method": method, "params": params});
        self.socket.send(Message::text(call.to_string())).map_err(|why| format!("{method} cannot be sent: {why}"))?;
        let begin = Instant::now();
        while begin.elapsed() < PATIENCE {
            let Some(mut message) = self.read()? else { continue };
            if message["id"] != self.calls {
                self.told.push(message);
            } else if message["error"].is_object() {
                return Err(format!("{method}: {}", message["error"]));
            } else {
                return Ok(message["result"].take());
            }
        }
        Err(format!("{method} was not answered within {PATIENCE:?}"))
    }

    /// Takes in what is told within one short read; whether there was anything.
    pub(super) fn listen(&mut self) -> Result<bool, String> {
        let message = self.read()?;
        let heard = message.is_some();
        self.told.extend(message);
        Ok(heard)
    }

    fn read(&mut self) -> Result<Option<Value>, String> {
        match self.socket.read() {
            Ok(Message::Text(text)) => serde_json::from_str(&text).map(Some).map_err(|why| format!("{why} in {text}")),
            // Pings are answered by the library.
            Ok(_) => Ok(None),
            Err(Error::Io(why)) if is_timeout(&why) => Ok(None),
            Err(why) => Err(format!("the line to Chromium is lost: {why}")),
        }
    }
}

fn is_timeout(why: &std::io::Error) -> bool {
    matches!(why.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut)
}
