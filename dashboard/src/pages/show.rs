//! What a row of the board says in words. `web/js/show.js` says the same; both are held to the
//! cases of `web/tests/texts.json`.

use domain::board::{Board, CallRow, CounterRow, Estimate, ServiceRow, TicketStage};
use domain::event::CounterStatus;
use domain::shown::Range;
use domain::{CounterId, Timestamp};

use super::local::Local;
use super::options::counter_row;
use super::words::Lang;

/// A waiting time of so many minutes or more is told in hours.
const LONGEST_IN_MINUTES: u32 = 180;
/// Longest number in a counter's name, in characters.
const NUMBER: usize = 4;
/// What may stand around that number.
const PUNCTUATION: [char; 6] = [':', '.', ',', ';', '-', '–'];
/// The widths, in tenths of an ordinary letter, up to which a ticket may be largest, stands beside
/// two others, and stands on one line with its counter.
const TICKET: [u32; 3] = [50, 65, 145];

/// Where a ticket is called to. `Quầy 5: Đất đai` is read from afar as `5`, so the number stands
/// apart from the words around it; a name without a number is a word alone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// What stands before the number, or the whole name.
    pub word: String,
    /// What is read from afar; empty when the name has no number.
    pub number: String,
    /// What stands after it.
    pub rest: String,
}

impl Place {
    /// Splits a name at its first number.
    #[must_use]
    pub fn of_name(name: &str) -> Self {
        let words: Vec<&str> = name.split_whitespace().collect();
        let is_number = |word: &&str| length(word) <= NUMBER && word.chars().any(|c| c.is_ascii_digit());
        let trimmed = |word: &&str| is_number(&word.trim_matches(PUNCTUATION));
        let Some(at) = words.iter().position(trimmed) else { return Self::of_word(name.trim()) };
        let rest = words[at + 1..].join(" ");
        Self {
            word: words[..at].join(" "),
            number: words[at].trim_matches(PUNCTUATION).to_owned(),
            rest: rest.trim_start_matches(PUNCTUATION).trim().to_owned(),
        }
    }

    fn of_word(word: &str) -> Self {
        Self { word: word.to_owned(), ..Self::default() }
    }

    /// How large its words may be.
    #[must_use]
    pub fn fit(&self) -> &'static str {
        match (self.number.is_empty(), letters(&self.word)) {
            (false, 0..=8) => "n",
            (false, 9..=26) => "nl",
            (false, _) => "nxl",
            (true, 0..=8) => "s",
            (true, 9..=14) => "m",
            (true, 15..=28) => "l",
            (true, 29..=60) => "xl",
            (true, _) => "xxl",
        }
    }
}

fn length(text: &str) -> usize {
    text.chars().count()
}

/// How wide a letter is drawn, in tenths of an ordinary one: fit is a matter of width, and a name in
/// capitals takes a quarter more than its letters say.
fn width_of(letter: char) -> u32 {
    match letter {
        '\u{300}'..='\u{36f}' => 0,
        ' ' | '.' | ',' | ':' | ';' | '\'' | '!' | '|' | 'i' | 'j' | 'l' | 'I' => 5,
        'f' | 'r' | 't' | '(' | ')' | '1' => 8,
        'W' | '@' => 19,
        'M' | 'm' | 'w' | '%' => 16,
        'C' | 'D' | 'G' | 'O' | 'Q' => 15,
        '0'..='9' => 12,
        _ if letter.is_uppercase() => 13,
        _ => 10,
    }
}

fn width(text: &str) -> u32 {
    text.chars().map(width_of).sum()
}

/// How many ordinary letters would be as wide.
fn letters(text: &str) -> u32 {
    (width(text) + 5) / 10
}

/// How large a ticket may be.
#[must_use]
pub fn ticket_fit(ticket: &str) -> &'static str {
    match width(ticket) {
        wide if wide <= TICKET[0] => "xs",
        wide if wide <= TICKET[1] => "s",
        wide if wide <= TICKET[2] => "l",
        _ => "xl",
    }
}

/// Whether a ticket takes a row of its own.
#[must_use]
pub fn is_long(ticket: &str) -> bool {
    width(ticket) > TICKET[1]
}

/// How large a name may be.
#[must_use]
pub fn name_fit(name: &str) -> &'static str {
    match letters(name) {
        0..=24 => "s",
        25..=40 => "m",
        41..=60 => "l",
        _ => "xl",
    }
}

/// Where the call leads: its counter, else its service's name, else words.
#[must_use]
pub fn place_of(board: &Board, call: &CallRow, lang: Lang) -> Place {
    match call.counter {
        Some(counter) => Place::of_name(&counter_name(board, counter)),
        None => Place::of_word(service_name(board, call).unwrap_or(lang.word("newest.turn"))),
    }
}

