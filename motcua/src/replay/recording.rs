//! A recording as it is sent: chosen, moved, named and numbered, one track for each site.

use std::collections::BTreeMap;
use std::io::BufRead;
use std::path::Path;

use anyhow::Context;
use domain::event::{Body, Event};
use domain::{EventId, SiteId, Timestamp};
use jiff::tz::TimeZone;
use mqtt_config::topics::Channel;
use mqtt_config::wire;
use serde::Deserialize;
use uuid::Uuid;

use super::device::topic;
use super::mapping::{self, Mapped};
use super::rows::{self, Refusals};
use super::slug::slug;
use crate::exit::BadInput;

/// Names of events that have none of their own are made in this space (RFC 9562, version 5).
const NAMES: Uuid = Uuid::from_u128(0x6f1c_7d0e_52d5_4f0e_9a37_1d3b_8c64_2e91);

/// One recorded event.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// When it happened.
    pub at: Timestamp,
    /// Where.
    pub site: SiteId,
    /// What makes it this event and no other.
    pub name: Name,
    /// What.
    pub body: Body,
}

/// What makes an event this event and no other.
#[derive(Debug, Clone, PartialEq)]
pub enum Name {
    /// The id it was recorded with, and the time that belongs to it.
    Own(EventId, Timestamp),
    /// Whom it is about, in the recording's words; with the site, the type and the time it is one
    /// event.
    Subject(Box<str>),
}

impl From<Mapped> for Recorded {
    fn from(Mapped { at, site, subject, body }: Mapped) -> Self {
        Self { at, site, name: Name::Subject(subject), body }
    }
}

impl Recorded {
    /// The id under which it is sent as an event of `site` at `ts`.
    ///
    /// The same recording sent twice has the same ids, so that it counts once. An event that keeps
    /// its site and its device's time keeps the id it was recorded with.
    fn id(&self, site: SiteId, ts: Timestamp) -> EventId {
        let name = match &self.name {
            Name::Own(id, own_ts) if site == self.site && ts == *own_ts => return *id,
            Name::Own(id, _) => format!("{site}\n{ts}\n{:032x}", id.0),
            Name::Subject(subject) => format!("{site}\n{ts}\n{}\n{subject}", self.body.type_code()),
        };
        EventId(Uuid::new_v5(&NAMES, name.as_bytes()).as_u128())
    }
}

/// One event ready to be sent; its `seq` is its place in its track, from 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Outgoing {
    /// Its id.
    pub id: EventId,
    /// The time it is sent with.
    pub ts: Timestamp,
    /// What happened.
    pub body: Body,
}

/// All events of one site, in the order in which they are sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Track {
    /// The site.
    pub site: SiteId,
    /// Its events; never empty.
    pub events: Vec<Outgoing>,
}

/// Which part of a recording is sent, and as what.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Only this site of the recording, in its words or as an id.
    pub site: Option<String>,
    /// The site it is sent as.
    pub as_site: Option<SiteId>,
    /// Only events at or after this instant.
    pub from: Option<Timestamp>,
    /// Only events before this instant.
    pub to: Option<Timestamp>,
    /// Everything is moved so that the first event happens at this instant.
    pub first_at: Option<Timestamp>,
}

impl Selection {
    fn takes(&self, event: &Recorded) -> bool {
        self.site.as_deref().is_none_or(|site| slug(site) == event.site.as_str())
            && self.from.is_none_or(|from| event.at >= from)
            && self.to.is_none_or(|to| event.at < to)
    }
}

/// Chooses, moves, names and orders. What is recorded for one instant keeps its order.
///
/// # Errors
/// [`BadInput`] when nothing is left, or `as_site` would mix several sites.
pub fn tracks(mut recorded: Vec<Recorded>, selection: &Selection) -> Result<Vec<Track>, BadInput> {
    recorded.retain(|event| selection.takes(event));
    recorded.sort_by_key(|event| event.at);
    let Some(first) = recorded.first() else {
        return Err(BadInput::because("no event of the recording is left: look at --site, --from and --to"));
    };
    if selection.as_site.is_some() && recorded.iter().any(|event| event.site != first.site) {
        return Err(BadInput::because("--as-site needs a recording of one site: choose one with --site"));
    }
    let shift_ms = selection.first_at.map_or(0, |now| now.since(first.at));
    let mut tracks: BTreeMap<SiteId, Vec<Outgoing>> = BTreeMap::new();
    for event in recorded {
        let (site, ts) = (selection.as_site.unwrap_or(event.site), event.at.plus(shift_ms));
        tracks.entry(site).or_default().push(Outgoing { id: event.id(site, ts), ts, body: event.body });
    }
    Ok(tracks.into_iter().map(|(site, events)| Track { site, events }).collect())
}

