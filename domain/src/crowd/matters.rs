//! What only cameras and queue together can tell: a counter that is open while nobody is there, and
//! a hall fuller than its tickets explain.
//!
//! Both are views of (state, `as_of`): nothing is kept for them, so a restart, a late event or a
//! replay changes nothing about them. A camera that is away knows nothing, and raises nothing.

use super::Standing;
use crate::board::{AlertRow, WaitingArea, ZoneRow};
use crate::config::{CrowdRules, ZoneConfig};
use crate::event::ZoneKind;
use crate::{CounterId, Timestamp};

/// The rule that a counter stands open, people wait for it and nobody is in its zone.
pub const COUNTER_UNATTENDED: &str = "counter_unattended";
/// The rule that the waiting area is fuller than its tickets explain.
pub const CROWD_WITHOUT_TICKETS: &str = "crowd_without_tickets";
const SEVERITY: &str = "warning";
const MINUTE_MS: i64 = 60_000;

/// A zone as the board shows it, and since when it has been so.
#[derive(Debug, Clone, PartialEq)]
pub struct ZoneFact {
    /// Its row.
    pub row: ZoneRow,
    /// See [`Standing`].
    pub standing: Standing,
}

/// A counter that is open and for which somebody waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenCounter {
    /// Which.
    pub counter: CounterId,
    /// Since when it has been open, or has done what it does now.
    pub since: Timestamp,
    /// Since when the first in its lines has waited.
    pub waiting_since: Timestamp,
}

/// How full the waiting area is. A zone that is not known is left out, and told as such: half a hall is
/// better than none, as long as nobody takes it for the whole.
#[must_use]
pub fn waiting_area(zones: &[ZoneFact], configured: &[ZoneConfig]) -> WaitingArea {
    let waiting: Vec<&ZoneRow> = rows_of(zones, ZoneKind::Waiting).collect();
    let known: Vec<(f64, Option<u32>)> =
        waiting.iter().filter_map(|row| Some((row.level?, seats(row, configured)))).collect();
    let weighted: Option<Vec<(f64, f64)>> =
        known.iter().map(|(level, seats)| seats.map(|seats| (*level, f64::from(seats)))).collect();
    let weighted = weighted.unwrap_or_else(|| known.iter().map(|(level, _)| (*level, 1.0)).collect());
    let all: f64 = weighted.iter().map(|(_, weight)| weight).sum();
    let full: f64 = weighted.iter().map(|(level, weight)| level * weight).sum();
    let people: Option<Vec<u32>> = waiting.iter().map(|row| row.people).collect();
    WaitingArea {
        level: (all > 0.0).then(|| (full / all * 100.0).round() / 100.0),
        people: people.filter(|each| !each.is_empty()).map(|each| each.into_iter().fold(0, u32::saturating_add)),
        zones: waiting.len() as u32,
        known: known.len() as u32,
    }
}

fn rows_of(zones: &[ZoneFact], kind: ZoneKind) -> impl Iterator<Item = &ZoneRow> {
    zones.iter().map(|zone| &zone.row).filter(move |row| row.kind == kind)
}

fn seats(row: &ZoneRow, configured: &[ZoneConfig]) -> Option<u32> {
    configured.iter().find(|config| (config.camera, config.zone) == (row.camera, row.zone)).and_then(|it| it.seats)
}

/// Counters whose zones are all known to be empty, for as long as `rules` say. Since: the last of
/// opened, somebody waits, nobody there.
pub fn unattended(
    rules: CrowdRules,
    as_of: Timestamp,
    counters: impl IntoIterator<Item = OpenCounter>,
    zones: &[ZoneFact],
) -> Vec<AlertRow> {
    let patience = i64::from(rules.unattended_min) * MINUTE_MS;
    let mut rows = Vec::new();
    for open in counters {
        let its = zones.iter().filter(|zone| zone.row.kind == ZoneKind::Counter);
        let its: Vec<&ZoneFact> = its.filter(|zone| zone.row.counter == Some(open.counter)).collect();
        // One of two cameras that does not know might be the one that sees the officer.
        let empty: Option<Vec<Timestamp>> = its.iter().map(|zone| zone.standing.empty_since).collect();
        let Some(empty) = empty.and_then(|since| since.into_iter().max()) else { continue };
        let since = empty.max(open.since).max(open.waiting_since);
        if as_of.since(since) >= patience {
            let place = its.first().map(|zone| &zone.row);
            rows.push(AlertRow {
                alert: format!("{COUNTER_UNATTENDED}.{}", open.counter),
                rule: COUNTER_UNATTENDED.to_owned(),
                severity: SEVERITY.to_owned(),
                counter: Some(open.counter),
                camera: place.map(|row| row.camera),
                zone: place.map(|row| row.zone),
                since,
                acknowledged_by: None,
            });
        }
    }
    rows
}

