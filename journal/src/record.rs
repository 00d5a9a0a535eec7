//! A record, as it is given and as it is read.

/// One record as it stands in the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// Its number: from 1, one more for each record, never used twice for a durable one.
    pub offset: u64,
    /// What it is; the writer's own code.
    pub kind: u8,
    /// When it was received, in Unix milliseconds.
    pub rx_ms: i64,
    /// When it happened, in Unix milliseconds.
    pub at_ms: i64,
    /// Where it came from.
    pub topic: &'a [u8],
    /// What was said, byte for byte.
    pub payload: &'a [u8],
}

/// A record that is about to be appended; the journal gives it its offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewRecord<'a> {
    /// What it is; the writer's own code.
    pub kind: u8,
    /// When it was received, in Unix milliseconds. Its local day decides the segment.
    pub rx_ms: i64,
    /// When it happened, in Unix milliseconds.
    pub at_ms: i64,
    /// Where it came from; at most 65,535 bytes, like any MQTT topic.
    pub topic: &'a [u8],
    /// What was said; at most [`MAX_PAYLOAD`](crate::MAX_PAYLOAD) bytes.
    pub payload: &'a [u8],
}
