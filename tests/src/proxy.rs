//! A TCP link that misbehaves on request: it stands between a client and a server, and everything
//! that a cable, a switch or a firewall does to them is one word.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::net::sockopt::set_socket_linger;

use crate::cameras::tap::Tap;
use crate::seed::Seed;

/// How often a direction looks whether the fault has changed.
const LOOK: Duration = Duration::from_millis(10);
/// Of so many bytes one is turned.
const FLIP_EACH: usize = 16;

/// What is done to the bytes on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing: they pass.
    None,
    /// Connections stay open and nothing passes; new ones are taken and left alone.
    BlackHole,
    /// What the client says arrives; what the server says does not.
    HalfOpen,
    /// One byte a second each way.
    Drip,
    /// Everything arrives two seconds later.
    Late,
    /// Every connection is reset, at once and as soon as it is made.
    Reset,
    /// Connections are closed in good order; new ones too.
    Cut,
    /// What the server says arrives with bytes of it turned.
    Flip,
    /// Connections are closed; who comes anew is told rubbish for as long as it listens.
    Rubbish,
}

impl Fault {
    /// Those that a link of MQTT must survive.
    pub const ALL: [Self; 6] = [Self::BlackHole, Self::HalfOpen, Self::Drip, Self::Late, Self::Reset, Self::Cut];

    /// How long the bytes of `Late` are on the way.
    pub const DELAY: Duration = Duration::from_secs(2);
}

/// A proxy on 127.0.0.1.
#[derive(Debug)]
pub struct Proxy {
    /// Where clients connect.
    pub port: u16,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    target: SocketAddr,
    fault: Mutex<Fault>,
    /// When each connection was asked for.
    attempts: Mutex<Vec<Instant>>,
    passed: AtomicU64,
    over: AtomicBool,
    /// What clients say, where it is to be kept.
    tap: Option<Mutex<Tap>>,
    connections: AtomicU64,
}

impl Shared {
    fn fault(&self) -> Fault {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }
}

impl Proxy {
    /// In front of a port of this machine.
    ///
    /// # Panics
    /// When there is no free port.
    #[must_use]
    pub fn before(port: u16) -> Self {
        Self::with(port, None)
    }

    /// In front of a broker, keeping everything that clients send to it.
    ///
    /// # Panics
    /// As [`Self::before`].
    #[must_use]
    pub fn tapped(port: u16) -> Self {
        Self::with(port, Some(Mutex::default()))
    }

    fn with(port: u16, tap: Option<Mutex<Tap>>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("there is a free port");
        let own = listener.local_addr().expect("it is bound").port();
        let shared = Arc::new(Shared {
            target: (Ipv4Addr::LOCALHOST, port).into(),
            fault: Mutex::new(Fault::None),
            attempts: Mutex::default(),
            passed: AtomicU64::new(0),
            over: AtomicBool::new(false),
            tap,
            connections: AtomicU64::new(0),
        });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || accept(&listener, &accepting));
        Self { port: own, shared }
    }

    /// From now on.
    pub fn set(&self, fault: Fault) {
        *self.shared.fault.lock().unwrap_or_else(PoisonError::into_inner) = fault;
    }

    /// Looks at what clients have sent so far; nothing where the proxy keeps nothing.
    pub fn sent<T>(&self, look: impl FnOnce(&Tap) -> T) -> T {
        match &self.shared.tap {
            Some(tap) => look(&tap.lock().unwrap_or_else(PoisonError::into_inner)),
            None => look(&Tap::default()),
        }
    }

    /// Bytes that have passed both ways.
    #[must_use]
    pub fn passed(&self) -> u64 {
        self.shared.passed.load(Ordering::Relaxed)
    }

    /// When each connection was asked for, in order.
    #[must_use]
    pub fn attempts(&self) -> Vec<Instant> {
        self.shared.attempts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::Relaxed);
        // Wakes the one that accepts.
        drop(TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)));
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    while let Ok((client, _)) = listener.accept() {
        if shared.over() {
            return;
        }
        shared.attempts.lock().unwrap_or_else(PoisonError::into_inner).push(Instant::now());
        match shared.fault() {
            Fault::Reset => reset(&client),
            Fault::Cut => drop(client.shutdown(Shutdown::Both)),
            Fault::Rubbish => {
                let shared = Arc::clone(shared);
                thread::spawn(move || rubbish(client, &shared));
            }
            _ => {
                let shared = Arc::clone(shared);
                thread::spawn(move || carry(client, &shared));
            }
        }
    }
}

