//! What the tests share: boards, an app with credentials, a checker of JSON Schemas.

mod boards;
mod days;
mod fixture;
mod outlooks;
mod schema;

pub use boards::{alive_text, board, board_text, delta, delta_text, site_id};
pub use days::{MONDAY, day};
pub use fixture::{Answer, Fixture, runtime};
pub use outlooks::{outlook, outlook_text};
pub use schema::violations;
