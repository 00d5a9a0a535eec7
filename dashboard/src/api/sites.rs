//! `/api/v1/sites`: which sites there are.

use axum::Json;
use axum::extract::State;
use domain::{SiteId, Timestamp};
use serde::Serialize;

use crate::access::Caller;
use crate::app::App;
use crate::live::{Site, Version};

#[derive(Serialize)]
pub struct List {
    sites: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    site: SiteId,
    name: String,
    seq: u64,
    as_of: Timestamp,
    business_day: String,
}

impl From<&Version> for Row {
    fn from(version: &Version) -> Self {
        let board = version.board();
        Self {
            site: board.site,
            name: board.name.clone(),
            seq: board.seq,
            as_of: board.as_of,
            business_day: board.business_day.clone(),
        }
    }
}

/// The sites that have a board and that the caller's credentials reach, by id.
pub async fn list(caller: Caller, State(app): State<App>) -> Json<List> {
    let sites = app.sites.all();
    let reached = sites.iter().filter(|site| caller.reaches(site.id()));
    Json(List { sites: reached.filter_map(|site| Site::version(site)).map(|version| Row::from(&*version)).collect() })
}
