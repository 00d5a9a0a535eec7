//! The past: every figure, who may see it, files for spreadsheets, mistakes, and stores that fail.

use std::path::Path;

use axum::body::Body;
use axum::http::{Method, Request, header};
use domain::SiteId;
use history::sqlite::{Options, Store};
use mqtt_config::settings::access::Role;
use mqtt_config::settings::{HistoryStore, InfluxSettings, read_site};
use serde_json::Value;

use crate::api::OPENAPI;
use crate::testing::{Answer, Fixture, MONDAY, day, site_id, violations};

const FIGURES: [&str; 8] = ["waits", "load", "ratings", "utilisation", "abandonment", "estimates", "zones", "quality"];

/// Two days of the fixture's site, whose only service has a name that means harm, and a day of a
/// site that is long closed.
fn filled() -> (Fixture, String) {
    let fixture = Fixture::new();
    let mut store = Store::open(&fixture.app.past.place().file, Options::default()).unwrap();
    let elsewhere = SiteId::new("hoi-an").unwrap();
    let days = [
        (elsewhere, day(MONDAY - 1, &[60])),
        (site_id(), day(MONDAY - 1, &[300, 600, 900])),
        (site_id(), day(MONDAY, &[1_200, 1_800])),
    ];
    store.write(&days, 7).unwrap();
    let config = "site = \"tam-ky\"\nname = \"Tam Kỳ\"\n[[department]]\ndepartment = \"tn-mt\"\nname = \"TN\"\n\
                  [[department.field]]\nfield = \"dat\"\nname = \"Đất\"\n[[department.field.service]]\n\
                  service = \"dat-dai\"\nname = \"=HYPERLINK(1)\"\n";
    store.configure(&read_site(Path::new("tam-ky.toml"), config).unwrap()).unwrap();
    let director = fixture.token(Role::Director, None);
    (fixture, director)
}

async fn get(fixture: &Fixture, token: &str, path: &str) -> Answer {
    fixture.get(path, Some(token)).await
}

fn document() -> Value {
    serde_json::from_str(OPENAPI).unwrap()
}

/// An answer is as the document says, its figures too.
fn assert_documented(path: &str, answer: &Answer) -> Value {
    let document = document();
    let content = &document["paths"][path]["get"]["responses"][answer.status.as_str()]["content"]["application/json"];
    assert!(content["schema"].is_object(), "{path} {}", answer.status);
    let told = answer.json();
    assert_eq!(violations(&document, &content["schema"], &told), Vec::<String>::new());
    let figure = serde_json::json!({"$ref": "#/components/schemas/HistoryFigure"});
    for row in told["rows"].as_array().into_iter().flatten() {
        for value in row["figures"].as_object().unwrap().values() {
            assert_eq!(violations(&document, &figure, value), Vec::<String>::new());
        }
    }
    told
}

#[tokio::test]
async fn every_figure_is_told() {
    let (fixture, director) = filled();
    for figure in FIGURES {
        let path = format!("/api/v1/sites/tam-ky/history/{figure}?from=2026-11-22&to=2026-11-23");
        let answer = get(&fixture, &director, &path).await;
        assert_eq!(answer.status, 200, "{figure}");
        assert_eq!(
            (&answer.headers["content-type"], &answer.headers["cache-control"]),
            (&"application/json".parse().unwrap(), &"private, no-store".parse().unwrap())
        );
        let told = assert_documented("/api/v1/sites/{site}/history/{figure}", &answer);
        assert_eq!((told["figure"].as_str(), told["complete_to"].as_str()), (Some(figure), Some("2026-11-23")));
        assert_eq!(told["rows"].as_array().unwrap().len(), 1, "{figure}");
        let values = told["rows"][0]["figures"].as_object().unwrap();
        assert!(values.values().any(|value| value["value"].as_f64().is_some_and(|number| number > 0.0)), "{figure}");
    }
}

