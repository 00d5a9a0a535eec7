//! Single visits as a stream, and how the store itself is.

use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{RawQuery, State};
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use domain::SiteId;
use futures_util::stream;
use history::answer::{Figure, Mistake, Question, Request};
use history::{Error, Scope, sqlite};
use serde_json::{Map, Value, json};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::files::{day_text, list_title, sent};
use super::refused::Refused;
use super::{borrowed, first_unknown, parameters, today, unknown};
use crate::access::SiteDirector;
use crate::app::App;
use crate::past::{Place, Texts, Turn, Unanswered, Written};

/// What a list of visits can be asked with.
const PARAMETERS: [&str; 4] = ["from", "to", "format", "lang"];
/// A piece of an answer: some 400 visits.
const PIECE: usize = 64 * 1024;
/// Pieces made ahead. A reader that is slow slows the thread that reads the store...
const PIECES: usize = 4;
/// ...and one that takes nothing for so long is given up, with its turn.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the store may take to begin.
const TO_BEGIN: Duration = Duration::from_secs(14);

/// Some more, or `None`: that was all. A channel that ends without it was broken off.
type Pieces = mpsc::Sender<Option<Bytes>>;
type Taken = mpsc::Receiver<Option<Bytes>>;
type Begun = oneshot::Sender<Result<(), Refused>>;

/// The visits of one site, oldest first. They are always those of the embedded store, which has every
/// one as soon as it has ended.
pub async fn visits(
    State(app): State<App>,
    SiteDirector { site }: SiteDirector,
    RawQuery(query): RawQuery,
) -> Result<Response, Refused> {
    let parameters = parameters(query.as_deref());
    if let Some((key, _)) = parameters.iter().find(|(key, _)| !PARAMETERS.contains(&key.as_str())) {
        return Err(Mistake::Parameter(key.chars().take(64).collect(), PARAMETERS.join(", ")).into());
    }
    let request = Request::read(vec![site], Figure::Load, borrowed(&parameters), today(&app, &[site]))?;
    let turn = app.past.turn().await?;
    let (pieces, taken) = mpsc::channel(PIECES);
    let (begun, begins) = oneshot::channel();
    let (format, title) = (request.format, list_title(request.lang));
    let Question { from, to, .. } = request.question;
    let seen = App::clone(&app);
    let handle = Handle::current();
    spawn_blocking(move || {
        let mut list = List { site, request, pieces, handle, text: Vec::new() };
        list.send(&seen, turn, begun);
    });
    match timeout(TO_BEGIN, begins).await {
        Ok(Ok(Ok(()))) => {}
        Ok(Ok(Err(refused))) => return Err(refused),
        Ok(Err(_)) => return Err(Unanswered::Internal.into()),
        Err(_) => return Err(Unanswered::TooSlow.into()),
    }
    Ok(sent(Body::from_stream(stream::unfold(Some(taken), next)), format, ["visits", title], site.as_str(), [from, to]))
}

/// The next piece. A list that breaks off is no list: the connection is closed in its middle.
async fn next(taken: Option<Taken>) -> Option<(io::Result<Bytes>, Option<Taken>)> {
    let mut taken = taken?;
    match taken.recv().await {
        Some(Some(piece)) => Some((Ok(piece), Some(taken))),
        Some(None) => None,
        None => Some((Err(io::Error::other("the list breaks off")), None)),
    }
}

/// A list on its way.
struct List {
    site: SiteId,
    request: Request,
    pieces: Pieces,
    handle: Handle,
    text: Vec<u8>,
}

impl List {
    /// Reads and sends, on a thread of its own. Whether there is anything to read is told first.
    fn send(&mut self, app: &App, turn: Turn, begun: Begun) {
        let _turn = turn;
        let reader = match self.open(app, &app.past.place()) {
            Ok(reader) => reader,
            Err(refused) => {
                app.past.figures.failed.one();
                // Who asked may have left.
                let _ = begun.send(Err(refused));
                return;
            }
        };
        if begun.send(Ok(())).is_err() {
            return;
        }
        app.past.figures.answered.one();
        if let Err(error) = self.rows(app, &reader) {
            tracing::error!(site = %self.site, %error, "A list of visits ends before its end.");
            app.past.figures.failed.one();
        }
    }

