//! Every stage, channel, size and policy of the collector, on one screen.
//!
//! ```text
//!             ┌───────────────────────── thread "ingest" (tokio, one thread) ─────────────────────────┐
//! broker ───> session ─> door (parse, dedupe, at) ─> journal (append, write) ─> group ─┐               │
//!   ^         ^   ^                                       │                            │               │
//!   │         │   └── acks of the durable prefix <────────┼──── watch: durable offset  │               │
//!   └─ live topics, device acks, replay requests          │                ^           │               │
//!             └── publisher <── channel: outputs ──┐      v                │           v               │
//!                                                  │   thread "sync": fdatasync     threads "timely":  │
//!                                                  └────────────────────────────────── dataflow        │
//! ```
//!
//! A thread "disk" looks at the room under the journal and keeps the reserve; see `disk`, whose own
//! sizes and periods stand in `disk::keeper` and `disk::gate`. Once a night a thread "training" of the
//! lowest priority reads the journal and makes a model; the ingest looks whether it has ended, and
//! writes the model down: see `training` and `run::training`. A thread "history" writes business days
//! to the store; its mailbox keeps the latest word of each day: see `history` and `run::history`.

use std::time::Duration;

/// Groups waiting for the engine. When it is full the ingest stops reading the broker's socket,
/// so that TCP slows the broker down; nothing is dropped.
pub const ENGINE_GROUPS: usize = 16;

/// Epochs whose outputs wait to be published. When it is full the engine waits; the ingest always drains it,
/// also while it cannot feed the engine, so that the two never wait for each other.
pub const OUTPUTS: usize = 64;

/// Messages of the broker that are not acknowledged yet, because their group is not durable. Above
/// it the ingest stops reading, until the disk has caught up.
pub const MOST_UNACKED: usize = 20_000;

/// What the collector lets the broker send without an acknowledgement: so much that a slow sync is
/// not the limit.
pub const RECEIVE_MAXIMUM: u16 = 20_000;

/// A worker with nothing to do looks up this often; it is woken when a group comes.
pub const WORKER_NAP: Duration = Duration::from_secs(1);

/// Between two syncs of the disk, at least: a sync covers everything written before it.
pub const SYNC_GAP: Duration = Duration::from_millis(5);

/// Between two reads of the broker's socket, at least, while messages keep coming: one group then
/// holds many. The first message after a rest is read at once.
pub const READ_GAP: Duration = Duration::from_millis(1);

/// Records in a group while the journal is replayed.
pub const REPLAY_GROUP: usize = 256;

/// Rows that are not a call's go out at most this often a site.
pub const ROWS_EVERY_MS: i64 = 100;

/// Figures that move with time alone are made exact again this long after a site's last word...
pub const SETTLE_MS: i64 = 250;

/// ...this often while it goes on speaking...
pub const WHOLE_EVERY_MS: i64 = 1_000;

/// ...and at least this often; also how often an idle site says that it lives.
pub const IDLE_EVERY_MS: i64 = 5_000;

/// The whole board goes out at most this often a site (contract section 1).
pub const BOARD_EVERY_MS: i64 = 1_000;

/// ...and at least this often while anything moves, if only the age of a device: whoever missed a delta of a site at
/// rest has the truth again after this long.
pub const IDLE_BOARD_EVERY_MS: i64 = 10_000;

/// A device is acknowledged, and a simple display or the list of calls sent, at once when nothing
/// was sent in this time, otherwise together after it (contract section 1).
pub const AT_ONCE_MS: i64 = 1_000;

/// The collector's own figures go out this often; also its echo through the broker.
pub const HEARTBEAT_MS: i64 = 1_000;

/// Connected, but no echo in this time: the broker has stopped delivering. Reconnect.
pub const STALL_MS: i64 = 15_000;

/// The session is kept by the broker for this long.
pub const SESSION_EXPIRY_S: u32 = 14 * 86_400;

/// A snapshot is taken after `snapshot_records` of the installation's settings, and after this long,
/// when there is anything new.
pub const SNAPSHOT_EVERY_MS: i64 = 3_600_000;

/// Site files are looked at this often while running.
pub const CONFIG_EVERY_MS: i64 = 2_000;

/// Dead letters that a site's list names.
pub const DEAD_LETTERS_LISTED: usize = 100;
