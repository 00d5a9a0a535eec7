//! The AsyncAPI 3 document.

use serde_json::{Map, Value, json};

use crate::session::Qos;
use crate::topics::{Party, Row, TABLE};
use domain::event::DeviceKind;

pub(super) fn render() -> Value {
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "motcua",
            "version": "1.0.0",
            "license": {"name": "MIT OR Apache-2.0"},
            "description": "What devices, collector and dashboard of one-stop centres say to each other over MQTT 5 (3.1.1 devices are accepted). Payloads are flat JSON objects in UTF-8; unknown fields are ignored. A payload that cannot be used is a dead letter: kept, counted, listed."
        },
        "defaultContentType": "application/json",
        "servers": {
            "broker": {"host": "127.0.0.1:1883", "protocol": "mqtt", "protocolVersion": "5.0", "description": "The broker of the installation; mqtts beyond loopback."}
        },
        "channels": keyed(TABLE.iter().map(|row| (row.name.to_owned(), channel(row)))),
        "operations": keyed(TABLE.iter().flat_map(operations)),
        "components": {
            "messages": keyed(TABLE.iter().map(|row| (row.payload.to_owned(), message(row.payload))))
        }
    })
}

fn keyed(entries: impl Iterator<Item = (String, Value)>) -> Map<String, Value> {
    entries.collect()
}

fn channel(row: &Row) -> Value {
    let parameters = keyed(row.parameters().map(|name| (name.to_owned(), parameter(name))));
    let mut channel = json!({
        "address": row.pattern,
        "description": row.meaning,
        "messages": {row.payload: {"$ref": format!("#/components/messages/{}", row.payload)}}
    });
    if !parameters.is_empty() {
        channel["parameters"] = parameters.into();
    }
    channel
}

fn parameter(name: &str) -> Value {
    if name == "kind" {
        let kinds: Vec<&str> = DeviceKind::ALL.iter().map(|kind| kind.code()).collect();
        return json!({"description": "What the device is.", "enum": kinds});
    }
    json!({"description": format!("The {name}'s id, [a-z0-9-]{{1,32}}.")})
}

fn message(payload: &str) -> Value {
    json!({
        "name": payload,
        "contentType": "application/json",
        "payload": {"$ref": format!("./schemas/{payload}.json")}
    })
}

/// One operation for each party that writes or reads the topic.
fn operations(row: &Row) -> impl Iterator<Item = (String, Value)> {
    let send = row.writers.iter().map(|party| operation(row, *party, "send"));
    send.chain(row.readers.iter().map(|party| operation(row, *party, "receive")))
}

fn operation(row: &Row, party: Party, action: &str) -> (String, Value) {
    let qos = u8::from(row.qos == Qos::AtLeastOnce);
    let operation = json!({
        "action": action,
        "channel": {"$ref": format!("#/channels/{}", row.name)},
        "messages": [{"$ref": format!("#/channels/{}/messages/{}", row.name, row.payload)}],
        "tags": [{"name": party.name()}],
        "bindings": {"mqtt": {"qos": qos, "retain": row.retained, "bindingVersion": "0.2.0"}}
    });
    (format!("{}-{action}-{}", party.name(), row.name), operation)
}
