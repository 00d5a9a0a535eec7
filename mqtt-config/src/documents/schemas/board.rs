//! The board (contract section 5), its messages (section 4) and what simple displays read.

use domain::event::{DeadLetterReason, RatingLevel};
use domain::storage::StorageState;
use serde_json::{Value, json};

use super::build::{codes, id, instant, list, nullable, number, object, one_of, text, ticket_number};
use super::rows::{
    alert_row, call_row, count, counter_row, device_row, missed_row, service_row, status, ticket_state, zone_row,
};

fn as_of() -> Value {
    instant("The collector's clock.")
}

fn board_seq() -> Value {
    count("Grows with every change, over restarts too, not by one.")
}

pub(super) fn board() -> Value {
    let lists = rows().map(|(name, row)| (name, list(row["description"].as_str().unwrap_or_default(), row.clone())));
    let [services, counters, calls, missed, zones, devices, alerts] = lists;
    object(
        "The live state of one site. Missing is null, never 0.",
        &[
            ("site", id("The site.")),
            ("seq", board_seq()),
            ("as_of", as_of()),
            ("name", text("The site's name.")),
            ("business_day", business_day()),
            ("contacts", contacts()),
            ("hours", hours()),
            ("ratings", ratings()),
            services,
            counters,
            calls,
            missed,
            zones,
        ],
        &[
            ("time_zone", time_zone()),
            devices,
            alerts,
            ("ingest", ingest()),
            ("storage", storage()),
            ("waiting_area", waiting_area()),
        ],
    )
}

/// The lists of the board: their rows by name, and how a removed row is named.
fn rows() -> [(&'static str, Value); 7] {
    [
        ("services", service_row()),
        ("counters", counter_row()),
        ("calls", call_row()),
        ("missed", missed_row()),
        ("zones", zone_row()),
        ("devices", device_row()),
        ("alerts", alert_row()),
    ]
}

pub(super) fn message() -> Value {
    let snapshot = object(
        "The whole board: the first message of a WebSocket, and the answer to `resync`. Not on live/delta.",
        &[("type", json!({"const": "snapshot"})), ("seq", board_seq()), ("board", board())],
        &[],
    );
    let alive = object(
        "Nothing changed; the collector lives. Every 5 s when idle.",
        &[("type", json!({"const": "alive"})), ("seq", board_seq()), ("as_of", as_of())],
        &[],
    );
    one_of("A message of the WebSocket and of live/delta.", vec![snapshot, delta(), alive])
}

fn delta() -> Value {
    let mut optional = vec![
        ("name", text("The site's name.")),
        ("business_day", business_day()),
        ("time_zone", time_zone()),
        ("contacts", contacts()),
        ("hours", hours()),
        ("ratings", ratings()),
        ("ingest", ingest()),
        ("storage", storage()),
        ("waiting_area", waiting_area()),
        ("removed", removed()),
    ];
    optional.extend(rows().map(|(name, row)| (name, list("Rows that are new or changed, whole.", row))));
    object(
        "What changed between two boards; what is absent did not change. Rows are replaced by their key.",
        &[
            ("type", json!({"const": "delta"})),
            ("prev", count("The `seq` of the board that this follows; another one needs a `resync`.")),
            ("seq", board_seq()),
            ("as_of", as_of()),
        ],
        &optional,
    )
}

fn removed() -> Value {
    object(
        "Keys of rows that are gone.",
        &[],
        &[
            ("services", list("service", id("A service."))),
            ("counters", list("counter", id("A counter."))),
            ("calls", list("call_seq", count("A call."))),
            ("missed", list("ticket", ticket_number())),
            ("zones", list("camera+zone", text("A camera and its zone, joined by `+`."))),
            ("devices", list("device", id("A device."))),
            ("alerts", list("alert", text("An alert."))),
        ],
    )
}

fn business_day() -> Value {
    json!({"type": "string", "format": "date", "description": "The business day in the site's zone."})
}

fn time_zone() -> Value {
    text("The IANA name of the site's zone: screens show instants in it, never in their own.")
}

fn contacts() -> Value {
    object("Whom to ask.", &[], &[("hotline", text("Telephone.")), ("email", text("E-mail."))])
}

fn hours() -> Value {
    let time = |meaning: &str| json!({"type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]$", "description": meaning});
    list("Opening hours of today.", object("From, to.", &[("open", time("From.")), ("close", time("To."))], &[]))
}

fn ratings() -> Value {
    let levels: Vec<(&str, Value)> = RatingLevel::ALL.iter().map(|level| (level.code(), count("Tickets."))).collect();
    object(
        "Ratings of the business day.",
        &[
            ("n", count("Tickets rated.")),
            ("by_level", object("A level that nobody pressed is absent.", &[], &levels)),
            ("unbound", count("Presses that belong to no ticket.")),
        ],
        &[],
    )
}

fn ingest() -> Value {
    object(
        "How the site's events were taken in.",
        &[
            ("accepted", count("Used.")),
            ("duplicate", count("Came again, since the process began.")),
            ("late", count("Arrived over 60 s after they happened.")),
            ("unmatched", count("Waiting for their ticket's issue.")),
            ("dead_letter", count("Could not be used.")),
        ],
        &[],
    )
}

fn storage() -> Value {
    object(
        "The disk under the journal. Absent for `public`.",
        &[
            ("state", codes("How it stands.", &StorageState::ALL, StorageState::code)),
            ("since", instant("Since when.")),
            ("accepting", json!({"type": "boolean", "description": "What comes in is made durable and acknowledged."})),
            ("days_left", nullable(count("Days until it is full, as the journal grew in the last days."))),
            ("free_bytes", nullable(count("Bytes that can still be written, without the reserve."))),
            ("backup_at", nullable(instant("When the newest verified backup was made; null: none."))),
        ],
        &[],
    )
}

fn waiting_area() -> Value {
    object(
        "How full the waiting area is as a whole: all zones of kind `waiting`. Absent where there are none.",
        &[
            (
                "level",
                nullable(number("The mean of the known zones, by seats where every one says how many; 0..1.", Some(1))),
            ),
            ("people", nullable(count("The people of all of them; null unless every zone is counted."))),
            ("zones", count("How many there are.")),
            ("known", count("Of how many it is known.")),
        ],
        &[],
    )
}

pub(super) fn counter_display() -> Value {
    object(
        "One counter in at most 256 bytes, for a simple display.",
        &[
            ("ticket", nullable(ticket_number())),
            ("ticket_state", ticket_state()),
            ("status", status()),
            ("since", nullable(instant("Start of the present status, ticket and ticket_state."))),
            ("as_of", as_of()),
        ],
        &[],
    )
}

pub(super) fn calls() -> Value {
    let calls = list("Newest first, at most 20.", call_row());
    object("The last calls of the business day.", &[("as_of", as_of()), ("calls", calls)], &[])
}

pub(super) fn dead_letters() -> Value {
    let letter = object(
        "A payload that could not be used.",
        &[
            ("offset", count("Its place in the journal.")),
            ("rx", instant("When it was received.")),
            ("topic", text("The topic it came on.")),
            ("reason", codes("Why.", DeadLetterReason::ALL, DeadLetterReason::code)),
            ("detail", text("Which field, and what is wrong with it.")),
            ("payload", text("Its first 4 KiB, as text.")),
        ],
        &[],
    );
    object(
        "The newest payloads of a site that could not be used.",
        &[
            ("site", id("The site.")),
            ("total", count("How many there were in all.")),
            ("dead_letters", list("Newest first.", letter)),
        ],
        &[],
    )
}
