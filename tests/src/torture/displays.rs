//! Many screens that only listen: one thread reads them all, and connects again those that are cut.

use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tungstenite::{Error, WebSocket};

const LOOK: Duration = Duration::from_millis(20);
const HANDSHAKE: Duration = Duration::from_secs(2);

/// Connected screens.
#[derive(Debug)]
pub struct Displays {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    over: AtomicBool,
    messages: AtomicU64,
    connections: AtomicU64,
    connected: AtomicU64,
}

impl Displays {
    /// `count` screens, spread over the sites.
    #[must_use]
    pub fn open(address: &str, sites: &[String], count: usize) -> Self {
        let shared = Arc::new(Shared::default());
        let urls: Vec<String> = sites.iter().map(|site| format!("ws://{address}/api/v1/sites/{site}/ws")).collect();
        let urls = urls.into_iter().cycle().take(count).collect();
        let (address, listening) = (address.to_owned(), Arc::clone(&shared));
        let thread = Some(thread::spawn(move || listen(&address, urls, &listening)));
        Self { shared, thread }
    }

    /// Messages that came so far.
    #[must_use]
    pub fn messages(&self) -> u64 {
        self.shared.messages.load(Ordering::Relaxed)
    }

    /// Connections that were made so far.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.shared.connections.load(Ordering::Relaxed)
    }

    /// Screens that are connected now.
    #[must_use]
    pub fn connected(&self) -> u64 {
        self.shared.connected.load(Ordering::Relaxed)
    }
}

impl Drop for Displays {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::Relaxed);
        // It has nothing to tell.
        self.thread.take().map(JoinHandle::join).into_iter().for_each(drop);
    }
}

fn listen(address: &str, urls: Vec<String>, shared: &Shared) {
    let mut screens: Vec<(String, Option<WebSocket<TcpStream>>)> = urls.into_iter().map(|url| (url, None)).collect();
    while !shared.over.load(Ordering::Relaxed) {
        for (url, screen) in &mut screens {
            match screen {
                Some(socket) => {
                    if !hear(socket, shared) {
                        *screen = None;
                    }
                }
                None => {
                    *screen = connect(address, url);
                    shared.connections.fetch_add(u64::from(screen.is_some()), Ordering::Relaxed);
                }
            }
        }
        let connected = screens.iter().filter(|(_, screen)| screen.is_some()).count();
        shared.connected.store(connected as u64, Ordering::Relaxed);
        thread::park_timeout(LOOK);
    }
}

fn connect(address: &str, url: &str) -> Option<WebSocket<TcpStream>> {
    let stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(HANDSHAKE)).ok()?;
    let (socket, _) = tungstenite::client(url, stream).ok()?;
    socket.get_ref().set_nonblocking(true).ok()?;
    Some(socket)
}

/// Takes what has come, pings among it; `false` when the screen was cut off.
fn hear(socket: &mut WebSocket<TcpStream>, shared: &Shared) -> bool {
    loop {
        match socket.read() {
            Ok(_) => {
                shared.messages.fetch_add(1, Ordering::Relaxed);
            }
            Err(Error::Io(why)) if why.kind() == std::io::ErrorKind::WouldBlock => return true,
            Err(_) => return false,
        }
    }
}