/// One connection, until either side ends it or the fault does.
fn carry(client: TcpStream, shared: &Arc<Shared>) {
    // A server that is away is a connection that is closed at once.
    let Ok(server) = TcpStream::connect(shared.target) else { return };
    let connection = shared.connections.fetch_add(1, Ordering::Relaxed);
    let halves = [(&client, &server, Way::Up), (&server, &client, Way::Down)];
    let directions = halves.map(|(from, to, way)| {
        let (from, to, shared) = (from.try_clone(), to.try_clone(), Arc::clone(shared));
        thread::spawn(move || {
            if let (Ok(from), Ok(to)) = (from, to) {
                Direction::new(from, to, way, connection).run(&shared)
            }
        })
    });
    directions.into_iter().for_each(|direction| drop(direction.join()));
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Up,
    Down,
}

/// One way of one connection.
struct Direction {
    from: TcpStream,
    to: TcpStream,
    way: Way,
    /// Read and not passed on yet, each with the time at which it was read. Bounded by the one
    /// buffer that is read while it is empty, but for `Late`, which holds two seconds of a link.
    held: Vec<(Instant, Vec<u8>)>,
    last_drip: Instant,
    /// Which connection it is.
    connection: u64,
}

impl Direction {
    fn new(from: TcpStream, to: TcpStream, way: Way, connection: u64) -> Self {
        Self { from, to, way, held: Vec::new(), last_drip: Instant::now(), connection }
    }

    fn run(mut self, shared: &Shared) {
        loop {
            let fault = shared.fault();
            if fault == Fault::Reset {
                reset(&self.from);
                reset(&self.to);
                return;
            }
            let goes_on = !shared.over() && fault != Fault::Cut && fault != Fault::Rubbish;
            // An end or an error of one side is told to the other as an end.
            if !goes_on || !self.turn(fault, shared).unwrap_or(false) {
                break;
            }
        }
        // Either may be closed already.
        drop(self.from.shutdown(Shutdown::Both));
        drop(self.to.shutdown(Shutdown::Both));
    }

    /// Reads if it may, passes on what is due; `false` when the sender has ended.
    fn turn(&mut self, fault: Fault, shared: &Shared) -> io::Result<bool> {
        let stopped = fault == Fault::BlackHole || (fault == Fault::HalfOpen && self.way == Way::Down);
        if stopped {
            // Not read either: the sender's buffers fill, as they do when a cable is pulled.
            thread::park_timeout(LOOK);
            return Ok(true);
        }
        if self.held.is_empty() || fault == Fault::Late {
            if !self.read()? && self.held.is_empty() {
                return Ok(false);
            }
        } else {
            thread::park_timeout(LOOK);
        }
        self.pass(fault, shared)?;
        Ok(true)
    }

