//! The example centre with recorded time, somebody who tells it a story, and a director who asks.

use std::fs;
use std::path::Path;
use std::time::Duration;

use harness::http::{Answer, get_with_token};
use harness::mqtt::{Publisher, Version};
use harness::oracle::Instant;
use harness::program::{Motcua, command};
use harness::wait::eventually;
use serde_json::Value;
use tempfile::TempDir;

use super::story::Story;

pub const DAY: &str = "from=2026-11-23&to=2026-11-23";
/// History is told every ten seconds.
pub const TOLD: Duration = Duration::from_secs(100);
const EVT: &str = "motcua/v1/hoa-mai/gateway/machine/evt";
/// Every figure, by something.
pub const QUESTIONS: [&str; 12] = [
    "waits?by=hour",
    "waits?by=service,hour",
    "waits?by=department&compare=previous",
    "load?by=service",
    "load?by=officer,hour",
    "utilisation?by=counter",
    "abandonment?by=field",
    "ratings?by=counter",
    "ratings?by=officer",
    "estimates?by=service",
    "quality?by=hour",
    "zones?by=day",
];

pub struct Centre {
    folder: TempDir,
    pub motcua: Motcua,
    machine: [String; 6],
    tokens: Vec<(&'static str, String)>,
}

impl Centre {
    /// With these lines more in the installation's file.
    pub fn new(more: &str) -> Self {
        let (folder, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let _told = command(&["init", folder.path().to_str().unwrap()]);
        let config = config(&folder);
        add(&config, more);
        let say = |words: &[&str]| {
            command(&[words, &["--config", &config, "--data-dir", data.path().to_str().unwrap()]].concat())
        };
        let secret = say(&["device", "add", "hoa-mai", "gateway", "machine"]);
        let token = |role| (role, say(&["token", "add", "--role", role]));
        let tokens = ["public", "officer", "supervisor", "director"].map(token).to_vec();
        let machine = ["-u", "hoa-mai.machine", "-P", &secret, "-i", "hoa-mai.machine"].map(str::to_owned);
        let motcua = serve(&config, Some(data));
        Self { folder, motcua, machine, tokens }
    }

    /// Stops the programs, and starts them again after `between` had the data directory.
    pub fn restart(self, between: impl FnOnce(&Path)) -> Self {
        let Self { folder, motcua, machine, tokens } = self;
        let data = motcua.stop();
        between(data.path());
        let motcua = serve(&config(&folder), Some(data));
        Self { folder, motcua, machine, tokens }
    }

    /// [`Self::restart`] with another text at the end of the installation's file.
    pub fn restart_without(self, more: &str) -> Self {
        let file = config(&self.folder);
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&file, text.replace(more, "")).unwrap();
        self.restart(|_| {})
    }

    /// The machine tells the events of the story from the `from`-th on to before the `to`-th.
    pub fn tell(&self, story: &Story, from: usize, to: usize) {
        self.tell_each(story, from, to, |_| {});
    }

    /// [`Self::tell`], with something between each event and the next.
    pub fn tell_each(&self, story: &Story, from: usize, to: usize, mut between: impl FnMut(usize)) {
        let mut machine = Publisher::connect_as(&self.motcua, Version::V5, EVT, &self.machine);
        for (at, (ms, mut event)) in story.events().into_iter().enumerate().take(to).skip(from) {
            event["id"] = format!("00000000-0000-4000-8000-{at:012}").into();
            event["boot"] = "b1".into();
            event["seq"] = (at + 1).into();
            event["ts"] = Instant { ms, offset_ms: 0 }.to_string().into();
            machine.publish(&event.to_string());
            between(at);
        }
    }

    /// What somebody of this role is answered.
    pub fn asked(&self, role: &str, path: &str) -> Result<Answer, String> {
        let (_, token) = self.tokens.iter().find(|(of, _)| *of == role).unwrap();
        get_with_token(&self.motcua.http, &format!("/api/v1/sites/hoa-mai/{path}"), token)
    }

    /// A question of the day, as the director.
    pub fn ask(&self, question: &str) -> Result<Value, String> {
        self.asked("director", &of_the_day(question))?.json()
    }

    pub fn board(&self) -> Result<Value, String> {
        self.asked("director", "board")?.json()
    }

    /// Waits until the board and history have so many events, none twice.
    pub fn has(&self, events: usize) {
        eventually(TOLD, &format!("{events} events on the board"), || {
            let ingest = self.board()?["ingest"].clone();
            let right = ingest["accepted"] == events && ingest["dead_letter"] == 0;
            if right { Ok(()) } else { Err(ingest.to_string()) }
        });
        self.history_has(events);
    }

    /// Waits until history has so many events.
    pub fn history_has(&self, events: usize) {
        eventually(TOLD, &format!("{events} events in history"), || {
            let told = self.ask("quality")?;
            let accepted = &told["rows"][0]["figures"]["accepted"]["value"];
            if *accepted == events { Ok(()) } else { Err(accepted.to_string()) }
        });
    }

    /// Everything that history says, word for word, by question.
    pub fn all(&self) -> Vec<(&'static str, String)> {
        let body = |question: &str| {
            let answer = self.asked("director", &of_the_day(question)).unwrap();
            assert_eq!(answer.status, 200, "{question}: {}", answer.body);
            answer.body
        };
        let files = ["visits", "visits?format=csv", "waits?by=hour&format=csv", "load?by=service&format=csv&lang=en"];
        QUESTIONS.iter().chain(&files).map(|question| (*question, body(question))).collect()
    }
}

/// One by one, so that who reads a failure need not look for it.
pub fn same(one: &[(&str, String)], other: &[(&str, String)], why: &str) {
    for ((question, one), (_, other)) in one.iter().zip(other) {
        assert_eq!(one, other, "{question}: {why}");
    }
    assert_eq!(one.len(), other.len());
}

fn of_the_day(question: &str) -> String {
    let and = if question.contains('?') { '&' } else { '?' };
    format!("history/{question}{and}{DAY}")
}

fn config(folder: &TempDir) -> String {
    format!("{}/motcua.toml", folder.path().to_str().unwrap())
}

fn add(file: &str, more: &str) {
    let text = fs::read_to_string(file).unwrap();
    fs::write(file, format!("{text}{more}")).unwrap();
}

fn serve(config: &str, data: Option<TempDir>) -> Motcua {
    // A rebuild knows from a snapshot that time was recorded.
    Motcua::start(&["--config", config, "--clock", "event", "--snapshot-records", "20"], data)
}
