//! Fixed hashes of ids and contents: no seed, so that a replay of the journal does the same.

use std::hash::{Hash, Hasher};

use crate::EventId;
use crate::event::{Body, Event};

/// The finaliser of SplitMix64 (Stafford's variant 13): a bijection in which every input bit
/// reaches every output bit. <https://zimbry.blogspot.com/2011/09/better-bit-mixing-improving-on.html>
const fn mix(mut word: u64) -> u64 {
    word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    word ^ (word >> 31)
}

/// 64 bits of an id, evenly spread whatever the id looks like (a ULID begins with the time).
pub(super) const fn of_id(id: EventId) -> u64 {
    let (high, low) = ((id.0 >> 64) as u64, id.0 as u64);
    mix(high ^ mix(low ^ 0x9E37_79B9_7F4A_7C15))
}

/// 32 bits of what an event says: its `ts` and everything of its type. Not `boot`, `seq` and
/// `up_ms`: a gateway that sends an event again after a restart may number it anew.
pub(super) fn of_content(event: &Event) -> u32 {
    let mut words = Words(0);
    event.envelope.ts.hash(&mut words);
    hash_body(&event.body, &mut words);
    (words.finish() >> 32) as u32
}

/// Every field is named, so that a new one cannot be forgotten here.
fn hash_body(body: &Body, h: &mut Words) {
    std::mem::discriminant(body).hash(h);
    match body {
        Body::TicketIssued { ticket, service, priority, channel, purpose, procedure } => {
            (ticket, service, priority, channel, purpose, procedure).hash(h);
        }
        Body::TicketCalled { ticket, counter, officer } | Body::TicketRecalled { ticket, counter, officer } => {
            (ticket, counter, officer).hash(h);
        }
        Body::TicketStarted { ticket, counter }
        | Body::TicketNoShow { ticket, counter }
        | Body::TicketCancelled { ticket, counter } => (ticket, counter).hash(h),
        Body::TicketFinished { ticket, counter, outcome } => (ticket, counter, outcome).hash(h),
        Body::TicketHeld { ticket, counter, reason } | Body::TicketReturned { ticket, counter, reason } => {
            (ticket, counter, reason).hash(h);
        }
        Body::TicketTransferred { ticket, to_service, to_counter } => (ticket, to_service, to_counter).hash(h),
        Body::CounterChanged { status, counter, officer, services, reason } => {
            (status, counter, officer, services, reason).hash(h);
        }
        Body::ServiceStaffing { service, open_counters } => (service, open_counters).hash(h),
        Body::RatingPressed { level, counter, ticket, officer, channel } => {
            (level, counter, ticket, officer, channel).hash(h);
        }
        Body::MotionStarted { camera, zone, motion, level, pts_s } => {
            (camera, zone, motion, bits(*level), bits(*pts_s)).hash(h);
        }
        Body::MotionEnded { camera, zone, motion, level, duration_s, pts_s, reason } => {
            (camera, zone, motion, bits(*level), bits(*duration_s), bits(*pts_s)).hash(h);
            // What is known from before it could be told keeps its fingerprint.
            if let Some(reason) = reason {
                reason.hash(h);
            }
        }
        Body::Occupancy { camera, zone, level, people, pts_s } => {
            (camera, zone, level.to_bits(), people, bits(*pts_s)).hash(h);
        }
        Body::CameraOffline { camera, reason } | Body::CameraOnline { camera, reason } => (camera, reason).hash(h),
    }
}

fn bits(number: Option<f64>) -> Option<u64> {
    number.map(f64::to_bits)
}

/// A plain hash over words, without a seed. `std`'s own is not promised to stay the same between
/// releases.
#[derive(Default)]
pub(super) struct Words(pub(super) u64);

impl Words {
    fn add(&mut self, word: u64) {
        let product = u128::from(self.0 ^ word ^ 0x2D35_8DCC_AA6C_78A5).wrapping_mul(0x8BB8_4B93_962E_ACC9);
        self.0 = (product as u64) ^ ((product >> 64) as u64);
    }
}

impl Hasher for Words {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.add(u64::from_le_bytes(word));
        }
    }

    fn write_u8(&mut self, value: u8) {
        self.add(u64::from(value));
    }

    fn write_u32(&mut self, value: u32) {
        self.add(u64::from(value));
    }

    fn write_u64(&mut self, value: u64) {
        self.add(value);
    }

    fn write_usize(&mut self, value: usize) {
        self.add(value as u64);
    }

    fn finish(&self) -> u64 {
        mix(self.0)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_that_are_alike_spread_evenly() {
        // ULIDs of one millisecond differ in their last bits only.
        let mut by_high_byte = [0; 256];
        for low in 0..25_600_u128 {
            by_high_byte[(of_id(EventId(0x0190_0000 << 96 | low)) >> 56) as usize] += 1;
        }
        assert!(by_high_byte.iter().all(|n| (50..150).contains(n)), "{by_high_byte:?}");
    }

    #[test]
    fn the_two_halves_of_an_id_are_not_alike() {
        let words = [0, 1, u128::from(u64::MAX)];
        let hashes: BTreeSet<_> =
            words.iter().flat_map(|high| words.iter().map(move |low| of_id(EventId(high << 64 | low)))).collect();
        assert_eq!(hashes.len(), 9);
    }
}