/// The counter's name; its id when the board lacks it.
#[must_use]
pub fn counter_name(board: &Board, counter: CounterId) -> String {
    counter_row(board, Some(counter)).map_or_else(|| counter.to_string(), |row| row.name.clone())
}

/// The name of the call's service.
#[must_use]
pub fn service_name<'a>(board: &'a Board, call: &CallRow) -> Option<&'a str> {
    board.services.iter().find(|row| Some(row.service) == call.service).map(|row| row.name.as_str())
}

/// The words for the call's priority class; empty for a normal one.
#[must_use]
pub fn priority(call: &CallRow, lang: Lang) -> &'static str {
    call.priority.and_then(|priority| lang.code_word("priority", priority.code())).unwrap_or_default()
}

/// What a service can promise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// The range, or that there is none.
    pub text: String,
    /// What goes with it: that it runs past a break or the day's end, or why there is none.
    pub note: String,
    /// How long the first in line has been waiting; empty beside a range, while it is closed and when
    /// nobody waits.
    pub longest: String,
    /// The range, for hooks and for the scripts, which go on from it.
    pub range: Option<Range>,
}

/// The expected wait of a service, or why it is not known. `shown`: what stands on the screens.
#[must_use]
pub fn expected(board: &Board, row: &ServiceRow, shown: Option<Range>, lang: Lang) -> Expected {
    if let Some(estimate) = &row.estimate {
        let range = shown.unwrap_or_else(|| Range::of(estimate));
        let note = past(board, estimate, lang);
        return Expected { text: range_text(range, lang), note, longest: String::new(), range: Some(range) };
    }
    if row.estimate_reason.as_deref() == Some("closed_until") {
        return closed(board, row, lang);
    }
    let why = row.estimate_reason.as_deref().and_then(|reason| lang.code_word("estimate.why", reason));
    let minutes = row.longest_wait_s.filter(|_| row.waiting > 0).map(|wait| wait.ms() / 60_000).filter(|n| *n > 0);
    let longest = minutes.map(|n| lang.with("wait.longest", "{n}", &n.to_string())).unwrap_or_default();
    let note = why.unwrap_or_default().to_owned();
    Expected { text: lang.word("estimate.none").to_owned(), note, longest, range: None }
}

/// When a closed service opens again, and why it is closed, in few words.
fn closed(board: &Board, row: &ServiceRow, lang: Lang) -> Expected {
    let text = match row.opens_at {
        Some(at) => lang.with("estimate.opens", "{at}", &seen_from_now(board, at, lang)),
        None => lang.word("estimate.closed").to_owned(),
    };
    // The file's own words: there is room for one line of them.
    let note = row.closed_reason.clone().filter(|reason| name_fit(reason) == "s").unwrap_or_default();
    Expected { text, note, longest: String::new(), range: None }
}

/// What a range runs past; the end of the day before a break, for a break ends.
fn past(board: &Board, estimate: &Estimate, lang: Lang) -> String {
    match estimate.resumes_at {
        _ if estimate.before_close == Some(false) => lang.word("estimate.not_today").to_owned(),
        Some(at) => lang.with("estimate.into", "{at}", &seen_from_now(board, at, lang)),
        None => String::new(),
    }
}

fn seen_from_now(board: &Board, at: Timestamp, lang: Lang) -> String {
    Local::of(board, at).seen_from(&Local::of(board, board.as_of), lang)
}

/// `15–25 phút`.
fn range_text(range: Range, lang: Lang) -> String {
    match range {
        _ if range.is_now() => lang.word("wait.now").to_owned(),
        Range { from: LONGEST_IN_MINUTES.., .. } => lang.with("wait.over", "{n}", &(range.from / 60).to_string()),
        Range { from, to } if from == to => lang.with("wait.about", "{n}", &to.to_string()),
        Range { from, to } => lang.with("wait.about", "{n}", &format!("{from}–{to}")),
    }
}

/// What a counter is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doing {
    /// `called`, `serving`, `open`, `paused`, `closed`.
    pub code: &'static str,
    /// Its word.
    pub text: &'static str,
    /// The reason, or what to do.
    pub why: String,
}

/// The counter as its screen shows it. A number whose issue has not come yet (its kiosk is away) is
/// called all the same: it stands in the list of calls and not at the counter, and the screen over
/// the counter must not contradict the wall. What the counter has done since then is newer.
#[must_use]
pub fn present(board: &Board, row: &CounterRow) -> CounterRow {
    let newest = board.calls.iter().filter(|call| call.counter == Some(row.counter)).max_by_key(|call| call.call_seq);
    match newest {
        Some(call) if row.ticket != Some(call.ticket) && row.since.is_none_or(|since| call.ts > since) => CounterRow {
            ticket: Some(call.ticket),
            ticket_state: Some(TicketStage::Called),
            since: Some(call.ts),
            ..row.clone()
        },
        _ => row.clone(),
    }
}

