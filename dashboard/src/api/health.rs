//! `/healthz` and `/readyz`: for whoever starts and watches this program.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde_json::json;

use crate::app::App;

/// The process lives.
pub async fn healthz() -> impl IntoResponse {
    Json(json!({ "alive": true }))
}

/// Whether screens get the truth of now and events are taken in: 200, or 503 and what is missing.
pub async fn readyz(State(app): State<App>) -> impl IntoResponse {
    let readiness = app.health.readiness();
    let status = if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(readiness))
}
