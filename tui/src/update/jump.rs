//! `:` goes to a counter, a ticket, a service, a device, a pane.

use domain::CounterId;
use domain::board::{Board, ZoneRow};

use super::{command, prompt, rows, say};
use crate::filter::{Seen, facts};
use crate::message::{Action, Effect};
use crate::model::{Model, NoticeKind, NoticeText, Pane, RowId};
use crate::text::{fold, is_word, slug};

/// What a first word asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Counter,
    Ticket,
    Service,
    Device,
    Zone,
    Alert,
}

/// Words before a name.
const KINDS: &[(Kind, &[&str])] = &[
    (Kind::Counter, &["quay", "q", "counter"]),
    (Kind::Ticket, &["phieu", "so", "ticket"]),
    (Kind::Service, &["dv", "dich-vu", "thu-tuc", "tt", "service"]),
    (Kind::Device, &["thiet-bi", "tb", "device"]),
    (Kind::Zone, &["camera", "cam", "zone", "khu-vuc"]),
    (Kind::Alert, &["canh-bao", "alert"]),
];

/// Words alone: panes, and the end.
const PLACES: &[(Pane, &[&str])] = &[
    (Pane::Services, &["thu-tuc", "dv", "dich-vu", "services", "service"]),
    (Pane::Counters, &["quay", "counters", "counter"]),
    (Pane::Calls, &["goi", "so-vua-goi", "so-goi", "calls"]),
    (Pane::Ratings, &["danh-gia", "ratings"]),
    (Pane::Zones, &["camera", "khu-vuc", "khu-vuc-camera", "zones"]),
    (Pane::Devices, &["thiet-bi", "tb", "devices"]),
    (Pane::DeadLetters, &["thu-chet", "tin-hong", "dead-letters", "dead"]),
    (Pane::Alerts, &["canh-bao", "alerts"]),
];

const QUIT: &[&str] = &["q", "quit", "thoat"];

/// Goes where the line says.
pub fn jump(model: &mut Model, line: &str) -> Action {
    let line = line.trim().trim_start_matches(':').trim();
    if line.is_empty() {
        return Action::redraw();
    }
    let goes_by = |typed: &str, names: &[&str]| names.iter().any(|name| is_word(typed, name));
    if goes_by(line, QUIT) {
        return Action::redraw().and(Effect::Quit);
    }
    if let Some((pane, _)) = PLACES.iter().find(|(_, names)| goes_by(line, names)) {
        return command::show(model, *pane);
    }
    match target(model, line) {
        Some((pane, row)) => arrive(model, pane, row),
        None => say(model, NoticeKind::Failed, NoticeText::JumpNotFound { wanted: line.to_owned() }),
    }
}

/// Goes from the selected row to what it is about: an alert's counter, else its zone; a counter's zone; a
/// zone's counter.
pub fn follow(model: &mut Model) -> Action {
    let row = model.active().selected.clone();
    match model.shown().zip(row).and_then(|(board, row)| about(board, &row)) {
        Some((pane, row)) => arrive(model, pane, row),
        None => say(model, NoticeKind::Failed, NoticeText::LeadsNowhere),
    }
}

fn about(board: &Board, row: &RowId) -> Option<(Pane, RowId)> {
    let counter = |id: CounterId| {
        let known = board.counters.iter().any(|row| row.counter == id);
        known.then_some((Pane::Counters, RowId::Counter(id)))
    };
    let zone = |row: &ZoneRow| (Pane::Zones, RowId::Zone(row.camera, row.zone));
    match row {
        RowId::Alert(alert) => {
            let row = board.alerts.iter().find(|row| row.alert == *alert)?;
            let seen = |it: &&ZoneRow| Some(it.camera) == row.camera && row.zone.is_none_or(|zone| it.zone == zone);
            row.counter.and_then(counter).or_else(|| board.zones.iter().find(seen).map(zone))
        }
        RowId::Counter(id) => {
            let row = board.counters.iter().find(|row| row.counter == *id)?;
            crate::attention::zones_of(board, row).next().map(zone)
        }
        RowId::Zone(camera, id) => {
            let row = board.zones.iter().find(|row| row.camera == *camera && row.zone == *id)?;
            row.counter.and_then(counter)
        }
        _ => None,
    }
}

/// The row that a line names.
pub fn target(model: &Model, line: &str) -> Option<(Pane, RowId)> {
    let goes_by = |typed: &str, names: &[&str]| names.iter().any(|name| is_word(typed, name));
    match split(line, |word| KINDS.iter().find(|(_, names)| goes_by(word, names)).map(|(kind, _)| *kind)) {
        Some((kind, name)) => find(model, kind, name),
        // A name alone is looked for everywhere.
        None => {
            let anywhere = [Kind::Counter, Kind::Ticket, Kind::Service, Kind::Device, Kind::Zone];
            anywhere.into_iter().find_map(|kind| find(model, kind, line))
        }
    }
}

