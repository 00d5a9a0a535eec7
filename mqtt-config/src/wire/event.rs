//! Events of contract section 2.

use domain::event::{
    Body, Channel, CounterStatus, DeadLetterReason, DeviceKind, Envelope, Event, Outcome, Priority, Purpose,
    RatingChannel, RatingLevel,
};
use domain::{CameraId, CounterId, EventId, MotionId, OfficerId, ServiceId, TicketNumber, ZoneId};

use super::fields::{Field, Fields, MAX_EXACT, required};
use super::{Fault, Refusal, parse};
use crate::topics::DeviceTopic;

/// Reads an event.
///
/// On a counter's own topic an absent `counter` is that counter.
///
/// # Errors
/// A [`Refusal`], whatever the bytes. Whether this device may say this is
/// [`check_device`]'s question.
pub fn parse_event(topic: &DeviceTopic, payload: &[u8]) -> Result<Event, Refusal> {
    parse(payload, |fields| {
        let envelope = Envelope {
            id: required(Field::Id, fields.id(Field::Id, EventId::new)?)?,
            boot: fields.boot()?,
            seq: fields.seq()?,
            ts: fields.ts()?,
            up_ms: fields.integer(Field::UpMs, MAX_EXACT)?,
        };
        let own_counter =
            if topic.kind == DeviceKind::Counter { CounterId::new(topic.device.as_str()).ok() } else { None };
        Ok(Event { envelope, body: Reader { fields, own_counter }.body()? })
    })
}

/// Reads the part of an event that its `type` decides.
struct Reader<'r, 'a> {
    fields: &'r Fields<'a>,
    own_counter: Option<CounterId>,
}

impl Reader<'_, '_> {
    fn body(&self) -> Result<Body, Fault> {
        let code = required(Field::Type, self.fields.text(Field::Type)?)?;
        let body = match code.split_once('.') {
            Some(("ticket", step)) => self.ticket(step)?,
            Some(("counter", step)) => self.counter_changed(step)?,
            Some(("camera", step)) => self.camera(step)?,
            Some(("rating", "pressed")) => Some(self.rating()?),
            Some(("service", "staffing")) => Some(self.staffing()?),
            // Any other text: an unknown type, below.
            _ => None,
        };
        body.ok_or_else(|| Fault::new(DeadLetterReason::UnknownType, format_args!("type: {code:?} is not known")))
    }

    fn ticket(&self, step: &str) -> Result<Option<Body>, Fault> {
        let (f, ticket) = (self.fields, || required(Field::Ticket, self.ticket_number()?));
        Ok(Some(match step {
            "issued" => Body::TicketIssued {
                ticket: ticket()?,
                service: required(Field::Service, f.id(Field::Service, ServiceId::new)?)?,
                priority: required(Field::Priority, f.code(Field::Priority, Priority::from_code)?)?,
                channel: f.code(Field::Channel, Channel::from_code)?,
                purpose: f.code(Field::Purpose, Purpose::from_code)?,
                procedure: f.prose(Field::Procedure)?,
            },
            "called" => Body::TicketCalled { ticket: ticket()?, counter: self.counter()?, officer: self.officer()? },
            "recalled" => {
                Body::TicketRecalled { ticket: ticket()?, counter: self.counter()?, officer: self.officer()? }
            }
            "started" => Body::TicketStarted { ticket: ticket()?, counter: self.counter()? },
            "finished" => Body::TicketFinished {
                ticket: ticket()?,
                counter: self.counter()?,
                outcome: f.code(Field::Outcome, Outcome::from_code)?,
            },
            "no_show" => Body::TicketNoShow { ticket: ticket()?, counter: self.counter()? },
            "cancelled" => Body::TicketCancelled { ticket: ticket()?, counter: self.counter()? },
            "held" => Body::TicketHeld { ticket: ticket()?, counter: self.counter()?, reason: self.reason()? },
            "returned" => Body::TicketReturned { ticket: ticket()?, counter: self.counter()?, reason: self.reason()? },
            "transferred" => Body::TicketTransferred {
                ticket: ticket()?,
                to_service: f.id(Field::ToService, ServiceId::new)?,
                to_counter: f.id(Field::ToCounter, CounterId::new)?,
            },
            _ => return Ok(None),
        }))
    }

    fn counter_changed(&self, step: &str) -> Result<Option<Body>, Fault> {
        let status = match step {
            "opened" => CounterStatus::Open,
            "paused" => CounterStatus::Paused,
            "closed" => CounterStatus::Closed,
            _ => return Ok(None),
        };
        Ok(Some(Body::CounterChanged {
            status,
            counter: required(Field::Counter, self.counter()?)?,
            officer: self.officer()?,
            services: self.fields.ids(Field::Services, ServiceId::new)?,
            reason: self.reason()?,
        }))
    }

    fn rating(&self) -> Result<Body, Fault> {
        let f = self.fields;
        Ok(Body::RatingPressed {
            level: required(Field::Level, f.code(Field::Level, RatingLevel::from_code)?)?,
            counter: self.counter()?,
            ticket: self.ticket_number()?,
            officer: self.officer()?,
            channel: f.code(Field::Channel, RatingChannel::from_code)?,
        })
    }

