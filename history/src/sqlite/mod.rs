//! The embedded store: one SQLite file that holds only what can be made anew from the journal.
//!
//! ```text
//! visit, rating   a row for each, ids and codes as numbers of `word`; readable in the views
//!                 `visits` and `ratings`: sqlite3 history.sqlite 'SELECT * FROM visits LIMIT 9'
//! hour, minute    a packed row for each part of a day (see `pack`)
//! day             which days there are, and where services and counters belonged on them
//! name            display names
//! outbox          lines that InfluxDB has not acknowledged yet; dead_letter: those it refused
//! meta            up to where the journal is written
//! ```
//!
//! One writer ([`Store`]), any number of readers beside it ([`Reader`]), and the mirror's [`Outbox`].

mod days;
mod fault;
mod inside;
mod kept;
mod key;
mod names;
mod outbox;
mod reader;
mod rows;
mod scan;
mod schema;
mod store;
mod visits;
mod words;

pub use kept::{Backlog, Bucket, LetGo, Line, Options, Retention, TableSize, Written};
pub use outbox::Outbox;
pub use reader::Reader;
pub use schema::VERSION;
pub use store::Store;
pub use visits::Visits;
