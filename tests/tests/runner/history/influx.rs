//! InfluxDB beside the embedded store: the same answers, and an outage that nobody but the alert
//! tells of.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use harness::program::binary;
use harness::proxy::{Fault, Proxy};
use harness::wait::eventually;
use serde_json::Value;

use super::centre::{Centre, TOLD, same};
use super::story::Story;

/// The alert is patient for half a minute.
const ALERT: Duration = Duration::from_secs(300);

/// An InfluxDB as a process, which forgets everything when it ends.
struct Influx {
    process: Child,
    port: u16,
    token: String,
}

impl Influx {
    fn start(port: u16) -> Self {
        let mut process =
            Command::new(double()).arg(port.to_string()).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let words: Vec<&str> = line.split_whitespace().collect();
        let [url, _, token] = words[..] else { panic!("the double said {line:?}") };
        let port = url.rsplit(':').next().unwrap().parse().unwrap();
        Self { process, port, token: token.to_owned() }
    }
}

impl Drop for Influx {
    fn drop(&mut self) {
        // One that has ended already is no error.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn double() -> PathBuf {
    let found = binary().with_file_name("influx-double");
    assert!(found.is_file(), "the double is not built: run `cargo build -p motcua-history --all-targets` first");
    found
}

/// The lines of the installation's file; `token` is the path of a file.
fn settings(port: u16, token: &str) -> String {
    format!(
        "\nhistory_store = \"influxdb\"\nhistory_influxdb_url = \"http://127.0.0.1:{port}\"\n\
         history_influxdb_org = \"motcua\"\nhistory_influxdb_token_file = \"{token}\"\nhistory_influxdb_timeout_s = 2\n"
    )
}

fn is_behind(board: &Value) -> bool {
    board["alerts"].as_array().unwrap().iter().any(|alert| alert["rule"] == "history_behind")
}

fn alerted(centre: &Centre, expected: bool) {
    let what = if expected { "the alert" } else { "the end of the alert" };
    eventually(ALERT, what, || {
        let board = centre.board()?;
        if is_behind(&board) == expected { Ok(()) } else { Err(board["alerts"].to_string()) }
    });
}

/// Nothing waits to be sent, and nothing was put aside.
fn caught_up(centre: &Centre) {
    eventually(TOLD, "an empty outbox", || {
        let said = centre.ask("store")?["collector"].clone();
        let right = said["points_waiting"] == 0 && said["points_dead"] == 0 && said["mirrored"] == true;
        if right { Ok(()) } else { Err(said.to_string()) }
    });
}

#[test]
fn an_influxdb_that_is_away_for_a_while_says_what_the_embedded_store_says() {
    let influx = Influx::start(0);
    let line = Proxy::before(influx.port);
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    std::fs::write(&token, &influx.token).unwrap();
    let settings = settings(line.port, token.to_str().unwrap());
    let (centre, story) = (Centre::new(&settings), Story::new());
    let events = story.events().len();
    let [first, second] = [events / 3, events * 2 / 3];
    centre.tell(&story, 0, first);
    centre.has(first);
    caught_up(&centre);
    assert!(!is_behind(&centre.board().unwrap()));
    assert_eq!(centre.ask("store").unwrap()["store"], "influxdb");

    line.set(Fault::Reset);
    centre.tell(&story, first, second);
    eventually(TOLD, "the board to go on", || {
        let accepted = centre.board()?["ingest"]["accepted"].clone();
        if accepted == second { Ok(()) } else { Err(accepted.to_string()) }
    });
    let away = centre.asked("director", "history/waits").unwrap();
    assert_eq!(away.status, 503, "{}", away.body);
    alerted(&centre, true);
    // The live way does not wait for it.
    centre.tell(&story, second, events);
    eventually(TOLD, "the board to go on", || {
        let accepted = centre.board()?["ingest"]["accepted"].clone();
        if accepted == events { Ok(()) } else { Err(accepted.to_string()) }
    });

    line.set(Fault::None);
    alerted(&centre, false);
    centre.history_has(events);
    caught_up(&centre);
    let mirrored = centre.all();
    let centre = centre.restart_without(&settings);
    assert_eq!(centre.ask("store").unwrap()["store"], "embedded");
    same(&mirrored, &centre.all(), "both stores say the same, word for word");
    println!("{events} events, a third of them while InfluxDB was away: both stores say the same");
}

/// It is not there when the centre starts, and has nothing when it comes.
#[test]
fn an_influxdb_that_comes_late_gets_everything() {
    let (token, port) = {
        let influx = Influx::start(0);
        (influx.token.clone(), influx.port)
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, token).unwrap();
    let settings = settings(port, file.to_str().unwrap());
    let (centre, story) = (Centre::new(&settings), Story::new());
    let events = story.events().len();
    centre.tell(&story, 0, events);
    // Single visits are read from the embedded store: what is in it waits to be sent.
    eventually(TOLD, "everybody in the embedded store", || {
        let told = centre.ask("visits")?;
        let found = told["visits"].as_array().map_or(0, Vec::len);
        let here = story.people.len();
        if found == here { Ok(()) } else { Err(format!("it has {found} of {here}")) }
    });
    assert_eq!(centre.asked("director", "history/waits").unwrap().status, 503);
    let _influx = Influx::start(port);
    centre.history_has(events);
    caught_up(&centre);
    let mirrored = centre.all();
    let centre = centre.restart_without(&settings);
    same(&mirrored, &centre.all(), "both stores say the same, word for word");
    println!("{events} events from before InfluxDB was there");
}
