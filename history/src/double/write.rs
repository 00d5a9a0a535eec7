//! `POST /api/v2/write`: what is looked at in which order, and what each fault is called.

use std::io::Read;

use flate2::read::MultiGzDecoder;

use super::api::{self, May};
use super::http::{Answer, Request};
use super::keep::Bucket;
use super::line;
use super::server::State;

/// The order is the server's: token, precision, bucket named, gzip's header, organisation, bucket, permission, body.
pub fn write(request: &Request, state: &mut State) -> Result<Answer, Answer> {
    let may = api::authorized(request, state)?;
    let unit = line::precision(request.param("precision"))
        .ok_or_else(|| api::error("invalid", "invalid precision; valid precision units are ns, us, ms, and s"))?;
    if request.param("bucket").is_empty() {
        return Err(api::error("not found", "bucket not found"));
    }
    let gzip = matches!(request.header("content-encoding"), Some("gzip" | "x-gzip"));
    if gzip && !request.body.starts_with(&[0x1f, 0x8b]) {
        return Err(api::error("internal error", "An internal error has occurred - check server logs"));
    }
    organisation(request, state)?;
    let now = state.now();
    let bucket = bucket(request.param("bucket"), state)?;
    if may == May::Read {
        return Err(api::error("forbidden", "insufficient permissions for write"));
    }
    let plain = if gzip { unzipped(&request.body)? } else { request.body.clone() };
    let points = line::body(&plain, unit, now).map_err(|bad| api::error("invalid", &bad.join("\n")))?;
    match bucket.write(points, now) {
        Ok(()) => Ok(Answer::empty(204)),
        Err(refused) => Err(api::error("unprocessable entity", &refused.message)),
    }
}

/// The organisation that the request names must be ours.
pub fn organisation(request: &Request, state: &State) -> Result<(), Answer> {
    let (name, id) = (request.param("org"), request.param("orgID"));
    if name == state.org || name == state.org_id || (name.is_empty() && id == state.org_id) {
        return Ok(());
    }
    let asked = if name.is_empty() { id } else { name };
    Err(api::error("not found", &format!("organization name \"{asked}\" not found")))
}

/// A bucket by its id, else by its name.
pub fn bucket<'a>(named: &str, state: &'a mut State) -> Result<&'a mut Bucket, Answer> {
    let by_id = state.buckets.values().find(|bucket| bucket.id == named).map(|bucket| bucket.name.clone());
    let name = by_id.unwrap_or_else(|| named.to_owned());
    state.buckets.get_mut(&name).ok_or_else(|| api::error("not found", &format!("bucket \"{named}\" not found")))
}

fn unzipped(body: &[u8]) -> Result<Vec<u8>, Answer> {
    let mut plain = Vec::new();
    match MultiGzDecoder::new(body).read_to_end(&mut plain) {
        Ok(_) => Ok(plain),
        Err(why) if why.kind() == std::io::ErrorKind::UnexpectedEof => {
            Err(api::error("internal error", "unable to read data: unexpected EOF"))
        }
        Err(why) => Err(api::error("invalid", &format!("unable to read data: gzip: {why}"))),
    }
}
