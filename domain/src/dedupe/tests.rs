use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::event::{Body, Envelope};
use crate::{BootId, EventId, TicketNumber};

const NOW: Timestamp = Timestamp::from_ms(1_795_000_000_000);
const KIND: DeviceKind = DeviceKind::Gateway;

fn device() -> DeviceId {
    DeviceId::new("machine").unwrap()
}

fn boot(name: &str) -> BootId {
    BootId::new(name).unwrap()
}

fn event(id: u128, boot_name: &str, seq: u64) -> Event {
    let envelope = Envelope { id: EventId(id), boot: boot(boot_name), seq, ts: NOW, up_ms: None };
    let ticket = TicketNumber::new("A001").unwrap();
    Event { envelope, body: Body::TicketCalled { ticket, counter: None, officer: None } }
}

fn other_content(mut event: Event) -> Event {
    event.body = Body::TicketRecalled { ticket: TicketNumber::new("A001").unwrap(), counter: None, officer: None };
    event
}

fn at(ms: i64) -> Timestamp {
    NOW.plus(ms)
}

fn see(dedupe: &mut Dedupe, event: &Event) -> Verdict {
    dedupe.classify(KIND, device(), event, NOW)
}

fn observe(sequences: &mut Sequences, seqs: impl IntoIterator<Item = u64>, now: Timestamp) {
    for seq in seqs {
        sequences.observe(KIND, device(), boot("b"), seq, now);
    }
}

fn span(from_seq: u64, to_seq: u64) -> Span {
    Span { kind: KIND, device: device(), boot: boot("b"), from_seq, to_seq }
}

/// A device that was heard of a moment ago.
fn here(_: DeviceKind, _: DeviceId) -> Option<Timestamp> {
    Some(Timestamp::from_ms(i64::MAX))
}

fn mark(sequences: &Sequences) -> u64 {
    sequences.ack(KIND, device()).unwrap().seq
}

#[test]
fn the_same_event_counts_once() {
    let mut dedupe = Dedupe::default();
    assert_eq!(see(&mut dedupe, &event(1, "b", 1)), Verdict::New);
    assert_eq!(see(&mut dedupe, &event(1, "b", 1)), Verdict::Duplicate);
    let mut later = event(1, "b", 1);
    later.envelope.up_ms = Some(9);
    assert_eq!(see(&mut dedupe, &later), Verdict::Duplicate, "up_ms is not content");
    assert_eq!(see(&mut dedupe, &event(1, "c", 7)), Verdict::Renumbered, "numbered anew after a restart");
    assert_eq!(see(&mut dedupe, &event(1, "c", 7)), Verdict::Duplicate);
}

#[test]
fn another_content_under_the_same_id_or_place_is_a_conflict() {
    let mut dedupe = Dedupe::default();
    see(&mut dedupe, &event(1, "b", 1));
    assert_eq!(see(&mut dedupe, &other_content(event(1, "b", 1))), Verdict::Conflict);
    assert_eq!(see(&mut dedupe, &other_content(event(1, "b", 2))), Verdict::Conflict);
    assert_eq!(see(&mut dedupe, &event(2, "b", 1)), Verdict::Conflict);
    let mut moved = event(1, "b", 3);
    moved.envelope.ts = NOW.plus(-86_400_000);
    assert_eq!(see(&mut dedupe, &moved), Verdict::Conflict, "the same id on another day");
    assert_eq!(dedupe.sequences.ack(KIND, device()).unwrap().seq, 3, "conflicts are accounted for");
}

#[test]
fn every_field_is_content() {
    let base = event(1, "b", 1);
    let mut moved = base.clone();
    moved.envelope.ts = NOW.plus(1);
    let ticket = TicketNumber::new("A001").unwrap();
    let counter = Some(crate::CounterId::new("q1").unwrap());
    let with_counter = Event { body: Body::TicketCalled { ticket, counter, officer: None }, ..base.clone() };
    let started = Event { body: Body::TicketStarted { ticket, counter }, ..base.clone() };
    let no_show = Event { body: Body::TicketNoShow { ticket, counter }, ..base.clone() };
    let all = [base.clone(), moved, other_content(base), with_counter, started, no_show];
    let prints: BTreeSet<_> = all.iter().map(fingerprint::of_content).collect();
    assert_eq!(prints.len(), all.len());
}

