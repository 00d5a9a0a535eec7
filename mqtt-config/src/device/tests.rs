//! Any order of losses, reconnects and acknowledgements: what is not acknowledged is kept, what is
//! acknowledged is not sent for ever, and in the end the collector has everything.

mod disk;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use domain::event::{Body, DeviceKind};
use domain::{BootId, DeviceId, EventId, ServiceId, SiteId, Timestamp};
use proptest::prelude::*;

use super::duties::{Duties, Letter, Now, Wanted, What};
use super::{Bounds, Outbox, OutboxError, Saying, WhenFull};
use crate::topics::{Channel, DeviceTopic};
use crate::wire::{self, Ack, Command, CommandAction, Meta, OlderAck};

const START: Timestamp = Timestamp::from_ms(1_700_000_000_000);

fn boot(number: usize) -> BootId {
    BootId::new(&format!("boot-{number}")).unwrap()
}

fn saying(number: usize) -> Saying {
    let body = Body::ServiceStaffing { service: ServiceId::new("s").unwrap(), open_counters: number as u32 };
    Saying { id: EventId(number as u128 + 1), ts: START, up_ms: None, body }
}

fn now(running_ms: u64) -> Now {
    Now { running_ms, up_ms: Some(running_ms), wall: START.plus(running_ms as i64) }
}

fn duties(outbox: Outbox, window: usize) -> Duties {
    Duties::new(outbox, Meta { model: None, heartbeat_s: 30 }, window, Duration::from_secs(30))
}

/// Boot, `seq` and number of an event as it is on the wire.
fn read(letter: &Letter) -> (BootId, u64, u32) {
    let topic = DeviceTopic {
        site: SiteId::new("x").unwrap(),
        kind: DeviceKind::Gateway,
        device: DeviceId::new("d").unwrap(),
        channel: Channel::Evt,
    };
    let event = wire::parse_event(&topic, &letter.payload).unwrap();
    let Body::ServiceStaffing { open_counters, .. } = event.body else { panic!("not what was said") };
    (event.envelope.boot, event.envelope.seq, open_counters)
}

/// What the collector has, and what it may say.
#[derive(Debug, Default)]
struct Collector {
    /// By run, in the order in which they were last heard of: the eight that it keeps apart.
    runs: Vec<(BootId, BTreeSet<u64>)>,
    numbers: BTreeMap<(BootId, u64), u32>,
}

impl Collector {
    fn receive(&mut self, letter: &Letter) {
        let (boot, seq, number) = read(letter);
        assert_eq!(*self.numbers.entry((boot, seq)).or_insert(number), number, "{boot} {seq} means two things");
        let known = self.runs.iter().position(|(known, _)| *known == boot);
        let mut run = known.map_or((boot, BTreeSet::new()), |at| self.runs.remove(at));
        run.1.insert(seq);
        self.runs.push(run);
        if self.runs.len() > 8 {
            self.runs.remove(0);
        }
    }

    /// Up to where each run came whole.
    fn ack(&self) -> Option<Ack> {
        let mark = |seqs: &BTreeSet<u64>| (1..).take_while(|seq| seqs.contains(seq)).last().unwrap_or(0);
        let mut marks = self.runs.iter().rev().map(|(boot, seqs)| (*boot, mark(seqs)));
        let (boot, seq) = marks.next()?;
        Some(Ack { boot, seq, older: marks.map(|(boot, seq)| OlderAck { boot, seq }).collect() })
    }

    /// What it misses in the middle of each run, and asks for again.
    fn holes(&self) -> Vec<(BootId, u64, u64)> {
        let ends = |seqs: &BTreeSet<u64>| Some(((1..).find(|seq| !seqs.contains(seq))?, *seqs.last()?));
        let runs = self.runs.iter().filter_map(|(boot, seqs)| Some((*boot, ends(seqs)?)));
        runs.map(|(boot, (from, last))| (boot, from, last)).filter(|(_, from, last)| from < last).collect()
    }

    /// What was asked for in vain is not waited for any longer: a run that was forgotten and goes
    /// on does not begin with 1.
    fn give_up(&mut self) {
        for (_, seqs) in &mut self.runs {
            let last = seqs.last().copied().unwrap_or(0);
            seqs.extend(1..=last);
        }
    }
}

