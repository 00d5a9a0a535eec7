//! What a live stream really is, for `probe`.

use super::protocol::Stream;
use crate::decode::{Measured, Reader};

/// What came before the stream was open comes in one heap.
const SETTLES_MS: i64 = 500;
const TAKES_MS: i64 = 3000;

/// Measures a stream for some seconds.
#[derive(Debug, Default)]
pub(super) struct Measure {
    first_ms: Option<i64>,
    from: Option<(i64, Measured)>,
}

impl Measure {
    /// What it is, as soon as that is known; to be asked at each picture.
    pub(super) fn done(&mut self, reader: &Reader, now_ms: i64) -> Option<Stream> {
        let first_ms = *self.first_ms.get_or_insert(now_ms);
        if now_ms - first_ms < SETTLES_MS {
            return None;
        }
        let (from_ms, from) = *self.from.get_or_insert_with(|| (now_ms, reader.measured()));
        let took_ms = now_ms - from_ms;
        (took_ms >= TAKES_MS).then(|| told(reader.stream(), from, reader.measured(), took_ms as f64 / 1000.0))
    }
}

fn told(stream: &Stream, from: Measured, to: Measured, took_s: f64) -> Stream {
    let rate = (to.packets - from.packets) as f64 / took_s;
    let bits = (to.bytes - from.bytes) as f64 * 8.0 / took_s;
    Stream {
        frames_per_s: Some((rate * 10.0).round() / 10.0),
        bit_rate: Some(bits.round() as u64),
        key_every_s: (to.key_distance > 0 && rate > 0.0).then(|| (to.key_distance as f64 / rate * 10.0).round() / 10.0),
        ..stream.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_told_by_the_second() {
        let stream = Stream {
            codec: "h264".to_owned(),
            width: 320,
            height: 240,
            frames_per_s: None,
            bit_rate: None,
            key_every_s: None,
        };
        let from = Measured { packets: 20, bytes: 10_000, ..Measured::default() };
        let to = Measured { packets: 65, bytes: 385_000, key_distance: 30, ..Measured::default() };
        let told = told(&stream, from, to, 3.0);
        assert_eq!((told.frames_per_s, told.bit_rate, told.key_every_s), (Some(15.0), Some(1_000_000), Some(2.0)));
        assert_eq!((told.width, told.height), (320, 240));
    }
}
