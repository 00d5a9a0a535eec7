//! A query over HTTP: sent, and its answer decoded as it arrives.

use std::future::Future;
use std::io::Write;
use std::time::Duration;

use flate2::write::MultiGzDecoder;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue};
use serde_json::json;
use tokio::runtime::{Builder, Runtime};

use crate::Error;
use crate::influx::csv::{Decoder, Fault, Row};
use crate::influx::options::Options;

/// A write is stored within the time-out; a query may first have to sort a year.
const PATIENCE: u32 = 3;
/// So much of an error's answer is read.
const MOST_ERROR: usize = 64 * 1024;

/// The way to one server.
#[derive(Debug)]
pub struct Wire {
    http: reqwest::Client,
    url: reqwest::Url,
    shown: String,
    token: HeaderValue,
    timeout: Duration,
    runtime: Runtime,
}

type Take<'a> = dyn FnMut(&Row<'_>) -> Result<(), Fault> + 'a;

impl Wire {
    /// Connects to nothing yet.
    pub fn new(options: &Options) -> Result<Self, Error> {
        let shown = options.url.clone();
        let wrong = |why: String| Error::Influx { url: options.url.clone(), why };
        let mut url = reqwest::Url::parse(&options.url).map_err(|error| wrong(format!("no address: {error}")))?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(wrong("no address: it begins with http:// or https:// and has a host".into()));
        }
        url.set_path(&[url.path().trim_end_matches('/'), "/api/v2/query"].concat());
        url.query_pairs_mut().clear().append_pair("org", &options.org);
        let mut token = HeaderValue::try_from(format!("Token {}", options.token.expose()))
            .map_err(|_| wrong("the token has characters that no token has".into()))?;
        token.set_sensitive(true);
        let http = reqwest::Client::builder()
            .connect_timeout(options.timeout)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| wrong(format!("no HTTP client can be made: {error}")))?;
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| wrong(format!("no runtime can be started: {error}")))?;
        Ok(Self { http, url, shown, token, timeout: options.timeout * PATIENCE, runtime })
    }

    /// An error at this server.
    pub fn error(&self, why: String) -> Error {
        Error::Influx { url: self.shown.clone(), why }
    }

    /// Asks, and shows each row. Every wait has its limit, so that a server that hangs is an error.
    pub fn ask(&self, flux: &str, take: &mut Take<'_>) -> Result<(), Error> {
        self.runtime.block_on(self.answered(flux, take)).map_err(|why| self.error(why))
    }

    async fn answered(&self, flux: &str, take: &mut Take<'_>) -> Result<(), String> {
        let dialect = json!({ "header": true, "delimiter": ",", "annotations": ["datatype", "group", "default"] });
        let body = json!({ "query": flux, "type": "flux", "dialect": dialect }).to_string();
        let request = self
            .http
            .post(self.url.clone())
            .header(AUTHORIZATION, self.token.clone())
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "text/csv")
            .header(ACCEPT_ENCODING, "gzip")
            .body(body);
        let mut response = self.within(request.send()).await?;
        if response.status() != reqwest::StatusCode::OK {
            return Err(self.refused(response).await);
        }
        if !says(response.headers(), CONTENT_TYPE.as_str(), "text/csv") {
            return Err("it answers with a page instead of figures: is there a proxy in between?".into());
        }
        let gzip = says(response.headers(), CONTENT_ENCODING.as_str(), "gzip");
        let mut decoder = Decoder::default();
        if !gzip {
            while let Some(bytes) = self.within(response.chunk()).await? {
                decoder.push(&bytes, take).map_err(|fault| fault.to_string())?;
            }
        } else {
            let mut unzip = MultiGzDecoder::new(Vec::new());
            while let Some(bytes) = self.within(response.chunk()).await? {
                // In small pieces, so that little of what is packed very well is in memory at once.
                for piece in bytes.chunks(4_096) {
                    unzip.write_all(piece).map_err(|error| format!("its compressed answer is damaged: {error}"))?;
                    decoder.push(unzip.get_ref(), take).map_err(|fault| fault.to_string())?;
                    unzip.get_mut().clear();
                }
            }
            let rest = unzip.finish().map_err(|error| format!("its compressed answer is damaged: {error}"))?;
            decoder.push(&rest, take).map_err(|fault| fault.to_string())?;
        }
        decoder.end().map_err(|fault| fault.to_string())
    }

    /// What comes of it, or why it does not in time.
    async fn within<T>(&self, work: impl Future<Output = reqwest::Result<T>>) -> Result<T, String> {
        match tokio::time::timeout(self.timeout, work).await {
            Ok(Ok(done)) => Ok(done),
            // Without the address: the error has it already.
            Ok(Err(error)) if error.is_connect() => Err("it cannot be reached: is it running?".into()),
            Ok(Err(error)) => Err(format!("the answer broke off: {}", error.without_url())),
            Err(_) => Err(format!("it has not answered for {} s", self.timeout.as_secs_f32())),
        }
    }

    async fn refused(&self, mut response: reqwest::Response) -> String {
        let status = response.status().as_u16();
        let mut body = Vec::new();
        while let Ok(Some(bytes)) = self.within(response.chunk()).await {
            if body.len() + bytes.len() > MOST_ERROR {
                break;
            }
            body.extend_from_slice(&bytes);
        }
        let told: Option<serde_json::Value> = serde_json::from_slice(&body).ok();
        let told = told.as_ref().and_then(|json| json["message"].as_str()).unwrap_or("no reason given");
        let what = match status {
            401 | 403 => ": check the token and what it may read",
            404 => ": check the organisation and the buckets",
            _ => "",
        };
        format!("it refuses with {status} ({told}){what}")
    }
}

fn says(headers: &HeaderMap, name: &str, word: &str) -> bool {
    headers.get(name).and_then(|value| value.to_str().ok()).is_some_and(|value| value.starts_with(word))
}
