//! `/api/v1/sites/{site}/board`: the board of now.

use axum::http::HeaderMap;
use axum::http::header::{ETAG, IF_NONE_MATCH, VARY};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::json;
use crate::access::Reader;
use crate::error::ApiError;
use crate::live::View;

/// The board as far as the caller may see it, or 304 when they have it already.
pub async fn board(Reader { caller, site }: Reader, headers: HeaderMap) -> Result<Response, ApiError> {
    let version = site.version().ok_or(ApiError::NotYet)?;
    let view = caller.view();
    let tag = match view {
        View::Full => format!(r#""{}""#, version.board().seq),
        View::Public => format!(r#""{}-public""#, version.board().seq),
    };
    let has_it = headers.get(IF_NONE_MATCH).and_then(|tags| tags.to_str().ok()).is_some_and(|tags| tags.contains(&tag));
    let tags = [
        (ETAG, HeaderValue::try_from(tag).map_err(|_| ApiError::Internal)?),
        (VARY, HeaderValue::from_static("Authorization, Cookie")),
    ];
    let answer =
        if has_it { StatusCode::NOT_MODIFIED.into_response() } else { json(version.board_json(view)).into_response() };
    Ok((tags, answer).into_response())
}
