//! `docs/reliability.md` names every scenario's tests, and only tests that are there.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn the_table_of_promises_names_every_test_and_no_other() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let page = fs::read_to_string(root.join("docs/reliability.md")).unwrap();
    let promised: BTreeSet<String> = page.split('`').skip(1).step_by(2).filter_map(scenario).collect();
    let mut there = BTreeSet::new();
    for file in sources(root) {
        let text = fs::read_to_string(&file).unwrap_or_default();
        let name = |line: &str| scenario(line.trim().trim_start_matches("async ").strip_prefix("fn ")?);
        there.extend(text.lines().filter_map(name));
    }
    assert!(there.len() > 10, "{there:?}");
    let missing: Vec<_> = there.difference(&promised).collect();
    assert!(missing.is_empty(), "docs/reliability.md does not name {missing:#?}");
    let unknown: Vec<_> = promised.difference(&there).collect();
    assert!(unknown.is_empty(), "docs/reliability.md names tests that do not exist: {unknown:#?}");
}

/// `r12_something` at the beginning of a text.
fn scenario(text: &str) -> Option<String> {
    let name: String = text.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    let (number, rest) = name.strip_prefix('r')?.split_once('_')?;
    let is_scenario = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) && !rest.is_empty();
    is_scenario.then_some(name)
}

/// Every Rust file of the project.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        let is_ours = name != "target" && !name.to_string_lossy().starts_with('.');
        if path.is_dir() && is_ours {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}
