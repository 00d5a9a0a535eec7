//! Which path is whose, who may come in, and how errors look.

use serde_json::json;

use super::http::{Answer, Request};
use super::server::State;
use super::{manage, query, write};

/// An error in the server's form.
pub fn error(code: &str, message: &str) -> Answer {
    let status = match code {
        "unauthorized" => 401,
        "forbidden" => 403,
        "not found" => 404,
        "method not allowed" => 405,
        "request too large" => 413,
        "conflict" | "unprocessable entity" => 422,
        "too many requests" => 429,
        "internal error" => 500,
        "not implemented" => 501,
        "unavailable" => 503,
        _ => 400,
    };
    with_status(status, code, message)
}

fn with_status(status: u16, code: &str, message: &str) -> Answer {
    let mut answer = Answer::json(status, &json!({ "code": code, "message": message }));
    answer.headers.push(("X-Platform-Error-Code", code.to_owned()));
    answer
}

/// An error of which only the status is wanted.
pub fn told(status: u16) -> Answer {
    let (code, message) = match status {
        200..300 => return Answer::empty(status),
        400 => ("invalid", "invalid request"),
        401 => ("unauthorized", "unauthorized access"),
        403 => ("forbidden", "insufficient permissions for write"),
        404 => ("not found", "bucket not found"),
        413 => ("request too large", "unable to read data: points batch is too large"),
        422 => ("unprocessable entity", "failure writing points to database: partial write: refused dropped=1"),
        429 => ("too many requests", "too many requests"),
        503 => ("unavailable", "service unavailable"),
        500 => ("internal error", "unexpected error writing points to database: timeout"),
        // A gateway's: no body at all.
        _ => return Answer::empty(status),
    };
    with_status(status, code, message)
}

/// What a token allows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum May {
    /// Everything.
    All,
    /// Reading.
    Read,
}

/// The fixed answer to all that goes wrong with a token.
pub fn authorized(request: &Request, state: &State) -> Result<May, Answer> {
    let header = request.header("authorization").unwrap_or_default();
    let (scheme, token) = header.split_once(' ').unwrap_or_default();
    let known = scheme.eq_ignore_ascii_case("token") || scheme.eq_ignore_ascii_case("bearer");
    match token.trim() {
        token if known && state.set_up && token == state.token => Ok(May::All),
        token if known && state.set_up && token == state.reader => Ok(May::Read),
        _ => Err(error("unauthorized", "unauthorized access")),
    }
}

/// Serves a request.
pub fn route(request: &Request, state: &mut State) -> Answer {
    let path = request.path.as_str();
    match (request.method.as_str(), path) {
        ("GET", "/health") => Answer::json(
            200,
            &json!({ "name": "influxdb", "message": "ready for queries and writes", "status": "pass", "checks": [],
                     "version": "v2.7.12", "commit": "double" }),
        ),
        ("GET", "/ready") => {
            Answer::json(200, &json!({ "status": "ready", "started": "2026-01-01T00:00:00Z", "up": "1h0m0s" }))
        }
        ("GET" | "HEAD", "/ping") => Answer::empty(204),
        ("POST", "/api/v2/write") => write::write(request, state).unwrap_or_else(|refused| refused),
        ("POST", "/api/v2/query") => query::query(request, state).unwrap_or_else(|refused| refused),
        ("GET" | "POST", "/api/v2/setup") => manage::setup(request, state),
        _ if path.starts_with("/api/v2/") => manage::route(request, state).unwrap_or_else(|refused| refused),
        _ => error("not found", "path not found"),
    }
}

/// The text of a query, however it was sent.
pub fn flux_of(request: &Request) -> String {
    let text = String::from_utf8_lossy(&request.body);
    if request.header("content-type").is_some_and(|kind| kind.starts_with("application/vnd.flux")) {
        return text.into_owned();
    }
    let json: Option<serde_json::Value> = serde_json::from_str(&text).ok();
    json.and_then(|json| json["query"].as_str().map(str::to_owned)).unwrap_or_default()
}

/// What tests in other processes ask: not a path of the real server.
pub fn control(request: &Request, state: &mut State) -> Answer {
    let bad = |why: String| error("invalid", &why);
    match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/_double/points") => match state.buckets.get(request.param("bucket")) {
            Some(bucket) => Answer::json(200, &json!(bucket.points())),
            None => error("not found", "bucket not found"),
        },
        ("GET", "/_double/counts") => {
            let counts: serde_json::Map<_, _> =
                state.buckets.values().map(|bucket| (bucket.name.clone(), json!(bucket.count()))).collect();
            Answer::json(200, &counts.into())
        }
        ("GET", "/_double/seen") => Answer::json(200, &json!(state.seen)),
        ("POST", "/_double/faults") => match serde_json::from_slice::<Vec<super::Fault>>(&request.body) {
            Ok(faults) => {
                state.script.extend(faults);
                Answer::empty(204)
            }
            Err(why) => bad(why.to_string()),
        },
        ("DELETE", "/_double/faults") => {
            state.script.clear();
            Answer::empty(204)
        }
        ("POST", "/_double/now") => match request.param("ms").parse::<i64>() {
            Ok(ms) => {
                state.now = Some(ms.saturating_mul(1_000_000));
                Answer::empty(204)
            }
            Err(why) => bad(why.to_string()),
        },
        _ => error("not found", "path not found"),
    }
}
