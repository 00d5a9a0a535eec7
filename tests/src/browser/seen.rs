//! What a page did besides being drawn: requests, errors, breaches of its own security policy.

use std::collections::BTreeMap;

use serde_json::Value;

/// One request of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Where to.
    pub url: String,
    /// `Document`, `Script`, `Stylesheet`, `Font`, `WebSocket`, ... as Chromium calls them.
    pub kind: String,
    /// 200, 404, ...; 0 without an answer.
    pub status: u64,
    /// What came over the line, head and body.
    pub bytes: u64,
    /// Why there was no answer.
    pub failed: Option<String>,
}

/// What was seen since the page was opened, or since it was last forgotten.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// Uncaught exceptions, `console.error`, and what the browser itself reports as an error.
    pub errors: Vec<String>,
    /// Breaches of the Content-Security-Policy.
    pub breaches: Vec<String>,
    requests: BTreeMap<String, Request>,
}

impl Seen {
    /// Every request, in no order.
    pub fn requests(&self) -> impl Iterator<Item = &Request> {
        self.requests.values()
    }

    /// The requests that leave `address` (`127.0.0.1:8080`). What lies in the page itself (`data:`)
    /// leaves nothing.
    #[must_use]
    pub fn foreign(&self, address: &str) -> Vec<&Request> {
        let inside = |url: &str| {
            let host = url.split_once("://").map(|(_, rest)| rest.split(['/', '?']).next().unwrap_or_default());
            url.starts_with("data:") || url == "about:blank" || host == Some(address)
        };
        self.requests().filter(|one| !inside(&one.url)).collect()
    }

    pub(super) fn take(&mut self, told: &Value) {
        let about = &told["params"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        match told["method"].as_str().unwrap_or_default() {
            "Runtime.exceptionThrown" => self.errors.push(exception(&about["exceptionDetails"])),
            "Runtime.consoleAPICalled" if about["type"] == "error" || about["type"] == "assert" => {
                self.errors.push(format!("console: {}", about["args"]));
            }
            "Log.entryAdded" if about["entry"]["level"] == "error" => {
                self.errors.push(format!("{} {}", text(&about["entry"]["text"]), text(&about["entry"]["url"])));
            }
            "Audits.issueAdded" if about["issue"]["code"] == "ContentSecurityPolicyIssue" => {
                self.breaches.push(about["issue"]["details"].to_string());
            }
            "Network.requestWillBeSent" => self.begin(about, text(&about["request"]["url"]), text(&about["type"])),
            "Network.webSocketCreated" => self.begin(about, text(&about["url"]), "WebSocket".to_owned()),
            "Network.responseReceived" => {
                self.request(about, |one| one.status = about["response"]["status"].as_u64().unwrap_or_default());
            }
            "Network.loadingFinished" => self.request(about, |one| one.bytes = whole(&about["encodedDataLength"])),
            "Network.loadingFailed" => self.request(about, |one| one.failed = Some(text(&about["errorText"]))),
            // Chromium tells more than anybody wants to know.
            _ => {}
        }
    }

    fn begin(&mut self, about: &Value, url: String, kind: String) {
        let begun = Request { url, kind, status: 0, bytes: 0, failed: None };
        self.requests.insert(about["requestId"].to_string(), begun);
    }

    fn request(&mut self, about: &Value, change: impl FnOnce(&mut Request)) {
        if let Some(one) = self.requests.get_mut(&about["requestId"].to_string()) {
            change(one);
        }
    }
}

/// A count that Chromium tells as a floating-point number.
fn whole(value: &Value) -> u64 {
    value.as_u64().or_else(|| value.to_string().split('.').next()?.parse().ok()).unwrap_or_default()
}

pub(super) fn exception(details: &Value) -> String {
    let described = details["exception"]["description"].as_str().or_else(|| details["text"].as_str());
    let place = details["url"].as_str().unwrap_or_default();
    format!("{} {place}:{}", described.unwrap_or("an exception"), details["lineNumber"])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_leaves_the_server_is_named() {
        let mut seen = Seen::default();
        for (id, url) in
            ["http://127.0.0.1:80/a", "ws://127.0.0.1:80/ws", "data:,x", "http://127.0.0.1:81/"].iter().enumerate()
        {
            seen.take(&json!({"method": "Network.requestWillBeSent", "params": {"requestId": id, "request": {"url": url}, "type": "Other"}}));
        }
        seen.take(&json!({"method": "Network.loadingFinished", "params": {"requestId": 0, "encodedDataLength": 12.0}}));
        let foreign: Vec<&str> = seen.foreign("127.0.0.1:80").iter().map(|one| one.url.as_str()).collect();
        assert_eq!(foreign, ["http://127.0.0.1:81/"]);
        assert_eq!(seen.requests().map(|one| one.bytes).sum::<u64>(), 12);
    }
}
