//! The dataflow: one operator a file, wired here.
//!
//! ```text
//! records ──(by site)──> ledger ──steps──┬─> waits ───┐
//!                                        ├─> load ────┤
//!                                        ├─> ratings ─┼─parts──> board ──> outputs
//!                                        ├─> crowd ───┤
//!                                        ├─> estimates┤
//!                                        └────────────┘
//!                     ledger, crowd, estimates ──told now and then──> history ──> outputs
//! ```
//!
//! Everything of a site happens on one worker: the first edge exchanges by site, the others stay.
//! An epoch is one appended group; when the frontier has passed it, all its outputs are out.

pub mod board;
pub mod crowd;
pub mod estimates;
mod figures;
pub mod history;
pub mod ledger;
pub mod load;
mod outlook;
pub mod past;
pub mod ratings;
mod rows;
pub mod state;
pub mod waits;

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use domain::board::{AlertRow, CallRow, DeviceRow, Ingest, RatingTotals};
use domain::config::BusinessDay;
use domain::crowd::matters::ZoneFact;
use domain::estimate::Judged;
use domain::estimate::model::Model;
use domain::event::{Body, DeviceKind};
use domain::facts::{Change, CounterIx, ServiceIx};
use domain::ledger::CounterNow;
use domain::load::LoadFigures;
use domain::outlook::Outlook;
use domain::storage::Storage;
use domain::view::{Expected, Openings, SiteNames};
use domain::waits::WaitFigures;
use domain::{CameraId, CounterId, DeviceId, ServiceId, Timestamp, ZoneId};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use timely::dataflow::operators::vec::{Filter, Map};
use timely::dataflow::operators::{Concatenate, Probe};
use timely::dataflow::{ProbeHandle, Scope, StreamVec};

pub use self::board::{Display, Output, Rejection};
pub use self::history::{Seen, Telling, Told};
pub use self::state::SiteState;
use self::state::{FigureState, LedgerState};

/// Timely's time: an epoch. Grows with every group that the engine is given.
pub type Epoch = u64;

/// A site's number within the process: the order in which the journal first names it.
pub type SiteIx = u32;

/// What goes into the dataflow.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Record {
    /// Of this site.
    pub site: SiteIx,
    /// What.
    pub item: Item,
}

/// One thing that a site's operators have to know.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Item {
    /// The site as configured from here on, as JSON. Always the first record of a site, together
    /// with a [`Item::Day`].
    Configure(String),
    /// The site as it was when a snapshot was taken: instead of everything before.
    Restore(Box<SiteState>),
    /// Tell the site's state, for a snapshot of everything up to this record of the journal.
    Keep(u64),
    /// A business day begins; what lies before `keep_from` is let go.
    Day {
        /// The day.
        day: BusinessDay,
        /// Start of the day before.
        keep_from: Timestamp,
    },
    /// An accepted event.
    Event {
        /// Its record in the journal.
        offset: u64,
        /// When it happened.
        at: Timestamp,
        /// When it arrived, by the site's clock.
        now: Timestamp,
        /// What happened.
        body: Body,
    },
    /// A camera's own heartbeat.
    Occupancy {
        /// The camera.
        camera: CameraId,
        /// The zone.
        zone: ZoneId,
        /// When.
        at: Timestamp,
        /// 0..1.
        level: f64,
        /// Where the camera counts them.
        people: Option<u32>,
    },
    /// What was counted at the door.
    Door(Ingest),
    /// What is new of the devices, in order.
    Devices(Vec<DeviceWord>),
    /// All alerts.
    Alerts(Vec<AlertRow>),
    /// The disk under the journal.
    Storage(Storage),
    /// Something that history counts and boards do not show.
    Noted(Noted),
    /// Tell history what has changed, up to this record of the journal.
    History(u64),
    /// The trained part of the estimates that is in force from here on.
    Model(Shared),
    /// What was published may be lost: the next evaluation is told in full.
    Again,
    /// Show what is known as of this instant.
    Evaluate {
        /// The instant.
        as_of: Timestamp,
        /// How much.
        extent: Extent,
    },
}

/// See [`Item::Noted`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Noted {
    /// The collector listened.
    Listened {
        /// From.
        from: Timestamp,
        /// To.
        to: Timestamp,
    },
    /// As many events of a device were given up.
    Lost(u32),
    /// Something could not be used.
    DeadLetter,
}

/// A model, once in memory for all sites.
#[derive(Debug, Clone)]
pub struct Shared(pub Arc<Model>);

impl Serialize for Shared {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Shared {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Model::deserialize(deserializer).map(|model| Self(Arc::new(model)))
    }
}

/// What is new of a device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum DeviceWord {
    /// Its row changed.
    Is(DeviceRow),
    /// It is taken off: its retained `status` was cleared.
    Gone(DeviceKind, DeviceId),
}

/// How much of a site is evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Extent {
    /// The rows that events have touched.
    Touched,
    /// Every row: figures that move with time alone are exact again.
    Whole {
        /// The whole board goes out too.
        board: bool,
    },
}

impl Extent {
    /// Whether every row is evaluated.
    #[must_use]
    pub const fn whole(self) -> bool {
        matches!(self, Self::Whole { .. })
    }
}

