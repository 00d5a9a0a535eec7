//! `/api/v1/sites/{site}/outlook`: who waits and when each is called; the same of one number.

use axum::Json;
use axum::extract::Path;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use domain::event::Priority;
use domain::outlook::{Outlook, ServiceOutlook, Waiting};
use domain::{ServiceId, SiteId, TicketNumber, Timestamp};
use serde::{Deserialize, Serialize};

use crate::access::{Reader, SiteSupervisor};
use crate::error::ApiError;

/// Never kept by a proxy, and asked for again by a browser.
const FRESH: [(axum::http::HeaderName, &str); 1] = [(CACHE_CONTROL, "private, no-cache")];

#[derive(Serialize)]
struct Lines {
    site: SiteId,
    seq: u64,
    as_of: Timestamp,
    left_out: u32,
    services: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    service: ServiceId,
    waiting: u32,
    line: Vec<Place>,
}

/// A ticket that waits. Instants are the collector's, to the second.
#[derive(Serialize)]
struct Place {
    ticket: TicketNumber,
    priority: Priority,
    since: Timestamp,
    p50_at: Option<Timestamp>,
    p90_at: Option<Timestamp>,
    reason: Option<String>,
}

/// One number, as anybody may know it who has it.
#[derive(Serialize)]
struct Own {
    ticket: TicketNumber,
    service: ServiceId,
    as_of: Timestamp,
    ahead: usize,
    p50_at: Option<Timestamp>,
    p90_at: Option<Timestamp>,
    reason: Option<String>,
}

/// The shown call times of a ticket.
fn shown(as_of: Timestamp, waiting: &Waiting) -> [Option<Timestamp>; 2] {
    [waiting.p50_s, waiting.p90_s].map(|s| s.map(|s| Waiting::at(as_of, i64::from(s))))
}

impl Place {
    fn of(as_of: Timestamp, waiting: &Waiting) -> Self {
        let [p50_at, p90_at] = shown(as_of, waiting);
        let since = Waiting::at(as_of, -i64::from(waiting.waited_s));
        let Waiting { ticket, priority, reason, .. } = waiting.clone();
        Self { ticket, priority, since, p50_at, p90_at, reason }
    }
}

impl Lines {
    fn of(outlook: &Outlook) -> Self {
        let line = |row: &ServiceOutlook| Line {
            service: row.service,
            waiting: row.waiting,
            line: row.line.iter().map(|it| Place::of(outlook.as_of, it)).collect(),
        };
        let Outlook { site, seq, as_of, left_out, .. } = *outlook;
        Self { site, seq, as_of, left_out, services: outlook.services.iter().map(line).collect() }
    }
}

/// The lines of a site, for a supervisor.
pub async fn lines(SiteSupervisor { site }: SiteSupervisor) -> Result<impl IntoResponse, ApiError> {
    let outlook = site.outlook().ok_or(ApiError::NotYet)?;
    Ok((FRESH, Json(Lines::of(&outlook))))
}

/// The number in an address.
#[derive(Deserialize)]
pub struct Named {
    ticket: String,
}

/// When one number is called, for whoever holds it: nothing of anybody else but how many are
/// before it.
pub async fn ticket(
    Reader { site, .. }: Reader,
    Path(Named { ticket }): Path<Named>,
) -> Result<impl IntoResponse, ApiError> {
    let outlook = site.outlook().ok_or(ApiError::NotYet)?;
    let number = TicketNumber::new(&ticket.to_uppercase()).map_err(|_| ApiError::UnknownTicket)?;
    let (row, ahead, waiting) = outlook.ticket(number).ok_or(ApiError::UnknownTicket)?;
    let [p50_at, p90_at] = shown(outlook.as_of, waiting);
    let (service, as_of, reason) = (row.service, outlook.as_of, waiting.reason.clone());
    Ok((FRESH, Json(Own { ticket: number, service, as_of, ahead, p50_at, p90_at, reason })))
}
