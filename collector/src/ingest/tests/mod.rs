//! The door from outside: messages in, counts, acknowledgements and records out.

mod again;
mod holes;
mod ids;
mod kept;
mod refused;

use std::path::Path;

use bytes::Bytes;
use domain::config::SiteConfig;
use journal::{Journal, Options, Reader};
use mqtt_config::session::Qos;

use super::*;

/// 2026-11-23 in the morning.
pub const NOW: Timestamp = Timestamp::from_ms(1_795_399_200_000);
pub const DAY_MS: i64 = 86_400_000;

/// The configuration of a site with these services and one counter, `q1`.
pub fn config(site: &str, services: &[&str]) -> SiteConfig {
    let services: Vec<_> =
        services.iter().map(|id| serde_json::json!({ "service": id, "name": id, "queue": "external" })).collect();
    serde_json::from_value(serde_json::json!({
        "site": site, "name": site, "time_zone": "Asia/Ho_Chi_Minh", "services": services,
        "counters": [{ "counter": "q1", "name": "1", "services": [] }],
    }))
    .unwrap()
}

/// A door over the journal in `dir`, with what the journal holds.
pub fn replayed(dir: &Path) -> Door {
    let mut door = opened(dir);
    let mut reader = Reader::open(dir, 1).unwrap();
    while let Some(record) = reader.next_record().unwrap() {
        door.replay(&record).unwrap();
    }
    door.take_records();
    door.take_touched();
    door
}

/// A door over the journal in `dir` that knows nothing yet.
pub fn opened(dir: &Path) -> Door {
    Door::new(Journal::open(dir, Options::default()).unwrap().0, Clock::Wall, None)
}

pub fn message(topic: &str, payload: impl Into<Bytes>) -> Inbound {
    Inbound {
        topic: Bytes::copy_from_slice(topic.as_bytes()),
        payload: payload.into(),
        qos: Qos::AtLeastOnce,
        retain: false,
        dup: false,
        ack: None,
    }
}

/// An event's payload: `what` is its type and its fields.
pub fn payload(id: u32, boot: &str, seq: u64, ts: Timestamp, what: &str) -> String {
    format!(r#"{{"id":"{}","boot":"{boot}","seq":{seq},"ts":"{ts}",{what}}}"#, uuid::Uuid::from_u128(id.into()))
}

pub fn issued(ticket: u32, service: &str) -> String {
    format!(r#""type":"ticket.issued","ticket":"A{ticket:03}","service":"{service}","priority":"normal""#)
}

/// The same journal in another place.
pub fn copy(from: &Path) -> tempfile::TempDir {
    let to = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, to.path().join(path.file_name().unwrap())).unwrap();
    }
    to
}

pub fn bytes(door: &Door) -> Vec<u8> {
    postcard::to_stdvec(&door.state()).unwrap()
}

/// Accepted, repeats and dead letters of the first site.
pub fn counts(door: &Door) -> (u64, u64, u64) {
    let ingest = door.sites()[0].ingest;
    (ingest.accepted, ingest.duplicate, ingest.dead_letter)
}

/// The reasons of the first site's letters, the newest first.
pub fn reasons(door: &Door) -> Vec<&'static str> {
    door.sites()[0].letters.listed().iter().map(|letter| letter.reason.code()).collect()
}

/// A door of one site, `hue`, which knows the service `dat-dai`.
pub fn hue(dir: &Path) -> Door {
    let mut door = opened(dir);
    let ix = door.configure(config("hue", &["dat-dai"]), NOW).unwrap();
    door.turn_day(ix, NOW, NOW);
    door
}

pub const GATEWAY: &str = "motcua/v1/hue/gateway/g1/evt";
