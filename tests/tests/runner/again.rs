//! Dead letters run again: by themselves when the site's file names what it did not know, and by
//! hand, beside a running collector and without one. Each counts once.

use std::fs;
use std::time::Duration;

use harness::http::get_with_token;
use harness::mqtt::publish;
use harness::oracle::Instant;
use harness::program::{Motcua, command};
use harness::wait::eventually;
use serde_json::{Value, json};
use tempfile::TempDir;

const SOON: Duration = Duration::from_secs(20);
const EVT: &str = "motcua/v1/hoa-mai/gateway/machine/evt";

/// A centre whose site file a test rewrites.
struct Centre {
    folder: TempDir,
    motcua: Motcua,
    login: [String; 6],
    token: String,
    /// The site's file as it was written first.
    file: String,
}

impl Centre {
    /// With the site's file changed before the start.
    fn new(change: impl Fn(&str) -> String) -> Self {
        let (folder, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let _told = command(&["init", folder.path().to_str().unwrap()]);
        let file = fs::read_to_string(folder.path().join("sites/hoa-mai.toml")).unwrap();
        fs::write(folder.path().join("sites/hoa-mai.toml"), change(&file)).unwrap();
        let config = config(&folder);
        let say = |words: &[&str]| {
            command(&[words, &["--config", &config, "--data-dir", data.path().to_str().unwrap()]].concat())
        };
        let secret = say(&["device", "add", "hoa-mai", "gateway", "machine"]);
        let token = say(&["token", "add", "--role", "director"]);
        let login = ["-u", "hoa-mai.machine", "-P", &secret, "-i", "hoa-mai.machine"].map(str::to_owned);
        let motcua = Motcua::start(&["--config", &config], Some(data));
        Self { folder, motcua, login, token, file }
    }

    fn configure(&self, file: &str) {
        fs::write(self.folder.path().join("sites/hoa-mai.toml"), file).unwrap();
    }

    fn send(&self, seq: u32, ticket: &str, service: &str) {
        let event = json!({"id": format!("00000000-0000-4000-8000-{seq:012}"), "boot": "b1", "seq": seq,
            "ts": Instant::now().to_string(), "type": "ticket.issued", "ticket": ticket, "service": service,
            "priority": "normal"});
        self.send_raw(&event.to_string());
    }

    fn send_raw(&self, event: &str) {
        publish(&self.motcua, EVT, event.as_bytes(), &self.login.each_ref().map(String::as_str));
    }

    /// Waits until so many are accepted, so many are dead letters, and so many wait for the service.
    fn shows(&self, accepted: u64, dead: u64, service: &str, waiting: u64) {
        let what = format!("{accepted} accepted, {dead} dead letters, {waiting} waiting for {service}");
        eventually(SOON, &what, || {
            let get = |what: &str| {
                get_with_token(&self.motcua.http, &format!("/api/v1/sites/hoa-mai/{what}"), &self.token)?.json()
            };
            let (board, letters) = (get("board")?, get("dead-letters")?);
            let ingest = &board["ingest"];
            let row = board["services"].as_array().into_iter().flatten().find(|row| row["service"] == service);
            let right = ingest["accepted"] == accepted
                && ingest["dead_letter"] == dead
                && letters["total"] == dead
                && letters["dead_letters"].as_array().is_some_and(|list| list.len() as u64 == dead)
                && row.is_some_and(|row| row["waiting"] == waiting);
            if right { Ok(()) } else { Err(format!("{ingest} {letters} {row:?}")) }
        });
    }

    /// Runs a command on this centre.
    fn command(&self, words: &[&str]) -> String {
        of(&self.motcua.data, words)
    }

    /// Stops the programs, and starts them again after `between`.
    fn restart(self, between: impl FnOnce(&TempDir)) -> Self {
        let Self { folder, motcua, login, token, file } = self;
        let data = motcua.stop();
        between(&data);
        let motcua = Motcua::start(&["--config", &config(&folder)], Some(data));
        Self { folder, motcua, login, token, file }
    }
}

fn config(folder: &TempDir) -> String {
    format!("{}/motcua.toml", folder.path().to_str().unwrap())
}

fn of(data: &TempDir, words: &[&str]) -> String {
    command(&[words, &["--data-dir", data.path().to_str().unwrap()]].concat())
}

fn answered(told: &str) -> Value {
    serde_json::from_str(told).unwrap_or_else(|_| panic!("no answer: {told}"))
}

#[test]
fn letters_count_by_themselves_once_the_site_s_file_names_their_service() {
    let centre = Centre::new(|file| file.replace("\"khai-sinh\"", "\"khai-sinh-cu\""));
    centre.send(1, "A001", "chung-thuc");
    for (seq, ticket) in [(2, "A002"), (3, "A003")] {
        centre.send(seq, ticket, "khai-sinh");
    }
    centre.shows(1, 2, "chung-thuc", 1);
    let listed = centre.command(&["dead-letters"]);
    assert_eq!(listed.lines().count(), 2, "{listed}");
    let again = serde_json::from_str::<Value>(listed.lines().next().unwrap()).unwrap();

    centre.configure(&centre.file);
    centre.shows(3, 0, "khai-sinh", 2);
    // The machine never heard, and says one of them again.
    centre.send_raw(again["payload"].as_str().unwrap());
    centre.send(4, "A004", "chung-thuc");
    centre.shows(4, 0, "chung-thuc", 2);
    assert_eq!(centre.command(&["dead-letters"]), "");
    assert_eq!(centre.command(&["export-events"]).lines().count(), 4);

    let hash = centre.command(&["state-hash"]);
    let _killed = centre.motcua.kill_collector().unwrap();
    centre.shows(4, 0, "khai-sinh", 2);
    let centre = centre.restart(|data| assert_eq!(of(data, &["state-hash"]), hash));
    centre.shows(4, 0, "khai-sinh", 2);
    println!("2 letters counted once the file knew their service, and once only");
}

#[test]
fn letters_are_run_by_hand_beside_the_collector_and_without_one() {
    let ours = |file: &str| file.replace("#queue = \"external\"", "queue = \"motcua\"");
    let centre = Centre::new(ours);
    for (seq, ticket) in [(1, "A001"), (2, "A002"), (3, "A003")] {
        centre.send(seq, ticket, "khai-sinh");
    }
    centre.shows(0, 3, "khai-sinh", 0);
    let in_vain = answered(&centre.command(&["dead-letters", "again"]));
    assert_eq!((&in_vain["counted"], &in_vain["refused"]), (&json!(0), &json!({"not_the_queue": 3})));

    centre.configure(&centre.file);
    let offset = |at: usize| {
        let listed = centre.command(&["dead-letters"]);
        let letter: Value = serde_json::from_str(listed.lines().nth(at).unwrap()).unwrap();
        letter["offset"].to_string()
    };
    let (first, last) = (offset(0), offset(2));
    // The file is taken in while running; until then the letter is refused as before.
    eventually(SOON, "the second letter to count", || {
        let told = answered(&centre.command(&["dead-letters", "again", "--offset", &offset(1)]));
        if told["counted"] == 1 { Ok(()) } else { Err(told.to_string()) }
    });
    centre.shows(1, 2, "khai-sinh", 1);

    let centre = centre.restart(|data| {
        let kept = of(data, &["dead-letters", "again", "--site", "hoa-mai", "--offset", &first, "--offset", &last]);
        assert_eq!(kept, r#"{"kept":true}"#);
        assert_eq!(of(data, &["dead-letters"]).lines().count(), 2, "nothing has happened yet");
    });
    centre.shows(3, 0, "khai-sinh", 3);
    let told = answered(&centre.command(&["dead-letters", "again", "--reason", "not_the_queue"]));
    assert_eq!((&told["counted"], &told["before"]), (&json!(0), &json!(3)));
    centre.shows(3, 0, "khai-sinh", 3);
    println!("3 letters run by hand: 1 beside the collector, 2 at its next start");
}
