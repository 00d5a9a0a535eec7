//! Rust files: how long they are and what they must not say. (What clippy can hold, `unwrap` outside
//! tests, printing, clocks in `domain`, stands in `Cargo.toml` and in the two `clippy.toml`.)

use super::tree::{TextFile, text_files};

/// Three screens: lines of code, without blank ones, comments and the unit tests at a file's end.
const LONGEST_FILE: usize = 400;
/// One screen: lines of code between the `fn` and its last brace.
const LONGEST_FUNCTION: usize = 50;

/// Functions that may be longer, each with its reason: what is a table reads best in one piece.
const TABLES: &[(&str, &str, &str)] = &[
    ("dashboard/src/error.rs", "row", "a table: status, code and sentence of each error"),
    (
        "collector/src/run/mod.rs",
        "run",
        "the order in which everything starts, each step with what the one before made",
    ),
];

#[test]
fn a_file_fits_on_three_screens() {
    let mut mistakes = Vec::new();
    for file in rust_files() {
        let length = without_tests(&file.text).lines().filter(is_code).count();
        if length > LONGEST_FILE {
            mistakes.push(format!("{}: {length} lines, at most {LONGEST_FILE}", file.path));
        }
    }
    assert!(mistakes.is_empty(), "split these by idea:\n{}", mistakes.join("\n"));
}

#[test]
fn a_function_fits_on_one_screen() {
    let mut mistakes = Vec::new();
    for file in rust_files() {
        for (name, length) in functions(&file.text) {
            let is_table = TABLES.iter().any(|(path, function, _)| *path == file.path && *function == name);
            if length > LONGEST_FUNCTION && !is_table {
                mistakes.push(format!("{}: {name} has {length} lines, at most {LONGEST_FUNCTION}", file.path));
            }
        }
    }
    assert!(mistakes.is_empty(), "split these, or give a table its row in TABLES:\n{}", mistakes.join("\n"));
}

#[test]
fn nothing_is_left_open_and_no_test_is_switched_off() {
    // Written in two halves so that this list does not find itself.
    let open = [("to", "do!("), ("unimple", "mented!("), ("FIX", "ME"), ("TO", "DO"), ("#[ig", "nore")];
    let words: Vec<String> = open.iter().map(|(a, b)| format!("{a}{b}")).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let mistakes: Vec<String> = rust_files().flat_map(|file| places_in(&file.path, &file.text, &words)).collect();
    assert!(mistakes.is_empty(), "finish it, or leave it out:\n{}", mistakes.join("\n"));
}

fn rust_files() -> impl Iterator<Item = TextFile> {
    text_files().into_iter().filter(|f| f.path.ends_with(".rs"))
}

fn places_in(path: &str, text: &str, words: &[&str]) -> Vec<String> {
    let guilty = |line: &str| words.iter().any(|word| line.contains(word));
    let numbered = text.lines().enumerate().filter(|(_, line)| guilty(line));
    numbered.map(|(n, line)| format!("{path}:{}: {}", n + 1, line.trim())).collect()
}

/// The file up to its unit tests: the house style puts them last, under `#[cfg(test)]`.
fn without_tests(text: &str) -> &str {
    let mut before = 0;
    for line in text.split_inclusive('\n') {
        // At the left edge: a helper inside an `impl` may carry the attribute without ending the code.
        if line.starts_with("#[cfg(test)]") && text[before + line.len()..].trim_start().starts_with("mod tests") {
            return &text[..before];
        }
        before += line.len();
    }
    text
}

fn is_code(line: &&str) -> bool {
    let line = line.trim_start();
    !line.is_empty() && !line.starts_with("//")
}

/// Every function with its name and lines of code. The house's formatting is relied on: a function
/// ends with the first brace that stands as far in as its beginning.
fn functions(text: &str) -> Vec<(&str, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let Some((before, after)) = code.split_once("fn ") else { continue };
        let words = ["pub", "const", "async", "unsafe", "extern"];
        let begins = before.split(' ').all(|word| word.is_empty() || words.iter().any(|w| word.starts_with(w)));
        if !begins || code.ends_with(['}', ';', ',']) {
            continue;
        }
        let name = after.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
        let end = format!("{}}}", " ".repeat(line.len() - code.len()));
        let body = lines[at + 1..].iter().take_while(|line| **line != end);
        found.push((name, body.filter(|line| is_code(line)).count()));
    }
    found
}

#[test]
fn functions_are_measured_from_their_first_line_to_their_last() {
    let file = "impl A {\n    pub const fn b(&self) -> u8 {\n        // why\n        1\n    }\n}\n\nfn c() {\n    d();\n\n    e();\n}\n";
    assert_eq!(functions(file), [("b", 1), ("c", 2)]);
    assert_eq!(functions("trait T {\n    fn only_named(&self);\n}\nfn f() {}\n"), []);
}

#[test]
fn tests_at_the_end_of_a_file_are_not_counted() {
    let file = "fn a() {}\n\n#[cfg(test)]\nmod tests {\n    x.unwrap();\n}\n";
    assert_eq!(without_tests(file), "fn a() {}\n\n");
    let helper = "#[cfg(test)]\nfn only_for_tests() {}\nfn b() {}\n";
    assert_eq!(without_tests(helper), helper);
}
