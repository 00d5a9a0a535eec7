//! What a filter can know of a row: made from the board, nothing else.

use domain::board::{Board, CounterRow, DeviceRow, ServiceRow, Shown, TicketStage, ZoneRow};
use domain::event::{CounterStatus, DeviceState};
use domain::{CounterId, ServiceId, Timestamp};

use super::{Number, Word};
use crate::expected;
use crate::model::{DeadLetter, RowId};
use crate::text::{fold, is_word, slug};

/// What rows are made of.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// The board.
    pub board: &'a Board,
    /// Its clock.
    pub as_of: Timestamp,
    /// The dead letters.
    pub dead_letters: &'a [DeadLetter],
    /// Officers' names are hidden: then they cannot be asked for either.
    pub privacy: bool,
}

/// What a filter can know of a row.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Facts {
    /// All its words, folded.
    pub(super) text: String,
    numbers: Vec<(Number, f64)>,
    words: Vec<(Word, String)>,
}

impl Facts {
    pub(super) fn number(&self, field: Number) -> Option<f64> {
        self.numbers.iter().find(|(of, _)| *of == field).map(|(_, value)| *value)
    }

    pub(super) fn words(&self, field: Word) -> Vec<&str> {
        self.words.iter().filter(|(of, _)| *of == field).map(|(_, word)| word.as_str()).collect()
    }

    fn say(&mut self, text: &str) {
        self.text.push_str(&fold(text));
        // Between words stands what nobody types.
        self.text.push('\n');
    }

    fn word(&mut self, field: Word, text: &str) {
        self.say(text);
        self.words.push((field, slug(text)));
    }

    /// A word that can be asked for, but is not searched as text.
    fn quiet(&mut self, field: Word, text: &str) {
        self.words.push((field, slug(text)));
    }

    fn number_is(&mut self, field: Number, value: Option<f64>) {
        self.numbers.extend(value.map(|value| (field, value)));
    }
}

/// Whether a row's word is what was asked for: the word itself, its number (`3` is `q3` and
/// `Quầy 3`), some of its parts between `-`, or the word as an input method leaves it.
pub(super) fn names(word: &str, asked: &str) -> bool {
    let number = word.rsplit(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
    let same_number = asked.bytes().all(|b| b.is_ascii_digit())
        && !number.is_empty()
        && number.trim_start_matches('0') == asked.trim_start_matches('0');
    let whole_parts =
        || !asked.bytes().all(|b| b.is_ascii_digit()) && format!("-{word}-").contains(&format!("-{asked}-"));
    word == asked || same_number || whole_parts() || is_word(asked, word)
}

/// The facts of a row; `None` when it is not there (any more).
#[must_use]
pub fn facts(seen: &Seen, row: &RowId) -> Option<Facts> {
    let mut facts = Facts::default();
    let board = seen.board;
    match row {
        RowId::Service(id) => service(&mut facts, board.services.iter().find(|row| row.service == *id)?, seen),
        RowId::Counter(id) => counter(&mut facts, board.counters.iter().find(|row| row.counter == *id)?, seen),
        RowId::Call(seq) => {
            let row = board.calls.iter().find(|row| row.call_seq == *seq)?;
            facts.word(Word::Ticket, row.ticket.as_str());
            facts.number_is(Number::Since, Some(minutes(seen.as_of.since(row.ts))));
            row.counter.iter().for_each(|id| name_counter(&mut facts, board, *id));
            row.service.iter().for_each(|id| name_service(&mut facts, board, *id));
            row.priority.iter().for_each(|priority| facts.word(Word::Kind, priority.code()));
        }
        RowId::Zone(camera, zone) => {
            let row = board.zones.iter().find(|row| row.camera == *camera && row.zone == *zone)?;
            zone_facts(&mut facts, row, board);
        }
        RowId::Device(id) => device(&mut facts, board.devices.iter().find(|row| row.device == *id)?),
        RowId::DeadLetter(offset) => {
            let row = seen.dead_letters.iter().find(|row| row.offset == *offset)?;
            facts.word(Word::Reason, &row.reason);
            facts.number_is(Number::Since, Some(minutes(seen.as_of.since(row.rx))));
            [Some(&row.topic), row.detail.as_ref(), row.payload.as_ref()]
                .into_iter()
                .flatten()
                .for_each(|t| facts.say(t));
            row.topic.split('/').nth(4).iter().for_each(|device| facts.quiet(Word::Device, device));
        }
        RowId::Alert(alert) => {
            let row = board.alerts.iter().find(|row| row.alert == *alert)?;
            facts.word(Word::Reason, &row.rule);
            facts.word(Word::Severity, &row.severity);
            facts.number_is(Number::Since, Some(minutes(seen.as_of.since(row.since))));
            row.counter.iter().for_each(|id| name_counter(&mut facts, board, *id));
            row.camera.iter().for_each(|id| facts.word(Word::Device, id.as_str()));
            row.zone.iter().for_each(|id| facts.say(id.as_str()));
        }
    }
    Some(facts)
}

fn minutes(ms: i64) -> f64 {
    ms as f64 / 60_000.0
}

fn service(facts: &mut Facts, row: &ServiceRow, seen: &Seen) {
    facts.word(Word::Service, row.service.as_str());
    facts.word(Word::Service, &row.name);
    [&row.field, &row.department].into_iter().flatten().for_each(|text| facts.word(Word::Department, text));
    facts.number_is(Number::Waiting, Some(f64::from(row.waiting)));
    facts.number_is(Number::Wait, row.longest_wait_s.map(|wait| minutes(wait.ms())));
    facts.number_is(Number::Expected, row.estimate.map(|estimate| minutes(estimate.p90_s.ms())));
    facts.number_is(Number::Kept, row.promise.and_then(expected::share).map(|share| share * 100.0));
    row.next.iter().for_each(|ticket| facts.word(Word::Ticket, ticket.as_str()));
    row.estimate_reason.iter().for_each(|reason| facts.quiet(Word::Reason, reason));
    for counter in seen.board.counters.iter().filter(|counter| counter.services.contains(&row.service)) {
        facts.quiet(Word::Counter, counter.counter.as_str());
        facts.quiet(Word::Counter, &counter.name);
    }
}

fn counter(facts: &mut Facts, row: &CounterRow, seen: &Seen) {
    facts.word(Word::Counter, row.counter.as_str());
    facts.word(Word::Counter, &row.name);
    [&row.place, &row.field].into_iter().flatten().for_each(|text| facts.say(text));
    row.reason.iter().for_each(|reason| facts.word(Word::Reason, reason));
    row.ticket.iter().for_each(|ticket| facts.word(Word::Ticket, ticket.as_str()));
    facts.say(shown_state_of_counter(row));
    states_of_counter(row).iter().for_each(|state| facts.quiet(Word::State, state));
    if !seen.privacy {
        row.officer.iter().for_each(|officer| facts.quiet(Word::Officer, officer.as_str()));
        row.officer_name.iter().for_each(|name| facts.word(Word::Officer, name));
        row.officer_name.iter().flat_map(|name| name.split(' ')).for_each(|part| facts.quiet(Word::Officer, part));
    }
    row.services.iter().for_each(|id| name_service(facts, seen.board, *id));
    let mine = || seen.board.services.iter().filter(|service| row.services.contains(&service.service));
    facts.number_is(Number::Waiting, Some(mine().map(|service| f64::from(service.waiting)).sum()));
    let longest = mine().filter_map(|service| service.longest_wait_s).max();
    facts.number_is(Number::Wait, longest.map(|wait| minutes(wait.ms())));
    facts.number_is(Number::Since, row.since.map(|since| minutes(seen.as_of.since(since))));
    facts.number_is(Number::Served, Some(f64::from(row.served)));
    if let Shown::Figure(Some(share)) = row.utilisation {
        facts.number_is(Number::Load, Some(share * 100.0));
    }
}

/// What the row says in words, in both languages: what is read is what is looked for. (Not every
/// word of [`states_of_counter`]: `mo` would find half of the centre.)
fn shown_state_of_counter(row: &CounterRow) -> &'static str {
    match (row.ticket_state, row.status) {
        (Some(TicketStage::Serving), _) => "phục vụ serving",
        (Some(TicketStage::Called), _) => "đã gọi called",
        (None, CounterStatus::Open) => "rảnh idle",
        (None, CounterStatus::Paused) => "tạm ngưng paused",
        (None, CounterStatus::Closed) => "đóng closed",
    }
}

