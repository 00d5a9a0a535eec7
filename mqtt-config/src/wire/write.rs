//! Writing payloads: the contract's field names in the contract's order, absent where not known.

use domain::EventId;
use domain::event::{Body, Event};
use serde::ser::{Serialize, SerializeMap, Serializer};

/// A payload as JSON text.
///
/// # Panics
/// Never for the payloads of this module: their keys are texts and none of them fails to
/// serialise.
pub fn json(payload: &impl Serialize) -> String {
    serde_json::to_string(payload).expect("payloads have text keys and plain values")
}

/// An event as the contract writes it, one JSON object: `ts` in UTC with milliseconds, `id` as a
/// hyphenated UUID. `parse_event` of it is the event again.
#[must_use]
pub fn event_json(event: &Event) -> String {
    json(&Written(event))
}

/// 128 bits as 8-4-4-4-12 hex digits.
fn hyphenated(EventId(id): EventId) -> String {
    let part = |shift: u32, digits: u32| id >> shift & ((1 << (4 * digits)) - 1);
    format!("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", part(96, 8), part(80, 4), part(64, 4), part(48, 4), part(0, 12))
}

/// An event in the form of the contract; `domain`'s own serialisation is the journal's.
struct Written<'e>(&'e Event);

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Event { envelope, body } = self.0;
        let mut object = serializer.serialize_map(None)?;
        object.serialize_entry("id", &hyphenated(envelope.id))?;
        object.serialize_entry("boot", &envelope.boot)?;
        object.serialize_entry("seq", &envelope.seq)?;
        object.serialize_entry("ts", &envelope.ts)?;
        if let Some(up_ms) = envelope.up_ms {
            object.serialize_entry("up_ms", &up_ms)?;
        }
        object.serialize_entry("type", body.type_code())?;
        write_body(&mut object, body)?;
        object.end()
    }
}

/// Writes variables under their own names: `name` always, `?name` where it is something.
macro_rules! put {
    ($object:ident: $($always:ident)* $(, $(? $maybe:ident)*)?) => {{
        $($object.serialize_entry(stringify!($always), $always)?;)*
        $($(if let Some(value) = $maybe {
            $object.serialize_entry(stringify!($maybe), value)?;
        })*)?
    }};
}

fn write_body<M: SerializeMap>(object: &mut M, body: &Body) -> Result<(), M::Error> {
    match body {
        Body::TicketIssued { ticket, service, priority, channel, purpose, procedure } => {
            put!(object: ticket service priority, ?channel ?purpose ?procedure);
        }
        Body::TicketCalled { ticket, counter, officer } | Body::TicketRecalled { ticket, counter, officer } => {
            put!(object: ticket, ?counter ?officer);
        }
        Body::TicketStarted { ticket, counter }
        | Body::TicketNoShow { ticket, counter }
        | Body::TicketCancelled { ticket, counter } => put!(object: ticket, ?counter),
        Body::TicketFinished { ticket, counter, outcome } => put!(object: ticket, ?counter ?outcome),
        Body::TicketHeld { ticket, counter, reason } | Body::TicketReturned { ticket, counter, reason } => {
            put!(object: ticket, ?counter ?reason);
        }
        Body::TicketTransferred { ticket, to_service, to_counter } => put!(object: ticket, ?to_service ?to_counter),
        Body::CounterChanged { status: _, counter, officer, services, reason } => {
            put!(object: counter, ?officer ?services ?reason);
        }
        Body::ServiceStaffing { service, open_counters } => put!(object: service open_counters),
        Body::RatingPressed { level, counter, ticket, officer, channel } => {
            put!(object: level, ?counter ?ticket ?officer ?channel);
        }
        Body::MotionStarted { camera, zone, motion, level, pts_s } => {
            put!(object: camera zone motion, ?level ?pts_s);
        }
        Body::MotionEnded { camera, zone, motion, level, duration_s, pts_s, reason } => {
            put!(object: camera zone motion, ?level ?duration_s ?pts_s ?reason);
        }
        Body::Occupancy { camera, zone, level, people, pts_s } => put!(object: camera zone level, ?people ?pts_s),
        Body::CameraOffline { camera, reason } | Body::CameraOnline { camera, reason } => {
            put!(object: camera, ?reason);
        }
    }
    Ok(())
}
