//! The files of the project, as the version control knows them.

use std::path::{Path, PathBuf};
use std::process::Command;

/// One text file of the project.
pub struct TextFile {
    /// Relative to the root, with `/`.
    pub path: String,
    pub text: String,
}

/// The root of the workspace: the parent of this crate.
pub fn root() -> PathBuf {
    let house = Path::new(env!("CARGO_MANIFEST_DIR"));
    house.parent().expect("the house stands in the workspace").to_owned()
}

/// Every text file that is tracked or about to be (not ignored): what is true of these is true of
/// the next commit. Where there is no repository (an unpacked archive), the folder is walked.
pub fn text_files() -> Vec<TextFile> {
    let root = root();
    let listed = Command::new("git")
        .current_dir(&root)
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .output()
        .ok()
        .filter(|output| output.status.success())
        .map(|output| String::from_utf8_lossy(&output.stdout).split('\0').map(str::to_owned).collect());
    let mut paths: Vec<String> = listed.unwrap_or_else(|| walk(&root));
    paths.sort();
    // A file that is not UTF-8 is no text; one deleted but still listed is no file.
    let read = |path: String| std::fs::read_to_string(root.join(&path)).ok().map(|text| TextFile { path, text });
    let files: Vec<TextFile> = paths.into_iter().filter(|p| !p.is_empty()).filter_map(read).collect();
    assert!(files.iter().any(|f| f.path == "Cargo.toml"), "the list of files lacks the root's Cargo.toml");
    files
}

fn walk(root: &Path) -> Vec<String> {
    let (mut open, mut found) = (vec![root.to_owned()], Vec::new());
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).expect("the project's folders can be read").flatten() {
            let (path, name) = (entry.path(), entry.file_name());
            let skipped = [".git", "target", "data", "node_modules"].iter().any(|s| name == *s);
            match path.is_dir() {
                true if !skipped => open.push(path),
                true => {}
                false => found.extend(path.strip_prefix(root).ok().map(|p| p.to_string_lossy().replace('\\', "/"))),
            }
        }
    }
    found
}
