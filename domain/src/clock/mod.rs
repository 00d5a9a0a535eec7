//! Whose clock is to be believed: devices' and the host's own.
//!
//! Contract section 2, "Time of an event". Everything comes in as an argument: nothing here reads a
//! clock, and the same samples give the same times.

mod device;
mod host;

pub use device::{BootClock, EventTime};
pub use host::{HostClock, MeasuredDevice, Past, Voucher, Why};
