//! The screens that people look at: complete without a script (the server renders the board of
//! now and the page reloads itself every 10 s), and kept fresh by the modules of `web/js`.
//!
//! What outside checks may rely on: `<html data-state data-seq data-as-of>`, rows of calls with
//! `data-call-seq data-ticket data-counter`, rows of services with `data-service`.

mod arrange;
mod counter;
mod local;
mod options;
mod rows;
mod show;
mod start;
mod trouble;
mod wall;
mod words;
mod zones;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use domain::CounterId;
use domain::board::Board;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde::Serialize;

use self::options::{Options, Theme};
use self::words::Lang;
use crate::access::{Caller, Reader};
use crate::app::{App, AppState};
use crate::assets;
use crate::error::ApiError;
use crate::live::{Site, Version};

pub use self::trouble::for_browsers;

/// Seconds after which a page without living scripts asks again. A living script stops that.
const REFRESH_S: u32 = 10;
/// A collector speaks every second. One that has been silent for longer may have moved on from the
/// board that is here: a page that is made now says so.
const SIGN_MAY_BE_OLD: Duration = Duration::from_secs(5);
/// Names the build of the scripts and styles: a screen that reconnects after an upgrade finds
/// another one and reloads.
const BUILD: HeaderName = HeaderName::from_static("x-motcua-build");

/// Every page for people.
pub fn routes() -> Vec<(&'static str, MethodRouter<App>)> {
    vec![("/", get(start_page)), ("/{site}/wall", get(wall_page)), ("/{site}/counter/{counter}", get(counter_page))]
}

async fn start_page(caller: Caller, State(app): State<App>, RawQuery(query): RawQuery, asks: HeaderMap) -> Response {
    let options = Options::parse(query.as_deref().unwrap_or_default());
    let sites = app.sites.all();
    let reached = sites.iter().filter(|site| caller.reaches(site.id()));
    let known = reached.filter_map(|site| Some((Site::version(site)?, Frame::of(&app, site))));
    let known: Vec<(Arc<Version>, Frame)> = known.collect();
    let body = start::body(known.iter().map(|(version, frame)| (version.board(), frame)), options.lang);
    let state = if known.iter().all(|(_, frame)| frame.is_live()) { "live" } else { "stale" };
    let head = Head { title: "motcua", lang: options.lang, theme: options.theme, state, ..Head::default() };
    answer(document(&head, &body), &asks)
}

async fn wall_page(
    reader: Reader,
    State(app): State<App>,
    RawQuery(query): RawQuery,
    asks: HeaderMap,
) -> Result<Response, ApiError> {
    let version = reader.site.version().ok_or(ApiError::NotYet)?;
    let options = Options::parse(query.as_deref().unwrap_or_default());
    let (board, frame) = (version.board(), Frame::of(&app, &reader.site));
    let body = wall::body(&version, &options, &frame);
    let kind = Kind { page: "wall".to_owned(), counter: None, title: &board.name };
    Ok(answer(living(board, &options, &frame, &kind, &body), &asks))
}

async fn counter_page(
    reader: Reader,
    Path((_, counter)): Path<(String, String)>,
    State(app): State<App>,
    RawQuery(query): RawQuery,
    asks: HeaderMap,
) -> Result<Response, ApiError> {
    let version = reader.site.version().ok_or(ApiError::NotYet)?;
    let options = Options::parse(query.as_deref().unwrap_or_default());
    let (board, frame) = (version.board(), Frame::of(&app, &reader.site));
    let id = CounterId::new(&counter).map_err(|_| ApiError::UnknownCounter)?;
    let row = options::counter_row(board, Some(id)).ok_or(ApiError::UnknownCounter)?;
    let body = counter::body(board, row, &options, &frame);
    let kind = Kind { page: format!("counter-{id}"), counter: Some(id), title: &row.name };
    Ok(answer(living(board, &options, &frame, &kind, &body), &asks))
}

/// Which screen it is.
struct Kind<'a> {
    /// What it reports itself as.
    page: String,
    counter: Option<CounterId>,
    title: &'a str,
}

/// What the scripts of a page need to know.
#[derive(Serialize)]
struct Data<'a> {
    site: domain::SiteId,
    page: &'a str,
    counter: Option<CounterId>,
    build: &'a str,
    lang: &'static str,
    options: &'a Options,
    words: std::collections::BTreeMap<&'static str, &'static str>,
}

