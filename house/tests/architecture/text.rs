//! Every text file of the project: no path of somebody's machine, no link that leads nowhere.

use super::tree::{TextFile, root, text_files};

/// Folders that a container or a script may name on any machine.
const EVERYWHERE: &[&str] = &["/app/", "/build/", "/opt/", "/src/", "/srv/", "/tmp/", "/usr/src/", "/var/tmp/"];

#[test]
fn no_file_names_a_path_of_one_machine() {
    // The folder this checkout stands in, whatever it is called today, and where people live.
    let here = root().parent().map(|p| format!("{}/", p.display())).filter(|p| p.len() > 2);
    let homes = ["home", "Users", "root"].map(|home| format!("/{home}/"));
    let words: Vec<String> = here.into_iter().chain(homes).filter(|w| !EVERYWHERE.contains(&w.as_str())).collect();
    let mut mistakes = Vec::new();
    for file in text_files() {
        for (n, line) in file.text.lines().enumerate() {
            if words.iter().any(|word| names_path(line, word)) {
                mistakes.push(format!("{}:{}: {}", file.path, n + 1, line.trim()));
            }
        }
    }
    assert!(mistakes.is_empty(), "a path that is true on one machine only:\n{}", mistakes.join("\n"));
}

/// Whether the line has the absolute path `word`: not as the middle of a longer, relative one.
fn names_path(line: &str, word: &str) -> bool {
    let goes_on = |c: char| c.is_alphanumeric() || "._-*}~".contains(c);
    line.match_indices(word).any(|(at, _)| !line[..at].ends_with(goes_on))
}

#[test]
fn a_link_in_a_document_leads_somewhere() {
    let mut mistakes = Vec::new();
    for file in text_files().iter().filter(|f| f.path.ends_with(".md")) {
        for link in links(&file.text) {
            let folder = root().join(&file.path).parent().expect("a file is in a folder").to_owned();
            if !folder.join(&link).exists() {
                mistakes.push(format!("{}: {link}", file.path));
            }
        }
    }
    assert!(mistakes.is_empty(), "links to files that do not exist:\n{}", mistakes.join("\n"));
}

/// The files named in backticks in the table "where each rule lives", and everywhere else in
/// `ARCHITECTURE.md`, exist: a map that names streets which are gone is worse than none.
#[test]
fn architecture_names_only_files_that_exist() {
    let files = text_files();
    let map = files.iter().find(|f| f.path == "ARCHITECTURE.md").expect("the project has an ARCHITECTURE.md");
    let mut named = 0;
    for word in map.text.split('`').skip(1).step_by(2) {
        let is_path = word.contains('/') && (word.ends_with(".rs") || word.ends_with(".toml") || word.ends_with('/'));
        if is_path && !word.contains(['*', '{', ' ', '<']) {
            named += 1;
            assert!(exists(&files, word), "ARCHITECTURE.md names `{word}`, which does not exist");
        }
    }
    assert!(named > 10, "ARCHITECTURE.md names {named} files: where does each rule live?");
}

fn exists(files: &[TextFile], word: &str) -> bool {
    match word.strip_suffix('/') {
        Some(_) => files.iter().any(|f| f.path.starts_with(word)),
        None => files.iter().any(|f| f.path == word),
    }
}

/// Targets of `[text](target)` that are files: no addresses, no anchors.
fn links(markdown: &str) -> Vec<String> {
    let targets = markdown.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let files = targets.filter(|t| !t.contains("://") && !t.starts_with("mailto:"));
    files.map(|t| t.split('#').next().unwrap_or_default().to_owned()).filter(|t| !t.is_empty()).collect()
}
