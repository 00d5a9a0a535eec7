//! The clock of the workers' words.

use rustix::time::{ClockId, clock_gettime};

/// Milliseconds since this host was started, the time it slept included (CLOCK_BOOTTIME): one clock
/// for all processes, which nobody sets.
#[must_use]
pub fn boot_ms() -> i64 {
    let now = clock_gettime(ClockId::Boottime);
    now.tv_sec * 1000 + now.tv_nsec / 1_000_000
}
