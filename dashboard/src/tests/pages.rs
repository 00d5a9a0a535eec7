//! What the pages answer, apart from who asks.

use std::io::Read as _;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{ACCEPT, ACCEPT_ENCODING, HOST, IF_NONE_MATCH, ORIGIN};
use axum::http::{Method, Request};
use mqtt_config::settings::access::Role;
use serde_json::json;

use crate::testing::{Fixture, board, board_text, delta_text};

#[tokio::test]
async fn an_unknown_page_is_404_and_a_wrong_method_405() {
    let fixture = Fixture::new();
    for path in [
        "/tam-ky",
        "/tam-ky/walls",
        "/api/v1",
        "/api/v1/sites/",
        "/api/v1/sites/tam-ky",
        "/api/v1/sites/tam-ky/requests",
    ] {
        assert_eq!(fixture.get(path, None).await.error(), "not_found", "{path}");
    }
    let answer = fixture.call(Method::POST, "/api/v1/sites").await;
    assert_eq!((answer.status.as_u16(), answer.error().as_str()), (405, "method_not_allowed"));
}

#[tokio::test]
async fn what_is_no_site_id_is_no_site() {
    let fixture = Fixture::new();
    for id in ["nowhere", "Tam-Ky", "%C4%91", "..", "%2e%2e%2fx", &"a".repeat(33)] {
        let answer = fixture.get(&format!("/api/v1/sites/{id}/board"), None).await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (404, "unknown_site"), "{id}");
    }
}

#[tokio::test]
async fn until_the_broker_was_there_nothing_is_unknown() {
    let fixture = Fixture::new();
    let token = fixture.token(Role::Director, None);
    let late = fixture.app.sites.get_or_add("hoi-an".parse().unwrap());
    assert_eq!(fixture.get("/api/v1/sites/hoi-an/board", Some(&token)).await.error(), "not_yet", "no board yet");
    assert_eq!(fixture.get("/api/v1/sites/hoi-an/dead-letters", Some(&token)).await.error(), "not_yet");
    assert!(late.version().is_none());
    let fresh = Fixture::unconnected();
    assert_eq!(fresh.get("/api/v1/sites/hoi-an/board", None).await.error(), "not_yet", "no broker yet");
}

#[tokio::test]
async fn a_board_is_sent_once_to_who_keeps_it() {
    let fixture = Fixture::new();
    let path = "/api/v1/sites/tam-ky/board";
    let first = fixture.get(path, None).await;
    let tag = first.headers["etag"].to_str().unwrap().to_owned();
    let again = fixture.get_with(path, IF_NONE_MATCH, &tag).await;
    assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
    assert_eq!(again.headers["etag"], tag.as_str());

    fixture.site().on_delta(delta_text(1, 2).as_bytes()).unwrap();
    let next = fixture.get_with(path, IF_NONE_MATCH, &tag).await;
    assert_eq!((next.status.as_u16(), next.json()["seq"].as_u64()), (200, Some(2)));
    let director = fixture.token(Role::Director, None);
    let full = fixture.get(path, Some(&director)).await;
    assert_ne!(full.headers["etag"], next.headers["etag"], "another half of it");
    assert_eq!(full.json(), serde_json::to_value(board(2)).unwrap());
}

#[tokio::test]
async fn pages_of_other_origins_get_nothing() {
    let fixture = Fixture::new();
    for origin in ["http://evil.example", "null", "https://dashboard.example:8443"] {
        for path in ["/healthz", "/api/v1/sites", "/api/v1/sites/tam-ky/ws", "/nowhere"] {
            let answer = fixture.get_with(path, ORIGIN, origin).await;
            assert_eq!((answer.status.as_u16(), answer.error().as_str()), (403, "foreign_origin"), "{origin} {path}");
        }
    }
}

#[tokio::test]
async fn with_open_access_another_host_s_name_gets_nothing() {
    let open = Fixture::with(|runtime| runtime.open_access = true);
    assert_eq!(open.get_with("/api/v1/sites", HOST, "evil.example:8080").await.error(), "foreign_origin");
    assert_eq!(open.get_with("/api/v1/sites", HOST, "localhost:8080").await.status, 200);
    assert_eq!(Fixture::new().get_with("/api/v1/sites", HOST, "mot-cua.example").await.status, 200);
}

