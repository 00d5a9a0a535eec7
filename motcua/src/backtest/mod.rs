//! `motcua backtest`: recorded logs go through the code that serves live estimates, and every ticket
//! gets the prediction that it would have got when it was taken.
//!
//! - `history`: the files, read strictly into one history in order of time
//! - `zone`: which day it is at a site, by the offsets that are written in the files
//! - `site`: one site: ledger and estimator, event by event
//! - `training`: what the waits taught, and the model of them, once a day
//! - `progress`: what a person sees meanwhile
//! - `score`, `rivals`: how good the predictions were, beside what most products do
//!
//! Architecture invariant: nothing that happens after a ticket was taken changes its prediction, to
//! the bit, and neither does the order of rows or files. Events come one by one in order of time, a
//! prediction is written down at once, and no pass over the history looks ahead for anything that
//! could reach it. So `counter.opened` and `counter.closed`, which `replay` concludes from a
//! counter's whole day, are not told here: the estimator knows what calls and ends say of counters.

mod history;
mod progress;
mod rivals;
mod score;
mod site;
mod training;
mod zone;

use std::collections::BTreeMap;
use std::io::Write;
use std::time::Instant;

use anyhow::Context;
use domain::SiteId;
use domain::event::Body;
use serde::Serialize;

pub use history::History;
pub use score::{Score, table};

use progress::Progress;
use site::Site;
use training::School;
use zone::Zones;

/// What is asked of a backtest.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Time zone of all sites by its IANA name; without it the offsets written in the files decide.
    pub zone: Option<String>,
    /// Train no model: the queueing figures answer alone.
    pub no_training: bool,
    /// Tell nobody how far it is.
    pub quiet: bool,
}

/// What a ticket's range was when it was taken, in whole milliseconds from then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Prediction {
    /// As likely before as after.
    pub p50_ms: u32,
    /// Nine in ten are called before. Never below `p50_ms`.
    pub p90_ms: u32,
}

/// What a backtest came to.
#[derive(Debug, Clone, Serialize)]
pub struct Summary {
    /// Tickets predicted.
    pub tickets: usize,
    /// Days with events.
    pub days: u32,
    /// How long it took, to the millisecond.
    pub seconds: f64,
    /// How often a model was trained.
    pub trainings: u32,
    /// How long all trainings took together.
    pub training_seconds: f64,
}

/// Predicts every ticket of the history, in its order.
///
/// # Errors
/// When a zone is not known.
pub fn run(history: &History, options: &Options) -> anyhow::Result<(Vec<Prediction>, Summary)> {
    let start = Instant::now();
    let visits = history.visits();
    let mut progress = Progress::new(visits.len(), options.quiet);
    let mut zones = Zones::new(history, options.zone.clone())?;
    let mut school = School::new(!options.no_training);
    let mut sites: BTreeMap<SiteId, Site> = BTreeMap::new();
    let mut predictions: Vec<Prediction> = Vec::with_capacity(visits.len());
    for (offset, event) in (1..).zip(history.events()) {
        let number = sites.len() as u16;
        let site = sites.entry(event.site).or_insert_with(|| Site::new(number));
        let zone = zones.at(event.site, event.at)?;
        if let Some(next) = site.next_day(event.at, zone) {
            school.day_begins(next.day, &mut progress);
            site.start_day(next, zone, &mut school);
        }
        let prediction = site.take(offset, event, zone, &mut school);
        if matches!(event.body, Body::TicketIssued { .. }) {
            predictions.push(prediction);
            progress.at(predictions.len());
        }
    }
    progress.end();
    let summary = Summary {
        tickets: predictions.len(),
        days: school.days(),
        seconds: start.elapsed().as_millis() as f64 / 1_000.0,
        trainings: school.trainings(),
        training_seconds: school.training_seconds(),
    };
    Ok((predictions, summary))
}

/// Writes a line for every ticket, in the order in which they were taken.
///
/// # Errors
/// When it cannot be written.
pub fn write(history: &History, predictions: &[Prediction], out: impl Write) -> anyhow::Result<()> {
    let mut out = csv::Writer::from_writer(out);
    out.write_record(["ticket_id", "p50_s", "p90_s"])?;
    for (visit, prediction) in history.visits().iter().zip(predictions) {
        let [p50, p90] = [prediction.p50_ms, prediction.p90_ms].map(seconds);
        out.write_record([&*visit.name, &p50, &p90])?;
    }
    out.flush().context("cannot write the predictions")
}

/// Milliseconds as seconds with as many decimals as it takes.
fn seconds(ms: u32) -> String {
    let (whole, rest) = (ms / 1_000, ms % 1_000);
    if rest == 0 { whole.to_string() } else { format!("{whole}.{rest:03}").trim_end_matches('0').to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_have_the_decimals_they_need() {
        let written = [0, 1, 500, 61_230, 100_000].map(seconds);
        assert_eq!(written, ["0", "0.001", "0.5", "61.23", "100"]);
    }
}
