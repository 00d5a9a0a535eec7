//! A hall to look at: a centre with its file, a queue machine that tells what happens, and pages.

use std::path::Path;
use std::time::Duration;

use harness::browser::{Browser, Page};
use harness::http::get_with_token;
use harness::mqtt::{Publisher, Version};
use harness::oracle::Instant;
use harness::program::{Motcua, command};
use harness::wait::eventually;
use serde_json::{Value, json};
use tempfile::TempDir;

pub const SOON: Duration = Duration::from_secs(20);
/// What is measured is measured the same way everywhere.
const LOOK: &str = include_str!("look.js");

/// A running centre.
pub struct Hall {
    machine: Publisher,
    seq: u64,
    pub motcua: Motcua,
    pub site: String,
    director: Option<String>,
    /// The centre's files live as long as it does.
    _files: Option<TempDir>,
}

impl Hall {
    /// Any site, as it appears by itself.
    pub fn discovered() -> Self {
        let motcua = Motcua::start(&["--discover"], None);
        Self::begin(motcua, "tam-ky", &[], None, None)
    }

    /// A centre with this file.
    pub fn configured(file: &str) -> Self {
        let (folder, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let place = folder.path().to_str().unwrap().to_owned();
        let _told = command(&["init", &place]);
        std::fs::write(folder.path().join("sites/hoa-mai.toml"), file).unwrap();
        let config = format!("{place}/motcua.toml");
        let at = data.path().to_str().unwrap();
        let say = |words: &[&str]| command(&[words, &["--config", &config, "--data-dir", at]].concat());
        let secret = say(&["device", "add", "hoa-mai", "gateway", "machine"]);
        let director = say(&["token", "add", "--role", "director"]);
        let login = ["-u", "hoa-mai.machine", "-P", &secret, "-i", "hoa-mai.machine"].map(str::to_owned);
        let motcua = Motcua::start(&["--config", &config], Some(data));
        Self::begin(motcua, "hoa-mai", &login, Some(director), Some(folder))
    }

    fn begin(motcua: Motcua, site: &str, login: &[String], director: Option<String>, files: Option<TempDir>) -> Self {
        let topic = format!("motcua/v1/{site}/gateway/machine/evt");
        let machine = Publisher::connect_as(&motcua, Version::V5, &topic, login);
        Self { machine, seq: 0, motcua, site: site.to_owned(), director, _files: files }
    }

    /// Something happens.
    pub fn tell(&mut self, kind: &str, fields: &Value) {
        self.tell_at(&Instant::now().to_string(), kind, fields);
    }

    pub fn tell_at(&mut self, ts: &str, kind: &str, fields: &Value) {
        self.seq += 1;
        let mut event = json!({"id": format!("00000000-0000-4000-8000-{:012}", self.seq), "boot": "b1",
            "seq": self.seq, "ts": ts, "type": kind});
        for (name, value) in fields.as_object().unwrap() {
            event[name] = value.clone();
        }
        self.machine.publish(&event.to_string());
    }

    pub fn issue(&mut self, ticket: &str, service: &str) {
        self.tell("ticket.issued", &json!({"ticket": ticket, "service": service, "priority": "normal"}));
    }

    /// A number is taken and called at once.
    pub fn call(&mut self, ticket: &str, service: &str, counter: &str) {
        self.issue(ticket, service);
        self.tell("ticket.called", &json!({"ticket": ticket, "counter": counter}));
    }

    /// The board as a director sees it.
    pub fn board(&self) -> Result<Value, String> {
        let path = format!("/api/v1/sites/{}/board", self.site);
        match &self.director {
            Some(token) => get_with_token(&self.motcua.http, &path, token)?.json(),
            None => self.motcua.board(&self.site),
        }
    }

    pub fn board_until<T>(&self, what: &str, look: impl Fn(&Value) -> Result<T, String>) -> T {
        eventually(SOON, what, || look(&self.board()?))
    }

    /// Waits until so many calls are on the board; gives their numbers, newest first.
    pub fn calls(&self, count: usize) -> Vec<u64> {
        self.board_until(&format!("{count} calls"), |board| {
            let calls: Vec<u64> =
                board["calls"].as_array().into_iter().flatten().filter_map(|call| call["call_seq"].as_u64()).collect();
            if calls.len() == count { Ok(calls) } else { Err(format!("there are {}", calls.len())) }
        })
    }

    pub fn url(&self, page: &str) -> String {
        format!("http://{}/{}/{page}", self.motcua.http, self.site)
    }

    /// A page on a usual television; what it did before is forgotten.
    pub fn page(&self, browser: &Browser, page: &str) -> Page {
        let screen = screen(browser);
        screen.open(&self.url(page));
        lives(&screen);
        screen
    }
}

/// An empty page that can be measured, 1920×1080.
pub fn screen(browser: &Browser) -> Page {
    let screen = browser.page();
    screen.size(1920, 1080);
    screen.before_each_document(LOOK);
    screen
}

/// Waits until the page is a living one.
pub fn lives(page: &Page) {
    page.until(SOON, "a living screen", "document.documentElement.dataset.state === 'live'");
}

/// Waits until the page shows the board of this `seq` or a later one, and nothing moves any more.
pub fn shows(page: &Page, board: &Value) {
    let seq = &board["seq"];
    let reached = format!("Number(document.documentElement.dataset.seq) >= {seq} && look.settled()");
    page.until(SOON, &format!("the board of {seq}"), &reached);
}

/// The list that an expression gives, as text; empty when all is well.
pub fn list(page: &Page, expression: &str) -> Vec<String> {
    let value = page.get(expression);
    let rows = value.as_array().unwrap_or_else(|| panic!("{expression} gave {value}"));
    rows.iter().map(|row| row.as_str().map_or_else(|| row.to_string(), str::to_owned)).collect()
}

/// Keeps a picture where the person who asked for it looks (`TEST_PICTURES`); usually nobody does.
pub fn picture(page: &Page, name: &str) {
    if let Some(folder) = std::env::var_os("TEST_PICTURES") {
        page.picture(&Path::new(&folder).join(format!("{name}.png")));
    }
}
