//! Setting up, organisations, buckets, deleting: as far as a program provisions by itself.

use serde_json::{Value as Json, json};

use super::api::{self, May};
use super::http::{Answer, Request};
use super::keep::Bucket;
use super::server::State;
use super::write;

const SECOND: i64 = 1_000_000_000;

/// `/api/v2/setup`.
pub fn setup(request: &Request, state: &mut State) -> Answer {
    if request.method == "GET" {
        return Answer::json(200, &json!({ "allowed": !state.set_up }));
    }
    if state.set_up {
        return api::error("conflict", "onboarding has already been completed");
    }
    let Ok(asked) = serde_json::from_slice::<Json>(&request.body) else {
        return api::error("invalid", "failed to decode request body");
    };
    let [Some(user), Some(org), Some(bucket)] = ["username", "org", "bucket"].map(|key| asked[key].as_str()) else {
        return api::error("unprocessable entity", "username, org and bucket are required");
    };
    state.set_up = true;
    org.clone_into(&mut state.org);
    if let Some(token) = asked["token"].as_str().filter(|token| !token.is_empty()) {
        token.clone_into(&mut state.token);
    }
    let seconds = asked["retentionPeriodSeconds"].as_i64().filter(|seconds| *seconds > 0);
    let org_id = state.org_id.clone();
    let made = shown(state.add_bucket(bucket, seconds.map(|s| s.saturating_mul(SECOND))), &org_id);
    Answer::json(
        201,
        &json!({ "user": { "id": "0c0c0c0c0c0c0c0c", "name": user, "status": "active" }, "bucket": made,
                 "org": { "id": org_id, "name": state.org }, "auth": { "token": state.token, "status": "active" } }),
    )
}

/// Everything that needs a token.
pub fn route(request: &Request, state: &mut State) -> Result<Answer, Answer> {
    let may = api::authorized(request, state)?;
    let path = request.path.trim_start_matches("/api/v2/");
    match (request.method.as_str(), path.split_once('/').unwrap_or((path, ""))) {
        ("GET", ("orgs", "")) => {
            let asked = request.param("org");
            if !asked.is_empty() && asked != state.org {
                return Err(api::error("not found", &format!("organization name \"{asked}\" not found")));
            }
            Ok(Answer::json(200, &json!({ "links": { "self": "/api/v2/orgs" }, "orgs": [org(state)] })))
        }
        ("GET", ("buckets", "")) => list(request, state),
        ("POST", ("buckets", "")) => {
            writes(may, state, "buckets")?;
            create(request, state)
        }
        ("PATCH", ("buckets", id)) => {
            writes(may, state, "buckets")?;
            change(id, request, state)
        }
        ("DELETE", ("buckets", id)) => {
            writes(may, state, "buckets")?;
            let name = write::bucket(id, state)?.name.clone();
            state.buckets.remove(&name);
            Ok(Answer::empty(204))
        }
        ("POST", ("delete", "")) => delete(may, request, state),
        _ => Err(api::error("not found", "path not found")),
    }
}

fn writes(may: May, state: &State, what: &str) -> Result<(), Answer> {
    if may == May::All {
        return Ok(());
    }
    Err(api::error("unauthorized", &format!("write:orgs/{}/{what} is unauthorized", state.org_id)))
}

fn org(state: &State) -> Json {
    json!({ "id": state.org_id, "name": state.org, "description": "", "links": {},
            "createdAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-01-01T00:00:00Z" })
}

fn shown(bucket: &Bucket, org_id: &str) -> Json {
    let rules: Vec<Json> = bucket
        .retention
        .map(|ns| json!({ "type": "expire", "everySeconds": ns / SECOND, "shardGroupDurationSeconds": 86_400 }))
        .into_iter()
        .collect();
    json!({ "id": bucket.id, "orgID": org_id, "type": "user", "name": bucket.name, "retentionRules": rules,
            "createdAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-01-01T00:00:00Z", "links": {}, "labels": [] })
}

fn list(request: &Request, state: &State) -> Result<Answer, Answer> {
    let (org, org_id) = (request.param("org"), request.param("orgID"));
    if !(org.is_empty() && org_id.is_empty()) {
        write::organisation(request, state)?;
    }
    let (name, id) = (request.param("name"), request.param("id"));
    let fits = |bucket: &&Bucket| (name.is_empty() || bucket.name == name) && (id.is_empty() || bucket.id == id);
    let limit = request.param("limit").parse().unwrap_or(20_usize);
    let offset = request.param("offset").parse().unwrap_or(0_usize);
    let found: Vec<Json> = state
        .buckets
        .values()
        .filter(fits)
        .skip(offset)
        .take(limit)
        .map(|bucket| shown(bucket, &state.org_id))
        .collect();
    if found.is_empty() && !name.is_empty() {
        return Err(api::error("not found", &format!("bucket \"{name}\" not found")));
    }
    Ok(Answer::json(200, &json!({ "links": { "self": "/api/v2/buckets" }, "buckets": found })))
}

