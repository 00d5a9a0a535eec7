//! Every page, asked by everybody.

use axum::http::header::{AUTHORIZATION, COOKIE, SEC_WEBSOCKET_PROTOCOL};
use domain::SiteId;
use mqtt_config::settings::access::Role;

use crate::testing::{Fixture, outlook_text, site_id};

/// Who asks: nobody in particular, a wrong token, each role, and tokens of this and another site.
const ASKERS: [&str; 8] =
    ["nobody", "wrong", "public", "officer", "supervisor", "director", "supervisor@here", "director@elsewhere"];

/// What each of them gets, in that order. A WebSocket's page answers 426 to whoever may have one:
/// these requests ask for none.
const MATRIX: [(&str, [u16; 8]); 18] = [
    ("/healthz", [200; 8]),
    ("/readyz", [503; 8]),
    ("/api/openapi.json", [200; 8]),
    ("/metrics", [401, 401, 403, 403, 200, 200, 403, 403]),
    ("/api/v1/sites", [200, 401, 200, 200, 200, 200, 200, 200]),
    ("/api/v1/sites/tam-ky/board", [200, 401, 200, 200, 200, 200, 200, 403]),
    ("/api/v1/sites/tam-ky/ws", [426, 401, 426, 426, 426, 426, 426, 403]),
    ("/api/v1/sites/tam-ky/dead-letters", [401, 401, 403, 403, 200, 200, 200, 403]),
    ("/api/v1/sites/tam-ky/outlook", [401, 401, 403, 403, 200, 200, 200, 403]),
    ("/api/v1/sites/tam-ky/accuracy", [401, 401, 403, 403, 200, 200, 200, 403]),
    ("/api/v1/sites/tam-ky/history/ratings", [401, 401, 403, 403, 403, 200, 403, 403]),
    ("/api/v1/sites/tam-ky/history/visits", [401, 401, 403, 403, 403, 200, 403, 403]),
    ("/api/v1/sites/tam-ky/history/store", [401, 401, 403, 403, 403, 200, 403, 403]),
    ("/api/v1/history/waits", [401, 401, 403, 403, 403, 200, 403, 403]),
    ("/api/v1/history", [200; 8]),
    ("/api/v1/sites/tam-ky/what-if", [401, 401, 403, 403, 200, 200, 200, 403]),
    ("/api/v1/sites/tam-ky/tickets/number/A013", [200, 401, 200, 200, 200, 200, 200, 403]),
    ("/api/v1/sites/nowhere/board", [404, 401, 404, 404, 404, 404, 403, 403]),
];

const NO_DEAD_LETTERS: &[u8] = br#"{"site":"tam-ky","total":0,"dead_letters":[]}"#;

fn token(fixture: &Fixture, asker: &str) -> Option<String> {
    let elsewhere = SiteId::new("hoi-an").unwrap();
    let (role, site) = match asker {
        "nobody" => return None,
        "wrong" => return Some("motcua_0123_4567".to_owned()),
        "supervisor@here" => (Role::Supervisor, Some(site_id())),
        "director@elsewhere" => (Role::Director, Some(elsewhere)),
        role => (role.parse().unwrap(), None),
    };
    Some(fixture.token(role, site))
}

#[tokio::test]
async fn everybody_gets_what_their_role_allows() {
    let fixture = Fixture::new();
    fixture.site().on_dead_letters(NO_DEAD_LETTERS);
    fixture.site().on_outlook(&outlook_text()).unwrap();
    for (place, asker) in ASKERS.into_iter().enumerate() {
        let token = token(&fixture, asker);
        for (path, expected) in MATRIX {
            let answer = fixture.get(path, token.as_deref()).await;
            assert_eq!(answer.status.as_u16(), expected[place], "{asker} asks for {path}");
            if answer.status.is_client_error() {
                let message = answer.json()["message"].as_str().unwrap_or_default().to_owned();
                assert!(message.contains(" / ") && !answer.error().is_empty(), "{asker} asks for {path}");
            }
        }
    }
}

#[tokio::test]
async fn with_open_access_everybody_is_a_director() {
    let fixture = Fixture::with(|runtime| runtime.open_access = true);
    fixture.site().on_dead_letters(NO_DEAD_LETTERS);
    fixture.site().on_outlook(&outlook_text()).unwrap();
    for (path, expected) in MATRIX {
        for wrong in [None, Some("wrong")] {
            assert_eq!(fixture.get(path, wrong).await.status.as_u16(), expected[5], "{path}");
        }
    }
}

#[tokio::test]
async fn the_role_decides_what_a_board_holds() {
    let fixture = Fixture::new();
    let officer = fixture.token(Role::Officer, None);
    let full = fixture.get("/api/v1/sites/tam-ky/board", Some(&officer)).await.json();
    let public = fixture.get("/api/v1/sites/tam-ky/board", None).await.json();
    for hidden in ["devices", "alerts", "ingest", "storage"] {
        assert!(full.get(hidden).is_some() && public.get(hidden).is_none(), "{hidden}");
    }
    for hidden in ["utilisation", "ratings"] {
        let has = |board: &serde_json::Value| board["counters"][0].get(hidden).is_some();
        assert!(has(&full) && !has(&public), "{hidden}");
    }
    assert_eq!(full["services"], public["services"]);
    assert_eq!(public["services"][0]["promise"]["n"], 140, "who is promised a range may know how they hold");
}

#[tokio::test]
async fn a_list_of_sites_reaches_as_far_as_the_token() {
    let fixture = Fixture::new();
    let elsewhere = fixture.token(Role::Director, Some(SiteId::new("hoi-an").unwrap()));
    let names = |answer: crate::testing::Answer| answer.json()["sites"].as_array().unwrap().len();
    assert_eq!(names(fixture.get("/api/v1/sites", None).await), 1);
    assert_eq!(names(fixture.get("/api/v1/sites", Some(&elsewhere)).await), 0);
}

#[tokio::test]
async fn a_token_that_is_taken_back_is_wrong_at_once() {
    let fixture = Fixture::new();
    let (id, token) = fixture.removable_token(Role::Officer, None);
    assert_eq!(fixture.get("/api/v1/sites", Some(&token)).await.status, 200);
    fixture.tokens().remove(&id).unwrap();
    assert_eq!(fixture.get("/api/v1/sites", Some(&token)).await.error(), "bad_credentials");
}

#[tokio::test]
async fn wrong_credentials_of_any_kind_are_never_public() {
    let fixture = Fixture::new();
    for (name, value) in [
        (AUTHORIZATION, "Bearer x"),
        (AUTHORIZATION, "Bearer"),
        (AUTHORIZATION, ""),
        (AUTHORIZATION, "Basic bGFuOng="),
        (COOKIE, "theme=dark; motcua_session=0123"),
        (SEC_WEBSOCKET_PROTOCOL, "motcua.v1, bearer.x"),
    ] {
        let answer = fixture.get_with("/api/v1/sites", name.clone(), value).await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (401, "bad_credentials"), "{name}: {value}");
        assert_eq!(answer.headers["www-authenticate"], "Bearer");
    }
    assert_eq!(fixture.get_with("/api/v1/sites", COOKIE, "theme=dark").await.status, 200);
}