/// What the ledger tells the operators behind it, once a site and epoch.
#[derive(Debug)]
pub struct Step {
    /// Of this site.
    pub site: SiteIx,
    /// The site's names.
    pub names: Rc<SiteNames>,
    /// The present business day.
    pub day: BusinessDay,
    /// The site's clock at its last event: what left the window before it is let go.
    pub now: Timestamp,
    /// When set: show what is known as of this instant.
    pub evaluate: Option<(Timestamp, Extent)>,
    /// Facts asserted and taken back, in order.
    pub changes: Vec<Change>,
    /// Counters whose row may have changed, as they are now; each once.
    pub counters: Vec<(CounterIx, CounterNow)>,
    /// The services and counters that have been named so far, by number.
    pub named: Rc<Named>,
    /// A counter opened, closed or changed what it serves: services' staffing may have changed.
    pub staffed: bool,
    /// The site is configured anew.
    pub configured: bool,
    /// Estimates follow this model from here on; what happened before `changes` is told already.
    pub model: Option<Arc<Model>>,
    /// What was published may be lost: tell everything.
    pub again: bool,
    /// Begin with this state.
    pub restore: Option<Rc<SiteState>>,
    /// Tell the state, for a snapshot up to this record; the ledger's own part of it.
    pub keep: Option<(u64, Rc<LedgerState>)>,
    /// What history is to be told, as the ledger knows it.
    pub history: Option<Telling>,
    /// Calls to announce, oldest first.
    pub calls: Vec<CallRow>,
    /// Camera events and heartbeats, in order of arrival.
    pub crowd: Vec<CrowdWord>,
    /// The latest word of the door, if there was one.
    pub door: Option<Ingest>,
    /// What is new of the devices, in order.
    pub devices: Vec<DeviceWord>,
    /// All alerts, if they changed.
    pub alerts: Option<Vec<AlertRow>>,
    /// The disk, if its state changed.
    pub storage: Option<Storage>,
    /// Whether the site and its services are open, of the instant of `evaluate`; `None` without one.
    pub openings: Option<Openings>,
    /// When one of them next opens or closes, as of the last evaluation.
    pub next_change: Option<Timestamp>,
}

/// Services and counters by number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    /// Services.
    pub services: Vec<ServiceId>,
    /// Counters.
    pub counters: Vec<CounterId>,
}

/// A word of a camera.
#[derive(Debug, Clone)]
pub enum CrowdWord {
    /// An event.
    Event(Timestamp, Box<Body>),
    /// A heartbeat.
    Level(CameraId, ZoneId, Timestamp, f64, Option<u32>),
}

/// What an operator adds to a board.
#[derive(Debug, Clone)]
pub enum Part {
    /// The ledger's own.
    Step(Rc<Step>),
    /// Lines and waits.
    Waits(SiteIx, Rc<WaitsPart>),
    /// Load.
    Load(SiteIx, Rc<[(CounterIx, LoadFigures)]>),
    /// Ratings.
    Ratings(SiteIx, Rc<RatingTotals>),
    /// Zones.
    Crowd(SiteIx, Rc<[ZoneFact]>),
    /// Estimates.
    Estimates(SiteIx, Rc<EstimatesPart>),
    /// Promises that were judged, for history.
    Judged(SiteIx, Vec<Judged>),
    /// What the cameras saw, for history; in the order of the days that are told.
    Seen(SiteIx, Vec<Seen>),
    /// An operator's part of a snapshot.
    State(SiteIx, Rc<FigureState>),
}

/// Services' figures, and when they next change by time alone.
#[derive(Debug)]
pub struct WaitsPart {
    /// Evaluated services.
    pub services: Vec<(ServiceIx, WaitFigures)>,
    /// The next edge of a window.
    pub next_edge: Option<Timestamp>,
}

/// What is expected of the services, and now and then the outlook of the site.
#[derive(Debug)]
pub struct EstimatesPart {
    /// Evaluated services: the same as in the [`WaitsPart`] of the evaluation.
    pub services: Vec<(ServiceIx, Expected)>,
    /// Its `seq` is yet to be filled in.
    pub outlook: Option<Box<Outlook>>,
}

/// Builds the dataflow over `records` and probes its ends. Boards count from `seq_base`; `give`
/// takes what goes out.
pub fn build<'scope>(
    scope: Scope<'scope, Epoch>,
    records: StreamVec<'scope, Epoch, Record>,
    probe: &ProbeHandle<Epoch>,
    seq_base: u64,
    give: impl FnMut(Vec<Output>) + 'static,
) {
    let give = Rc::new(RefCell::new(give));
    let steps = ledger::ledger(records);
    let crowd = crowd::crowd(steps.clone());
    let estimates = estimates::estimates(steps.clone());
    let told = [steps.clone().map(Part::Step), crowd.clone(), estimates.clone()];
    let parts = [
        steps.clone().map(Part::Step),
        waits::waits(steps.clone()),
        load::load(steps.clone()),
        ratings::ratings(steps),
        crowd,
        estimates,
    ];
    let gives = Rc::clone(&give);
    let told = told.map(|parts| parts.filter(history::concerns));
    history::history(scope.concatenate(told), move |outputs| gives.borrow_mut()(outputs)).probe_with(probe);
    board::board(scope.concatenate(parts), seq_base, move |outputs| give.borrow_mut()(outputs)).probe_with(probe);
}
