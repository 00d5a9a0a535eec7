//! A pane as CSV: the board's own fields and values, in the rows' order, for a spreadsheet.

use domain::board::{CounterRow, ServiceRow, Shown};
use domain::{Seconds, Timestamp};

use crate::model::{Model, Pane, RowId};

/// The word for a pane in file names.
#[must_use]
pub const fn name(pane: Pane) -> &'static str {
    match pane {
        Pane::Services => "services",
        Pane::Counters => "counters",
        Pane::Calls => "calls",
        Pane::Ratings => "ratings",
        Pane::Zones => "zones",
        Pane::Devices => "devices",
        Pane::DeadLetters => "dead-letters",
        Pane::Alerts => "alerts",
    }
}

/// The pane's rows as CSV, with the names of the board's fields. Nothing that is hidden on the
/// screen stands in it; what is not known is empty.
#[must_use]
pub fn csv(model: &Model, pane: Pane) -> String {
    // Spreadsheets take UTF-8 for what it is only with this mark.
    let mut text = String::from("\u{feff}");
    line(&mut text, &header(pane).iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
    for row in model.rows(pane) {
        if let Some(cells) = cells(model, pane, row) {
            line(&mut text, &cells);
        }
    }
    text
}

fn header(pane: Pane) -> &'static [&'static str] {
    match pane {
        Pane::Services => &[
            "service",
            "name",
            "waiting",
            "longest_wait_s",
            "wait_mean_s",
            "wait_p50_s",
            "wait_p90_s",
            "called",
            "arrivals",
            "abandoned",
            "open_counters",
            "estimate_p50_s",
            "estimate_p90_s",
            "estimate_reason",
            "next",
            "estimate_resumes_at",
            "estimate_before_close",
            "opens_at",
            "closed_reason",
            "promise_n",
            "promise_within",
        ],
        Pane::Counters => &[
            "counter",
            "name",
            "status",
            "reason",
            "officer",
            "officer_name",
            "services",
            "ticket",
            "ticket_state",
            "since",
            "served",
            "service_mean_s",
            "utilisation",
        ],
        Pane::Calls => &["call_seq", "ticket", "counter", "service", "priority", "ts", "recall"],
        Pane::Ratings => &["counter", "name", "n", "satisfied"],
        Pane::Zones => &["camera", "zone", "kind", "counter", "level", "motion", "people", "as_of"],
        Pane::Devices => &["device", "kind", "state", "age_s", "skew_ms", "gaps", "flags"],
        Pane::DeadLetters => &["offset", "rx", "topic", "reason", "detail"],
        Pane::Alerts => &["alert", "rule", "severity", "counter", "since", "acknowledged_by", "camera", "zone"],
    }
}

fn cells(model: &Model, pane: Pane, id: &RowId) -> Option<Vec<String>> {
    let board = model.shown()?;
    match id {
        RowId::Service(id) => board.services.iter().find(|row| row.service == *id).map(service),
        RowId::Counter(id) => {
            let row = board.counters.iter().find(|row| row.counter == *id)?;
            match pane {
                Pane::Ratings => {
                    let ratings = row.ratings?;
                    Some(vec![said(row.counter), word(&row.name), said(ratings.n), said(ratings.satisfied)])
                }
                _ => Some(counter(row, model.settings.privacy)),
            }
        }
        RowId::Call(seq) => board.calls.iter().find(|row| row.call_seq == *seq).map(|row| {
            let priority = row.priority.map(|priority| priority.code());
            let (counter, service) = (known(row.counter), known(row.service));
            vec![said(seq), said(row.ticket), counter, service, known(priority), said(row.ts), said(row.recall)]
        }),
        RowId::Zone(camera, zone) => {
            let row = board.zones.iter().find(|row| row.camera == *camera && row.zone == *zone)?;
            let (counter, as_of) = (known(row.counter), known(row.as_of));
            let (level, motion, people) = (known(row.level), known(row.motion), known(row.people));
            Some(vec![said(camera), said(zone), said(row.kind), counter, level, motion, people, as_of])
        }
        RowId::Device(id) => board.devices.iter().find(|row| row.device == *id).map(|row| {
            let (state, flags) = (known(row.state), word(&row.flags.join(" ")));
            vec![said(id), said(row.kind), state, known(row.age_s), known(row.skew_ms), said(row.gaps), flags]
        }),
        RowId::DeadLetter(offset) => {
            let row = model.shown_dead_letters().letters().iter().find(|row| row.offset == *offset)?;
            let detail = row.detail.as_deref().map(word).unwrap_or_default();
            Some(vec![said(offset), said(row.rx), word(&row.topic), word(&row.reason), detail])
        }
        RowId::Alert(alert) => board.alerts.iter().find(|row| row.alert == *alert).map(|row| {
            let taken = row.acknowledged_by.as_deref().map(word).unwrap_or_default();
            let (camera, zone) = (known(row.camera), known(row.zone));
            let (rule, severity) = (word(&row.rule), word(&row.severity));
            vec![word(alert), rule, severity, known(row.counter), said(row.since), taken, camera, zone]
        }),
    }
}

