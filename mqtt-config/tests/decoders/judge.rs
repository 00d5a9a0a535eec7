// What holds of every reader of this crate, whatever bytes come. The fuzz targets include this file.

use domain::config::SiteConfig;
use mqtt_config::settings::read_site;
use mqtt_config::topics::{DeviceTopic, LiveTopic, live};
use mqtt_config::wire::{self, MAX_TEXT_CHARS, Refusal};

/// A refusal has one reason and a detail that fits a line.
fn refused(refusal: &Refusal) {
    assert!(!refusal.reason.code().is_empty());
    assert!(refusal.detail.chars().count() <= MAX_TEXT_CHARS, "{}", refusal.detail);
}

/// What is written of what was read is read as the same.
fn again<T: PartialEq + std::fmt::Debug + serde::Serialize>(bytes: &[u8], read: impl Fn(&[u8]) -> Result<T, Refusal>) {
    match read(bytes) {
        Ok(value) => assert_eq!(read(wire::json(&value).as_bytes()).as_ref(), Ok(&value)),
        Err(refusal) => refused(&refusal),
    }
}

fn topic(kind: &str, device: &str) -> DeviceTopic {
    DeviceTopic::parse(format!("motcua/v1/tam-ky/{kind}/{device}/evt")).unwrap()
}

pub fn event(bytes: &[u8]) {
    for topic in [topic("gateway", "g1"), topic("counter", "q5"), topic("kiosk", "k1"), topic("camera", "cam-1")] {
        match wire::parse_event(&topic, bytes) {
            Ok(event) => {
                let written = wire::event_json(&event);
                assert_eq!(wire::parse_event(&topic, written.as_bytes()).as_ref(), Ok(&event), "{written}");
                wire::check_device(&topic, &event).err().iter().for_each(refused);
            }
            Err(refusal) => refused(&refusal),
        }
    }
}

pub fn status(bytes: &[u8]) {
    again(bytes, wire::parse_status);
}

pub fn meta(bytes: &[u8]) {
    again(bytes, wire::parse_meta);
}

pub fn camera(bytes: &[u8]) {
    if let Err(refusal) = wire::parse_occupancy(&topic("camera", "cam-1"), bytes) {
        refused(&refusal);
    }
}

pub fn ack(bytes: &[u8]) {
    again(bytes, wire::parse_ack);
}

pub fn command(bytes: &[u8]) {
    again(bytes, wire::parse_command);
}

pub fn done(bytes: &[u8]) {
    again(bytes, wire::parse_done);
}

pub fn topics(bytes: &[u8]) {
    if let Ok(topic) = DeviceTopic::parse(bytes) {
        assert_eq!(topic.to_string().as_bytes(), bytes);
    }
    if let Ok((site, topic)) = LiveTopic::parse(bytes) {
        assert_eq!(LiveTopic::parse(live(site, topic)), Ok((site, topic)));
    }
}

pub fn site(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match read_site(std::path::Path::new("site.toml"), &text) {
        Ok(config) => {
            let json = serde_json::to_string(&config).unwrap();
            assert_eq!(serde_json::from_str::<SiteConfig>(&json).unwrap(), config);
        }
        Err(mistakes) => assert!(mistakes.to_string().contains("site.toml"), "{mistakes}"),
    }
}
