//! Takes secrets out of what FFmpeg says.

use mqtt_config::settings::Secret;

const STARS: &str = "***";

/// The text without the secrets, however they are written in it: plain, percent-encoded (all of it,
/// some of it, twice), with backslashes as in quoted text; and without what stands before the `@` of
/// any address in it.
#[must_use]
pub fn redact(text: &str, secrets: &[Secret]) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let longest = secrets.iter().filter_map(|secret| written(secret.expose().as_bytes(), bytes, at)).max();
        if let Some(end) = longest {
            out.extend_from_slice(STARS.as_bytes());
            at = end;
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    without_users(&String::from_utf8_lossy(&out))
}

/// Where the secret ends that begins at this place of the text, if one does.
fn written(secret: &[u8], text: &[u8], at: usize) -> Option<usize> {
    if secret.is_empty() {
        return None;
    }
    // A `%` may stand for itself or begin a code: both are followed.
    let mut ends = vec![at];
    for &byte in secret {
        let mut next: Vec<usize> = ends.iter().flat_map(|&end| one_byte(byte, text, end)).collect();
        next.sort_unstable();
        next.dedup();
        if next.is_empty() {
            return None;
        }
        ends = next;
    }
    ends.last().copied()
}

/// Where this byte ends at this place of the text, in each form that it may have there.
fn one_byte(byte: u8, text: &[u8], at: usize) -> impl Iterator<Item = usize> {
    let here = text.get(at..).unwrap_or_default();
    let plain = (here.first() == Some(&byte) || (byte == b' ' && here.first() == Some(&b'+'))).then_some(at + 1);
    let escaped = here.starts_with(&[b'\\', byte]).then_some(at + 2);
    let code = |skip: usize| {
        let digits = std::str::from_utf8(here.get(skip..skip + 2)?).ok()?;
        let is_code = digits.bytes().all(|d| d.is_ascii_hexdigit()) && u8::from_str_radix(digits, 16) == Ok(byte);
        is_code.then_some(at + skip + 2)
    };
    let once = here.starts_with(b"%").then(|| code(1)).flatten();
    let twice = here.starts_with(b"%25").then(|| code(3)).flatten();
    [plain, escaped, once, twice].into_iter().flatten()
}

/// `scheme://user:password@host` without user and password.
fn without_users(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(begin) = rest.find("://").map(|at| at + 3) {
        let address = &rest[begin..];
        let end =
            address.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>')).unwrap_or(address.len());
        out.push_str(&rest[..begin]);
        let at = address[..end].rfind('@').unwrap_or(0);
        if at > 0 {
            out.push_str(STARS);
        }
        rest = &address[at..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_address_loses_its_user_and_password() {
        let secrets = [Secret::new("p@ss:w/o%rd!# x")];
        let line = "[tcp @ 0x55] Connection to rtsp://admin:p%40ss:w%2fo%25rd!%23%20x@10.0.0.9:554/a failed";
        assert_eq!(redact(line, &secrets), "[tcp @ 0x55] Connection to rtsp://***@10.0.0.9:554/a failed");
        assert_eq!(redact("it is p@ss:w/o%rd!# x.", &secrets), "it is ***.");
        assert_eq!(redact("rtsp://u:un/known@h/a and http://h/b c@d", &[]), "rtsp://***@h/a and http://h/b c@d");
    }

    #[test]
    fn what_holds_no_secret_stays() {
        let line = "[h264 @ 0x5] concealing 12 DC, 34 AC % of rtsp://10.0.0.9/ảnh 100%";
        assert_eq!(redact(line, &[Secret::new("s3cret"), Secret::new("")]), line);
    }

    /// A form of the secret: of each byte whether it is plain (where it may be), a code or a code twice.
    fn form(secret: &str, how: &[u8]) -> String {
        let mut out = String::new();
        for (c, how) in secret.chars().zip(how.iter().cycle()) {
            let mut buffer = [0; 4];
            for byte in c.encode_utf8(&mut buffer).bytes() {
                match how % 5 {
                    1 => out.push_str(&format!("%{byte:02x}")),
                    2 => out.push_str(&format!("%{byte:02X}")),
                    3 => out.push_str(&format!("%25{byte:02X}")),
                    4 if byte == b' ' => out.push('+'),
                    _ => {}
                }
            }
            if how % 5 == 0 || (how % 5 == 4 && c != ' ') {
                out.push(c);
            }
        }
        out
    }

    proptest! {
        #[test]
        fn no_form_of_a_secret_stays(
            secret in "[a-z@:/%!# 0-9é]{4,20}",
            how in prop::collection::vec(0u8..5, 1..6),
            before in "[A-Z :/@%]{0,12}",
            after in "[A-Z :/@%]{0,12}",
        ) {
            // What surrounds a secret of signs alone may itself look like it.
            prop_assume!(secret.bytes().any(|b| b.is_ascii_lowercase()));
            let text = format!("{before}{}{after}", form(&secret, &how));
            let told = redact(&text, &[Secret::new(secret.clone())]);
            prop_assert!(!told.contains(&secret), "{told}");
            prop_assert!(!told.contains(&form(&secret, &how)), "{told}");
            prop_assert!(told.contains(STARS), "{told}");
        }

        #[test]
        fn any_text_is_taken(text in ".{0,60}", secret in ".{0,6}") {
            prop_assert!(redact(&text, &[Secret::new(secret)]).len() <= 9 * text.len().max(1));
        }
    }
}
