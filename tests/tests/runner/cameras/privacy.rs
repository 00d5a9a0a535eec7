//! No image, no face, no plate, no person leaves `camera-ingest`: everything that it sends is read,
//! byte for byte as it goes over the wire, while real streams run and a camera is lost and found.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use harness::cameras::centre::{Camera, Centre, SITE};
use harness::cameras::clip::Clip;
use harness::cameras::family::connections;
use harness::cameras::server::{Server, free_port};
use harness::cameras::tap::{Message, Packet};
use harness::oracle::Instant as Moment;
use harness::proxy::{Fault, Proxy};
use harness::wait::eventually;
use serde_json::Value;

/// The most that a payload may hold.
const MOST: usize = 1_024;
/// Seconds of streams; `MOTCUA_SOAK_S` for another time, 600 for the ten minutes.
const SECONDS: u64 = 45;
const SOON: Duration = Duration::from_secs(60);

/// What may stand in a payload: a key, and what its value may be. Nothing else may.
const ALLOWED: &[(&str, Kind)] = &[
    ("id", Kind::Id),
    ("boot", Kind::Id),
    ("motion", Kind::Id),
    ("seq", Kind::Number),
    ("up_ms", Kind::Number),
    ("level", Kind::Number),
    ("people", Kind::Number),
    ("duration_s", Kind::Number),
    ("pts_s", Kind::Number),
    ("heartbeat_s", Kind::Number),
    ("ts", Kind::Time),
    (
        "type",
        Kind::Code(&[
            "camera.motion_started",
            "camera.motion_ended",
            "camera.occupancy",
            "camera.offline",
            "camera.online",
        ]),
    ),
    ("state", Kind::Code(&["init", "ready", "sleeping", "disconnected", "lost"])),
    (
        "reason",
        Kind::Code(&[
            "camera_offline",
            "unreachable",
            "refused",
            "no_such_stream",
            "no_video",
            "stalled",
            "ended",
            "broken",
            "blind",
            "worker",
            "stopped",
        ]),
    ),
    ("camera", Kind::Name(&["cam-1", "cam-2", "cam-3", "cam-4"])),
    ("zone", Kind::Name(&["desk", "a1", "a2", "a3", "a4"])),
    ("fw", Kind::Short),
    ("model", Kind::Short),
    ("ok", Kind::Truth),
    ("missing", Kind::Number),
];

/// What a value may be.
#[derive(Debug, Clone, Copy)]
enum Kind {
    /// A UUID, or a name of a boot: up to 36 of `0-9a-z-`.
    Id,
    /// Or null.
    Number,
    Truth,
    /// RFC 3339.
    Time,
    /// One of these words.
    Code(&'static [&'static str]),
    /// One of the ids in the site's file.
    Name(&'static [&'static str]),
    /// A program's name and version: up to 40 plain characters.
    Short,
}

impl Kind {
    fn allows(self, value: &Value) -> bool {
        let text = value.as_str();
        let plain = |most: usize, also: &str| {
            let is_plain = |c: char| c.is_ascii_alphanumeric() || also.contains(c);
            text.is_some_and(|text| text.len() <= most && text.chars().all(is_plain))
        };
        match self {
            Self::Id => plain(36, "-"),
            Self::Number => value.is_number() || value.is_null(),
            Self::Truth => value.is_boolean(),
            Self::Time => text.is_some_and(|text| text.len() <= 32 && Moment::parse(text).is_some()),
            Self::Code(words) | Self::Name(words) => text.is_some_and(|text| words.contains(&text)),
            Self::Short => plain(40, " .-_+"),
        }
    }
}

/// Why a payload may not leave the process; `None` when it may.
fn objection(payload: &[u8]) -> Option<String> {
    if payload.len() > MOST {
        return Some(format!("{} bytes", payload.len()));
    }
    let Ok(Value::Object(fields)) = serde_json::from_slice(payload) else { return Some("not an object".to_owned()) };
    fields.iter().find_map(|(key, value)| {
        let allowed = ALLOWED.iter().find(|(name, _)| name == key);
        match allowed {
            None => Some(format!("the key {key}")),
            Some((_, kind)) if kind.allows(value) => None,
            Some((_, kind)) => Some(format!("{key} = {value}, which is no {kind:?}")),
        }
    })
}