#[tokio::test]
async fn every_answer_tells_browsers_to_trust_nothing_else() {
    let fixture = Fixture::with(|runtime| runtime.http.behind_proxy = true);
    for path in ["/healthz", "/api/v1/sites/tam-ky/board", "/nowhere", "/metrics"] {
        let headers = fixture.get(path, None).await.headers;
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(headers["referrer-policy"], "no-referrer", "{path}");
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'self'") && policy.contains("frame-ancestors"), "{path}");
        assert!(headers.contains_key("strict-transport-security"), "{path}");
    }
    assert!(!Fixture::new().get("/healthz", None).await.headers.contains_key("strict-transport-security"));
}

#[tokio::test]
async fn readiness_says_what_is_missing() {
    let fixture = Fixture::new();
    let late = fixture.get("/readyz", None).await;
    assert_eq!((late.status.as_u16(), late.json()["missing"][0].as_str()), (503, Some("collector")));
    fixture.app.health.sign();
    let ready = fixture.get("/readyz", None).await;
    assert_eq!((ready.status.as_u16(), ready.json()["ready"].as_bool()), (200, Some(true)));
    assert_eq!(ready.json()["warnings"].as_array().unwrap().len(), 0);
    fixture.site().mark_broken();
    let stale = fixture.get("/readyz", None).await;
    let warning = &stale.json()["warnings"][0];
    assert_eq!((stale.status.as_u16(), warning["part"].as_str()), (200, Some("board")), "the others are served");
    assert!(warning["message"].as_str().unwrap().contains("The board of site tam-ky is old"), "{warning}");
    fixture.app.health.connected(false);
    let gone = fixture.get("/readyz", None).await.json();
    assert!(gone["faults"][0]["part"] == "mqtt" && gone["faults"][0]["state"] == "gone", "{gone}");
    assert!(gone["faults"][0]["message"].as_str().unwrap().contains(" / The broker is not connected"));
}

#[tokio::test]
async fn dead_letters_are_the_collector_s_own_words() {
    let fixture = Fixture::new();
    let token = fixture.token(Role::Supervisor, None);
    let path = "/api/v1/sites/tam-ky/dead-letters";
    assert_eq!(fixture.get(path, Some(&token)).await.error(), "not_yet", "the board counts one");
    let words = r#"{"site":"tam-ky","total":1,"dead_letters":[]}"#;
    fixture.site().on_dead_letters(words.as_bytes());
    assert_eq!(fixture.get(path, Some(&token)).await.body, words.as_bytes());
}

#[tokio::test]
async fn metrics_are_prometheus_text() {
    let fixture = Fixture::new();
    let token = fixture.token(Role::Supervisor, None);
    fixture
        .app
        .figures
        .collector_said(br#"{"state":"ready","received":7,"sync_us":1500,"queue":0.5,"trusted":true,"Bad Name":1}"#);
    let answer = fixture.get("/metrics", Some(&token)).await;
    assert!(answer.headers["content-type"].to_str().unwrap().starts_with("text/plain; version=0.0.4"));
    let text = String::from_utf8(answer.body).unwrap();
    for line in [
        "# TYPE motcua_events_accepted_total counter",
        "motcua_events_accepted_total{site=\"tam-ky\"} 1",
        "motcua_events_dead_letter{site=\"tam-ky\"} 1",
        "motcua_tickets_waiting{site=\"tam-ky\",service=\"dat-dai\"} 1",
        "motcua_dashboard_clients{site=\"tam-ky\"} 0",
        "motcua_dashboard_ready 0",
        "motcua_dashboard_snapshots_total{why=\"slow\"} 0",
        "motcua_collector_messages_received_total 7",
        "motcua_collector_journal_sync_seconds 0.0015",
        "motcua_collector_trusted 1",
        "# TYPE motcua_collector_queue gauge",
        "motcua_collector_queue 0.5",
    ] {
        assert!(text.lines().any(|one| one == line), "{line}\n{text}");
    }
    assert!(!text.contains("state") && !text.contains("Bad"));
    let families: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")).collect();
    assert!(families.iter().all(|family| family.starts_with("motcua_")));
    let mut names: Vec<_> = families.clone();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), families.len(), "each family once");
}