/// Reads a recording: a ticket file with or without its counters file, or exported events. Unusable
/// rows are left out and told in the log.
///
/// # Errors
/// When a file cannot be read or is not a recording.
pub fn read(file: &Path, counters: Option<&Path>, zone: Option<&TimeZone>) -> anyhow::Result<Vec<Recorded>> {
    let mut input = rows::open(file)?;
    let start = input.fill_buf().with_context(|| format!("cannot read {}", file.display()))?;
    if start.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{') {
        if counters.is_some() {
            return Err(
                BadInput::because("--counters belongs to a CSV of tickets; exported events hold the staffing").into()
            );
        }
        let (events, refused) = exported(input, file)?;
        tell(file, &refused);
        return Ok(events);
    }
    let (visits, refused) = rows::visits(input, file, zone)?;
    tell(file, &refused);
    let staffing = match counters {
        None => Vec::new(),
        Some(path) => {
            let (staffing, refused) = rows::staffing(rows::open(path)?, path)?;
            tell(path, &refused);
            staffing
        }
    };
    Ok(mapping::events(&visits, &staffing).into_iter().map(Recorded::from).collect())
}

fn tell(file: &Path, refused: &Refusals) {
    let file = file.display();
    for (line, why) in &refused.first {
        tracing::warn!(%file, line, why, "A row cannot be used.");
    }
    if refused.count > 0 {
        tracing::warn!(%file, rows = refused.count, "Rows are left out.");
    }
}

/// What a line of exported events says beside the event itself.
#[derive(Deserialize)]
struct Origin {
    site: SiteId,
    /// The time by which the collector counted it.
    at: Option<Timestamp>,
}

/// Reads the JSON lines of `export-events`: an event of the contract, its `site`, and the time `at`
/// by which the collector counted it, which is the recorded time where it is known: a device's own
/// clock may have been wrong.
fn exported(input: impl BufRead, what: &Path) -> anyhow::Result<(Vec<Recorded>, Refusals)> {
    let (mut good, mut refused) = (Vec::new(), Refusals::default());
    for (place, line) in (1..).zip(input.split(b'\n')) {
        let line = line.with_context(|| format!("cannot read {}", what.display()))?;
        if line.trim_ascii().is_empty() {
            continue;
        }
        match exported_line(&line) {
            Ok(event) => good.push(event),
            Err(why) => refused.add(place, why),
        }
    }
    Ok((good, refused))
}