/// The kind and the name: `quầy 5`, `dịch vụ đất đai` (the longest kind that fits).
fn split(line: &str, kind: impl Fn(&str) -> Option<Kind>) -> Option<(Kind, &str)> {
    let spaces: Vec<usize> = line.match_indices(' ').map(|(at, _)| at).take(2).collect();
    let found = spaces.iter().rev().find_map(|at| kind(&line[..*at]).map(|kind| (kind, line[*at..].trim())));
    found.filter(|(_, name)| !name.is_empty())
}

fn find(model: &Model, kind: Kind, name: &str) -> Option<(Pane, RowId)> {
    let board = model.shown()?;
    let name = slug(name);
    match kind {
        Kind::Counter => {
            let row = best(&board.counters, &name, |row| (row.counter.to_string(), slug(&row.name)))?;
            Some((Pane::Counters, RowId::Counter(row.counter)))
        }
        Kind::Service => {
            let row = best(&board.services, &name, |row| (row.service.to_string(), slug(&row.name)))?;
            Some((Pane::Services, RowId::Service(row.service)))
        }
        Kind::Device => {
            let row = best(&board.devices, &name, |row| (row.device.to_string(), String::new()))?;
            Some((Pane::Devices, RowId::Device(row.device)))
        }
        Kind::Zone => {
            let row = best(&board.zones, &name, |row| (row.camera.to_string(), slug(row.zone.as_str())))?;
            Some((Pane::Zones, RowId::Zone(row.camera, row.zone)))
        }
        Kind::Alert => {
            let row = best(&board.alerts, &name, |row| (slug(&row.rule), slug(&row.alert)))?;
            Some((Pane::Alerts, RowId::Alert(row.alert.clone())))
        }
        Kind::Ticket => ticket(board, &name),
    }
}

/// The row whose id or name is it; else whose number is; else whose name begins so; else has it.
fn best<'b, R>(rows: &'b [R], wanted: &str, names: impl Fn(&R) -> (String, String)) -> Option<&'b R> {
    let number = |name: &str| name.rsplit(|c: char| !c.is_ascii_digit()).next().unwrap_or_default().to_owned();
    let digits = !wanted.is_empty() && wanted.bytes().all(|b| b.is_ascii_digit());
    let same_number = |name: &str| digits && number(name).trim_start_matches('0') == wanted.trim_start_matches('0');
    let tests: [&dyn Fn(&str) -> bool; 4] = [
        &|name| name == wanted,
        &|name| !number(name).is_empty() && same_number(name),
        &|name| !digits && name.starts_with(wanted),
        &|name| !digits && name.contains(wanted),
    ];
    tests.iter().find_map(|fits| {
        rows.iter().find(|row| {
            let (id, name) = names(row);
            fits(&id) || fits(&name)
        })
    })
}

/// A ticket stands at a counter, among the calls, or in a line.
fn ticket(board: &Board, wanted: &str) -> Option<(Pane, RowId)> {
    let is = |ticket: &str| fold(ticket) == wanted;
    let at_counter = board.counters.iter().find(|row| row.ticket.is_some_and(|ticket| is(ticket.as_str())));
    let called = board.calls.iter().find(|row| is(row.ticket.as_str()));
    let waits = board.services.iter().find(|row| row.next.iter().any(|ticket| is(ticket.as_str())));
    at_counter
        .map(|row| (Pane::Counters, RowId::Counter(row.counter)))
        .or_else(|| called.map(|row| (Pane::Calls, RowId::Call(row.call_seq))))
        .or_else(|| waits.map(|row| (Pane::Services, RowId::Service(row.service))))
}

/// Shows the pane with the cursor on the row; a filter that hides it is taken away.
fn arrive(model: &mut Model, pane: Pane, row: RowId) -> Action {
    let action = command::show(model, pane);
    let hidden = match (model.shown(), model.shown_as_of()) {
        (Some(board), Some(as_of)) => {
            let dead_letters = model.shown_dead_letters().letters();
            let seen = Seen { board, as_of, dead_letters, privacy: model.settings.privacy };
            facts(&seen, &row).is_some_and(|facts| !model.pane_state(pane).filter.shows(&facts))
        }
        _ => false,
    };
    if hidden {
        prompt::set_filter(model, "");
    } else if !model.rows(pane).contains(&row) {
        rows::refresh(model, pane);
    }
    command::select_row(model, pane, row);
    action
}
