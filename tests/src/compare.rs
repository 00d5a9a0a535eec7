//! A board as the dashboard gives it, beside the oracle's figures: equal to the millisecond.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::oracle::{CounterFigures, ServiceFigures, SiteFigures, WINDOW_MS};

/// What a comparison found.
#[derive(Debug, Default)]
pub struct Comparison {
    /// How many figures were compared.
    pub figures: usize,
    /// A line for each that differs.
    pub differences: Vec<String>,
}

impl Comparison {
    /// `Ok` when nothing differs.
    ///
    /// # Errors
    /// How many differ, and the first of them.
    pub fn agrees(&self) -> Result<usize, String> {
        if self.differences.is_empty() {
            return Ok(self.figures);
        }
        let shown = self.differences[..self.differences.len().min(12)].join("\n  ");
        Err(format!("{} of {} figures differ:\n  {shown}", self.differences.len(), self.figures))
    }

    /// Takes another comparison in.
    pub fn add(&mut self, other: Self) {
        self.figures += other.figures;
        self.differences.extend(other.differences);
    }

    /// Compares one figure.
    pub fn same(&mut self, what: &str, board: &Value, oracle: &Value) {
        self.figures += 1;
        if board != oracle {
            self.differences.push(format!("{what}: the board says {board}, the oracle {oracle}"));
        }
    }
}

/// Compares every figure of contract section 5 that the oracle knows.
#[must_use]
pub fn compare(board: &Value, oracle: &SiteFigures) -> Comparison {
    let mut found = Comparison::default();
    let site = board["site"].as_str().unwrap_or("?");
    found.same(&format!("{site} as_of"), &board["as_of"], &json!(oracle.as_of.to_string()));
    found.same(&format!("{site} business_day"), &board["business_day"], &json!(oracle.business_day));
    for (id, board, oracle) in rows(&board["services"], "service", &oracle.services) {
        match (board, oracle) {
            (Some(row), Some(figures)) => service(&mut found, &format!("{site} {id}"), row, figures),
            (row, _) => found.same(&format!("{site} has service {id}"), &json!(row.is_some()), &json!(row.is_none())),
        }
    }
    for (id, board, oracle) in rows(&board["counters"], "counter", &oracle.counters) {
        match (board, oracle) {
            (Some(row), Some(figures)) => counter(&mut found, &format!("{site} {id}"), row, figures),
            (row, _) => found.same(&format!("{site} has counter {id}"), &json!(row.is_some()), &json!(row.is_none())),
        }
    }
    found
}

/// Compares the ratings of the day.
#[must_use]
pub fn compare_ratings(board: &Value, oracle: &SiteFigures) -> Comparison {
    let mut found = Comparison::default();
    let (site, row) = (board["site"].as_str().unwrap_or("?"), &board["ratings"]);
    let mut same =
        |name: &str, board: &Value, oracle: Value| found.same(&format!("{site} ratings {name}"), board, &oracle);
    same("n", &row["n"], json!(oracle.ratings.n));
    same("by_level", &row["by_level"], json!(oracle.ratings.by_level));
    same("unbound", &row["unbound"], json!(oracle.ratings.unbound));
    found
}

/// The rows of both sides by their id.
fn rows<'a, F>(
    board: &'a Value,
    key: &str,
    oracle: &'a std::collections::BTreeMap<String, F>,
) -> Vec<(String, Option<&'a Value>, Option<&'a F>)> {
    let list = board.as_array().map_or(&[][..], Vec::as_slice);
    let of_board = |id: &str| list.iter().find(|row| row[key] == *id);
    let ids: BTreeSet<&str> =
        list.iter().filter_map(|row| row[key].as_str()).chain(oracle.keys().map(String::as_str)).collect();
    ids.into_iter().map(|id| (id.to_owned(), of_board(id), oracle.get(id))).collect()
}

fn service(found: &mut Comparison, what: &str, row: &Value, figures: &ServiceFigures) {
    let mut same = |name: &str, board: Value, oracle: Value| found.same(&format!("{what} {name}"), &board, &oracle);
    same("waiting", row["waiting"].clone(), json!(figures.waiting));
    same("longest_wait_s (ms)", ms(&row["longest_wait_s"]), json!(figures.longest_wait_ms));
    same("next", row["next"].clone(), json!(figures.next));
    same("window_s (ms)", ms(&row["window_s"]), json!(WINDOW_MS));
    same("called", row["called"].clone(), json!(figures.called));
    same("wait_mean_s (ms)", ms(&row["wait_mean_s"]), json!(figures.wait_mean_ms));
    same("wait_p50_s (ms)", ms(&row["wait_p50_s"]), json!(figures.wait_p50_ms));
    same("wait_p90_s (ms)", ms(&row["wait_p90_s"]), json!(figures.wait_p90_ms));
    same("arrivals", row["arrivals"].clone(), json!(figures.arrivals));
    same("abandoned", row["abandoned"].clone(), json!(figures.abandoned));
    same("open_counters", row["open_counters"].clone(), json!(figures.open_counters));
    same("estimate", estimate(row), json!("a range or a reason"));
}

