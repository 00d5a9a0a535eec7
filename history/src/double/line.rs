//! Line protocol, read by the rules of the server: what it takes, what it refuses, in its words.

use super::point::{Point, Value};

/// Nanoseconds of one unit of a request's precision; `None`: it is none of the four that there are.
pub fn precision(text: &str) -> Option<i64> {
    match text {
        "" | "ns" => Some(1),
        "us" => Some(1_000),
        "ms" => Some(1_000_000),
        "s" => Some(1_000_000_000),
        _ => None,
    }
}

/// All points of a body, or every line that is wrong: one bad line and nothing is taken.
///
/// # Errors
/// The sentences about the bad lines, in their order.
pub fn body(bytes: &[u8], unit: i64, now: i64) -> Result<Vec<Point>, Vec<String>> {
    let (mut points, mut bad) = (Vec::new(), Vec::new());
    let mut at = 0;
    while at < bytes.len() {
        let end = line_end(bytes, at);
        let line = &bytes[skip_blank(bytes, at).min(end)..end];
        at = end + 1;
        if line.is_empty() || line[0] == b'#' {
            continue;
        }
        match point(line, unit, now) {
            Ok(point) => points.push(point),
            Err(why) => bad.push(format!("unable to parse '{}': {why}", String::from_utf8_lossy(line))),
        }
    }
    if bad.is_empty() { Ok(points) } else { Err(bad) }
}

fn skip_blank(bytes: &[u8], at: usize) -> usize {
    at + bytes[at..].iter().take_while(|b| matches!(b, b' ' | b'\t' | 0)).count()
}

/// Where the line that begins at `at` ends. Two traps: a newline inside the quotes of a field does
/// not end it, nor does one after a backslash.
fn line_end(bytes: &[u8], mut at: usize) -> usize {
    let (mut fields, mut quoted, mut equals, mut commas) = (false, false, 0, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if at + 2 < bytes.len() => at += 1,
            b' ' => fields = true,
            b'=' if fields && !quoted => equals += 1,
            b',' if fields && !quoted => commas += 1,
            b'"' if fields && equals > commas => quoted = !quoted,
            b'\n' if !quoted => break,
            _ => {}
        }
        at += 1;
    }
    at
}

fn point(line: &[u8], unit: i64, now: i64) -> Result<Point, String> {
    let (measurement, tags, at) = key(line)?;
    let start = skip_blank(line, at);
    let end = fields_end(line, start)?;
    if start == end {
        return Err("missing fields".into());
    }
    let fields = fields(&line[start..end])?;
    let at = skip_blank(line, end);
    let stamp = line[at..].iter().take_while(|b| **b != b' ').count();
    let time = match std::str::from_utf8(&line[at..at + stamp]).map_err(|_| "bad timestamp")? {
        "" => now,
        text => {
            let digits = text.strip_prefix('-').unwrap_or(text);
            if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
                return Err("bad timestamp".into());
            }
            let outside = || format!("time outside range {} - {}", i64::MIN + 2, i64::MAX - 1);
            let time = text.parse::<i64>().ok().and_then(|time| time.checked_mul(unit)).ok_or_else(outside)?;
            // The two outermost values at each end are the server's own.
            if (i64::MIN + 2..i64::MAX).contains(&time) { Ok(time) } else { Err(outside()) }?
        }
    };
    if line[at + stamp..].iter().any(|b| *b != b' ') {
        return Err("point is invalid".into());
    }
    Ok(Point { measurement, tags, time, fields })
}

type Key = (String, Vec<(String, String)>, usize);

/// Where an unescaped byte of `ends` comes first, from `at` on. A byte is escaped when the one
/// before it is a backslash, whatever stands before that.
fn until(line: &[u8], at: usize, ends: &[u8]) -> usize {
    (at..line.len()).find(|i| ends.contains(&line[*i]) && (*i == 0 || line[*i - 1] != b'\\')).unwrap_or(line.len())
}

fn key(line: &[u8]) -> Result<Key, String> {
    if line[0] == b',' {
        return Err("missing measurement".into());
    }
    let mut at = until(line, 0, b", ");
    let measurement = unescaped(&line[..at], b", ");
    let mut tags = Vec::new();
    while at < line.len() && line[at] == b',' {
        let start = at + 1;
        if start >= line.len() || matches!(line[start], b' ' | b',' | b'=') {
            return Err("missing tag key".into());
        }
        let equals = until(line, start, b"=, ");
        if equals >= line.len() || line[equals] != b'=' || equals + 1 >= line.len() {
            return Err("missing tag value".into());
        }
        if matches!(line[equals + 1], b',' | b' ') {
            return Err("missing tag value".into());
        }
        // An equals sign right at the start is let through: only later ones are looked at.
        at = until(line, equals + 2, b"=, ");
        if at < line.len() && line[at] == b'=' {
            return Err("invalid tag format".into());
        }
        tags.push((unescaped(&line[start..equals], b",= "), unescaped(&line[equals + 1..at], b",= ")));
    }
    if at >= line.len() {
        return Err("missing fields".into());
    }
    if at > 65_535 {
        return Err(format!("max key length exceeded: {at} > 65535"));
    }
    tags.sort();
    if tags.windows(2).any(|pair| pair[0].0 == pair[1].0) {
        return Err("duplicate tags".into());
    }
    if let Some((key, _)) = tags.iter().find(|(key, _)| matches!(key.as_str(), "_measurement" | "_field")) {
        return Err(format!("cannot use reserved tag key {key:?}"));
    }
    Ok((measurement, tags, at))
}

