//! What crosses besides events: status, meta, a camera's state, acknowledgements, commands.

use domain::event::{DeadLetterReason, DeviceState};
use domain::{BootId, CameraId, FlagWord, Timestamp, ZoneId};
use serde::{Deserialize, Serialize};

use super::fields::{Field, MAX_EXACT, required};
use super::json::Value;
use super::{Fault, MAX_PAYLOAD, Refusal, parse};
use crate::topics::DeviceTopic;

/// How often a device says that it lives when its `meta` does not say, in seconds.
pub const DEFAULT_HEARTBEAT_S: u32 = 30;

/// Birth, heartbeat and will of a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// What it is doing.
    pub state: DeviceState,
    /// Its own clock; in a will, that of its birth.
    pub ts: Timestamp,
    /// Its run.
    pub boot: BootId,
    /// Milliseconds since its boot, monotonic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub up_ms: Option<u64>,
    /// What is the matter with it, in its own words; each status names all of them.
    #[serde(skip_serializing_if = "<[FlagWord]>::is_empty")]
    pub flags: Box<[FlagWord]>,
}

impl Status {
    /// The status of a device with which nothing is the matter.
    #[must_use]
    pub fn new(state: DeviceState, ts: Timestamp, boot: BootId, up_ms: Option<u64>) -> Self {
        Self { state, ts, boot, up_ms, flags: Box::default() }
    }
}

/// Most flags of one device.
const MAX_FLAGS: usize = 8;

/// Reads a `status`.
///
/// # Errors
/// A [`Refusal`], whatever the bytes.
pub fn parse_status(payload: &[u8]) -> Result<Status, Refusal> {
    parse(payload, |fields| {
        Ok(Status {
            state: required(Field::State, fields.code(Field::State, DeviceState::from_code)?)?,
            ts: fields.ts()?,
            boot: fields.boot()?,
            up_ms: fields.integer(Field::UpMs, MAX_EXACT)?,
            flags: match fields.ids(Field::Flags, FlagWord::new)? {
                Some(flags) if flags.len() > MAX_FLAGS => return Err(Fault::wrong(Field::Flags, "has over 8 words")),
                flags => flags.unwrap_or_default(),
            },
        })
    })
}

/// What a device says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Meta {
    /// Maker's name of the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<Box<str>>,
    /// How often it says that it lives, in seconds, from 1.
    pub heartbeat_s: u32,
}

/// Reads a `meta`.
///
/// # Errors
/// A [`Refusal`], whatever the bytes.
pub fn parse_meta(payload: &[u8]) -> Result<Meta, Refusal> {
    parse(payload, |fields| {
        let heartbeat_s = match fields.count(Field::HeartbeatS)? {
            Some(0) => return Err(Fault::wrong(Field::HeartbeatS, "begins at 1")),
            other => other.unwrap_or(DEFAULT_HEARTBEAT_S),
        };
        Ok(Meta { model: fields.prose(Field::Model)?, heartbeat_s })
    })
}

/// The occupancy heartbeat of one zone, on a camera's `state`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Occupancy {
    /// The camera: the topic's device.
    pub camera: CameraId,
    /// Its zone.
    pub zone: ZoneId,
    /// How full, 0..1.
    pub level: f64,
    /// How many people, where the camera counts them.
    pub people: Option<u32>,
    /// The camera's own clock.
    pub ts: Timestamp,
}

/// Reads a camera's `state`: the fields of `camera.occupancy` and `ts`; an absent `camera` is the
/// topic's device.
///
/// # Errors
/// A [`Refusal`], whatever the bytes; `wrong_device` where the payload names another camera.
pub fn parse_occupancy(topic: &DeviceTopic, payload: &[u8]) -> Result<Occupancy, Refusal> {
    parse(payload, |fields| {
        let id_fault = |error| Fault::new(DeadLetterReason::BadId, error);
        let camera = CameraId::new(topic.device.as_str()).map_err(id_fault)?;
        if fields.id(Field::Camera, CameraId::new)?.is_some_and(|named| named != camera) {
            return Err(Fault::new(DeadLetterReason::WrongDevice, "camera: is not the topic's device"));
        }
        Ok(Occupancy {
            camera,
            zone: required(Field::Zone, fields.id(Field::Zone, ZoneId::new)?)?,
            level: required(Field::Level, fields.number(Field::Level, 1.0)?)?,
            people: fields.count(Field::People)?,
            ts: fields.ts()?,
        })
    })
}

/// Up to where the collector has a device's events durably. Dead letters count as durable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ack {
    /// The present run of the device.
    pub boot: BootId,
    /// Every event of that run up to this one.
    pub seq: u64,
    /// The same for earlier runs.
    #[serde(default)]
    pub older: Vec<OlderAck>,
}

/// Up to where the collector has an earlier run's events durably.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OlderAck {
    /// The run.
    pub boot: BootId,
    /// Every event of that run up to this one.
    pub seq: u64,
}

/// Reads an `ack`, on the device's side.
///
/// # Errors
/// A [`Refusal`], whatever the bytes.
pub fn parse_ack(payload: &[u8]) -> Result<Ack, Refusal> {
    from_collector(payload)
}

/// A command to a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// Joins the command with its [`Done`].
    pub id: String,
    /// After this instant the device does nothing any more.
    pub exp: Timestamp,
    /// What to do.
    #[serde(flatten)]
    pub action: CommandAction,
}

/// What a device can be told to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum CommandAction {
    /// Publish `status`, `meta` and `state` again.
    Rebirth,
    /// Publish events of the device's journal again.
    Replay {
        /// The run.
        boot: BootId,
        /// The first event.
        from_seq: u64,
        /// The last event, inclusive.
        to_seq: u64,
    },
    /// Show a person which device this is.
    Identify,
}

/// Reads a `cmd`, on the device's side.
///
/// # Errors
/// A [`Refusal`], whatever the bytes.
pub fn parse_command(payload: &[u8]) -> Result<Command, Refusal> {
    from_collector(payload)
}

/// A device's answer to a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Done {
    /// The command's id.
    pub id: Box<str>,
    /// Whether it was done.
    pub ok: bool,
    /// How many of the events asked for the device does not have any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<u64>,
}

/// Reads a `done`. `missing` may be a count or a list of what is missing.
///
/// # Errors
/// A [`Refusal`], whatever the bytes.
pub fn parse_done(payload: &[u8]) -> Result<Done, Refusal> {
    parse(payload, |fields| {
        let ok = match fields.get(Field::Ok) {
            Value::Bool(ok) => *ok,
            Value::Null => return required(Field::Ok, None),
            _ => return Err(Fault::wrong(Field::Ok, "is not true or false")),
        };
        let missing = match fields.get(Field::Missing) {
            Value::List(list) => Some(list.len() as u64),
            _ => fields.integer(Field::Missing, MAX_EXACT)?,
        };
        Ok(Done { id: required(Field::Id, fields.prose(Field::Id)?)?, ok, missing })
    })
}

/// Reads what only the collector writes: a plain derive is enough.
fn from_collector<'a, T: Deserialize<'a>>(payload: &'a [u8]) -> Result<T, Refusal> {
    if payload.len() > MAX_PAYLOAD {
        return Err(Fault::new(DeadLetterReason::TooLarge, format_args!("{} bytes", payload.len())).into());
    }
    serde_json::from_slice(payload).map_err(|error| {
        let reason = if error.is_data() { DeadLetterReason::WrongField } else { DeadLetterReason::BadJson };
        Fault::new(reason, error).into()
    })
}
