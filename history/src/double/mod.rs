//! An InfluxDB 2.7 for tests: a process of its own or a server inside the test.
//!
//! It reads line protocol by the server's rules, keeps points by (measurement, tags, time), knows
//! types and retention, answers the queries of [`crate::influx::flux`] and no others, and does what
//! a script of faults tells it. It is no database: nothing of it is in a released program.

mod api;
mod fault;
mod http;
mod keep;
mod line;
mod manage;
mod point;
mod query;
mod server;
mod table;
mod time;
mod write;

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

pub use fault::{Fault, On, What};
pub use point::{Point, Value};
pub use server::Seen;

use self::server::Server;

/// How a double begins.
#[derive(Debug, Clone)]
pub struct Options {
    /// The port on 127.0.0.1; 0: any.
    pub port: u16,
    /// Whether the first setup is done; else only `/api/v2/setup` gets anywhere.
    pub set_up: bool,
    /// The organisation.
    pub org: String,
    /// The token that may do everything.
    pub token: String,
    /// A token that may only read.
    pub reader: String,
    /// Buckets and how long each keeps its points.
    pub buckets: Vec<(String, Option<Duration>)>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            set_up: true,
            org: "motcua".into(),
            token: "double-token".into(),
            reader: "double-reader".into(),
            buckets: Vec::new(),
        }
    }
}

/// A running double; it ends when this is dropped.
#[derive(Debug)]
pub struct Double {
    server: Server,
}

impl Double {
    /// Starts one.
    ///
    /// # Errors
    /// When the port cannot be had.
    pub fn start(options: Options) -> io::Result<Self> {
        Ok(Self { server: Server::start(options)? })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Its address for clients: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// Every point of a bucket, in the order of (measurement, tags, time); empty where there is no such bucket.
    #[must_use]
    pub fn points(&self, bucket: &str) -> Vec<Point> {
        self.server.with(|state| state.buckets.get(bucket).map(keep::Bucket::points).unwrap_or_default())
    }

    /// How many points a bucket has.
    #[must_use]
    pub fn count(&self, bucket: &str) -> usize {
        self.server.with(|state| state.buckets.get(bucket).map_or(0, keep::Bucket::count))
    }

    /// The buckets and how long each keeps its points.
    #[must_use]
    pub fn buckets(&self) -> Vec<(String, Option<Duration>)> {
        let nanos = |ns: i64| Duration::from_nanos(ns.unsigned_abs());
        self.server.with(|state| state.buckets.values().map(|b| (b.name.clone(), b.retention.map(nanos))).collect())
    }

    /// Forgets a bucket, as an operator would by mistake.
    pub fn drop_bucket(&self, bucket: &str) {
        self.server.with(|state| state.buckets.remove(bucket));
    }

    /// Adds faults behind those that are still to come.
    pub fn script(&self, faults: impl IntoIterator<Item = Fault>) {
        self.server.with(|state| state.script.extend(faults));
    }

    /// How many requests the script still speaks of.
    #[must_use]
    pub fn faults_left(&self) -> usize {
        self.server.with(|state| state.script.left())
    }

    /// Sets its clock, milliseconds since 1970-01-01; retention is judged by it. Without, the machine's.
    pub fn set_now(&self, ms: i64) {
        self.server.with(|state| state.now = Some(ms.saturating_mul(1_000_000)));
    }

    /// The requests that came, oldest first; of very many the newest.
    #[must_use]
    pub fn seen(&self) -> Vec<Seen> {
        self.server.with(|state| state.seen.iter().cloned().collect())
    }

    /// Stops listening and breaks all connections; what is kept stays.
    pub fn down(&self) {
        self.server.down();
    }

    /// Listens again, on the same port.
    ///
    /// # Errors
    /// When somebody else has taken the port.
    pub fn up(&self) -> io::Result<()> {
        self.server.up()
    }
}
