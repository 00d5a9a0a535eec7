//! What an eye says of a recording, as events of the contract.

use domain::event::{Body, Envelope, Event, ZoneKind};
use domain::{BootId, CameraId, EventId, MotionId, Timestamp, ZoneId};
use motion::{Cause, Word};
use mqtt_config::settings::CameraZone;
use mqtt_config::wire::event_json;
use uuid::Uuid;

/// Writes events of one recording: the same recording gives the same ones, with the same ids.
pub(super) struct Events {
    camera: CameraId,
    zones: Vec<(ZoneId, bool, Option<u32>)>,
    begin: Timestamp,
    boot: BootId,
    space: Uuid,
    seq: u64,
}

impl Events {
    /// `name` is the recording's own; its first picture was taken at `begin`.
    pub(super) fn new(camera: CameraId, zones: &[CameraZone], begin: Timestamp, name: &str) -> Self {
        let space = Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("motcua:recording:{camera}:{begin}:{name}").as_bytes());
        let boot = BootId::new(&space.to_string()).expect("a UUID is 36 letters of ASCII");
        let zones = zones.iter().map(|zone| (zone.zone, zone.kind != ZoneKind::Ignore, zone.seats)).collect();
        Self { camera, zones, begin, boot, space, seq: 0 }
    }

    /// One line, without its end; `None` for a zone that nothing is told of.
    pub(super) fn line(&mut self, word: &Word) -> Option<String> {
        let (at_ms, body) = self.body(word)?;
        self.seq += 1;
        let id = Uuid::new_v5(&self.space, &self.seq.to_be_bytes());
        let ts = self.begin.plus(at_ms);
        let envelope = Envelope { id: EventId(id.as_u128()), boot: self.boot, seq: self.seq, ts, up_ms: None };
        let event = event_json(&Event { envelope, body });
        // The instant under the name that ledgers and exports use for it as well.
        Some(format!("{},\"at\":\"{ts}\"}}", event.strip_suffix('}').unwrap_or(&event)))
    }

    fn body(&self, word: &Word) -> Option<(i64, Body)> {
        let camera = self.camera;
        match *word {
            Word::Started { zone, motion, at_ms, level } => {
                let (zone, _) = self.zone(zone)?;
                let (motion, pts_s) = (name(motion), Some(seconds(at_ms)));
                Some((at_ms, Body::MotionStarted { camera, zone, motion, level: Some(level), pts_s }))
            }
            Word::Ended { zone, motion, began_ms, at_ms, level, cause } => {
                let (zone, _) = self.zone(zone)?;
                let (motion, pts_s) = (name(motion), Some(seconds(at_ms)));
                let duration_s = Some(seconds(at_ms - began_ms));
                let reason = (cause == Cause::Lost).then(|| Box::from("recording_ended"));
                let level = Some(level);
                Some((at_ms, Body::MotionEnded { camera, zone, motion, level, duration_s, pts_s, reason }))
            }
            Word::Level { zone, at_ms, level } => {
                let (zone, seats) = self.zone(zone)?;
                let people = seats.map(|seats| (level * f64::from(seats)).round() as u32);
                Some((at_ms, Body::Occupancy { camera, zone, level, people, pts_s: Some(seconds(at_ms)) }))
            }
        }
    }

    fn zone(&self, index: usize) -> Option<(ZoneId, Option<u32>)> {
        self.zones.get(index).filter(|(_, told, _)| *told).map(|(zone, _, seats)| (*zone, *seats))
    }
}

fn name(motion: u64) -> MotionId {
    MotionId::new(&format!("m{motion}")).expect("a letter and a number are printable ASCII")
}

fn seconds(ms: i64) -> f64 {
    ms as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use mqtt_config::settings::read_zones;
    use mqtt_config::topics::DeviceTopic;
    use mqtt_config::wire::parse_event;

    const ZONES: &str = r#"
        [[zone]]
        zone = "seats"
        kind = "waiting"
        seats = 20
        polygon = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]]
        [[zone]]
        zone = "street"
        kind = "ignore"
        polygon = [[0.0, 0.5], [0.1, 1.0], [0.0, 1.0]]
    "#;

    fn events() -> Events {
        let zones = read_zones("z.toml".as_ref(), ZONES).unwrap();
        let begin = Timestamp::parse("2026-05-04T08:00:00+07:00").unwrap();
        Events::new(CameraId::new("hall").unwrap(), &zones, begin, "a.mp4")
    }

    const WORDS: [Word; 4] = [
        Word::Level { zone: 0, at_ms: 0, level: 0.12 },
        Word::Level { zone: 1, at_ms: 0, level: 0.5 },
        Word::Started { zone: 0, motion: 1, at_ms: 1240, level: 0.07 },
        Word::Ended { zone: 0, motion: 1, began_ms: 1240, at_ms: 3000, level: 0.5, cause: Cause::Left },
    ];

    #[test]
    fn lines_are_events_of_the_contract_with_both_times() {
        let mut events = events();
        let lines: Vec<String> = WORDS.iter().filter_map(|word| events.line(word)).collect();
        assert_eq!(lines.len(), 3, "nothing is told of what is ignored");
        let topic = DeviceTopic::parse(b"motcua/v1/ward/camera/hall/evt").unwrap();
        for (n, line) in lines.iter().enumerate() {
            let event = parse_event(&topic, line.as_bytes()).unwrap();
            assert_eq!(event.envelope.seq, n as u64 + 1);
        }
        assert!(
            lines[0].contains(r#""type":"camera.occupancy","camera":"hall","zone":"seats","level":0.12,"people":2"#)
        );
        assert!(lines[1].contains(r#""motion":"m1","level":0.07,"pts_s":1.24,"at":"2026-05-04T01:00:01.240Z""#));
        assert!(lines[2].contains(r#""duration_s":1.76,"pts_s":3.0,"at":"2026-05-04T01:00:03.000Z""#), "{}", lines[2]);
    }

    #[test]
    fn the_same_recording_gives_the_same_lines() {
        let all = |mut events: Events| WORDS.iter().filter_map(|word| events.line(word)).collect::<Vec<_>>();
        assert_eq!(all(events()), all(events()));
    }
}
