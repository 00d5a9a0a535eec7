//! Rust files: how long they are and what they must not say. (What clippy can hold, `unwrap` outside
//! tests, printing, clocks in `domain`, stands in `Cargo.toml` and in the two `clippy.toml`.)

use super::tree::{TextFile, text_files};

/// Three screens. Lines of code with their comments; unit tests in the file are not counted.
const LONGEST_FILE: usize = 400;

/// Files that may be longer, each with its reason. Keep this list short: a long file is nearly
/// always two ideas.
const LONGER: &[(&str, usize, &str)] = &[];

#[test]
fn a_file_fits_on_three_screens() {
    let mut mistakes = Vec::new();
    for file in rust_files() {
        let length = without_tests(&file.text).lines().count();
        let limit = LONGER.iter().find(|(path, _, _)| *path == file.path).map_or(LONGEST_FILE, |(_, limit, _)| *limit);
        if length > limit {
            mistakes.push(format!("{}: {length} lines, at most {limit}", file.path));
        }
    }
    assert!(mistakes.is_empty(), "split these by idea:\n{}", mistakes.join("\n"));
}

#[test]
fn an_exception_is_given_only_where_it_is_needed() {
    let files: Vec<TextFile> = rust_files().collect();
    for (path, limit, reason) in LONGER {
        let file = files.iter().find(|f| f.path == *path).unwrap_or_else(|| panic!("{path} is gone; drop its row"));
        let length = without_tests(&file.text).lines().count();
        assert!(length > LONGEST_FILE && length <= *limit, "{path} has {length} lines now; mend its row");
        assert!(reason.len() > 20, "{path}: say why");
    }
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

#[test]
fn tests_at_the_end_of_a_file_are_not_counted() {
    let file = "fn a() {}\n\n#[cfg(test)]\nmod tests {\n    x.unwrap();\n}\n";
    assert_eq!(without_tests(file), "fn a() {}\n\n");
    let helper = "#[cfg(test)]\nfn only_for_tests() {}\nfn b() {}\n";
    assert_eq!(without_tests(helper), helper);
}
