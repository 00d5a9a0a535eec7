//! In which order rows stand: what needs a person first. Pure functions of what is seen; when they
//! are applied, so that no row moves under the cursor, is decided in `update`.

mod value;

use std::cmp::Ordering;

use crate::filter::{Filter, Seen, facts};
use crate::model::{Pane, PaneState, RowId, Sort};

/// The rows of a pane that the filter shows, in their order.
#[must_use]
pub fn ordered(seen: &Seen, pane: Pane, sort: Sort, filter: &Filter) -> Vec<RowId> {
    let mut rows = rows(seen, pane);
    if !filter.shows_all() {
        rows.retain(|row| facts(seen, row).is_some_and(|facts| filter.shows(&facts)));
    }
    let keyed = rows.into_iter().map(|row| (value::keys(seen, pane, sort.column, &row), row));
    let mut keyed: Vec<(value::Keys, RowId)> = keyed.collect();
    keyed.sort_by(|(a, _), (b, _)| compare(a, b, sort.reversed));
    keyed.into_iter().map(|(_, row)| row).collect()
}

/// By the column; what is not known stands last either way, and equals stand by name.
fn compare(a: &value::Keys, b: &value::Keys, reversed: bool) -> Ordering {
    let by_column = match (&a.column, &b.column) {
        (Some(a), Some(b)) if reversed => b.partial_cmp(a).unwrap_or(Ordering::Equal),
        (Some(a), Some(b)) => a.partial_cmp(b).unwrap_or(Ordering::Equal),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    };
    by_column.then_with(|| a.name.cmp(&b.name))
}

/// Every row of a pane, as the board has them.
fn rows(seen: &Seen, pane: Pane) -> Vec<RowId> {
    let board = seen.board;
    match pane {
        Pane::Services => board.services.iter().map(|row| RowId::Service(row.service)).collect(),
        Pane::Counters => board.counters.iter().map(|row| RowId::Counter(row.counter)).collect(),
        Pane::Calls => board.calls.iter().map(|row| RowId::Call(row.call_seq)).collect(),
        // Hidden from `public`: then there are no rows, rather than rows of nothing.
        Pane::Ratings => {
            let told = board.counters.iter().filter(|row| row.ratings.is_some());
            told.map(|row| RowId::Counter(row.counter)).collect()
        }
        Pane::Zones => board.zones.iter().map(|row| RowId::Zone(row.camera, row.zone)).collect(),
        Pane::Devices => board.devices.iter().map(|row| RowId::Device(row.device)).collect(),
        Pane::DeadLetters => seen.dead_letters.iter().map(|row| RowId::DeadLetter(row.offset)).collect(),
        Pane::Alerts => board.alerts.iter().map(|row| RowId::Alert(row.alert.clone())).collect(),
    }
}

/// Puts the rows in their order. The cursor stays with its row; in lists that flow by (calls, dead
/// letters, alerts) it passes to the row in its place when its own has gone.
pub fn settle(pane: Pane, state: &mut PaneState, fresh: Vec<RowId>) {
    let flows = matches!(pane, Pane::Calls | Pane::DeadLetters | Pane::Alerts);
    if let Some(selected) = state.selected.as_ref().filter(|row| flows && !fresh.contains(row)) {
        let place = state.order.iter().position(|row| row == selected);
        if let Some(place) = place.filter(|_| !fresh.is_empty()) {
            state.selected = fresh.get(place.min(fresh.len() - 1)).cloned();
        }
    }
    state.order = fresh;
    state.order_is_old = false;
}

/// Leaves every row in its place: new ones come last, and those that have gone stay until the rows
/// are put in order.
pub fn hold(state: &mut PaneState, fresh: &[RowId]) {
    let new: Vec<RowId> = fresh.iter().filter(|row| !state.order.contains(row)).cloned().collect();
    state.order.extend(new);
    state.order_is_old = state.order != fresh;
}

#[cfg(test)]
mod tests;