    fn read(&mut self) -> io::Result<bool> {
        self.from.set_read_timeout(Some(LOOK))?;
        let mut buffer = vec![0; 16 * 1024];
        match self.from.read(&mut buffer) {
            Ok(0) => Ok(false),
            Ok(read) => {
                buffer.truncate(read);
                self.held.push((Instant::now(), buffer));
                Ok(true)
            }
            Err(why) if matches!(why.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Ok(true),
            Err(why) => Err(why),
        }
    }

    fn pass(&mut self, fault: Fault, shared: &Shared) -> io::Result<()> {
        let due = match fault {
            Fault::Late => self.held.iter().take_while(|(read, _)| read.elapsed() >= Fault::DELAY).count(),
            Fault::Drip => {
                if self.last_drip.elapsed() < Duration::from_secs(1) {
                    return Ok(());
                }
                return self.drip(shared);
            }
            _ => self.held.len(),
        };
        for (_, mut bytes) in self.held.drain(..due) {
            shared.passed.fetch_add(bytes.len() as u64, Ordering::Relaxed);
            if fault == Fault::Flip && self.way == Way::Down {
                bytes.iter_mut().step_by(FLIP_EACH).for_each(|byte| *byte ^= 0x55);
            }
            if let Some(tap) = shared.tap.as_ref().filter(|_| self.way == Way::Up) {
                tap.lock().unwrap_or_else(PoisonError::into_inner).take(self.connection, &bytes);
            }
            self.to.write_all(&bytes)?;
        }
        Ok(())
    }

    fn drip(&mut self, shared: &Shared) -> io::Result<()> {
        let Some((_, bytes)) = self.held.first_mut() else { return Ok(()) };
        self.last_drip = Instant::now();
        let byte = bytes.remove(0);
        if bytes.is_empty() {
            self.held.remove(0);
        }
        shared.passed.fetch_add(1, Ordering::Relaxed);
        self.to.write_all(&[byte])
    }
}

/// Half of those who come are told noise, half something that begins well.
fn rubbish(mut client: TcpStream, shared: &Shared) {
    let number = shared.connections.fetch_add(1, Ordering::Relaxed);
    let mut seed = Seed::new(number);
    let begin: &[u8] =
        if number.is_multiple_of(2) { b"" } else { b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 99999999\r\n\r\n" };
    let mut goes_on = client.set_write_timeout(Some(LOOK * 10)).is_ok() && client.write_all(begin).is_ok();
    while goes_on && shared.fault() == Fault::Rubbish && !shared.over() {
        let noise: Vec<u8> = (0..64).flat_map(|_| seed.bits().to_le_bytes()).collect();
        goes_on = match client.write(&noise) {
            Ok(_) => true,
            Err(why) => matches!(why.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
        };
        thread::park_timeout(LOOK);
    }
}

/// When its last handle is dropped, RST instead of FIN: what was on the way is lost.
fn reset(stream: &TcpStream) {
    // A socket that is gone already needs no reset.
    let _ = set_socket_linger(stream, Some(Duration::ZERO));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server that says everything again.
    fn echo() -> u16 {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || {
            while let Ok((mut stream, _)) = listener.accept() {
                thread::spawn(move || {
                    let mut other = stream.try_clone().unwrap();
                    drop(io::copy(&mut stream, &mut other));
                });
            }
        });
        port
    }

    fn said_again(client: &mut TcpStream, limit: Duration) -> Option<u8> {
        client.write_all(b"a").ok()?;
        client.set_read_timeout(Some(limit)).unwrap();
        let mut byte = [0];
        client.read_exact(&mut byte).ok().map(|()| byte[0])
    }

    #[test]
    fn passes_then_holds_then_passes_again() {
        let proxy = Proxy::before(echo());
        let mut client = TcpStream::connect((Ipv4Addr::LOCALHOST, proxy.port)).unwrap();
        assert_eq!(said_again(&mut client, Duration::from_secs(10)), Some(b'a'));
        assert_eq!(proxy.passed(), 2);
        for fault in [Fault::BlackHole, Fault::HalfOpen] {
            proxy.set(fault);
            thread::park_timeout(LOOK * 3);
            assert_eq!(said_again(&mut client, Duration::from_millis(100)), None, "{fault:?}");
            proxy.set(Fault::None);
            let mut byte = [0];
            client.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
            client.read_exact(&mut byte).unwrap();
        }
        assert_eq!(proxy.attempts().len(), 1);
    }

    #[test]
    fn turned_bytes_and_rubbish() {
        let proxy = Proxy::tapped(echo());
        let mut client = TcpStream::connect((Ipv4Addr::LOCALHOST, proxy.port)).unwrap();
        proxy.set(Fault::Flip);
        assert_eq!(said_again(&mut client, Duration::from_secs(10)), Some(b'a' ^ 0x55));
        assert_eq!(proxy.sent(|tap| tap.bytes()), (1, 1));
        proxy.set(Fault::Rubbish);
        assert_eq!(said_again(&mut client, Duration::from_secs(10)), None);
        let mut other = TcpStream::connect((Ipv4Addr::LOCALHOST, proxy.port)).unwrap();
        let mut first = [0; 600];
        other.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        other.read_exact(&mut first).unwrap();
        assert_ne!(first, [0; 600]);
    }

    #[test]
    fn late_is_late_and_cut_is_an_end() {
        let proxy = Proxy::before(echo());
        let mut client = TcpStream::connect((Ipv4Addr::LOCALHOST, proxy.port)).unwrap();
        proxy.set(Fault::Late);
        let begin = Instant::now();
        assert_eq!(said_again(&mut client, Duration::from_secs(40)), Some(b'a'));
        assert!(begin.elapsed() >= Fault::DELAY, "{:?}", begin.elapsed());
        for fault in [Fault::Cut, Fault::Reset] {
            proxy.set(fault);
            assert_eq!(said_again(&mut client, Duration::from_secs(10)), None, "{fault:?}");
            client = TcpStream::connect((Ipv4Addr::LOCALHOST, proxy.port)).unwrap();
        }
    }
}