/// Where the block of fields ends, if its form is right.
fn fields_end(line: &[u8], start: usize) -> Result<usize, String> {
    let (mut at, mut quoted, mut equals, mut commas) = (start, false, 0_u32, 0_u32);
    let escaped = |at: usize| at >= start + 2 && line[at - 2] == b'\\';
    while at < line.len() {
        match line[at] {
            b'\\' if at + 1 < line.len() => at += 1,
            b'"' if equals > commas => quoted = !quoted,
            b'=' if !quoted => {
                equals += 1;
                if at == start || (matches!(line[at - 1], b' ' | b',') && !escaped(at)) {
                    return Err("missing field key".into());
                }
                match line.get(at + 1) {
                    None | Some(b',' | b' ') => return Err("missing field value".into()),
                    Some(b'"') => {}
                    Some(_) => at = until_plain(line, at + 1) - 1,
                }
            }
            b',' if !quoted => commas += 1,
            b' ' if !quoted => break,
            _ => {}
        }
        at += 1;
    }
    if quoted {
        return Err("unbalanced quotes".into());
    }
    if at > start && (equals == 0 || commas + 1 != equals) {
        return Err("invalid field format".into());
    }
    Ok(at)
}

/// The end of a number or a truth value: nothing in it can be escaped.
fn until_plain(line: &[u8], at: usize) -> usize {
    at + line[at..].iter().take_while(|b| !matches!(b, b',' | b' ')).count()
}

fn fields(block: &[u8]) -> Result<Vec<(String, Value)>, String> {
    let mut fields: Vec<(String, Value)> = Vec::new();
    let mut at = 0;
    while at < block.len() {
        let equals = until(block, at, b"=");
        let key = unescaped(&block[at..equals], b",\" =");
        let start = (equals + 1).min(block.len());
        let end = if block.get(start) == Some(&b'"') { string_end(block, start) } else { until_plain(block, start) };
        let value = value(&block[start..end])?;
        if block.get(end).is_some_and(|b| *b != b',') {
            return Err("invalid field format".into());
        }
        at = end + 1;
        // Named twice in a line: the later one holds.
        fields.retain(|(known, _)| *known != key);
        fields.push((key, value));
    }
    fields.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(fields)
}

/// Where a value that begins with a quote ends: at the first comma outside quotes. What stands behind
/// its last quote is swallowed.
fn string_end(block: &[u8], start: usize) -> usize {
    let (mut at, mut quoted) = (start, false);
    while at < block.len() {
        match block[at] {
            b'\\' if matches!(block.get(at + 1), Some(b'"' | b'\\')) => at += 1,
            b'"' => quoted = !quoted,
            b',' if !quoted => break,
            _ => {}
        }
        at += 1;
    }
    at.min(block.len())
}

fn value(text: &[u8]) -> Result<Value, String> {
    // The server cuts off the first and the last byte, whatever the last one is.
    if let [b'"', inner @ .., _] = text {
        return Ok(Value::Text(unescaped(inner, b"\"\\")));
    }
    let text = std::str::from_utf8(text).map_err(|_| "invalid boolean")?;
    match text {
        "t" | "T" | "true" | "True" | "TRUE" => return Ok(Value::Bool(true)),
        "f" | "F" | "false" | "False" | "FALSE" => return Ok(Value::Bool(false)),
        _ => {}
    }
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | 'N' | 'n')) {
        return Err("invalid boolean".into());
    }
    number(text)
}

fn number(text: &str) -> Result<Value, String> {
    let whole = |digits: &str| {
        let digits = digits.strip_prefix('-').unwrap_or(digits);
        !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
    };
    if let Some(digits) = text.strip_suffix('i') {
        let refused =
            || format!("unable to parse integer {digits}: strconv.ParseInt: parsing {digits:?}: value out of range");
        return if whole(digits) {
            digits.parse().map(Value::Int).map_err(|_| refused())
        } else {
            Err("invalid number".into())
        };
    }
    if let Some(digits) = text.strip_suffix('u') {
        let refused =
            || format!("unable to parse unsigned {digits}: strconv.ParseUint: parsing {digits:?}: value out of range");
        return if whole(digits) {
            digits.parse().map(Value::Uint).map_err(|_| refused())
        } else {
            Err("invalid number".into())
        };
    }
    // Rust's own reader knows words (inf, NaN) that are no numbers here.
    let shaped = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'));
    match text.parse::<f64>() {
        Ok(number) if shaped && number.is_finite() => Ok(Value::Float(number)),
        Ok(_) if shaped => Err("invalid float".into()),
        _ => Err("invalid number".into()),
    }
}