#[test]
fn once_a_day_is_forgotten_the_place_in_the_sequence_decides() {
    let mut dedupe = Dedupe::default();
    see(&mut dedupe, &event(1, "b", 1));
    dedupe.ids.forget_before(day_of(NOW) + 1);
    assert!(dedupe.ids.is_empty());
    assert_eq!(see(&mut dedupe, &event(1, "b", 1)), Verdict::Duplicate);
    assert_eq!(see(&mut dedupe, &event(2, "b", 2)), Verdict::New, "late, and never seen");
    assert_eq!(see(&mut dedupe, &event(2, "b", 2)), Verdict::Duplicate);
}

#[test]
fn a_clock_that_names_every_day_does_not_fill_the_memory() {
    let mut dedupe = Dedupe::default();
    for day in 0..1_000_u64 {
        let mut far = event(u128::from(day), "b", day + 1);
        far.envelope.ts = NOW.plus(86_400_000 * day as i64);
        assert_eq!(see(&mut dedupe, &far), Verdict::New);
        assert_eq!(see(&mut dedupe, &far), Verdict::Duplicate);
    }
    assert_eq!(dedupe.ids.len(), 64);
}

#[test]
fn room_is_made_from_the_oldest_day_on_and_then_from_the_furthest() {
    let today = day_of(NOW);
    let mut dedupe = Dedupe::default();
    for (n, day) in [-30, -2, -1, 0, 1, 9, 90].into_iter().enumerate() {
        let mut event = event(n as u128 + 1, "b", n as u64 + 1);
        event.envelope.ts = NOW.plus(day * 86_400_000);
        see(&mut dedupe, &event);
    }
    let mut left = Vec::new();
    while dedupe.ids.make_room(today - 1..=today + 1) {
        left.push((dedupe.ids.len(), dedupe.ids.kept_from().map(|day| day - today)));
    }
    assert_eq!(left, [(6, Some(-29)), (5, Some(-1)), (4, Some(-1)), (3, Some(-1))]);
    assert!(dedupe.ids.keeps(today) && !dedupe.ids.keeps(today - 2) && !dedupe.ids.keeps(today + 9));
}

#[test]
fn a_hole_is_asked_for_three_times_and_then_given_up() {
    let mut sequences = Sequences::default();
    observe(&mut sequences, [1, 2, 5], NOW);
    assert_eq!((mark(&sequences), sequences.next_deadline()), (2, Some(at(2_000))));
    assert_eq!(sequences.due(at(1_999), here), Due::default());
    for asked_at in [2_000, 10_000, 60_000] {
        assert_eq!(sequences.next_deadline(), Some(at(asked_at)));
        assert_eq!(sequences.due(at(asked_at), here), Due { replays: vec![span(3, 4)], give_up: vec![] });
        assert_eq!(sequences.due(at(asked_at), here), Due::default());
    }
    assert_eq!(sequences.due(at(119_999), here), Due::default());
    let given_up = Due { replays: vec![], give_up: vec![span(3, 4)] };
    assert_eq!(sequences.due(at(120_000), here), given_up);
    assert_eq!(sequences.due(at(120_001), here), given_up, "until it is done");
    assert_eq!((sequences.give_up(&span(3, 4)), sequences.give_up(&span(3, 4))), (2, 0));
    assert_eq!((mark(&sequences), sequences.gaps(KIND, device())), (5, 2));
    assert_eq!((sequences.due(at(200_000), here), sequences.next_deadline()), (Due::default(), None));
}

