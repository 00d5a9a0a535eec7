//! The document of the interface says what is there, all of it, and how it answers.

use std::collections::BTreeSet;

use axum::http::Method;
use mqtt_config::settings::access::Role;
use serde_json::Value;

use crate::api::routes;
use crate::testing::{Fixture, alive_text, board, delta_text, violations};

fn document() -> Value {
    serde_json::from_str(include_str!("../../../docs/openapi.json")).unwrap()
}

fn operations(document: &Value) -> BTreeSet<(String, Method)> {
    let paths = document["paths"].as_object().unwrap();
    let of_path = |(path, item): (&String, &Value)| {
        let methods = item.as_object().unwrap().keys();
        methods.map(|method| (path.clone(), method.to_uppercase().parse().unwrap())).collect::<Vec<_>>()
    };
    paths.iter().flat_map(of_path).collect()
}

#[tokio::test]
async fn every_route_is_in_the_document_and_nothing_else() {
    let (fixture, document) = (Fixture::new(), document());
    let mut there = BTreeSet::new();
    for (path, _) in routes() {
        for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            let answer = fixture.call(method.clone(), &path.replace("{site}", "tam-ky")).await;
            if answer.status != 405 {
                there.insert((path.to_owned(), method));
            }
        }
    }
    assert_eq!(there, operations(&document));
}

/// Answers to compare with the document: page, asker, and what is expected.
const ANSWERS: [(&str, Option<Role>, u16); 14] = [
    ("/healthz", None, 200),
    ("/readyz", None, 503),
    ("/metrics", None, 401),
    ("/metrics", Some(Role::Officer), 403),
    ("/metrics", Some(Role::Director), 200),
    ("/api/openapi.json", None, 200),
    ("/api/v1/sites", None, 200),
    ("/api/v1/sites/{site}/board", None, 200),
    ("/api/v1/sites/{site}/board", Some(Role::Director), 200),
    ("/api/v1/sites/{site}/ws", None, 426),
    ("/api/v1/sites/{site}/dead-letters", None, 401),
    ("/api/v1/sites/{site}/dead-letters", Some(Role::Public), 403),
    ("/api/v1/sites/{site}/dead-letters", Some(Role::Supervisor), 200),
    ("/api/v1/sites/nowhere/board", None, 404),
];

#[tokio::test]
async fn answers_are_as_the_document_says() {
    let (fixture, document) = (Fixture::new(), document());
    let letter = r#"{"site":"tam-ky","total":1,"dead_letters":[{"offset":7,"rx":"2026-11-23T01:02:03.004Z",
        "topic":"motcua/v1/tam-ky/kiosk/kiosk-1/evt","reason":"bad_json","detail":"…","payload":"{"}]}"#;
    fixture.site().on_dead_letters(letter.as_bytes());
    for (path, role, expected) in ANSWERS {
        let token = role.map(|role| fixture.token(role, None));
        let answer = fixture.get(&path.replace("{site}", "tam-ky"), token.as_deref()).await;
        assert_eq!(answer.status.as_u16(), expected, "{path}");
        let item = &document["paths"][path.replace("nowhere", "{site}")]["get"];
        let content = &item["responses"][answer.status.as_str()]["content"];
        let media = answer.headers["content-type"].to_str().unwrap().split(';').next().unwrap();
        let schema = content[media].get("schema").unwrap_or_else(|| panic!("{path} {expected} {media}"));
        if media == "application/json" {
            assert_eq!(violations(&document, schema, &answer.json()), Vec::<String>::new(), "{path} {expected}");
        }
    }
}

#[test]
fn websocket_messages_are_as_the_document_says() {
    let document = document();
    let schema = &document["paths"]["/api/v1/sites/{site}/ws"]["get"]["responses"]["101"]["content"]["application/json"]
        ["schema"];
    let snapshot = serde_json::to_string(&domain::board::Message::Snapshot { seq: 3, board: board(3) }).unwrap();
    for text in [snapshot, delta_text(3, 4), alive_text(4)] {
        let message = serde_json::from_str(&text).unwrap();
        assert_eq!(violations(&document, schema, &message), Vec::<String>::new(), "{text}");
    }
    let wrong = serde_json::json!({"type": "delta", "prev": 3, "seq": "4", "as_of": "2026-11-23T01:02:03.004Z"});
    assert!(!violations(&document, schema, &wrong).is_empty());
}

#[test]
fn the_document_refers_to_nothing_that_is_missing_and_holds_nothing_unused() {
    let document = document();
    let text = document.to_string();
    let sent = ["Ping", "Resync", "Screen"];
    for name in document["components"]["schemas"].as_object().unwrap().keys() {
        assert!(
            text.contains(&format!("#/components/schemas/{name}\"")) || sent.contains(&name.as_str()),
            "{name} is not used"
        );
    }
    for reference in text.split("\"#/").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(document.pointer(&format!("/{reference}")).is_some(), "{reference}");
    }
}
