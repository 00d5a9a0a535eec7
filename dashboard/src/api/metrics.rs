//! `/metrics`: Prometheus text, from the boards, the collector's own figures and ours.

use std::fmt::{Display, Write};
use std::sync::Arc;

use axum::extract::State;
use axum::response::IntoResponse;
use domain::board::{Ingest, ServiceRow};
use serde_json::{Map, Value};

use super::accuracy::clock;
use super::typed;
use crate::access::Supervisor;
use crate::app::App;
use crate::figures::Figures;
use crate::live::Site;

/// All figures. They tell of every site, so the whole installation must be the caller's.
pub async fn metrics(_: Supervisor, State(app): State<App>) -> impl IntoResponse {
    let mut text = Text::default();
    sites(&mut text, &app);
    own(&mut text, &app);
    collector(&mut text, &app.figures);
    ([typed("text/plain; version=0.0.4; charset=utf-8")], text.0)
}

/// The text as it grows.
#[derive(Default)]
struct Text(String);

impl Text {
    /// Begins a family; its name says what it is: `_total` only grows.
    fn family(&mut self, name: &str, help: &str) {
        let kind = if name.ends_with("_total") { "counter" } else { "gauge" };
        self.line(format_args!("# HELP {name} {help}\n# TYPE {name} {kind}"));
    }

    /// A family of one.
    fn one(&mut self, name: &str, help: &str, value: impl Display) {
        self.family(name, help);
        self.line(format_args!("{name} {value}"));
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.0, "{line}");
    }
}

type OfIngest = fn(&Ingest) -> u64;

const INGEST: [(&str, &str, OfIngest); 5] = [
    ("motcua_events_accepted_total", "Events used.", |it| it.accepted),
    ("motcua_events_duplicate_total", "Events that came again since the collector began.", |it| it.duplicate),
    ("motcua_events_late_total", "Events over 60 s after they happened.", |it| it.late),
    ("motcua_events_unmatched", "Events that wait for their ticket's issue.", |it| it.unmatched),
    ("motcua_events_dead_letter", "Messages that could not be used.", |it| it.dead_letter),
];

type OfService = fn(&ServiceRow) -> Option<f64>;

/// What is not known has no line. The promises are of the business day: they begin anew with each, and
/// a late event may take one back, so they are no counters.
const SERVICES: [(&str, &str, OfService); 5] = [
    ("motcua_tickets_waiting", "Tickets that wait now.", |row| Some(row.waiting.into())),
    (
        "motcua_estimate_p50_seconds",
        "Half of the tickets taken now are called within so long; absent while not known.",
        |row| Some(row.estimate?.p50_s.ms() as f64 / 1_000.0),
    ),
    (
        "motcua_estimate_p90_seconds",
        "Nine in ten of the tickets taken now are called within so long; absent while not known.",
        |row| Some(row.estimate?.p90_s.ms() as f64 / 1_000.0),
    ),
    (
        "motcua_promise_called",
        "Tickets called in this business day that had been promised a range when they were taken.",
        |row| Some(row.promise.unwrap_or_default().n.into()),
    ),
    ("motcua_promise_within", "Of these, called no later than the promised p90.", |row| {
        Some(row.promise.unwrap_or_default().within.into())
    }),
];

fn sites(text: &mut Text, app: &App) {
    let sites = app.sites.all();
    let versions: Vec<_> = sites.iter().filter_map(|site| Site::version(site)).collect();
    for (name, help, figure) in INGEST {
        text.family(name, help);
        for board in versions.iter().map(|version| version.board()) {
            if let Some(ingest) = &board.ingest {
                text.line(format_args!("{name}{{site=\"{}\"}} {}", board.site, figure(ingest)));
            }
        }
    }
    for (name, help, figure) in SERVICES {
        text.family(name, help);
        for board in versions.iter().map(|version| version.board()) {
            for (row, value) in board.services.iter().filter_map(|row| Some((row, figure(row)?))) {
                let labels = format_args!("site=\"{}\",service=\"{}\"", board.site, row.service);
                text.line(format_args!("{name}{{{labels}}} {value}"));
            }
        }
    }
    promises(text, &sites);
    text.family("motcua_board_as_of_seconds", "Time of the newest board, Unix seconds.");
    for board in versions.iter().map(|version| version.board()) {
        let as_of = board.as_of.ms() as f64 / 1_000.0;
        text.line(format_args!("motcua_board_as_of_seconds{{site=\"{}\"}} {as_of}", board.site));
    }
    text.family("motcua_dashboard_clients", "Open WebSockets.");
    for site in &sites {
        text.line(format_args!("motcua_dashboard_clients{{site=\"{}\"}} {}", site.id(), site.clients()));
    }
}