fn exported_line(line: &[u8]) -> Result<Recorded, String> {
    let Origin { site, at } = serde_json::from_slice(line).map_err(|error| error.to_string())?;
    let event = wire::parse_event(&topic(site, Channel::Evt), line).map_err(|refusal| refusal.to_string())?;
    let Event { envelope, body } = event;
    let name = Name::Own(envelope.id, envelope.ts);
    Ok(Recorded { at: at.unwrap_or(envelope.ts), site, name, body })
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::TicketNumber;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    fn site(id: &str) -> SiteId {
        SiteId::new(id).unwrap()
    }

    fn called(where_: &str, when: &str, subject: &str) -> Recorded {
        let body = Body::TicketCalled { ticket: TicketNumber::new("A1").unwrap(), counter: None, officer: None };
        Recorded { at: at(when), site: site(where_), name: Name::Subject(subject.into()), body }
    }

    fn three() -> Vec<Recorded> {
        vec![
            called("ud-wola", "2020-01-02T10:00:00Z", "1"),
            called("bank", "2020-01-02T09:00:00Z", "2"),
            called("ud-wola", "2020-01-02T08:00:00Z", "3"),
        ]
    }

    #[test]
    fn each_site_is_a_track_in_order_of_time() {
        let tracks = tracks(three(), &Selection::default()).unwrap();
        assert_eq!(
            tracks.iter().map(|t| (t.site.as_str(), t.events.len())).collect::<Vec<_>>(),
            [("bank", 1), ("ud-wola", 2)]
        );
        assert!(tracks[1].events.is_sorted_by_key(|event| event.ts));
    }

    #[test]
    fn a_part_is_chosen_by_site_and_time() {
        let select =
            |selection| tracks(three(), &selection).map(|tracks| tracks.iter().map(|t| t.events.len()).sum::<usize>());
        assert_eq!(select(Selection { site: Some("UD_Wola".into()), ..Selection::default() }).unwrap(), 2);
        let (from, to) = (Some(at("2020-01-02T08:00:00Z")), Some(at("2020-01-02T09:00:00Z")));
        assert_eq!(select(Selection { from, to, ..Selection::default() }).unwrap(), 1);
        let nothing = select(Selection { from: to, to, ..Selection::default() }).unwrap_err().to_string();
        assert!(nothing.contains("--from"), "{nothing}");
    }

    #[test]
    fn as_site_takes_one_site_only() {
        let as_site = Some(site("demo"));
        assert!(tracks(three(), &Selection { as_site, ..Selection::default() }).is_err());
        let one = Selection { as_site, site: Some("bank".into()), ..Selection::default() };
        assert_eq!(tracks(three(), &one).unwrap()[0].site, site("demo"));
    }

    #[test]
    fn a_shift_moves_the_first_event_to_now_and_keeps_the_distances() {
        let first_at = Some(at("2026-11-23T01:00:00Z"));
        let tracks = tracks(three(), &Selection { first_at, ..Selection::default() }).unwrap();
        assert_eq!(tracks[1].events[0].ts, at("2026-11-23T01:00:00Z"));
        assert_eq!(tracks[0].events[0].ts, at("2026-11-23T02:00:00Z"));
    }

    #[test]
    fn ids_are_the_same_again_and_differ_by_site_and_time() {
        let id = |selection: &Selection| tracks(three(), selection).unwrap()[0].events[0].id;
        let plain = Selection { site: Some("bank".into()), ..Selection::default() };
        let moved = Selection { first_at: Some(at("2026-11-23T01:00:00Z")), ..plain.clone() };
        let renamed = Selection { as_site: Some(site("demo")), ..plain.clone() };
        assert_eq!(id(&plain), id(&plain));
        assert_ne!(id(&plain), id(&moved));
        assert_ne!(id(&plain), id(&renamed));
    }

    #[test]
    fn an_exported_event_keeps_its_id_where_it_stays_what_it_was() {
        let line = r#"{"site":"bank","device":"kiosk-1","kind":"kiosk","id":"0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b","boot":"b","seq":7,
            "ts":"2020-01-02T09:00:00.000Z","type":"ticket.called","ticket":"A1"}"#.replace('\n', "");
        let text = format!("{line}\n\n{{\"site\":\"bank\"}}\nnot json\n");
        let (events, refused) = exported(text.as_bytes(), Path::new("e.jsonl")).unwrap();
        assert_eq!((events.len(), refused.count), (1, 2));
        let own = EventId::new("0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b").unwrap();
        let sent = |selection: &Selection| tracks(events.clone(), selection).unwrap()[0].events[0].id;
        assert_eq!(sent(&Selection::default()), own);
        assert_ne!(sent(&Selection { as_site: Some(site("demo")), ..Selection::default() }), own);
    }

    #[test]
    fn an_exported_event_is_sent_with_the_collector_s_time() {
        let line = r#"{"site":"bank","at":"2020-01-02T09:00:00.000Z","id":"0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b","boot":"b","seq":7,"ts":"1970-01-01T00:00:00.000Z","type":"ticket.called","ticket":"A1"}"#;
        let event = exported_line(line.as_bytes()).unwrap();
        assert_eq!(event.at, at("2020-01-02T09:00:00Z"));
        let sent = tracks(vec![event], &Selection::default()).unwrap()[0].events[0].clone();
        assert_eq!(sent.ts, at("2020-01-02T09:00:00Z"));
        assert_ne!(sent.id, EventId::new("0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b").unwrap());
    }
}
