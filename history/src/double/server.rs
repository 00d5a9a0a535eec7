//! The socket: who may connect, one thread a connection, and what is broken on purpose.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, BufReader, BufWriter};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Serialize;

use super::Options;
use super::api;
use super::fault::{On, Script, What};
use super::http::{Answer, Request};
use super::keep::Bucket;

/// As many connections are served at once; further ones are closed at once.
const MOST_CONNECTIONS: usize = 64;
/// As many requests are remembered; the oldest are forgotten first.
const MOST_SEEN: usize = 10_000;

/// A request that came, and what was answered.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "the names say it")]
pub struct Seen {
    pub method: String,
    pub path: String,
    pub params: Vec<(String, String)>,
    /// 0: the connection was broken instead.
    pub status: u16,
    /// The body as it was sent, bytes.
    pub bytes: usize,
    pub gzip: bool,
    /// The text of a query.
    pub flux: Option<String>,
}

/// All it knows.
#[derive(Debug)]
pub struct State {
    pub set_up: bool,
    pub org: String,
    pub org_id: String,
    pub token: String,
    pub reader: String,
    pub buckets: BTreeMap<String, Bucket>,
    pub next_id: u64,
    pub now: Option<i64>,
    pub script: Script,
    pub seen: VecDeque<Seen>,
}

impl State {
    fn new(options: &Options) -> Self {
        let mut state = Self {
            set_up: options.set_up,
            org: options.org.clone(),
            org_id: "0a0a0a0a0a0a0a0a".into(),
            token: options.token.clone(),
            reader: options.reader.clone(),
            buckets: BTreeMap::new(),
            next_id: 0,
            now: None,
            script: Script::default(),
            seen: VecDeque::new(),
        };
        for (name, retention) in &options.buckets {
            state.add_bucket(name, retention.map(|lasts| i64::try_from(lasts.as_nanos()).unwrap_or(i64::MAX)));
        }
        state
    }

    /// Makes an empty bucket.
    pub fn add_bucket(&mut self, name: &str, retention: Option<i64>) -> &Bucket {
        self.next_id += 1;
        let id = format!("{:016x}", 0x0b0b_0000_0000_0000_u64 + self.next_id);
        self.buckets.entry(name.to_owned()).or_insert(Bucket::new(id, name.to_owned(), retention))
    }

    /// Nanoseconds since 1970-01-01.
    pub fn now(&self) -> i64 {
        let wall = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        self.now.unwrap_or_else(|| i64::try_from(wall()).unwrap_or(i64::MAX))
    }

    fn remember(&mut self, seen: Seen) {
        if self.seen.len() == MOST_SEEN {
            self.seen.pop_front();
        }
        self.seen.push_back(seen);
    }
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    /// The open connections by number; `None`: it does not listen.
    open: Mutex<Option<BTreeMap<u64, TcpStream>>>,
    /// Told when it stops, so that nobody holds an answer back any longer.
    stopped: Condvar,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The listening end.
#[derive(Debug)]
pub struct Server {
    shared: Arc<Shared>,
    address: SocketAddr,
    listening: Mutex<Option<JoinHandle<()>>>,
}

impl Server {
    pub fn start(options: Options) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port))?;
        let address = listener.local_addr()?;
        let state = Mutex::new(State::new(&options));
        let shared = Arc::new(Shared { state, open: Mutex::new(None), stopped: Condvar::new() });
        let server = Self { shared, address, listening: Mutex::new(None) };
        server.listen(listener)?;
        Ok(server)
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut lock(&self.shared.state))
    }

    fn listen(&self, listener: TcpListener) -> io::Result<()> {
        *lock(&self.shared.open) = Some(BTreeMap::new());
        let shared = Arc::clone(&self.shared);
        let thread = thread::Builder::new().name("influx-double".into()).spawn(move || accept(&listener, &shared))?;
        *lock(&self.listening) = Some(thread);
        Ok(())
    }

    pub fn up(&self) -> io::Result<()> {
        if lock(&self.shared.open).is_some() {
            return Ok(());
        }
        self.listen(TcpListener::bind(self.address)?)
    }

    pub fn down(&self) {
        let Some(open) = lock(&self.shared.open).take() else { return };
        for stream in open.values() {
            reset(stream);
        }
        self.shared.stopped.notify_all();
        // Wakes the thread that accepts; it sees that it is over and closes the socket.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = lock(&self.listening).take() {
            // It ends by itself; a panic in it has been printed.
            thread.join().ok();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.down();
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for number in 0_u64.. {
        let Ok((stream, _)) = listener.accept() else { return };
        {
            let mut open = lock(&shared.open);
            let Some(open) = open.as_mut() else { return };
            let Ok(other) = stream.try_clone() else { continue };
            if open.len() >= MOST_CONNECTIONS {
                continue;
            }
            open.insert(number, other);
        }
        let ours = Arc::clone(shared);
        let served = move || {
            // A broken connection is the client's to notice.
            serve(&stream, &ours).ok();
            drop(lock(&ours.open).as_mut().map(|open| open.remove(&number)));
        };
        if thread::Builder::new().name("influx-double-client".into()).spawn(served).is_err() {
            return;
        }
    }
}