#[test]
fn a_device_that_is_away_is_asked_three_times_when_it_is_back() {
    let away = |_, _| None;
    let mut sequences = Sequences::default();
    observe(&mut sequences, [1, 2, 5], NOW);
    assert_eq!(sequences.due(at(2_000), here).replays, [span(3, 4)]);
    assert_eq!(sequences.due(at(10_000), here).replays, [span(3, 4)]);
    assert_eq!(sequences.due(at(60_000), here).replays, [span(3, 4)]);
    for second in 120..4_000 {
        assert_eq!(sequences.due(at(second * 1_000), away), Due::default());
    }
    assert_eq!((mark(&sequences), sequences.next_deadline()), (2, Some(at(4_000_000))));
    for asked_at in [4_000_000, 4_008_000, 4_058_000] {
        assert_eq!(sequences.due(at(asked_at), here), Due { replays: vec![span(3, 4)], give_up: vec![] });
    }
    assert_eq!(sequences.due(at(4_117_999), here), Due::default());
    assert_eq!(sequences.due(at(4_118_000), here).give_up, [span(3, 4)]);
}

#[test]
fn what_a_device_silent_since_the_first_ask_still_has_is_not_given_up() {
    let silent = |_, _| Some(at(1_999));
    let mut sequences = Sequences::default();
    observe(&mut sequences, [1, 3], NOW);
    for began in [0, 120_000] {
        for asked_after in [2_000, 10_000, 60_000] {
            assert_eq!(sequences.due(at(began + asked_after), silent).replays, [span(2, 2)]);
        }
        if began == 0 {
            assert_eq!(sequences.due(at(120_000), silent), Due::default());
        }
    }
    assert_eq!(sequences.due(at(240_000), |_, _| Some(at(122_000))).give_up, [span(2, 2)]);
}

#[test]
fn what_was_given_up_and_comes_after_all_is_new() {
    let mut dedupe = Dedupe::default();
    see(&mut dedupe, &event(3, "b", 3));
    assert_eq!(dedupe.sequences.give_up(&span(1, 2)), 2);
    assert!(!dedupe.sequences.contains(KIND, device(), boot("b"), 2));
    assert_eq!(see(&mut dedupe, &event(2, "b", 2)), Verdict::New);
    assert_eq!(see(&mut dedupe, &event(2, "b", 2)), Verdict::Duplicate);
    assert_eq!(mark(&dedupe.sequences), 3);
}

#[test]
fn an_answer_that_is_coming_in_puts_off_the_next_ask() {
    let mut sequences = Sequences::default();
    observe(&mut sequences, [100], NOW);
    assert_eq!(sequences.due(at(2_000), here).replays, [span(1, 99)]);
    observe(&mut sequences, 1..=50, at(9_000));
    assert_eq!(sequences.due(at(10_000), here), Due::default());
    assert_eq!(sequences.due(at(17_000), here).replays, [span(51, 99)]);
    observe(&mut sequences, 51..=99, at(18_000));
    sequences.due(at(500_000), here);
    assert_eq!((mark(&sequences), sequences.next_deadline()), (100, None));
}

#[test]
fn holes_close_together_are_asked_for_in_one_go() {
    let mut sequences = Sequences::default();
    observe(&mut sequences, (1..=5_000).step_by(2), NOW);
    let asks = sequences.due(at(2_000), here).replays;
    assert_eq!(asks, [span(2, 4_998)]);
    let mut sequences = Sequences::default();
    observe(&mut sequences, (2..=5_000).filter(|seq| *seq != 2_500), NOW);
    assert_eq!(sequences.due(at(2_000), here).replays, [span(1, 1), span(2_500, 2_500)]);
}

#[test]
fn a_restart_asks_anew() {
    let mut sequences = Sequences::default();
    observe(&mut sequences, [2], NOW);
    for asked_at in [3_600_000, 3_608_000, 3_658_000] {
        assert_eq!(sequences.next_deadline().map(|deadline| deadline.max(at(3_600_000))), Some(at(asked_at)));
        assert_eq!(sequences.due(at(asked_at), here).replays, [span(1, 1)]);
    }
    assert_eq!(sequences.due(at(3_718_000), here).give_up, [span(1, 1)]);
}