#[derive(Debug, Clone)]
enum Step {
    Say,
    /// Hand over so many; the broker loses those whose bit is set, and answers them all the same.
    Send(u8, u8),
    /// The broker answers what it was sent.
    Answer(u8),
    Ack,
    Reconnect,
    /// The process is another one, with the same outbox.
    Restart,
    Wait(u32),
    Ask(u8, u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => Just(Step::Say),
        5 => (1..6u8, any::<u8>()).prop_map(|(n, lost)| Step::Send(n, lost)),
        3 => (1..9u8).prop_map(Step::Answer),
        2 => Just(Step::Ack),
        1 => Just(Step::Reconnect),
        1 => Just(Step::Restart),
        1 => (0..400_000u32).prop_map(Step::Wait),
        1 => (0..20u8, 0..20u8).prop_map(|(from, to)| Step::Ask(from, to)),
    ]
}

/// A device between its outbox, a broker that loses and a collector.
struct World {
    duties: Duties,
    collector: Collector,
    with_broker: VecDeque<What>,
    ms: u64,
    boots: usize,
    said: usize,
}

impl World {
    fn new(window: usize) -> Self {
        let mut duties = duties(Outbox::in_memory(Bounds::default(), boot(0)), window);
        duties.connected(now(0));
        Self { duties, collector: Collector::default(), with_broker: VecDeque::new(), ms: 0, boots: 0, said: 0 }
    }

    /// Hands over at most so many letters; gives how many events went out.
    fn send(&mut self, most: usize, lost: u8) -> usize {
        let mut events = 0;
        for n in 0..most {
            let Some(letter) = self.duties.next(now(self.ms)) else { break };
            self.duties.handed(letter.what, now(self.ms));
            self.with_broker.push_back(letter.what);
            if matches!(letter.what, What::Event(_)) {
                events += 1;
                if lost >> (n % 8) & 1 == 0 {
                    self.collector.receive(&letter);
                }
            }
        }
        events
    }

    fn answer(&mut self, most: usize) {
        for what in self.with_broker.drain(..most.min(self.with_broker.len())) {
            self.duties.answered(what);
        }
    }

    fn ack(&mut self) {
        if let Some(ack) = self.collector.ack() {
            self.duties.heard_ack(&ack, now(self.ms));
        }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Say => {
                self.duties.say(saying(self.said), now(self.ms)).unwrap();
                self.said += 1;
            }
            Step::Send(most, lost) => drop(self.send(most.into(), lost)),
            Step::Answer(most) => self.answer(most.into()),
            Step::Ack => self.ack(),
            Step::Reconnect => {
                self.duties.lost();
                self.duties.connected(now(self.ms));
            }
            Step::Restart => {
                self.boots += 1;
                self.with_broker.clear();
                self.duties.outbox.begin(boot(self.boots));
                self.duties.outbox.kept().rewind_all();
                self.duties.connected(now(self.ms));
            }
            Step::Wait(ms) => {
                self.ms += u64::from(ms);
                self.duties.on_time(now(self.ms));
            }
            Step::Ask(from, to) => {
                self.ask(boot(self.boots), from.into(), to.into());
            }
        }
    }

    fn ask(&mut self, boot: BootId, from_seq: u64, to_seq: u64) {
        let (id, exp) = (format!("{}-{boot}-{from_seq}-{to_seq}", self.ms), START.plus(i64::MAX / 4));
        let action = CommandAction::Replay { boot, from_seq, to_seq };
        assert_eq!(self.duties.heard_command(&Command { id, exp, action }, now(self.ms)), None);
    }

    /// Everything that the collector has not acknowledged is still kept.
    fn check(&self) {
        let (kept, has) = (self.duties.outbox.len(), self.collector.numbers.len());
        assert!(kept + has >= self.said, "{kept} kept and {has} received of {} said", self.said);
    }
}

proptest! {
    #[test]
    fn whatever_happens_everything_arrives_and_then_it_is_quiet(
        window in 1..9usize,
        steps in prop::collection::vec(step(), 0..300),
    ) {
        let mut world = World::new(window);
        for step in steps {
            world.step(step);
            world.check();
        }
        // From here on nothing goes wrong any more, and time passes.
        let mut rounds = 0;
        while !world.duties.outbox.is_empty() {
            world.send(usize::MAX, 0);
            world.answer(usize::MAX);
            for (boot, from, last) in world.collector.holes() {
                world.ask(boot, from, last);
            }
            world.send(usize::MAX, 0);
            world.answer(usize::MAX);
            world.ack();
            world.ms += 400_000;
            world.duties.on_time(now(world.ms));
            rounds += 1;
            if rounds % 4 == 0 {
                world.collector.give_up();
            }
            prop_assert!(rounds < 400, "{} events are never acknowledged", world.duties.outbox.len());
        }
        prop_assert_eq!(world.collector.numbers.len(), world.said);
        prop_assert_eq!(world.send(usize::MAX, 0), 0, "what is acknowledged is not sent");
        world.step(Step::Reconnect);
        prop_assert_eq!(world.send(usize::MAX, 0), 0);
    }
}

