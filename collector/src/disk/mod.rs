//! The disk under the journal: how full it is, what may go, what is set aside, and what the
//! collector does when it refuses a write.
//!
//! ```text
//!  thread "disk": looks every second, measures every minute          ingest thread
//!  ┌─────────────────────────────────────────────────────┐   watch   ┌──────────────────────────┐
//!  │ survey ─► derived data go ─► reserve made, released ├──Survey──►│ gate: open, or refused   │
//!  └─────────────────────────▲───────────────────────────┘           │ word: storage and alerts │
//!                            └──────────────make room────────────────┤                          │
//!                                                                    └──────────────────────────┘
//! ```
//!
//! - `survey`: the room on the file system, the bytes of each kind of data, the journal's growth
//! - `derived`: which snapshots and backups go first; `backups`: which files are backups of ours
//! - `reserve`: the file that is set aside for the day on which the disk is full
//! - `keeper`: the thread that does all this, beside the hot path
//! - `refusal`: which errors are the disk's, and what they mean
//! - `gate`: what is taken in while nothing can be written
//! - `word`: what the board says of it
//! - `room`: the start on a disk that takes nothing

pub mod backups;
mod derived;
mod gate;
mod keeper;
mod refusal;
mod reserve;
mod room;
mod survey;
mod word;

pub use self::derived::Derived;
pub use self::gate::{Gate, Passed};
pub use self::keeper::{DiskKeeper, DiskThread, Survey, make_way};
pub use self::refusal::Refusal;
pub use self::reserve::Reserve;
pub use self::room::{Waiting, open_when_there_is_room};
pub use self::survey::{Kind, Room, Sizes};
pub use self::word::{Trouble, storage, troubles};
