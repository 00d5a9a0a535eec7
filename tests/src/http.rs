//! HTTP as small as it can be: one GET, one answer, the connection closed.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

const PATIENCE: Duration = Duration::from_secs(10);

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// 200, 404, ...
    pub status: u16,
    /// The names in lower case.
    pub headers: Vec<(String, String)>,
    /// As text.
    pub body: String,
}

impl Answer {
    /// The body as JSON.
    ///
    /// # Errors
    /// When the status is not 200 or the body is not JSON.
    pub fn json(&self) -> Result<Value, String> {
        if self.status != 200 {
            return Err(format!("the answer is {}: {}", self.status, self.body));
        }
        serde_json::from_str(&self.body).map_err(|why| format!("{why} in {}", self.body))
    }
}

/// Gets `path` from `address` (`127.0.0.1:8080`).
///
/// # Errors
/// When there is no connection, or no whole answer within ten seconds.
pub fn get(address: &str, path: &str) -> Result<Answer, String> {
    ask(address, path, "")
}

/// Gets `path` with a token.
///
/// # Errors
/// As [`get`].
pub fn get_with_token(address: &str, path: &str, token: &str) -> Result<Answer, String> {
    ask(address, path, &format!("Authorization: Bearer {token}\r\n"))
}

fn ask(address: &str, path: &str, header: &str) -> Result<Answer, String> {
    let failed = |what: &'static str| move |why: std::io::Error| format!("{what} {address}{path}: {why}");
    let mut stream = TcpStream::connect(address).map_err(failed("cannot connect to"))?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(failed("cannot limit"))?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n{header}Connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).map_err(failed("cannot ask"))?;
    let mut text = String::new();
    stream.read_to_string(&mut text).map_err(failed("cannot read"))?;
    parse(&text).ok_or_else(|| format!("not an HTTP answer from {address}{path}: {text}"))
}

fn parse(text: &str) -> Option<Answer> {
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let header = |line: &str| {
        let (name, value) = line.split_once(':')?;
        Some((name.to_ascii_lowercase(), value.trim().to_owned()))
    };
    let headers: Vec<(String, String)> = lines.filter_map(header).collect();
    let is = |name: &str, value: &str| headers.iter().any(|(n, v)| n == name && v == value);
    let body = if is("transfer-encoding", "chunked") { joined_chunks(body)? } else { body.to_owned() };
    Some(Answer { status, headers, body })
}

fn joined_chunks(mut rest: &str) -> Option<String> {
    let mut body = String::new();
    loop {
        let (size, after) = rest.split_once("\r\n")?;
        let size = usize::from_str_radix(size, 16).ok()?;
        if size == 0 {
            return Some(body);
        }
        body.push_str(after.get(..size)?);
        rest = after.get(size..)?.strip_prefix("\r\n")?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_and_chunked_answers() {
        let plain = parse("HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno").unwrap();
        assert_eq!((plain.status, plain.body.as_str()), (404, "no"));
        assert!(plain.json().is_err());
        let chunked =
            parse("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{\"a\r\n4\r\n\":1}\r\n0\r\n\r\n").unwrap();
        assert_eq!(chunked.json().unwrap()["a"], 1);
    }
}
