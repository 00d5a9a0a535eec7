//! From what was typed to the terms.

use super::{FilterMistake, Number, Op, Term, Test, Word};
use crate::text::{fold, is_word, slug};

/// Figures: the names they go by. Vietnamese first.
const NUMBERS: &[(Number, &[&str])] = &[
    (Number::Wait, &["cho", "cho-lau", "wait", "longest"]),
    (Number::Waiting, &["nguoi", "so-nguoi", "waiting", "people"]),
    (Number::Since, &["tu", "duoc", "since", "for"]),
    (Number::Expected, &["du-kien", "expected"]),
    (Number::Kept, &["dung-hen", "hen", "kept", "promise"]),
    (Number::Load, &["tai", "muc", "load", "util", "utilisation", "level"]),
    (Number::Served, &["xong", "served"]),
    (Number::Age, &["tuoi", "age"]),
];

/// Words: the names they go by.
const WORDS: &[(Word, &[&str])] = &[
    (Word::Counter, &["quay", "counter", "q"]),
    (Word::Service, &["dv", "dich-vu", "thu-tuc", "tt-hc", "service"]),
    (Word::State, &["tt", "trang-thai", "state", "status"]),
    (Word::Officer, &["cb", "can-bo", "officer"]),
    (Word::Ticket, &["phieu", "so", "ticket"]),
    (Word::Device, &["thiet-bi", "tb", "device", "camera"]),
    (Word::Kind, &["loai", "kind", "type"]),
    (Word::Reason, &["ly-do", "reason", "rule"]),
    (Word::Severity, &["muc-do", "severity"]),
    (Word::Department, &["so-nganh", "phong", "linh-vuc", "department", "field"]),
];

/// Reads every term.
pub(super) fn terms(text: &str) -> Result<Vec<Term>, FilterMistake> {
    words(text)?.iter().map(|word| term(word)).collect()
}

/// Splits at spaces; what stands in quotation marks stays together, without them.
fn words(text: &str) -> Result<Vec<String>, FilterMistake> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for c in text.chars() {
        match c {
            '"' | '“' | '”' => quoted = !quoted,
            c if c.is_whitespace() && !quoted => words.push(std::mem::take(&mut word)),
            c => word.push(c),
        }
    }
    if quoted {
        return Err(FilterMistake::OpenQuote);
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    Ok(words)
}

fn term(typed: &str) -> Result<Term, FilterMistake> {
    let (not, rest) = match typed.strip_prefix('!') {
        Some(rest) if !rest.is_empty() => (true, rest),
        _ => (false, typed),
    };
    let test = match comparison(rest) {
        Some((field, op, value)) => compared(field, op, value)?,
        None => Test::Text(fold(rest)),
    };
    Ok(Term { not, test })
}

/// `field op value`; `None` when it is plain text.
fn comparison(typed: &str) -> Option<(&str, Op, &str)> {
    let at = typed.find(['=', '<', '>', '!'])?;
    let (field, rest) = typed.split_at(at);
    let signs = [
        ("!=", Op::NotEqual),
        ("<=", Op::LessOrEqual),
        (">=", Op::GreaterOrEqual),
        ("==", Op::Equal),
        ("=", Op::Equal),
        ("<", Op::Less),
        (">", Op::Greater),
    ];
    let (sign, op) = signs.into_iter().find(|(sign, _)| rest.starts_with(sign))?;
    (!field.is_empty()).then(|| (field, op, &rest[sign.len()..]))
}

fn compared(field: &str, op: Op, value: &str) -> Result<Test, FilterMistake> {
    let goes_by = |names: &[&str]| names.iter().any(|name| is_word(field, name));
    if value.is_empty() {
        let known = NUMBERS.iter().any(|(_, names)| goes_by(names)) || WORDS.iter().any(|(_, names)| goes_by(names));
        let field = field.to_owned();
        return Err(if known { FilterMistake::NoValue { field } } else { FilterMistake::UnknownField { field } });
    }
    if let Some((number, _)) = NUMBERS.iter().find(|(_, names)| goes_by(names)) {
        let value = number_of(value)
            .ok_or_else(|| FilterMistake::NotANumber { field: field.to_owned(), value: value.to_owned() })?;
        return Ok(Test::Number { field: *number, op, value });
    }
    let (word, _) = WORDS
        .iter()
        .find(|(_, names)| goes_by(names))
        .ok_or_else(|| FilterMistake::UnknownField { field: field.to_owned() })?;
    match op {
        Op::Equal | Op::NotEqual => Ok(Test::Word { field: *word, op, value: slug(value) }),
        _ => Err(FilterMistake::NotComparable { field: field.to_owned() }),
    }
}

/// `15`, `15m`, `15p` (phút), `1h`, `1g` (giờ), `2.5`, `2,5`, `40%`.
fn number_of(value: &str) -> Option<f64> {
    let value = value.trim_end_matches('%').replace(',', ".");
    let (digits, factor) = match value.char_indices().next_back()? {
        (at, 'm' | 'p' | '\'') => (&value[..at], 1.0),
        (at, 'h' | 'g') => (&value[..at], 60.0),
        _ => (value.as_str(), 1.0),
    };
    let number: f64 = digits.parse().ok()?;
    number.is_finite().then_some(number * factor)
}
