//! Buckets: made where they are missing, looked at where they are there.

use influxdb2::RequestError;
use influxdb2::api::buckets::ListBucketsRequest;
use influxdb2::api::organization::ListOrganizationRequest;
use influxdb2::models::retention_rule::Type;
use influxdb2::models::{PostBucketRequest, RetentionRule};

use super::client::{Client, unreachable};
use super::options::Bucket;
use super::outcome::{Answer, Outcome};

const DAY_S: i64 = 86_400;

/// For how long each bucket really keeps its points, seconds; `None`: for ever. In the order of [`Bucket::ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept([Option<i64>; 4]);

impl Kept {
    /// As it is configured.
    pub fn configured(client: &Client) -> Self {
        Self(Bucket::ALL.map(|bucket| client.options.days(bucket).map(|days| i64::from(days) * DAY_S)))
    }

    /// Of one bucket.
    pub fn seconds(&self, bucket: Bucket) -> Option<i64> {
        Bucket::ALL.iter().zip(self.0).find_map(|(of, kept)| (*of == bucket).then_some(kept))?
    }
}

/// Makes the buckets that are missing, with their retention, and looks at those that are there.
///
/// # Errors
/// [`Outcome::Busy`] or [`Outcome::Failed`] while the server cannot be asked, [`Outcome::Refused`] where the
/// token may not: then they have to be there already.
pub async fn provide(client: &Client) -> Result<Kept, Outcome> {
    let mut kept = Kept::configured(client);
    if client.behind_a_path() {
        tracing::info!(url = client.options.url, "behind a path, so that the buckets must be there already");
        return Ok(kept);
    }
    if let Ok(health) = client.api.health().await {
        let version = health.version.unwrap_or_default();
        tracing::info!(url = client.options.url, version, "InfluxDB answers");
    }
    let request = ListOrganizationRequest { org: Some(client.options.org.clone()), ..Default::default() };
    let found = client.api.list_organizations(request).await.map_err(outcome)?;
    let org = found.orgs.into_iter().find(|org| org.name == client.options.org).and_then(|org| org.id);
    let org = org.ok_or_else(|| Outcome::Refused {
        why: format!("no organization {:?} that this token may see", client.options.org),
        not_found: true,
    })?;
    for (place, bucket) in Bucket::ALL.into_iter().enumerate() {
        match look(client, bucket).await? {
            Some(there) => {
                let wanted = kept.0[place];
                if there != wanted {
                    let name = client.options.bucket(bucket);
                    tracing::warn!(name, ?there, ?wanted, "bucket: its retention (s) is not the configured one");
                }
                kept.0[place] = there;
            }
            None => make(client, &org, bucket, kept.0[place]).await?,
        }
    }
    Ok(kept)
}

/// The retention of a bucket that is there.
async fn look(client: &Client, bucket: Bucket) -> Result<Option<Option<i64>>, Outcome> {
    let name = client.options.bucket(bucket);
    let request = ListBucketsRequest {
        name: Some(name.clone()),
        org: Some(client.options.org.clone()),
        ..ListBucketsRequest::default()
    };
    let found = match client.api.list_buckets(Some(request)).await {
        // Some versions say so of a name that they do not know.
        Err(RequestError::Http { status, .. }) if status.as_u16() == 404 => return Ok(None),
        answer => answer.map_err(outcome)?,
    };
    let bucket = found.buckets.into_iter().find(|bucket| bucket.name == name);
    let seconds = |rule: &RetentionRule| i64::from(rule.every_seconds);
    Ok(bucket.map(|bucket| bucket.retention_rules.iter().map(seconds).find(|seconds| *seconds > 0)))
}

async fn make(client: &Client, org: &str, bucket: Bucket, seconds: Option<i64>) -> Result<(), Outcome> {
    let mut request = PostBucketRequest::new(org.to_owned(), client.options.bucket(bucket));
    // 68 years are the most that the library can say.
    let every = seconds.map(|seconds| i32::try_from(seconds).unwrap_or(i32::MAX));
    request.retention_rules = every.map(|every| RetentionRule::new(Type::Expire, every)).into_iter().collect();
    tracing::info!(name = request.name, retention_s = every, "bucket made");
    client.api.create_bucket(Some(request)).await.map_err(outcome)
}

fn outcome(error: RequestError) -> Outcome {
    match error {
        RequestError::Http { status, text } => {
            let answer = Answer { status: status.as_u16(), retry_after: None, body: &text };
            match Outcome::of(answer, std::time::UNIX_EPOCH) {
                known @ (Outcome::Busy { .. } | Outcome::Failed(_) | Outcome::Refused { .. }) => known,
                _ => Outcome::Refused { why: format!("HTTP {status}: {text}"), not_found: false },
            }
        }
        RequestError::ReqwestProcessing { source } if !source.is_decode() => unreachable(&source),
        other => Outcome::Refused { why: format!("no answer of an InfluxDB: {other}"), not_found: false },
    }
}