/// Takes away each backslash that stands before one of `marks`; others stay.
fn unescaped(text: &[u8], marks: &[u8]) -> String {
    let mut plain = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        if text[at] == b'\\' && text.get(at + 1).is_some_and(|next| marks.contains(next)) {
            at += 1;
        }
        plain.push(text[at]);
        at += 1;
    }
    String::from_utf8_lossy(&plain).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Result<Point, String> {
        match body(text.as_bytes(), 1, 7) {
            Ok(mut points) => Ok(points.pop().expect("a point")),
            Err(mut bad) => Err(bad.pop().expect("a sentence")),
        }
    }

    #[test]
    fn what_is_right_is_read() {
        let point = one(r#"m\ x\,y,b=2,a\ k=v\=\,\ z i=3i,u=4u,f=-1.5e3,t=T,s="a \"q\" \\ b, c=d" 42"#).unwrap();
        assert_eq!(point.measurement, "m x,y");
        assert_eq!(point.tags, [("a k".into(), "v=, z".into()), ("b".into(), "2".into())]);
        let fields: Vec<_> = point.fields.iter().map(|(key, value)| (key.as_str(), value.clone())).collect();
        assert_eq!(
            fields,
            [
                ("f", Value::Float(-1500.0)),
                ("i", Value::Int(3)),
                ("s", Value::Text(r#"a "q" \ b, c=d"#.into())),
                ("t", Value::Bool(true)),
                ("u", Value::Uint(4)),
            ]
        );
        assert_eq!(point.time, 42);
        assert_eq!(one("m a=1").unwrap().time, 7);
    }

    #[test]
    fn what_is_wrong_is_refused_in_the_servers_words() {
        for (line, why) in [
            (",t=1 a=1", "missing measurement"),
            ("m, a=1", "missing tag key"),
            ("m,t a=1", "missing tag value"),
            ("m,t= a=1", "missing tag value"),
            ("m,t=1,t=2 a=1", "duplicate tags"),
            ("m,t=1=2 a=1", "invalid tag format"),
            ("m,_field=1 a=1", "cannot use reserved tag key \"_field\""),
            ("m", "missing fields"),
            ("m ", "missing fields"),
            ("m,t=1", "missing fields"),
            ("m =1", "missing field key"),
            ("m a=", "missing field value"),
            ("m a=1,=2", "missing field key"),
            ("m a=1,b", "invalid field format"),
            ("m a", "invalid field format"),
            ("m a=NaN", "invalid number"),
            ("m a=inf", "invalid boolean"),
            ("m a=1.5i", "invalid number"),
            ("m a=-", "invalid number"),
            ("m a=1e999", "invalid float"),
            ("m a=maybe", "invalid boolean"),
            ("m a=\"x", "unbalanced quotes"),
            ("m a=1 12x", "bad timestamp"),
            ("m a=1 12 13", "point is invalid"),
            ("m a=99999999999999999999i", "unable to parse integer"),
            ("m a=1 9223372036854775807", "time outside range"),
        ] {
            let told = one(line).unwrap_err();
            let shown = line.trim_start();
            assert!(told.starts_with(&format!("unable to parse '{shown}': {why}")), "{line:?}: {told}");
        }
    }

    #[test]
    fn one_bad_line_takes_all_with_it_and_each_is_named() {
        let bad = body(b"m a=1 1\nm a= 2\n# note\n\nm b=1 3\n,x a=1\n", 1, 0).unwrap_err();
        assert_eq!(
            bad,
            ["unable to parse 'm a= 2': missing field value", "unable to parse ',x a=1': missing measurement"]
        );
        assert_eq!(body(b"\n \n# nothing\n", 1, 0).unwrap(), []);
    }

    #[test]
    fn quotes_and_backslashes_swallow_line_ends() {
        // A text that ends in a lone backslash takes the closing quote and the next line with it.
        let points = body(b"m s=\"a\\\" 1\nm s=\"b\" 2\nm i=1i 3\n", 1, 0);
        assert!(points.is_err() || points.as_ref().is_ok_and(|points| points.len() < 3), "{points:?}");
        let points = body(b"m s=\"a\nb\" 1\n", 1, 0).unwrap();
        assert_eq!(points[0].fields, [("s".into(), Value::Text("a\nb".into()))]);
        // A newline in a tag value splits the line.
        assert!(body(b"m,t=a\nb i=1i 1\n", 1, 0).is_err());
    }

    #[test]
    fn precision_is_one_of_four() {
        assert_eq!(
            ["", "ns", "us", "ms", "s", "m"].map(precision).map(|unit| unit.unwrap_or(0)),
            [1, 1, 1_000, 1_000_000, 1_000_000_000, 0]
        );
        assert_eq!(body(b"m a=1 3", 1_000_000, 0).unwrap()[0].time, 3_000_000);
    }
}