    fn staffing(&self) -> Result<Body, Fault> {
        Ok(Body::ServiceStaffing {
            service: required(Field::Service, self.fields.id(Field::Service, ServiceId::new)?)?,
            open_counters: required(Field::OpenCounters, self.fields.count(Field::OpenCounters)?)?,
        })
    }

    fn camera(&self, step: &str) -> Result<Option<Body>, Fault> {
        let f = self.fields;
        let camera = || required(Field::Camera, f.id(Field::Camera, CameraId::new)?);
        let zone = || required(Field::Zone, f.id(Field::Zone, ZoneId::new)?);
        let motion = || required(Field::Motion, f.id(Field::Motion, MotionId::new)?);
        let level = || f.number(Field::Level, 1.0);
        let pts_s = || f.number(Field::PtsS, f64::MAX);
        Ok(Some(match step {
            "motion_started" => Body::MotionStarted {
                camera: camera()?,
                zone: zone()?,
                motion: motion()?,
                level: Some(required(Field::Level, level()?)?),
                pts_s: pts_s()?,
            },
            "motion_ended" => Body::MotionEnded {
                camera: camera()?,
                zone: zone()?,
                motion: motion()?,
                level: Some(required(Field::Level, level()?)?),
                duration_s: Some(required(Field::DurationS, f.number(Field::DurationS, f64::MAX)?)?),
                pts_s: pts_s()?,
                reason: self.reason()?,
            },
            "occupancy" => Body::Occupancy {
                camera: camera()?,
                zone: zone()?,
                level: required(Field::Level, level()?)?,
                people: f.count(Field::People)?,
                pts_s: pts_s()?,
            },
            "offline" => Body::CameraOffline { camera: camera()?, reason: self.reason()? },
            "online" => Body::CameraOnline { camera: camera()?, reason: self.reason()? },
            _ => return Ok(None),
        }))
    }

    fn ticket_number(&self) -> Result<Option<TicketNumber>, Fault> {
        self.fields.id(Field::Ticket, TicketNumber::new)
    }

    fn counter(&self) -> Result<Option<CounterId>, Fault> {
        Ok(self.fields.id(Field::Counter, CounterId::new)?.or(self.own_counter))
    }

    fn officer(&self) -> Result<Option<OfficerId>, Fault> {
        self.fields.id(Field::Officer, OfficerId::new)
    }

    fn reason(&self) -> Result<Option<Box<str>>, Fault> {
        self.fields.prose(Field::Reason)
    }
}

/// Whether this device may say this (contract section 1): a counter and a camera speak only of
/// themselves, a rating device only rates, a kiosk only issues and cancels, a wall says nothing.
///
/// # Errors
/// `wrong_device`.
pub fn check_device(topic: &DeviceTopic, event: &Event) -> Result<(), Refusal> {
    let device = topic.device.as_str();
    let own = |id: Option<&str>| id.is_none_or(|id| id == device);
    let code = event.body.type_code();
    let allowed = match topic.kind {
        DeviceKind::Gateway | DeviceKind::Host => true,
        DeviceKind::Kiosk => matches!(event.body, Body::TicketIssued { .. } | Body::TicketCancelled { .. }),
        DeviceKind::Rating => matches!(event.body, Body::RatingPressed { .. }),
        DeviceKind::Counter => {
            let kind = code.split('.').next();
            matches!(kind, Some("ticket" | "counter" | "rating")) && own(counter_of(&event.body).map(CounterId::as_str))
        }
        DeviceKind::Camera => camera_of(&event.body).is_some_and(|camera| camera.as_str() == device),
        DeviceKind::Wall => false,
    };
    if allowed {
        return Ok(());
    }
    let detail = format_args!("{} {device} may not say this {code}", topic.kind);
    let refusal = Refusal::from(Fault::new(DeadLetterReason::WrongDevice, detail));
    Err(Refusal { boot: Some(event.envelope.boot), seq: Some(event.envelope.seq), ..refusal })
}

/// The counter that an event speaks of.
fn counter_of(body: &Body) -> Option<&CounterId> {
    match body {
        Body::CounterChanged { counter, .. } => Some(counter),
        Body::TicketCalled { counter, .. }
        | Body::TicketRecalled { counter, .. }
        | Body::TicketStarted { counter, .. }
        | Body::TicketFinished { counter, .. }
        | Body::TicketNoShow { counter, .. }
        | Body::TicketCancelled { counter, .. }
        | Body::TicketHeld { counter, .. }
        | Body::TicketReturned { counter, .. }
        | Body::RatingPressed { counter, .. } => counter.as_ref(),
        Body::TicketIssued { .. }
        | Body::TicketTransferred { .. }
        | Body::ServiceStaffing { .. }
        | Body::MotionStarted { .. }
        | Body::MotionEnded { .. }
        | Body::Occupancy { .. }
        | Body::CameraOffline { .. }
        | Body::CameraOnline { .. } => None,
    }
}

/// The camera that an event comes from; `None` when it is no camera's event.
fn camera_of(body: &Body) -> Option<&CameraId> {
    match body {
        Body::MotionStarted { camera, .. }
        | Body::MotionEnded { camera, .. }
        | Body::Occupancy { camera, .. }
        | Body::CameraOffline { camera, .. }
        | Body::CameraOnline { camera, .. } => Some(camera),
        _ => None,
    }
}