#[test]
fn a_stall_sends_again_with_growing_pauses() {
    let mut world = World::new(10);
    world.step(Step::Say);
    let (mut sent, mut at) = (Vec::new(), 0);
    while at < 700_000 {
        if world.send(usize::MAX, 0xFF) > 0 {
            sent.push(at / 1_000);
        }
        world.answer(usize::MAX);
        at += 1_000;
        world.step(Step::Wait(1_000));
    }
    assert_eq!(sent, [0, 10, 30, 70, 150, 310, 610]);
}

#[test]
fn a_stall_sends_the_ends_and_at_last_everything() {
    let mut world = World::new(10);
    (0..5).for_each(|_| world.step(Step::Say));
    let sent: Vec<usize> = (0..5)
        .map(|_| {
            let events = world.send(usize::MAX, 0xFF);
            world.answer(usize::MAX);
            world.step(Step::Wait(400_000));
            events
        })
        .collect();
    assert_eq!(sent, [5, 2, 2, 5, 2]);
}

#[test]
fn what_the_broker_has_not_answered_is_left_to_the_session() {
    let mut world = World::new(10);
    world.step(Step::Say);
    assert_eq!(world.send(usize::MAX, 0xFF), 1);
    world.step(Step::Wait(60_000));
    world.step(Step::Reconnect);
    assert_eq!(world.send(usize::MAX, 0), 0, "the session sends it by itself");
}

#[test]
fn birth_comes_first_and_a_rebirth_again() {
    let mut duties = duties(Outbox::in_memory(Bounds::default(), boot(0)), 10);
    duties.say(saying(1), now(0)).unwrap();
    assert_eq!(duties.next(now(0)), None, "there is no connection");
    let channels = |duties: &mut Duties, at| {
        let mut found = Vec::new();
        while let Some(letter) = duties.next(now(at)) {
            duties.handed(letter.what, now(at));
            found.push((letter.channel, letter.retain));
        }
        found
    };
    duties.connected(now(0));
    let birth = [(Channel::Status, true), (Channel::Meta, true)];
    assert_eq!(channels(&mut duties, 0), [birth[0], birth[1], (Channel::Evt, false)]);
    let command = |id: &str, action| Command { id: id.into(), exp: START.plus(60_000), action };
    let rebirth = command("a", CommandAction::Rebirth);
    assert_eq!(duties.heard_command(&rebirth, now(1)), Some(Wanted::Rebirth));
    assert_eq!(channels(&mut duties, 1), [birth[0], birth[1], (Channel::Done, false)]);
    assert_eq!(duties.heard_command(&rebirth, now(2)), None, "once is enough");
    assert_eq!(duties.heard_command(&command("b", CommandAction::Identify), now(60_001)), None, "too late");
    assert!(duties.on_time(now(30_001)), "a heartbeat after 30 s");
    assert_eq!(channels(&mut duties, 30_001), [birth[0]]);
}

#[test]
fn an_answer_says_what_is_missing() {
    let mut world = World::new(10);
    (0..4).for_each(|_| world.step(Step::Say));
    world.send(usize::MAX, 0);
    world.ack();
    (0..2).for_each(|_| world.step(Step::Say));
    world.send(usize::MAX, 0xFF);
    world.answer(usize::MAX);
    world.step(Step::Ask(3, 9));
    let said: Vec<String> = std::iter::from_fn(|| {
        let letter = world.duties.next(now(0))?;
        world.duties.handed(letter.what, now(0));
        Some(match letter.channel {
            Channel::Evt => read(&letter).1.to_string(),
            Channel::Done => {
                let done: serde_json::Value = serde_json::from_slice(&letter.payload).unwrap();
                format!("{} missing", done["missing"])
            }
            channel => format!("{channel:?}"),
        })
    })
    .collect();
    assert_eq!(said, ["5", "6", "5 missing"], "what is to be had comes first");
}

