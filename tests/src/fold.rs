//! A screen's half of contract section 4, written on plain JSON: the board is a snapshot and the
//! deltas after it.

use serde_json::{Map, Value};

/// The lists whose rows are replaced by their key, and what the key is.
const KEYED: &[(&str, &[&str])] = &[
    ("services", &["service"]),
    ("counters", &["counter"]),
    ("calls", &["call_seq"]),
    ("missed", &["ticket"]),
    ("zones", &["camera", "zone"]),
    ("devices", &["device"]),
    ("alerts", &["alert"]),
];

/// Brings a board to the delta's `seq`.
///
/// # Errors
/// When the delta does not follow this board (its `prev` is another `seq`), or is not a delta.
pub fn fold(board: &mut Value, delta: &Value) -> Result<(), String> {
    let (Some(board), Some(delta)) = (board.as_object_mut(), delta.as_object()) else {
        return Err("a board and a delta are objects".to_owned());
    };
    if delta.get("type") != Some(&Value::from("delta")) || delta.get("prev") != board.get("seq") {
        return Err(format!("{:?} does not follow the board {:?}", delta.get("prev"), board.get("seq")));
    }
    remove_rows(board, delta.get("removed"));
    for (name, changed) in delta {
        match KEYED.iter().find(|(list, _)| list == name) {
            Some((_, key)) => replace_rows(board, name, key, changed)?,
            None if ["type", "prev", "removed"].contains(&name.as_str()) => {}
            // Scalars, `ratings`, `ingest` and whatever is added one day: replaced whole.
            None => drop(board.insert(name.clone(), changed.clone())),
        }
    }
    Ok(())
}

/// The board with every keyed list in the order of its keys: two boards are the same when these
/// are equal. (`calls` are newest first; their order is checked where they are read.)
#[must_use]
pub fn in_key_order(board: &Value) -> Value {
    let mut board = board.clone();
    for (name, key) in KEYED {
        if let Some(rows) = board.get_mut(*name).and_then(Value::as_array_mut) {
            rows.sort_by_key(|row| key_of(row, key));
        }
    }
    board
}

fn replace_rows(board: &mut Map<String, Value>, name: &str, key: &[&str], changed: &Value) -> Result<(), String> {
    let rows = board.entry(name).or_insert_with(|| Value::Array(Vec::new()));
    let (Some(rows), Some(changed)) = (rows.as_array_mut(), changed.as_array()) else {
        return Err(format!("{name} is not a list"));
    };
    for row in changed {
        let same = rows.iter_mut().find(|old| key_of(old, key) == key_of(row, key));
        match same {
            Some(old) => *old = row.clone(),
            None => rows.push(row.clone()),
        }
    }
    Ok(())
}

fn remove_rows(board: &mut Map<String, Value>, removed: Option<&Value>) {
    for (name, gone) in removed.and_then(Value::as_object).into_iter().flatten() {
        let Some((_, key)) = KEYED.iter().find(|(list, _)| list == name) else { continue };
        let gone: Vec<String> = gone.as_array().into_iter().flatten().map(word).collect();
        if let Some(rows) = board.get_mut(name).and_then(Value::as_array_mut) {
            rows.retain(|row| !gone.contains(&key_of(row, key)));
        }
    }
}

/// The words of a key, joined as `removed` writes them.
fn key_of(row: &Value, key: &[&str]) -> String {
    key.iter().map(|field| word(&row[*field])).collect::<Vec<_>>().join("+")
}

fn word(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        // Padded, so that the order of the texts is the order of the numbers.
        Value::Number(number) => format!("{:0>20}", number.to_string()),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn board() -> Value {
        json!({"seq": 5, "as_of": "a", "ratings": {"n": 1, "unbound": 0},
            "services": [{"service": "s1", "waiting": 1, "note": "old"}, {"service": "s2", "waiting": 2}],
            "zones": [{"camera": "c", "zone": "z", "level": 0.5}],
            "calls": [{"call_seq": 9, "ticket": "A"}]})
    }

    #[test]
    fn rows_are_replaced_whole_by_their_key() {
        let mut board = board();
        let delta = json!({"type": "delta", "prev": 5, "seq": 8, "as_of": "b", "ratings": {"n": 2},
            "services": [{"service": "s3", "waiting": 0}, {"service": "s1", "waiting": null}],
            "removed": {"services": ["s2"], "zones": ["c+z"], "calls": [9]}});
        fold(&mut board, &delta).unwrap();
        let expected = json!({"seq": 8, "as_of": "b", "ratings": {"n": 2}, "zones": [], "calls": [],
            "services": [{"service": "s1", "waiting": null}, {"service": "s3", "waiting": 0}]});
        assert_eq!(in_key_order(&board), expected);
    }

    #[test]
    fn a_delta_of_another_board_changes_nothing() {
        let mut changed = board();
        let delta = json!({"type": "delta", "prev": 6, "seq": 8, "as_of": "b"});
        assert!(fold(&mut changed, &delta).is_err());
        assert_eq!(changed, board());
    }

    #[test]
    fn null_is_a_value() {
        let mut board = board();
        fold(&mut board, &json!({"type": "delta", "prev": 5, "seq": 6, "as_of": "b", "name": null})).unwrap();
        assert_eq!(board.get("name"), Some(&Value::Null));
    }
}
