//! What all requests share, and the router over it.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::access::{Guard, Sessions, Throttle};
use crate::api;
use crate::assets;
use crate::error::ApiError;
use crate::figures::Figures;
use crate::health::Health;
use crate::live::Sites;
use crate::pages;
use crate::past::Past;
use crate::protect;
use crate::screens::Screens;
use crate::whatif::WhatIf;

/// Largest request body, in bytes: a name and a password.
const BODY_LIMIT: usize = 16 * 1024;

/// The state of the program; a handle that is cheap to clone.
pub type App = Arc<AppState>;

/// What all requests share.
#[derive(Debug)]
pub struct AppState {
    /// The sites and their boards, written by the feed.
    pub sites: Sites,
    /// The pages that are open on screens.
    pub screens: Arc<Screens>,
    /// Whether the feed is alive.
    pub health: Health,
    /// What is counted.
    pub figures: Figures,
    /// What was asked to be otherwise.
    pub what_if: WhatIf,
    /// What happened, asked.
    pub past: Past,
    /// Tokens and passwords.
    pub guard: Guard,
    /// Who is logged in.
    pub sessions: Sessions,
    /// How often a password may be tried.
    pub throttle: Throttle,
    /// Passwords that are checked at the same time; who comes then waits for a turn.
    pub logins: Semaphore,
    /// Open WebSockets; who comes then is told to come again.
    pub sockets: Arc<Semaphore>,
    /// A proxy in front tells the caller's address.
    pub behind_proxy: bool,
    /// Pages reach browsers over TLS, ours or the proxy's.
    pub secure: bool,
    /// Ends the program's tasks.
    pub stop: CancellationToken,
    /// The tasks that the end waits for.
    pub tasks: TaskTracker,
}

/// Who is at the other end of the connection; put into each request by the server.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

/// All pages. Tested without a socket.
pub fn router(app: App) -> Router {
    [api::routes(), pages::routes(), assets::routes()]
        .into_iter()
        .flatten()
        .fold(Router::new(), |router, (path, methods)| router.route(path, methods))
        .fallback(async || ApiError::NotFound)
        .method_not_allowed_fallback(async || ApiError::MethodNotAllowed)
        .layer(from_fn(pages::for_browsers))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(from_fn(protect::deadline))
        .layer(from_fn_with_state(Arc::clone(&app), protect::own_pages_only))
        .layer(from_fn_with_state(Arc::clone(&app), protect::security_headers))
        .layer(from_fn(protect::told))
        .with_state(app)
}
