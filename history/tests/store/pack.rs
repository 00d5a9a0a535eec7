//! Packs: what goes in comes out, and nothing else gets in.

use domain::history::Day;
use history::Part;
use history::pack::{Columns, Malformed, decode_minutes, decode_places, encode, encode_minutes, encode_places};
use proptest::prelude::*;

use super::days::{MONDAY, centre_day, wild_day};

const PARTS: [Part; 9] = [
    Part::Tickets,
    Part::Waits,
    Part::Services,
    Part::Estimates,
    Part::Ratings,
    Part::Queues,
    Part::Counters,
    Part::Zones,
    Part::Quality,
];

fn packs(day: &Day) -> Vec<(Part, Vec<u8>)> {
    let pack = |part: &Part| {
        let mut pack = Vec::new();
        encode(day, *part, &mut pack).then_some((*part, pack))
    };
    PARTS.iter().filter_map(pack).collect()
}

/// The checksum that belongs to the rest.
fn sealed(mut pack: Vec<u8>) -> Vec<u8> {
    if pack.len() >= 6 {
        let crc = crc32c::crc32c(&pack[6..]);
        pack[2..6].copy_from_slice(&crc.to_le_bytes());
    }
    pack
}

#[test]
fn minutes_and_places_come_back() {
    for seed in 0..20 {
        let day = wild_day(seed);
        assert_eq!(decode_minutes(&encode_minutes(&day).unwrap()).unwrap(), day.minutes);
        let (services, counters) = decode_places(&encode_places(&day)).unwrap();
        assert_eq!((services, counters), (day.services, day.counter_places));
    }
}

#[test]
fn a_day_in_which_nothing_happened_has_no_packs() {
    assert!(packs(&Day { date: MONDAY, ..Day::default() }).is_empty());
}

#[test]
fn every_single_damaged_byte_is_noticed() {
    for (part, pack) in packs(&centre_day(MONDAY, 1)) {
        let mut columns = Columns::default();
        for at in 0..pack.len() {
            let mut damaged = pack.clone();
            damaged[at] ^= 0x10;
            assert!(columns.decode(part, &damaged).is_err(), "{part:?} byte {at}");
        }
        assert!(columns.decode(part, &pack[..pack.len() - 1]).is_err());
        let other = if part == Part::Waits { Part::Tickets } else { Part::Waits };
        assert_eq!(columns.decode(other, &pack).unwrap_err(), Malformed::Kind);
        assert!(columns.decode(part, &pack).is_ok(), "a broken pack before it changes nothing");
    }
}

#[test]
fn a_few_bytes_cannot_ask_for_much_memory() {
    // 2^40 cells, claimed with a right checksum.
    for part in PARTS {
        let claim = [1, part as u8, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1];
        assert_eq!(Columns::default().decode(part, &sealed(claim.to_vec())).unwrap_err(), Malformed::Length);
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_an_error_or_whole_columns(bytes in prop::collection::vec(any::<u8>(), 0..300), place in 0..9_usize) {
        let mut pack = vec![1, PARTS[place] as u8, 0, 0, 0, 0];
        pack.extend(bytes);
        let _ = Columns::default().decode(PARTS[place], &sealed(pack.clone()));
        let _ = Columns::default().decode(PARTS[place], &pack);
        let _ = decode_minutes(&pack);
        pack[1] = 101;
        let _ = decode_places(&sealed(pack));
    }

    #[test]
    fn a_changed_value_under_a_right_checksum_is_safe(seed in 0..4_u64, place in 0..9_usize, changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let (part, mut pack) = packs(&wild_day(seed)).swap_remove(place);
        for (at, byte) in changes {
            let at = at.index(pack.len() - 6) + 6;
            pack[at] = byte;
        }
        let mut columns = Columns::default();
        if let Ok((names, cells)) = columns.decode(part, &sealed(pack)) {
            super::read::check(names, cells);
        }
    }
}
