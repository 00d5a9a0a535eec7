//! Which rows are shown.

/// A filter as typed, and as understood.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Filter {
    /// As typed; empty shows all.
    pub text: String,
    /// Why it is not understood (all is shown then); `None` when it is.
    pub mistake: Option<FilterMistake>,
}

/// Why a filter is not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FilterMistake {
    /// No such field.
    UnknownField {
        /// As typed.
        field: String,
    },
}
