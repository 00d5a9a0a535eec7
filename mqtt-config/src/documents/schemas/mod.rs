//! A JSON Schema (draft 2020-12) for every payload.

mod board;
mod build;
pub(super) mod event;
mod outlook;
mod rows;

use domain::event::DeviceState;
use serde_json::{Value, json};

use self::build::{boot, codes, id, instant, integer, list, number, object, one_of, seq, text, titled};

/// Every schema by its name, in the order of the names.
pub(super) fn all() -> Vec<(&'static str, Value)> {
    vec![
        ("ack", titled("Ack", ack())),
        ("board", titled("Board", board::board())),
        ("calls", titled("Calls", board::calls())),
        ("command", titled("Command", command())),
        ("counter-display", titled("Counter display", board::counter_display())),
        ("dead-letters", titled("Dead letters", board::dead_letters())),
        ("done", titled("Done", done())),
        ("event", titled("Event", event::event())),
        ("message", titled("Message", board::message())),
        ("meta", titled("Meta", meta())),
        ("metrics", titled("Metrics", metrics())),
        ("outlook", titled("Outlook", outlook::outlook())),
        ("request", titled("Request", request())),
        ("response", titled("Response", response())),
        ("state", titled("State", state())),
        ("status", titled("Status", status())),
    ]
}

/// The device's own clock.
fn ts() -> Value {
    instant("The sender's own clock.")
}

fn up_ms() -> Value {
    integer("Milliseconds since the device's boot, monotonic.", 0)
}

fn status() -> Value {
    let state = codes("What the device is doing; `lost` is the will.", DeviceState::ALL, |state| state.code());
    object(
        "Birth, heartbeat and will of a device.",
        &[("state", state), ("ts", ts()), ("boot", boot())],
        &[
            ("up_ms", up_ms()),
            ("fw", text("Version of the firmware.")),
            ("flags", list("What is the matter with it, in its own words, at most 8; such as `muted`.", id("A word."))),
        ],
    )
}

fn meta() -> Value {
    object(
        "What a device says of itself.",
        &[],
        &[
            ("model", text("The maker's name of the model.")),
            ("capabilities", json!({"type": "array", "items": {"type": "string"}})),
            ("heartbeat_s", integer("How often the device says that it lives, in seconds; 30 when absent.", 1)),
        ],
    )
}

fn state() -> Value {
    object(
        "Present truth of a device. The board reads a camera's: the occupancy of one zone, at least every 30 s.",
        &[],
        &[
            ("ts", ts()),
            ("camera", id("The topic's device.")),
            ("zone", id("A zone of the camera.")),
            ("level", number("How full the zone is.", Some(1))),
            ("people", integer("How many people, where they are counted.", 0)),
        ],
    )
}

fn ack() -> Value {
    let up_to = || seq("Every event of that boot up to this one is durable; a dead letter counts as durable.");
    let older = object("An earlier boot.", &[("boot", boot()), ("seq", up_to())], &[]);
    object(
        "Up to where the collector has a device's events durably.",
        &[("boot", boot()), ("seq", up_to()), ("older", json!({"type": "array", "items": older}))],
        &[],
    )
}

fn request() -> Value {
    object(
        "A request to the collector; further fields belong to its action.",
        &[
            ("id", text("The same id again gives the same answer and does nothing twice.")),
            ("ts", ts()),
            ("exp", instant("After this instant nothing is done.")),
            ("by", text("Who asks.")),
            ("action", text("What is asked for.")),
        ],
        &[],
    )
}

fn response() -> Value {
    let errors = [
        "bad_request",
        "forbidden",
        "not_found",
        "wrong_state",
        "nobody_waiting",
        "conflict",
        "expired",
        "closed",
        "external_queue",
    ];
    object(
        "The answer to a request; further fields belong to its action.",
        &[("id", text("The request's id.")), ("ok", json!({"type": "boolean"}))],
        &[("error", json!({"enum": errors, "description": "Why not."})), ("message", text("Why not, for a person."))],
    )
}

fn command() -> Value {
    let common = || [("id", text("Joins the command with its answer.")), ("exp", instant("Do nothing after it."))];
    let plain = |code: &str, meaning: &str| {
        let [id, exp] = common();
        object(meaning, &[id, exp, ("type", json!({"const": code}))], &[])
    };
    let [id, exp] = common();
    let replay = object(
        "Publish these events of your journal again.",
        &[
            id,
            exp,
            ("type", json!({"const": "replay"})),
            ("boot", boot()),
            ("from_seq", seq("The first event.")),
            ("to_seq", seq("The last event, inclusive.")),
        ],
        &[],
    );
    let rebirth = plain("rebirth", "Publish status, meta and state again.");
    let identify = plain("identify", "Show a person which device this is.");
    one_of("A command to a device.", vec![rebirth, replay, identify])
}

fn done() -> Value {
    let missing = "How many of the events asked for the device does not have any more, or a list of them.";
    object(
        "A device's answer to a command.",
        &[("id", text("The command's id.")), ("ok", json!({"type": "boolean"}))],
        &[("missing", json!({"description": missing, "type": ["integer", "array"], "minimum": 0}))],
    )
}

fn metrics() -> Value {
    let mut metrics = object(
        "The collector's own figures, by their names; a will or a farewell has none.",
        &[("state", codes("What the collector is doing.", DeviceState::ALL, |state| state.code()))],
        &[("boot", text("The collector's run.")), ("echo", integer("Counts the messages of that run.", 1))],
    );
    metrics["additionalProperties"] = json!({"type": ["number", "boolean", "string", "null", "object"]});
    metrics
}
