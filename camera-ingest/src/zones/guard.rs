//! Who may see the page: the one who has its address, from a browser of this machine.

use std::io;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::http::header::{COOKIE, HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderValue, Method, header, uri::Authority};
use mqtt_config::settings::Secret;

/// What every answer carries. A picture comes as a blob of the page's own; nothing is stored.
pub(super) const HEADERS: [(header::HeaderName, HeaderValue); 6] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'self'; img-src 'self' blob:; base-uri 'none'; form-action 'none'; \
             frame-ancestors 'none'; object-src 'none'",
        ),
    ),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
];

/// The token of the printed address, good once, and the cookie that it is exchanged for: an address
/// stays in histories and in lists of processes, a cookie of this kind does not.
#[derive(Debug)]
pub(super) struct Guard {
    token: Secret,
    used: AtomicBool,
    cookie: Secret,
    /// Other pages of this machine may have cookies for the same host.
    cookie_name: String,
}

impl Guard {
    /// # Errors
    /// When the operating system gives no random numbers.
    pub(super) fn new(port: u16) -> io::Result<Self> {
        Ok(Self {
            token: Secret::generate()?,
            used: AtomicBool::new(false),
            cookie: Secret::generate()?,
            cookie_name: format!("motcua_zones_{port}"),
        })
    }

    /// What stands in the address.
    pub(super) fn token(&self) -> &str {
        self.token.expose()
    }

    /// Takes the token, once; gives the cookie to set.
    pub(super) fn enter(&self, token: &str) -> Option<String> {
        if !same(token, self.token.expose()) || self.used.swap(true, Ordering::SeqCst) {
            return None;
        }
        Some(format!("{}={}; Path=/; HttpOnly; SameSite=Strict", self.cookie_name, self.cookie.expose()))
    }

    /// Whether the request comes from the browser that has entered.
    pub(super) fn knows(&self, headers: &HeaderMap) -> bool {
        let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.any(|(name, value)| name == self.cookie_name && same(value, self.cookie.expose()))
    }
}

/// Whether a request is addressed to this machine and sent by no other site's page: a page may point
/// its own name at this machine, and a form anywhere may send here.
pub(super) fn is_ours(method: &Method, headers: &HeaderMap) -> bool {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let Some(host) = host.filter(|host| host.parse().is_ok_and(|host| is_loopback(&host))) else { return false };
    let origin = headers.get(ORIGIN).map(|origin| origin.to_str().unwrap_or_default());
    match origin.map(|origin| origin.strip_prefix("http://")) {
        Some(origin) => origin.is_some_and(|origin| origin.eq_ignore_ascii_case(host)),
        // A browser names the origin of whatever changes something.
        None => method.is_safe(),
    }
}

fn is_loopback(host: &Authority) -> bool {
    let name = host.host();
    let literal = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    name.eq_ignore_ascii_case("localhost") || literal.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Compares without telling by the time where two texts differ.
fn same(one: &str, other: &str) -> bool {
    let differing = one.bytes().zip(other.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b));
    one.len() == other.len() && differing == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(header::HeaderName, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect()
    }

    #[test]
    fn an_address_is_good_once() {
        let guard = Guard::new(8_000).unwrap();
        let token = guard.token().to_owned();
        assert_eq!(guard.enter(&token[1..]), None);
        assert!(!guard.knows(&headers(&[(COOKIE, &format!("motcua_zones_8000={token}"))])));
        let cookie = guard.enter(&token).unwrap();
        assert_eq!(guard.enter(&token), None, "a second time");
        let pair = cookie.split(';').next().unwrap();
        assert!(guard.knows(&headers(&[(COOKIE, &format!("a=b; {pair}"))])));
        assert!(!guard.knows(&headers(&[(COOKIE, &format!("x{pair}"))])) && !guard.knows(&HeaderMap::new()));
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"));
    }

    #[test]
    fn only_this_machine_s_own_page_speaks() {
        let ours = |method: Method, pairs: &[(header::HeaderName, &str)]| is_ours(&method, &headers(pairs));
        let host = (HOST, "127.0.0.1:8000");
        assert!(ours(Method::GET, std::slice::from_ref(&host)));
        assert!(ours(Method::GET, &[(HOST, "localhost:9")]) && ours(Method::GET, &[(HOST, "[::1]:9")]));
        assert!(!ours(Method::GET, &[(HOST, "zones.example.vn")]), "a name that points here");
        assert!(!ours(Method::GET, &[]));
        assert!(!ours(Method::POST, std::slice::from_ref(&host)), "who changes something says who it is");
        assert!(ours(Method::POST, &[host.clone(), (ORIGIN, "http://127.0.0.1:8000")]));
        for origin in ["http://127.0.0.1:8001", "https://127.0.0.1:8000", "null", "http://evil.example"] {
            assert!(!ours(Method::POST, &[host.clone(), (ORIGIN, origin)]), "{origin}");
            assert!(!ours(Method::GET, &[host.clone(), (ORIGIN, origin)]), "{origin}");
        }
    }
}
