//! Takes secrets out of texts that leave the house.
//!
//! Three nets, one behind the other: every secret that this machine keeps is known by its text and
//! struck out wherever it stands; what stands under the name of a secret is struck out whatever it
//! is; what looks like one of our tokens, a device's secret, a login in an address or a private key
//! is struck out too.

use std::collections::BTreeSet;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mqtt_config::broker::BrokerFiles;
use toml::{Table, Value};

/// What stands in a secret's place.
pub const STRUCK: &str = "***";

/// Keys and variables whose value is a secret, by a part of their name.
const SECRET_NAMES: [&str; 12] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "credential",
    "apikey",
    "api_key",
    "private",
    "auth",
    "mat_khau",
    "matkhau",
];
/// Shorter texts are no secrets, and striking them out would leave nothing to read.
const SHORTEST: usize = 4;
/// Keys of the credentials' files that hold no secret.
const HARMLESS: [&str; 7] = ["id", "name", "user", "role", "site", "kind", "device"];

/// Knows the secrets of one installation.
#[derive(Debug, Default)]
pub struct Redactor {
    /// The longest first, so that no part of one is left.
    known: Vec<String>,
}

impl Redactor {
    /// Learns every secret of a data directory, of configuration files and of the environment.
    #[must_use]
    pub fn of(data_dir: &Path, config_files: &[std::path::PathBuf]) -> Self {
        let mut found = BTreeSet::new();
        for entry in std::fs::read_dir(data_dir.join("secrets")).into_iter().flatten().flatten() {
            found.extend(read(&entry.path()).map(|text| text.trim_end_matches(['\n', '\r']).to_owned()));
        }
        for line in read(&BrokerFiles::of(data_dir).passwd).unwrap_or_default().lines() {
            found.extend(line.split_once(':').map(|(_, hash)| hash.to_owned()));
        }
        for file in ["devices.toml", "access/tokens.toml", "access/users.toml"] {
            let table = read(&data_dir.join(file)).and_then(|text| text.parse::<Table>().ok()).unwrap_or_default();
            walk(&table, &mut |key, text| {
                if !HARMLESS.contains(&key) {
                    found.insert(text.to_owned());
                }
            });
        }
        for file in config_files {
            learn_config(&read(file).unwrap_or_default(), &mut found);
        }
        for (name, value) in std::env::vars() {
            if is_secret_name(&name) {
                found.insert(value);
            }
        }
        Self::knowing(found)
    }

    fn knowing(found: impl IntoIterator<Item = String>) -> Self {
        let mut known = BTreeSet::new();
        for secret in found.into_iter().filter(|secret| secret.trim().chars().count() >= SHORTEST) {
            known.extend(spellings(&secret));
        }
        let mut known: Vec<String> = known.into_iter().collect();
        known.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        Self { known }
    }

    /// The text without secrets.
    #[must_use]
    pub fn strike(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in &self.known {
            if text.contains(secret.as_str()) {
                text = text.replace(secret.as_str(), STRUCK);
            }
        }
        let mut out = String::with_capacity(text.len());
        let mut in_key = false;
        for line in text.split_inclusive('\n') {
            if line.contains("-----BEGIN") && line.contains("PRIVATE KEY") {
                in_key = true;
            }
            if in_key {
                in_key = !line.contains("-----END");
                if !in_key {
                    out.push_str(&format!("{STRUCK}\n"));
                }
                continue;
            }
            out.push_str(&named(&logins(&typed(&tokens(line)))));
        }
        out
    }

    /// A configuration file without secrets, comments and the names of officers. A file that is not
    /// TOML is left out: nobody knows what stands where in it.
    #[must_use]
    pub fn config(&self, text: &str) -> String {
        let Ok(mut table) = text.parse::<Table>() else {
            return "# not readable as TOML, left out\n".to_owned();
        };
        mask(&mut table, false);
        self.strike(&toml::to_string(&table).unwrap_or_default())
    }
}

