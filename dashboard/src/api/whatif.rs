//! `/api/v1/sites/{site}/what-if`: what would be with another counter, and how earlier answers held.

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use domain::outlook::Question;
use serde_json::json;
use tokio::task::spawn_blocking;

use crate::access::SiteSupervisor;
use crate::app::App;
use crate::error::ApiError;
use crate::whatif::{Unanswered, refusal};

/// Answers a question. One of a site at a time: a simulation fills a processor.
pub async fn ask(
    State(app): State<App>,
    SiteSupervisor { site }: SiteSupervisor,
    question: Result<Json<Question>, JsonRejection>,
) -> Result<Response, ApiError> {
    let Json(question) = match question {
        Ok(question) => question,
        Err(JsonRejection::BytesRejection(_)) => return Err(ApiError::TooLarge),
        Err(unread) => return Ok(bad_question(&format!("Câu hỏi không đúng dạng. / {}", unread.body_text()))),
    };
    let due = match app.what_if.take_turn(&site, question) {
        Ok(due) => due,
        Err(Unanswered::Busy) => return Err(ApiError::Busy),
        Err(Unanswered::NoOutlook) => return Err(ApiError::NotYet),
    };
    // Its turn ends with the work, even where nobody waits for the answer any more.
    let answered = spawn_blocking(move || due.answer().map(|answer| app.what_if.keep(&site, answer))).await;
    match answered {
        Ok(Ok(answered)) => Ok(([(CACHE_CONTROL, "no-store")], Json(answered)).into_response()),
        Ok(Err(wrong)) => Ok(bad_question(&refusal(&wrong))),
        Err(why) => {
            tracing::error!(%why, "A what-if question was not answered.");
            Err(ApiError::Internal)
        }
    }
}

fn bad_question(message: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": "bad_question", "message": message }))).into_response()
}

/// The questions that were answered, the newest first, each beside what happened.
pub async fn list(
    State(app): State<App>,
    SiteSupervisor { site }: SiteSupervisor,
) -> Result<impl IntoResponse, ApiError> {
    let id = site.id();
    let questions = spawn_blocking(move || app.what_if.list(id)).await.map_err(|_| ApiError::Internal)?;
    Ok(([(CACHE_CONTROL, "private, no-cache")], Json(json!({ "site": id, "questions": questions }))))
}
