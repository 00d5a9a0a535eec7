//! A question that was answered, what was expected then, and what happened.

use domain::board::Board;
use domain::outlook::{Answer, Change, Range, ServiceAnswer};
use domain::{ServiceId, Timestamp};
use serde::{Deserialize, Serialize};

/// After how many minutes a forecast is compared.
const COMPARED_MIN: [u32; 2] = [30, 60];
/// A board that is this much later than it should be says nothing of the moment any more.
const TOO_LATE_MS: i64 = 2 * 60_000;
/// Services of one question that are followed.
const MOST_FOLLOWED: usize = 8;

/// One question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Its number; grows.
    pub id: u64,
    /// The collector's clock when it was answered.
    pub as_of: Timestamp,
    /// What was asked.
    pub changes: Vec<Change>,
    /// What was expected of the services that it was about.
    pub services: Vec<Asked>,
}

/// What was expected of one service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    /// The service.
    pub service: ServiceId,
    /// Counters that served it then; `None`: not known.
    pub open_counters: Option<u32>,
    /// The wait of a ticket taken then, as things were.
    pub wait_now: Range,
    /// The same with the changes.
    pub wait_changed: Range,
    /// How many would wait, and how many did.
    pub waiting: Vec<Compared>,
}

/// How many wait at a moment: expected as things were when it was asked, and what happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compared {
    /// Minutes after the question.
    pub after_min: u32,
    /// Expected: half of the times no more.
    pub p50: u32,
    /// Expected: nine times in ten no more.
    pub p90: u32,
    /// What happened; `None` as long as the time has not come.
    pub happened: Option<Happened>,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Happened {
    /// How many waited; `None`: no board of that moment came.
    pub waiting: Option<u32>,
    /// Counters that served it then: where there are others than when it was asked, the forecast
    /// was of something else.
    pub open_counters: Option<u32>,
}

impl Record {
    /// Keeps what of an answer can be compared.
    #[must_use]
    pub fn new(id: u64, answer: &Answer, board: Option<&Board>) -> Self {
        let of = |row: &ServiceAnswer| Asked {
            service: row.service,
            open_counters: board.and_then(|board| found(board, row.service)).and_then(|row| row.open_counters),
            wait_now: row.base.wait_now,
            wait_changed: row.changed.wait_now,
            waiting: expected(row),
        };
        let services = about(answer).take(MOST_FOLLOWED).map(of).collect();
        Self { id, as_of: answer.as_of, changes: answer.changes.clone(), services }
    }

    /// Compares what is due with a board; whether anything was.
    pub fn look(&mut self, board: &Board) -> bool {
        let mut any = false;
        for asked in &mut self.services {
            for compared in asked.waiting.iter_mut().filter(|it| it.happened.is_none()) {
                let over = board.as_of.since(self.as_of.plus(i64::from(compared.after_min) * 60_000));
                if over < 0 {
                    continue;
                }
                let row = found(board, asked.service).filter(|_| over <= TOO_LATE_MS);
                let happened =
                    Happened { waiting: row.map(|it| it.waiting), open_counters: row.and_then(|it| it.open_counters) };
                compared.happened = Some(happened);
                any = true;
            }
        }
        any
    }
}

fn expected(row: &ServiceAnswer) -> Vec<Compared> {
    let due = row.base.waiting.iter().filter(|it| COMPARED_MIN.contains(&it.after_min));
    due.map(|it| Compared { after_min: it.after_min, p50: it.p50, p90: it.p90, happened: None }).collect()
}

fn found(board: &Board, service: ServiceId) -> Option<&domain::board::ServiceRow> {
    board.services.iter().find(|row| row.service == service)
}

/// The services that the changes name; where they name none, those that they change, or all.
pub(super) fn about(answer: &Answer) -> impl Iterator<Item = &ServiceAnswer> {
    let named: Vec<ServiceId> = answer.changes.iter().flat_map(named).collect();
    let any_differs = answer.services.iter().any(differs);
    answer.services.iter().filter(move |row| match (named.is_empty(), any_differs) {
        (false, _) => named.contains(&row.service),
        (true, true) => differs(row),
        (true, false) => true,
    })
}

fn differs(row: &ServiceAnswer) -> bool {
    row.base != row.changed
}

fn named(change: &Change) -> Vec<ServiceId> {
    match change {
        Change::OpenCounters { service, .. } => vec![*service],
        Change::OpenCounter { services, .. } => services.clone().unwrap_or_default(),
        Change::MoveCounter { services, .. } => services.clone(),
        Change::Demand { service, .. } => service.iter().copied().collect(),
        Change::CloseCounter { .. } => Vec::new(),
    }
}
