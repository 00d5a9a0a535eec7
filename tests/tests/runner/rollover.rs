//! A business day ends under the whole program, with recorded time: what is open is archived, or
//! stays in line where the site keeps its queue; a killed collector and the exported events know the
//! same.

use std::fs;
use std::path::Path;
use std::time::Duration;

use harness::http::get_with_token;
use harness::mqtt::publish;
use harness::program::{Motcua, command};
use harness::wait::eventually;
use serde_json::{Value, json};

const LIMIT: Duration = Duration::from_secs(30);
const SITE_FILE: &str = r#"site = "hoa-mai"
name = "Hoa Mai"
[[department]]
department = "ubnd"
name = "UBND"
[[department.field]]
field = "dat-dai"
name = "Đất đai"
[[department.field.service]]
service = "cap-gcn"
name = "Cấp GCN"
[[department.counter]]
counter = "q1"
name = "Quầy 1"
"#;

struct Installation {
    motcua: Motcua,
    login: Vec<String>,
    token: String,
    seq: u32,
}

impl Installation {
    fn new(first_line: &str) -> Self {
        let data = tempfile::tempdir().unwrap();
        let at = |name: &str| data.path().join(name);
        fs::create_dir(at("sites")).unwrap();
        fs::write(at("sites/hoa-mai.toml"), format!("{first_line}\n{SITE_FILE}")).unwrap();
        fs::write(at("motcua.toml"), "").unwrap();
        let config = text(&at("motcua.toml"));
        let place = ["--config", &config, "--data-dir", &text(data.path())].map(str::to_owned);
        let say = |words: &[&str]| {
            let place: Vec<&str> = place.iter().map(String::as_str).collect();
            command(&[words, &place[..]].concat())
        };
        let secret = say(&["device", "add", "hoa-mai", "gateway", "machine"]);
        let token = say(&["token", "add", "--role", "director"]);
        let login = ["-u", "hoa-mai.machine", "-P", &secret, "-i", "hoa-mai.machine"].map(str::to_owned).into();
        let motcua = Motcua::start(&["--clock", "event", "--config", &config], Some(data));
        Self { motcua, login, token, seq: 0 }
    }

    /// Something happens on a day of November 2026, at local time.
    fn say(&mut self, when: &str, fields: &Value) {
        self.seq += 1;
        let mut event = fields.clone();
        event["id"] = json!(format!("00000000-0000-4000-8000-{:012}", self.seq));
        event["boot"] = json!("b1");
        event["seq"] = json!(self.seq);
        event["ts"] = json!(format!("2026-11-{when}+07:00"));
        let login: Vec<&str> = self.login.iter().map(String::as_str).collect();
        publish(&self.motcua, "motcua/v1/hoa-mai/gateway/machine/evt", event.to_string().as_bytes(), &login);
    }

    fn issue(&mut self, when: &str, ticket: &str) {
        let fields = json!({"type": "ticket.issued", "ticket": ticket, "service": "cap-gcn", "priority": "normal"});
        self.say(when, &fields);
    }

    fn tell(&mut self, when: &str, what: &str, ticket: &str) {
        self.say(when, &json!({"type": format!("ticket.{what}"), "ticket": ticket, "counter": "q1"}));
    }

    /// Waits for what the board says of every event: day, how many wait, who waits longest and for
    /// how long, whose ticket is with the counter, and how many events could not be used.
    fn shows(&self, expected: &Value) {
        eventually(LIMIT, &format!("a board that shows {expected}"), || {
            let board = get_with_token(&self.motcua.http, "/api/v1/sites/hoa-mai/board", &self.token)?.json()?;
            let (service, ingest) = (&board["services"][0], &board["ingest"]);
            let taken = ingest["accepted"].as_u64().zip(ingest["dead_letter"].as_u64()).map(|(one, other)| one + other);
            let shown = json!([
                board["business_day"],
                service["waiting"],
                service["next"][0],
                service["longest_wait_s"],
                board["counters"][0]["ticket"],
                ingest["dead_letter"]
            ]);
            if taken == Some(u64::from(self.seq)) && shown == *expected {
                Ok(())
            } else {
                Err(format!("it shows {shown}"))
            }
        });
    }

    /// An evening with one in line, one held, one at the counter, and the next morning.
    fn over_the_night(&mut self) {
        self.issue("23T16:00:00", "A001");
        self.issue("23T16:01:00", "A002");
        self.tell("23T16:02:00", "held", "A002");
        self.issue("23T16:03:00", "A003");
        self.tell("23T16:04:00", "called", "A003");
        self.shows(&json!(["2026-11-23", 1, "A001", 240, "A003", 0]));
        self.issue("24T07:00:00", "B001");
    }

    /// Kills the collector; what follows from the journal is what was shown.
    fn again(&self) {
        let killed = self.motcua.kill_collector().unwrap();
        eventually(LIMIT, "another collector", || match self.motcua.collector() {
            Some(pid) if pid != killed => Ok(()),
            other => Err(format!("there is {other:?}")),
        });
    }
}

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

#[test]
fn r11_a_day_ends_and_whoever_is_open_is_archived() {
    let mut site = Installation::new("");
    site.over_the_night();
    site.shows(&json!(["2026-11-24", 1, "B001", 0, null, 0]));
    // Yesterday's numbers are today's own: they are free, and what is said of them waits for an issue.
    site.issue("24T07:01:00", "A001");
    site.tell("24T07:02:00", "called", "A003");
    let shown = json!(["2026-11-24", 2, "B001", 120, null, 0]);
    site.shows(&shown);
    site.again();
    site.shows(&shown);
}

#[test]
fn r11_a_site_that_keeps_its_queue_goes_on_with_it_in_the_morning() {
    let mut site = Installation::new("keep_queue_overnight = true");
    site.over_the_night();
    // From four in the afternoon to seven in the morning.
    site.shows(&json!(["2026-11-24", 2, "A001", 54_000, null, 0]));
    // The machine begins its numbers anew while one of them is still in line.
    site.issue("24T07:01:00", "A001");
    site.tell("24T07:02:00", "returned", "A002");
    site.tell("24T07:03:00", "called", "A001");
    let shown = json!(["2026-11-24", 2, "B001", 180, "A001", 1]);
    site.shows(&shown);
    site.again();
    site.shows(&shown);
}
