use proptest::prelude::*;

use super::*;

fn site() -> SiteId {
    SiteId::new("tam-ky").unwrap()
}

#[test]
fn a_device_topic_is_read_and_written() {
    let text = "motcua/v1/tam-ky/kiosk/kiosk-1/evt";
    let topic = DeviceTopic::parse(text).unwrap();
    assert_eq!((topic.site, topic.kind, topic.channel), (site(), DeviceKind::Kiosk, Channel::Evt));
    assert_eq!(topic.to_string(), text);
    assert_eq!(topic.on(Channel::Ack).to_string(), "motcua/v1/tam-ky/kiosk/kiosk-1/ack");
    assert!(!topic.is_collector());
}

#[test]
fn the_wrong_part_is_named() {
    for (topic, wrong) in [
        ("", TopicError::Prefix),
        ("motcua/v2/tam-ky/kiosk/k/evt", TopicError::Prefix),
        ("motcua/v1/", TopicError::Levels),
        ("motcua/v1/tam-ky/kiosk/k", TopicError::Levels),
        ("motcua/v1/tam-ky/kiosk/k/evt/", TopicError::Levels),
        ("motcua/v1/Tam-Ky/kiosk/k/evt", TopicError::Site),
        ("motcua/v1//kiosk/k/evt", TopicError::Site),
        ("motcua/v1/metrics/host/collector/state", TopicError::ReservedSite),
        ("motcua/v1/tam-ky/printer/k/evt", TopicError::Kind),
        ("motcua/v1/tam-ky/kiosk/K 1/evt", TopicError::Device),
        ("motcua/v1/tam-ky/kiosk/k/event", TopicError::Channel),
    ] {
        assert_eq!(DeviceTopic::parse(topic), Err(wrong), "{topic}");
    }
    assert_eq!(DeviceTopic::parse(b"motcua/v1/\xff/kiosk/k/evt"), Err(TopicError::Levels));
}

#[test]
fn live_topics_are_read_and_written() {
    let counter = LiveTopic::Counter(CounterId::new("q5").unwrap());
    for topic in
        [LiveTopic::Board, LiveTopic::Delta, counter, LiveTopic::Calls, LiveTopic::DeadLetters, LiveTopic::Outlook]
    {
        assert_eq!(LiveTopic::parse(live(site(), topic)), Ok((site(), topic)));
    }
    for (topic, wrong) in [
        ("motcua/v1/tam-ky/live/", TopicError::Live),
        ("motcua/v1/tam-ky/live/counter/", TopicError::Live),
        ("motcua/v1/tam-ky/live/counter/a/b", TopicError::Live),
        ("motcua/v1/api/live/board", TopicError::ReservedSite),
        ("motcua/v1/tam-ky/kiosk/k/evt", TopicError::Levels),
    ] {
        assert_eq!(LiveTopic::parse(topic), Err(wrong), "{topic}");
    }
}

#[test]
fn the_collector_has_a_subtree_of_its_own() {
    let topic = DeviceTopic::parse(collector(site(), Channel::Status)).unwrap();
    assert!(topic.is_collector());
    assert!(!DeviceTopic::parse("motcua/v1/tam-ky/gateway/collector/status").unwrap().is_collector());
}

/// The table and the types are two views of the same topics.
#[test]
fn the_table_holds_every_topic_of_the_types() {
    let patterns: Vec<String> = TABLE.iter().map(|row| row.expand(example)).collect();
    for channel in Channel::ALL {
        let topic = DeviceTopic::parse("motcua/v1/tam-ky/kiosk/kiosk-1/evt").unwrap().on(channel).to_string();
        assert_eq!(patterns.iter().filter(|pattern| **pattern == topic).count(), 1, "{topic}");
    }
    let counter = LiveTopic::Counter(CounterId::new("q5").unwrap());
    for topic in
        [LiveTopic::Board, LiveTopic::Delta, counter, LiveTopic::Calls, LiveTopic::DeadLetters, LiveTopic::Outlook]
    {
        assert!(patterns.contains(&live(site(), topic)), "{topic}");
    }
    for topic in &patterns {
        let known = DeviceTopic::parse(topic).is_ok() || LiveTopic::parse(topic).is_ok() || topic == COLLECTOR_METRICS;
        assert!(known, "{topic}");
    }
}

fn example(parameter: &str) -> &'static str {
    match parameter {
        "site" => "tam-ky",
        "kind" => "kiosk",
        "device" => "kiosk-1",
        "counter" => "q5",
        other => panic!("unknown parameter {other}"),
    }
}

/// Contract section 1: what is retained, and which way it goes.
#[test]
fn the_table_agrees_with_the_contract() {
    for (name, retained, out) in [
        ("status", true, true),
        ("meta", true, true),
        ("state", true, true),
        ("evt", false, true),
        ("ack", true, false),
        ("req", false, true),
        ("res", false, false),
        ("cmd", false, false),
        ("done", false, true),
    ] {
        let row = TABLE.iter().find(|row| row.name == name).unwrap();
        assert_eq!(row.retained, retained, "{name}");
        assert_eq!(row.writers.contains(&Party::Device), out, "{name}");
    }
    for name in ["live-board", "live-delta", "live-dead-letters", "live-outlook"] {
        let row = TABLE.iter().find(|row| row.name == name).unwrap();
        assert_eq!((row.writers, row.readers), (&[Party::Collector][..], &[Party::Dashboard][..]), "{name}");
    }
}

proptest! {
    #[test]
    fn no_topic_panics(bytes: Vec<u8>) {
        let _ = DeviceTopic::parse(&bytes);
        let _ = LiveTopic::parse(&bytes);
    }

    #[test]
    fn what_is_read_is_what_was_written(site in "[a-z0-9-]{1,32}", device in "[a-z0-9-]{1,32}", kind in 0..7_usize, channel in 0..9_usize) {
        let kind = DeviceKind::ALL[kind];
        let topic = format!("motcua/v1/{site}/{kind}/{device}/{}", Channel::ALL[channel].code());
        match DeviceTopic::parse(&topic) {
            Ok(parsed) => prop_assert_eq!(parsed.to_string(), topic),
            Err(error) => prop_assert_eq!(error, TopicError::ReservedSite),
        }
    }
}
