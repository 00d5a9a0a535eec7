//! Random days, random questions: the answer is that of the oracle, and wholes are those of their parts.

use std::collections::BTreeMap;

use domain::facts::Date;
use history::answer::{Answer, By, Compare, Figure, Question, ask};
use history::memory::Memory;
use proptest::prelude::*;

use super::oracle::expect;
use super::world::{Thing, days, random};

/// A Monday.
const FROM: Date = 20_780;
const TO: Date = FROM + 45;

fn questions(seed: u64, figure: Figure) -> Question {
    let mut random = fastrand::Rng::with_seed(seed);
    let from = FROM - 3 + random.i32(0..30);
    let to = from + random.i32(0..25);
    let sites: &[&str] = [&[][..], &["hoi-an"], &["que-son"], &["hoi-an", "tam-ky"]][random.usize(..4)];
    let mut question = Question::new(sites.iter().map(|site| site.parse().unwrap()).collect(), figure, from, to);
    let possible: Vec<By> = figure.possible();
    question.by = (0..random.usize(..4)).filter_map(|_| random.choice(possible.iter().copied())).collect();
    if figure.can_be_by(By::Service) && random.u8(..3) == 0 {
        question.only.service = Some("dat-dai".parse().unwrap());
    }
    if figure.can_be_by(By::Department) && random.u8(..4) == 0 {
        question.only.department = Some("so-tu-phap".parse().unwrap());
    }
    if figure.can_be_by(By::Officer) && random.u8(..4) == 0 {
        question.only.officer = Some("an".parse().unwrap());
    }
    if figure.can_be_by(By::Field) && random.u8(..5) == 0 {
        question.only.field = Some("tu-phap".parse().unwrap());
    }
    if figure.can_be_by(By::Counter) && random.u8(..5) == 0 {
        question.only.counter = Some("q1".parse().unwrap());
    }
    question
}

fn near(a: Option<f64>, b: Option<f64>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= 1.1e-6 + b.abs() * 1e-12,
        (a, b) => a == b,
    }
}

fn same(answer: &Answer, question: &Question, things: &[Thing]) -> Result<(), TestCaseError> {
    let (mut rows, complete) = expect(question, things);
    for row in &answer.rows {
        let group: Vec<Option<String>> = row.group.iter().map(|member| member.code.clone()).collect();
        let expected = rows.remove(&group);
        prop_assert!(expected.is_some(), "{question:?}: a row {group:?} that should not be");
        for ((column, value), (expected, n)) in answer.columns.iter().zip(&row.values).zip(expected.unwrap()) {
            let told = format!("{question:?}\n{group:?} {}: {value:?}, expected {expected:?} of {n}", column.key);
            prop_assert!(near(value.value, expected) && value.n == n, "{}", told);
            prop_assert!(value.value.is_none() == value.missing.is_some(), "{}", told);
            let whole = match (value.completeness, complete[&group]) {
                (Some(a), Some(b)) => a <= b + 1e-9 && b - a < 1.01e-4,
                (a, b) => a == b,
            };
            prop_assert!(whole, "{} completeness {:?}", told, complete[&group]);
        }
    }
    prop_assert!(rows.is_empty(), "{question:?}: rows missing: {:?}", rows.keys().collect::<Vec<_>>());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_answer_is_that_of_the_oracle(seed: u64) {
        let things = random(seed, FROM, TO);
        let store = Memory::new(days(&things));
        for (ix, figure) in Figure::ALL.iter().copied().enumerate() {
            for more in 0..3_u64 {
                let question = questions(seed ^ (ix as u64) << 8 ^ more, figure);
                same(&ask(&store, &question).unwrap(), &question, &things)?;
            }
        }
    }

    #[test]
    fn what_it_is_compared_with_is_the_answer_of_that_period(seed: u64) {
        let store = Memory::new(days(&random(seed, FROM, TO)));
        for figure in Figure::ALL {
            let mut question = questions(seed ^ 77, *figure);
            question.by.retain(|by| !matches!(by, By::Day | By::Week | By::Month));
            question.compare = [Compare::Previous, Compare::Year].get(seed as usize % 2).copied();
            let answer = ask(&store, &question).unwrap();
            let Some((_, before)) = answer.compare else { unreachable!("it was asked for") };
            let then = Question { from: before.from, to: before.to, compare: None, ..question.clone() };
            for row in ask(&store, &then).unwrap().rows {
                let beside = answer.rows.iter().find(|other| other.group == row.group);
                // A weekday that the asked days do not have stands beside nothing.
                if beside.is_some() || !question.by.contains(&By::Weekday) {
                    prop_assert_eq!(Some(&row.values), beside.map(|beside| &beside.before), "{:?}", question);
                }
            }
        }
    }

    #[test]
    fn counts_of_a_whole_are_those_of_its_parts(seed: u64) {
        let store = Memory::new(days(&random(seed, FROM, TO)));
        for figure in Figure::ALL.iter().copied().filter(|figure| *figure != Figure::Zones) {
            let question = |by: &[By]| Question { by: by.to_vec(), ..Question::new(Vec::new(), figure, FROM, TO) };
            let counts = |by: &[By]| {
                let answer = ask(&store, &question(by)).unwrap();
                let mut sums: BTreeMap<&str, f64> = BTreeMap::new();
                for row in &answer.rows {
                    for (column, value) in answer.columns.iter().zip(&row.values) {
                        if column.unit == history::answer::Unit::Count {
                            *sums.entry(column.key).or_default() += value.value.unwrap_or(0.0);
                        }
                    }
                }
                sums
            };
            let whole = counts(&[]);
            for by in [vec![By::Hour, By::Weekday], vec![By::Day], vec![By::Week, By::Site], vec![By::Month], vec![By::Service], vec![By::Field, By::Month]] {
                if by.iter().all(|by| figure.can_be_by(*by)) {
                    prop_assert_eq!(&whole, &counts(&by), "{:?} {:?}", figure, by);
                }
            }
        }
    }
}
