//! The rows of the board's lists.

use domain::event::{CounterStatus, DeviceKind, DeviceState, Priority, ZoneKind};
use serde_json::{Value, json};

use super::build::{codes, id, instant, integer, list, nullable, number, object, seconds, text, ticket_number};

pub(super) fn count(meaning: &str) -> Value {
    integer(meaning, 0)
}

pub(super) fn flag(meaning: &str) -> Value {
    json!({"type": "boolean", "description": meaning})
}

pub(super) fn status() -> Value {
    codes("The counter's status.", CounterStatus::ALL, CounterStatus::code)
}

pub(super) fn ticket_state() -> Value {
    json!({"enum": ["called", "serving", null], "description": "What the ticket at the counter is doing."})
}

pub(super) fn service_row() -> Value {
    let in_window = "over what ended in (as_of − window_s, as_of]";
    let wait = |what: &str| nullable(seconds(&format!("{what} of the waits that ended with a call, {in_window}.")));
    object(
        "Services, by `service`.",
        &[
            ("service", id("The service.")),
            ("name", text("Its name.")),
            ("field", nullable(text("Name of its field."))),
            ("department", nullable(text("Name of its department."))),
            ("waiting", count("Tickets that wait at `as_of`.")),
            ("longest_wait_s", nullable(seconds("The longest present wait; null when nobody waits."))),
            ("next", list("The next numbers.", ticket_number())),
            ("window_s", count("Length of the window, in seconds.")),
            ("called", count(&format!("Waits that ended with a call, {in_window}."))),
            ("wait_mean_s", wait("Mean")),
            ("wait_p50_s", wait("Median (nearest rank)")),
            ("wait_p90_s", wait("90th percentile (nearest rank)")),
            ("arrivals", count("Issued in the window.")),
            ("abandoned", count("Cancelled while waiting, or no-show, in the window.")),
            ("open_counters", nullable(count("Counters that serve it; null when not known."))),
            ("estimate", nullable(estimate())),
            (
                "estimate_reason",
                nullable(text("Why there is no estimate: `no_open_counter`, `closed_until`, `not_enough_history`.")),
            ),
            ("opens_at", nullable(instant("When it opens next."))),
        ],
        &[
            ("closed_reason", text("Why it is closed, where a planned closure says so; absent else.")),
            ("promise", promise()),
        ],
    )
}

fn estimate() -> Value {
    object(
        "The promised range: from now to the call of a ticket that is taken now. Rounded up by who shows it.",
        &[("p50_s", seconds("Half are called by it.")), ("p90_s", seconds("Nine in ten are."))],
        &[
            (
                "resumes_at",
                instant("The range runs past a break or past closing time: service goes on then. Absent when not."),
            ),
            (
                "before_close",
                flag(
                    "Whether such a ticket is called before the last closing of the day, nine times in ten. Absent when no hours are known.",
                ),
            ),
        ],
    )
}

fn promise() -> Value {
    object(
        "How the promised ranges of the business day held; absent while no promised ticket was called.",
        &[
            ("n", count("Tickets called that had been promised a range when they were taken.")),
            ("within", count("Of these, called no later than the promised `p90_s`.")),
        ],
        &[],
    )
}

pub(super) fn counter_row() -> Value {
    let ratings = object(
        "Business day; absent for `public`.",
        &[("n", count("Tickets rated.")), ("satisfied", count("Of these, the two best levels."))],
        &[],
    );
    object(
        "Counters, by `counter`.",
        &[
            ("counter", id("The counter.")),
            ("name", text("Its name.")),
            ("place", nullable(text("Where it is."))),
            ("status", status()),
            ("reason", nullable(text("Why it does not serve."))),
            ("officer", nullable(id("Who serves."))),
            ("officer_name", nullable(text("That person's name."))),
            ("field", nullable(text("Name of the field shown over it."))),
            ("services", list("What it serves.", id("A service."))),
            ("ticket", nullable(ticket_number())),
            ("ticket_state", ticket_state()),
            ("since", nullable(instant("Start of the present status, ticket and ticket_state."))),
            ("served", count("Tickets served, business day.")),
            ("service_mean_s", nullable(seconds("Mean time of service, business day."))),
        ],
        &[
            ("utilisation", nullable(number("Busy / open in the window; absent for `public`.", Some(1)))),
            ("ratings", ratings),
        ],
    )
}

pub(super) fn call_row() -> Value {
    object(
        "Calls, by `call_seq`, newest first.",
        &[
            ("call_seq", count("Grows with every call.")),
            ("ticket", ticket_number()),
            ("counter", nullable(id("Where to."))),
            ("service", nullable(id("What for."))),
            ("priority", nullable(codes("Priority class.", Priority::ALL, Priority::code))),
            ("ts", instant("When.")),
            ("recall", flag("Called once more.")),
        ],
        &[],
    )
}

pub(super) fn missed_row() -> Value {
    object(
        "No-shows of the last 30 minutes, by `ticket`.",
        &[("ticket", ticket_number()), ("counter", nullable(id("Where."))), ("ts", instant("When."))],
        &[],
    )
}

pub(super) fn zone_row() -> Value {
    object(
        "Zones of cameras, by `camera`+`zone`.",
        &[
            ("camera", id("The camera.")),
            ("zone", id("Its zone.")),
            ("kind", codes("What it looks at.", ZoneKind::ALL, ZoneKind::code)),
            ("counter", nullable(id("Whose chair."))),
            ("level", nullable(number("How full; null when not known.", Some(1)))),
            ("motion", nullable(flag("Whether something moves."))),
            ("people", nullable(count("How many people."))),
            ("as_of", nullable(instant("When the camera said so."))),
        ],
        &[],
    )
}

pub(super) fn device_row() -> Value {
    object(
        "Devices, by `device`; absent or empty for `public`.",
        &[
            ("device", id("The device.")),
            ("kind", codes("What it is.", DeviceKind::ALL, DeviceKind::code)),
            ("state", nullable(codes("What it says of itself.", DeviceState::ALL, DeviceState::code))),
            ("age_s", nullable(count("Seconds since it last said so."))),
            ("skew_ms", nullable(json!({"type": "integer", "description": "Its clock against the collector's."}))),
            ("gaps", count("Holes in its sequence that were never filled.")),
            ("flags", list("What is odd about it.", text("A code."))),
        ],
        &[],
    )
}

pub(super) fn alert_row() -> Value {
    object(
        "Alerts, by `alert`; absent or empty for `public`.",
        &[
            ("alert", text("Its key.")),
            ("rule", text("The rule that raised it.")),
            ("severity", text("How bad it is.")),
            ("counter", nullable(id("Where."))),
            ("camera", nullable(id("The camera that sees it."))),
            ("zone", nullable(id("In which of its zones."))),
            ("since", instant("Since when.")),
            ("acknowledged_by", nullable(text("Who takes care of it."))),
        ],
        &[],
    )
}
