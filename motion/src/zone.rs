//! What is watched, and what a site's file may override.

use serde::{Deserialize, Serialize};

/// What a zone looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Where people wait: they sit still for minutes.
    Waiting,
    /// A counter: whether somebody is there.
    Counter,
    /// A door: people pass.
    Entrance,
    /// Not looked at: a screen, a street behind a window. It also cuts a hole into other zones.
    Ignore,
}

/// One zone of a picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Zone {
    /// What it looks at.
    pub kind: Kind,
    /// At least three points in fractions (0..1) of width and height from the top left.
    pub polygon: Vec<[f64; 2]>,
    /// What the site's file says otherwise.
    #[serde(default)]
    pub tuning: Tuning,
}

/// What a site's file may set for a zone; `None` is learned or usual. A camera needs none of it.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tuning {
    /// How readily something counts as there, 0.1..10; 1 is usual, 2 twice as readily.
    pub sensitivity: Option<f64>,
    /// The smallest thing that counts, as a share of the zone, 0..1.
    pub min_area: Option<f64>,
    /// Seconds that a zone stays occupied when nothing is seen in it for a moment.
    pub hold_s: Option<f64>,
    /// Seconds for which somebody who sits still is still there; what stays longer without the
    /// smallest movement becomes part of the room.
    pub still_s: Option<f64>,
    /// The share of the zone that people cover when it is full, 0..1; `level` is measured against it.
    pub full_at: Option<f64>,
}

/// Why an eye cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// A polygon encloses nothing.
    #[error("zone number {0} encloses nothing: it needs three points that are not on one line")]
    Empty(usize),
    /// A point is outside of the picture.
    #[error("zone number {0} has a point outside of the picture: fractions are 0 to 1")]
    Outside(usize),
}
