//! What happened, in the words of contract section 2. A value of [`Event`] is proof that the
//! payload was understood: ids fit their patterns, enums are known, numbers are finite.

use serde::{Deserialize, Serialize};

use crate::{BootId, CameraId, CounterId, EventId, MotionId, OfficerId, ServiceId, TicketNumber, Timestamp, ZoneId};

/// A code list of the contract: a plain enum with its lower-case texts.
macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        impl $name {
            /// Every value, in the order of the contract.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The code of the contract.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// The value of a code; `None` when the code is unknown.
            #[must_use]
            pub fn from_code(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)* _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.code())
            }
        }
    };
}

codes! {
    /// Kind of a device: the fourth level of its topics.
    DeviceKind {
        /// Prints numbers.
        Kiosk = "kiosk",
        /// An officer's console or the display over a counter.
        Counter = "counter",
        /// A rating button.
        Rating = "rating",
        /// A camera, measured by camera-ingest.
        Camera = "camera",
        /// A wall display.
        Wall = "wall",
        /// A third-party system: an existing queue machine, a dossier system.
        Gateway = "gateway",
        /// One of motcua's own programs.
        Host = "host",
    }
}

codes! {
    /// Priority class of a ticket (đối tượng ưu tiên).
    Priority {
        /// No class.
        Normal = "normal",
        /// Người cao tuổi.
        Elderly = "elderly",
        /// Người khuyết tật.
        Disabled = "disabled",
        /// Phụ nữ mang thai.
        Pregnant = "pregnant",
        /// With a small child.
        Child = "child",
        /// Người có công.
        Merit = "merit",
        /// Came with an appointment.
        Appointment = "appointment",
    }
}

codes! {
    /// Where the number was taken.
    Channel {
        /// At a kiosk.
        Kiosk = "kiosk",
        /// From an officer at the desk.
        Desk = "desk",
        /// Over the network.
        Online = "online",
    }
}

codes! {
    /// What the citizen came for.
    Purpose {
        /// Nộp hồ sơ.
        Submit = "submit",
        /// Nhận kết quả.
        Collect = "collect",
        /// Hỏi, hướng dẫn.
        Ask = "ask",
    }
}

codes! {
    /// How a service ended.
    Outcome {
        /// The dossier was received.
        Received = "received",
        /// The result was handed over.
        Returned = "returned",
        /// Settled at once.
        SettledOnSpot = "settled_on_spot",
        /// A supplement was asked for.
        Supplement = "supplement",
        /// Advice was given.
        Advised = "advised",
        /// Refused with reasons.
        Refused = "refused",
        /// None of the others.
        Other = "other",
    }
}

codes! {
    /// A press on a rating device.
    RatingLevel {
        /// Rất hài lòng.
        VerySatisfied = "very_satisfied",
        /// Hài lòng.
        Satisfied = "satisfied",
        /// Bình thường.
        Neutral = "neutral",
        /// Không hài lòng.
        Dissatisfied = "dissatisfied",
        /// Rất không hài lòng.
        VeryDissatisfied = "very_dissatisfied",
    }
}

codes! {
    /// How a rating was given.
    RatingChannel {
        /// A press on the device.
        Button = "button",
        /// On the centre's page.
        Web = "web",
        /// Over a QR code.
        Qr = "qr",
        /// On a slip, typed in.
        Paper = "paper",
    }
}

codes! {
    /// What a camera zone looks at.
    ZoneKind {
        /// The waiting area.
        Waiting = "waiting",
        /// A counter's chair.
        Counter = "counter",
        /// A door.
        Entrance = "entrance",
        /// To be ignored.
        Ignore = "ignore",
    }
}

codes! {
    /// A counter's status.
    CounterStatus {
        /// Serves.
        Open = "open",
        /// Tạm ngưng.
        Paused = "paused",
        /// Does not serve. Also the status before the first word from it.
        Closed = "closed",
    }
}

