//! What would be if: who may ask, what comes, and how answers are held against what happened.

use axum::body::Body;
use axum::http::{Request, header};
use domain::outlook::{Change, Question, simulate};
use domain::{ServiceId, Timestamp};
use mqtt_config::settings::access::Role;
use serde_json::{Value, json};

use crate::api::OPENAPI;
use crate::live::{Site, Sites};
use crate::testing::{Answer, Fixture, board, outlook, outlook_text, site_id, violations};
use crate::whatif::{Unanswered, WhatIf};

const WHAT_IF: &str = "/api/v1/sites/tam-ky/what-if";

/// A fixture whose collector has said what a simulation needs, and a supervisor's token.
fn hall() -> (Fixture, String) {
    let fixture = Fixture::new();
    fixture.site().on_outlook(&outlook_text()).unwrap();
    let token = fixture.token(Role::Supervisor, None);
    (fixture, token)
}

async fn ask(fixture: &Fixture, token: Option<&str>, question: &Value) -> Answer {
    let mut request = Request::post(WHAT_IF).header(header::CONTENT_TYPE, "application/json");
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    fixture.ask(request.body(Body::from(question.to_string())).unwrap()).await
}

fn one_more() -> Value {
    json!({"changes": [{"change": "open_counters", "service": "dat-dai"}]})
}

fn assert_documented(path: &str, method: &str, answer: &Answer) {
    let document: Value = serde_json::from_str(OPENAPI).unwrap();
    let schema = &document["paths"][path][method]["responses"][answer.status.as_str()]["content"]["application/json"];
    assert!(schema["schema"].is_object(), "{method} {path} {}", answer.status);
    assert_eq!(violations(&document, &schema["schema"], &answer.json()), Vec::<String>::new());
}

#[tokio::test]
async fn a_question_is_answered_in_figures_and_in_a_sentence() {
    let (fixture, token) = hall();
    let answer = ask(&fixture, Some(&token), &one_more()).await;
    assert_eq!(answer.status, 200);
    assert_documented("/api/v1/sites/{site}/what-if", "post", &answer);
    let said = answer.json();
    let p90 = |which: &str| said["services"][0][which]["wait_now"]["p90_s"].as_f64().unwrap();
    assert!(p90("changed") < p90("base"));
    let minutes = |which: &str| (p90(which) / 60.0).ceil();
    let (few, many) = (minutes("changed"), minutes("base"));
    let vi = format!(
        "Mở thêm một quầy cho Đất đai: 9/10 người lấy số bây giờ được gọi trong {few} phút thay vì {many} phút."
    );
    let en = format!(
        "One more counter for Đất đai: 9 in 10 who take a number now are called within {few} minutes instead of {many} minutes."
    );
    assert_eq!(
        (said["summary"]["vi"].as_str(), said["summary"]["en"].as_str()),
        (Some(vi.as_str()), Some(en.as_str()))
    );
    // The same question of the same state has the same answer.
    let mut again = ask(&fixture, Some(&token), &one_more()).await.json();
    assert_eq!(again["id"], 2);
    again["id"] = said["id"].clone();
    assert_eq!(again, said);
}

#[tokio::test]
async fn only_who_directs_the_hall_may_ask() {
    let (fixture, _) = hall();
    assert_eq!(ask(&fixture, None, &one_more()).await.error(), "login_needed");
    for (role, expected) in [(Role::Public, 403), (Role::Officer, 403), (Role::Supervisor, 200), (Role::Director, 200)]
    {
        let token = fixture.token(role, None);
        assert_eq!(ask(&fixture, Some(&token), &one_more()).await.status, expected, "{role:?}");
    }
}

#[tokio::test]
async fn a_wrong_question_is_told_what_is_wrong() {
    let (fixture, token) = hall();
    for (question, told) in [
        (json!({"changes": [{"change": "open_counters", "service": "ho-tich"}]}), "ho-tich"),
        (json!({"changes": [{"change": "close_counter", "counter": "q9"}]}), "q9"),
        (json!({"runs": 2001}), "2001"),
        (json!({"horizon_min": 0}), "480"),
        (json!({"changes": [{"change": "demand", "factor": 11}]}), "11"),
        (json!({"change": []}), "change"),
        (json!([1]), "/"),
    ] {
        let answer = ask(&fixture, Some(&token), &question).await;
        assert_documented("/api/v1/sites/{site}/what-if", "post", &answer);
        let message = answer.json()["message"].as_str().unwrap().to_owned();
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (400, "bad_question"), "{question}");
        assert!(message.contains(told) && message.contains(" / "), "{message}");
    }
}