#[test]
fn an_answer_waits_for_what_was_asked_for_and_for_nothing_else() {
    let mut world = World::new(2);
    (0..4).for_each(|_| world.step(Step::Say));
    assert_eq!(world.send(usize::MAX, 0xFF), 2);
    world.answer(usize::MAX);
    world.step(Step::Ask(2, 3));
    let next = |world: &mut World| {
        let letter = world.duties.next(now(0))?;
        world.duties.handed(letter.what, now(0));
        Some(letter.what)
    };
    assert!(matches!(next(&mut world), Some(What::Event(place)) if place.seq == 2));
    assert_eq!(next(&mut world), None, "the window is full, and 3 is not sent");
    world.step(Step::Ask(1, 1));
    assert!(matches!(next(&mut world), Some(What::Event(place)) if place.seq == 1), "answered, and asked for again");
    assert!(matches!(next(&mut world), Some(What::Answer(2))), "another is not held up");
    world.step(Step::Reconnect);
    world.duties.heard_ack(&Ack { boot: boot(0), seq: 2, older: vec![] }, now(0));
    let rest: Vec<What> = std::iter::from_fn(|| next(&mut world)).skip(2).collect();
    assert!(matches!(rest[..], [What::Event(three), What::Answer(1), What::Event(_)] if three.seq == 3), "{rest:?}");
}

/// The `seq` of each event that is due, handed over; an answer is 0.
fn due(world: &mut World) -> Vec<u64> {
    let mut seqs = Vec::new();
    while let Some(letter) = world.duties.next(now(world.ms)) {
        world.duties.handed(letter.what, now(world.ms));
        world.with_broker.push_back(letter.what);
        match letter.what {
            What::Event(place) => seqs.push(place.seq),
            What::Answer(_) => seqs.push(0),
            What::Status | What::Meta => {}
        }
    }
    seqs
}

#[test]
fn what_is_asked_for_before_the_broker_has_answered_goes_out_once_more() {
    let mut world = World::new(10);
    (0..3).for_each(|_| world.step(Step::Say));
    assert_eq!(due(&mut world), [1, 2, 3]);
    // The collector misses 2 and says so before the broker's answer has come.
    world.step(Step::Ask(2, 2));
    world.step(Step::Wait(1));
    world.step(Step::Ask(2, 2));
    assert!(due(&mut world).is_empty(), "the session has it, and the answer to the command goes behind it");
    assert!(!world.duties.outbox.is_with_broker());
    world.answer(usize::MAX);
    assert_eq!(due(&mut world), [2, 0, 0], "no stall is waited for, and two commands are one event");
    world.answer(usize::MAX);
    assert!(due(&mut world).is_empty());
    assert!(world.duties.outbox.is_with_broker());
}

#[test]
fn what_is_asked_for_goes_out_with_the_session_when_the_connection_is_lost() {
    let mut world = World::new(10);
    world.step(Step::Say);
    assert_eq!(due(&mut world), [1]);
    world.step(Step::Ask(1, 1));
    world.step(Step::Reconnect);
    assert_eq!(due(&mut world), [0], "the session sends it again, and the answer behind it");
    world.answer(usize::MAX);
    assert!(due(&mut world).is_empty(), "that was once more");
}

#[test]
fn the_oldest_gives_way_and_the_board_is_told() {
    let bounds = Bounds { events: 3, ..Bounds::default() };
    let mut duties = duties(Outbox::in_memory(bounds, boot(0)), 10);
    for n in 0..5 {
        duties.say(saying(n), now(0)).unwrap();
    }
    assert_eq!((duties.outbox.len(), duties.outbox.dropped()), (3, 2));
    duties.connected(now(0));
    let birth = duties.next(now(0)).unwrap();
    let flags = serde_json::from_slice::<serde_json::Value>(&birth.payload).unwrap()["flags"].clone();
    assert_eq!(flags, serde_json::json!(["events-dropped"]));
    let mut aged = self::duties(Outbox::in_memory(Bounds::default(), boot(0)), 10);
    aged.say(saying(0), now(0)).unwrap();
    aged.on_time(now(7 * 86_400_000));
    assert_eq!(aged.outbox.len(), 1);
    aged.on_time(now(7 * 86_400_000 + 60_001));
    assert_eq!(aged.outbox.dropped(), 1);
}

#[test]
fn who_may_not_drop_refuses() {
    let bounds = Bounds { events: 2, when_full: WhenFull::Refuse, ..Bounds::default() };
    let mut outbox = Outbox::in_memory(bounds, boot(0));
    for n in 0..2 {
        outbox.say(saying(n), 0).unwrap();
    }
    assert!(matches!(outbox.say(saying(2), 0), Err(OutboxError::Full { events: 2 })));
    assert_eq!(outbox.len(), 2);
}
