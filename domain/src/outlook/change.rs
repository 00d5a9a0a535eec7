//! What may be asked to be otherwise.

use serde::{Deserialize, Serialize};

use super::Outlook;
use crate::{CounterId, ServiceId};

/// Most changes of one question.
pub const MOST_CHANGES: usize = 16;

/// Most counters that one change opens.
pub const MOST_NEW_COUNTERS: u32 = 20;

/// One change of the present state; it holds from now to the end of what is simulated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case", deny_unknown_fields)]
pub enum Change {
    /// So many more counters that serve this service alone.
    OpenCounters {
        /// The service.
        service: ServiceId,
        /// How many, 1 to [`MOST_NEW_COUNTERS`].
        #[serde(default = "one")]
        count: u32,
    },
    /// This counter opens.
    OpenCounter {
        /// The counter.
        counter: CounterId,
        /// What it serves; absent: what it always does.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        services: Option<Vec<ServiceId>>,
    },
    /// This counter ends what it is doing and calls no more.
    CloseCounter {
        /// The counter.
        counter: CounterId,
    },
    /// This counter ends what it is doing and serves these services from then on.
    MoveCounter {
        /// The counter.
        counter: CounterId,
        /// What it serves then.
        services: Vec<ServiceId>,
    },
    /// So many times as many people come, for one service or for all.
    Demand {
        /// The service; absent: every one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        service: Option<ServiceId>,
        /// 0 to 10; 1.2 is a fifth more.
        factor: f64,
    },
}

const fn one() -> u32 {
    1
}

/// Why a question cannot be answered: the sentence says what is wrong with it.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ChangeError {
    /// A service that the site does not have.
    #[error("the site has no service {0}")]
    UnknownService(ServiceId),
    /// A counter that the site does not have.
    #[error("the site has no counter {0}")]
    UnknownCounter(CounterId),
    /// A counter would serve nothing.
    #[error("counter {0} would serve no service: name at least one")]
    NoService(CounterId),
    /// Too many or no new counters.
    #[error("{0} new counters: 1 to {MOST_NEW_COUNTERS} can be asked for")]
    NewCounters(u32),
    /// Not a factor of demand.
    #[error("a factor of {0}: 0 to 10 can be asked for")]
    Factor(f64),
    /// More changes than are taken.
    #[error("{0} changes: at most {MOST_CHANGES} can be asked for at once")]
    TooMany(usize),
    /// More runs than are taken, or none.
    #[error("{0} runs: 1 to {most} can be asked for", most = super::MOST_RUNS)]
    Runs(u32),
    /// A longer time than is simulated, or none.
    #[error("a horizon of {0} minutes: 1 to {most} can be asked for", most = super::MOST_HORIZON_MIN)]
    Horizon(u32),
}

impl Change {
    /// Checks the change against the site it is asked of.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn check(&self, outlook: &Outlook) -> Result<(), ChangeError> {
        let service = |id: ServiceId| outlook.service(id).map(drop).ok_or(ChangeError::UnknownService(id));
        let counter = |id: CounterId| {
            outlook.counters.iter().find(|row| row.counter == id).ok_or(ChangeError::UnknownCounter(id))
        };
        let serves = |id: CounterId, services: &[ServiceId]| {
            services.iter().try_for_each(|one| service(*one))?;
            if services.is_empty() { Err(ChangeError::NoService(id)) } else { Ok(()) }
        };
        match self {
            Self::OpenCounters { service: id, count } => {
                service(*id)?;
                if (1..=MOST_NEW_COUNTERS).contains(count) { Ok(()) } else { Err(ChangeError::NewCounters(*count)) }
            }
            Self::OpenCounter { counter: id, services } => {
                let usual = counter(*id)?;
                serves(*id, services.as_ref().unwrap_or(&usual.services))
            }
            Self::CloseCounter { counter: id } => counter(*id).map(drop),
            Self::MoveCounter { counter: id, services } => {
                counter(*id)?;
                serves(*id, services)
            }
            Self::Demand { service: id, factor } => {
                id.map_or(Ok(()), service)?;
                if (0.0..=10.0).contains(factor) { Ok(()) } else { Err(ChangeError::Factor(*factor)) }
            }
        }
    }
}
