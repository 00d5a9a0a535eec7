//! A question to the server: what would be with more counters for a service.

use domain::ServiceId;
use domain::outlook::{Answer, Change, Question};

use super::Trouble;

/// Most counters that are asked for; after it the window begins at one again.
pub const MOST_MORE: u32 = 4;

/// A question and what came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct WhatIf {
    /// The service.
    pub service: ServiceId,
    /// So many more counters for it.
    pub more: u32,
    /// What came of it.
    pub answer: WhatIfAnswer,
}

/// What came of a question.
#[derive(Debug, Clone, PartialEq)]
pub enum WhatIfAnswer {
    /// Nothing yet.
    Asked,
    /// The server's answer.
    Known(Box<Answer>),
    /// The server did not answer it.
    Refused(Trouble),
}

impl WhatIf {
    /// A question that is being asked.
    #[must_use]
    pub const fn asked(service: ServiceId, more: u32) -> Self {
        Self { service, more, answer: WhatIfAnswer::Asked }
    }

    /// The question as the server takes it.
    #[must_use]
    pub fn question(service: ServiceId, more: u32) -> Question {
        Question { changes: vec![Change::OpenCounters { service, count: more }], ..Question::default() }
    }
}
