//! Where questions read from: hourly cells, day by day, in columns. Both stores give the same.

use domain::facts::Date;
use domain::history::{CounterCell, Hour, QualityCell, QueueCell, ServicePlace, ZoneCell};
use domain::{CounterId, DepartmentId, OfficerId, SiteId};

use crate::Error;

/// Of which sites and business days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The sites; empty: all there are.
    pub sites: Vec<SiteId>,
    /// First business day.
    pub from: Date,
    /// Last business day, inclusive.
    pub to: Date,
}

/// The parts in which a day's cells are kept: a question reads those that it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Part {
    /// Counts of [`domain::history::FlowCell`]: arrivals, `cancelled`, `no_shows`, `day_ended`, recalls, transfers.
    Tickets = 1,
    /// Its `waits` and `walks`.
    Waits = 2,
    /// Its `services` and `served`.
    Services = 3,
    /// Its promises and errors.
    Estimates = 4,
    /// Its ratings.
    Ratings = 5,
    /// [`QueueCell`]s.
    Queues = 6,
    /// [`CounterCell`]s.
    Counters = 7,
    /// [`ZoneCell`]s.
    Zones = 8,
    /// [`QualityCell`]s.
    Quality = 9,
}

/// "None" in a [`Key`].
pub const NONE: u16 = u16::MAX;

/// What a flow cell is of: the hour, and places in the day's [`Names`] ([`NONE`]: to nobody's account).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub struct Key {
    pub hour: Hour,
    pub service: u16,
    pub counter: u16,
    pub officer: u16,
}

/// The ids that the keys of one part point to.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    /// Services and where they belonged on that day.
    pub services: &'a [ServicePlace],
    /// Counters and their departments.
    pub counters: &'a [(CounterId, Option<DepartmentId>)],
    /// Officers.
    pub officers: &'a [OfficerId],
}

/// One histogram a cell: cell `i` has the pairs `ends[i - 1]..ends[i]` of (`seconds`, `counts`).
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs, reason = "the columns of `domain::history::Histogram`")]
pub struct Histograms<'a> {
    pub sum_ms: &'a [i64],
    pub max_ms: &'a [u32],
    pub ends: &'a [u32],
    pub seconds: &'a [u32],
    pub counts: &'a [u32],
}

/// One part of one day of one site. All columns of a part are as long as its `keys`.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs, reason = "the columns are the fields of the cells in `domain::history`")]
pub enum Cells<'a> {
    Tickets {
        keys: &'a [Key],
        arrivals: &'a [u32],
        cancelled: &'a [u32],
        no_shows: &'a [u32],
        day_ended: &'a [u32],
        recalls: &'a [u32],
        transfers: &'a [u32],
    },
    Waits {
        keys: &'a [Key],
        waits: Histograms<'a>,
        walks: Histograms<'a>,
    },
    Services {
        keys: &'a [Key],
        served: &'a [u32],
        services: Histograms<'a>,
    },
    Estimates {
        keys: &'a [Key],
        promised: &'a [u32],
        within_p90: &'a [u32],
        within_p50: &'a [u32],
        error_ms: &'a [i64],
        errors: Histograms<'a>,
    },
    Ratings {
        keys: &'a [Key],
        ratings: &'a [[u32; 5]],
        unbound: &'a [u32],
    },
    Queues(&'a [QueueCell]),
    Counters(&'a [CounterCell]),
    Zones(&'a [ZoneCell]),
    Quality(&'a [QualityCell]),
}

/// What a question is shown.
#[derive(Debug, Clone, Copy)]
pub struct DayPart<'a> {
    /// The site.
    pub site: SiteId,
    /// The business day: days since 1970-01-01.
    pub date: Date,
    /// What the keys point to. For queues and counters, where those that occur belonged.
    pub names: Names<'a>,
    /// The cells.
    pub cells: Cells<'a>,
}

/// A store that can be asked.
pub trait Source {
    /// Shows `take` each wanted part of each day in scope, in the order of (site, date, part); a
    /// part in which nothing happened may be left out.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn scan(&self, scope: &Scope, parts: &[Part], take: &mut dyn FnMut(&DayPart<'_>)) -> Result<(), Error>;

    /// The sites it knows, in order.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn sites(&self) -> Result<Vec<SiteId>, Error>;

    /// First and last business day that is kept of a site.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn span(&self, site: SiteId) -> Result<Option<(Date, Date)>, Error>;

    /// What people call a thing: `kind` is `site`, `service`, `field`, `department`, `counter`, `officer`.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn names(&self, site: SiteId) -> Result<Vec<Name>, Error>;
}

/// A display name: the newest one that a configuration gave.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub struct Name {
    pub kind: String,
    pub id: String,
    pub name: String,
}
