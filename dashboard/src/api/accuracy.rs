//! `/api/v1/sites/{site}/accuracy`: how the promised ranges held.

use axum::Json;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use domain::board::{Board, Promise, ServiceRow};
use domain::outlook::{Ahead, Hour, Outlook};
use domain::{ServiceId, SiteId, Timestamp};
use serde::Serialize;

use crate::access::SiteSupervisor;
use crate::error::ApiError;

/// Never kept by a proxy, and asked for again by a browser.
const FRESH: [(axum::http::HeaderName, &str); 1] = [(CACHE_CONTROL, "private, no-cache")];

#[derive(Serialize)]
struct Accuracy {
    site: SiteId,
    as_of: Timestamp,
    by_ahead: Vec<OfAhead>,
    by_hour: Vec<OfHour>,
    today: Vec<OfAhead>,
    services: Vec<OfService>,
    fields: Vec<OfField>,
}

/// Tickets called that had been promised a range, those within it, and their share.
#[derive(Serialize)]
struct Kept {
    n: f64,
    within: f64,
    share: f64,
}

#[derive(Serialize)]
struct OfAhead {
    from: u32,
    to: Option<u32>,
    #[serde(flatten)]
    kept: Kept,
}

#[derive(Serialize)]
struct OfHour {
    from: String,
    #[serde(flatten)]
    kept: Kept,
}

#[derive(Serialize)]
struct OfService {
    service: ServiceId,
    name: String,
    #[serde(flatten)]
    kept: Kept,
}

#[derive(Serialize)]
struct OfField {
    field: String,
    #[serde(flatten)]
    kept: Kept,
}

impl Kept {
    /// `None` where nothing was promised to anybody called: a share of nothing is not known.
    fn of(n: f64, within: f64) -> Option<Self> {
        (n > 0.0).then(|| Self { n, within, share: (within / n * 1_000.0).round() / 1_000.0 })
    }

    /// A faded count is told to a tenth.
    fn faded(n: f32, within: f32) -> Option<Self> {
        let tenths = |count: f32| (f64::from(count) * 10.0).round() / 10.0;
        Self::of(tenths(n), tenths(within))
    }

    fn of_promise(Promise { n, within }: Promise) -> Option<Self> {
        Self::of(f64::from(n), f64::from(within))
    }
}

impl Accuracy {
    fn of(outlook: &Outlook, board: Option<&Board>) -> Self {
        let by_ahead = |bands: &[Ahead]| bands.iter().filter_map(OfAhead::of).collect();
        let accuracy = outlook.accuracy.as_ref();
        let services = board.map_or(&[][..], |board| &board.services);
        Self {
            site: outlook.site,
            as_of: outlook.as_of,
            by_ahead: accuracy.map(|told| by_ahead(&told.by_ahead)).unwrap_or_default(),
            by_hour: accuracy.map(|told| told.by_hour.iter().filter_map(OfHour::of).collect()).unwrap_or_default(),
            today: accuracy.map(|told| by_ahead(&told.today)).unwrap_or_default(),
            services: services.iter().filter_map(OfService::of).collect(),
            fields: fields(services),
        }
    }
}

impl OfAhead {
    fn of(band: &Ahead) -> Option<Self> {
        Some(Self { from: band.from, to: band.to, kept: Kept::faded(band.n, band.within)? })
    }
}

impl OfHour {
    fn of(hour: &Hour) -> Option<Self> {
        Some(Self { from: clock(hour.from_min), kept: Kept::faded(hour.n, hour.within)? })
    }
}

impl OfService {
    fn of(row: &ServiceRow) -> Option<Self> {
        Some(Self { service: row.service, name: row.name.clone(), kept: Kept::of_promise(row.promise?)? })
    }
}

/// The sums of each field, in the board's order.
fn fields(services: &[ServiceRow]) -> Vec<OfField> {
    let mut sums: Vec<(&str, Promise)> = Vec::new();
    for (field, promise) in services.iter().filter_map(|row| Some((row.field.as_deref()?, row.promise?))) {
        let place = sums.iter().position(|(of, _)| *of == field).unwrap_or(sums.len());
        if place == sums.len() {
            sums.push((field, Promise::default()));
        }
        let sum = &mut sums[place].1;
        (sum.n, sum.within) = (sum.n.saturating_add(promise.n), sum.within.saturating_add(promise.within));
    }
    let row = |(field, sum): (&str, Promise)| Some(OfField { field: field.to_owned(), kept: Kept::of_promise(sum)? });
    sums.into_iter().filter_map(row).collect()
}

/// Minutes after midnight as a clock tells them.
pub(super) fn clock(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// How the promises of a site held, for a supervisor or a director.
pub async fn accuracy(SiteSupervisor { site }: SiteSupervisor) -> Result<impl IntoResponse, ApiError> {
    let outlook = site.outlook().ok_or(ApiError::NotYet)?;
    let version = site.version();
    Ok((FRESH, Json(Accuracy::of(&outlook, version.as_ref().map(|version| version.board())))))
}
