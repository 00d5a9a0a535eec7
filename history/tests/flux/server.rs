//! The servers that keep the contract: the double always, a real one where the environment names it.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use domain::SiteId;
use domain::history::Day;
use history::double::{self, Double};
use history::influx::{Bucket, Options, Reader, Retention, Row, Secret, line};

use crate::wire::{Reply, send};

/// One of them, with buckets of its own.
pub struct Server {
    pub options: Options,
    pub double: Option<Double>,
}

fn options(url: String, org: &str, token: &str, prefix: String) -> Options {
    Options {
        url,
        org: org.into(),
        token: Secret::new(token),
        bucket_prefix: prefix,
        timeout: Duration::from_secs(20),
        retention: Retention { visit_days: None, rating_days: None, minute_days: None, hour_days: None },
    }
}

/// The double alone.
pub fn double() -> Server {
    let buckets = Bucket::ALL.map(|bucket| (format!("t_{}", bucket.suffix()), None)).to_vec();
    let double = Double::start(double::Options { buckets, ..double::Options::default() }).expect("a port");
    Server { options: options(double.url(), "motcua", "double-token", "t".into()), double: Some(double) }
}

/// All of them.
pub fn all() -> Vec<Server> {
    let mut servers = vec![double()];
    match std::env::var("MOTCUA_TEST_INFLUX_URL") {
        Ok(url) => servers.push(real(url)),
        Err(_) => println!("MOTCUA_TEST_INFLUX_URL is not set: only the double was asked, no real InfluxDB."),
    }
    servers
}

fn real(url: String) -> Server {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let told = |name: &str| std::env::var(name).unwrap_or_else(|_| panic!("{name} must be set as well"));
    let (org, token) = (told("MOTCUA_TEST_INFLUX_ORG"), told("MOTCUA_TEST_INFLUX_TOKEN"));
    let prefix = format!("motcua_test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let server = Server { options: options(url.trim_end_matches('/').into(), &org, &token, prefix), double: None };
    let orgs = server.send("GET", &format!("/api/v2/orgs?org={org}"), b"");
    let orgs: serde_json::Value = serde_json::from_slice(&orgs.body).expect("organisations");
    let id = orgs["orgs"][0]["id"].as_str().expect("the organisation");
    for bucket in Bucket::ALL {
        let asked = serde_json::json!({ "orgID": id, "name": server.options.bucket(bucket), "retentionRules": [] });
        assert_eq!(server.send("POST", "/api/v2/buckets", asked.to_string().as_bytes()).status, 201);
    }
    server
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.double.is_some() || std::thread::panicking() {
            return;
        }
        for bucket in Bucket::ALL {
            let found = self.send("GET", &format!("/api/v2/buckets?name={}", self.options.bucket(bucket)), b"");
            let found: serde_json::Value = serde_json::from_slice(&found.body).unwrap_or_default();
            if let Some(id) = found["buckets"][0]["id"].as_str() {
                self.send("DELETE", &format!("/api/v2/buckets/{id}"), b"");
            }
        }
    }
}

impl Server {
    /// One request with the token.
    pub fn send(&self, method: &str, target: &str, body: &[u8]) -> Reply {
        let at = self.options.url.trim_start_matches("http://");
        let token = format!("Token {}", self.options.token.expose());
        send(at, method, target, &[("Authorization", &token)], body).expect("an answer")
    }

    /// Writes text as it is.
    pub fn write(&self, bucket: Bucket, body: &[u8]) -> Reply {
        let (org, bucket) = (&self.options.org, self.options.bucket(bucket));
        self.send("POST", &format!("/api/v2/write?org={org}&bucket={bucket}&precision=ns"), body)
    }

    /// Writes rows, which must be taken.
    pub fn keep(&self, rows: &[Row]) {
        for bucket in Bucket::ALL {
            let lines: Vec<&[u8]> =
                rows.iter().filter(|row| row.bucket == bucket).map(|row| row.line.as_slice()).collect();
            let reply = self.write(bucket, &lines.join(&b'\n'));
            assert_eq!(reply.status, 204, "{}", reply.text());
        }
    }

    /// Writes days.
    pub fn keep_days(&self, days: &[(SiteId, Day)]) {
        for (site, day) in days {
            self.keep(&line::day_points(*site, day));
        }
    }

    pub fn reader(&self) -> Reader {
        Reader::new(&self.options).expect("a reader")
    }
}