/// The oracle estimates nothing: it asks for a range that is one, or for the reason why there is none.
fn estimate(row: &Value) -> Value {
    let (range, reason) = (&row["estimate"], &row["estimate_reason"]);
    let ends = range["p50_s"].as_f64().zip(range["p90_s"].as_f64());
    let is_range = reason.is_null() && ends.is_some_and(|(p50, p90)| (0.0..=p90).contains(&p50));
    let is_reasoned = range.is_null() && reason.is_string();
    if is_range || is_reasoned {
        json!("a range or a reason")
    } else {
        json!(format!("estimate {range}, estimate_reason {reason}"))
    }
}

fn counter(found: &mut Comparison, what: &str, row: &Value, figures: &CounterFigures) {
    let mut same = |name: &str, board: Value, oracle: Value| found.same(&format!("{what} {name}"), &board, &oracle);
    same("status", row["status"].clone(), json!(figures.status));
    same("ticket", row["ticket"].clone(), json!(figures.ticket));
    same("ticket_state", row["ticket_state"].clone(), json!(figures.ticket.as_ref().map(|_| "called")));
    same("served", row["served"].clone(), json!(figures.served));
    same("service_mean_s (ms)", ms(&row["service_mean_s"]), json!(figures.service_mean_ms));
    // Absent is not null: this reader may see it.
    let board = row.get("utilisation").cloned().unwrap_or_else(|| json!("absent"));
    // A quotient of the same whole numbers; the JSON reader here may be off in the last bit.
    let close = board.as_f64().zip(figures.utilisation).is_some_and(|(a, b)| (a - b).abs() < 1e-12);
    let oracle = if close { board.clone() } else { json!(figures.utilisation) };
    same("utilisation", board, oracle);
}

/// Seconds as whole milliseconds; what has more than three decimals stays as it is and differs.
fn ms(seconds: &Value) -> Value {
    let Some(number) = seconds.as_f64() else { return seconds.clone() };
    let ms = (number * 1_000.0).round();
    if (number * 1_000.0 - ms).abs() < 1e-6 { json!(ms as i64) } else { seconds.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::{Log, Oracle, TicketRow, happenings};

    /// One ticket waits, one is with a counter.
    fn figures() -> SiteFigures {
        let at = |text: &str| crate::oracle::Instant::parse(&format!("2020-01-02T{text}+01:00")).unwrap();
        let row = |number: &str, called: Option<&str>| TicketRow {
            ticket_id: format!("X-{number}"),
            site: "X".into(),
            service: "S".into(),
            priority: 0,
            issued: at("08:00:00"),
            called: called.map(at),
            finished: None,
            counter: called.map(|_| "Q1".into()),
            outcome: "served".into(),
        };
        let log = Log { tickets: vec![row("A1", Some("08:05:00")), row("A2", None)], snapshots: Vec::new() };
        let mut oracle = Oracle::default();
        happenings(&log).iter().for_each(|one| oracle.apply(one));
        oracle.site("x").unwrap().figures()
    }

    fn board() -> Value {
        json!({"site": "x", "as_of": "2020-01-02T07:05:00.000Z", "business_day": "2020-01-02",
            "services": [{"service": "s", "waiting": 1, "longest_wait_s": 300, "next": ["A2"], "window_s": 900,
                "called": 1, "wait_mean_s": 300.0, "wait_p50_s": 300, "wait_p90_s": 300, "arrivals": 2, "abandoned": 0,
                "open_counters": null, "estimate": null, "estimate_reason": "not_enough_history"}],
            "counters": [{"counter": "q1", "status": "open", "ticket": "A1", "ticket_state": "called", "served": 0,
                "service_mean_s": null, "utilisation": 0}]})
    }

    #[test]
    fn the_same_figures_agree() {
        assert_eq!(compare(&board(), &figures()).agrees(), Ok(20));
        let mut promised = board();
        promised["services"][0]["estimate"] = json!({"p50_s": 60, "p90_s": 60.5});
        promised["services"][0]["estimate_reason"] = Value::Null;
        assert_eq!(compare(&promised, &figures()).agrees(), Ok(20));
    }

    #[test]
    fn whatever_is_changed_is_told() {
        for (list, key) in [("services", "service"), ("counters", "counter")] {
            let fields: Vec<String> = board()[list][0].as_object().unwrap().keys().cloned().collect();
            for field in fields.iter().filter(|field| *field != key) {
                let mut changed = board();
                changed[list][0][field] = if field == "estimate_reason" { Value::Null } else { json!(77.0001) };
                let found = compare(&changed, &figures());
                assert_eq!(found.differences.len(), 1, "{field}: {found:?}");
            }
            let mut gone = board();
            gone[list] = json!([]);
            assert!(compare(&gone, &figures()).agrees().is_err(), "no {list}");
        }
        for (range, reason) in [
            (json!({"p50_s": 61, "p90_s": 60}), Value::Null),
            (json!({"p50_s": -1, "p90_s": 60}), Value::Null),
            (json!({"p50_s": 1}), Value::Null),
            (json!({"p50_s": 1, "p90_s": 2}), json!("not_enough_history")),
            (Value::Null, Value::Null),
        ] {
            let mut wrong = board();
            (wrong["services"][0]["estimate"], wrong["services"][0]["estimate_reason"]) = (range, reason);
            assert_eq!(compare(&wrong, &figures()).differences.len(), 1, "{wrong}");
        }
        let mut hidden = board();
        hidden["counters"][0].as_object_mut().unwrap().remove("utilisation");
        assert!(compare(&hidden, &figures()).agrees().is_err());
    }
}
