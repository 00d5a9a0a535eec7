//! Why a filter is not understood.

use crate::model::Lang;

/// Why a filter is not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FilterMistake {
    /// No such field.
    UnknownField {
        /// As typed.
        field: String,
    },
    /// Nothing after the sign.
    NoValue {
        /// The field, as typed.
        field: String,
    },
    /// Not a number.
    NotANumber {
        /// The field, as typed.
        field: String,
        /// The value, as typed.
        value: String,
    },
    /// A word has no more and no less.
    NotComparable {
        /// The field, as typed.
        field: String,
    },
    /// A quotation mark without its second.
    OpenQuote,
}

impl FilterMistake {
    /// One sentence: what is wrong, and what would be right.
    #[must_use]
    pub fn sentence(&self, lang: Lang) -> String {
        let vi = lang == Lang::Vi;
        match self {
            Self::UnknownField { field } if vi => {
                format!("Không có “{field}”; dùng được: cho, nguoi, tu, tai, quay, dv, tt, cb, phieu, loai, ly-do")
            }
            Self::UnknownField { field } => {
                format!(
                    "There is no “{field}”; try wait, waiting, since, load, counter, service, state, officer, ticket, kind, reason"
                )
            }
            Self::NoValue { field } if vi => format!("Sau “{field}” còn thiếu giá trị, ví dụ {field}15"),
            Self::NoValue { field } => format!("A value is missing after “{field}”, for example {field}15"),
            Self::NotANumber { field, value } if vi => format!("“{value}” không phải là số; ví dụ {field}>15"),
            Self::NotANumber { field, value } => format!("“{value}” is not a number; for example {field}>15"),
            Self::NotComparable { field } if vi => format!("“{field}” chỉ so sánh được bằng = hoặc !="),
            Self::NotComparable { field } => format!("“{field}” can only be compared with = or !="),
            Self::OpenQuote => lang.pick("Dấu \" chưa được đóng", "A quotation mark \" is not closed").into(),
        }
    }
}
