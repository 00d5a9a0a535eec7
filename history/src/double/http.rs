//! As much of HTTP/1.1 as clients of a database use: one request after the other on a connection,
//! bodies with a length or in chunks, plain answers.

use std::io::{self, BufRead, Read, Write};

/// Beyond these the connection is closed: no test needs more.
const MOST_HEADER: u64 = 64 * 1024;
const MOST_BODY: usize = 256 * 1024 * 1024;

/// A request.
#[derive(Debug, Default)]
pub struct Request {
    /// GET, POST, ...
    pub method: String,
    /// The path, as it was sent.
    pub path: String,
    /// Parameters of the address, decoded.
    pub query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    /// The body as it was sent: compressed where `Content-Encoding` says so.
    pub body: Vec<u8>,
}

impl Request {
    /// A header by its name in small letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A parameter; the empty text where there is none.
    pub fn param(&self, name: &str) -> &str {
        self.query.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// Reads the next one; `None`: the other side has closed.
    ///
    /// # Errors
    /// When it is no HTTP, is too large, or the connection breaks.
    pub fn read(from: &mut impl BufRead) -> io::Result<Option<Self>> {
        let bad = |why: &str| io::Error::new(io::ErrorKind::InvalidData, why.to_owned());
        let mut head = from.by_ref().take(MOST_HEADER);
        let mut line = String::new();
        if head.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let mut words = line.split_whitespace();
        let (Some(method), Some(target)) = (words.next(), words.next()) else { return Err(bad("no request line")) };
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut request = Self { method: method.into(), path: path.into(), query: params(query), ..Self::default() };
        loop {
            line.clear();
            if head.read_line(&mut line)? == 0 {
                return Err(bad("the header does not end"));
            }
            let text = line.trim_end();
            if text.is_empty() {
                break;
            }
            let (name, value) = text.split_once(':').ok_or_else(|| bad("no header"))?;
            request.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        if request.header("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked")) {
            request.body = chunks(from)?;
        } else if let Some(length) = request.header("content-length") {
            let length: usize = length.parse().map_err(|_| bad("no length"))?;
            if length > MOST_BODY {
                return Err(bad("too large"));
            }
            request.body = vec![0; length];
            from.read_exact(&mut request.body)?;
        }
        Ok(Some(request))
    }
}

fn chunks(from: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let bad = |why: &str| io::Error::new(io::ErrorKind::InvalidData, why.to_owned());
    let mut body = Vec::new();
    let mut line = String::new();
    loop {
        line.clear();
        from.take(1_024).read_line(&mut line)?;
        let length = line.trim().split(';').next().unwrap_or_default();
        let length = usize::from_str_radix(length, 16).map_err(|_| bad("no chunk"))?;
        let start = body.len();
        if start.saturating_add(length) > MOST_BODY {
            return Err(bad("too large"));
        }
        body.resize(start + length, 0);
        from.read_exact(&mut body[start..])?;
        line.clear();
        from.take(1_024).read_line(&mut line)?;
        if length == 0 {
            return Ok(body);
        }
    }
}

/// Parameters of an address or a form, decoded.
pub fn params(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = bytes.get(at + 1..at + 3).and_then(|hex| std::str::from_utf8(hex).ok());
        match (bytes[at], hex.and_then(|hex| u8::from_str_radix(hex, 16).ok())) {
            (b'%', Some(byte)) => {
                plain.push(byte);
                at += 2;
            }
            (b'+', _) => plain.push(b' '),
            (byte, _) => plain.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&plain).into_owned()
}

/// An answer.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Headers besides those about its length.
    pub headers: Vec<(&'static str, String)>,
    /// Its body.
    pub body: Vec<u8>,
    /// Sends the body in chunks and, where this is told, stops after so many bytes and closes.
    pub chunked: Option<Option<usize>>,
}

impl Answer {
    /// One without a body.
    pub fn empty(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    /// One of text.
    pub fn text(status: u16, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: vec![("Content-Type", kind.to_owned())], body: body.into(), chunked: None }
    }

    /// One of JSON.
    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        Self::text(status, "application/json; charset=utf-8", body.to_string())
    }

    /// Sends it. `Ok(false)`: it was cut on purpose, the connection is to be closed.
    ///
    /// # Errors
    /// When the connection breaks.
    pub fn send(&self, to: &mut impl Write) -> io::Result<bool> {
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        head.push_str("X-Influxdb-Build: OSS\r\nX-Influxdb-Version: v2.7.12\r\n");
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        match self.chunked {
            Some(_) => head.push_str("Transfer-Encoding: chunked\r\n"),
            None if self.status == 204 => {}
            None => head.push_str(&format!("Content-Length: {}\r\n", self.body.len())),
        }
        head.push_str("\r\n");
        to.write_all(head.as_bytes())?;
        let Some(cut) = self.chunked else {
            to.write_all(&self.body)?;
            to.flush()?;
            return Ok(true);
        };
        let most = cut.unwrap_or(self.body.len()).min(self.body.len());
        // Small and odd, so that readers meet every kind of boundary.
        for chunk in self.body[..most].chunks(8_191) {
            to.write_all(format!("{:x}\r\n", chunk.len()).as_bytes())?;
            to.write_all(chunk)?;
            to.write_all(b"\r\n")?;
        }
        if cut.is_none() {
            to.write_all(b"0\r\n\r\n")?;
        }
        to.flush()?;
        Ok(cut.is_none())
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        413 => "Request Entity Too Large",
        422 => "Unprocessable Entity",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => "Other",
    }
}
