//! What a caller is told when a request cannot be answered: one error, one shape.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// Why a request was not answered. Inner causes are logged where they happen and not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApiError {
    /// No such page.
    NotFound,
    /// The page exists, but not for this method.
    MethodNotAllowed,
    /// No such site, or not one the collector has spoken of.
    UnknownSite,
    /// The site's board has no such counter.
    UnknownCounter,
    /// No such number waits at the site.
    UnknownTicket,
    /// The site is known, its board has not come yet; also while the first boards are awaited.
    NotYet,
    /// The page needs a role and the caller showed no credentials.
    LoginNeeded,
    /// A token or session that does not hold (any more).
    BadCredentials,
    /// The role is not enough.
    RoleTooLow,
    /// The token is bound to another site.
    OtherSite,
    /// Name or password is wrong.
    WrongPassword,
    /// Too many attempts to log in.
    TooManyAttempts {
        /// When the next one may be evaluated.
        retry_after_s: u64,
    },
    /// Another question of the site is being answered.
    Busy,
    /// Too many questions about the past are being answered.
    HistoryBusy,
    /// A question about the past took too long.
    HistoryTooSlow,
    /// Sent by a page of another origin, or for a host that is not this one.
    ForeignOrigin,
    /// The body or a header is not what the page takes.
    BadRequest,
    /// The body is too large.
    TooLarge,
    /// Not a WebSocket request.
    UpgradeNeeded,
    /// The request took too long to come in or to be answered.
    TooSlow,
    /// Too many open WebSockets.
    TooManyClients,
    /// Our fault; the log says what.
    Internal,
}

impl ApiError {
    /// Status, code and the sentence for people: Vietnamese first, English second.
    const fn row(self) -> (StatusCode, &'static str, &'static str) {
        use StatusCode as S;
        match self {
            Self::NotFound => (S::NOT_FOUND, "not_found", "Không có trang này. / There is no such page."),
            Self::MethodNotAllowed => (
                S::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "Trang này không nhận cách gọi đó. / This page does not take that method.",
            ),
            Self::UnknownSite => (S::NOT_FOUND, "unknown_site", "Không có trung tâm này. / There is no such site."),
            Self::UnknownCounter => (S::NOT_FOUND, "unknown_counter", "Không có quầy này. / There is no such counter."),
            Self::UnknownTicket => {
                (S::NOT_FOUND, "unknown_ticket", "Số này không có trong hàng chờ. / This number does not wait here.")
            }
            Self::NotYet => (
                S::SERVICE_UNAVAILABLE,
                "not_yet",
                "Chưa có dữ liệu, xin thử lại sau giây lát. / No data yet, try again in a moment.",
            ),
            Self::LoginNeeded => {
                (S::UNAUTHORIZED, "login_needed", "Cần đăng nhập hoặc mã truy cập. / Log in or send a token.")
            }
            Self::BadCredentials => (
                S::UNAUTHORIZED,
                "bad_credentials",
                "Mã truy cập hoặc phiên đăng nhập không còn hiệu lực. / The token or session is not valid.",
            ),
            Self::RoleTooLow => {
                (S::FORBIDDEN, "forbidden", "Vai trò này không được xem trang này. / This role may not see this page.")
            }
            Self::OtherSite => (
                S::FORBIDDEN,
                "other_site",
                "Mã truy cập này thuộc trung tâm khác. / This token belongs to another site.",
            ),
            Self::WrongPassword => {
                (S::UNAUTHORIZED, "wrong_password", "Sai tên hoặc mật khẩu. / Wrong name or password.")
            }
            Self::TooManyAttempts { .. } => (
                S::TOO_MANY_REQUESTS,
                "too_many_attempts",
                "Đăng nhập sai quá nhiều lần, xin đợi. / Too many attempts to log in, please wait.",
            ),
            Self::Busy => (
                S::TOO_MANY_REQUESTS,
                "busy",
                "Đang tính một câu hỏi khác của trung tâm này, xin thử lại. / Another question of this site is being \
                 answered, try again.",
            ),
            Self::HistoryBusy => (
                S::SERVICE_UNAVAILABLE,
                "history_busy",
                "Đang trả lời nhiều câu hỏi về lịch sử, xin thử lại. / Too many questions about the past are being \
                 answered, try again.",
            ),
            Self::HistoryTooSlow => (
                S::SERVICE_UNAVAILABLE,
                "history_too_slow",
                "Câu hỏi quá lớn hoặc kho lịch sử quá chậm, xin hỏi khoảng ngắn hơn. / The question is too large or the \
                 store too slow: ask for a shorter range.",
            ),
            Self::ForeignOrigin => (
                S::FORBIDDEN,
                "foreign_origin",
                "Yêu cầu đến từ trang web khác. / The request comes from another web site.",
            ),
            Self::BadRequest => {
                (S::BAD_REQUEST, "bad_request", "Yêu cầu không đúng dạng. / The request is not well formed.")
            }
            Self::TooLarge => (S::PAYLOAD_TOO_LARGE, "too_large", "Yêu cầu quá lớn. / The request is too large."),
            Self::UpgradeNeeded => (
                S::UPGRADE_REQUIRED,
                "upgrade_needed",
                "Trang này chỉ nhận WebSocket. / This page takes WebSockets only.",
            ),
            Self::TooSlow => {
                (S::REQUEST_TIMEOUT, "too_slow", "Yêu cầu mất quá nhiều thời gian. / The request took too long.")
            }
            Self::TooManyClients => (
                S::SERVICE_UNAVAILABLE,
                "too_many_clients",
                "Quá nhiều màn hình đang kết nối. / Too many screens are connected.",
            ),
            Self::Internal => (
                S::INTERNAL_SERVER_ERROR,
                "internal",
                "Lỗi của hệ thống, xem nhật ký. / A fault of this system, see its log.",
            ),
        }
    }

    /// The sentence for people in Vietnamese and in English.
    #[must_use]
    pub fn sentences(self) -> (&'static str, &'static str) {
        let (_, _, both) = self.row();
        both.split_once(" / ").unwrap_or((both, both))
    }

    /// Seconds after which trying again makes sense.
    const fn retry_after_s(self) -> Option<u64> {
        match self {
            Self::TooManyAttempts { retry_after_s } => Some(retry_after_s),
            Self::NotYet | Self::Busy => Some(1),
            Self::HistoryBusy => Some(2),
            Self::TooManyClients | Self::HistoryTooSlow => Some(10),
            // The others do not mend by waiting.
            _ => None,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, code, message) = self.row();
        let mut response = (status, Json(json!({ "error": code, "message": message }))).into_response();
        // For whoever shows errors in another form.
        response.extensions_mut().insert(self);
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if status == StatusCode::UPGRADE_REQUIRED {
            headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
            headers.insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        }
        if let Some(seconds) = self.retry_after_s() {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}