fn read(path: &Path) -> Option<String> {
    std::fs::read(path).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// How a secret may be written in a text.
fn spellings(secret: &str) -> BTreeSet<String> {
    let json = serde_json::to_string(secret).unwrap_or_default();
    let unreserved = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    let percent = |upper: bool| -> String {
        let one = |byte: &u8| match (unreserved(byte), upper) {
            (true, _) => char::from(*byte).to_string(),
            (false, true) => format!("%{byte:02X}"),
            (false, false) => format!("%{byte:02x}"),
        };
        secret.as_bytes().iter().map(one).collect()
    };
    let escaped = json.trim_matches('"').to_owned();
    let trimmed = secret.trim().to_owned();
    let all = [secret.to_owned(), trimmed, escaped, percent(true), percent(false), STANDARD.encode(secret)];
    all.into_iter().filter(|text| text.len() >= SHORTEST).collect()
}

fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('-', "_");
    SECRET_NAMES.iter().any(|part| name.contains(part))
}

/// Every text of a table with its key.
fn walk(table: &Table, take: &mut impl FnMut(&str, &str)) {
    fn value(key: &str, of: &Value, take: &mut impl FnMut(&str, &str)) {
        match of {
            Value::String(text) => take(key, text),
            Value::Array(items) => items.iter().for_each(|item| value(key, item, take)),
            Value::Table(table) => walk(table, take),
            Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) => {}
        }
    }
    for (key, of) in table {
        value(key, of, take);
    }
}

/// What of a configuration must not leave the house: values under a secret's name, and the names of
/// officers, which stand on boards too.
fn learn_config(text: &str, found: &mut BTreeSet<String>) {
    // Line by line too, for a file that is not TOML at this moment.
    for line in text.lines() {
        if let Some((name, value)) = line.split_once('=').filter(|(name, _)| is_secret_name(name)) {
            let _name = name;
            found.insert(value.trim().trim_matches(['"', '\'']).to_owned());
        }
    }
    let table = text.parse::<Table>().unwrap_or_default();
    walk(&table, &mut |key, text| {
        if is_secret_name(key) {
            found.insert(text.to_owned());
        }
    });
    for department in table.get("department").and_then(Value::as_array).into_iter().flatten() {
        for officer in department.get("officer").and_then(Value::as_array).into_iter().flatten() {
            found.extend(officer.get("name").and_then(Value::as_str).map(str::to_owned));
        }
    }
}

fn mask(table: &mut Table, officer: bool) {
    for (key, value) in table.iter_mut() {
        let hidden = is_secret_name(key) || officer && key == "name";
        mask_value(key, value, hidden);
    }
}

fn mask_value(key: &str, value: &mut Value, hidden: bool) {
    match value {
        Value::Table(table) => mask(table, key == "officer"),
        Value::Array(items) => items.iter_mut().for_each(|item| mask_value(key, item, hidden)),
        other if hidden => *other = Value::String(STRUCK.to_owned()),
        _ => {}
    }
}

/// Strikes our own tokens out: `motcua_` and hexadecimal digits.
fn tokens(line: &str) -> String {
    const PREFIX: &str = "motcua_";
    let mut out = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once(PREFIX) {
        let digits = after.bytes().take_while(u8::is_ascii_hexdigit).count();
        out.push_str(before);
        out.push_str(PREFIX);
        if digits >= 8 {
            out.push_str(STRUCK);
            rest = &after[digits..];
        } else {
            rest = after;
        }
    }
    out + rest
}

/// Strikes out what looks like a device's secret, four groups of five letters and digits: only its
/// hash is kept, so that nobody knows its text.
fn typed(line: &str) -> String {
    const LEN: usize = 4 * 5 + 3;
    let is_secret = |word: &[u8]| {
        let groups = word.iter().enumerate().all(|(at, byte)| match at % 6 {
            5 => *byte == b'-',
            _ => byte.is_ascii_lowercase() || byte.is_ascii_digit(),
        });
        // Words with three hyphens are words.
        groups && word.iter().any(u8::is_ascii_digit)
    };
    let (bytes, mut out, mut from) = (line.as_bytes(), String::new(), 0);
    let mut at = 0;
    while let Some(word) = bytes.get(at..at + LEN) {
        let alone = |byte: Option<&u8>| byte.is_none_or(|byte| !byte.is_ascii_alphanumeric() && *byte != b'-');
        if is_secret(word) && alone(at.checked_sub(1).map(|before| &bytes[before])) && alone(bytes.get(at + LEN)) {
            out.push_str(&line[from..at]);
            out.push_str(STRUCK);
            at += LEN;
            from = at;
        } else {
            at += 1;
        }
    }
    out.push_str(&line[from..]);
    out
}