/// The share of tickets that were called within their promised range; older days count less. What is
/// not known has no line.
fn promises(text: &mut Text, sites: &[Arc<Site>]) {
    let told: Vec<_> = sites.iter().filter_map(|site| site.outlook()).collect();
    let told = || told.iter().filter_map(|outlook| Some((outlook.site, outlook.accuracy.as_ref()?)));
    text.family("motcua_promise_coverage", "Share of tickets called within the promised range, by people ahead.");
    for (site, accuracy) in told() {
        for band in accuracy.by_ahead.iter().filter(|band| band.n > 0.0) {
            let from = band.from;
            let share = band.within / band.n;
            let band = match band.to {
                Some(to) if to == from => to.to_string(),
                Some(to) => format!("{from}-{to}"),
                None => format!("{from}+"),
            };
            text.line(format_args!("motcua_promise_coverage{{site=\"{site}\",band=\"{band}\"}} {share:.3}"));
        }
    }
    text.family("motcua_promise_coverage_by_hour", "The same, by the local time at which the ticket was taken.");
    for (site, accuracy) in told() {
        for hour in accuracy.by_hour.iter().filter(|hour| hour.n > 0.0) {
            let (from, share) = (clock(hour.from_min), hour.within / hour.n);
            text.line(format_args!("motcua_promise_coverage_by_hour{{site=\"{site}\",hour=\"{from}\"}} {share:.3}"));
        }
    }
}

fn own(text: &mut Text, app: &App) {
    let it = &app.figures;
    let ready = app.health.readiness();
    text.one("motcua_dashboard_ready", "1 when the broker and the collector are there.", u8::from(ready.ready));
    for (name, help, count) in [
        ("motcua_dashboard_messages_total", "Live messages taken in.", &it.messages),
        ("motcua_dashboard_messages_unusable_total", "Live messages that could not be used.", &it.unusable),
        ("motcua_dashboard_connections_lost_total", "Connections to the broker lost.", &it.connections_lost),
        ("motcua_dashboard_stalls_total", "Connections given up for a missing board.", &it.stalls),
        ("motcua_dashboard_frames_total", "Deltas and alives sent.", &it.frames),
        ("motcua_dashboard_sent_bytes_total", "Bytes of all texts sent to clients.", &it.bytes),
        ("motcua_dashboard_clients_slow_total", "Clients dropped: a message not taken in time.", &it.dropped_slow),
        ("motcua_dashboard_clients_silent_total", "Clients dropped: pings not answered.", &it.dropped_silent),
        (
            "motcua_dashboard_screens_unreported_total",
            "Pages on screens not reported: too many at the site.",
            &it.screens_unreported,
        ),
        ("motcua_dashboard_logins_throttled_total", "Logins refused unseen.", &it.logins_throttled),
        ("motcua_dashboard_logins_failed_total", "Wrong names or passwords.", &it.logins_failed),
        ("motcua_dashboard_history_answered_total", "Questions about the past answered.", &app.past.figures.answered),
        (
            "motcua_dashboard_history_busy_total",
            "Questions about the past turned away: too many at once.",
            &app.past.figures.busy,
        ),
        (
            "motcua_dashboard_history_failed_total",
            "Questions about the past not answered: the store failed or was slow.",
            &app.past.figures.failed,
        ),
    ] {
        text.one(name, help, count.get());
    }
    let seconds = app.past.figures.us.get() as f64 / 1e6;
    text.one("motcua_dashboard_history_seconds_total", "Time that these answers took, turns not counted.", seconds);
    text.family("motcua_dashboard_snapshots_total", "Snapshots sent, and why.");
    for (why, count) in [
        ("first", &it.snapshots_first),
        ("resync", &it.snapshots_resync),
        ("slow", &it.snapshots_slow),
        ("gap", &it.snapshots_gap),
    ] {
        text.line(format_args!("motcua_dashboard_snapshots_total{{why=\"{why}\"}} {}", count.get()));
    }
    if let Some(bytes) = resident_bytes() {
        text.one("motcua_dashboard_memory_resident_bytes", "Memory of this process.", bytes);
    }
}

/// Of this process, from the kernel; `None` where it does not say.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(kib.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1_024)
}

/// The collector's figures that have another name or unit here: its key, ours, help, and how many
/// of its units make one of ours.
const COLLECTOR: [(&str, &str, &str, f64); 9] = [
    ("received", "motcua_collector_messages_received_total", "Event messages, repeats and dead letters included.", 1.0),
    ("unplaced", "motcua_collector_dead_letters_unplaced", "Dead letters of no known site.", 1.0),
    ("journal_offset", "motcua_collector_journal_records_total", "Records in the journal.", 1.0),
    ("journal_durable", "motcua_collector_journal_durable_records_total", "Of these, durable.", 1.0),
    ("sync_us", "motcua_collector_journal_sync_seconds", "Length of the last sync.", 1e6),
    ("syncs", "motcua_collector_journal_syncs_total", "Syncs since the collector began.", 1.0),
    ("unacked", "motcua_collector_messages_unacked", "Messages not yet acknowledged to the broker.", 1.0),
    ("live_bytes", "motcua_collector_live_bytes_total", "Bytes of live topics.", 1.0),
    ("live_left_out", "motcua_collector_live_left_out_total", "Live messages left out.", 1.0),
];

/// Every number and every yes or no that the collector publishes about itself.
fn collector(text: &mut Text, figures: &Figures) {
    let Some(state) = figures.collector() else { return };
    let Ok(state) = serde_json::from_slice::<Map<String, Value>>(&state) else { return };
    for (key, value) in &state {
        let Some(value) = value.as_f64().or_else(|| value.as_bool().map(|is| f64::from(u8::from(is)))) else {
            continue;
        };
        if let Some((_, name, help, units)) = COLLECTOR.iter().find(|(known, ..)| known == key) {
            text.one(name, help, value / units);
        } else if key.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_')) {
            text.one(&format!("motcua_collector_{key}"), "The collector's own.", value);
        }
    }
}