/// The words for what a counter is doing.
fn states_of_counter(row: &CounterRow) -> &'static [&'static str] {
    match (row.ticket_state, row.status) {
        (Some(TicketStage::Serving), _) => &["serving", "open", "phuc-vu", "dang-phuc-vu", "mo"],
        (Some(TicketStage::Called), _) => &["called", "open", "da-goi", "dang-goi", "mo"],
        (None, CounterStatus::Open) => &["open", "idle", "free", "mo", "ranh"],
        (None, CounterStatus::Paused) => &["paused", "tam-dung", "tam-ngung", "ngung"],
        (None, CounterStatus::Closed) => &["closed", "dong", "dong-cua"],
    }
}

fn device(facts: &mut Facts, row: &DeviceRow) {
    facts.word(Word::Device, row.device.as_str());
    facts.word(Word::Kind, row.kind.code());
    let states: &[&str] = match row.state {
        Some(DeviceState::Ready) => &["ready", "san-sang", "tot"],
        Some(DeviceState::Lost) => &["lost", "mat", "mat-lien-lac"],
        Some(DeviceState::Sleeping) => &["sleeping", "nghi"],
        Some(DeviceState::Disconnected) => &["disconnected", "off", "da-tat", "tat"],
        Some(DeviceState::Init) => &["init", "starting", "khoi-dong"],
        None => &["unheard", "chua-nghe"],
    };
    states.iter().for_each(|state| facts.quiet(Word::State, state));
    facts.say(match row.state {
        Some(DeviceState::Ready) => "sẵn sàng ready",
        Some(DeviceState::Lost) => "mất liên lạc lost",
        _ => "",
    });
    row.flags.iter().for_each(|flag| facts.word(Word::Reason, flag));
    facts.number_is(Number::Age, row.age_s.map(|age| age as f64));
}

fn zone_facts(facts: &mut Facts, row: &ZoneRow, board: &Board) {
    facts.word(Word::Device, row.camera.as_str());
    facts.say(row.zone.as_str());
    facts.word(Word::Kind, row.kind.code());
    row.counter.iter().for_each(|id| name_counter(facts, board, *id));
    facts.number_is(Number::Load, row.level.map(|level| level * 100.0));
    facts.number_is(Number::Waiting, row.people.map(f64::from));
}

fn name_counter(facts: &mut Facts, board: &Board, id: CounterId) {
    facts.word(Word::Counter, id.as_str());
    let name = board.counters.iter().find(|row| row.counter == id).map(|row| row.name.as_str());
    name.iter().for_each(|name| facts.word(Word::Counter, name));
}

fn name_service(facts: &mut Facts, board: &Board, id: ServiceId) {
    facts.word(Word::Service, id.as_str());
    let name = board.services.iter().find(|row| row.service == id).map(|row| row.name.as_str());
    name.iter().for_each(|name| facts.word(Word::Service, name));
}