/// Strikes `USER:SECRET@` out of addresses. The secret may hold anything but a space or a quote, so
/// the last `@` ends it.
fn logins(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("://") {
        out.push_str(before);
        out.push_str("://");
        let end = after.find(|c: char| c.is_whitespace() || "\"'<>`".contains(c)).unwrap_or(after.len());
        let (address, behind) = after.split_at(end);
        match address.rsplit_once('@') {
            Some((_, host)) => {
                out.push_str(&format!("{STRUCK}@{host}"));
                rest = behind;
            }
            None => rest = after,
        }
    }
    out + rest
}

/// Strikes out what follows a secret's name: `password = x`, `"token": "x"`, `Authorization: Bearer x`.
/// To the end of the line: nobody knows where such a value ends.
fn named(line: &str) -> String {
    let lower = line.to_ascii_lowercase();
    let marks = SECRET_NAMES.iter().filter_map(|name| lower.find(name).map(|at| at + name.len()));
    let ends = marks.filter_map(|from| {
        let rest = &line[from..];
        // The rest of the name and its quote; then the mark between name and value.
        let skipped = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "_-\"' ".contains(c)))?;
        let mark = rest[skipped..].chars().next().filter(|mark| "=:".contains(*mark))?;
        Some(from + skipped + mark.len_utf8())
    });
    let bearer = lower.find("bearer ").map(|at| at + "bearer ".len());
    match ends.chain(bearer).min() {
        Some(end) => {
            let newline = if line.ends_with('\n') { "\n" } else { "" };
            format!("{} {STRUCK}{newline}", line[..end].trim_end())
        }
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CANARY: &str = "CaNaRy@:/%!#\"\\7";

    #[test]
    fn a_known_secret_is_struck_out_however_it_is_spelt() {
        let redactor = Redactor::knowing([CANARY.to_owned()]);
        for spelling in spellings(CANARY) {
            let told = redactor.strike(&format!("before {spelling} after"));
            assert!(!told.contains("CaNaRy") && told.starts_with("before ***") && told.ends_with("after"), "{told}");
        }
    }

    #[test]
    fn unknown_secrets_are_known_by_their_place() {
        let redactor = Redactor::default();
        for line in [
            "mqtt://user:CaNaRy@:/%!#@host:1883/x",
            "password=CaNaRy@:/%!#",
            "{\"level\":\"info\",\"broker_password\": \"CaNaRy@:/%!#\"}",
            "Authorization: Bearer CaNaRy@:/%!#",
            "MOTCUA_TOKEN = CaNaRy",
            "the secret: CaNaRy of mine",
            "-----BEGIN EC PRIVATE KEY-----\nCaNaRy\n-----END EC PRIVATE KEY-----\n",
        ] {
            let told = redactor.strike(line);
            assert!(!told.contains("CaNaRy") && told.contains(STRUCK), "{told}");
        }
        let told = redactor.strike("motcua_0123456789abcdef0123 and motcua_door stay");
        assert_eq!(told, "motcua_*** and motcua_door stay");
        assert_eq!(redactor.strike("it is 3jpjw-kb9ss-vvdr6-uc82c."), "it is ***.");
        let uuid = "00000000-0000-4000-8000-000000000001 abcde-fghij-klmno-pqrst";
        assert_eq!(redactor.strike(uuid), uuid);
        let plain = "2026-11-23 INFO a child accepts work. child=broker pid=7 http://127.0.0.1:8080/x\n";
        assert_eq!(redactor.strike(plain), plain);
    }

    #[test]
    fn a_configuration_keeps_its_settings_and_loses_comments_and_names() {
        let text = "# CaNaRy in a comment\nhttp_port = 8080\nmqtt_password = \"CaNaRy\" # CaNaRy\n\
                    [[department]]\nname = \"Tư pháp\"\n[[department.officer]]\nofficer = \"cb-01\"\nname = \"Nguyễn Thị CaNaRy\"\n";
        let told = Redactor::default().config(text);
        assert!(!told.contains("CaNaRy"), "{told}");
        assert!(told.contains("http_port = 8080") && told.contains("Tư pháp") && told.contains("cb-01"), "{told}");
        assert!(!Redactor::default().config("password = CaNaRy").contains("CaNaRy"));
        let mut found = BTreeSet::new();
        learn_config(text, &mut found);
        assert!(found.contains("CaNaRy") && found.contains("Nguyễn Thị CaNaRy"), "{found:?}");
    }
}
