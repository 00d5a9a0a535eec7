//! Who may see what: credentials, sessions, and the proofs that handlers ask for.

mod caller;
mod guard;
mod proof;
mod sessions;
mod throttle;

pub use caller::{Caller, SESSION_COOKIE, client_address, session_key};
pub use guard::{Guard, Person};
pub use proof::{Director, Reader, SiteDirector, SiteSupervisor, Supervisor};
pub use sessions::{LASTS, Sessions};
pub use throttle::Throttle;
