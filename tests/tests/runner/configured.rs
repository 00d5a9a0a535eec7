//! A real installation, set up as the README says: who has no login sends nothing, who has no
//! token sees nothing, and what the site's file does not name is a dead letter.

use std::path::Path;
use std::time::Duration;

use harness::http::{get, get_with_token};
use harness::mqtt::{publish, try_publish};
use harness::oracle::Instant;
use harness::program::{Motcua, command};
use harness::wait::eventually;
use serde_json::{Value, json};
use tempfile::TempDir;

const SOON: Duration = Duration::from_secs(5);
const EVT: &str = "motcua/v1/hoa-mai/gateway/machine/evt";
const BOARD: &str = "/api/v1/sites/hoa-mai/board";
const LETTERS: &str = "/api/v1/sites/hoa-mai/dead-letters";

struct Installation {
    motcua: Motcua,
    /// `-u USER -P SECRET -i CLIENT` of the site's machine.
    machine: Vec<String>,
    director: String,
    public: String,
}

impl Installation {
    fn new() -> Self {
        let (folder, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let config = init(&folder);
        let place = ["--config", &config, "--data-dir", path(data.path())];
        let say = |words: &[&str]| command(&[words, &place[..]].concat());
        let secret = say(&["device", "add", "hoa-mai", "gateway", "machine"]);
        let director = say(&["token", "add", "--role", "director"]);
        let public = say(&["token", "add", "--role", "public"]);
        let machine = ["-u", "hoa-mai.machine", "-P", &secret, "-i", "hoa-mai.machine"].map(str::to_owned).into();
        let motcua = Motcua::start(&["--config", &config], Some(data));
        Self { motcua, machine, director, public }
    }

    fn send(&self, seq: u32, fields: &Value) {
        let login: Vec<&str> = self.machine.iter().map(String::as_str).collect();
        publish(&self.motcua, EVT, event(seq, fields).as_bytes(), &login);
    }

    fn ask(&self, path: &str, token: &str) -> Result<Value, String> {
        get_with_token(&self.motcua.http, path, token)?.json()
    }
}

/// The example configuration, as written.
fn init(folder: &TempDir) -> String {
    let place = path(folder.path());
    let _told = command(&["init", place]);
    let config = format!("{place}/motcua.toml");
    let _told = command(&["check-config", &config]);
    config
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn event(seq: u32, fields: &Value) -> String {
    let mut event = json!({"id": format!("00000000-0000-4000-8000-{seq:012}"), "boot": "b1", "seq": seq,
        "ts": Instant::now().to_string()});
    for (name, value) in fields.as_object().unwrap() {
        event[name] = value.clone();
    }
    event.to_string()
}

fn issued(ticket: &str, service: &str) -> Value {
    json!({"type": "ticket.issued", "ticket": ticket, "service": service, "priority": "normal"})
}

#[test]
fn a_centre_as_the_example_configures_it() {
    let centre = Installation::new();
    strangers_are_kept_out(&centre);

    centre.send(1, &issued("A001", "khai-sinh"));
    centre.send(2, &json!({"type": "counter.opened", "counter": "q1", "officer": "cb-01"}));
    centre.send(3, &json!({"type": "ticket.called", "ticket": "A001", "counter": "q1"}));
    centre.send(4, &issued("A002", "cap-gcn"));
    eventually(SOON, "the director's board", || {
        let board = centre.ask(BOARD, &centre.director)?;
        let row = |list: &str, key: &str, id: &str| {
            board[list].as_array().into_iter().flatten().find(|row| row[key] == *id).cloned().unwrap_or_default()
        };
        let (service, counter) = (row("services", "service", "khai-sinh"), row("counters", "counter", "q1"));
        let named = counter["name"] == "Quầy 1" && counter["officer_name"] == "Nguyễn Thị Lan";
        let counted = service["called"] == 1 && service["open_counters"] == 1 && counter["ticket"] == "A001";
        let rest = row("services", "service", "cap-gcn")["waiting"] == 1 && board["ingest"]["accepted"] == 4;
        if named && counted && rest { Ok(()) } else { Err(board.to_string()) }
    });
    public_sees_less(&centre);
    what_the_file_does_not_name(&centre);
}

fn strangers_are_kept_out(centre: &Installation) {
    let Installation { motcua, machine, .. } = centre;
    assert!(!try_publish(motcua, EVT, event(9, &issued("A009", "khai-sinh")).as_bytes(), &[]), "no login, no entry");
    let mut login: Vec<&str> = machine.iter().map(String::as_str).collect();
    // Another device's topic: the broker lets it fall.
    let other = "motcua/v1/hoa-mai/gateway/other/evt";
    publish(motcua, other, event(1, &issued("A010", "khai-sinh")).as_bytes(), &login);
    login[3] = "wrong";
    assert!(!try_publish(motcua, EVT, b"{}", &login), "a wrong secret is no entry");
    assert_eq!(get(&motcua.http, LETTERS).unwrap().status, 401, "without a token");
    for path in [BOARD, "/api/v1/sites", LETTERS] {
        assert_eq!(get_with_token(&motcua.http, path, "motcua_0").unwrap().status, 401, "{path} with a wrong token");
    }
}

fn public_sees_less(centre: &Installation) {
    nothing_of_the_office(&centre.ask(BOARD, &centre.public).unwrap());
    nothing_of_the_office(&get(&centre.motcua.http, BOARD).unwrap().json().unwrap());
    let letters = get_with_token(&centre.motcua.http, LETTERS, &centre.public).unwrap();
    assert_eq!(letters.status, 403);
}

fn nothing_of_the_office(board: &Value) {
    for hidden in ["devices", "alerts", "ingest", "storage"] {
        let empty = board.get(hidden).is_none_or(|value| value.as_array().is_some_and(Vec::is_empty));
        assert!(empty, "{hidden} is for the office: {}", board[hidden]);
    }
    let counter = &board["counters"][0];
    assert!(
        counter["counter"].is_string() && counter["ratings"].is_null() && counter["utilisation"].is_null(),
        "{counter}"
    );
}

fn what_the_file_does_not_name(centre: &Installation) {
    centre.send(5, &issued("A003", "khong-co"));
    centre.send(6, &json!({"type": "ticket.called", "ticket": "A002", "counter": "q99"}));
    eventually(SOON, "two dead letters", || {
        let letters = centre.ask(LETTERS, &centre.director)?;
        let reasons = [1, 0].map(|at| letters["dead_letters"][at]["reason"].as_str().unwrap_or("-"));
        let right = letters["total"] == 2 && reasons == ["unknown_service", "unknown_counter"];
        if right { Ok(()) } else { Err(letters.to_string()) }
    });
}
