//! What handlers ask for instead of a flag: values that exist only when the caller may.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use domain::SiteId;
use mqtt_config::settings::access::Role;
use serde::Deserialize;

use super::caller::Caller;
use crate::app::App;
use crate::error::ApiError;
use crate::live::Site;

/// Proof that the caller may read the site that the address names, as far as their view goes.
#[derive(Debug)]
pub struct Reader {
    /// The caller.
    pub caller: Caller,
    /// The site.
    pub site: Arc<Site>,
}

/// The site in an address, whatever else is named there.
#[derive(Deserialize)]
struct Named {
    site: String,
}

impl FromRequestParts<App> for Reader {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let caller = Caller::from_request_parts(parts, app).await?;
        let Path(Named { site }) = Path::from_request_parts(parts, app).await.map_err(|_| ApiError::UnknownSite)?;
        let id = SiteId::new(&site).map_err(|_| ApiError::UnknownSite)?;
        // Before the look-up: who may not see a site does not learn whether it exists.
        if !caller.reaches(id) {
            return Err(ApiError::OtherSite);
        }
        let unknown = || if app.health.has_been_connected() { ApiError::UnknownSite } else { ApiError::NotYet };
        let site = app.sites.get(id).ok_or_else(unknown)?;
        Ok(Self { caller, site })
    }
}

/// Proof that the caller is a supervisor or director of the site that the address names.
#[derive(Debug)]
pub struct SiteSupervisor {
    /// The site.
    pub site: Arc<Site>,
}

impl FromRequestParts<App> for SiteSupervisor {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        Caller::from_request_parts(parts, app).await?.at_least(Role::Supervisor)?;
        let Reader { site, .. } = Reader::from_request_parts(parts, app).await?;
        Ok(Self { site })
    }
}

/// Proof that the caller is a supervisor or director of the whole installation.
#[derive(Debug)]
pub struct Supervisor(());

impl FromRequestParts<App> for Supervisor {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let caller = Caller::from_request_parts(parts, app).await?;
        caller.at_least(Role::Supervisor)?;
        if caller.reaches_all() { Ok(Self(())) } else { Err(ApiError::OtherSite) }
    }
}

/// Proof that the caller is a director who may see the site that the address names. Whether there is
/// such a site, now or in the past, is not known yet.
#[derive(Debug)]
pub struct SiteDirector {
    /// The site.
    pub site: SiteId,
}

impl FromRequestParts<App> for SiteDirector {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let caller = Caller::from_request_parts(parts, app).await?;
        caller.at_least(Role::Director)?;
        let Path(Named { site }) = Path::from_request_parts(parts, app).await.map_err(|_| ApiError::UnknownSite)?;
        let site = SiteId::new(&site).map_err(|_| ApiError::UnknownSite)?;
        if caller.reaches(site) { Ok(Self { site }) } else { Err(ApiError::OtherSite) }
    }
}

/// Proof that the caller is a director of the whole installation.
#[derive(Debug)]
pub struct Director(());

impl FromRequestParts<App> for Director {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let caller = Caller::from_request_parts(parts, app).await?;
        caller.at_least(Role::Director)?;
        if caller.reaches_all() { Ok(Self(())) } else { Err(ApiError::OtherSite) }
    }
}
