//! The server's address.

use std::fmt;
use std::str::FromStr;

use domain::SiteId;
use tokio_tungstenite::tungstenite::http::Uri;

/// `http://host:port` or `https://host:port`, with a path where a proxy has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    secure: bool,
    /// `host:port/path`, without a slash at the end.
    rest: String,
}

/// Why a text is no server's address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an address like http://127.0.0.1:8080 or https://queue.example.vn")]
pub struct AddressError(String);

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let wrong = || AddressError(text.to_owned());
        let text = text.trim();
        let whole = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
        let uri: Uri = whole.parse().map_err(|_| wrong())?;
        let secure = match uri.scheme_str() {
            Some("http" | "ws") => false,
            Some("https" | "wss") => true,
            _ => return Err(wrong()),
        };
        // A password in an address ends up in logs and on screens.
        let host = uri.authority().filter(|host| !host.as_str().contains('@')).ok_or_else(wrong)?;
        if uri.query().is_some() {
            return Err(wrong());
        }
        Ok(Self { secure, rest: format!("{host}{}", uri.path().trim_end_matches('/')) })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", if self.secure { "https" } else { "http" }, self.rest)
    }
}

impl Address {
    /// Whether TLS is spoken.
    #[must_use]
    pub const fn is_secure(&self) -> bool {
        self.secure
    }

    /// The WebSocket of a site.
    #[must_use]
    pub fn socket(&self, site: SiteId) -> String {
        format!("{}://{}/api/v1/sites/{site}/ws", if self.secure { "wss" } else { "ws" }, self.rest)
    }

    /// A page of the API.
    #[must_use]
    pub fn page(&self, path: &str) -> String {
        format!("{self}/api/v1/{path}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_as_people_write_them() {
        for (typed, means) in [
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
            ("127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("https://queue.example.vn/motcua/", "https://queue.example.vn/motcua"),
            ("wss://queue.example.vn", "https://queue.example.vn"),
            ("http://[::1]:8080", "http://[::1]:8080"),
        ] {
            assert_eq!(typed.parse::<Address>().unwrap().to_string(), means);
        }
        for wrong in ["", "http://", "ftp://a", "http://user:secret@host", "http://a b", "http://a?x=1"] {
            assert!(wrong.parse::<Address>().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_site_has_its_socket() {
        let address: Address = "https://queue.example.vn/motcua".parse().unwrap();
        let site = SiteId::new("tam-ky").unwrap();
        assert_eq!(address.socket(site), "wss://queue.example.vn/motcua/api/v1/sites/tam-ky/ws");
        assert_eq!(address.page("sites"), "https://queue.example.vn/motcua/api/v1/sites");
    }
}
