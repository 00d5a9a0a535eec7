//! How an InfluxDB 2 is reached, and what is kept there for how long.

use std::fmt;
use std::time::Duration;

pub use crate::sqlite::{Bucket, Retention};

/// A text that no log, no error and no screen shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes it.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Gives it out, to be sent.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

/// How an InfluxDB 2 is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// `http://` or `https://`, host, perhaps a port and a path (a proxy's); no slash at its end.
    pub url: String,
    /// The organization, by name.
    pub org: String,
    /// The API token.
    pub token: Secret,
    /// What the names of the buckets begin with: `motcua` gives `motcua_hour` and so on.
    pub bucket_prefix: String,
    /// The longest that one request may take. InfluxDB itself gives up storing after 10 s.
    pub timeout: Duration,
    /// How long each bucket keeps its points.
    pub retention: Retention,
}

impl Options {
    /// The name of a bucket there.
    #[must_use]
    pub fn bucket(&self, bucket: Bucket) -> String {
        format!("{}_{}", self.bucket_prefix, bucket.suffix())
    }

    /// For how many days it keeps its points; `None`: for ever.
    #[must_use]
    pub const fn days(&self, bucket: Bucket) -> Option<u32> {
        match bucket {
            Bucket::Hour => self.retention.hour_days,
            Bucket::Raw => self.retention.visit_days,
            Bucket::People => self.retention.rating_days,
            Bucket::Minute => self.retention.minute_days,
        }
    }
}