    fn open(&self, app: &App, place: &Place) -> Result<sqlite::Reader, Refused> {
        let told = |error: Error| Refused::from(Unanswered::from(error));
        let reader = sqlite::Reader::open(&place.file).map_err(told)?;
        match first_unknown(app, &reader, &[self.site]).map_err(told)? {
            Some(_) => Err(unknown(app).into()),
            None => Ok(reader),
        }
    }

    fn rows(&mut self, app: &App, reader: &sqlite::Reader) -> Result<(), Error> {
        let Question { from, to, .. } = self.request.question;
        let zone = app.sites.get(self.site).and_then(|site| Some(site.version()?.board().time_zone.clone()));
        let mut written = Written::new(self.request.format, self.request.lang, &zone.unwrap_or_default());
        let texts = Texts { site: self.site.to_string(), from: day_text(from), to: day_text(to) };
        written.head(&texts, &mut self.text);
        let mut date_of = (from, day_text(from));
        let scope = Scope { sites: vec![self.site], from, to };
        for visit in reader.visits(&scope)? {
            let (_, date, visit) = visit?;
            if date_of.0 != date {
                date_of = (date, day_text(date));
            }
            written.row(&date_of.1, &visit, &mut self.text);
            if self.text.len() >= PIECE && self.flush().is_break() {
                return Ok(());
            }
        }
        written.tail(&mut self.text);
        if self.flush().is_continue() {
            let _ = self.give(None);
        }
        Ok(())
    }

    /// Gives what is ready to whoever asked; [`ControlFlow::Break`] when they take no more.
    fn flush(&mut self) -> ControlFlow<()> {
        let piece = Bytes::from(std::mem::replace(&mut self.text, Vec::with_capacity(PIECE + 1_024)));
        self.give(Some(piece))
    }

    fn give(&self, piece: Option<Bytes>) -> ControlFlow<()> {
        match self.handle.block_on(timeout(PATIENCE, self.pieces.send(piece))) {
            Ok(Ok(())) => ControlFlow::Continue(()),
            _ => ControlFlow::Break(()),
        }
    }
}

/// Which store is asked, what it holds of the site, how large the file is, and what the collector says
/// of its writing and of InfluxDB.
pub async fn store(State(app): State<App>, SiteDirector { site }: SiteDirector) -> Result<Response, Refused> {
    let seen = App::clone(&app);
    let work = move |place: &Place| {
        let source = place.source()?;
        if first_unknown(&seen, &*source, &[site])?.is_some() {
            return Ok(None);
        }
        let span = source.span(site)?.map(|(first, last)| [first, last].map(day_text));
        let [from, to] = span.map_or([None, None], |span| span.map(Some));
        let size = |suffix: &str| {
            let mut name = place.file.clone().into_os_string();
            name.push(suffix);
            fs::metadata(name).map_or(0, |file| file.len())
        };
        let bytes = size("") + size("-wal");
        Ok(Some(json!({
            "site": site, "store": place.store(), "from": from, "to": to, "file_bytes": bytes,
            "collector": of_collector(&seen),
        })))
    };
    let told = app.past.ask(work).await?.ok_or_else(|| unknown(&app))?;
    Ok(([(CACHE_CONTROL, "private, no-store")], Json(told)).into_response())
}

/// What the collector last said of history, without the beginning of the names.
fn of_collector(app: &App) -> Map<String, Value> {
    let said = app.figures.collector().and_then(|said| serde_json::from_slice::<Map<String, Value>>(&said).ok());
    let of_history = |(key, value): (String, Value)| Some((key.strip_prefix("history_")?.to_owned(), value));
    said.unwrap_or_default().into_iter().filter_map(of_history).collect()
}