#[test]
fn a_device_that_has_no_more_of_it_closes_a_part() {
    let mut sequences = Sequences::default();
    observe(&mut sequences, [10], NOW);
    assert_eq!((sequences.missing(&span(1, 6)), sequences.missing(&span(5, 99))), (6, 5));
    assert_eq!(sequences.give_up(&span(1, 6)), 6);
    assert_eq!((sequences.missing(&span(1, 6)), sequences.missing(&span(5, 99))), (0, 3));
    assert_eq!((mark(&sequences), sequences.gaps(KIND, device())), (6, 6));
    assert_eq!(sequences.due(at(2_000), here).replays, [span(7, 9)]);
}

#[test]
fn acks_name_the_older_boots() {
    let mut sequences = Sequences::default();
    assert_eq!(sequences.ack(KIND, device()), None);
    for (boot_name, seqs) in [("b1", vec![1, 2]), ("b2", vec![1, 3]), ("b3", vec![2])] {
        for seq in seqs {
            sequences.observe(KIND, device(), boot(boot_name), seq, NOW);
        }
    }
    let older = vec![(boot("b2"), 1), (boot("b1"), 2)];
    assert_eq!(sequences.ack(KIND, device()), Some(Ack { boot: boot("b3"), seq: 0, older }));
}

#[test]
fn boots_are_forgotten_by_number_and_by_age_and_what_they_miss_is_a_gap() {
    let mut sequences = Sequences::default();
    for n in 0..9 {
        sequences.observe(KIND, device(), boot(&format!("b{n}")), 3, at(n));
    }
    assert_eq!(sequences.ack(KIND, device()).unwrap().older.len(), 7);
    assert_eq!(sequences.gaps(KIND, device()), 2);
    assert!(!sequences.contains(KIND, device(), boot("b0"), 3));
    sequences.observe(KIND, device(), boot("late"), 1, at(36 * 86_400_000));
    assert_eq!(sequences.ack(KIND, device()).unwrap().older, []);
    assert_eq!(sequences.gaps(KIND, device()), 18);
}

#[test]
fn numbers_at_the_end_of_the_range_do_no_harm() {
    let mut sequences = Sequences::default();
    observe(&mut sequences, [u64::MAX, 1, 0, u64::MAX - 1, u64::MAX], NOW);
    assert_eq!(mark(&sequences), 1);
    assert_eq!(sequences.due(at(2_000), here).replays, [span(2, u64::MAX - 2)]);
    assert_eq!(sequences.give_up(&span(0, u64::MAX)), u64::MAX - 3);
    assert_eq!(sequences.give_up(&span(9, 3)), 0);
    assert_eq!(mark(&sequences), u64::MAX);
}

#[test]
fn random_numbers_do_not_fill_the_memory() {
    let mut sequences = Sequences::default();
    observe(&mut sequences, (1..3_000_u64).map(|n| n * 1_000_000_007 % 9_999_999_967), NOW);
    assert!(sequences.due(at(2_000), here).replays.len() <= 1_024);
}

