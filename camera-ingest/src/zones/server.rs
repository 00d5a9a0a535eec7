//! The page's server, on loopback alone.

use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;
use axum::extract::{DefaultBodyLimit, Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::Stream;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::drawn::{self, Drawn, Fault, Form};
use super::guard::{Guard, HEADERS, is_ours};
use super::live::{Live, Looking};
use super::pages;
use super::plan::{Counter, Plan};

/// Without a person's hand for so long, the page ends: nobody forgets an open eye.
const IDLE: Duration = Duration::from_secs(15 * 60);
/// A picture that was asked for comes within this time, or not: a camera of key frames only may take
/// its time.
const PICTURE: Duration = Duration::from_secs(20);
/// The page hears at least so often, and at most every [`BEAT_MIN`].
const BEAT: Duration = Duration::from_secs(1);
const BEAT_MIN: Duration = Duration::from_millis(100);
/// 64 zones of a hundred points are less.
const LONGEST_BODY: usize = 512 * 1024;

/// The page's server, listening.
pub(super) struct Server {
    app: Arc<App>,
    listener: TcpListener,
    address: String,
}

struct App {
    plan: Plan,
    looking: Looking,
    guard: Guard,
    /// When a person did something.
    touched: Mutex<Instant>,
}

impl Server {
    /// Opens the port and starts to look.
    pub(super) async fn bind(plan: Plan, port: u16) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
        let listener = listener.with_context(|| format!("port {port} of 127.0.0.1 cannot be opened"))?;
        let port = listener.local_addr()?.port();
        let guard = Guard::new(port).context("the system gives no random numbers")?;
        let address = format!("http://127.0.0.1:{port}/?token={}", guard.token());
        let looking = Looking::start(plan.job.clone())?;
        let app = Arc::new(App { plan, looking, guard, touched: Mutex::new(Instant::now()) });
        Ok(Self { app, listener, address })
    }

    /// What a person opens.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// Serves until Ctrl-C, SIGTERM or the end of patience.
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let router = router(Arc::clone(&self.app));
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            served = axum::serve(self.listener, router).into_future() => served?,
            pressed = tokio::signal::ctrl_c() => pressed?,
            _ = terminate.recv() => {}
            () = self.app.idle() => tracing::info!("Nobody used the page for 15 minutes; it has ended."),
        }
        Ok(())
    }
}

impl App {
    fn touch(&self) {
        *self.touched.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// How long the page lives on if nobody does anything.
    fn left(&self) -> Duration {
        IDLE.saturating_sub(self.touched.lock().unwrap_or_else(PoisonError::into_inner).elapsed())
    }

    async fn idle(&self) {
        loop {
            let left = self.left();
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left).await;
        }
    }
}

fn router(app: Arc<App>) -> Router {
    let inside = Router::new()
        .route("/api/start", get(start))
        .route("/api/live", get(live))
        .route("/api/here", post(here))
        .route("/api/picture", post(picture))
        .route("/api/check", post(check))
        .route("/api/apply", post(apply))
        .route("/api/save", post(save))
        .layer(middleware::from_fn_with_state(Arc::clone(&app), known_only));
    Router::new()
        .route("/", get(page))
        .route("/zones.css", get(async || pages::style()))
        .route("/icon.svg", get(async || pages::icon()))
        .route("/js/{name}", get(async |Path(name): Path<String>| pages::script(&name)))
        .merge(inside)
        .layer(DefaultBodyLimit::max(LONGEST_BODY))
        .layer(middleware::from_fn(ours_only))
        .with_state(app)
}

/// Refuses what another site's page sends; every answer gets its headers.
async fn ours_only(request: Request, next: Next) -> Response {
    let mut response = if is_ours(request.method(), request.headers()) {
        next.run(request).await
    } else {
        (StatusCode::FORBIDDEN, "This is for pages of this machine alone.").into_response()
    };
    response.headers_mut().extend(HEADERS);
    response
}

async fn known_only(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    if app.guard.knows(request.headers()) {
        // The stream of levels is no person.
        if request.uri().path() != "/api/live" {
            app.touch();
        }
        next.run(request).await
    } else {
        pages::refused()
    }
}

#[derive(Deserialize)]
struct Entrance {
    token: Option<String>,
}