#[tokio::test]
async fn one_question_of_a_site_at_a_time() {
    let (fixture, token) = hall();
    let turn = fixture.app.what_if.take_turn(&fixture.site(), Question::default()).unwrap();
    let answer = ask(&fixture, Some(&token), &one_more()).await;
    assert_eq!((answer.status.as_u16(), answer.error().as_str()), (429, "busy"));
    assert_eq!(answer.headers["retry-after"], "1");
    assert_documented("/api/v1/sites/{site}/what-if", "post", &answer);
    drop(turn);
    assert_eq!(ask(&fixture, Some(&token), &one_more()).await.status, 200);
}

#[tokio::test]
async fn without_an_outlook_nothing_is_guessed() {
    let fixture = Fixture::new();
    let token = fixture.token(Role::Director, None);
    assert_eq!(ask(&fixture, Some(&token), &one_more()).await.error(), "not_yet");
    assert_eq!(fixture.get("/api/v1/sites/tam-ky/outlook", Some(&token)).await.error(), "not_yet");
    let site = fixture.site();
    assert!(site.on_outlook(b"{").is_err() && site.on_outlook(br#"{"site":"hoi-an"}"#).is_err());
    assert!(Site::new("hoi-an".parse().unwrap()).on_outlook(&outlook_text()).is_err(), "another site's");
    site.on_outlook(&outlook_text()).unwrap();
    site.on_outlook(b"").unwrap();
    assert_eq!(site.outlook(), None, "it was taken back");
    let due = fixture.app.what_if.take_turn(&site, Question::default());
    assert_eq!(due.unwrap_err(), Unanswered::NoOutlook);
}

#[tokio::test]
async fn the_line_has_its_shown_call_times() {
    let (fixture, token) = hall();
    let lines = fixture.get("/api/v1/sites/tam-ky/outlook", Some(&token)).await;
    assert_documented("/api/v1/sites/{site}/outlook", "get", &lines);
    let first = &lines.json()["services"][0]["line"][0];
    let expected = json!({"ticket": "A013", "priority": "normal", "since": "2026-11-23T00:48:00.000Z",
        "p50_at": "2026-11-23T01:05:00.000Z", "p90_at": "2026-11-23T01:06:40.000Z", "reason": null});
    assert_eq!(first, &expected);

    let own = fixture.get("/api/v1/sites/tam-ky/tickets/number/a024", None).await;
    assert_documented("/api/v1/sites/{site}/tickets/number/{ticket}", "get", &own);
    let expected = json!({"ticket": "A024", "service": "dat-dai", "as_of": "2026-11-23T01:00:00.100Z", "ahead": 11,
        "p50_at": "2026-11-23T02:00:00.000Z", "p90_at": "2026-11-23T02:20:00.000Z", "reason": "counter_closed"});
    assert_eq!(own.json(), expected);
    for unknown in ["A999", "%20", "A013-TOO-LONG"] {
        let answer = fixture.get(&format!("/api/v1/sites/tam-ky/tickets/number/{unknown}"), None).await;
        assert_eq!(answer.error(), "unknown_ticket", "{unknown}");
    }
}

/// The board `minutes` after the outlook, with so many waiting.
fn later(minutes: i64, waiting: u32) -> Vec<u8> {
    let mut later = board(u64::from(waiting) + 2);
    later.as_of = Timestamp::from_ms(outlook().as_of.ms() + minutes * 60_000);
    later.services[0].waiting = waiting;
    serde_json::to_vec(&later).unwrap()
}

/// The next board, after a gap.
fn comes(site: &Site, board: &[u8]) {
    site.mark_broken();
    site.on_board(board).unwrap();
}

#[test]
fn a_forecast_is_held_against_what_happened_over_a_restart_too() {
    let dir = tempfile::tempdir().unwrap();
    let sites = Sites::default();
    let site = sites.get_or_add(site_id());
    comes(&site, &later(0, 12));
    let service = ServiceId::new("dat-dai").unwrap();
    let question = Question { changes: vec![Change::OpenCounters { service, count: 1 }], ..Question::default() };
    let answer = simulate(&outlook(), &question).unwrap();
    let expected = answer.services[0].base.waiting[0];
    let what_if = WhatIf::new(dir.path().to_owned());
    assert_eq!(what_if.keep(&site, answer.clone()).id, 1);

    comes(&site, &later(29, 20));
    what_if.look(&sites);
    assert_eq!(what_if.list(site_id())[0].services[0].waiting[0].happened, None, "not yet");

    let what_if = WhatIf::new(dir.path().to_owned());
    comes(&site, &later(30, 21));
    what_if.look(&sites);
    comes(&site, &later(31, 22));
    what_if.look(&sites);
    let asked = what_if.list(site_id()).remove(0).services.remove(0);
    assert_eq!((asked.waiting[0].p50, asked.waiting[0].p90), (expected.p50, expected.p90));
    let happened = asked.waiting[0].happened.unwrap();
    assert_eq!((happened.waiting, happened.open_counters, asked.open_counters), (Some(21), Some(2), Some(2)));

    // Nobody looked when its hour came: that is told, not filled.
    comes(&site, &later(70, 23));
    what_if.look(&sites);
    let asked = what_if.list(site_id()).remove(0).services.remove(0);
    assert_eq!(asked.waiting[1].happened.unwrap().waiting, None);
    assert_eq!(what_if.keep(&site, answer).id, 2, "numbers go on");
}

#[tokio::test]
async fn questions_are_listed_as_documented_and_bounded() {
    let (fixture, token) = hall();
    let answer = simulate(&outlook(), &Question { runs: 2, ..Question::default() }).unwrap();
    for _ in 0..201 {
        let _ = fixture.app.what_if.keep(&fixture.site(), answer.clone());
    }
    comes(&fixture.site(), &later(30, 5));
    fixture.app.what_if.look(&fixture.app.sites);
    let list = fixture.get(WHAT_IF, Some(&token)).await;
    assert_documented("/api/v1/sites/{site}/what-if", "get", &list);
    let questions = list.json()["questions"].as_array().unwrap().clone();
    assert_eq!(
        (questions.len(), questions[0]["id"].as_u64(), questions[199]["id"].as_u64()),
        (200, Some(201), Some(2))
    );
}

#[tokio::test]
async fn how_the_promises_held_is_told_by_what_is_known() {
    let fixture = Fixture::unconnected();
    let token = fixture.token(Role::Director, None);
    fixture.site().on_outlook(&outlook_text()).unwrap();
    let mut told = serde_json::to_value(board(1)).unwrap();
    told["services"][0]["promise"] = json!({"n": 140, "within": 126});
    let mut other = told["services"][0].clone();
    (other["service"], other["promise"]) = (json!("ho-tich"), json!({"n": 10, "within": 9}));
    told["services"].as_array_mut().unwrap().push(other);
    fixture.site().on_board(&serde_json::to_vec(&told).unwrap()).unwrap();
    let answer = fixture.get("/api/v1/sites/tam-ky/accuracy", Some(&token)).await;
    assert_documented("/api/v1/sites/{site}/accuracy", "get", &answer);
    let answer = answer.json();
    assert_eq!(answer["by_ahead"][0], json!({"from": 1, "to": 4, "n": 120.5, "within": 110.0, "share": 0.913}));
    assert_eq!(answer["by_hour"], json!([{"from": "07:00", "n": 40.0, "within": 35.0, "share": 0.875}]));
    assert_eq!(answer["today"], json!([]), "of today nothing is known yet");
    assert_eq!(answer["services"][1]["share"], 0.9);
    let fields = answer["fields"].as_array().unwrap();
    assert!(fields.iter().all(|row| row["n"] == 150.0 && row["share"] == 0.9), "{fields:?}");
}
