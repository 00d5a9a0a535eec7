//! What the door refuses, and that what it refuses once does no harm for ever.

use super::*;

fn letters(door: &Door) -> (u64, u64, Vec<&'static str>) {
    (door.unplaced, door.sites()[0].ingest.dead_letter, reasons(door))
}

#[test]
fn topics_that_are_not_the_contract_s_are_kept_where_they_belong() {
    let dir = tempfile::tempdir().unwrap();
    let mut door = hue(dir.path());
    for topic in ["motcua/v1/hue/printer/p1/evt", "motcua/v1/hue/kiosk/K1/evt", "motcua/v1/hue/kiosk/k1"] {
        assert!(door.message(&message(topic, "{}"), NOW, true).is_some());
    }
    assert_eq!(letters(&door), (0, 3, vec!["bad_topic"; 3]));
    // No site, no topic, not even UTF-8.
    let mut strange = message("", "x");
    door.message(&strange, NOW, true);
    strange.topic = Bytes::from_static(b"motcua/v1/\xff/kiosk/k1/evt");
    door.message(&strange, NOW, true);
    door.message(&message("motcua/v1/elsewhere/printer/p1/evt", "{}"), NOW, true);
    assert_eq!(letters(&door), (3, 3, vec!["bad_topic"; 3]));
}

#[test]
fn a_site_nobody_configured_is_refused_and_none_appears() {
    let dir = tempfile::tempdir().unwrap();
    let mut door = hue(dir.path());
    let event = payload(1, "b", 1, NOW, &issued(1, "dat-dai"));
    door.message(&message("motcua/v1/da-nang/kiosk/k1/evt", event), NOW, true);
    door.message(&message("motcua/v1/da-nang/kiosk/k1/status", "{}"), NOW, true);
    door.message(&message("motcua/v1/da-nang/camera/c1/state", "{}"), NOW, true);
    assert_eq!((letters(&door), door.sites().len()), ((3, 0, vec![]), 1));
    let mut retained = message("motcua/v1/da-nang/kiosk/k1/status", "{}");
    retained.retain = true;
    assert_eq!(door.message(&retained, NOW, true), None, "it was refused when it was said");
    assert_eq!(door.unplaced, 3);
}

#[test]
fn names_that_the_site_s_file_does_not_know() {
    let dir = tempfile::tempdir().unwrap();
    let mut door = hue(dir.path());
    let mut with_zone = config("hue", &["dat-dai", "cap-so"]);
    with_zone.services[1].queue = domain::config::Queue::Motcua;
    let zone = serde_json::json!({ "camera": "cam-1", "zone": "cho", "kind": "waiting", "counter": null });
    with_zone.zones = vec![serde_json::from_value(zone).unwrap()];
    door.configure(with_zone, NOW).unwrap();
    let zone = |zone: &str, camera: &str| {
        format!(r#""type":"camera.occupancy","camera":"{camera}","zone":"{zone}","level":0.5"#)
    };
    let events = [
        ("gateway/g1", issued(1, "thue"), "unknown_service"),
        ("gateway/g1", r#""type":"ticket.called","ticket":"A001","counter":"q9""#.to_owned(), "unknown_counter"),
        (
            "gateway/g1",
            r#""type":"ticket.transferred","ticket":"A001","to_service":"thue""#.to_owned(),
            "unknown_service",
        ),
        ("gateway/g1", r#""type":"counter.opened","counter":"q1","services":["thue"]"#.to_owned(), "unknown_service"),
        ("camera/cam-1", zone("cho", "cam-1"), ""),
        ("camera/cam-1", zone("cua", "cam-1"), "unknown_zone"),
        ("camera/cam-2", zone("cho", "cam-2"), "unknown_zone"),
        ("camera/cam-2", r#""type":"camera.offline","camera":"cam-2""#.to_owned(), "unknown_zone"),
        ("camera/cam-1", zone("cho", "cam-2"), "wrong_device"),
        ("gateway/g1", issued(2, "cap-so"), "not_the_queue"),
        ("kiosk/k1", issued(3, "cap-so"), "not_the_queue"),
        ("kiosk/k1", issued(3, "dat-dai"), ""),
        ("host/h1", issued(4, "cap-so"), ""),
    ];
    let mut expected = Vec::new();
    let mut accepted = 0;
    for (n, (device, what, reason)) in events.iter().enumerate() {
        let event = payload(n as u32 + 1, "b", n as u64 + 1, NOW, what);
        assert!(door.message(&message(&format!("motcua/v1/hue/{device}/evt"), event), NOW, true).is_some());
        if reason.is_empty() { accepted += 1 } else { expected.insert(0, *reason) }
    }
    assert_eq!((reasons(&door), counts(&door)), (expected.clone(), (accepted, 0, expected.len() as u64)));
}

#[test]
fn repeats_and_conflicts_are_told_apart_after_a_restart_too() {
    let dir = tempfile::tempdir().unwrap();
    let mut door = hue(dir.path());
    let event = |id, seq, ticket| message(GATEWAY, payload(id, "b", seq, NOW, &issued(ticket, "dat-dai")));
    door.message(&event(1, 1, 1), NOW, true);
    door.message(&message(GATEWAY, r#"{"boot":"b","seq":2}"#), NOW, true);
    door.journal().flush().unwrap();
    let kept = bytes(&door);
    let again = copy(dir.path());
    let mut restored = opened(again.path());
    restored.restore(postcard::from_bytes(&kept).unwrap()).unwrap();
    let elsewhere = copy(dir.path());
    for mut door in [replayed(elsewhere.path()), restored] {
        door.message(&event(1, 1, 1), NOW, true);
        door.message(&event(1, 9, 1), NOW, true);
        door.message(&message(GATEWAY, r#"{"boot":"b","seq":2}"#), NOW, true);
        assert_eq!(counts(&door), (1, 3, 1), "the same event, the same renumbered, the same letter");
        door.message(&event(1, 1, 2), NOW, true);
        door.message(&event(5, 1, 1), NOW, true);
        assert_eq!(reasons(&door)[..2], ["conflict", "conflict"], "another content, another id");
        assert_eq!(counts(&door), (1, 3, 3));
    }
}

#[test]
fn what_is_too_large_is_cut_counted_and_acknowledged_like_anything_else() {
    let dir = tempfile::tempdir().unwrap();
    let mut door = hue(dir.path());
    for len in [16 * 1024 + 1, 100 * 1024, 256 * 1024] {
        let offset = door.message(&message(GATEWAY, vec![b'x'; len]), NOW, true);
        assert!(offset.is_some(), "it has a place after which the broker is told to forget it");
    }
    // What the client would not take comes with an empty topic.
    assert!(door.message(&message("", vec![b'x'; 4096]), NOW, true).is_some());
    assert_eq!(letters(&door), (1, 3, vec!["too_large"; 3]));
    let longest = door.sites()[0].letters.listed().iter().map(|letter| letter.payload.len()).max();
    assert_eq!(longest, Some(4096));
    // An empty payload clears a retained copy and is no event.
    assert_eq!(door.message(&message(GATEWAY, ""), NOW, true), None);
    assert_eq!(counts(&door), (0, 0, 3));
}
