//! Any event that can be.

use domain::event::{
    Body, Channel, CounterStatus, Envelope, Event, Outcome, Priority, Purpose, RatingChannel, RatingLevel,
};
use domain::{BootId, CameraId, CounterId, EventId, MotionId, OfficerId, ServiceId, TicketNumber, Timestamp, ZoneId};
use proptest::option;
use proptest::prelude::*;

pub(crate) fn event() -> impl Strategy<Value = Event> {
    let ts = (Timestamp::MIN.ms()..=Timestamp::MAX.ms()).prop_map(Timestamp::from_ms);
    let envelope = (any::<u128>(), token(BootId::new), 1..1_u64 << 53, ts, option::of(0..1_u64 << 53));
    (envelope, body()).prop_map(|((id, boot, seq, ts, up_ms), body)| Event {
        envelope: Envelope { id: EventId(id), boot, seq, ts, up_ms },
        body,
    })
}

fn id<T: std::fmt::Debug>(parse: fn(&str) -> Result<T, domain::ids::IdError>) -> impl Strategy<Value = T> {
    "[a-z0-9-]{1,32}".prop_map(move |text| parse(&text).unwrap())
}

fn token<T: std::fmt::Debug>(parse: fn(&str) -> Result<T, domain::ids::IdError>) -> impl Strategy<Value = T> {
    "[!-~]{1,64}".prop_map(move |text| parse(&text).unwrap())
}

fn code<T: Copy + std::fmt::Debug>(all: &'static [T]) -> impl Strategy<Value = T> {
    prop::sample::select(all)
}

fn ticket() -> impl Strategy<Value = TicketNumber> {
    "[A-Z0-9][A-Z0-9-]{0,11}".prop_map(|text| TicketNumber::new(&text).unwrap())
}

fn counter() -> impl Strategy<Value = Option<CounterId>> {
    option::of(id(CounterId::new))
}

fn officer() -> impl Strategy<Value = Option<OfficerId>> {
    option::of(id(OfficerId::new))
}

/// Everything but NUL, quotes and lone escapes included.
fn text() -> impl Strategy<Value = Option<Box<str>>> {
    option::of("[^\0]{0,120}".prop_map(String::into_boxed_str))
}

fn seconds() -> impl Strategy<Value = Option<f64>> {
    option::of(0.0..1e9)
}

fn body() -> impl Strategy<Value = Body> {
    prop_oneof![ticket_body(), place_body(), camera_body()]
}

fn ticket_body() -> impl Strategy<Value = Body> {
    let issued = (
        ticket(),
        id(ServiceId::new),
        code(Priority::ALL),
        option::of(code(Channel::ALL)),
        option::of(code(Purpose::ALL)),
        text(),
    )
        .prop_map(|(ticket, service, priority, channel, purpose, procedure)| Body::TicketIssued {
            ticket,
            service,
            priority,
            channel,
            purpose,
            procedure,
        });
    let moved = (ticket(), option::of(id(ServiceId::new)), counter())
        .prop_map(|(ticket, to_service, to_counter)| Body::TicketTransferred { ticket, to_service, to_counter });
    let finished = (ticket(), counter(), option::of(code(Outcome::ALL)))
        .prop_map(|(ticket, counter, outcome)| Body::TicketFinished { ticket, counter, outcome });
    let step =
        (0..7, ticket(), counter(), officer(), text()).prop_map(
            |(step, ticket, counter, officer, reason)| match step {
                0 => Body::TicketCalled { ticket, counter, officer },
                1 => Body::TicketRecalled { ticket, counter, officer },
                2 => Body::TicketStarted { ticket, counter },
                3 => Body::TicketNoShow { ticket, counter },
                4 => Body::TicketCancelled { ticket, counter },
                5 => Body::TicketHeld { ticket, counter, reason },
                _ => Body::TicketReturned { ticket, counter, reason },
            },
        );
    prop_oneof![issued, moved, finished, step]
}

fn place_body() -> impl Strategy<Value = Body> {
    let services = option::of(prop::collection::vec(id(ServiceId::new), 0..4).prop_map(Vec::into_boxed_slice));
    let changed = (code(CounterStatus::ALL), id(CounterId::new), officer(), services, text()).prop_map(
        |(status, counter, officer, services, reason)| Body::CounterChanged {
            status,
            counter,
            officer,
            services,
            reason,
        },
    );
    let staffing = (id(ServiceId::new), any::<u32>())
        .prop_map(|(service, open_counters)| Body::ServiceStaffing { service, open_counters });
    let rating =
        (code(RatingLevel::ALL), counter(), option::of(ticket()), officer(), option::of(code(RatingChannel::ALL)))
            .prop_map(|(level, counter, ticket, officer, channel)| Body::RatingPressed {
                level,
                counter,
                ticket,
                officer,
                channel,
            });
    prop_oneof![changed, staffing, rating]
}

fn camera_body() -> impl Strategy<Value = Body> {
    let zone = (id(CameraId::new), id(ZoneId::new), token(MotionId::new));
    let motion = (any::<bool>(), zone, 0.0..=1.0, 0.0..1e6, seconds(), text()).prop_map(
        |(started, (camera, zone, motion), level, duration_s, pts_s, reason)| {
            if started {
                Body::MotionStarted { camera, zone, motion, level: Some(level), pts_s }
            } else {
                let (level, duration_s) = (Some(level), Some(duration_s));
                Body::MotionEnded { camera, zone, motion, level, duration_s, pts_s, reason }
            }
        },
    );
    let occupancy = (id(CameraId::new), id(ZoneId::new), 0.0..=1.0, any::<Option<u32>>(), seconds())
        .prop_map(|(camera, zone, level, people, pts_s)| Body::Occupancy { camera, zone, level, people, pts_s });
    let line = (any::<bool>(), id(CameraId::new), text()).prop_map(|(online, camera, reason)| {
        if online { Body::CameraOnline { camera, reason } } else { Body::CameraOffline { camera, reason } }
    });
    prop_oneof![motion, occupancy, line]
}
