//! `/api/v1/sites/{site}/dead-letters`: the newest messages that could not be used.

use axum::response::IntoResponse;
use serde_json::json;

use super::json;
use crate::access::SiteSupervisor;
use crate::error::ApiError;

/// The collector's list, byte for byte. A site whose board counts none has an empty one.
pub async fn list(SiteSupervisor { site }: SiteSupervisor) -> Result<impl IntoResponse, ApiError> {
    if let Some(list) = site.dead_letters() {
        return Ok(json(list));
    }
    let version = site.version().ok_or(ApiError::NotYet)?;
    match version.board().ingest {
        Some(ingest) if ingest.dead_letter == 0 => {
            let none = json!({ "site": site.id(), "total": 0, "dead_letters": [] });
            Ok(json(none.to_string().into()))
        }
        // Some are counted, or nobody counts: an empty list would be a guess.
        _ => Err(ApiError::NotYet),
    }
}