async fn page(State(app): State<Arc<App>>, Query(entrance): Query<Entrance>, request: Request) -> Response {
    match entrance.token.as_deref() {
        Some(token) => match app.guard.enter(token) {
            Some(cookie) => {
                app.touch();
                ([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response()
            }
            // Its own browser may come back by the same address.
            None if app.guard.knows(request.headers()) => Redirect::to("/").into_response(),
            None => pages::refused(),
        },
        None if app.guard.knows(request.headers()) => pages::page().into_response(),
        None => pages::refused(),
    }
}

#[derive(Serialize)]
struct Start<'a> {
    camera: &'a str,
    zones: &'a [Drawn],
    counters: Option<&'a [Counter]>,
    /// The file that is written on demand.
    file: Option<String>,
    /// Who it is whose look at a picture is written down.
    person: &'a str,
}

async fn start(State(app): State<Arc<App>>) -> Response {
    let plan = &app.plan;
    Json(Start {
        camera: &plan.camera,
        zones: &plan.zones,
        counters: plan.counters.as_deref(),
        file: plan.keep.as_ref().map(|keep| keep.path().display().to_string()),
        person: plan.record.person(),
    })
    .into_response()
}

/// Somebody is there: moves, types, looks.
async fn here() -> StatusCode {
    StatusCode::NO_CONTENT
}

async fn live(State(app): State<Arc<App>>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let mut levels = app.looking.live.clone();
    levels.mark_changed();
    Sse::new(futures_util::stream::unfold((app, levels), async |(app, mut levels)| {
        // Either will do: a change, or a sign of life.
        let _ = tokio::time::timeout(BEAT, levels.changed()).await;
        let told = Told { live: &levels.borrow_and_update().clone(), ends_in_s: app.left().as_secs() };
        let event = Event::default().json_data(&told).unwrap_or_default();
        tokio::time::sleep(BEAT_MIN).await;
        Some((Ok(event), (app, levels)))
    }))
}

#[derive(Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    live: &'a Live,
    ends_in_s: u64,
}

async fn picture(State(app): State<Arc<App>>) -> Response {
    let picture = match app.looking.picture(PICTURE).await {
        Ok(picture) => picture,
        Err(why) => return (StatusCode::SERVICE_UNAVAILABLE, Json(json!({"error": why.0}))).into_response(),
    };
    if let Err(error) = app.plan.record.shown() {
        let why = format!("no picture is shown, because that cannot be written down: {error}");
        return (StatusCode::INTERNAL_SERVER_ERROR, Json(json!({"error": why}))).into_response();
    }
    ([(header::CONTENT_TYPE, "image/png")], picture).into_response()
}

/// The text of what is drawn, in both forms, and what is wrong with it.
#[derive(Serialize)]
struct Checked {
    site: String,
    alone: String,
    faults: Vec<Fault>,
}

async fn check(State(app): State<Arc<App>>, Json(zones): Json<Vec<Drawn>>) -> Json<Checked> {
    let faults = drawn::check(&zones, app.plan.counters.as_deref()).err().unwrap_or_default();
    let (site, alone) = (drawn::text(&zones, Form::Site), drawn::text(&zones, Form::Alone));
    Json(Checked { site, alone, faults })
}

async fn apply(State(app): State<Arc<App>>, Json(zones): Json<Vec<Drawn>>) -> Response {
    let zones = match drawn::check(&zones, app.plan.counters.as_deref()) {
        Ok(zones) => zones,
        Err(faults) => return refuse(faults),
    };
    match app.looking.look_at(drawn::eyes(&zones)).await {
        Some(job) => Json(json!({"job": job})).into_response(),
        None => (StatusCode::SERVICE_UNAVAILABLE, Json(json!({"error": "the camera's worker is busy; try again"})))
            .into_response(),
    }
}

async fn save(State(app): State<Arc<App>>, Json(zones): Json<Vec<Drawn>>) -> Response {
    let Some(keep) = &app.plan.keep else {
        return (StatusCode::NOT_FOUND, Json(json!({"error": "started without --write"}))).into_response();
    };
    if let Err(faults) = drawn::check(&zones, app.plan.counters.as_deref()) {
        return refuse(faults);
    }
    match keep.write(&drawn::text(&zones, Form::Alone)) {
        Ok(()) => {
            tracing::info!(file = %keep.path().display(), "The zones were written.");
            StatusCode::NO_CONTENT.into_response()
        }
        Err(error) => (StatusCode::CONFLICT, Json(json!({"error": error.to_string()}))).into_response(),
    }
}

fn refuse(faults: Vec<Fault>) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({"faults": faults}))).into_response()
}
