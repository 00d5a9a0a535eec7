//! `/api/openapi.json`: this interface for programs.

use axum::response::IntoResponse;
use bytes::Bytes;

use super::json;

/// OpenAPI 3.1, kept by hand in `docs/`; tests compare it with the routes and their answers.
pub const DOCUMENT: &str = include_str!("../../../docs/openapi.json");

/// The document.
pub async fn document() -> impl IntoResponse {
    json(Bytes::from_static(DOCUMENT.as_bytes()))
}