codes! {
    /// A device's state, as it says itself on `status`.
    DeviceState {
        /// Starting.
        Init = "init",
        /// At work.
        Ready = "ready",
        /// Resting on purpose.
        Sleeping = "sleeping",
        /// Left in good order.
        Disconnected = "disconnected",
        /// Gone without a word (the will).
        Lost = "lost",
    }
}

/// What every event carries.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Envelope {
    /// Unique for ever.
    pub id: EventId,
    /// The run of the device that made it.
    pub boot: BootId,
    /// From 1, one more for each event of that device and boot.
    pub seq: u64,
    /// The device's own clock.
    pub ts: Timestamp,
    /// Milliseconds since the device's boot, monotonic.
    pub up_ms: Option<u64>,
}

/// An event as it stands in a payload.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Who, when, which.
    pub envelope: Envelope,
    /// What.
    pub body: Body,
}

/// What happened: one variant for each `type` of the contract.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are the contract's, explained there and in docs/glossary.md")]
pub enum Body {
    /// `ticket.issued`: a number was taken.
    TicketIssued {
        ticket: TicketNumber,
        service: ServiceId,
        priority: Priority,
        channel: Option<Channel>,
        purpose: Option<Purpose>,
        procedure: Option<Box<str>>,
    },
    /// `ticket.called`.
    TicketCalled { ticket: TicketNumber, counter: Option<CounterId>, officer: Option<OfficerId> },
    /// `ticket.recalled`: called once more.
    TicketRecalled { ticket: TicketNumber, counter: Option<CounterId>, officer: Option<OfficerId> },
    /// `ticket.started`: service began.
    TicketStarted { ticket: TicketNumber, counter: Option<CounterId> },
    /// `ticket.finished`: service ended.
    TicketFinished { ticket: TicketNumber, counter: Option<CounterId>, outcome: Option<Outcome> },
    /// `ticket.no_show`: called and not come.
    TicketNoShow { ticket: TicketNumber, counter: Option<CounterId> },
    /// `ticket.cancelled`: left or withdrawn.
    TicketCancelled { ticket: TicketNumber, counter: Option<CounterId> },
    /// `ticket.held`: parked.
    TicketHeld { ticket: TicketNumber, counter: Option<CounterId>, reason: Option<Box<str>> },
    /// `ticket.returned`: back in line.
    TicketReturned { ticket: TicketNumber, counter: Option<CounterId>, reason: Option<Box<str>> },
    /// `ticket.transferred`: moved on; a new wait begins.
    TicketTransferred { ticket: TicketNumber, to_service: Option<ServiceId>, to_counter: Option<CounterId> },
    /// `counter.opened`, `counter.paused`, `counter.closed`.
    CounterChanged {
        status: CounterStatus,
        counter: CounterId,
        officer: Option<OfficerId>,
        services: Option<Box<[ServiceId]>>,
        reason: Option<Box<str>>,
    },
    /// `service.staffing`: from systems that know only how many counters serve.
    ServiceStaffing { service: ServiceId, open_counters: u32 },
    /// `rating.pressed`.
    RatingPressed {
        level: RatingLevel,
        counter: Option<CounterId>,
        ticket: Option<TicketNumber>,
        officer: Option<OfficerId>,
        channel: Option<RatingChannel>,
    },
    /// `camera.motion_started`.
    MotionStarted { camera: CameraId, zone: ZoneId, motion: MotionId, level: Option<f64>, pts_s: Option<f64> },
    /// `camera.motion_ended`. A `reason` is told where nobody left: `camera_offline`.
    MotionEnded {
        camera: CameraId,
        zone: ZoneId,
        motion: MotionId,
        level: Option<f64>,
        duration_s: Option<f64>,
        pts_s: Option<f64>,
        reason: Option<Box<str>>,
    },
    /// `camera.occupancy`. `level` is 0..1.
    Occupancy { camera: CameraId, zone: ZoneId, level: f64, people: Option<u32>, pts_s: Option<f64> },
    /// `camera.offline`.
    CameraOffline { camera: CameraId, reason: Option<Box<str>> },
    /// `camera.online`.
    CameraOnline { camera: CameraId, reason: Option<Box<str>> },
}