#[tokio::test]
async fn groups_comparison_and_the_usual_range() {
    let (fixture, director) = filled();
    let path = "/api/v1/sites/tam-ky/history/waits?from=2026-11-23&to=2026-11-23&by=service&compare=previous";
    let told = assert_documented("/api/v1/sites/{site}/history/{figure}", &get(&fixture, &director, path).await);
    let row = &told["rows"][0];
    assert_eq!(
        (row["group"]["service"].as_str(), row["group"]["service_name"].as_str()),
        (Some("dat-dai"), Some("=HYPERLINK(1)"))
    );
    let called = &row["figures"]["called"];
    assert_eq!((called["value"].as_i64(), called["before"]["value"].as_i64()), (Some(2), Some(3)));
    assert_eq!(row["figures"]["wait_p50_s"]["value"].as_i64(), Some(1_200));
    assert_eq!(
        (told["compare"]["from"].as_str(), told["compare"]["to"].as_str()),
        (Some("2026-11-22"), Some("2026-11-22"))
    );
    // Thirty days up to the board's business day.
    let usual = get(&fixture, &director, "/api/v1/sites/tam-ky/history/waits").await.json();
    assert_eq!((usual["from"].as_str(), usual["to"].as_str()), (Some("2026-10-25"), Some("2026-11-23")));
    assert_eq!(usual["rows"][0]["figures"]["called"]["value"].as_i64(), Some(5));
}

#[tokio::test]
async fn several_sites_are_one_question() {
    let (fixture, director) = filled();
    let called = |told: &Value| -> Vec<(Option<String>, i64)> {
        let rows = told["rows"].as_array().unwrap().iter();
        let row = |row: &Value| {
            (row["group"]["site"].as_str().map(str::to_owned), row["figures"]["called"]["value"].as_i64().unwrap())
        };
        rows.map(row).collect()
    };
    let range = "from=2026-11-22&to=2026-11-23";
    for (query, expected) in [
        ("by=site", vec![(Some("hoi-an".to_owned()), 1), (Some("tam-ky".to_owned()), 5)]),
        ("sites=all", vec![(None, 6)]),
        ("sites=tam-ky,hoi-an", vec![(None, 6)]),
        ("sites=hoi-an", vec![(None, 1)]),
    ] {
        let answer = get(&fixture, &director, &format!("/api/v1/history/waits?{range}&{query}")).await;
        assert_eq!(answer.status, 200, "{query}");
        assert_eq!(called(&assert_documented("/api/v1/history/{figure}", &answer)), expected, "{query}");
    }
    // A site that is closed for good still has its past; one that never was has none.
    let path = |site: &str| format!("/api/v1/sites/{site}/history/waits?{range}");
    assert_eq!(get(&fixture, &director, &path("hoi-an")).await.status, 200);
    assert_eq!(get(&fixture, &director, &path("nowhere")).await.error(), "unknown_site");
    assert_eq!(get(&fixture, &director, "/api/v1/history/waits?sites=tam-ky,nowhere").await.error(), "unknown_site");
}

#[tokio::test]
async fn a_file_for_spreadsheets_has_two_names_and_no_formula() {
    let (fixture, director) = filled();
    let path = "/api/v1/sites/tam-ky/history/waits?from=2026-11-22&to=2026-11-23&by=service&format=csv";
    for (lang, title, heading) in [("vi", "Th%E1%BB%9Di%20gian%20ch%E1%BB%9D", "Thủ tục"), ("en", "Waits", "Service")]
    {
        let answer = get(&fixture, &director, &format!("{path}&lang={lang}")).await;
        assert_eq!(answer.headers["content-type"], "text/csv; charset=utf-8");
        let name = "attachment; filename=\"motcua-tam-ky-waits-2026-11-22-2026-11-23.csv\"";
        let expected = format!("{name}; filename*=UTF-8''{title}%20tam-ky%202026-11-22%202026-11-23.csv");
        assert_eq!(answer.headers["content-disposition"], expected.as_str());
        let text = String::from_utf8(answer.body).unwrap();
        assert!(text.starts_with(&format!("\u{feff}{heading},")), "{text}");
        assert!(text.contains("\r\ndat-dai,'=HYPERLINK(1),5,"), "{text}");
    }
}

