//! A page: opened, looked at, and put into the conditions of a real wall.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::line::Line;
use super::seen::{Seen, exception};
use crate::wait::eventually;

const LOADS: Duration = Duration::from_secs(30);

/// One tab.
#[derive(Debug)]
pub struct Page {
    line: RefCell<Line>,
    seen: RefCell<Seen>,
}

impl Page {
    pub(super) fn new(line: Line) -> Self {
        let page = Self { line: RefCell::new(line), seen: RefCell::default() };
        for domain in ["Page", "Runtime", "Network", "Log", "Audits", "Performance"] {
            page.must(&format!("{domain}.enable"), &json!({}));
        }
        page.must("Emulation.setFocusEmulationEnabled", &json!({"enabled": true}));
        page
    }

    /// Goes to an address and waits until it is loaded.
    ///
    /// # Panics
    /// When it is not loaded within the limit.
    pub fn open(&self, url: &str) {
        self.go(url);
        let begin = Instant::now();
        while !self.heard("Page.loadEventFired") {
            assert!(begin.elapsed() < LOADS, "{url} is not loaded after {LOADS:?}");
        }
    }

    /// Goes to an address, whatever becomes of it.
    pub fn go(&self, url: &str) {
        self.digest();
        self.must("Page.navigate", &json!({"url": url}));
    }

    /// What an expression of JavaScript gives; a promise is waited for.
    ///
    /// # Errors
    /// When it throws, or the page goes away meanwhile.
    pub fn eval(&self, expression: &str) -> Result<Value, String> {
        let params = json!({"expression": expression, "returnByValue": true, "awaitPromise": true, "allowUnsafeEvalBlockedByCSP": true});
        let mut answer = self.call("Runtime.evaluate", &params)?;
        match &answer["exceptionDetails"] {
            Value::Null => Ok(answer["result"]["value"].take()),
            details => Err(exception(details)),
        }
    }

    /// What an expression gives.
    ///
    /// # Panics
    /// When it throws.
    #[must_use]
    pub fn get(&self, expression: &str) -> Value {
        self.eval(expression).unwrap_or_else(|why| panic!("{why} in {expression}"))
    }

    /// Waits until an expression gives something true; gives it on. A throw is a "not yet".
    ///
    /// # Panics
    /// When it does not within the limit.
    pub fn until(&self, limit: Duration, what: &str, expression: &str) -> Value {
        eventually(limit, what, || match self.eval(expression)? {
            Value::Null | Value::Bool(false) => {
                let now = self.eval("JSON.stringify(document.documentElement.dataset) + document.body.innerText")?;
                Err(format!("the page is {}", now.as_str().unwrap_or("empty")))
            }
            value => Ok(value),
        })
    }

    /// The document as it stands, also where scripts are off.
    ///
    /// # Errors
    /// When the page goes away meanwhile.
    pub fn html(&self) -> Result<String, String> {
        let root = self.call("DOM.getDocument", &json!({"depth": 0}))?;
        let html = self.call("DOM.getOuterHTML", &json!({"nodeId": root["root"]["nodeId"]}))?;
        Ok(html["outerHTML"].as_str().unwrap_or_default().to_owned())
    }

    /// Runs a script in each document before its own.
    pub fn before_each_document(&self, script: &str) {
        self.must("Page.addScriptToEvaluateOnNewDocument", &json!({"source": script}));
    }

    /// The screen's size in pixels.
    pub fn size(&self, width: u32, height: u32) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.must("Emulation.setDeviceMetricsOverride", &size);
    }

    /// What `@media` sees: `("prefers-color-scheme", "dark")`.
    pub fn media(&self, features: &[(&str, &str)]) {
        let features: Vec<Value> = features.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
        self.must("Emulation.setEmulatedMedia", &json!({"features": features}));
    }

    /// The zone that the screen's own clock is set to.
    pub fn time_zone(&self, zone: &str) {
        self.must("Emulation.setTimezoneOverride", &json!({"timezoneId": zone}));
    }

    /// Switches the page's scripts on or off.
    pub fn scripts(&self, on: bool) {
        self.must("Emulation.setScriptExecutionDisabled", &json!({"value": !on}));
    }

    /// Lets no request to addresses like these through (`*/wall.js`).
    pub fn block(&self, patterns: &[&str]) {
        self.must("Network.setBlockedURLs", &json!({"urls": patterns}));
    }

    /// A key, pressed and let go by a person.
    pub fn press(&self, key: &str) {
        let code = if key == "Enter" { 13 } else { 0 };
        for kind in ["keyDown", "keyUp"] {
            let text = if key == "Enter" { "\r" } else { key };
            let event = json!({"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code, "text": text});
            self.must("Input.dispatchKeyEvent", &event);
        }
    }

    /// Writes a picture of what is seen (PNG).
    ///
    /// # Panics
    /// When the file cannot be written.
    pub fn picture(&self, file: &Path) {
        let answer = self.must("Page.captureScreenshot", &json!({"format": "png"}));
        let bytes = STANDARD.decode(answer["data"].as_str().unwrap_or_default()).expect("a picture comes as base64");
        std::fs::write(file, bytes).unwrap_or_else(|why| panic!("{}: {why}", file.display()));
    }

    /// Chromium's figures of the page: `JSHeapUsedSize`, `Nodes`, `TaskDuration`, ...
    #[must_use]
    pub fn figures(&self) -> BTreeMap<String, f64> {
        let answer = self.must("Performance.getMetrics", &json!({}));
        let rows = answer["metrics"].as_array().into_iter().flatten();
        rows.filter_map(|row| Some((row["name"].as_str()?.to_owned(), row["value"].as_f64()?))).collect()
    }

    /// Throws away what nobody holds any more, so that a figure of memory means something.
    pub fn collect_garbage(&self) {
        self.must("HeapProfiler.collectGarbage", &json!({}));
    }

    /// What the page did since it was opened or [`Self::forget`] was called.
    ///
    /// # Panics
    /// When the page has gone.
    #[must_use]
    pub fn seen(&self) -> Seen {
        // What was told before this answer is in order before it.
        let _answer = self.must("Runtime.evaluate", &json!({"expression": "0"}));
        self.digest();
        self.seen.borrow().clone()
    }

    /// Begins a new account of what the page does.
    pub fn forget(&self) {
        drop(self.seen());
        *self.seen.borrow_mut() = Seen::default();
    }

    /// Calls a method of the protocol that has no function here.
    ///
    /// # Errors
    /// What Chromium answers.
    pub fn call(&self, method: &str, params: &Value) -> Result<Value, String> {
        self.line.borrow_mut().call(method, params)
    }

    fn must(&self, method: &str, params: &Value) -> Value {
        self.call(method, params).unwrap_or_else(|why| panic!("{why}"))
    }

    /// Listens for a moment; whether this was told since the last time.
    fn heard(&self, method: &str) -> bool {
        // A line that breaks is told by the next call on it.
        drop(self.line.borrow_mut().listen());
        self.digest().iter().any(|told| told["method"] == method)
    }

    /// Puts what was told into the account, and gives it on.
    fn digest(&self) -> Vec<Value> {
        let told = std::mem::take(&mut self.line.borrow_mut().told);
        told.iter().for_each(|one| self.seen.borrow_mut().take(one));
        told
    }
}
