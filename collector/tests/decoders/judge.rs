// What holds of every file that the collector reads, whatever bytes are in it. The fuzz targets
// include this file.

use std::sync::Arc;

use collector::ingest::Door;
use collector::record::{DeadLetterHead, Kind};
use collector::snapshot;
use journal::faulty::Disk;
use journal::{Journal, Options, Reader, Record};
use mqtt_config::settings::Clock;

const SEGMENT: &str = "2026-11-23-00000000000000000001.journal";

/// Kind, both times, topic and payload.
type Whole = (u8, i64, i64, Vec<u8>, Vec<u8>);

/// Records of a segment, up to its end or its first damage.
fn records(disk: &Disk) -> Vec<Whole> {
    let mut records = Vec::new();
    let Ok(mut reader) = Reader::open_on(Arc::new(disk.clone()), 1) else { return records };
    while let Ok(Some(Record { offset, kind, rx_ms, at_ms, topic, payload })) = reader.next_record() {
        assert_eq!(offset, records.len() as u64 + 1, "no record is left out");
        records.push((kind, rx_ms, at_ms, topic.to_vec(), payload.to_vec()));
    }
    records
}

/// A journal's only segment: what can be read before it is opened for writing can be read after,
/// and goes on from there; damage is told in a sentence.
pub fn segment(bytes: &[u8]) {
    let disk = Disk::new(1);
    disk.put(SEGMENT, bytes);
    let before = records(&disk);
    match Journal::open_on(Arc::new(disk.clone()), Options::default()) {
        Ok((journal, recovery)) => {
            assert_eq!(journal.next_offset(), recovery.next_offset);
            drop(journal);
            assert_eq!(records(&disk), before, "opening changes nothing that was whole");
            assert_eq!(recovery.next_offset, before.len() as u64 + 1);
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    replay(&disk);
}

/// Whatever a record says, the door takes it in or says why not.
fn replay(disk: &Disk) {
    let journal = Journal::open_on(Arc::new(Disk::new(2)), Options::default()).unwrap().0;
    let mut door = Door::new(journal, Clock::Wall, Some("Asia/Ho_Chi_Minh".into()));
    let Ok(mut reader) = Reader::open_on(Arc::new(disk.clone()), 1) else { return };
    while let Ok(Some(record)) = reader.next_record() {
        if let Err(error) = door.replay(&record) {
            assert!(!error.to_string().is_empty());
        }
    }
}

/// One record of each kind with any payload: what the checksum cannot catch.
pub fn record(bytes: &[u8]) {
    let Some((kind, rest)) = bytes.split_first() else { return };
    let cut = rest.iter().position(|byte| *byte == b'\n').unwrap_or(0);
    let (topic, payload) = (&rest[..cut], rest.get(cut + 1..).unwrap_or_default());
    let journal = Journal::open_on(Arc::new(Disk::new(2)), Options::default()).unwrap().0;
    let mut door = Door::new(journal, Clock::Wall, Some("Asia/Ho_Chi_Minh".into()));
    for kind in [Kind::Config as u8, *kind % 10] {
        let record = Record { offset: 1, kind, rx_ms: 0, at_ms: 0, topic, payload };
        drop(door.replay(&record).map_err(|error| error.to_string()));
    }
}

/// A snapshot, with its checksum as it is and set right: used as it was, or passed over.
pub fn snapshot(bytes: &[u8]) {
    let mut forged = bytes.to_vec();
    if bytes.len() >= 40 {
        let len = (forged.len() - 40) as u64;
        forged[32..40].copy_from_slice(&len.to_le_bytes());
        let crc = crc32c::crc32c_append(crc32c::crc32c(&forged[..28]), &forged[40..]);
        forged[28..32].copy_from_slice(&crc.to_le_bytes());
    }
    for bytes in [bytes, &forged] {
        match snapshot::decode(bytes) {
            Ok(found) => {
                let written = found.encode().unwrap();
                assert_eq!(snapshot::decode(&written).unwrap().encode().unwrap(), written);
                let journal = Journal::open_on(Arc::new(Disk::new(3)), Options::default()).unwrap().0;
                let mut door = Door::new(journal, Clock::Wall, Some("Asia/Ho_Chi_Minh".into()));
                drop(door.restore(found.body.door));
            }
            Err(why) => assert!(!why.to_string().is_empty()),
        }
    }
}

/// What stands before a dead letter's payload.
pub fn letter(bytes: &[u8]) {
    if let Some((head, payload)) = DeadLetterHead::split(bytes) {
        let written = head.with_payload(payload, usize::MAX);
        assert_eq!(DeadLetterHead::split(&written), Some((head, payload)));
    }
}