#[tokio::test]
async fn metrics_tell_estimates_that_are_known_and_how_promises_hold() {
    let fixture = Fixture::unconnected();
    let token = fixture.token(Role::Supervisor, None);
    let mut told = serde_json::to_value(board(1)).unwrap();
    told["services"][0]["estimate"] = json!({"p50_s": 900.5, "p90_s": 1500});
    told["services"][0]["promise"] = json!({"n": 140, "within": 129});
    let mut other = told["services"][0].clone();
    (other["service"], other["estimate"], other["promise"]) = (json!("ho-tich"), json!(null), json!(null));
    told["services"].as_array_mut().unwrap().push(other);
    fixture.site().on_board(&serde_json::to_vec(&told).unwrap()).unwrap();
    fixture.site().on_outlook(&crate::testing::outlook_text()).unwrap();
    let text = String::from_utf8(fixture.get("/metrics", Some(&token)).await.body).unwrap();
    let lines: Vec<&str> =
        text.lines().filter(|line| line.contains("_estimate_") || line.contains("_promise_")).collect();
    for line in [
        "# TYPE motcua_estimate_p50_seconds gauge",
        "motcua_estimate_p50_seconds{site=\"tam-ky\",service=\"dat-dai\"} 900.5",
        "motcua_estimate_p90_seconds{site=\"tam-ky\",service=\"dat-dai\"} 1500",
        "# TYPE motcua_promise_called gauge",
        "motcua_promise_called{site=\"tam-ky\",service=\"dat-dai\"} 140",
        "motcua_promise_within{site=\"tam-ky\",service=\"dat-dai\"} 129",
        "motcua_promise_called{site=\"tam-ky\",service=\"ho-tich\"} 0",
        "motcua_promise_coverage{site=\"tam-ky\",band=\"1-4\"} 0.913",
        "motcua_promise_coverage{site=\"tam-ky\",band=\"15+\"} 0.750",
        "motcua_promise_coverage_by_hour{site=\"tam-ky\",hour=\"07:00\"} 0.875",
    ] {
        assert!(lines.contains(&line), "{line}\n{lines:#?}");
    }
    let unknown = "service=\"ho-tich\"";
    assert!(
        !lines.iter().any(|line| line.contains("_estimate_") && line.contains(unknown)),
        "what is not known is not 0"
    );
}

/// What browsers say they take.
const PACKED: &str = "gzip, deflate, br";

#[tokio::test(start_paused = true)]
async fn a_display_of_services_that_do_not_exist_says_so() {
    let fixture = Fixture::new();
    fixture.app.health.sign();
    let wall =
        async |query: &str| String::from_utf8(fixture.get(&format!("/tam-ky/wall?{query}"), None).await.body).unwrap();
    assert!(wall("services=nope").await.contains("class=\"none\">Trung tâm không có"));
    assert!(wall("counters=nope").await.contains("class=\"none\">Trung tâm không có"));
    assert!(!wall("services=dat-dai&counters=q5").await.contains("class=\"none\">Trung tâm không có"));
}