/// The other side sees "connection reset", not an end.
fn reset(stream: &TcpStream) {
    rustix::net::sockopt::set_socket_linger(stream, Some(Duration::ZERO)).ok();
    stream.shutdown(std::net::Shutdown::Both).ok();
}

fn serve(stream: &TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut from = BufReader::new(stream);
    let mut to = BufWriter::new(stream);
    while let Some(request) = Request::read(&mut from)? {
        let Some(answer) = handle(&request, shared) else {
            reset(stream);
            return Ok(());
        };
        if !answer.send(&mut to)?
            || request.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"))
        {
            stream.shutdown(std::net::Shutdown::Both)?;
            return Ok(());
        }
    }
    Ok(())
}

/// The answer; `None`: the connection is to be reset.
fn handle(request: &Request, shared: &Shared) -> Option<Answer> {
    let mut state = lock(&shared.state);
    if request.path.starts_with("/_double/") {
        return Some(api::control(request, &mut state));
    }
    let on = match request.path.as_str() {
        "/api/v2/write" => On::Write,
        "/api/v2/query" => On::Query,
        _ => On::All,
    };
    let what = state.script.next(on, request.body.len());
    let (answer, held) = faulty(&what, request, &mut state);
    let status = answer.as_ref().map_or(0, |answer| answer.status);
    state.remember(Seen {
        method: request.method.clone(),
        path: request.path.clone(),
        params: request.query.clone(),
        status,
        bytes: request.body.len(),
        gzip: request.header("content-encoding").is_some_and(|value| value.contains("gzip")),
        flux: (on == On::Query).then(|| api::flux_of(request)),
    });
    drop(state);
    if let Some(held) = held {
        let open = lock(&shared.open);
        // Until then, or until it stops.
        drop(shared.stopped.wait_timeout_while(open, held, |open| open.is_some()));
    }
    answer
}

fn faulty(what: &What, request: &Request, state: &mut State) -> (Option<Answer>, Option<Duration>) {
    let mut held = None;
    let answer = match what {
        What::Nothing => api::route(request, state),
        What::Status { status, retry_after } => {
            let mut answer = api::told(*status);
            answer.headers.extend(retry_after.iter().map(|value| ("Retry-After", value.clone())));
            answer
        }
        What::DoneBut(status) => {
            api::route(request, state);
            api::told(*status)
        }
        What::TooLarge(_) => api::error("request too large", "unable to read data: points batch is too large"),
        What::Reset => return (None, None),
        What::DoneThenReset => {
            api::route(request, state);
            return (None, None);
        }
        What::Slow(ms) => {
            held = Some(Duration::from_millis(*ms));
            api::route(request, state)
        }
        What::Page => Answer::text(200, "text/html", "<!doctype html><title>Login</title><p>Please log in.</p>"),
        What::Cut(bytes) => Answer { chunked: Some(Some(*bytes)), ..api::route(request, state) },
        What::Csv(text) => {
            Answer { chunked: Some(None), ..Answer::text(200, "text/csv; charset=utf-8", text.as_str()) }
        }
    };
    (Some(answer), held)
}
