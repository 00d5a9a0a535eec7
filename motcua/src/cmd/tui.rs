//! `motcua tui`.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, bail};
use serde::Deserialize;

use super::{demo, serve};
use crate::exit::BadInput;
use crate::supervisor;

/// Where a demonstration, `serve --discover` and an installation keep their data by default.
const USUAL: [&str; 3] = [demo::DATA, serve::DISCOVER_DATA, "data"];

/// Màn hình giám sát trong cửa sổ dòng lệnh.
///
/// Opens the supervisor's terminal on the demo or serve that runs here: finds the program tui
/// beside this one, and the address in the data directory. All other arguments are the terminal's
/// own (tui --help).
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The data directory of the one that runs [default: data/demo, data/discover, data]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,

    /// Passed on to the terminal, for example --lang en
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENTS")]
    rest: Vec<OsString>,
}

/// What the terminal needs to know of what runs.
#[derive(Debug, PartialEq, Deserialize)]
struct Running {
    http: String,
    /// Only a demonstration has one site for sure.
    site: Option<String>,
}

/// Becomes the terminal.
///
/// # Errors
/// When nothing runs here or the terminal is not built.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let running = find(args.data_dir.as_deref())?;
    let me = std::env::current_exe().context("cannot find this program's own file")?;
    let tui = me.with_file_name("tui");
    if !tui.is_file() {
        bail!("the terminal is not beside this program ({}); build it with `cargo build -p motcua-tui`", tui.display());
    }
    let error = Command::new(&tui).args(arguments(&running, args.rest)).exec();
    Err(error).with_context(|| format!("cannot start {}", tui.display()))
}

fn find(data_dir: Option<&Path>) -> anyhow::Result<Running> {
    let places = data_dir.map_or_else(|| USUAL.map(PathBuf::from).to_vec(), |dir| vec![dir.to_owned()]);
    let said = places.iter().find_map(|place| supervisor::running(place));
    let Some(said) = said else {
        let places: Vec<String> = places.iter().map(|place| place.display().to_string()).collect();
        let sentence = format!(
            "nothing runs in {}: start `motcua demo` first, or name the data directory of what runs with --data-dir",
            places.join(", ")
        );
        return Err(BadInput::because(sentence).into());
    };
    serde_json::from_str(&said).context("cannot read where it serves")
}

/// Server and site, unless they were given, then what was given.
fn arguments(running: &Running, rest: Vec<OsString>) -> Vec<OsString> {
    let given = |name: &str| {
        let with_value = format!("{name}=");
        rest.iter().any(|arg| arg == name || arg.to_string_lossy().starts_with(&with_value))
    };
    let mut all: Vec<OsString> = Vec::new();
    for (name, value) in [("--server", Some(&running.http)), ("--site", running.site.as_ref())] {
        if let Some(value) = value.filter(|_| !given(name)) {
            all.extend([name.into(), value.into()]);
        }
    }
    all.extend(rest);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(all: &[&str]) -> Vec<OsString> {
        all.iter().map(OsString::from).collect()
    }

    #[test]
    fn what_was_given_is_passed_on_and_wins() {
        let running = Running { http: "http://127.0.0.1:80".into(), site: Some("song-may".into()) };
        let passed = arguments(&running, words(&["--lang", "en"]));
        assert_eq!(passed, words(&["--server", "http://127.0.0.1:80", "--site", "song-may", "--lang", "en"]));
        let passed = arguments(&running, words(&["--site=x", "--server", "http://h"]));
        assert_eq!(passed, words(&["--site=x", "--server", "http://h"]));
        let without = Running { site: None, ..running };
        assert_eq!(arguments(&without, Vec::new()), words(&["--server", "http://127.0.0.1:80"]));
    }

    #[test]
    fn nothing_that_runs_is_told_in_one_sentence() {
        let dir = tempfile::tempdir().unwrap();
        let told = find(Some(dir.path())).unwrap_err();
        assert!(told.is::<BadInput>() && !told.to_string().contains('\n'), "{told}");
    }
}