fn service(row: &ServiceRow) -> Vec<String> {
    let next: Vec<&str> = row.next.iter().map(AsRef::as_ref).collect();
    vec![
        said(row.service),
        word(&row.name),
        said(row.waiting),
        seconds(row.longest_wait_s),
        seconds(row.wait_mean_s),
        seconds(row.wait_p50_s),
        seconds(row.wait_p90_s),
        said(row.called),
        said(row.arrivals),
        said(row.abandoned),
        known(row.open_counters),
        seconds(row.estimate.map(|estimate| estimate.p50_s)),
        seconds(row.estimate.map(|estimate| estimate.p90_s)),
        row.estimate_reason.as_deref().map(word).unwrap_or_default(),
        next.join(" "),
        known(row.estimate.and_then(|estimate| estimate.resumes_at)),
        known(row.estimate.and_then(|estimate| estimate.before_close)),
        known(row.opens_at),
        row.closed_reason.as_deref().map(word).unwrap_or_default(),
        known(row.promise.map(|promise| promise.n)),
        known(row.promise.map(|promise| promise.within)),
    ]
}

fn counter(row: &CounterRow, privacy: bool) -> Vec<String> {
    let services: Vec<&str> = row.services.iter().map(AsRef::as_ref).collect();
    let officer = row.officer.filter(|_| !privacy);
    let name = row.officer_name.as_deref().filter(|_| !privacy);
    let utilisation = match row.utilisation {
        Shown::Figure(share) => known(share),
        Shown::Hidden => String::new(),
    };
    let stage = row.ticket_state.map(|stage| match stage {
        domain::board::TicketStage::Called => "called",
        domain::board::TicketStage::Serving => "serving",
    });
    vec![
        said(row.counter),
        word(&row.name),
        said(row.status),
        row.reason.as_deref().map(word).unwrap_or_default(),
        known(officer),
        name.map(word).unwrap_or_default(),
        services.join(" "),
        known(row.ticket),
        known(stage),
        known::<Timestamp>(row.since),
        said(row.served),
        seconds(row.service_mean_s),
        utilisation,
    ]
}

fn said(value: impl ToString) -> String {
    value.to_string()
}

fn known<T: ToString>(value: Option<T>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn seconds(value: Option<Seconds>) -> String {
    known(value.map(|seconds| seconds.ms() as f64 / 1_000.0))
}

/// A word that somebody else chose: a spreadsheet must not take it for a formula.
fn word(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

fn line(text: &mut String, cells: &[String]) {
    for (at, cell) in cells.iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        if cell.contains([',', '"', '\n', '\r']) {
            text.push('"');
            text.push_str(&cell.replace('"', "\"\""));
            text.push('"');
        } else {
            text.push_str(cell);
        }
    }
    text.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Settings, Size};
    use crate::sample;

    #[test]
    fn services_are_written_with_what_they_promise() {
        let model = sample::model(Size { cols: 80, rows: 24 }, Settings::default(), 5);
        let text = csv(&model, Pane::Services);
        let (names, rows) = text.trim_start_matches('\u{feff}').split_once("\r\n").unwrap();
        let columns = names.split(',').count();
        assert!(rows.lines().all(|row| row.split(',').count() >= columns), "{text}");
        let promised = "A020 A021 A022,2026-11-23T06:30:00.000Z,true,,,140,129";
        assert!(rows.lines().any(|row| row.ends_with(promised)), "{text}");
        let closed = ",closed_until,,,,2026-11-23T06:30:00.000Z,,";
        assert!(rows.lines().any(|row| row.contains(closed)), "{text}");
    }
}