async fn state_of(fixture: &Fixture) -> String {
    let wall = String::from_utf8(fixture.get("/tam-ky/wall", None).await.body).unwrap();
    let counter = String::from_utf8(fixture.get("/tam-ky/counter/q5", None).await.body).unwrap();
    let state = |page: &str| page.split("data-state=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert_eq!(state(&wall), state(&counter));
    let start = String::from_utf8(fixture.get("/", None).await.body).unwrap();
    assert_eq!(state(&start), state(&wall));
    assert_eq!(start.contains("Mất kết nối từ"), state(&wall) != "live", "the start page says so too");
    assert_eq!(wall.contains("class=\"link\" role=\"status\" hidden"), state(&wall) == "live", "the banner");
    state(&wall)
}

#[tokio::test(start_paused = true)]
async fn a_page_of_a_collector_that_is_silent_for_over_5_s_is_stale() {
    let fixture = Fixture::new();
    fixture.app.health.sign();
    assert_eq!(state_of(&fixture).await, "live");
    tokio::time::advance(Duration::from_millis(4_900)).await;
    assert_eq!(state_of(&fixture).await, "live");
    tokio::time::advance(Duration::from_millis(200)).await;
    assert!(fixture.app.health.readiness().ready, "a broker or a disk that stalls is no news yet");
    assert_eq!(state_of(&fixture).await, "stale");
    fixture.app.health.sign();
    assert_eq!(state_of(&fixture).await, "live");
    fixture.app.health.connected(false);
    assert_eq!(state_of(&fixture).await, "stale");
}

#[tokio::test]
async fn a_page_made_while_a_delta_is_missing_is_stale() {
    let fixture = Fixture::new();
    fixture.app.health.sign();
    fixture.site().on_delta(delta_text(5, 6).as_bytes()).unwrap();
    assert!(fixture.site().version().is_some(), "the old board is still there");
    assert_eq!(state_of(&fixture).await, "stale");
    fixture.site().on_board(&board_text(6)).unwrap();
    assert_eq!(state_of(&fixture).await, "live");
}

fn unpacked(bytes: &[u8]) -> String {
    let mut text = String::new();
    flate2::read::GzDecoder::new(bytes).read_to_string(&mut text).unwrap();
    text
}

#[tokio::test]
async fn pages_travel_packed_to_who_takes_them_so() {
    let fixture = Fixture::new();
    for path in ["/", "/tam-ky/wall", "/tam-ky/counter/q5"] {
        let plain = fixture.get(path, None).await;
        let packed = fixture.get_with(path, ACCEPT_ENCODING, PACKED).await;
        assert!(!plain.headers.contains_key("content-encoding"), "{path}");
        for answer in [&plain, &packed] {
            assert_eq!(answer.headers["vary"], "Accept-Encoding", "{path}");
            assert_eq!(answer.headers["content-type"], "text/html; charset=utf-8", "{path}");
        }
        assert_eq!(packed.headers["content-encoding"], "gzip", "{path}");
        assert_eq!(unpacked(&packed.body), String::from_utf8(plain.body).unwrap(), "{path}");
    }
    let error = Request::get("/tam-ky/nothing").header(ACCEPT, "text/html").header(ACCEPT_ENCODING, PACKED);
    let error = fixture.ask(error.body(Body::empty()).unwrap()).await;
    assert_eq!(error.status, 404);
    assert!(unpacked(&error.body).contains("Không có trang này."));
}

/// As docs/http.md says.
#[tokio::test]
async fn a_page_with_all_that_it_needs_weighs_under_50_kb_as_it_travels() {
    let fixture = Fixture::unconnected();
    fixture.app.health.connected(true);
    let mut full = board(1);
    for n in 0..40_u64 {
        let mut service = full.services[0].clone();
        service.service = format!("dich-vu-{n}").parse().unwrap();
        service.name = format!("Đăng ký biến động đất đai, tài sản gắn liền với đất lần {n}");
        full.services.push(service);
        let mut call = full.calls[0].clone();
        call.call_seq = 2_000 - n;
        full.calls.push(call);
    }
    fixture.site().on_board(&serde_json::to_vec(&full).unwrap()).unwrap();
    for path in ["/tam-ky/wall", "/tam-ky/counter/q5"] {
        let page = fixture.get_with(path, ACCEPT_ENCODING, PACKED).await;
        let mut bytes = page.body.len();
        let text = unpacked(&page.body);
        for named in text.split('"').filter(|word| word.starts_with("/assets/") && !word.ends_with(".woff2")) {
            // A script that is named for the preloader as well comes once.
            bytes += fixture.get_with(named, ACCEPT_ENCODING, PACKED).await.body.len();
        }
        assert!(bytes < 50_000, "{path}: {bytes} bytes");
    }
}

#[tokio::test]
async fn a_field_and_a_service_are_two_words() {
    let fixture = Fixture::new();
    let text = async |path: &str| String::from_utf8(fixture.get(path, None).await.body).unwrap();
    let heading = |words: &str, small: &str| format!("<h2>{words} <small lang=\"en\">{small}</small></h2>");
    let wall = text("/tam-ky/wall").await;
    assert!(wall.contains(&heading("Thủ tục", "Services")), "{wall}");
    assert!(text("/tam-ky/counter/q5").await.contains(&heading("Lĩnh vực", "Field")));
    let fixture = Fixture::unconnected();
    fixture.app.health.connected(true);
    let mut empty = board(1);
    empty.services.clear();
    fixture.site().on_board(&serde_json::to_vec(&empty).unwrap()).unwrap();
    let wall = String::from_utf8(fixture.get("/tam-ky/wall", None).await.body).unwrap();
    assert!(wall.contains("Chưa có thủ tục nào"), "{wall}");
}

#[tokio::test]
async fn a_long_number_is_long_on_a_counter_s_screen_as_on_the_wall() {
    for (ticket, fit) in [("A012", "xs"), ("A0123", "s"), ("A01234", "l"), ("WWWW-WWWW-02", "xl")] {
        let fixture = Fixture::unconnected();
        fixture.app.health.connected(true);
        let mut changed = board(1);
        changed.counters[0].ticket = Some(ticket.parse().unwrap());
        changed.calls[0].ticket = ticket.parse().unwrap();
        fixture.site().on_board(&serde_json::to_vec(&changed).unwrap()).unwrap();
        for path in ["/tam-ky/wall", "/tam-ky/counter/q5"] {
            let page = String::from_utf8(fixture.get(path, None).await.body).unwrap();
            let hook = format!("data-ticket=\"{ticket}\" data-counter=\"q5\" data-fit=\"{fit}\"");
            assert!(page.contains(&hook), "{path}: {hook}");
        }
    }
}
