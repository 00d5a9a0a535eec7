//! What cameras and queue together say: a counter open while nobody is there, a hall fuller than its
//! tickets explain, a camera of which nothing is known.

use bytes::Bytes;
use collector::flow::Extent;
use domain::SiteId;
use domain::board::{AlertRow, Board};
use domain::config::{CounterConfig, ServiceConfig, SiteConfig, ZoneConfig};
use domain::event::ZoneKind;
use mqtt_config::session::{Inbound, Qos};
use mqtt_config::settings::Clock;

use crate::bench::{Bench, at};

fn config() -> SiteConfig {
    let mut config = SiteConfig::discovered(SiteId::new("x").unwrap(), "Asia/Ho_Chi_Minh");
    config.discover = false;
    config.services.push(ServiceConfig {
        service: "s".parse().unwrap(),
        name: "S".into(),
        field: None,
        field_name: None,
        department: None,
        department_name: None,
        queue: domain::config::Queue::External,
        hours: Vec::new(),
    });
    config.counters.push(CounterConfig {
        counter: "q1".parse().unwrap(),
        name: "Q1".into(),
        place: None,
        department: None,
        services: vec!["s".parse().unwrap()],
        field_name: None,
    });
    let zone = |zone: &str, kind, counter: Option<&str>| ZoneConfig {
        camera: "cam-1".parse().unwrap(),
        zone: zone.parse().unwrap(),
        kind,
        counter: counter.map(|id| id.parse().unwrap()),
        polygon: Vec::new(),
        seats: None,
    };
    config.zones = vec![zone("desk", ZoneKind::Counter, Some("q1")), zone("hall", ZoneKind::Waiting, None)];
    config
}

/// A centre, and its board as last told.
struct Hall {
    bench: Bench,
    board: Option<Board>,
}

impl Hall {
    fn new() -> Self {
        let mut bench = Bench::new(Clock::Wall, 1);
        bench.door.configure(config(), at(0)).unwrap();
        bench.door.turn_days(at(0));
        Self { bench, board: None }
    }

    fn say(&mut self, s: i64, rest: &str) {
        self.bench.say("x", at(s), rest);
    }

    /// The board as of an instant; one that does not differ is not told again.
    fn board(&mut self, s: i64) -> &Board {
        let outputs = self.bench.show(at(s), Extent::Whole { board: true });
        if let Some(text) = &outputs[0].board {
            self.board = Some(serde_json::from_slice(text).unwrap());
        }
        self.board.as_ref().unwrap()
    }
}

fn level(hall: &mut Hall, s: i64, zone: &str, level: f64) {
    let rest = format!(r#""type":"camera.occupancy","camera":"cam-1","zone":"{zone}","level":{level}"#);
    hall.say(s, &rest);
}

fn rules(board: &Board) -> Vec<(&str, i64)> {
    let since = |row: &AlertRow| row.since.since(at(0)) / 1_000;
    board.alerts.iter().map(|row| (row.rule.as_str(), since(row))).collect()
}

#[test]
fn an_open_counter_without_anybody_there_is_a_matter_until_somebody_is() {
    let mut hall = Hall::new();
    hall.say(0, r#""type":"counter.opened","counter":"q1""#);
    hall.say(10, r#""type":"ticket.issued","ticket":"A1","service":"s","priority":"normal""#);
    level(&mut hall, 20, "desk", 0.0);
    assert_eq!(rules(hall.board(319)), []);
    let board = hall.board(320);
    assert_eq!(rules(board), [("counter_unattended", 20)]);
    let row = &board.alerts[0];
    assert_eq!((row.alert.as_str(), row.counter), ("counter_unattended.q1", Some("q1".parse().unwrap())));
    assert_eq!(row.zone, Some("desk".parse().unwrap()));
    let started = r#""type":"camera.motion_started","camera":"cam-1","zone":"desk","motion":"m1","level":0.3"#;
    hall.say(330, started);
    assert_eq!(rules(hall.board(331)), []);
    let ended =
        r#""type":"camera.motion_ended","camera":"cam-1","zone":"desk","motion":"m1","level":0.3,"duration_s":70"#;
    hall.say(400, ended);
    assert_eq!(rules(hall.board(700)), [("counter_unattended", 400)]);
    // Nobody waits: whoever is not there is not missed.
    hall.say(701, r#""type":"ticket.cancelled","ticket":"A1""#);
    assert_eq!(rules(hall.board(702)), []);
}

#[test]
fn a_camera_without_a_picture_raises_nothing_and_shows_nothing() {
    let mut hall = Hall::new();
    hall.say(0, r#""type":"counter.opened","counter":"q1""#);
    hall.say(0, r#""type":"ticket.issued","ticket":"A1","service":"s","priority":"normal""#);
    level(&mut hall, 1, "desk", 0.0);
    level(&mut hall, 1, "hall", 0.4);
    hall.say(100, r#""type":"camera.offline","camera":"cam-1","reason":"stalled""#);
    let board = hall.board(900);
    assert_eq!(rules(board), []);
    assert_eq!(board.zones.iter().map(|zone| zone.level).collect::<Vec<_>>(), [None, None]);
}

#[test]
fn a_camera_that_has_lost_the_broker_shows_nothing() {
    let mut hall = Hall::new();
    level(&mut hall, 1, "hall", 0.4);
    let of_hall = |board: &Board| board.zones.iter().find(|zone| zone.zone.as_str() == "hall").unwrap().level;
    assert_eq!(of_hall(hall.board(2)), Some(0.4));
    let status = |hall: &mut Hall, state: &str| {
        let payload = format!(r#"{{"state":"{state}","ts":"{}","boot":"b"}}"#, at(3));
        let inbound = Inbound {
            topic: Bytes::from_static(b"motcua/v1/x/camera/cam-1/status"),
            payload: payload.into(),
            qos: Qos::AtLeastOnce,
            retain: false,
            dup: false,
            ack: None,
        };
        hall.bench.door.message(&inbound, at(3), true);
    };
    status(&mut hall, "lost");
    assert_eq!(of_hall(hall.board(4)), None);
    status(&mut hall, "ready");
    assert_eq!(of_hall(hall.board(5)), Some(0.4));
}

#[test]
fn a_hall_that_stays_full_without_tickets_is_a_matter() {
    let mut hall = Hall::new();
    level(&mut hall, 0, "hall", 0.55);
    level(&mut hall, 60, "hall", 0.7);
    assert_eq!(rules(hall.board(599)), []);
    assert_eq!(rules(hall.board(600)), [("crowd_without_tickets", 0)]);
    for n in 0..5 {
        let issued = format!(r#""type":"ticket.issued","ticket":"A{n}","service":"s","priority":"normal""#);
        hall.say(610 + n, &issued);
    }
    assert_eq!(rules(hall.board(620)), []);
}
