//! The pure heart of motcua: what a ticket, a counter, a wait and a board *are*.
//!
//! Architecture invariant: nothing here does I/O, reads a clock, draws a random number, logs or
//! knows that tokio, MQTT or timely exist. Time comes in as [`Timestamp`] arguments. The same
//! inputs give the same outputs, byte for byte.

pub mod board;
pub mod boost;
pub mod calendar;
pub mod clock;
pub mod config;
pub mod crowd;
pub mod dedupe;
pub mod estimate;
pub mod event;
pub mod facts;
pub mod history;
pub mod ids;
pub mod ledger;
pub mod load;
pub mod outlook;
pub mod ratings;
pub mod shown;
pub mod storage;
pub mod time;
pub mod view;
pub mod waits;

pub use ids::{
    BootId, CameraId, CounterId, DepartmentId, DeviceId, EventId, FieldId, FlagWord, MotionId, OfficerId, ServiceId,
    SiteId, TicketNumber, ZoneId,
};
pub use time::{Seconds, Timestamp};
