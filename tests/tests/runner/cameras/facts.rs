//! What only cameras and the queue together can tell: an open counter with nobody behind it while
//! people wait, and a hall that is fuller than its tickets explain. Told by devices, seen on the board.

use std::time::Duration;

use harness::cameras::centre::{Camera, SITE, installation, site_file};
use harness::http::{get, get_with_token};
use harness::mqtt::publish;
use harness::oracle::Instant as Moment;
use harness::program::{Motcua, command};
use harness::wait::eventually;
use serde_json::{Value, json};

const SOON: Duration = Duration::from_secs(60);
/// Ten times a minute: the shortest that a site's file may ask for.
const MINUTES: Duration = Duration::from_secs(600);
const RULES: &str = "[crowd]\nunattended_min = 1\ncrowd_min = 1\ncrowd_level = 0.5\ncrowd_tickets = 3\n";

struct Hall {
    motcua: Motcua,
    director: String,
    /// `-u USER -P SECRET -i CLIENT` of the camera and of the queue's machine.
    camera: Vec<String>,
    machine: Vec<String>,
    seqs: [u32; 2],
    _folder: tempfile::TempDir,
}

impl Hall {
    fn new() -> Self {
        let (folder, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let zones = "[[camera.zone]]\nzone = \"desk\"\nkind = \"counter\"\ncounter = \"q1\"\npolygon = [[0, 0], [0.5, 0], [0.5, 1]]\n\
                     [[camera.zone]]\nzone = \"chairs\"\nkind = \"waiting\"\npolygon = [[0.5, 0], [1, 0], [1, 1]]\n";
        let cameras = [Camera { zones: zones.to_owned(), ..Camera::new("cam-1", "") }];
        let config = installation(folder.path(), "hall", &site_file(&cameras, RULES, false), "");
        let place = ["--config", &config, "--data-dir", data.path().to_str().unwrap()];
        let say = |words: &[&str]| command(&[words, &place[..]].concat());
        let login = |kind: &str, device: &str| {
            let (secret, user) = (say(&["device", "add", SITE, kind, device]), format!("{SITE}.{device}"));
            ["-u", &user, "-P", &secret, "-i", &user].map(str::to_owned).to_vec()
        };
        let (camera, machine) = (login("camera", "cam-1"), login("gateway", "machine"));
        let director = say(&["token", "add", "--role", "director"]);
        let motcua = Motcua::start(&["--config", &config], Some(data));
        Self { motcua, director, camera, machine, seqs: [0; 2], _folder: folder }
    }

    fn say(&mut self, camera: bool, fields: Value) {
        let (login, topic) = if camera { (&self.camera, "camera/cam-1") } else { (&self.machine, "gateway/machine") };
        let seq = &mut self.seqs[usize::from(camera)];
        *seq += 1;
        let mut event = json!({"id": format!("00000000-0000-4000-8{:03}-{seq:012}", u8::from(camera)), "boot": "b1",
            "seq": *seq, "ts": Moment::now().to_string()});
        event.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let login: Vec<&str> = login.iter().map(String::as_str).collect();
        publish(&self.motcua, &format!("motcua/v1/{SITE}/{topic}/evt"), event.to_string().as_bytes(), &login);
    }

    fn sees(&mut self, zone: &str, level: f64) {
        self.say(true, json!({"type": "camera.occupancy", "camera": "cam-1", "zone": zone, "level": level}));
    }

    fn board(&self) -> Result<Value, String> {
        get_with_token(&self.motcua.http, &format!("/api/v1/sites/{SITE}/board"), &self.director)?.json()
    }

    /// Waits until the board has this rule's alert, or has it no more.
    fn until(&self, rule: &str, is_there: bool, limit: Duration) -> Value {
        eventually(limit, &format!("{rule}: {is_there}"), || {
            let board = self.board()?;
            let alerts = board["alerts"].as_array().cloned().unwrap_or_default();
            let alert = alerts.iter().find(|alert| alert["rule"] == rule);
            if alert.is_some() == is_there {
                Ok(alert.cloned().unwrap_or_default())
            } else {
                Err(format!("{alerts:?}"))
            }
        })
    }

    fn has_none(&self) {
        assert_eq!(self.board().unwrap()["alerts"], json!([]));
    }
}

#[test]
fn an_open_counter_without_anybody_and_a_hall_without_tickets_are_told() {
    let mut hall = Hall::new();
    let open = json!({"type": "counter.opened", "counter": "q1", "officer": "cb-01", "services": ["khai-sinh"]});
    hall.say(false, open);
    hall.say(false, json!({"type": "ticket.issued", "ticket": "A001", "service": "khai-sinh", "priority": "normal"}));
    // Somebody is there: nothing to tell, for now.
    hall.sees("desk", 0.4);
    hall.sees("chairs", 0.2);
    eventually(SOON, "the board", || {
        let board = hall.board()?;
        let rows =
            board["zones"].as_array().map_or(0, |rows| rows.iter().filter(|row| row["level"].is_number()).count());
        if rows == 2 { Ok(()) } else { Err(board["zones"].to_string()) }
    });
    hall.has_none();
    hall.sees("desk", 0.0);
    hall.sees("chairs", 0.9);
    let begin = Moment::now().ms;
    let alert = hall.until("counter_unattended", true, MINUTES);
    assert_eq!(
        (&alert["counter"], &alert["camera"], &alert["zone"]),
        (&json!("q1"), &json!("cam-1"), &json!("desk")),
        "{alert}"
    );
    let told = Moment::now().ms;
    assert!(told - begin >= 59_000, "told after {} ms: a minute is to pass", told - begin);
    let alert = hall.until("crowd_without_tickets", true, MINUTES);
    assert_eq!((&alert["camera"], &alert["zone"]), (&json!("cam-1"), &json!("chairs")), "{alert}");
    // Only for those who look after it.
    let public = get(&hall.motcua.http, &format!("/api/v1/sites/{SITE}/board")).unwrap().json().unwrap();
    assert!(public["alerts"].is_null(), "{}", public["alerts"]);
    // Somebody sits down at the counter; tickets explain the hall.
    hall.sees("desk", 0.5);
    hall.until("counter_unattended", false, SOON);
    for ticket in ["A002", "A003"] {
        hall.say(
            false,
            json!({"type": "ticket.issued", "ticket": ticket, "service": "khai-sinh", "priority": "normal"}),
        );
    }
    hall.until("crowd_without_tickets", false, SOON);
    // A camera that sees nothing raises nothing.
    hall.sees("desk", 0.0);
    hall.say(true, json!({"type": "camera.offline", "camera": "cam-1", "reason": "stalled"}));
    eventually(SOON, "nothing to be known", || {
        let board = hall.board()?;
        let all = board["zones"].as_array().is_some_and(|rows| rows.iter().all(|row| row["level"].is_null()));
        if all { Ok(()) } else { Err(board["zones"].to_string()) }
    });
    hall.has_none();
}
