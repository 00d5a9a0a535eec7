//! `/api/v1/sites/{site}/history/…` and `/api/v1/history/…`: what happened, for a director.

mod files;
mod refused;
mod single;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::SiteId;
use domain::facts::Date;
use history::answer::{By, Column, Figure, Format, Lang, Mistake, Request, ask, columns, to_csv, to_json};
use history::{Error, Source};
use jiff::civil;
use serde::Deserialize;
use serde_json::json;

use self::files::{days, sent, title};
use self::refused::Refused;
pub use self::single::{store, visits};
use crate::access::{Director, SiteDirector};
use crate::app::App;
use crate::error::ApiError;
use crate::past::Place;

/// The figure in an address.
#[derive(Deserialize)]
pub struct Named {
    figure: String,
}

impl Named {
    fn figure(&self) -> Result<Figure, Refused> {
        Figure::from_word(&self.figure).ok_or_else(|| {
            let known: Vec<_> = Figure::ALL.iter().map(|figure| figure.word()).collect();
            let asked: String = self.figure.chars().take(64).collect();
            let message = format!(
                "Không có số liệu này. / There is no figure {asked:?}; there are: {}, visits and store",
                known.join(", ")
            );
            Refused::Told { status: StatusCode::NOT_FOUND, code: "unknown_figure", message }
        })
    }
}

/// The parameters of an address, decoded.
fn parameters(query: Option<&str>) -> Vec<(String, String)> {
    form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect()
}

fn borrowed(parameters: &[(String, String)]) -> impl Iterator<Item = (&str, &str)> {
    parameters.iter().map(|(key, text)| (key.as_str(), text.as_str()))
}

/// The newest business day of these sites as their boards have it; where there is none, today in
/// Vietnam.
fn today(app: &App, sites: &[SiteId]) -> Date {
    let all = app.sites.all();
    let wanted = all.iter().filter(|site| sites.is_empty() || sites.contains(&site.id()));
    let of_boards = wanted.filter_map(|site| site.version()?.board().business_day.parse().ok());
    of_boards.max().map_or_else(
        || {
            let now = jiff::Timestamp::now();
            days(now.in_tz("Asia/Ho_Chi_Minh").map_or_else(|_| civil::date(1970, 1, 1), |now| now.date()))
        },
        days,
    )
}

/// One figure of one site.
pub async fn of_site(
    State(app): State<App>,
    SiteDirector { site }: SiteDirector,
    Path(named): Path<Named>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refused> {
    let figure = named.figure()?;
    let request = Request::read(vec![site], figure, borrowed(&parameters(query.as_deref())), today(&app, &[site]))?;
    answered(&app, request, site.as_str()).await
}

/// One figure of several sites.
pub async fn of_all(
    State(app): State<App>,
    _: Director,
    Path(named): Path<Named>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refused> {
    let figure = named.figure()?;
    let mut parameters = parameters(query.as_deref());
    let asked: Vec<_> = parameters.extract_if(.., |(key, _)| key == "sites").map(|(_, text)| text).collect();
    let sites = match asked.as_slice() {
        [] => Vec::new(),
        [all] if all == "all" => Vec::new(),
        [list] => list.split(',').map(site_id).collect::<Result<_, _>>()?,
        _ => return Err(Mistake::Twice("sites".to_owned()).into()),
    };
    let today = today(&app, &sites);
    let request = Request::read(sites, figure, borrowed(&parameters), today)?;
    answered(&app, request, "all").await
}

fn site_id(text: &str) -> Result<SiteId, Mistake> {
    SiteId::new(text).map_err(|_| Mistake::Id { key: "sites", text: text.chars().take(64).collect() })
}

/// A site that neither has spoken nor is in the store is not there.
fn first_unknown(app: &App, source: &dyn Source, sites: &[SiteId]) -> Result<Option<SiteId>, Error> {
    for site in sites {
        if app.sites.get(*site).is_none() && source.span(*site)?.is_none() {
            return Ok(Some(*site));
        }
    }
    Ok(None)
}

fn unknown(app: &App) -> ApiError {
    if app.health.has_been_connected() { ApiError::UnknownSite } else { ApiError::NotYet }
}

async fn answered(app: &App, request: Request, of: &str) -> Result<Response, Refused> {
    let (figure, from, to) = (request.question.figure, request.question.from, request.question.to);
    let (format, lang) = (request.format, request.lang);
    let seen = App::clone(app);
    let work = move |place: &Place| {
        let source = place.source()?;
        if first_unknown(&seen, &*source, &request.question.sites)?.is_some() {
            return Ok(None);
        }
        let answer = ask(&*source, &request.question)?;
        Ok(Some(if format == Format::Csv { to_csv(&answer, lang) } else { to_json(&answer) }))
    };
    let text = app.past.ask(work).await?.ok_or_else(|| unknown(app))?;
    let name = [figure.word(), title(figure, lang)];
    Ok(sent(Body::from(text), format, name, of, [from, to]))
}

/// Columns of all figures, for people and programs.
pub async fn figures() -> impl IntoResponse {
    let column = |column: &Column| json!({ "column": column.key, "unit": column.unit.word(), "vi": column.vi, "en": column.en, "means": column.means });
    let figure = |figure: &Figure| {
        let by: Vec<_> = figure.possible().into_iter().map(By::word).collect();
        let columns: Vec<_> = columns(*figure).iter().map(column).collect();
        json!({ "figure": figure.word(), "vi": title(*figure, Lang::Vi), "en": title(*figure, Lang::En), "by": by, "columns": columns })
    };
    Json(json!({ "figures": Figure::ALL.iter().map(figure).collect::<Vec<_>>() }))
}
