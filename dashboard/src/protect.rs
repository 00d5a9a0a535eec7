//! What holds for every request and answer: a deadline, our own pages only, security headers, a
//! line in the log.

use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header, uri::Authority};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::Instrument;

use crate::app::App;
use crate::error::ApiError;

/// How long a request may take to come in and be answered. (A WebSocket is answered at once; it
/// lives on outside of the request.)
const DEADLINE: Duration = Duration::from_secs(20);

/// Ends a request that takes too long.
pub async fn deadline(request: Request, next: Next) -> Response {
    let answer = tokio::time::timeout(DEADLINE, next.run(request)).await;
    answer.unwrap_or_else(|_| ApiError::TooSlow.into_response())
}

/// Refuses what another web site's page sends. With open access, also what is addressed to another
/// host's name: a page may point its own name at this machine, and then its origin is "ours".
pub async fn own_pages_only(State(app): State<App>, request: Request, next: Next) -> Response {
    let host = host(&request);
    let own_origin = is_own_origin(request.headers(), host.as_ref());
    let own_host = !app.guard.is_open() || host.as_ref().is_none_or(is_loopback);
    if own_origin && own_host { next.run(request).await } else { ApiError::ForeignOrigin.into_response() }
}

fn host(request: &Request) -> Option<Authority> {
    let header = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    header.and_then(|host| host.parse().ok()).or_else(|| request.uri().authority().cloned())
}

fn is_own_origin(headers: &HeaderMap, host: Option<&Authority>) -> bool {
    let Some(origin) = headers.get(ORIGIN) else {
        // Not a page: a program, or a person's own navigation.
        return true;
    };
    let authority = origin.to_str().ok().and_then(|origin| Some(origin.split_once("://")?.1));
    match (authority, host) {
        (Some(origin), Some(host)) => origin.eq_ignore_ascii_case(host.as_str()),
        _ => false,
    }
}

fn is_loopback(host: &Authority) -> bool {
    let name = host.host();
    let literal = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    name.eq_ignore_ascii_case("localhost") || IpAddr::from_str(literal).is_ok_and(|address| address.is_loopback())
}

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

const HEADERS: [(HeaderName, HeaderValue); 5] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'; object-src 'none'",
        ),
    ),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (RESOURCE_POLICY, HeaderValue::from_static("same-origin")),
    // For browsers that do not know frame-ancestors.
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN")),
];

/// Tells the log what was asked and answered (the path alone: a query may hold anything).
pub async fn told(request: Request, next: Next) -> Response {
    let span = tracing::debug_span!("request", method = %request.method(), path = request.uri().path());
    let answer = async {
        let response = next.run(request).await;
        tracing::debug!(status = response.status().as_u16(), "A request was answered.");
        response
    };
    answer.instrument(span).await
}

/// Tells browsers to trust nothing but us.
pub async fn security_headers(State(app): State<App>, request: Request, next: Next) -> Response {
    // A display's start page, which lies on its own disk, may notice that the server is there.
    let is_sign_of_life = request.uri().path() == "/healthz";
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, value);
    }
    if is_sign_of_life {
        headers.insert(RESOURCE_POLICY, HeaderValue::from_static("cross-origin"));
    }
    if app.secure {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(origin: Option<&'static str>, host: &'static str) -> bool {
        let headers = origin.map(|origin| (ORIGIN, HeaderValue::from_static(origin))).into_iter().collect();
        is_own_origin(&headers, host.parse().ok().as_ref())
    }

    #[test]
    fn only_pages_of_this_host_may_call() {
        assert!(own(None, "127.0.0.1:8080"), "a program");
        assert!(own(Some("http://127.0.0.1:8080"), "127.0.0.1:8080"));
        assert!(own(Some("https://Mot-Cua.vn"), "mot-cua.vn"));
        for foreign in
            ["null", "", "http://evil.example", "http://127.0.0.1:9090", "http://127.0.0.1", "127.0.0.1:8080"]
        {
            assert!(!own(Some(foreign), "127.0.0.1:8080"), "{foreign}");
        }
    }

    #[test]
    fn loopback_has_few_names() {
        let is = |host: &str| is_loopback(&host.parse().unwrap());
        assert!(
            ["localhost", "LOCALHOST:80", "127.0.0.1:8080", "127.9.9.9", "[::1]:8080"].map(is).iter().all(|is| *is)
        );
        assert!(!["evil.example", "192.0.2.1:80", "localhost.evil.example", "[::2]"].map(is).iter().any(|is| *is));
    }
}
