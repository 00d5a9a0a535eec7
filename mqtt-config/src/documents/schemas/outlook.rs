//! The outlook: what a simulation of the next hours needs.

use domain::event::Priority;
use domain::outlook::{MOST_LISTED, QUANTILES};
use serde_json::{Value, json};

use super::build::{codes, id, instant, list, nullable, object, text, ticket_number};
use super::rows::{count, flag};

pub(super) fn outlook() -> Value {
    object(
        "All that is needed to simulate the next hours of one site. What is not known is absent or null.",
        &[
            ("site", id("The site.")),
            ("seq", count("The `seq` of the board of the same moment.")),
            ("as_of", instant("The collector's clock; seconds below are reckoned from it.")),
            ("utc_offset_min", json!({"type": "integer", "description": "Minutes that local time is ahead of UTC."})),
            ("hours", nullable(openings("When the site serves, from `as_of` on; null: no hours are known."))),
            ("services", list("Services.", service())),
            ("counters", list("Counters, open or not.", counter())),
        ],
        &[
            ("left_out", count(&format!("Tickets that wait and are not listed: at most {MOST_LISTED} are."))),
            ("accuracy", accuracy()),
        ],
    )
}

fn accuracy() -> Value {
    let kept = [
        ("n", amount("Tickets called that had a promised range; older days count less.")),
        ("within", amount("Of these, called no later than promised.")),
    ];
    let ahead = |meaning: &str| {
        let [n, within] = kept.clone();
        let to = nullable(count("To so many; null: and more."));
        list(meaning, object("One band.", &[("from", count("From so many.")), ("to", to), n, within], &[]))
    };
    let [n, within] = kept.clone();
    let from = count("When it begins on a day like today, local minutes after midnight; a break is not counted.");
    let hour = object("One hour of open time.", &[("from_min", from), n, within], &[]);
    object(
        "How the promised ranges held; absent while no promised ticket was called.",
        &[
            ("by_ahead", ahead("By people ahead.")),
            ("by_hour", list("By the time of the day at which the ticket was taken.", hour)),
            ("today", ahead("By people ahead, the present business day alone.")),
        ],
        &[],
    )
}

fn openings(meaning: &str) -> Value {
    let opening = object("From, to.", &[("open", instant("From.")), ("close", instant("To."))], &[]);
    list(meaning, opening)
}

/// A number that is not negative.
fn amount(meaning: &str) -> Value {
    json!({"type": "number", "minimum": 0, "description": meaning})
}

fn service() -> Value {
    let per_hour = json!({"type": "array", "items": {"type": "number", "minimum": 0}, "minItems": 24, "maxItems": 24,
        "description": "Expected arrivals in each local hour of a day like today."});
    object(
        "One service: its line and what was learned of it.",
        &[
            ("service", id("The service.")),
            ("waiting", count("How many wait, those not listed included.")),
            ("line", list("Who waits, in the order of the calls as far as is known.", waiting())),
        ],
        &[
            ("policy", json!({"enum": ["fcfs", "priority"], "description": "Who is called first."})),
            ("hours", openings("When it is served, where that differs from the site's hours.")),
            ("service_time", distribution()),
            ("interval_s", amount("Mean seconds between calls of one counter while people wait.")),
            ("calls_every_s", amount("Mean seconds between calls of the whole service while people wait.")),
            ("staffing", count("Open counters, where only their number is known.")),
            ("arrivals_per_h", per_hour),
            ("priority_share", amount("Share of arrivals of a class that is called first, 0 to 1.")),
            ("leave_per_min", amount("Hazard of leaving while one waits, per minute.")),
            ("no_show", amount("Share of calls to which nobody comes, 0 to 1.")),
        ],
    )
}

fn distribution() -> Value {
    let at = QUANTILES.map(|q| format!("{:.0}", q * 100.0)).join(", ");
    let quantiles = json!({"type": "array", "items": {"type": "number", "minimum": 0}, "minItems": 10, "maxItems": 10,
        "description": format!("Seconds below which {at} % of the calls are.")});
    object(
        "How long one call occupies a counter.",
        &[("n", count("Learned from so many calls.")), ("quantiles_s", quantiles)],
        &[],
    )
}

fn waiting() -> Value {
    let seconds = |meaning: &str| json!({"type": "integer", "description": meaning});
    object(
        "A ticket that waits.",
        &[("ticket", ticket_number()), ("waited_s", count("Seconds that it has waited."))],
        &[
            ("priority", codes("Its class; absent: `normal`.", Priority::ALL, Priority::code)),
            ("p50_s", seconds("Seconds until the call time shown for it, even chances; negative: it is over.")),
            ("p90_s", seconds("The same, nine in ten.")),
            ("reason", text("Why that was moved later, or why there is none.")),
        ],
    )
}

fn counter() -> Value {
    let busy = object(
        "What it is busy with; absent: it could call now.",
        &[("since_s", count("Seconds since the call."))],
        &[("service", id("The ticket's service.")), ("ticket", ticket_number())],
    );
    object(
        "One counter.",
        &[
            ("counter", id("The counter.")),
            ("services", list("What it serves when it is open.", id("A service."))),
            ("open", flag("Whether it is open.")),
        ],
        &[("resumes", flag("It is not, and will be when the next opening begins.")), ("busy", busy)],
    )
}
