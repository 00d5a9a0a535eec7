//! The line under the panes: what was just done, or could not be.

use super::{Bell, Lang};

/// What was just done, or could not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Good or bad.
    pub kind: NoticeKind,
    /// What is said.
    pub text: NoticeText,
    /// [`super::Moment::mono_ms`] at which it goes away.
    pub until_ms: u64,
}

/// Good or bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeKind {
    /// Done.
    Done,
    /// Not done.
    Failed,
}

/// What the notice says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the sentences below say it")]
pub enum NoticeText {
    Saved { path: String },
    NotSaved { why: String },
    JumpNotFound { wanted: String },
    JumpNotUnderstood { text: String },
    Privacy(bool),
    Bell(Bell),
    SelectionGone { what: String },
    NothingToShow,
    LeadsNowhere,
}

impl Notice {
    /// The sentence.
    #[must_use]
    pub fn sentence(&self, lang: Lang) -> String {
        self.text.sentence(lang)
    }
}

impl NoticeText {
    /// The sentence.
    #[must_use]
    pub fn sentence(&self, lang: Lang) -> String {
        let vi = lang == Lang::Vi;
        match self {
            Self::Saved { path } if vi => format!("Đã lưu {path}"),
            Self::Saved { path } => format!("Saved {path}"),
            Self::NotSaved { why } if vi => format!("Không lưu được: {why}"),
            Self::NotSaved { why } => format!("Not saved: {why}"),
            Self::JumpNotFound { wanted } if vi => format!("Không thấy “{wanted}” trên bảng"),
            Self::JumpNotFound { wanted } => format!("“{wanted}” is not on the board"),
            Self::JumpNotUnderstood { text } if vi => {
                format!("Không hiểu “{text}”; ví dụ: quay 5 · phieu a012 · dv dat-dai · thiet-bi kiosk-1")
            }
            Self::JumpNotUnderstood { text } => {
                format!("“{text}” is not understood; try: counter 5 · ticket a012 · service dat-dai · device kiosk-1")
            }
            Self::Privacy(true) => lang.pick("Đang ẩn tên cán bộ", "Officers' names are hidden").into(),
            Self::Privacy(false) => lang.pick("Đang hiện tên cán bộ", "Officers' names are shown").into(),
            Self::Bell(Bell::Off) => lang.pick("Chuông: tắt", "Bell: off").into(),
            Self::Bell(Bell::Critical) => lang.pick("Chuông: cảnh báo nghiêm trọng", "Bell: critical alerts").into(),
            Self::Bell(Bell::Warning) => lang.pick("Chuông: mọi cảnh báo", "Bell: warnings and critical alerts").into(),
            Self::SelectionGone { what } if vi => format!("{what} không còn trên bảng"),
            Self::SelectionGone { what } => format!("{what} is not on the board any more"),
            Self::LeadsNowhere => {
                lang.pick("Dòng này không dẫn tới quầy hay khu vực nào", "This row leads to no counter or zone").into()
            }
            Self::NothingToShow => lang.pick("Chưa có gì để hiện", "There is nothing to show yet").into(),
        }
    }
}
