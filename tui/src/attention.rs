//! What needs a person, and why: one rule for the order of rows, their marks and the headline.
//!
//! The board has no targets of the centre, so the limits here are those of patience: what a
//! supervisor walks over for.

use domain::board::{Board, CounterRow, DeviceRow, ServiceRow, TicketStage, ZoneRow};
use domain::event::{CounterStatus, DeviceKind, DeviceState, ZoneKind};
use domain::{CounterId, Timestamp};

const MINUTE: i64 = 60_000;

/// How much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// To be looked at.
    Warning,
    /// To be looked at first.
    Critical,
}

/// What is wrong with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Somebody waits too long.
    LongWait,
    /// People wait and nobody serves them.
    NoOpenCounter,
    /// An alert of the server names the counter.
    Alert,
    /// Open and free while people wait for it.
    IdleWhileWaiting {
        /// People who wait for its services.
        waiting: u32,
    },
    /// Paused while people wait for it.
    PausedWhileWaiting {
        /// People who wait for its services.
        waiting: u32,
    },
    /// Called long ago, and nobody has come.
    NotCome,
    /// One visit goes on far longer than usual here.
    LongService,
    /// The device is not heard.
    DeviceGone,
    /// The camera is there and gives no picture.
    NoPicture,
    /// The device says itself that something is wrong, or numbers of it are missing.
    DeviceFlag,
}

/// What needs a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attention {
    /// How much.
    pub level: Level,
    /// Why.
    pub why: Why,
    /// Since how long, in milliseconds; 0 where it is not known.
    pub for_ms: i64,
}

impl Attention {
    /// For sorting: what needs a person most is greatest.
    #[must_use]
    pub const fn rank(&self) -> (Level, i64) {
        (self.level, self.for_ms)
    }
}

/// `Warning` from `warning` on, `Critical` from `critical` on (minutes).
fn by_minutes(why: Why, for_ms: i64, warning: i64, critical: i64) -> Option<Attention> {
    let level = match for_ms / MINUTE {
        minutes if minutes >= critical => Level::Critical,
        minutes if minutes >= warning => Level::Warning,
        _ => return None,
    };
    Some(Attention { level, why, for_ms })
}

/// What is wrong with a service.
#[must_use]
pub fn of_service(row: &ServiceRow) -> Option<Attention> {
    let longest = row.longest_wait_s.map_or(0, |s| s.ms());
    // Who waits while the centre is closed has been told until when.
    if row.waiting == 0 || row.opens_at.is_some() {
        return None;
    }
    if row.open_counters == Some(0) {
        // An officer who has stepped away for a moment is no alarm yet.
        return by_minutes(Why::NoOpenCounter, longest, 0, 5);
    }
    by_minutes(Why::LongWait, longest, 15, 30)
}

/// People who wait for the services of a counter, and how long the first of them has, in milliseconds.
fn waiting_for(board: &Board, row: &CounterRow) -> (u32, i64) {
    let lines = board.services.iter().filter(|line| row.services.contains(&line.service) && line.opens_at.is_none());
    lines.fold((0, 0), |(waiting, longest), line| {
        (waiting + line.waiting, longest.max(line.longest_wait_s.map_or(0, |s| s.ms())))
    })
}

/// The unacknowledged alert that names a counter.
fn alert_of(board: &Board, counter: CounterId, as_of: Timestamp) -> Option<Attention> {
    let mine = board.alerts.iter().filter(|alert| alert.counter == Some(counter) && alert.acknowledged_by.is_none());
    mine.map(|alert| Attention {
        level: level_of(&alert.severity),
        why: Why::Alert,
        for_ms: as_of.since(alert.since).max(0),
    })
    .max_by_key(Attention::rank)
}

/// The level of an alert's severity; a word that is not known is taken for a warning.
#[must_use]
pub fn level_of(severity: &str) -> Level {
    if severity == "critical" { Level::Critical } else { Level::Warning }
}

/// What is wrong with a counter at `as_of`.
#[must_use]
pub fn of_counter(board: &Board, row: &CounterRow, as_of: Timestamp) -> Option<Attention> {
    let own = row.since.and_then(|since| of_present(board, row, as_of.since(since).max(0)));
    let console =
        board.devices.iter().find(|d| d.kind == DeviceKind::Counter && d.device.as_str() == row.counter.as_str());
    let gone = console.filter(|_| row.status != CounterStatus::Closed).and_then(of_device);
    let candidates = [alert_of(board, row.counter, as_of), own, gone];
    candidates.into_iter().flatten().max_by_key(Attention::rank)
}

