//! `/api/v1/session`: a person logs in and out.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Request, State};
use axum::http::header::SET_COOKIE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{AppendHeaders, IntoResponse};
use domain::SiteId;
use mqtt_config::settings::access::{Grant, Role};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::access::{LASTS, Person, SESSION_COOKIE, client_address, session_key};
use crate::app::App;
use crate::error::ApiError;

/// The longest name that is looked at, in bytes; it bounds the throttle's memory.
const LONGEST_NAME: usize = 64;

/// What the page of a login sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Login {
    name: String,
    password: String,
}

/// What it gets.
#[derive(Serialize)]
pub struct LoggedIn {
    name: String,
    role: Role,
    site: Option<SiteId>,
    expires_s: u64,
}

/// The address a login comes from.
pub struct From(std::net::IpAddr);

impl FromRequestParts<App> for From {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        Ok(Self(client_address(parts, app.behind_proxy)))
    }
}

impl FromRequest<App> for Login {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        let Json(login) = Json::<Self>::from_request(request, app).await.map_err(|rejection| match rejection {
            JsonRejection::BytesRejection(_) => ApiError::TooLarge,
            // What exactly is wrong with a login is of no use to an honest caller.
            _ => ApiError::BadRequest,
        })?;
        if login.name.is_empty() || login.name.len() > LONGEST_NAME { Err(ApiError::BadRequest) } else { Ok(login) }
    }
}

/// Begins a session for a right name and password.
pub async fn log_in(State(app): State<App>, From(address): From, login: Login) -> Result<impl IntoResponse, ApiError> {
    let attempt = app.throttle.attempt(&login.name, address, Instant::now()).map_err(|wait| {
        app.figures.logins_throttled.one();
        ApiError::TooManyAttempts { retry_after_s: wait.as_secs() + 1 }
    })?;
    let Some((person, grant)) = verify(&app, login).await? else {
        app.figures.logins_failed.one();
        tracing::warn!(%address, "A login was refused.");
        return Err(ApiError::WrongPassword);
    };
    attempt.was_right();
    let name = person.name.to_string();
    let key = app.sessions.begin(person, Instant::now());
    let cookie = cookie(&app, key.expose(), LASTS.as_secs());
    let answer = LoggedIn { name, role: grant.role, site: grant.site, expires_s: LASTS.as_secs() };
    Ok((AppendHeaders([(SET_COOKIE, cookie)]), Json(answer)))
}

/// Ends the session, if there is one.
pub async fn log_out(State(app): State<App>, headers: HeaderMap) -> impl IntoResponse {
    if let Some(key) = session_key(&headers) {
        app.sessions.end(&key);
    }
    (StatusCode::NO_CONTENT, AppendHeaders([(SET_COOKIE, cookie(&app, "", 0))]))
}

/// Argon2 takes some 20 ms and 19 MiB on purpose: on a blocking thread, two at a time.
async fn verify(app: &App, login: Login) -> Result<Option<(Person, Grant)>, ApiError> {
    // Held until the answer: who is not among the two waits here, and gives up with the request.
    let _turn = app.logins.acquire().await.map_err(|_| ApiError::Internal)?;
    let app = Arc::clone(app);
    let checked = tokio::task::spawn_blocking(move || app.guard.log_in(&login.name, &login.password)).await;
    checked.map_err(|error| {
        tracing::error!(%error, "The check of a password ended unexpectedly.");
        ApiError::Internal
    })
}

fn cookie(app: &App, key: &str, lasts_s: u64) -> String {
    let secure = if app.secure { "; Secure" } else { "" };
    format!("{SESSION_COOKIE}={key}; Path=/; HttpOnly; SameSite=Strict; Max-Age={lasts_s}{secure}")
}
