//! People log in and out.

use std::net::IpAddr;

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use axum::http::{Method, Request};
use mqtt_config::settings::access::Role;
use serde_json::json;

use crate::access::client_address;
use crate::app::Peer;
use crate::testing::{Answer, Fixture};

const PASSWORD: &str = "mot-cua-hai-cua";

/// The cookie as the browser sends it back.
fn cookie(answer: &Answer) -> String {
    let set = answer.headers[SET_COOKIE].to_str().unwrap();
    set.split(';').next().unwrap().to_owned()
}

async fn asks_for_metrics(fixture: &Fixture, cookie: &str) -> u16 {
    fixture.get_with("/metrics", COOKIE, cookie).await.status.as_u16()
}

#[tokio::test]
async fn a_person_logs_in_works_and_logs_out() {
    let fixture = Fixture::new();
    fixture.person("lan", PASSWORD, Role::Supervisor);
    let answer = fixture.log_in(&json!({"name": "lan", "password": PASSWORD})).await;
    assert_eq!(answer.json(), json!({"name": "lan", "role": "supervisor", "site": null, "expires_s": 43_200}));
    let set = answer.headers[SET_COOKIE].to_str().unwrap();
    for part in ["; HttpOnly", "; SameSite=Strict", "; Path=/", "; Max-Age=43200"] {
        assert!(set.contains(part), "{set}");
    }
    assert!(!set.contains("Secure"), "this one speaks plain HTTP on loopback");

    let cookie = cookie(&answer);
    assert_eq!(asks_for_metrics(&fixture, &cookie).await, 200);
    let request = Request::delete("/api/v1/session").header(COOKIE, &cookie).body(Body::empty()).unwrap();
    let out = fixture.ask(request).await;
    assert_eq!(out.status, 204);
    assert!(out.headers[SET_COOKIE].to_str().unwrap().contains("Max-Age=0"));
    assert_eq!(asks_for_metrics(&fixture, &cookie).await, 401);
    assert_eq!(fixture.call(Method::DELETE, "/api/v1/session").await.status, 204, "nobody was logged in");
}

#[tokio::test]
async fn who_is_removed_is_out_at_once() {
    let fixture = Fixture::new();
    fixture.person("lan", PASSWORD, Role::Director);
    let cookie = cookie(&fixture.log_in(&json!({"name": "lan", "password": PASSWORD})).await);
    assert_eq!(asks_for_metrics(&fixture, &cookie).await, 200);
    fixture.users().remove(&"lan".parse().unwrap()).unwrap();
    assert_eq!(asks_for_metrics(&fixture, &cookie).await, 401);
}

#[tokio::test]
async fn over_tls_the_cookie_is_secure() {
    let fixture = Fixture::with(|runtime| runtime.http.behind_proxy = true);
    fixture.person("lan", PASSWORD, Role::Officer);
    let answer = fixture.log_in(&json!({"name": "lan", "password": PASSWORD})).await;
    assert!(answer.headers[SET_COOKIE].to_str().unwrap().ends_with("; Secure"));
}

#[tokio::test]
async fn wrong_names_and_wrong_passwords_look_the_same_and_are_throttled() {
    let fixture = Fixture::new();
    fixture.person("lan", PASSWORD, Role::Officer);
    let mut answers = Vec::new();
    for place in 0..40 {
        let name = if place % 2 == 0 { "lan" } else { "nobody" };
        let answer = fixture.log_in(&json!({"name": name, "password": "wrong"})).await;
        answers.push((answer.status.as_u16(), answer.error()));
        if answer.status == 429 {
            let seconds: u64 = answer.headers["retry-after"].to_str().unwrap().parse().unwrap();
            assert!((1..=901).contains(&seconds));
        }
    }
    let evaluated = answers.iter().filter(|answer| **answer == (401, "wrong_password".to_owned())).count();
    let refused = answers.iter().filter(|answer| **answer == (429, "too_many_attempts".to_owned())).count();
    assert_eq!((evaluated, refused), (10, 30));
    assert_eq!(fixture.app.figures.logins_failed.get(), 10);
    assert_eq!(fixture.app.figures.logins_throttled.get(), 30);
}

#[tokio::test]
async fn what_is_no_login_is_not_looked_at() {
    let fixture = Fixture::new();
    for bad in
        [json!({}), json!([]), json!({"name": "", "password": "x"}), json!({"name": "x".repeat(65), "password": "x"})]
    {
        assert_eq!(fixture.log_in(&bad).await.error(), "bad_request", "{bad}");
    }
    let huge = json!({"name": "lan", "password": "x".repeat(20_000)});
    let answer = fixture.log_in(&huge).await;
    assert_eq!((answer.status.as_u16(), answer.error().as_str()), (413, "too_large"));
    let form = Request::post("/api/v1/session").header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    let answer = fixture.ask(form.body(Body::from("name=lan&password=x")).unwrap()).await;
    assert_eq!(answer.error(), "bad_request", "what another site's form could send");
    assert_eq!(fixture.app.figures.logins_failed.get(), 0);
}

#[test]
fn behind_a_proxy_the_proxy_tells_the_address() {
    let address = |behind_proxy| {
        let request = Request::get("/").header("x-forwarded-for", "10.9.9.9, 192.0.2.7");
        let (parts, ()) = request.extension(Peer(([127, 0, 0, 1], 1).into())).body(()).unwrap().into_parts();
        client_address(&parts, behind_proxy)
    };
    assert_eq!(address(true), IpAddr::from([192, 0, 2, 7]));
    assert_eq!(address(false), IpAddr::from([127, 0, 0, 1]), "anybody can write that header");
}
