//! The machine-readable half of the dashboard: one file per resource.

mod accuracy;
mod board;
mod dead_letters;
mod health;
mod history;
mod metrics;
mod openapi;
mod outlook;
mod session;
mod sites;
mod whatif;
mod ws;

#[cfg(test)]
pub use openapi::DOCUMENT as OPENAPI;

use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderName, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{MethodRouter, get, post};
use bytes::Bytes;

use crate::app::App;

/// Every page of this program, and nothing else. `docs/openapi.json` says the same; a test compares.
pub fn routes() -> Vec<(&'static str, MethodRouter<App>)> {
    vec![
        ("/healthz", get(health::healthz)),
        ("/readyz", get(health::readyz)),
        ("/metrics", get(metrics::metrics)),
        ("/api/openapi.json", get(openapi::document)),
        ("/api/v1/session", post(session::log_in).delete(session::log_out)),
        ("/api/v1/sites", get(sites::list)),
        ("/api/v1/sites/{site}/board", get(board::board)),
        ("/api/v1/sites/{site}/ws", get(ws::upgrade)),
        ("/api/v1/sites/{site}/dead-letters", get(dead_letters::list)),
        ("/api/v1/sites/{site}/outlook", get(outlook::lines)),
        ("/api/v1/sites/{site}/accuracy", get(accuracy::accuracy)),
        ("/api/v1/sites/{site}/tickets/number/{ticket}", get(outlook::ticket)),
        ("/api/v1/sites/{site}/history/visits", get(history::visits)),
        ("/api/v1/sites/{site}/history/store", get(history::store)),
        ("/api/v1/sites/{site}/history/{figure}", get(history::of_site)),
        ("/api/v1/history", get(history::figures)),
        ("/api/v1/history/{figure}", get(history::of_all)),
        ("/api/v1/sites/{site}/what-if", get(whatif::list).post(whatif::ask)),
    ]
}

/// JSON that is ready as text. Never kept by a proxy, and asked for again by a browser.
fn json(text: Bytes) -> impl IntoResponse {
    (StatusCode::OK, [typed("application/json"), (CACHE_CONTROL, HeaderValue::from_static("private, no-cache"))], text)
}

const fn typed(content_type: &'static str) -> (HeaderName, HeaderValue) {
    (CONTENT_TYPE, HeaderValue::from_static(content_type))
}