#[tokio::test]
async fn what_cannot_be_asked_is_told_in_a_sentence() {
    let (fixture, director) = filled();
    for (query, part) in [
        ("waits?from=2026-11-23&to=2026-11-22", "ends (2026-11-22) before it begins"),
        ("waits?from=1990&to=2026", "at most 3660"),
        ("waits?by=colour", "by is one of: site, month,"),
        ("waits?compare=last", "compare is one of: previous, year"),
        ("waits?format=xml", "format is one of: json, csv"),
        ("waits?lang=fr", "lang is one of: vi, en"),
        ("waits?wher=1", "there are: from, to, by,"),
        ("waits?service=%C4%90%E1%BA%A5t", "is not an id"),
        ("zones?by=officer", "zones cannot be by officer; it can be by:"),
        ("visits?by=hour", "there are: from, to, format, lang"),
        ("visits?from=yesterday", "is not a date"),
    ] {
        let answer = get(&fixture, &director, &format!("/api/v1/sites/tam-ky/history/{query}")).await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (400, "bad_question"), "{query}");
        let message = answer.json()["message"].as_str().unwrap().to_owned();
        assert!(message.starts_with("Câu hỏi không đúng dạng. / ") && message.contains(part), "{query}: {message}");
    }
    let answer = get(&fixture, &director, "/api/v1/sites/tam-ky/history/wait").await;
    assert_eq!((answer.status.as_u16(), answer.error().as_str()), (404, "unknown_figure"));
    assert!(answer.json()["message"].as_str().unwrap().contains("there are: waits, load,"));
    let answer = get(&fixture, &director, "/api/v1/history/waits?sites=a&sites=b").await;
    assert!(answer.json()["message"].as_str().unwrap().contains("more than once"));
}

#[tokio::test]
async fn a_history_that_has_not_begun_is_empty_and_a_broken_one_says_so() {
    let fixture = Fixture::new();
    let director = fixture.token(Role::Director, None);
    let path = "/api/v1/sites/tam-ky/history/waits";
    let told = assert_documented("/api/v1/sites/{site}/history/{figure}", &get(&fixture, &director, path).await);
    assert_eq!(told["complete_to"], Value::Null);
    for row in told["rows"].as_array().unwrap() {
        assert_eq!(
            (&row["figures"]["called"]["value"], row["figures"]["called"]["missing"].as_str()),
            (&Value::Null, Some("no_data"))
        );
    }
    let visits = get(&fixture, &director, "/api/v1/sites/tam-ky/history/visits").await;
    assert_eq!(visits.json()["visits"], serde_json::json!([]));
    let store = get(&fixture, &director, "/api/v1/sites/tam-ky/history/store").await;
    let store = assert_documented("/api/v1/sites/{site}/history/store", &store);
    assert_eq!((&store["from"], &store["file_bytes"]), (&Value::Null, &0.into()));

    let file = fixture.app.past.place().file.clone();
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, "this is no history but a text that is long enough for anybody to see it").unwrap();
    for path in ["waits", "visits", "store"] {
        let answer = get(&fixture, &director, &format!("/api/v1/sites/tam-ky/history/{path}")).await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (503, "history_unavailable"), "{path}");
        assert!(answer.headers.contains_key("retry-after"));
        let message = answer.json()["message"].as_str().unwrap().to_owned();
        assert!(message.starts_with("Chưa đọc được lịch sử. / ") && message.contains("history.sqlite"), "{message}");
    }
    assert_eq!(fixture.app.past.figures.failed.get(), 3);
}

#[tokio::test(start_paused = true)]
async fn who_comes_while_all_turns_are_taken_is_told_to_come_again() {
    let (fixture, director) = filled();
    let turns = fixture.app.past.occupy().await;
    for path in ["waits", "visits", "store"] {
        let answer = get(&fixture, &director, &format!("/api/v1/sites/tam-ky/history/{path}")).await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (503, "history_busy"), "{path}");
        assert_eq!(answer.headers["retry-after"], "2");
    }
    assert_eq!(fixture.app.past.figures.busy.get(), 3);
    drop(turns);
    assert_eq!(get(&fixture, &director, "/api/v1/sites/tam-ky/history/waits").await.status, 200);
}