fn living(board: &Board, options: &Options, frame: &Frame, kind: &Kind<'_>, body: &Markup) -> Markup {
    let data = Data {
        site: board.site,
        page: &kind.page,
        counter: kind.counter,
        build: assets::build(),
        lang: options.lang.code(),
        options,
        words: options.lang.table(if kind.counter.is_some() { &words::OF_COUNTER } else { &words::OF_WALL }),
    };
    let body = html! {
        (body)
        script type="application/json" #page-data { (PreEscaped(data_block(&data))) }
    };
    let module = if kind.counter.is_some() { "js/counter.js" } else { "js/wall.js" };
    let head = Head {
        title: kind.title,
        lang: options.lang,
        theme: options.theme,
        state: frame.state,
        board: Some(board),
        module: Some(module),
    };
    document(&head, &body)
}

/// JSON that cannot end its own `<script>`.
fn data_block(data: &impl Serialize) -> String {
    // String keys and finite numbers only, which is all that can fail.
    let json = serde_json::to_string(data).expect("a page's data is always valid JSON");
    json.replace('<', "\\u003c")
}

fn answer(document: Markup, asks: &HeaderMap) -> Response {
    let build = HeaderValue::from_str(assets::build()).expect("a build is hexadecimal");
    let headers = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store")), (BUILD, build)];
    (headers, assets::html(document.into_string(), asks)).into_response()
}

/// What stands in a document's head and on its root.
struct Head<'a> {
    title: &'a str,
    lang: Lang,
    theme: Theme,
    state: &'static str,
    board: Option<&'a Board>,
    module: Option<&'static str>,
}

impl Default for Head<'_> {
    fn default() -> Self {
        Self { title: "motcua", lang: Lang::Vi, theme: Theme::Dark, state: "live", board: None, module: None }
    }
}

fn document(head: &Head<'_>, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(head.lang.code()) data-state=(head.state) data-theme=(head.theme.code())
            data-seq=[head.board.map(|board| board.seq)] data-as-of=[head.board.map(|board| board.as_of)] {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="refresh" content=(REFRESH_S);
                title { (head.title) }
                link rel="icon" href=(assets::path("icon.svg"));
                @for font in assets::FIRST_FONTS {
                    link rel="preload" as="font" type="font/woff2" crossorigin href=(assets::path(font));
                }
                link rel="stylesheet" href=(assets::path("css/screens.css"));
                @if let Some(module) = head.module {
                    @for imported in assets::modules() { link rel="modulepreload" href=(assets::path(imported)); }
                    script type="module" src=(assets::path(module)) {}
                }
            }
            body { (body) }
        }
    }
}

/// Since when what is shown is old.
fn lost_since(board: &Board, lang: Lang) -> String {
    lang.with("link.lost", "{at}", &local::Local::of(board, board.as_of).clock())
}

/// A heading in the page's language, with the other one small beneath it.
fn heading(lang: Lang, key: &str) -> Markup {
    html! { h2 { (lang.word(key)) " " small lang=(lang.other().code()) { (lang.other().word(key)) } } }
}

/// What every screen shows of the system itself.
pub struct Frame {
    state: &'static str,
}

impl Frame {
    fn of(app: &AppState, site: &Site) -> Self {
        // A board may be here while its writer is gone, or while what follows it was lost.
        let heard = app.health.collector_age().is_some_and(|age| age <= SIGN_MAY_BE_OLD);
        let live = app.health.is_connected() && heard && !site.is_broken();
        Self { state: if live { "live" } else { "stale" } }
    }

    fn is_live(&self) -> bool {
        self.state == "live"
    }

    /// The centre, the screen's own name where it has another, date and clock.
    fn head(&self, board: &Board, lang: Lang, title: &str) -> Markup {
        html! {
            header {
                div.name {
                    h1 data-fit=(show::name_fit(title)) { (title) }
                    @if title != board.name { p.centre { (board.name) } }
                }
                (wall::clock(board, lang))
            }
        }
    }

    /// Says that the screen is not live, and since when.
    fn banner(&self, board: &Board, lang: Lang) -> Markup {
        html! {
            div.link role="status" hidden[self.is_live()] {
                p.lost { (lost_since(board, lang)) }
                p.old { (lang.word("link.old")) " " (lang.word("link.ask")) }
            }
        }
    }
}