proptest! {
    #[test]
    fn marks_and_places_agree_with_a_plain_set(
        steps in prop::collection::vec((1..60_u64, prop::option::weighted(0.1, (1..60_u64, 0..20_u64))), 0..120),
    ) {
        let mut sequences = Sequences::default();
        let (mut seen, mut closed, mut top, mut gaps) = (BTreeSet::new(), BTreeSet::new(), 0, 0);
        for (n, (seq, close)) in steps.into_iter().enumerate() {
            let now = at(n as i64 * 700);
            prop_assert_eq!(sequences.observe(KIND, device(), boot("b"), seq, now), seen.insert(seq));
            top = top.max(seq);
            sequences.due(now, here);
            if let Some((from, len)) = close {
                let range = from..=(from + len).min(top);
                let fresh: Vec<_> = range.filter(|seq| !seen.contains(seq) && !closed.contains(seq)).collect();
                prop_assert_eq!(sequences.give_up(&span(from, from + len)), fresh.len() as u64);
                gaps += fresh.len() as u64;
                closed.extend(fresh);
            }
            let contiguous = (1..=top).take_while(|seq| seen.contains(seq) || closed.contains(seq)).last();
            prop_assert_eq!(mark(&sequences), contiguous.unwrap_or(0));
            for seq in 1..70 {
                prop_assert_eq!(sequences.contains(KIND, device(), boot("b"), seq), seen.contains(&seq));
            }
        }
        prop_assert_eq!(sequences.gaps(KIND, device()), gaps);
    }

    #[test]
    fn a_replay_says_the_same_whenever_time_was_asked(
        seqs in prop::collection::vec(1..40_u64, 0..80), asked in prop::collection::vec(0..200_000_i64, 0..20),
    ) {
        let (mut live, mut replayed) = (Dedupe::default(), Dedupe::default());
        for (n, seq) in seqs.iter().enumerate() {
            let now = at(n as i64 * 2_000);
            let event = event(u128::from(*seq), "b", *seq);
            prop_assert_eq!(
                live.classify(KIND, device(), &event, now),
                replayed.classify(KIND, device(), &event, now)
            );
            for ask in &asked {
                live.sequences.due(at(*ask).max(now), here);
            }
        }
        prop_assert_eq!(live.sequences.ack(KIND, device()), replayed.sequences.ack(KIND, device()));
    }

    #[test]
    fn what_is_kept_and_read_back_says_the_same(
        before in steps(), asked in prop::collection::vec(0..200_000_i64, 0..5), after in steps(),
    ) {
        let mut live = Dedupe::default();
        for (n, step) in before.iter().enumerate() {
            walk(&mut live, n, step);
            for ask in &asked {
                live.sequences.due(at(*ask), here);
            }
        }
        let kept = postcard::to_stdvec(&live).unwrap();
        let mut back: Dedupe = postcard::from_bytes(&kept).unwrap();
        prop_assert_eq!(&postcard::to_stdvec(&back).unwrap(), &kept);
        prop_assert_eq!(back.sequences.devices(), live.sequences.devices());
        for (n, step) in after.iter().enumerate() {
            let n = n + before.len();
            prop_assert_eq!(walk(&mut back, n, step), walk(&mut live, n, step));
            prop_assert_eq!(back.sequences.ack(KIND, device()), live.sequences.ack(KIND, device()));
            prop_assert_eq!(back.sequences.gaps(KIND, device()), live.sequences.gaps(KIND, device()));
        }
        prop_assert_eq!(postcard::to_stdvec(&back).unwrap(), postcard::to_stdvec(&live).unwrap());
    }
}

#[derive(Debug, Clone)]
enum Walk {
    Sees { id: u8, boot: u8, seq: u64, day: i64 },
    GivesUp(u64, u64),
    Forgets(i64),
}

fn steps() -> impl Strategy<Value = Vec<Walk>> {
    let sees = (0..40_u8, 0..10_u8, 1..30_u64, 0..4_i64);
    let step = prop_oneof![
        20 => sees.prop_map(|(id, boot, seq, day)| Walk::Sees { id, boot, seq, day }),
        1 => (1..30_u64, 0..10_u64).prop_map(|(from, len)| Walk::GivesUp(from, from + len)),
        1 => (0..4_i64).prop_map(Walk::Forgets),
    ];
    prop::collection::vec(step, 0..120)
}

fn walk(dedupe: &mut Dedupe, n: usize, step: &Walk) -> Option<Verdict> {
    match step {
        Walk::Sees { id, boot, seq, day } => {
            let mut event = event(u128::from(*id) + 1, &format!("b{boot}"), *seq);
            event.envelope.ts = NOW.plus(day * 86_400_000);
            return Some(dedupe.classify(KIND, device(), &event, at(n as i64 * 3_600_000)));
        }
        Walk::GivesUp(from, to) => {
            let span = Span { boot: boot("b1"), ..span(*from, *to) };
            dedupe.sequences.give_up(&span);
        }
        Walk::Forgets(day) => dedupe.ids.forget_before(day_of(NOW) + day),
    }
    None
}
