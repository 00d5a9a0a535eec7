//! Events: one row for each type of contract section 2.

use domain::event::{Channel, Outcome, Priority, Purpose, RatingChannel, RatingLevel};
use serde_json::{Value, json};

use super::build::{boot, codes, id, integer, list, number, object, one_of, seq, text, ticket_number, token};
use super::{ts, up_ms};

/// One type of event: which fields it has.
pub(in crate::documents) struct EventRow {
    pub code: &'static str,
    pub required: &'static [&'static str],
    pub optional: &'static [&'static str],
    pub meaning: &'static str,
}

const fn row(
    code: &'static str,
    required: &'static [&'static str],
    optional: &'static [&'static str],
    meaning: &'static str,
) -> EventRow {
    EventRow { code, required, optional, meaning }
}

/// What every event carries.
pub(in crate::documents) const ENVELOPE: &[&str] = &["id", "boot", "seq", "ts", "type"];

pub(in crate::documents) const EVENTS: &[EventRow] = &[
    row(
        "ticket.issued",
        &["ticket", "service", "priority"],
        &["channel", "purpose", "procedure"],
        "A number was taken.",
    ),
    row("ticket.called", &["ticket"], &["counter", "officer"], "Called."),
    row("ticket.recalled", &["ticket"], &["counter", "officer"], "Called once more."),
    row("ticket.started", &["ticket"], &["counter"], "Service began."),
    row("ticket.finished", &["ticket"], &["counter", "outcome"], "Service ended."),
    row("ticket.no_show", &["ticket"], &["counter"], "Called and not come."),
    row("ticket.cancelled", &["ticket"], &["counter"], "Left or withdrawn."),
    row("ticket.held", &["ticket"], &["counter", "reason"], "Parked."),
    row("ticket.returned", &["ticket"], &["counter", "reason"], "Back in line."),
    row(
        "ticket.transferred",
        &["ticket"],
        &["to_service", "to_counter"],
        "Moved on; a new wait begins, the visit goes on.",
    ),
    row("counter.opened", &["counter"], &["officer", "services", "reason"], "A counter serves."),
    row("counter.paused", &["counter"], &["officer", "services", "reason"], "A counter pauses."),
    row("counter.closed", &["counter"], &["officer", "services", "reason"], "A counter does not serve any more."),
    row("service.staffing", &["service", "open_counters"], &[], "From systems that know only how many counters serve."),
    row("rating.pressed", &["level"], &["counter", "ticket", "officer", "channel"], "A citizen rated."),
    row(
        "camera.motion_started",
        &["camera", "zone", "motion", "level"],
        &["pts_s"],
        "Movement or presence in a zone began, at `ts`.",
    ),
    row(
        "camera.motion_ended",
        &["camera", "zone", "motion", "level", "duration_s"],
        &["pts_s", "reason"],
        "Movement or presence in a zone ended, at `ts`. `reason` `camera_offline`: the picture was lost, nobody left.",
    ),
    row("camera.occupancy", &["camera", "zone", "level"], &["people", "pts_s"], "How full a zone is, on change."),
    row("camera.offline", &["camera"], &["reason"], "The stream is lost."),
    row("camera.online", &["camera"], &["reason"], "The stream is back."),
];

pub(super) fn event() -> Value {
    let variant = |row: &EventRow| {
        let field = |name: &&'static str| (*name, field(row.code, name));
        let required: Vec<_> = ENVELOPE.iter().chain(row.required).map(field).collect();
        let optional: Vec<_> = ["up_ms"].iter().chain(row.optional).map(field).collect();
        object(row.meaning, &required, &optional)
    };
    one_of("Something that happened. At most 16 KiB.", EVENTS.iter().map(variant).collect())
}

/// The schema of a field; `level` and `channel` mean something else in a rating.
fn field(event: &str, name: &'static str) -> Value {
    let rating = event == "rating.pressed";
    match name {
        "id" => event_id(),
        "boot" => boot(),
        "seq" => seq("From 1, one more for each event of that device and boot."),
        "ts" => ts(),
        "up_ms" => up_ms(),
        "type" => json!({"const": event}),
        "ticket" => ticket_number(),
        "priority" => codes("Priority class.", Priority::ALL, Priority::code),
        "channel" if rating => codes("How it was given.", RatingChannel::ALL, RatingChannel::code),
        "channel" => codes("Where the number was taken.", Channel::ALL, Channel::code),
        "purpose" => codes("What the citizen came for.", Purpose::ALL, Purpose::code),
        "outcome" => codes("How the service ended.", Outcome::ALL, Outcome::code),
        "level" if rating => codes("Best to worst.", RatingLevel::ALL, RatingLevel::code),
        "level" => number("How full, or how strong.", Some(1)),
        "services" => list("What the counter serves.", id("A service.")),
        "open_counters" | "people" => {
            let mut count = integer("How many.", 0);
            count["maximum"] = u32::MAX.into();
            count
        }
        "motion" => token("Shared by beginning and end."),
        "duration_s" => number("How long it lasted, in seconds.", None),
        "pts_s" => number("Seconds from a file's first frame.", None),
        "procedure" => text("Code of the procedure (thủ tục); 120 characters are kept."),
        "reason" => text("Why; 120 characters are kept. Never a citizen's name."),
        _ => id("An id of the site's file."),
    }
}

fn event_id() -> Value {
    let uuid = "[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|[0-9A-Fa-f]{32}";
    let ulid = "[0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25}";
    json!({"type": "string", "description": "A UUID or a ULID, unique for ever.", "pattern": format!("^({uuid}|{ulid})$")})
}