#[tokio::test]
async fn single_visits_are_listed() {
    let (fixture, director) = filled();
    let path = "/api/v1/sites/tam-ky/history/visits?from=2026-11-22&to=2026-11-23";
    let answer = get(&fixture, &director, path).await;
    assert_eq!(answer.status, 200);
    let told = assert_documented("/api/v1/sites/{site}/history/visits", &answer);
    let visits = told["visits"].as_array().unwrap();
    let named: Vec<_> =
        visits.iter().map(|visit| (visit["date"].as_str().unwrap(), visit["ticket"].as_str().unwrap())).collect();
    let expected = [
        ("2026-11-22", "A000"),
        ("2026-11-22", "A001"),
        ("2026-11-22", "A002"),
        ("2026-11-23", "A000"),
        ("2026-11-23", "A001"),
    ];
    assert_eq!(named, expected);
    assert_eq!(visits[4]["issued"].as_str(), Some("2026-11-23T01:01:00.000Z"));
    let one =
        get(&fixture, &director, "/api/v1/sites/tam-ky/history/visits?from=2026-11-23&to=2026-11-23&format=csv").await;
    assert_eq!(one.headers["content-type"], "text/csv; charset=utf-8");
    assert!(
        one.headers["content-disposition"].to_str().unwrap().contains("motcua-tam-ky-visits-2026-11-23-2026-11-23.csv")
    );
    let text = String::from_utf8(one.body).unwrap();
    assert_eq!(text.lines().count(), 3);
    assert!(text.contains("2026-11-23,A001,0,2026-11-23 08:01:00.000,2026-11-23 08:16:00.000,served,"), "{text}");
}

#[tokio::test]
async fn the_store_and_the_figures_are_told() {
    let (fixture, director) = filled();
    fixture.app.figures.collector_said(br#"{"history_behind_records":12,"received":4}"#);
    let answer = get(&fixture, &director, "/api/v1/sites/tam-ky/history/store").await;
    let told = assert_documented("/api/v1/sites/{site}/history/store", &answer);
    assert_eq!(
        (told["store"].as_str(), told["from"].as_str(), told["to"].as_str()),
        (Some("embedded"), Some("2026-11-22"), Some("2026-11-23"))
    );
    assert!(told["file_bytes"].as_u64().unwrap() > 0);
    assert_eq!(told["collector"], serde_json::json!({"behind_records": 12}));

    let all = fixture.get("/api/v1/history", None).await;
    let all = assert_documented("/api/v1/history", &all);
    let words: Vec<_> =
        all["figures"].as_array().unwrap().iter().map(|it| it["figure"].as_str().unwrap().to_owned()).collect();
    assert_eq!(words, FIGURES);

    let head = Request::builder().method(Method::HEAD).uri("/api/v1/sites/tam-ky/history/waits");
    let head = head.header(header::AUTHORIZATION, format!("Bearer {director}")).body(Body::empty()).unwrap();
    let head = fixture.ask(head).await;
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
    let metrics = String::from_utf8(get(&fixture, &director, "/metrics").await.body).unwrap();
    assert!(metrics.contains("\nmotcua_dashboard_history_answered_total 2\n"), "{metrics}");
    assert!(metrics.contains("\nmotcua_dashboard_history_busy_total 0\n"));
    assert!(metrics.contains("\nmotcua_dashboard_history_seconds_total 0."));
}

#[tokio::test]
async fn an_influxdb_that_is_away_is_named_and_takes_nothing_else_with_it() {
    // A port that was free a moment ago, and that nobody listens on.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let dir = tempfile::tempdir().unwrap();
    let token_file = dir.path().join("token");
    std::fs::write(&token_file, "a-secret-token").unwrap();
    let influx = InfluxSettings {
        url: format!("http://127.0.0.1:{port}"),
        org: "motcua".to_owned(),
        token_file: token_file.clone(),
        bucket_prefix: "motcua".to_owned(),
        timeout_s: 1,
    };
    let fixture = Fixture::with(|runtime| runtime.history.store = HistoryStore::Influx(influx));
    let director = fixture.token(Role::Director, None);
    let path = "/api/v1/sites/tam-ky/history/waits";
    let answer = get(&fixture, &director, path).await;
    assert_eq!((answer.status.as_u16(), answer.error().as_str()), (503, "history_unavailable"));
    let message = answer.json()["message"].as_str().unwrap().to_owned();
    assert!(message.contains(&format!("InfluxDB at http://127.0.0.1:{port}")), "{message}");
    assert!(!message.contains("a-secret-token"));
    // The single visits are in the file, and boards are boards.
    assert_eq!(get(&fixture, &director, "/api/v1/sites/tam-ky/history/visits").await.status, 200);
    assert_eq!(get(&fixture, &director, "/api/v1/sites/tam-ky/board").await.status, 200);
    std::fs::remove_file(&token_file).unwrap();
    let message = get(&fixture, &director, path).await.json()["message"].as_str().unwrap().to_owned();
    assert!(message.contains("the token in ") && message.contains("cannot be read"), "{message}");
}
