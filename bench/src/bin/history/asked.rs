//! Every question of the API, over the embedded store.

use std::time::Instant;

use anyhow::Result;
use bench::figure::{Asked, Figures};
use history::Source;
use history::answer::{Answer, By, Compare, Figure, Question, ask};
use history::sqlite::Reader;

use super::year::{DAYS, Year};

/// What answers are asked by; those that a figure cannot be by are left out.
const BY: [&[By]; 11] = [
    &[],
    &[By::Hour, By::Weekday],
    &[By::Day],
    &[By::Week],
    &[By::Month],
    &[By::Department],
    &[By::Field],
    &[By::Service],
    &[By::Counter],
    &[By::Officer],
    &[By::Month, By::Service],
];
/// From roll-ups over one centre and one year; over a province.
const CENTRE_MS: f64 = 5.0;
const PROVINCE_MS: f64 = 500.0;

/// A figure of all centres over the year.
pub fn question(figure: Figure, by: &[By]) -> Question {
    let mut question = Question::new(Vec::new(), figure, DAYS.0, DAYS.1);
    question.by = by.to_vec();
    question
}

/// `weekday,hour`; `-` for none.
pub fn words(by: &[By]) -> String {
    if by.is_empty() { "-".to_owned() } else { by.iter().map(|by| by.word()).collect::<Vec<_>>().join(",") }
}

/// Asks so often and gives the milliseconds, in order, and the last answer.
pub fn times(source: &dyn Source, question: &Question, repeat: usize) -> Result<(Vec<f64>, Answer)> {
    let (mut took, mut answer) = (Vec::new(), ask(source, question)?);
    for _ in 0..repeat {
        let begin = Instant::now();
        answer = ask(source, question)?;
        took.push(begin.elapsed().as_secs_f64() * 1e3);
    }
    took.sort_by(f64::total_cmp);
    Ok((took, answer))
}

/// The value that so large a part is not above.
pub fn rank(sorted: &[f64], q: f64) -> f64 {
    let place = (q * sorted.len() as f64).ceil() as usize;
    sorted.get(place.saturating_sub(1)).copied().unwrap_or(f64::NAN)
}

pub fn measure(figures: &mut Figures, year: &Year, repeat: usize) -> Result<()> {
    let reader = Reader::open(&year.store)?;
    let limit = if year.sites == 1 { CENTRE_MS } else { PROVINCE_MS };
    let mut worst = (0.0, String::new());
    let mut tell = |name: String, question: &Question| -> Result<()> {
        let (took, _) = times(&reader, question, repeat)?;
        let name = format!("history.{}.{name}", year.name);
        figures.tell(&format!("{name}.p50"), rank(&took, 0.5), "ms", Asked::Nothing);
        figures.tell(&format!("{name}.p95"), rank(&took, 0.95), "ms", Asked::AtMost(limit));
        if rank(&took, 0.95) > worst.0 {
            worst = (rank(&took, 0.95), name);
        }
        Ok(())
    };
    for figure in Figure::ALL {
        for by in BY.iter().filter(|by| by.iter().all(|by| figure.can_be_by(*by))) {
            tell(format!("{}.{}", figure.word(), words(by)), &question(*figure, by))?;
        }
        let mut compared = question(*figure, &[By::Month]);
        compared.compare = Some(Compare::Year);
        tell(format!("{}.month.compare", figure.word()), &compared)?;
    }
    figures.note(&format!("history.{}.worst", year.name), &worst.1);
    figures.tell(&format!("history.{}.worst.p95", year.name), worst.0, "ms", Asked::AtMost(limit));
    Ok(())
}
