//! From what is known to a range: by the trained forests, else by the queueing figures.

use super::fold::OFFSET_S;
use super::model::Model;
use super::queue::Queue;
use super::row::{Row, row};
use super::state::band;
use super::{Issued, Range};

/// Calls of a service that have to be seen before anything is promised.
const SEEN: f32 = 3.0;

/// What a place in a line is promised.
pub(super) fn issued(queue: &Queue<'_>, model: Option<&Model>) -> Issued {
    let row = Box::new(row(queue));
    let wide = range(queue, &row, model);
    let range = (queue.service().learned.seen() >= SEEN).then_some(wide);
    Issued { row, range, wide }
}

/// The range, whatever is known: a wide one where nothing is.
pub(super) fn range(queue: &Queue<'_>, row: &Row, model: Option<&Model>) -> Range {
    let seconds = |ms: u32| ms as f32 / 1_000.0;
    let told = |range: Range| (seconds(range.p50_ms), seconds(range.p90_ms));
    let (p50, p90) = model.map_or_else(|| floor(queue), |model| told(model.range(row)));
    let overdue = |other: &&super::state::Waiting| {
        other.promised.is_some_and(|promised| i64::from(queue.at) - i64::from(other.since) > i64::from(promised.p90_ms))
    };
    // Who still stands there after its promised time is a miss that is known already.
    let missed = queue.ahead().iter().filter(overdue).count().min(10) as f32 * 0.03;
    let widen = (queue.state.widen[band(queue.ahead().len())] + missed).exp();
    let p50 = p50.max(0.0);
    let p90 = ((p90.max(p50) + OFFSET_S / 6.0) * widen - OFFSET_S / 6.0).max(p50);
    Range { p50_ms: milliseconds(p50), p90_ms: milliseconds(p90) }
}

/// Without a trained model: the walk along the line, corrected by how wrong it was of late, beside
/// what similar tickets waited; the formula while hardly anything was seen.
fn floor(queue: &Queue<'_>) -> (f32, f32) {
    /// How much similar tickets say beside the walk.
    const SIMILAR: f32 = 0.6;
    let learned = &queue.service().learned;
    let seen = learned.seen();
    let sure = seen / (seen + 10.0);
    let base = sure * queue.walk() + (1.0 - sure) * queue.formula();
    let walked = (base + OFFSET_S) * (sure * learned.error_at(queue.at)).exp() - OFFSET_S;
    let (similar, _) = queue.similar();
    let p50 = if similar.is_nan() { walked } else { SIMILAR * similar + (1.0 - SIMILAR) * walked };
    // Nine in ten errors lie below 1.6 of the mean absolute one.
    let spread = learned.spread(band(queue.ahead().len()));
    (p50.max(0.0), (p50.max(0.0) + OFFSET_S) * (1.6 * spread).exp() - OFFSET_S)
}

/// Open milliseconds of seconds.
fn milliseconds(seconds: f32) -> u32 {
    (f64::from(seconds.max(0.0)) * 1_000.0).round() as u32
}
