//! InfluxDB 2: the store's rows as points, kept in step by a mirror that loses and doubles nothing.
//!
//! ```text
//! Day ── line ──> outbox (SQLite) ── mirror ──> POST /api/v2/write, gzip
//! ```
//!
//! A point is absolute: measurement, tags and time name it, and writing it again writes it over.
//! So whatever is not known to have arrived is simply sent once more.

mod buckets;
mod client;
pub mod csv;
pub mod flux;
pub mod line;
pub mod mirror;
pub mod options;
pub mod outcome;
pub mod point;
pub mod reader;
mod work;

pub use line::Row;
pub use mirror::{Mirror, State, Status};
pub use options::{Bucket, Options, Retention, Secret};
pub use point::Point;
pub use reader::Reader;
