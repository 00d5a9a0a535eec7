//! An app with one site, tokens and people; asked without a socket, or over an in-memory one.

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use domain::{SiteId, Timestamp};
use mqtt_config::settings::access::{Grant, Role, Tokens, Users};
use mqtt_config::settings::{BrokerLogin, Clock, DiskSettings, History, Http, Runtime, Secret, Sites};
use serde_json::Value;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::boards::{board_text, site_id};
use crate::app::{App, router};
use crate::live::Site;

/// An app under test.
pub struct Fixture {
    pub app: App,
    pub router: Router,
    dir: TempDir,
}

/// What a request got.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{:?}", String::from_utf8_lossy(&self.body)))
    }

    /// The code of an error.
    pub fn error(&self) -> String {
        self.json()["error"].as_str().unwrap_or_default().to_owned()
    }
}

/// Settings for loopback, any port, anonymous at the broker.
pub fn runtime(data_dir: &Path, mqtt_port: u16) -> Runtime {
    Runtime {
        data_dir: data_dir.to_owned(),
        mqtt: BrokerLogin { host: "127.0.0.1".into(), port: mqtt_port, username: None, password_file: None },
        http: Http { bind: ([127, 0, 0, 1], 0).into(), tls: None, behind_proxy: false },
        sites: Sites::Files(Vec::new()),
        clock: Clock::Wall,
        workers: 1,
        dedupe_memory_mib: 64,
        snapshot_records: 50_000,
        disk: DiskSettings::default(),
        history: History::default(),
        open_access: false,
    }
}

impl Fixture {
    /// An app that knows `board(1)` of one site and has been connected.
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    /// The same with other settings.
    pub fn with(change: impl FnOnce(&mut Runtime)) -> Self {
        let it = Self::build(change);
        it.app.health.connected(true);
        it.site().on_board(&board_text(1)).unwrap();
        it
    }

    /// An app that has heard nothing.
    pub fn unconnected() -> Self {
        Self::build(|_| {})
    }

    fn build(change: impl FnOnce(&mut Runtime)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut runtime = runtime(dir.path(), 0);
        change(&mut runtime);
        let app = crate::app(&runtime, CancellationToken::new()).unwrap();
        Self { router: router(Arc::clone(&app)), app, dir }
    }

    /// The one site.
    pub fn site(&self) -> Arc<Site> {
        self.app.sites.get_or_add(site_id())
    }

    /// A new token.
    pub fn token(&self, role: Role, site: Option<SiteId>) -> String {
        self.removable_token(role, site).1
    }

    /// A new token and its id.
    pub fn removable_token(&self, role: Role, site: Option<SiteId>) -> (String, String) {
        let (token, secret) = self.tokens().add(Grant { role, site }, Timestamp::default()).unwrap();
        (token.id, secret.expose().to_owned())
    }

    pub fn tokens(&self) -> Tokens {
        Tokens::of(self.dir.path())
    }

    pub fn users(&self) -> Users {
        Users::of(self.dir.path())
    }

    /// A new person.
    pub fn person(&self, name: &str, password: &str, role: Role) {
        let grant = Grant { role, site: None };
        self.users().add(&name.parse().unwrap(), &Secret::new(password), grant, Timestamp::default()).unwrap();
    }

    /// Asks for a page with a token, or without.
    pub async fn get(&self, path: &str, token: Option<&str>) -> Answer {
        let mut request = Request::get(path);
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        self.ask(request.body(Body::empty()).unwrap()).await
    }

    /// Logs in.
    pub async fn log_in(&self, body: &Value) -> Answer {
        let request = Request::post("/api/v1/session").header(header::CONTENT_TYPE, "application/json");
        self.ask(request.body(Body::from(body.to_string())).unwrap()).await
    }

    /// Asks with a header.
    pub async fn get_with(&self, path: &str, name: header::HeaderName, value: &str) -> Answer {
        self.ask(Request::get(path).header(name, value).body(Body::empty()).unwrap()).await
    }

    /// Uses any method, without a body.
    pub async fn call(&self, method: Method, path: &str) -> Answer {
        self.ask(Request::builder().method(method).uri(path).body(Body::empty()).unwrap()).await
    }

    pub async fn ask(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, 1 << 20).await.unwrap().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }
}