impl Body {
    /// Every `type` of the contract.
    pub const TYPES: &'static [&'static str] = &[
        "ticket.issued",
        "ticket.called",
        "ticket.recalled",
        "ticket.started",
        "ticket.finished",
        "ticket.no_show",
        "ticket.cancelled",
        "ticket.held",
        "ticket.returned",
        "ticket.transferred",
        "counter.opened",
        "counter.paused",
        "counter.closed",
        "service.staffing",
        "rating.pressed",
        "camera.motion_started",
        "camera.motion_ended",
        "camera.occupancy",
        "camera.offline",
        "camera.online",
    ];

    /// The `type` of the contract.
    #[must_use]
    pub const fn type_code(&self) -> &'static str {
        match self {
            Self::TicketIssued { .. } => "ticket.issued",
            Self::TicketCalled { .. } => "ticket.called",
            Self::TicketRecalled { .. } => "ticket.recalled",
            Self::TicketStarted { .. } => "ticket.started",
            Self::TicketFinished { .. } => "ticket.finished",
            Self::TicketNoShow { .. } => "ticket.no_show",
            Self::TicketCancelled { .. } => "ticket.cancelled",
            Self::TicketHeld { .. } => "ticket.held",
            Self::TicketReturned { .. } => "ticket.returned",
            Self::TicketTransferred { .. } => "ticket.transferred",
            Self::CounterChanged { status: CounterStatus::Open, .. } => "counter.opened",
            Self::CounterChanged { status: CounterStatus::Paused, .. } => "counter.paused",
            Self::CounterChanged { status: CounterStatus::Closed, .. } => "counter.closed",
            Self::ServiceStaffing { .. } => "service.staffing",
            Self::RatingPressed { .. } => "rating.pressed",
            Self::MotionStarted { .. } => "camera.motion_started",
            Self::MotionEnded { .. } => "camera.motion_ended",
            Self::Occupancy { .. } => "camera.occupancy",
            Self::CameraOffline { .. } => "camera.offline",
            Self::CameraOnline { .. } => "camera.online",
        }
    }
}

codes! {
    /// Why an event could not be used (contract sections 1 to 3). Kept, counted and listed; never
    /// a crash and never silence.
    DeadLetterReason {
        /// Over 16 KiB.
        TooLarge = "too_large",
        /// Not JSON, or not UTF-8.
        BadJson = "bad_json",
        /// JSON, but not an object.
        NotAnObject = "not_an_object",
        /// A key stands twice.
        DuplicateKey = "duplicate_key",
        /// A field that must be there is not.
        MissingField = "missing_field",
        /// A field holds something it cannot hold.
        WrongField = "wrong_field",
        /// `type` is not known.
        UnknownType = "unknown_type",
        /// An id outside its pattern.
        BadId = "bad_id",
        /// `ts` cannot be read.
        BadTime = "bad_time",
        /// The topic is not one of the contract's.
        BadTopic = "bad_topic",
        /// This device may not say this (contract section 1).
        WrongDevice = "wrong_device",
        /// The same (device, boot, seq) or id with another content.
        Conflict = "conflict",
        /// The site is not configured.
        UnknownSite = "unknown_site",
        /// The service is not in the site's file.
        UnknownService = "unknown_service",
        /// The counter is not in the site's file.
        UnknownCounter = "unknown_counter",
        /// The camera or its zone is not in the site's file.
        UnknownZone = "unknown_zone",
        /// Issued again while the number is still open.
        TicketExists = "ticket_exists",
        /// Not issued by the end of the next business day.
        UnknownTicket = "unknown_ticket",
        /// The service's numbers and calls come from motcua, not from a device.
        NotTheQueue = "not_the_queue",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_their_serde_names() {
        for level in RatingLevel::ALL {
            assert_eq!(serde_json::to_value(level).unwrap(), level.code());
            assert_eq!(RatingLevel::from_code(level.code()), Some(*level));
        }
        for reason in DeadLetterReason::ALL {
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.code());
        }
        for outcome in Outcome::ALL {
            assert_eq!(serde_json::to_value(outcome).unwrap(), outcome.code());
        }
    }
}
