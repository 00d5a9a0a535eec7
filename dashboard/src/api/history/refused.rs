//! What a question without an answer is told.

use axum::Json;
use axum::http::header::{CACHE_CONTROL, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use history::answer::Mistake;
use serde_json::json;

use crate::error::ApiError;
use crate::past::Unanswered;

/// Why a question has no answer, as it is sent.
pub enum Refused {
    Plain(ApiError),
    Told { status: StatusCode, code: &'static str, message: String },
}

impl From<ApiError> for Refused {
    fn from(error: ApiError) -> Self {
        Self::Plain(error)
    }
}

impl From<Mistake> for Refused {
    fn from(mistake: Mistake) -> Self {
        Self::bad(&mistake.to_string())
    }
}

impl From<Unanswered> for Refused {
    fn from(why: Unanswered) -> Self {
        match why {
            Unanswered::Busy => ApiError::HistoryBusy.into(),
            Unanswered::TooSlow => ApiError::HistoryTooSlow.into(),
            Unanswered::Internal => ApiError::Internal.into(),
            Unanswered::Mistake(mistake) => mistake.into(),
            Unanswered::Store(error) => Self::Told {
                status: StatusCode::SERVICE_UNAVAILABLE,
                code: "history_unavailable",
                message: format!("Chưa đọc được lịch sử. / {error}"),
            },
        }
    }
}

impl Refused {
    /// A question that cannot be asked so.
    fn bad(message: &str) -> Self {
        let message = format!("Câu hỏi không đúng dạng. / {message}");
        Self::Told { status: StatusCode::BAD_REQUEST, code: "bad_question", message }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Self::Plain(error) => error.into_response(),
            Self::Told { status, code, message } => {
                let body = Json(json!({ "error": code, "message": message }));
                let mut response = (status, [(CACHE_CONTROL, "no-store")], body).into_response();
                if status == StatusCode::SERVICE_UNAVAILABLE {
                    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("10"));
                }
                response
            }
        }
    }
}
