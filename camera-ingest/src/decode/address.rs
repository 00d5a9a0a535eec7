//! An address and who is in it.

use mqtt_config::settings::Secret;

/// An `rtsp://` address taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Without user and password.
    pub clean: String,
    /// Who stood in it, percent codes decoded.
    pub user: Option<String>,
    /// What stood in it, percent codes decoded.
    pub password: Option<Secret>,
}

/// Whether a text is the address of a live stream; anything else is a file's path.
#[must_use]
pub fn is_live(text: &str) -> bool {
    scheme(text).is_some()
}

/// Takes an address apart; `None` for a file's path. A password that is not percent-encoded as it
/// should be is understood as far as that is possible: it ends at the last `@`.
#[must_use]
pub fn take_apart(text: &str) -> Option<Address> {
    let (scheme, rest) = scheme(text)?;
    let Some((login, host)) = rest.split_at_checked(login_end(rest)).filter(|(login, _)| !login.is_empty()) else {
        return Some(Address { clean: text.to_owned(), user: None, password: None });
    };
    let login = &login[..login.len() - 1];
    let (user, password) = login.split_once(':').map_or((login, None), |(user, password)| (user, Some(password)));
    Some(Address {
        clean: format!("{scheme}{host}"),
        user: Some(decoded(user)).filter(|user| !user.is_empty()),
        password: password.filter(|password| !password.is_empty()).map(|password| Secret::new(decoded(password))),
    })
}

/// The address without its password, and the password, where it has one. The user stays.
#[must_use]
pub fn without_password(text: &str) -> Option<(String, Secret)> {
    let Address { clean, user, password } = take_apart(text)?;
    let (scheme, host) = scheme(&clean)?;
    let user = user.map_or_else(String::new, |user| format!("{}@", encoded(&user)));
    Some((format!("{scheme}{user}{host}"), password?))
}

/// The text with all but letters, digits and `-._~` as percent codes: what may stand before an `@`.
#[must_use]
pub(super) fn encoded(text: &str) -> String {
    use std::fmt::Write;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String does not fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// Host and port of an address without user and password.
pub(super) fn host_and_port(clean: &str) -> Option<(String, u16)> {
    let (scheme, rest) = scheme(clean)?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let usual = if scheme.to_ascii_lowercase().starts_with("rtsps") { 322 } else { 554 };
    let (host, port) = match authority.rsplit_once(':') {
        // The colons of [::1] are its own.
        Some((host, port)) if !port.contains(']') => (host, port.parse().ok()?),
        _ => (authority, usual),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    (!host.is_empty()).then(|| (host.to_owned(), port))
}

fn scheme(text: &str) -> Option<(&str, &str)> {
    ["rtsp://", "rtsps://"].iter().find_map(|scheme| {
        let head = text.get(..scheme.len())?;
        head.eq_ignore_ascii_case(scheme).then(|| text.split_at(scheme.len()))
    })
}

/// Where user and password end, behind their `@`; 0 where there are none.
fn login_end(rest: &str) -> usize {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if let Some(at) = authority.rfind('@') {
        return at + 1;
    }
    // `admin:pa/ss@host/path`: what follows the colon is no port, so it begins a password.
    let port = authority.rsplit_once(':').filter(|(host, _)| !host.starts_with('[')).map(|(_, port)| port);
    let is_port = port.is_none_or(|port| port.bytes().all(|b| b.is_ascii_digit()));
    if is_port { 0 } else { rest.rfind('@').map_or(0, |at| at + 1) }
}

fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let digits = bytes.get(at + 1..at + 3).filter(|d| bytes[at] == b'%' && d.iter().all(u8::is_ascii_hexdigit));
        let code = digits.and_then(|d| std::str::from_utf8(d).ok()).and_then(|d| u8::from_str_radix(d, 16).ok());
        out.push(code.unwrap_or(bytes[at]));
        at += if code.is_some() { 3 } else { 1 };
    }
    // Codes that are no text were meant as they stand.
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parts(text: &str) -> (String, Option<String>, Option<String>) {
        let address = take_apart(text).unwrap();
        (address.clean, address.user, address.password.map(|secret| secret.expose().to_owned()))
    }

    #[test]
    fn who_stands_in_an_address_is_taken_out_of_it() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(parts("rtsp://h:554/a@b"), ("rtsp://h:554/a@b".into(), None, None));
        assert_eq!(parts("rtsp://[::1]:8/a@b"), ("rtsp://[::1]:8/a@b".into(), None, None));
        assert_eq!(parts("rtsp://admin@h/a"), ("rtsp://h/a".into(), some("admin"), None));
        assert_eq!(parts("RTSP://u:p%40s@h/a"), ("RTSP://h/a".into(), some("u"), some("p@s")));
        assert_eq!(parts("rtsp://u:p@s:1@h/a"), ("rtsp://h/a".into(), some("u"), some("p@s:1")));
        assert_eq!(parts("rtsp://u:p/s#1@h/a"), ("rtsp://h/a".into(), some("u"), some("p/s#1")));
        assert_eq!(parts("rtsp://u:100%@h"), ("rtsp://h".into(), some("u"), some("100%")));
        assert_eq!(take_apart("/srv/rtsp://x.mp4"), None);
    }

    #[test]
    fn hosts_and_ports_are_found() {
        let of = |text| host_and_port(text).unwrap();
        assert_eq!(of("rtsp://10.0.0.9/a:b"), ("10.0.0.9".into(), 554));
        assert_eq!(of("rtsps://cam"), ("cam".into(), 322));
        assert_eq!(of("rtsp://[::1]:8554/x"), ("::1".into(), 8554));
        assert_eq!(of("rtsp://[::1]/x"), ("::1".into(), 554));
        assert_eq!(host_and_port("rtsp:///x"), None);
        assert_eq!(host_and_port("rtsp://h:99999/x"), None);
    }

    proptest! {
        #[test]
        fn any_login_survives_the_address(user in "[ -9;-~é]{1,12}", password in "[ -~ệ]{1,16}") {
            let text = format!("rtsp://{}:{}@h:554/a", encoded(&user), encoded(&password));
            prop_assert_eq!(parts(&text), ("rtsp://h:554/a".to_owned(), Some(user), Some(password)));
        }

        #[test]
        fn any_text_can_be_taken_apart(text in "(rtsp://)?.{0,40}") {
            prop_assert!(take_apart(&text).is_none_or(|address| address.clean.len() <= text.len()));
        }
    }
}
