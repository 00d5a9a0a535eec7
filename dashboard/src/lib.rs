//! The screens' server: the collector's live topics in, boards, pages, WebSockets and the API out.
//!
//! Architecture invariant: the only service that names axum (`camera-ingest zones` is a page for one
//! person). It computes no figure and decides nothing about tickets: it keeps the newest board of
//! each site and passes the collector's own words on. When the collector is silent it is silent too, so that screens go stale honestly.
//!
//! - `live`: boards and frames, pure but for a lock
//! - `feed`: from the broker into `live`
//! - `screens`: open pages, reported as devices
//! - `whatif`: questions to the domain's simulation, and what happened then
//! - `past`: questions to the crate `history`, a few at a time
//! - `access`: who may see what
//! - `api`: one file per resource
//! - `pages`: the screens, as HTML; `assets`: their scripts, styles and fonts
//! - `server`, `tls`, `upgrade`, `protect`: sockets, limits, headers

mod access;
mod api;
mod app;
mod assets;
mod error;
mod feed;
mod figures;
mod health;
mod lean;
mod live;
mod pages;
mod past;
mod protect;
mod readiness;
mod screens;
mod server;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod tls;
mod upgrade;
mod whatif;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use mqtt_config::session::{Login, SessionOptions, client_id};
use mqtt_config::settings::access::AccessError;
use mqtt_config::settings::{BrokerLogin, Http, Runtime, Secret};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, oneshot};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::access::{Guard, Sessions, Throttle};
use crate::app::{App, AppState};
use crate::figures::Figures;
use crate::health::Health;
use crate::live::Sites;
use crate::past::Past;
use crate::screens::Screens;
use crate::server::Server;
use crate::tls::TlsError;
use crate::whatif::WhatIf;

/// The broker's name for this program; two of them would cut each other off.
const CLIENT_ID: &str = "dashboard";
/// Most open WebSockets; each holds one file descriptor and some 10 KiB.
const SOCKETS: usize = 10_000;
/// Passwords that are checked at the same time: each takes 19 MiB while it is.
const LOGINS: usize = 2;
/// Files beside sockets: the broker, credentials, the log, the runtime's own.
const OTHER_FILES: usize = 64;
/// The collector says every second that it lives; it is waited for this long.
const FIRST_SIGN: Duration = Duration::from_secs(10);
/// How long the end waits for requests and clients.
const GRACE: Duration = Duration::from_secs(5);

/// The dashboard accepts work.
#[derive(Debug, Clone, Copy)]
pub struct Ready {
    /// Where it listens.
    pub http: SocketAddr,
    /// Whether it speaks TLS there.
    pub tls: bool,
}

impl Ready {
    /// The address for a browser.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        format!("{scheme}://{}", self.http)
    }
}