/// The list itself refuses what it is there for.
#[test]
fn what_may_not_leave_is_told() {
    let good = r#"{"id":"0193-a","boot":"b1","seq":1,"ts":"2026-11-24T00:00:00.000Z","type":"camera.occupancy","camera":"cam-1","zone":"desk","level":0.5}"#;
    assert_eq!(objection(good.as_bytes()), None);
    let image = format!(r#"{{"id":"{}"}}"#, "iVBORw0KGgo".repeat(20));
    for (payload, why) in [
        (r#"{"image":"x"}"#, "the key image"),
        (r#"{"zone":"51A-12345"}"#, "zone"),
        (r#"{"level":"0.5"}"#, "level"),
        (r#"{"level":[1,2]}"#, "level"),
        (r#"{"reason":"a man in a red shirt"}"#, "reason"),
        ("[1]", "not an object"),
        (&image, "id"),
        (&" ".repeat(1_025), "1025 bytes"),
    ] {
        assert!(objection(payload.as_bytes()).is_some_and(|told| told.contains(why)), "{payload}");
    }
}

/// What the contract lets a camera say has no room for a picture: no key that is not on the list, and
/// no text without a pattern or a length.
#[test]
fn the_schema_has_no_room_for_more() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/schemas/event.json");
    let schema: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let mut kinds = 0;
    for one in schema["oneOf"].as_array().unwrap() {
        let kind = one["properties"]["type"]["const"].as_str().unwrap_or_default();
        if !kind.starts_with("camera.") {
            continue;
        }
        kinds += 1;
        for (key, what) in one["properties"].as_object().unwrap() {
            assert!(ALLOWED.iter().any(|(name, _)| name == key), "{kind} may have {key}");
            let is_text =
                what["type"] == "string" || what["type"].as_array().is_some_and(|all| all.contains(&"string".into()));
            let is_bounded =
                ["const", "enum", "pattern", "format", "maxLength"].iter().any(|word| !what[*word].is_null());
            // A reason is cut at 120 characters; that `camera-ingest` writes codes there is seen below.
            assert!(is_bounded || !is_text || key == "reason", "{kind}: {key} may hold any text: {what}");
            assert!(!["object", "array"].iter().any(|word| what["type"] == *word), "{kind}: {key}: {what}");
        }
    }
    assert_eq!(kinds, 5, "all of them were looked at");
}

#[test]
fn nothing_leaves_the_process_but_numbers() {
    if !super::can_run() {
        return;
    }
    let asked = std::env::var("MOTCUA_SOAK_S").ok().and_then(|text| text.parse().ok());
    let time = Duration::from_secs(asked.unwrap_or(SECONDS));
    let server = Server::start(&Clip::Hall.file(), free_port(), &["--cameras", "4"]);
    let shaky = Proxy::before(server.port);
    let mut cameras: Vec<Camera> =
        (1..=3).map(|n| Camera::new(&format!("cam-{n}"), &server.url(&format!("cam-{n}")))).collect();
    cameras.push(Camera::new("cam-4", &harness::cameras::server::url(shaky.port, "cam-4")));
    let mut hall = Centre::start(&cameras, "");
    for camera in &cameras {
        eventually(SOON, "a level", || hall.level(&camera.camera, "desk")?.ok_or_else(|| "not known".to_owned()));
    }
    // One camera comes and goes all the time, so that what is said then is read too.
    let begin = Instant::now();
    let mut peers = Peers { ports: BTreeMap::new(), here: true };
    while begin.elapsed() < time {
        shaky.set(if (begin.elapsed().as_secs() / 15).is_multiple_of(2) { Fault::None } else { Fault::Cut });
        peers.look(&hall);
        std::thread::park_timeout(Duration::from_millis(500));
    }
    assert!(hall.eyes.stop());
    // Nothing but the broker and the cameras was spoken to. (Port 0: it listens, or is not connected.)
    let known = [hall.tap.port, server.port, shaky.port, 0];
    let Peers { ports, here } = peers;
    let strange: Vec<_> = ports.keys().filter(|port| !known.contains(port)).collect();
    assert!(here && strange.is_empty(), "connections to {strange:?}: {ports:?}");
    assert!(ports.contains_key(&hall.tap.port) && ports.contains_key(&server.port), "{ports:?}");
    let (bytes, rest) = hall.tap.sent(|tap| tap.bytes());
    assert_eq!(rest, 0, "bytes that are in no packet of MQTT");
    let packets = hall.tap.sent(|tap| tap.packets().to_vec());
    let kinds = read(&packets, &cameras);
    println!(
        "{{\"what\":\"everything that was sent\",\"seconds\":{},\"bytes\":{bytes},\"packets\":{},\"kinds\":{kinds:?}}}",
        time.as_secs(),
        packets.len()
    );
    for kind in [
        "camera.occupancy",
        "camera.motion_started",
        "camera.motion_ended",
        "camera.offline",
        "camera.online",
        "status",
        "state",
    ] {
        assert!(kinds.contains_key(kind), "no {kind} was read: {kinds:?}");
    }
}

/// Whom `camera-ingest` and its workers were connected to: ports, and whether all are of this machine.
struct Peers {
    ports: BTreeMap<u16, usize>,
    here: bool,
}

impl Peers {
    fn look(&mut self, hall: &Centre) {
        for pid in hall.eyes.workers().into_iter().chain([hall.eyes.pid()]) {
            for (port, here) in connections(pid) {
                self.here &= here;
                *self.ports.entry(port).or_insert(0) += 1;
            }
        }
    }
}

/// Reads every packet; counts what was published, by type or channel.
fn read(packets: &[Packet], cameras: &[Camera]) -> BTreeMap<String, usize> {
    let mut kinds = BTreeMap::new();
    let mut judge = |message: &Message| {
        let channel = message.topic.rsplit('/').next().unwrap_or_default();
        let topics = cameras.iter().map(|one| format!("motcua/v1/{SITE}/camera/{}/{channel}", one.camera));
        assert!(topics.into_iter().any(|topic| topic == message.topic), "the topic {}", message.topic);
        assert!(["evt", "status", "state", "meta", "done"].contains(&channel), "the topic {}", message.topic);
        let told = String::from_utf8_lossy(&message.payload);
        assert_eq!(objection(&message.payload), None, "{}: {told}", message.topic);
        let kind = message.json()["type"].as_str().unwrap_or(channel).to_owned();
        *kinds.entry(kind).or_insert(0) += 1;
    };
    for packet in packets {
        match packet.first >> 4 {
            3 => judge(&packet.message().expect("a publish of MQTT 5")),
            // The will is published by the broker.
            1 => judge(&packet.will().expect("a connect with a will")),
            // PUBACK, SUBSCRIBE, PINGREQ, DISCONNECT hold numbers and names of topics.
            4 | 8 | 12 | 14 => assert!(packet.body.len() <= MOST, "{packet:?}"),
            _ => panic!("a packet that a device does not send: {packet:?}"),
        }
    }
    kinds
}