/// What a counter is doing, in words, with its reason.
#[must_use]
pub fn doing(row: &CounterRow, lang: Lang) -> Doing {
    let code = match (row.status, row.ticket_state) {
        (_, Some(TicketStage::Called)) if row.ticket.is_some() => "called",
        (_, Some(TicketStage::Serving)) if row.ticket.is_some() => "serving",
        (CounterStatus::Open, _) => "open",
        (CounterStatus::Paused, _) => "paused",
        (CounterStatus::Closed, _) => "closed",
    };
    let text = lang.code_word("counter.now", code).unwrap_or_default();
    let reason = row.reason.as_deref().map(|reason| lang.code_word("reason", reason).unwrap_or(reason).to_owned());
    let what = || lang.code_word("counter.now", &format!("{code}.what")).unwrap_or_default().to_owned();
    let why = match code {
        "paused" | "closed" => reason.unwrap_or_else(what),
        _ => what(),
    };
    Doing { code, text, why }
}

/// Today's opening hours; empty when the board does not know them.
#[must_use]
pub fn hours(board: &Board) -> String {
    let spans: Vec<String> = board.hours.iter().map(|span| format!("{}–{}", span.open, span.close)).collect();
    spans.join(" · ")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::board;

    /// The cases that the scripts are held to as well.
    fn cases(list: &str) -> Vec<Value> {
        let texts: Value = serde_json::from_str(include_str!("../../web/tests/texts.json")).unwrap();
        for (key, word) in texts["words"].as_object().unwrap() {
            assert_eq!(Lang::Vi.word(key), word.as_str().unwrap(), "{key}");
        }
        texts["cases"][list].as_array().unwrap().clone()
    }

    /// A row with some fields changed.
    fn with<T: serde::Serialize + serde::de::DeserializeOwned>(row: &T, changes: &Value) -> T {
        let mut row = serde_json::to_value(row).unwrap();
        for (name, value) in changes.as_object().unwrap() {
            row[name] = value.clone();
        }
        serde_json::from_value(row).unwrap()
    }

    #[test]
    fn expected_waits() {
        let mut board = board(1);
        board.as_of = Timestamp::parse("2026-11-23T02:41:00Z").unwrap();
        for case in cases("expected") {
            let row = with(&board.services[0], &case["row"]);
            let Expected { text, note, longest, range } = expected(&board, &row, None, Lang::Vi);
            let range = range.map(|Range { from, to }| json!([from, to]));
            let told = json!({"row": case["row"], "text": text, "note": note, "longest": longest, "range": range});
            assert_eq!(told, case);
        }
    }

    #[test]
    fn a_call_whose_issue_has_not_come_yet_stands_at_its_counter_too() {
        let mut board = board(1);
        let row = board.counters[0].clone();
        assert_eq!(present(&board, &row), row, "its own call is older than what it does now");
        let mut call = board.calls[0].clone();
        (call.call_seq, call.ticket) = (992, domain::TicketNumber::new("B777").unwrap());
        board.calls.insert(0, call.clone());
        assert_eq!(present(&board, &row), row, "the counter has done something since");
        board.calls[0].ts = row.since.unwrap().plus(1_000);
        let shown = present(&board, &row);
        assert_eq!((shown.ticket, shown.ticket_state), (Some(call.ticket), Some(TicketStage::Called)));
        board.calls[0].counter = None;
        assert_eq!(present(&board, &row), row, "called nobody knows where");
    }

    #[test]
    fn names_of_counters_come_apart_at_their_number() {
        for case in cases("places") {
            let name = case["name"].as_str().unwrap();
            let place = Place::of_name(name);
            let fit = place.fit();
            let Place { word, number, rest } = place;
            let told = json!({"name": name, "fit": fit, "place": {"word": word, "number": number, "rest": rest}});
            assert_eq!(told, case);
        }
    }

    #[test]
    fn what_is_wide_is_drawn_smaller() {
        for case in cases("tickets") {
            let ticket = case["ticket"].as_str().unwrap();
            let told = json!({"ticket": ticket, "fit": ticket_fit(ticket), "long": is_long(ticket)});
            assert_eq!(told, case);
        }
        for case in cases("names") {
            let name = case["name"].as_str().unwrap();
            assert_eq!(json!({"name": name, "fit": name_fit(name)}), case);
        }
    }

    #[test]
    fn what_counters_do() {
        let board = board(1);
        for case in cases("doing") {
            let Doing { code, text, why } = doing(&with(&board.counters[0], &case["row"]), Lang::Vi);
            assert_eq!(json!({"row": case["row"], "code": code, "text": text, "why": why}), case);
        }
    }
}