fn retention(asked: &Json) -> Result<Option<i64>, Answer> {
    let seconds = asked["retentionRules"][0]["everySeconds"].as_i64().unwrap_or(0);
    if seconds != 0 && seconds < 3_600 {
        return Err(api::error("unprocessable entity", "expiration seconds must be greater than or equal to one hour"));
    }
    Ok((seconds > 0).then(|| seconds.saturating_mul(SECOND)))
}

fn decoded(request: &Request) -> Result<Json, Answer> {
    serde_json::from_slice(&request.body).map_err(|_| api::error("invalid", "failed to decode request body"))
}

fn create(request: &Request, state: &mut State) -> Result<Answer, Answer> {
    let asked = decoded(request)?;
    let name = asked["name"].as_str().filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| api::error("invalid", "bucket name is empty"))?;
    if name.starts_with('_') {
        return Err(api::error("invalid", "bucket name cannot start with underscore"));
    }
    if asked["orgID"].as_str() != Some(state.org_id.as_str()) {
        return Err(api::error("not found", "organization not found"));
    }
    let retention = retention(&asked)?;
    if state.buckets.contains_key(name) {
        return Err(api::error("conflict", &format!("bucket with name {name} already exists")));
    }
    let org_id = state.org_id.clone();
    Ok(Answer::json(201, &shown(state.add_bucket(name, retention), &org_id)))
}

fn change(id: &str, request: &Request, state: &mut State) -> Result<Answer, Answer> {
    let asked = decoded(request)?;
    let org_id = state.org_id.clone();
    let bucket = write::bucket(id, state)?;
    if asked["retentionRules"].is_array() {
        bucket.retention = retention(&asked)?;
    }
    Ok(Answer::json(200, &shown(bucket, &org_id)))
}

fn delete(may: May, request: &Request, state: &mut State) -> Result<Answer, Answer> {
    write::organisation(request, state)?;
    let asked = decoded(request)?;
    let time = |key: &str| {
        let text = asked[key].as_str().unwrap_or_default();
        let told = || {
            api::error(
                "invalid",
                &format!(
                    "invalid RFC3339Nano for field {key}, please format your time with RFC3339Nano format, example: 2009-01-02T23:00:00Z"
                ),
            )
        };
        super::time::parse(text).ok_or_else(told)
    };
    let (start, stop) = (time("start")?, time("stop")?);
    let wanted = predicate(asked["predicate"].as_str().unwrap_or_default())
        .ok_or_else(|| api::error("invalid", "bad logical expression: only key=\"value\" joined by AND"))?;
    if may == May::Read {
        return Err(api::error("forbidden", "insufficient permissions to delete"));
    }
    write::bucket(request.param("bucket"), state)?.delete(start, stop, &wanted);
    Ok(Answer::empty(204))
}

/// `key="value" AND ...`; an empty one fits all.
fn predicate(text: &str) -> Option<Vec<(String, String)>> {
    if text.trim().is_empty() {
        return Some(Vec::new());
    }
    let (pair, rest) = one(text.trim_start())?;
    let rest = rest.trim_start();
    let mut all = vec![pair];
    if rest.is_empty() {
        return Some(all);
    }
    let more = rest.get(..4).filter(|word| word.eq_ignore_ascii_case("and ")).map(|_| &rest[4..])?;
    if more.trim().is_empty() {
        return None;
    }
    all.extend(predicate(more)?);
    Some(all)
}

fn one(text: &str) -> Option<((String, String), &str)> {
    let (key, rest) = text.split_once('=')?;
    let key = key.trim().trim_matches('"');
    let mut value = String::new();
    let mut letters = rest.trim_start().strip_prefix('"')?.chars();
    loop {
        match letters.next()? {
            '"' => break,
            '\\' => value.push(letters.next()?),
            letter => value.push(letter),
        }
    }
    let plain = !key.is_empty() && !key.contains(char::is_whitespace) && !key.ends_with('!');
    plain.then(|| ((key.to_owned(), value), letters.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_predicate_knows_equality_and_and() {
        let pairs = predicate(r#"_measurement="visit" AND center="a \"b\"""#).unwrap();
        assert_eq!(pairs, [("_measurement".into(), "visit".into()), ("center".into(), "a \"b\"".into())]);
        assert_eq!(predicate(" "), Some(Vec::new()));
        for bad in [r#"a="1" OR b="2""#, r#"a!="1""#, "a=1", r#"a="1" AND "#, "a"] {
            assert_eq!(predicate(bad), None, "{bad}");
        }
    }
}
