//! What a pack is decoded into: buffers that are used again for the next one.

use domain::history::{CounterCell, QualityCell, QueueCell, ZoneCell};

use super::names::Book;
use crate::source::{Histograms, Key, Names};

/// The buffers of one reader. Once they have grown to the size of a day, decoding allocates nothing.
#[derive(Debug, Default)]
pub struct Columns {
    /// The ids, and the bytes that they were read from: days in a row have mostly the same ones.
    pub(super) book: Book,
    pub(super) book_bytes: Vec<u8>,
    pub(super) keys: Vec<Key>,
    pub(super) places: [Vec<u16>; 3],
    pub(super) counts: [Vec<u32>; 6],
    pub(super) sums: Vec<i64>,
    pub(super) people: Vec<i64>,
    pub(super) ratings: Vec<[u32; 5]>,
    pub(super) histograms: [HistogramColumns; 2],
    pub(super) queues: Vec<QueueCell>,
    pub(super) counters: Vec<CounterCell>,
    pub(super) zones: Vec<ZoneCell>,
    pub(super) quality: Vec<QualityCell>,
}

impl Columns {
    pub(super) fn names(&self) -> Names<'_> {
        Names { services: &self.book.services, counters: &self.book.counters, officers: &self.book.officers }
    }
}

/// The columns of [`Histograms`].
#[derive(Debug, Default)]
pub struct HistogramColumns {
    pub(super) sum_ms: Vec<i64>,
    pub(super) max_ms: Vec<u32>,
    pub(super) ends: Vec<u32>,
    pub(super) seconds: Vec<u32>,
    pub(super) counts: Vec<u32>,
}

impl HistogramColumns {
    pub(super) fn show(&self) -> Histograms<'_> {
        let Self { sum_ms, max_ms, ends, seconds, counts } = self;
        Histograms { sum_ms, max_ms, ends, seconds, counts }
    }
}
