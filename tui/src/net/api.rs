//! What is asked for now and then: blocking, in a thread of its own.

use std::path::Path;
use std::time::Duration;

use domain::SiteId;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Address, Place, Trust, token};
use crate::model::{DeadLetterList, Trouble};

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

fn get<T: DeserializeOwned>(
    address: &Address,
    trust: &Trust,
    token_file: Option<&Path>,
    page: &str,
) -> Result<T, Trouble> {
    let mut config = ureq::Agent::config_builder()
        .timeout_global(Some(LIMIT))
        .http_status_as_error(false)
        // The token is for this server alone.
        .max_redirects(0)
        .proxy(None);
    if address.is_secure() {
        config = config.tls_config(trust.for_http());
    }
    let mut request = config.build().new_agent().get(page);
    if let Some(file) = token_file {
        let token = token(file).map_err(|error| Trouble::Token { detail: format!("{}: {error}", file.display()) })?;
        request = request.header("Authorization", format!("Bearer {token}"));
    }
    let mut answer = request.call().map_err(|error| unreachable(&error))?;
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
