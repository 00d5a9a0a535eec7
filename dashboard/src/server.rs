//! The accept loop: bounded connections, time-outs, TLS, and an end in good order.
//!
//! It is ours and not `axum::serve`, which bounds neither connections nor the time a caller may
//! take for its request's head, and would do TLS handshakes one after another.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustix::process::{Resource, getrlimit, setrlimit};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use crate::app::Peer;

/// How many connections may be in the middle of requests. Who comes then waits in the listener's
/// queue; each of these ends soon, because its time is bounded. (An open WebSocket has left.)
pub const CONNECTIONS: usize = 2_048;
/// For the TLS handshake, and for each request's head; an idle connection is closed after it too.
const HEAD_DEADLINE: Duration = Duration::from_secs(10);
/// After this a connection may finish the request it is at, and no more.
const CONNECTION_LASTS: Duration = Duration::from_secs(300);
/// How long that may take; a caller that does not read its answer is cut off.
const FINISH_DEADLINE: Duration = Duration::from_secs(10);
/// Largest head of a request, in bytes.
const HEAD_LIMIT: usize = 16 * 1024;
/// Pause after a failed accept: most probably there are no more file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Lets the process have `files` open files, or as many as it may: the usual 1,024 would end at as
/// many screens.
pub fn raise_file_limit(files: u64) {
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= files) {
        return;
    }
    let most = limit.maximum.unwrap_or(files).min(files);
    limit.current = Some(most);
    match setrlimit(Resource::Nofile, limit) {
        Ok(()) if most == files => {}
        Ok(()) => tracing::warn!(most, wanted = files, "Fewer files may be open than screens may come."),
        Err(error) => tracing::warn!(%error, "The limit of open files stays as it is."),
    }
}

/// A listener and what it serves with.
pub struct Server {
    /// Where connections come in.
    pub listener: TcpListener,
    /// What speaks TLS with them; `None` is plain HTTP.
    pub tls: Option<TlsAcceptor>,
    /// All pages.
    pub router: Router,
    /// Ends it.
    pub stop: CancellationToken,
    /// Owns its connections.
    pub tasks: TaskTracker,
}

impl Server {
    /// Serves until the end is asked for; connections then have [`FINISH_DEADLINE`] to finish.
    pub async fn run(self) {
        let places = Arc::new(Semaphore::new(CONNECTIONS));
        loop {
            let place = Arc::clone(&places).acquire_owned();
            let accepted = async { (place.await, self.listener.accept().await) };
            let accepted = tokio::select! {
                () = self.stop.cancelled() => return,
                accepted = accepted => accepted,
            };
            match accepted {
                (Ok(place), Ok((socket, peer))) => self.begin(socket, peer, place),
                (_, Err(error)) => {
                    tracing::warn!(%error, "A connection could not be accepted.");
                    sleep(ACCEPT_PAUSE).await;
                }
                // The semaphore is never closed.
                (Err(_), _) => return,
            }
        }
    }

    fn begin(&self, socket: TcpStream, peer: SocketAddr, place: OwnedSemaphorePermit) {
        let (tls, router, stop) = (self.tls.clone(), self.router.clone(), self.stop.clone());
        self.tasks.spawn(async move {
            if let Err(error) = connection(socket, peer, tls, router, stop).await {
                tracing::debug!(%peer, %error, "A connection ended early.");
            }
            drop(place);
        });
    }
}

async fn connection(
    socket: TcpStream,
    peer: SocketAddr,
    tls: Option<TlsAcceptor>,
    router: Router,
    stop: CancellationToken,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    // A call must not wait for the next one to fill a packet.
    socket.set_nodelay(true)?;
    match tls {
        None => http(socket, peer, router, stop).await?,
        Some(tls) => {
            let slow = |_| io::Error::new(io::ErrorKind::TimedOut, "the TLS handshake took too long");
            let socket = timeout(HEAD_DEADLINE, tls.accept(socket)).await.map_err(slow)??;
            http(socket, peer, router, stop).await?;
        }
    }
    Ok(())
}

/// Serves one connection's requests to its end, or until it becomes a WebSocket.
pub async fn http<S>(socket: S, peer: SocketAddr, router: Router, stop: CancellationToken) -> Result<(), hyper::Error>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Peer(peer));
        router.clone().oneshot(request.map(Body::new))
    });
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_DEADLINE)
        .max_buf_size(HEAD_LIMIT)
        .serve_connection(TokioIo::new(socket), service)
        .with_upgrades();
    let mut serving = pin!(serving);
    tokio::select! {
        served = serving.as_mut() => return served,
        () = stop.cancelled() => {}
        () = sleep(CONNECTION_LASTS) => {}
    }
    serving.as_mut().graceful_shutdown();
    timeout(FINISH_DEADLINE, serving).await.unwrap_or(Ok(()))
}
