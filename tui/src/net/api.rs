//! What is asked for now and then: blocking, in a thread of its own.

use std::path::Path;
use std::time::Duration;

use domain::outlook::Answer;
use domain::{ServiceId, SiteId};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use ureq::Body;
use ureq::http::Response;

use super::{Address, Place, Trust, token};
use crate::model::{DeadLetterList, Trouble, WhatIf};

const LIMIT: Duration = Duration::from_secs(10);
/// A list of a hundred letters of 4 KiB is half a megabyte.
const LARGEST: u64 = 8 << 20;

/// The newest dead letters. Blocks, ten seconds at most.
///
/// # Errors
/// When the server does not give them.
pub fn dead_letters(place: &Place) -> Result<DeadLetterList, Trouble> {
    let page = place.address.page(&format!("sites/{}/dead-letters", place.site));
    get(&place.address, &place.trust, place.token_file.as_deref(), &page)
}

#[derive(Deserialize)]
struct Sites {
    sites: Vec<SiteOf>,
}

#[derive(Deserialize)]
struct SiteOf {
    site: SiteId,
}

/// The sites that the server has. Blocks, ten seconds at most.
///
/// # Errors
/// When the server does not tell them.
pub fn sites(address: &Address, trust: &Trust, token_file: Option<&Path>) -> Result<Vec<SiteId>, Trouble> {
    let list: Sites = get(address, trust, token_file, &address.page("sites"))?;
    Ok(list.sites.into_iter().map(|row| row.site).collect())
}

/// What would be with so many more counters for a service. Blocks, ten seconds at most.
///
/// # Errors
/// When the server does not answer it.
pub fn what_if(place: &Place, service: ServiceId, more: u32) -> Result<Answer, Trouble> {
    let page = place.address.page(&format!("sites/{}/what-if", place.site));
    let question = serde_json::to_string(&WhatIf::question(service, more));
    let question = question.map_err(|error| Trouble::NotUnderstood { detail: error.to_string() })?;
    let mut request = agent(&place.address, &place.trust).post(page).header("Content-Type", "application/json");
    if let Some(bearer) = bearer(place.token_file.as_deref())? {
        request = request.header("Authorization", bearer);
    }
    read(request.send(question))
}

fn get<T: DeserializeOwned>(
    address: &Address,
    trust: &Trust,
    token_file: Option<&Path>,
    page: &str,
) -> Result<T, Trouble> {
    let mut request = agent(address, trust).get(page);
    if let Some(bearer) = bearer(token_file)? {
        request = request.header("Authorization", bearer);
    }
    read(request.call())
}

/// What the server is shown; nothing is sent without it where it cannot be read.
fn bearer(token_file: Option<&Path>) -> Result<Option<String>, Trouble> {
    let Some(file) = token_file else { return Ok(None) };
    let token = token(file).map_err(|error| Trouble::Token { detail: format!("{}: {error}", file.display()) })?;
    Ok(Some(format!("Bearer {token}")))
}

fn agent(address: &Address, trust: &Trust) -> ureq::Agent {
    let mut config = ureq::Agent::config_builder()
        .timeout_global(Some(LIMIT))
        .http_status_as_error(false)
        // The token is for this server alone.
        .max_redirects(0)
        .proxy(None);
    if address.is_secure() {
        config = config.tls_config(trust.for_http());
    }
    config.build().new_agent()
}

fn read<T: DeserializeOwned>(answer: Result<Response<Body>, ureq::Error>) -> Result<T, Trouble> {
    let mut answer = answer.map_err(|error| unreachable(&error))?;
    match answer.status().as_u16() {
        200 => {}
        status => return Err(Trouble::of_status(status)),
    }
    let text = answer.body_mut().with_config().limit(LARGEST).read_to_string().map_err(|error| unreachable(&error))?;
    serde_json::from_str(&text).map_err(|error| Trouble::NotUnderstood { detail: error.to_string() })
}

fn unreachable(error: &ureq::Error) -> Trouble {
    match error {
        ureq::Error::Rustls(error) => Trouble::Tls { detail: error.to_string() },
        ureq::Error::Io(io) if io.get_ref().is_some_and(|inner| inner.is::<rustls::Error>()) => {
            Trouble::Tls { detail: io.to_string() }
        }
        ureq::Error::Io(io) => Trouble::Unreachable { detail: io.to_string() },
        other => Trouble::Unreachable { detail: other.to_string() },
    }
}
