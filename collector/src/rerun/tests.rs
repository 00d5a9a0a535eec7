use domain::event::DeadLetterReason;
use journal::{Journal, Options};
use mqtt_config::session::Qos;
use mqtt_config::settings::Clock;

use super::*;

const NOW: Timestamp = Timestamp::from_ms(1_795_399_200_000);

/// A door over a journal in a data directory, with the site `hue` and its services.
fn door(data_dir: &Path, services: &[&str]) -> Door {
    let mut door = Door::new(Journal::open(&journal_dir(data_dir), Options::default()).unwrap().0, Clock::Wall, None);
    configure(&mut door, services);
    door.turn_days(NOW);
    door
}

fn configure(door: &mut Door, services: &[&str]) {
    let services: Vec<_> = services.iter().map(|id| serde_json::json!({ "service": id, "name": id })).collect();
    let config = serde_json::json!({
        "site": "hue", "name": "Huế", "time_zone": "Asia/Ho_Chi_Minh", "services": services,
    });
    door.configure(serde_json::from_value(config).unwrap(), NOW).unwrap();
}

/// Says the events `from..=to` of a service.
fn say(door: &mut Door, from: u64, to: u64, service: &str) {
    for seq in from..=to {
        let id = uuid::Uuid::from_u128(seq.into());
        let payload = format!(
            r#"{{"id":"{id}","boot":"b","seq":{seq},"ts":"{NOW}","type":"ticket.issued","ticket":"A{seq}","service":"{service}","priority":"normal"}}"#
        );
        let message = mqtt_config::session::Inbound {
            topic: bytes::Bytes::from_static(b"motcua/v1/hue/gateway/g/evt"),
            payload: payload.into(),
            qos: Qos::AtLeastOnce,
            retain: false,
            dup: false,
            ack: None,
        };
        door.message(&message, NOW, true);
    }
    door.journal().flush().unwrap();
}

/// Works until there is nothing to do, everything being durable.
fn work(reruns: &mut Reruns, door: &mut Door) {
    for _ in 0..100 {
        let durable = door.journal().next_offset() - 1;
        reruns.look(door, durable);
        if !reruns.is_at_work() {
            return;
        }
        while reruns.is_at_work() {
            reruns.step(door, NOW);
        }
        door.journal().flush().unwrap();
    }
    panic!("it never ends");
}

fn counts(door: &Door) -> (u64, u64) {
    let ingest = door.sites()[0].ingest;
    (ingest.accepted, ingest.dead_letter)
}

#[test]
fn letters_run_by_themselves_once_their_service_is_known() {
    let dir = tempfile::tempdir().unwrap();
    let mut door = door(dir.path(), &["dat-dai"]);
    let mut reruns = Reruns::new(dir.path());
    say(&mut door, 1, 10, "dat-dai");
    say(&mut door, 11, 1_000, "thue");
    work(&mut reruns, &mut door);
    assert_eq!(counts(&door), (10, 990));
    configure(&mut door, &["dat-dai", "ho-tich"]);
    work(&mut reruns, &mut door);
    assert_eq!(counts(&door), (10, 990), "another name helps nobody");
    configure(&mut door, &["dat-dai", "thue"]);
    work(&mut reruns, &mut door);
    assert_eq!(counts(&door), (1_000, 0));
    work(&mut Reruns::new(dir.path()), &mut door);
    assert_eq!(counts(&door), (1_000, 0), "a start finds nothing to do");
}

#[test]
fn what_the_last_collector_did_not_come_to_the_next_one_does() {
    let dir = tempfile::tempdir().unwrap();
    let mut door = door(dir.path(), &["dat-dai"]);
    say(&mut door, 1, 700, "thue");
    configure(&mut door, &["dat-dai", "thue"]);
    let mut reruns = Reruns::new(dir.path());
    reruns.look(&mut door, u64::MAX);
    reruns.step(&mut door, NOW);
    assert_eq!(counts(&door), (LETTERS as u64, 700 - LETTERS as u64));
    work(&mut Reruns::new(dir.path()), &mut door);
    assert_eq!(counts(&door), (700, 0));
}

#[test]
fn a_request_runs_what_it_names_and_is_answered_when_that_is_durable() {
    let dir = tempfile::tempdir().unwrap();
    let mut door = door(dir.path(), &["dat-dai"]);
    let mut reruns = Reruns::new(dir.path());
    work(&mut reruns, &mut door);
    say(&mut door, 1, 4, "thue");
    say(&mut door, 1, 1, "ho-tich");
    configure(&mut door, &["dat-dai", "thue"]);
    door.take_configured();
    let second = door.first_waiting().unwrap() + 1;
    let asked = ask(dir.path(), &Request { offsets: [second].into(), ..Request::default() }).unwrap();
    reruns.look(&mut door, 0);
    while reruns.is_at_work() {
        reruns.step(&mut door, NOW);
    }
    let before = door.journal().next_offset() - 2;
    reruns.look(&mut door, before);
    assert_eq!((asked.standing().unwrap(), counts(&door)), (Standing::Taken, (1, 4)));
    reruns.look(&mut door, before + 1);
    assert_eq!(asked.standing().unwrap(), Standing::Done(Tally { counted: 1, ..Tally::default() }));

    let elsewhere = domain::SiteId::new("da-nang").unwrap();
    let of = |site, reason| ask(dir.path(), &Request { site, reason, ..Request::default() }).unwrap();
    let (nothing, conflicts, all) =
        (of(Some(elsewhere), None), of(None, Some(DeadLetterReason::Conflict)), of(None, None));
    work(&mut reruns, &mut door);
    assert_eq!(nothing.standing().unwrap(), Standing::Done(Tally::default()));
    let refused = [(DeadLetterReason::Conflict, 1)];
    let tally = Tally { refused: refused.into(), ..Tally::default() };
    assert_eq!(conflicts.standing().unwrap(), Standing::Done(tally.clone()));
    assert_eq!(all.standing().unwrap(), Standing::Done(Tally { counted: 3, before: 1, ..tally }));
    assert_eq!(counts(&door), (4, 1));
}
