//! `/healthz` and `/readyz`: for whoever starts and watches this program.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde_json::json;

use crate::app::App;
use crate::readiness::board_awaited;

/// The process lives.
pub async fn healthz() -> impl IntoResponse {
    Json(json!({ "alive": true }))
}

/// Whether screens get the truth of now and events are taken in: 200, or 503 and what is missing. A
/// single site whose board is awaited is a warning: its screens say so, the others are served.
pub async fn readyz(State(app): State<App>) -> impl IntoResponse {
    let mut readiness = app.health.readiness();
    let late =
        app.sites.all().into_iter().filter_map(|site| Some(board_awaited(site.id(), site.awaits_board_since()?)));
    readiness.warnings.extend(late);
    let status = if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(readiness))
}
