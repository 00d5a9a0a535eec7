//! The connection: `influxdb2` for what it does well (health, organizations, buckets), and beside it
//! the same HTTP client for writing. Writing through `influxdb2` would lose `Retry-After`, could not
//! send compressed bytes, and would drop the path of an address behind a proxy.

use std::io::{self, Write};
use std::time::SystemTime;

use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::header;

use super::options::{Bucket, Options};
use super::outcome::{Answer, Outcome};
use crate::Error;

/// So much of an answer is read. It names every bad line of a batch, so it can be long.
const MOST_ANSWER: usize = 4 << 20;

/// A connection to one InfluxDB.
#[derive(Debug)]
pub struct Client {
    http: reqwest::Client,
    write: reqwest::Url,
    authorization: header::HeaderValue,
    pub(super) api: influxdb2::Client,
    pub(super) options: Options,
}

impl Client {
    /// Makes one; connects to nothing yet.
    ///
    /// # Errors
    /// When the address or the token cannot be used.
    pub fn new(options: Options) -> Result<Self, Error> {
        let wrong = |why: String| Error::Influx { url: options.url.clone(), why };
        // Checked first: `influxdb2` panics at an address that does not parse.
        let base = reqwest::Url::parse(&options.url).map_err(|error| wrong(format!("no address: {error}")))?;
        if !matches!(base.scheme(), "http" | "https") || !base.has_host() {
            return Err(wrong("no address: it begins with http:// or https:// and has a host".into()));
        }
        let mut write = base.clone();
        write.set_path(&[base.path().trim_end_matches('/'), "/api/v2/write"].concat());
        let mut authorization = header::HeaderValue::try_from(format!("Token {}", options.token.expose()))
            .map_err(|_| wrong("the token has characters that no token has".into()))?;
        authorization.set_sensitive(true);
        let unusable = |error: &dyn std::error::Error| wrong(format!("no HTTP client can be made: {error}"));
        let http = builder(&options).build().map_err(|error| unusable(&error))?;
        let api = influxdb2::ClientBuilder::with_builder(
            builder(&options),
            base.as_str(),
            options.org.as_str(),
            options.token.expose(),
        );
        let api = api.build().map_err(|error| unusable(&error))?;
        Ok(Self { http, write, authorization, api, options })
    }

    /// Whether the address has a path, which `influxdb2` would drop.
    #[must_use]
    pub fn behind_a_path(&self) -> bool {
        self.api.base.path() != "/"
    }

    /// Sends compressed lines, times in nanoseconds, and says what became of them.
    pub async fn write(&self, bucket: Bucket, body: Vec<u8>) -> Outcome {
        let request = self
            .http
            .post(self.write.clone())
            .query(&[
                ("org", self.options.org.as_str()),
                ("bucket", self.options.bucket(bucket).as_str()),
                ("precision", "ns"),
            ])
            .header(header::AUTHORIZATION, self.authorization.clone())
            .header(header::CONTENT_TYPE, "text/plain; charset=utf-8")
            .header(header::CONTENT_ENCODING, "gzip")
            .body(body);
        match request.send().await {
            Ok(response) => read(response).await,
            Err(error) => unreachable(&error),
        }
    }
}

/// No proxy of the environment and no redirect: the token goes to the address that was configured.
fn builder(options: &Options) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .timeout(options.timeout)
        .connect_timeout(options.timeout)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
}

async fn read(mut response: reqwest::Response) -> Outcome {
    let status = response.status().as_u16();
    let retry_after = response.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
    let retry_after = retry_after.map(str::to_owned);
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= MOST_ANSWER => body.extend_from_slice(&chunk),
            Ok(_) => break,
            // The status alone says that all is stored; any other answer needs its text.
            Err(_) if status == 204 => break,
            Err(error) => return unreachable(&error),
        }
    }
    let body = String::from_utf8_lossy(&body);
    let answer = Answer { status, retry_after: retry_after.as_deref(), body: &body };
    Outcome::of(answer, SystemTime::now())
}

/// No answer, or none that came to its end. What was sent may be stored or not.
pub(super) fn unreachable(error: &reqwest::Error) -> Outcome {
    let mut why = if error.is_timeout() { "no answer in time".to_owned() } else { "no connection".to_owned() };
    // The innermost cause is the one that tells ("connection refused"); the outer ones have the address.
    let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    if let Some(cause) = causes.last() {
        why = format!("{why}: {cause}");
    }
    Outcome::Busy { why, after: None }
}

/// Lines as one compressed body.
///
/// # Errors
/// Never: memory takes what it is given.
pub fn packed<'a>(lines: impl Iterator<Item = &'a [u8]>) -> io::Result<Vec<u8>> {
    // The fastest level: half the size of the best one's work for a tenth of its time.
    let mut body = GzEncoder::new(Vec::new(), Compression::fast());
    for line in lines {
        body.write_all(line)?;
        body.write_all(b"\n")?;
    }
    body.finish()
}