/// What is wrong with what a counter has been doing for `for_ms`.
fn of_present(board: &Board, row: &CounterRow, for_ms: i64) -> Option<Attention> {
    match (row.status, row.ticket_state) {
        (_, Some(TicketStage::Serving)) => {
            let usual = row.service_mean_s.map_or(0, |mean| mean.ms() * 3);
            if for_ms < usual { None } else { by_minutes(Why::LongService, for_ms, 30, 60) }
        }
        // An old queue machine never says that service began: there, "called" is the whole visit.
        (_, Some(TicketStage::Called)) => {
            let begins_are_told = board.counters.iter().any(|other| other.ticket_state == Some(TicketStage::Serving));
            if begins_are_told { by_minutes(Why::NotCome, for_ms, 3, 10) } else { None }
        }
        // Somebody who has just come finds many counters free: what counts is how long both last.
        (CounterStatus::Open, None) => match waiting_for(board, row) {
            (0, _) => None,
            (waiting, longest) => by_minutes(Why::IdleWhileWaiting { waiting }, for_ms.min(longest), 2, 10),
        },
        (CounterStatus::Paused, None) => match waiting_for(board, row) {
            (0, _) => None,
            (waiting, longest) => {
                let found = by_minutes(Why::PausedWhileWaiting { waiting }, for_ms.min(longest), 10, 30);
                found.map(|it| Attention { for_ms, ..it })
            }
        },
        (CounterStatus::Closed, None) => None,
    }
}

/// What is wrong with a device. One lost button of sixty is not a lost kiosk.
#[must_use]
pub fn of_device(row: &DeviceRow) -> Option<Attention> {
    let for_ms = row.age_s.map_or(0, |age| i64::try_from(age).unwrap_or(i64::MAX / 1_000).saturating_mul(1_000));
    let many_need_it =
        matches!(row.kind, DeviceKind::Kiosk | DeviceKind::Wall | DeviceKind::Gateway | DeviceKind::Host);
    let level = if many_need_it { Level::Critical } else { Level::Warning };
    match row.state {
        Some(DeviceState::Lost) => Some(Attention { level, why: Why::DeviceGone, for_ms }),
        _ if row.flags.iter().any(|flag| flag != "best_effort") => {
            Some(Attention { level: Level::Warning, why: Why::DeviceFlag, for_ms: 0 })
        }
        _ => None,
    }
}

/// A counter zone that is fuller than this has somebody in it.
const NOBODY: f64 = 0.05;

/// Whether a counter stands open and its camera sees nobody there. What is not seen is not known: one
/// zone of it without a picture, and nobody is called away.
#[must_use]
pub fn is_away(board: &Board, row: &CounterRow) -> bool {
    let mut zones = zones_of(board, row).peekable();
    row.status == CounterStatus::Open
        && zones.peek().is_some()
        && zones.all(|zone| zone.motion != Some(true) && zone.level.is_some_and(|level| level < NOBODY))
}

/// The zones in which who works at a counter is seen.
pub fn zones_of<'b>(board: &'b Board, row: &CounterRow) -> impl Iterator<Item = &'b ZoneRow> + use<'b> {
    let counter = row.counter;
    board.zones.iter().filter(move |zone| zone.kind == ZoneKind::Counter && zone.counter == Some(counter))
}

/// Cameras that gave a picture and give none, a zone each, the longest lost of each camera's: as long as
/// it sees one zone, it is there. One whose device is lost has its own entry.
pub fn without_picture(board: &Board, as_of: Timestamp) -> impl Iterator<Item = (&ZoneRow, Attention)> {
    board.zones.iter().enumerate().filter_map(move |(at, row)| {
        let mut before = board.zones[..at].iter();
        let mut own = board.zones.iter().filter(|other| other.camera == row.camera);
        let told = before.any(|other| other.camera == row.camera);
        let device = board.devices.iter().find(|device| device.device.as_str() == row.camera.as_str());
        if told || own.any(|zone| zone.level.is_some()) || device.and_then(of_device).is_some() {
            return None;
        }
        let for_ms = as_of.since(row.as_of?).max(0);
        Some((row, Attention { level: Level::Warning, why: Why::NoPicture, for_ms }))
    })
}

#[cfg(test)]
mod tests;
