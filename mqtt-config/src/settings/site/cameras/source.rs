//! Where the pictures come from.
//!
//! No message of this file quotes the address: who wrote a password into it shall not find it in a
//! terminal, a log or a ticket.

use std::path::Path;

use super::NamedFile;
use crate::settings::reader::{Table, Value};

/// What is looked at: `substream` where there is one, else `source`.
pub(super) fn read(table: &mut Table<'_>, dir: &Path, files: &mut Vec<NamedFile>) -> Option<String> {
    let (main, small) = (table.get("source"), table.get("substream"));
    if let (None, Some(small)) = (&main, &small)
        && table.at.all_is_read()
    {
        small.at.mistake("needs `source`: the camera's large stream");
    }
    let mut of = |value: &Value<'_>| address_or_file(value, dir, files);
    let (main, small) = (main.as_ref().map(&mut of), small.as_ref().map(&mut of));
    small.or(main).flatten()
}

fn address_or_file(value: &Value<'_>, dir: &Path, files: &mut Vec<NamedFile>) -> Option<String> {
    let text = value.text()?;
    let Some((scheme, rest)) = text.split_once("://") else {
        return file(value, dir.join(text), files);
    };
    let fault = if ["rtsp", "rtsps"].iter().any(|known| known.eq_ignore_ascii_case(scheme)) {
        fault(rest)
    } else {
        Some("is neither an address that begins with rtsp:// or rtsps:// nor the path of a file")
    };
    match fault {
        Some(fault) => {
            value.at.mistake(fault);
            None
        }
        None => Some(text.to_owned()),
    }
}

fn file(value: &Value<'_>, path: std::path::PathBuf, files: &mut Vec<NamedFile>) -> Option<String> {
    let Some(text) = path.to_str() else {
        value.at.mistake("the path of this file's directory is not UTF-8");
        return None;
    };
    let text = text.to_owned();
    files.push(NamedFile::of(&value.at, path, false));
    Some(text)
}

/// What is wrong with an address, behind its scheme.
fn fault(rest: &str) -> Option<&'static str> {
    // A password may hold any character, so an `@` anywhere may end one.
    if rest.contains('@') {
        return Some(
            "holds a user or a password: write `user` and `password_file` (or `password_env`) instead, \
             and %40 for an @ of the path",
        );
    }
    if names_password(rest) {
        return Some(
            "holds a password among its parameters: take it out and write `user` and `password_file` \
             (or `password_env`) instead",
        );
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (host, port) = match authority.rsplit_once(':') {
        // The colons of [::1] are its own.
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    };
    if host.is_empty() || host.contains(char::is_whitespace) {
        return Some("names no host, as rtsp://192.0.2.7:554/path");
    }
    let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok();
    if port.is_some_and(|port| !is_port(port)) {
        return Some("has a port that is not a number from 0 to 65535, as rtsp://192.0.2.7:554/path");
    }
    None
}

/// `…password=x…` as some cameras take it in path or parameters; an empty one is no secret.
fn names_password(rest: &str) -> bool {
    let parts = rest.split(['/', '?', '#', '&', ';', '_']);
    let mut pairs = parts.filter_map(|part| part.split_once('='));
    pairs.any(|(name, value)| {
        let name = name.to_ascii_lowercase();
        !value.is_empty() && ["password", "passwd", "pass", "pwd", "psw"].contains(&name.as_str())
    })
}
