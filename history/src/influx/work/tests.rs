//! The table of answers without a server.

#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;

fn lines(n: i64) -> Vec<Line> {
    (0..n).map(|seq| Line { seq, bucket: Bucket::Hour, text: format!("m,n={seq} v={seq}i 1").into_bytes() }).collect()
}

/// What is left when a server that answers like this has had its say.
struct End {
    done: Vec<i64>,
    dead: Vec<i64>,
    requests: usize,
    gave_up: bool,
}

fn against(n: i64, mut server: impl FnMut(&[&[u8]]) -> Outcome) -> End {
    let mut work = Work::new(lines(n)).unwrap();
    let mut end = End { done: Vec::new(), dead: Vec::new(), requests: 0, gave_up: false };
    let next = |work: &Work| work.lines().map(|lines| lines.map(<[u8]>::to_vec).collect::<Vec<_>>());
    while let Some(sent) = next(&work) {
        let verdict = work.judge(server(&sent.iter().map(Vec::as_slice).collect::<Vec<_>>()));
        end.requests += 1;
        end.done.extend(verdict.done);
        end.dead.extend(verdict.dead.into_iter().map(|(seq, _)| seq));
        end.gave_up |= matches!(verdict.pause, Pause::Minutes(..));
        assert!(end.requests < 20_000);
    }
    end.done.sort_unstable();
    end
}

fn is(line: &[u8], n: i64) -> bool {
    line.starts_with(format!("m,n={n} ").as_bytes())
}

#[test]
fn one_line_that_the_server_cannot_digest_is_found_and_put_aside() {
    for answer in [Outcome::Failed("HTTP 500".into()), Outcome::BadLines("nothing named".into()), Outcome::TooLarge] {
        for bad in [0, 1, 777, 4_999] {
            let poison = |sent: &[&[u8]]| {
                if sent.iter().any(|line| is(line, bad)) { answer.clone() } else { Outcome::Accepted }
            };
            let end = against(5_000, poison);
            assert_eq!((end.dead, end.done.len()), (vec![bad], 4_999));
            assert!(end.requests < 60 && !end.gave_up, "{}", end.requests);
        }
    }
}

#[test]
fn a_server_that_takes_no_line_costs_none() {
    for answer in [Outcome::Failed("HTTP 500".into()), Outcome::BadLines("nothing named".into()), Outcome::TooLarge] {
        for n in [1, 2, 100] {
            let end = against(n, |_| answer.clone());
            assert!(end.dead.is_empty() && end.done.is_empty() && end.gave_up, "{answer:?} {n}");
        }
    }
}

#[test]
fn a_server_that_fails_for_a_while_costs_no_line() {
    for first in 0..80 {
        for lasts in 0..40 {
            let mut request = 0;
            let end = against(30, |_| {
                request += 1;
                let fails = (first..first + lasts).contains(&request);
                if fails { Outcome::Failed("HTTP 500".into()) } else { Outcome::Accepted }
            });
            assert!(end.dead.is_empty(), "{first} {lasts}: {:?}", end.dead);
            assert!(end.gave_up || end.done.len() == 30, "{first} {lasts}");
        }
    }
}

#[test]
fn lines_that_the_server_names_are_put_aside_at_once() {
    let mut said = false;
    let end = against(100, |sent| {
        if std::mem::replace(&mut said, true) {
            return Outcome::Accepted;
        }
        let bad = [3, 5].map(|n| format!("unable to parse '{}': it's: bad", String::from_utf8_lossy(sent[n])));
        Outcome::BadLines(bad.join("\n"))
    });
    assert_eq!((end.dead, end.done.len(), end.requests), (vec![3, 5], 98, 2));
}

#[test]
fn of_a_partial_write_only_what_can_be_told_is_put_aside() {
    let message = r#"partial write: field type conflict: input field "v" on measurement "m" is type float, already exists as type integer dropped=1"#;
    let mut batch = lines(10);
    batch[4].text = b"m,n=4 v=1.5 1".to_vec();
    assert_eq!(told(&batch, Some(1), message), [4]);
    assert!(told(&batch, Some(2), message).is_empty());
    assert!(told(&batch, Some(1), "points outside retention policy dropped=1").is_empty());
    let end = against(10, |_| Outcome::Partial { dropped: Some(3), message: "retention".into() });
    assert_eq!((end.done.len(), end.dead.len(), end.requests), (10, 0, 1));
}
