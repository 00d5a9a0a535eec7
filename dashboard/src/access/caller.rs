//! Who is calling: from a token, a session's cookie, or nobody in particular.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, COOKIE, SEC_WEBSOCKET_PROTOCOL};
use axum::http::request::Parts;
use domain::SiteId;
use mqtt_config::settings::access::{Grant, Role};
use tokio::time::Instant;

use super::sessions::SessionKey;
use crate::app::{App, Peer};
use crate::error::ApiError;
use crate::live::View;

/// The cookie that holds a session's key.
pub const SESSION_COOKIE: &str = "motcua_session";

/// A browser cannot set headers on a WebSocket and a query string ends up in logs, so the token may
/// come as a second subprotocol, `bearer.TOKEN`, beside the one that is chosen.
const TOKEN_PROTOCOL: &str = "bearer.";

/// A caller and what they may do. A value is proof that their credentials were checked.
#[derive(Debug, Clone)]
pub struct Caller {
    credential: Credential,
    role: Role,
    site: Option<SiteId>,
}

/// What a caller showed. It does not print.
#[derive(Clone)]
enum Credential {
    None,
    Open,
    Token(Box<str>),
    Session(SessionKey),
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Open => "open",
            Self::Token(_) => "token",
            Self::Session(_) => "session",
        })
    }
}

impl Caller {
    /// Checks what the request shows. No credentials make `public`; wrong ones never do.
    fn from_headers(headers: &HeaderMap, app: &App) -> Result<Self, ApiError> {
        if app.guard.is_open() {
            return Ok(Self { credential: Credential::Open, role: Role::Director, site: None });
        }
        let credential = match (bearer(headers)?, session_key(headers)) {
            (Some(token), _) => Credential::Token(token.into()),
            (None, Some(key)) => Credential::Session(key),
            (None, None) => Credential::None,
        };
        Self::check(credential, app).ok_or(ApiError::BadCredentials)
    }

    fn check(credential: Credential, app: &App) -> Option<Self> {
        let grant = match &credential {
            Credential::None => Some(Grant { role: Role::Public, site: None }),
            Credential::Open => Some(Grant { role: Role::Director, site: None }),
            Credential::Token(token) => app.guard.token(token),
            Credential::Session(key) => {
                app.sessions.find(key, Instant::now()).and_then(|person| app.guard.person(&person))
            }
        };
        grant.map(|Grant { role, site }| Self { credential, role, site })
    }

    /// Whether the credentials still give the same right; a token may have been taken back and a
    /// session ended since.
    #[must_use]
    pub fn still_holds(&self, app: &App) -> bool {
        Self::check(self.credential.clone(), app).is_some_and(|now| now.role == self.role && now.site == self.site)
    }

    /// Which half of a board the caller may see.
    #[must_use]
    pub fn view(&self) -> View {
        if self.role == Role::Public { View::Public } else { View::Full }
    }

    /// Whether the caller's credentials reach to this site.
    #[must_use]
    pub fn reaches(&self, site: SiteId) -> bool {
        self.site.is_none_or(|own| own == site)
    }

    /// Whether they reach to the whole installation.
    #[must_use]
    pub const fn reaches_all(&self) -> bool {
        self.site.is_none()
    }

    /// Refuses a role below `least`.
    ///
    /// # Errors
    /// Asks for credentials where none were shown, and says that the role is too low otherwise.
    pub fn at_least(&self, least: Role) -> Result<(), ApiError> {
        match self.credential {
            _ if self.role >= least => Ok(()),
            Credential::None => Err(ApiError::LoginNeeded),
            _ => Err(ApiError::RoleTooLow),
        }
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        Self::from_headers(&parts.headers, app)
    }
}

/// The bearer token of the request, if it has one.
fn bearer(headers: &HeaderMap) -> Result<Option<&str>, ApiError> {
    if let Some(value) = headers.get(AUTHORIZATION) {
        let text = value.to_str().map_err(|_| ApiError::BadCredentials)?;
        let (scheme, token) = text.split_once(' ').ok_or(ApiError::BadCredentials)?;
        let is_bearer = scheme.eq_ignore_ascii_case("bearer");
        return if is_bearer { Ok(Some(token.trim())) } else { Err(ApiError::BadCredentials) };
    }
    let protocols = headers.get_all(SEC_WEBSOCKET_PROTOCOL).into_iter().filter_map(|value| value.to_str().ok());
    Ok(protocols.flat_map(|list| list.split(',')).find_map(|one| one.trim().strip_prefix(TOKEN_PROTOCOL)))
}

/// The key that the request's session cookie holds.
#[must_use]
pub fn session_key(headers: &HeaderMap) -> Option<SessionKey> {
    let cookies = headers.get_all(COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let pairs = cookies.flat_map(|list| list.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.into_iter().find(|(name, _)| *name == SESSION_COOKIE).map(|(_, key)| SessionKey::new(key))
}

/// The address the request comes from. Behind a proxy it is the last one in `X-Forwarded-For`: the
/// proxy itself wrote it, while the ones before it are the caller's own words.
#[must_use]
pub fn client_address(parts: &Parts, behind_proxy: bool) -> IpAddr {
    let peer = parts.extensions.get::<Peer>().map(|Peer(address)| SocketAddr::ip(address));
    let forwarded = || {
        let value = parts.headers.get_all("x-forwarded-for").into_iter().next_back()?.to_str().ok()?;
        IpAddr::from_str(value.rsplit(',').next()?.trim()).ok()
    };
    let told = if behind_proxy { forwarded() } else { None };
    // Without a socket (a test of the router) all callers are one.
    told.or(peer).unwrap_or(Ipv4Addr::UNSPECIFIED.into())
}