/// A waiting area that has been full for as long as `rules` say, with fewer tickets than explain it.
/// `tickets` are those that wait, and those called within the window of waits, whose people may still
/// sit there. A full zone needs half as many tickets as it holds people (whoever comes in company
/// takes one); where nobody said how many seats it has, as many as `rules` say.
#[must_use]
pub fn without_tickets(
    rules: CrowdRules,
    as_of: Timestamp,
    tickets: u32,
    zones: &[ZoneFact],
    configured: &[ZoneConfig],
) -> Option<AlertRow> {
    let patience = i64::from(rules.crowd_min) * MINUTE_MS;
    let mut needed = 0.0;
    let mut fullest: Option<(&ZoneRow, f64, Timestamp)> = None;
    for zone in zones.iter().filter(|zone| zone.row.kind == ZoneKind::Waiting) {
        let (Some(level), Some(since)) = (zone.row.level, zone.standing.full_since) else { continue };
        if as_of.since(since) < patience {
            continue;
        }
        needed += seats(&zone.row, configured)
            .map_or_else(|| f64::from(rules.crowd_tickets), |seats| level * f64::from(seats) / 2.0);
        if fullest.is_none_or(|(_, most, _)| level > most) {
            fullest = Some((&zone.row, level, since));
        }
    }
    let (row, _, since) = fullest.filter(|_| f64::from(tickets) < needed)?;
    Some(AlertRow {
        // One for the hall: which of its zones is the fullest changes by the minute.
        alert: CROWD_WITHOUT_TICKETS.to_owned(),
        rule: CROWD_WITHOUT_TICKETS.to_owned(),
        severity: SEVERITY.to_owned(),
        counter: None,
        camera: Some(row.camera),
        zone: Some(row.zone),
        since,
        acknowledged_by: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CameraId, ZoneId};

    const fn at(min: i64) -> Timestamp {
        Timestamp::from_ms(min * MINUTE_MS)
    }

    fn counter() -> CounterId {
        CounterId::new("q7").unwrap()
    }

    fn zone(camera: &str, kind: ZoneKind, level: Option<f64>, standing: Standing) -> ZoneFact {
        let counter = (kind == ZoneKind::Counter).then(counter);
        let (camera, zone) = (CameraId::new(camera).unwrap(), ZoneId::new("z").unwrap());
        let row = ZoneRow { camera, zone, kind, counter, level, motion: None, people: None, as_of: None };
        ZoneFact { row, standing }
    }

    fn empty(since: Option<i64>) -> Standing {
        Standing { empty_since: since.map(at), full_since: None }
    }

    fn full(since: i64) -> Standing {
        Standing { empty_since: None, full_since: Some(at(since)) }
    }

    fn since_of(zones: &[ZoneFact], as_of: i64) -> Option<Timestamp> {
        let open = OpenCounter { counter: counter(), since: at(1), waiting_since: at(3) };
        unattended(CrowdRules::default(), at(as_of), [open], zones).first().map(|row| row.since)
    }

    #[test]
    fn an_open_counter_with_a_line_and_nobody_there_is_told_after_five_minutes() {
        let zones = [zone("a", ZoneKind::Counter, Some(0.0), empty(Some(2)))];
        assert_eq!(since_of(&zones, 7), None);
        assert_eq!(since_of(&zones, 8), Some(at(3)));
    }

    #[test]
    fn who_is_there_or_not_seen_is_not_missed() {
        let seen = zone("a", ZoneKind::Counter, Some(0.0), empty(Some(2)));
        let unknown = zone("b", ZoneKind::Counter, None, empty(None));
        assert_eq!(since_of(std::slice::from_ref(&unknown), 60), None);
        assert_eq!(since_of(&[seen, unknown], 60), None);
        assert_eq!(since_of(&[], 60), None);
    }

    #[test]
    fn the_waiting_area_is_what_is_known_of_it() {
        let zones = [
            zone("a", ZoneKind::Waiting, Some(0.8), Standing::default()),
            zone("b", ZoneKind::Waiting, Some(0.2), Standing::default()),
            zone("c", ZoneKind::Waiting, None, Standing::default()),
            zone("d", ZoneKind::Counter, Some(1.0), Standing::default()),
        ];
        let area = |level, known| WaitingArea { level, people: None, zones: 3, known };
        assert_eq!(waiting_area(&zones, &[]), area(Some(0.5), 2));
        assert_eq!(waiting_area(&zones[2..3], &[]), WaitingArea { zones: 1, ..area(None, 0) });
        let seats = |zone: &ZoneFact, seats| ZoneConfig {
            camera: zone.row.camera,
            zone: zone.row.zone,
            kind: zone.row.kind,
            counter: None,
            polygon: Vec::new(),
            seats: Some(seats),
        };
        let configured = [seats(&zones[0], 10), seats(&zones[1], 30)];
        assert_eq!(waiting_area(&zones, &configured), area(Some(0.35), 2));
    }

    #[test]
    fn a_full_hall_is_explained_by_enough_tickets() {
        let zones = [zone("a", ZoneKind::Waiting, Some(0.8), full(0))];
        let told = |tickets, as_of, seats| {
            let row = &zones[0].row;
            let config = ZoneConfig {
                camera: row.camera,
                zone: row.zone,
                kind: row.kind,
                counter: None,
                polygon: Vec::new(),
                seats,
            };
            without_tickets(CrowdRules::default(), at(as_of), tickets, &zones, &[config]).is_some()
        };
        assert!(!told(0, 9, None), "not yet");
        assert!(told(4, 10, None));
        assert!(!told(5, 10, None));
        // 40 seats, 32 people: 16 tickets explain them.
        assert!(told(15, 10, Some(40)));
        assert!(!told(16, 10, Some(40)));
    }
}
