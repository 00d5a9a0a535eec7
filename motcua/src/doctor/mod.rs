//! `motcua doctor`: one page on how an installation is, each line with what to do.
//!
//! Everything is asked first ([`Facts`]), then judged: a judgement is a function of the facts and
//! asks nothing itself. Nothing is changed but one empty file, written and removed to learn whether
//! the disk can be written.
//!
//! - `facts`, `broker`, `http`: asking
//! - `host`, `data`, `parts`, `eyes`, `hall`: judging
//! - `page`: the lines, as text in Vietnamese and English and as JSON
//! - `bundle`, `redact`: the same with logs and configuration in one file for support, without secrets
//! - `certificate`: until when one is good

mod broker;
pub mod bundle;
mod certificate;
mod data;
mod eyes;
mod facts;
mod hall;
mod host;
pub mod http;
mod page;
mod parts;
mod redact;

pub use facts::{Configured, Facts, Question};
pub use http::Server;
pub use page::{Lang, Level, Line, Page, Said};

/// Judges an installation; of a dashboard elsewhere, only what can be seen from here.
#[must_use]
pub fn examine(facts: &Facts) -> Page {
    let hall = [hall::devices(facts), hall::cameras(facts), hall::alerts(facts)];
    let mut lines = Vec::new();
    if facts.elsewhere {
        lines.extend([host::clock(facts), parts::dashboard(facts)]);
    } else {
        lines.extend([data::versions(facts), data::configuration(facts)]);
        lines.extend([host::clock(facts), host::time_zones(facts), host::disk(facts)]);
        lines.extend([host::memory(), host::open_files(facts)]);
        lines.extend([data::journal(facts), data::backup(facts)]);
        lines.extend([parts::supervisor(facts), parts::ports(facts)]);
        lines.extend([parts::broker(facts), parts::strangers(facts), parts::collector(facts), parts::dashboard(facts)]);
        lines.extend(parts::certificates(facts));
        lines.extend(eyes::program(facts));
    }
    lines.extend(hall);
    Page { at: facts.now, data_dir: facts.data_dir.clone(), lines }
}
