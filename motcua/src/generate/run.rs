//! Years of centres into a store, one thread a core, one writer.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Instant;

use anyhow::Context;
use domain::SiteId;
use domain::config::SiteConfig;
use domain::history::Day;
use history::influx;
use history::sqlite::{self, Store};
use serde::Serialize;

use super::centre::Centre;
use super::fold::Fold;
use super::progress::Progress;
use super::waits;
use crate::exit::BadInput;

/// Days that go to the writer together.
const CHUNK: usize = 25;
/// Chunks that wait for the writer; the simulation waits for it when there are more.
const WAITING: usize = 2;

/// What to generate.
#[derive(Debug, Clone)]
pub struct Options {
    /// How many centres.
    pub sites: usize,
    /// Which year, 1990..=2099.
    pub year: i16,
    /// The same seed, the same year.
    pub seed: u64,
    /// Only so many of its open days, from the first on.
    pub days: Option<usize>,
    /// A file for every wait, as CSV.
    pub rows: Option<PathBuf>,
    /// An InfluxDB to send it to as well.
    pub influx: Option<influx::options::Options>,
}

impl Options {
    fn centre(&self, n: usize) -> anyhow::Result<Centre> {
        Ok(Centre::new(n, self.year, self.seed)?.only(self.days))
    }
}

/// What was generated.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Summary {
    /// Centres.
    pub sites: usize,
    /// Open days of all of them.
    pub days: usize,
    /// Events.
    pub events: u64,
    /// Visits that ended; `None` where only a journal was written.
    pub visits: Option<u64>,
    /// Presses that count; see `visits`.
    pub ratings: Option<u64>,
    /// Where it lies.
    pub file: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// Points that InfluxDB has taken; `None` where none was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub points: Option<u64>,
    /// How long it took.
    pub seconds: f64,
}

/// Days of one site, on their way to the writer.
struct Chunk {
    site: SiteId,
    config: Option<Box<SiteConfig>>,
    days: Vec<Day>,
    /// Of these, open ones.
    open: usize,
    events: u64,
    rows: String,
}

/// Fills a new history file.
///
/// # Errors
/// When the file is there already, or it cannot be written.
pub fn history(options: &Options, file: &Path) -> anyhow::Result<Summary> {
    if file.exists() {
        let sentence = format!("{} is there already: choose another place, or move it away", file.display());
        return Err(BadInput::because(sentence).into());
    }
    let begin = Instant::now();
    let mut store = Store::open(file, sqlite::Options { mirror: options.influx.is_some() })?;
    let rows = options.rows.as_ref().map(|path| File::create(path).with_context(|| format!("{}", path.display())));
    let mut rows = rows.transpose()?.map(BufWriter::new);
    if let Some(rows) = &mut rows {
        rows.write_all(waits::HEAD.as_bytes()).context("the rows")?;
    }
    let (send, receive) = sync_channel(WAITING);
    let next = AtomicUsize::new(0);
    let failed = Mutex::new(None);
    let days = options.centre(0)?.days().len() * options.sites;
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(options.sites);
    let written = std::thread::scope(|scope| {
        for _ in 0..threads {
            let send = send.clone();
            scope.spawn(|| {
                if let Err(error) = years(options, &next, send) {
                    *failed.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(error);
                }
            });
        }
        drop(send);
        write(&mut store, rows.as_mut(), receive, Progress::new(days))
    });
    if let Some(error) = failed.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner) {
        return Err(error);
    }
    let mut summary = written?;
    drop(store);
    if let Some(influx) = options.influx.clone() {
        summary.points = Some(super::influx::send(influx, file, |left| tracing::debug!(left, "Points wait."))?);
    }
    summary.sites = options.sites;
    summary.file = file.to_owned();
    summary.bytes = std::fs::metadata(file)?.len();
    summary.seconds = begin.elapsed().as_secs_f64();
    Ok(summary)
}

/// A thread: the next centre, and the next, while somebody writes.
fn years(options: &Options, next: &AtomicUsize, send: SyncSender<Chunk>) -> anyhow::Result<()> {
    loop {
        let n = next.fetch_add(1, Ordering::Relaxed);
        if n >= options.sites {
            return Ok(());
        }
        let centre = options.centre(n)?;
        let config = centre.config();
        let mut fold = Fold::new(&centre, options.rows.is_some())?;
        let mut first = Some(Box::new(config.clone()));
        let mut of_days = centre.days().peekable();
        while of_days.peek().is_some() {
            let (mut days, mut open) = (Vec::new(), 0);
            for of in of_days.by_ref().take(CHUNK) {
                days.extend(fold.closed_before(&of));
                days.push(fold.day(&of)?);
                open += 1;
            }
            let (events, rows) = fold.take_told();
            // Who writes has failed and tells why.
            if send.send(Chunk { site: config.site, config: first.take(), days, open, events, rows }).is_err() {
                return Ok(());
            }
        }
    }
}

fn write(
    store: &mut Store,
    mut rows: Option<&mut BufWriter<File>>,
    chunks: Receiver<Chunk>,
    mut progress: Progress,
) -> anyhow::Result<Summary> {
    let mut summary = Summary { visits: Some(0), ratings: Some(0), ..Summary::default() };
    for Chunk { site, config, days, open, events, rows: text } in chunks {
        if let Some(config) = config {
            store.configure(&config)?;
        }
        if let Some(rows) = &mut rows {
            rows.write_all(text.as_bytes()).context("the rows")?;
        }
        summary.days += open;
        summary.events += events;
        summary.visits = summary.visits.map(|n| n + days.iter().map(|day| day.visits.len() as u64).sum::<u64>());
        summary.ratings = summary.ratings.map(|n| n + days.iter().map(|day| day.ratings.len() as u64).sum::<u64>());
        progress.add(open);
        let days: Vec<(SiteId, Day)> = days.into_iter().map(|day| (site, day)).collect();
        store.write(&days, 0)?;
    }
    if let Some(rows) = rows {
        rows.flush().context("the rows")?;
    }
    Ok(summary)
}

/// Writes the year of one centre as a new journal.
///
/// # Errors
/// When there is a journal already, or it cannot be written.
pub fn journal(options: &Options, data_dir: &Path) -> anyhow::Result<Summary> {
    if options.sites != 1 {
        return Err(BadInput::because("a journal is written of one centre: leave --sites out").into());
    }
    let begin = Instant::now();
    let centre = options.centre(0)?;
    let days = centre.days().len();
    let mut progress = Progress::new(days);
    let events = super::journal::write(data_dir, &centre, || progress.add(1))?;
    let file = collector::recover::journal_dir(data_dir);
    let bytes = journal::segments(&file)?.iter().map(|segment| segment.bytes).sum();
    let seconds = begin.elapsed().as_secs_f64();
    Ok(Summary { sites: 1, days, events, visits: None, ratings: None, file, bytes, points: None, seconds })
}
