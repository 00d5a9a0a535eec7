//! One question over plain HTTP, as small as it can be.

use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use anyhow::{Context, bail};

/// How long is waited for an answer.
pub const PATIENCE: Duration = Duration::from_secs(4);
/// Nothing that is asked here is longer.
const LONGEST: u64 = 16 * 1024 * 1024;

/// Where to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// `127.0.0.1:8080`
    pub address: String,
    /// Whether it speaks TLS, which this client does not.
    pub tls: bool,
}

impl Server {
    /// Of `http://HOST[:PORT]` or `https://HOST[:PORT]`.
    #[must_use]
    pub fn parse(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let tls = match scheme {
            "http" => false,
            "https" => true,
            _ => return None,
        };
        let host = rest.trim_end_matches('/');
        if host.is_empty() || host.contains(['/', '@']) {
            return None;
        }
        let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        let address = if has_port { host.to_owned() } else { format!("{host}:{}", if tls { 443 } else { 80 }) };
        Some(Self { address, tls })
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// 200, 503, …
    pub status: u16,
    /// As text.
    pub body: String,
}

/// Whether somebody takes connections there.
///
/// # Errors
/// Why not.
pub fn connect(server: &Server) -> anyhow::Result<TcpStream> {
    let addresses = server.address.to_socket_addrs().with_context(|| format!("{} is no address", server.address))?;
    let mut failed = None;
    for address in addresses {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(stream) => return Ok(stream),
            Err(error) => failed = Some(error),
        }
    }
    match failed {
        Some(error) => Err(error).with_context(|| format!("no connection to {}", server.address)),
        None => bail!("{} is no address", server.address),
    }
}

/// Gets a page.
///
/// # Errors
/// When there is no whole answer in time.
pub fn get(server: &Server, path: &str, token: Option<&str>) -> anyhow::Result<Answer> {
    let mut stream = connect(server)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let bearer = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
    // 1.0, so that the answer comes in one piece and ends with the connection.
    let request = format!("GET {path} HTTP/1.0\r\nHost: {}\r\n{bearer}\r\n", server.address);
    stream.write_all(request.as_bytes()).context("no question could be asked")?;
    let mut bytes = Vec::new();
    stream.take(LONGEST).read_to_end(&mut bytes).with_context(|| format!("no answer from {}", server.address))?;
    let text = String::from_utf8_lossy(&bytes);
    let (head, body) = text.split_once("\r\n\r\n").with_context(|| format!("no HTTP at {}", server.address))?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.with_context(|| format!("no HTTP at {}", server.address))?;
    Ok(Answer { status, body: body.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let of = |url| Server::parse(url).map(|server| (server.address, server.tls));
        assert_eq!(of("http://127.0.0.1:8080/"), Some(("127.0.0.1:8080".into(), false)));
        assert_eq!(of("https://motcua.example"), Some(("motcua.example:443".into(), true)));
        assert_eq!(of("http://[::1]:81"), Some(("[::1]:81".into(), false)));
        for bad in ["127.0.0.1:8080", "mqtt://h", "http://", "http://h/path", "http://user@h"] {
            assert_eq!(of(bad), None, "{bad}");
        }
    }
}
