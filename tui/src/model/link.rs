//! How the line to the server is.

use domain::Timestamp;
use serde::{Deserialize, Serialize};

use super::Lang;

/// How the line to the server is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Link {
    /// The first attempt of this run goes on.
    #[default]
    Connecting,
    /// Open and heard of.
    Live,
    /// Open, and silent for longer than a living server is.
    Stale {
        /// The server's clock when it was last heard; what is shown is of then.
        since: Option<Timestamp>,
    },
    /// Not open; another attempt comes by itself.
    Lost {
        /// The server's clock when it was last heard ("mất kết nối từ 09:41"); `None` when it never was.
        since: Option<Timestamp>,
        /// Why.
        why: Trouble,
        /// Attempts since then.
        attempts: u32,
    },
}

impl Link {
    /// Whether what is shown is of now.
    #[must_use]
    pub const fn is_live(&self) -> bool {
        matches!(self, Self::Live)
    }
}

/// Why the server is not heard, or did not answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "trouble", rename_all = "snake_case")]
pub enum Trouble {
    /// No connection: the system's words.
    Unreachable {
        /// In the system's language.
        detail: String,
    },
    /// The connection ended.
    Closed {
        /// The server's words; empty when it said none.
        detail: String,
    },
    /// The certificate is not trusted, or TLS failed.
    Tls {
        /// The library's words.
        detail: String,
    },
    /// The token's file cannot be read.
    Token {
        /// Which, and why.
        detail: String,
    },
    /// 401: no token, or one that does not hold (any more).
    Unauthorized,
    /// 403: this token may not read this.
    Forbidden,
    /// 404: the server does not know the site.
    NoSuchSite,
    /// 503: the server has no board yet.
    NotYet,
    /// 429: the server is at work on another question.
    Busy,
    /// Another answer than expected.
    Answer {
        /// The HTTP status.
        status: u16,
    },
    /// What came is not what a server of this version says.
    NotUnderstood {
        /// What was wrong.
        detail: String,
    },
}

impl Trouble {
    /// Trying again soon is of no use: somebody must change something first.
    #[must_use]
    pub const fn needs_a_person(&self) -> bool {
        matches!(self, Self::Unauthorized | Self::Forbidden | Self::NoSuchSite | Self::Tls { .. } | Self::Token { .. })
    }

    /// What an HTTP status other than 200 means.
    #[must_use]
    pub const fn of_status(status: u16) -> Self {
        match status {
            401 => Self::Unauthorized,
            403 => Self::Forbidden,
            404 => Self::NoSuchSite,
            429 => Self::Busy,
            503 => Self::NotYet,
            status => Self::Answer { status },
        }
    }

    /// One sentence: what, and what to do.
    #[must_use]
    pub fn sentence(&self, lang: Lang) -> String {
        let vi = lang == Lang::Vi;
        match self {
            Self::Unreachable { detail } if vi => format!("Không kết nối được máy chủ: {detail}"),
            Self::Unreachable { detail } => format!("Cannot reach the server: {detail}"),
            Self::Closed { detail } if detail.is_empty() => {
                lang.pick("Máy chủ đã ngắt kết nối", "The server closed the connection").into()
            }
            Self::Closed { detail } if vi => format!("Máy chủ đã ngắt kết nối: {detail}"),
            Self::Closed { detail } => format!("The server closed the connection: {detail}"),
            Self::Tls { detail } if vi => format!("Chứng chỉ của máy chủ không được tin cậy ({detail}); xem --ca-file"),
            Self::Tls { detail } => format!("The server's certificate is not trusted ({detail}); see --ca-file"),
            Self::Token { detail } if vi => format!("Không đọc được mã truy cập: {detail}"),
            Self::Token { detail } => format!("The token cannot be read: {detail}"),
            Self::Unauthorized => lang
                .pick(
                    "Máy chủ cần mã truy cập hợp lệ (401); kiểm tra --token-file",
                    "The server wants a valid token (401); check --token-file",
                )
                .into(),
            Self::Forbidden => lang
                .pick("Mã truy cập không có quyền xem nội dung này (403)", "The token's role may not see this (403)")
                .into(),
            Self::NoSuchSite => lang
                .pick(
                    "Máy chủ không biết trung tâm này (404); kiểm tra --site",
                    "The server does not know this site (404); check --site",
                )
                .into(),
            Self::NotYet => lang
                .pick("Máy chủ chưa có dữ liệu của trung tâm (503)", "The server has no board of the site yet (503)")
                .into(),
            Self::Busy => lang
                .pick(
                    "Máy chủ đang tính một câu hỏi khác, thử lại sau giây lát (429)",
                    "The server is at work on another question, try again (429)",
                )
                .into(),
            Self::Answer { status } if vi => format!("Máy chủ trả lời HTTP {status}"),
            Self::Answer { status } => format!("The server answered HTTP {status}"),
            Self::NotUnderstood { detail } if vi => format!("Không hiểu máy chủ nói gì: {detail}"),
            Self::NotUnderstood { detail } => format!("What the server said is not understood: {detail}"),
        }
    }
}