/// Why the dashboard cannot run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Every caller would be a director, from everywhere.
    #[error("open access is for loopback only, but http_bind is {0}: bind to 127.0.0.1, or leave discover and demo")]
    OpenBeyondLoopback(SocketAddr),
    /// Passwords and tokens would go over the network as they are.
    #[error("http_bind is {0}, which is not loopback: set tls_cert and tls_key, or behind_proxy = true")]
    PlainBeyondLoopback(SocketAddr),
    /// The certificate cannot be used.
    #[error("TLS: {0}")]
    Tls(#[from] TlsError),
    /// The access files cannot be used.
    #[error("{0}")]
    Access(#[from] AccessError),
    /// The account's secret cannot be read.
    #[error("{}: the broker account's secret cannot be read: {source}", file.display())]
    Secret {
        /// Where it should be.
        file: PathBuf,
        /// Why it cannot.
        source: io::Error,
    },
    /// The address cannot be bound.
    #[error("cannot listen on {bind}: {source}")]
    Listen {
        /// The address.
        bind: SocketAddr,
        /// Why it cannot.
        source: io::Error,
    },
}

impl Error {
    /// Whether the configuration is to blame (exit code 64).
    #[must_use]
    pub const fn is_configuration(&self) -> bool {
        !matches!(self, Self::Listen { .. })
    }
}

/// Serves until `stop`. `ready` is called once, when pages are served, the broker is connected for
/// the first time and the collector has been heard of, or has kept silent for ten seconds.
///
/// # Errors
/// When the settings cannot be used or the address cannot be bound; never later.
pub async fn run(runtime: Runtime, stop: CancellationToken, ready: impl FnOnce(Ready)) -> Result<(), Error> {
    check_exposure(&runtime.http, runtime.open_access)?;
    let tls = runtime.http.tls.as_ref().map(tls::acceptor).transpose()?;
    let options = session_options(&runtime.mqtt)?;
    let app = app(&runtime, stop.clone())?;
    server::raise_file_limit((SOCKETS + server::CONNECTIONS + OTHER_FILES) as u64);
    let bind = runtime.http.bind;
    let in_listen = |source| Error::Listen { bind, source };
    let listener = TcpListener::bind(bind).await.map_err(in_listen)?;
    let bound = Ready { http: listener.local_addr().map_err(in_listen)?, tls: tls.is_some() };

    let (first, connected) = oneshot::channel();
    let tasks = app.tasks.clone();
    let router = app::router(Arc::clone(&app));
    tasks.spawn(Server { listener, tls, router, stop: stop.clone(), tasks: tasks.clone() }.run());
    let heard = Arc::clone(&app);
    tasks.spawn(feed::run(app, options, first));
    tokio::select! {
        () = stop.cancelled() => {}
        // An error says that the feed has ended, which it does only with the program.
        _ = connected => {
            // A collector that stays away is told by `/readyz`; pages are served all the same.
            let _ = timeout(FIRST_SIGN, heard.health.until_ready()).await;
            ready(bound);
        }
    }
    stop.cancelled().await;
    tasks.close();
    if timeout(GRACE, tasks.wait()).await.is_err() {
        tracing::warn!(running = tasks.len(), "Not every task ended in time.");
    }
    Ok(())
}

/// The settings' reader checks this too; here it holds whoever made the settings.
fn check_exposure(http: &Http, open_access: bool) -> Result<(), Error> {
    if http.bind.ip().is_loopback() {
        Ok(())
    } else if open_access {
        Err(Error::OpenBeyondLoopback(http.bind))
    } else if http.tls.is_none() && !http.behind_proxy {
        Err(Error::PlainBeyondLoopback(http.bind))
    } else {
        Ok(())
    }
}

fn session_options(broker: &BrokerLogin) -> Result<SessionOptions, Error> {
    let read = |file: &PathBuf| Secret::from_file(file).map_err(|source| Error::Secret { file: file.clone(), source });
    let password = broker.password_file.as_ref().map(read).transpose()?;
    let login = broker
        .username
        .clone()
        .map(|username| Login { username, password: password.unwrap_or_else(|| Secret::new("")) });
    let usual = SessionOptions::new(broker.port, client_id(CLIENT_ID, login.as_ref()));
    Ok(SessionOptions { host: broker.host.clone(), login, subscriptions: feed::subscriptions(), ..usual })
}

fn app(runtime: &Runtime, stop: CancellationToken) -> Result<App, AccessError> {
    Ok(Arc::new(AppState {
        sites: Sites::default(),
        screens: Arc::new(Screens::new(Instant::now())),
        health: Health::new(),
        figures: Figures::default(),
        what_if: WhatIf::new(runtime.data_dir.clone()),
        past: Past::new(runtime),
        guard: Guard::load(&runtime.data_dir, runtime.open_access)?,
        sessions: Sessions::default(),
        throttle: Throttle::default(),
        logins: Semaphore::new(LOGINS),
        sockets: Arc::new(Semaphore::new(SOCKETS)),
        behind_proxy: runtime.http.behind_proxy,
        secure: runtime.http.tls.is_some() || runtime.http.behind_proxy,
        stop,
        tasks: TaskTracker::new(),
    }))
}
