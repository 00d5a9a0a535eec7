//! What the operators know of a site, as a snapshot keeps it. Everything here follows from the
//! journal; a snapshot only saves the time of working it out again.

use domain::Timestamp;
use domain::board::{CallRow, MissedRow};
use domain::crowd::SiteCrowd;
use domain::estimate::Estimator;
use domain::facts::FoldedIngest;
use domain::ledger::Ledger;
use domain::load::CounterLoad;
use domain::ratings::SiteRatings;
use domain::view::SiteNames;
use domain::waits::ServiceWaits;
use serde::{Deserialize, Serialize};

use super::Rejection;
use super::past::Past;

/// One site's state after some record of the journal.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SiteState {
    /// The ledger operator's.
    pub ledger: LedgerState,
    /// Lines and windows of the services, by number.
    pub waits: Vec<ServiceWaits>,
    /// Stretches and totals of the counters, by number.
    pub load: Vec<CounterLoad>,
    /// Ratings of the days that are kept.
    pub ratings: SiteRatings,
    /// What the cameras said.
    pub crowd: SiteCrowd,
    /// What was learned of waits, and who waits for what.
    pub estimates: Box<Estimator>,
    /// The board operator's.
    pub board: BoardState,
}

/// What the ledger operator keeps.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LedgerState {
    /// The site's configuration, as JSON.
    pub config: String,
    /// The ledger.
    pub ledger: Ledger,
    /// The site's clock at its last event.
    pub now: Timestamp,
    /// Number of the last call that was announced.
    pub call_seq: u64,
    /// What only history asks for.
    pub past: Past,
}

/// What the board operator keeps, beside what it is told anew after a start.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct BoardState {
    /// Calls of the list, newest first.
    pub calls: Vec<CallRow>,
    /// No-shows, oldest first.
    pub missed: Vec<MissedRow>,
    /// What the fold counted.
    pub folded: FoldedIngest,
    /// Refusals that were not told yet.
    pub rejections: Vec<Rejection>,
}

/// What an operator of figures keeps.
#[derive(Debug, Clone)]
pub enum FigureState {
    /// See [`SiteState::waits`].
    Waits(Vec<ServiceWaits>),
    /// See [`SiteState::load`].
    Load(Vec<CounterLoad>),
    /// See [`SiteState::ratings`].
    Ratings(SiteRatings),
    /// See [`SiteState::crowd`].
    Crowd(SiteCrowd),
    /// See [`SiteState::estimates`].
    Estimates(Box<Estimator>),
}

impl SiteState {
    /// The state of a site whose other parts are yet to come.
    #[must_use]
    pub fn new(ledger: LedgerState, board: BoardState) -> Self {
        Self {
            ledger,
            waits: Vec::new(),
            load: Vec::new(),
            ratings: SiteRatings::default(),
            crowd: SiteCrowd::default(),
            estimates: Box::default(),
            board,
        }
    }

    /// Whether the operators can begin with it.
    ///
    /// # Errors
    /// When its configuration is not one of this version.
    pub fn check(&self) -> Result<(), String> {
        let config = serde_json::from_str(&self.ledger.config).map_err(|error| error.to_string())?;
        SiteNames::new(config).map(drop).map_err(|error| error.to_string())
    }

    /// Adds an operator's part.
    pub fn add(&mut self, part: FigureState) {
        match part {
            FigureState::Waits(waits) => self.waits = waits,
            FigureState::Load(load) => self.load = load,
            FigureState::Ratings(ratings) => self.ratings = ratings,
            FigureState::Crowd(crowd) => self.crowd = crowd,
            FigureState::Estimates(estimates) => self.estimates = estimates,
        }
    }
}
