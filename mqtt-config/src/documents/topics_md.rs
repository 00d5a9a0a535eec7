//! `docs/topics.md`: the tables for people.

use std::fmt::Write;

use super::schemas::event::{ENVELOPE, EVENTS};
use crate::session::Qos;
use crate::topics::{Party, TABLE};

const HEAD: &str = "\
# Topics and events

Generated from the topic table and the list of events in `mqtt-config`; do not edit. After a change:
`cargo run -p motcua-mqtt-config --example write-docs`. The same table makes the broker's access
list, [asyncapi.json](asyncapi.json) and is tried against a real Mosquitto in the tests.

## Topics

A *device* is the device of the topic itself; where the topic names none, every device of the site.

| topic | written by | read by | QoS | retained | payload | what |
|---|---|---|---|---|---|---|
";

pub(super) fn render() -> String {
    let mut text = HEAD.to_owned();
    for row in TABLE {
        let (writers, readers) = (names(row.writers), names(row.readers));
        let qos = u8::from(row.qos == Qos::AtLeastOnce);
        let retained = if row.retained { "yes" } else { "no" };
        let payload = row.payload;
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "| `{}` | {writers} | {readers} | {qos} | {retained} | [{payload}](schemas/{payload}.json) | {} |",
            row.pattern, row.meaning
        );
    }
    let envelope = ENVELOPE.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let _ = write!(text, "\n## Events\n\nEvery event has {envelope}, and may have `up_ms`.\n\n");
    text.push_str("| type | must have | may have | what |\n|---|---|---|---|\n");
    for row in EVENTS {
        let (must, may) = (fields(row.required), fields(row.optional));
        let _ = writeln!(text, "| `{}` | {must} | {may} | {} |", row.code, row.meaning);
    }
    text
}

fn names(parties: &[Party]) -> String {
    parties.iter().map(|party| party.name()).collect::<Vec<_>>().join(", ")
}

fn fields(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
