//! Torture: processes are killed, links fail, and what cannot be used comes in floods, while devices
//! keep their own ledgers and an independent fold knows the truth. One file a scenario; what each
//! promises stands in `docs/reliability.md`.
//!
//! Small sizes run with the other tests, full ones with `make torture`. Each scenario starts a real
//! broker, collector and dashboard; a figure is compared only with the oracle's.
#![expect(clippy::unwrap_used, reason = "tests fail where they stand")]

mod check;
mod listed;
mod r13_disk_full;
mod r14_link;
mod r18_cameras;
mod r19_soak;
mod r1_kill_collector;
mod r21_backlog;
mod r2_kill_broker;
mod r3_kill_everything;
mod r7_malformed;
