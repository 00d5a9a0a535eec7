//! A terminal that a test can type into and read: a tmux of its own, with a shell in it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use harness::program::binary;
use harness::wait::eventually;
use tempfile::TempDir;

/// A slow machine under a full test run.
const SOON: Duration = Duration::from_secs(20);

/// The program `tui`, beside `motcua`.
pub fn program() -> PathBuf {
    let program = binary().with_file_name("tui");
    assert!(program.is_file(), "the terminal is not built: run `cargo build -p motcua-tui` first");
    program
}

/// A terminal with a shell in it; it ends when dropped.
pub struct Tmux {
    /// Its socket, the home of its shell, what is saved.
    folder: TempDir,
}

impl Tmux {
    /// A terminal of a size.
    pub fn open(cols: u16, rows: u16) -> Self {
        let tmux = Self { folder: tempfile::tempdir().unwrap() };
        let (cols, rows) = (cols.to_string(), rows.to_string());
        let shell =
            "exec env -u NO_COLOR HOME=\"$PWD\" XDG_STATE_HOME=\"$PWD/state\" PS1='ready> ' bash --norc --noprofile";
        let started = tmux.command(&["new-session", "-d", "-x", &cols, "-y", &rows, shell]);
        assert!(started.status.success(), "tmux: {}", String::from_utf8_lossy(&started.stderr));
        tmux.until("a shell", |screen| screen.contains("ready>"));
        tmux.runs("stty -g > modes");
        tmux
    }

    /// Where its shell stands.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn command(&self, words: &[&str]) -> Output {
        Command::new("tmux")
            .current_dir(self.folder.path())
            // Not the user's own server or settings, and UTF-8 whatever the locale.
            .args(["-S", "socket", "-f", "/dev/null", "-u"])
            .args(words)
            .env_remove("TMUX")
            .stdin(Stdio::null())
            .output()
            .expect("tmux is installed")
    }

    /// Types characters, as an input method sends them.
    pub fn types(&self, text: &str) {
        self.command(&["send-keys", "-l", "--", text]);
    }

    /// Presses keys by their names in tmux (`Enter`, `C-c`).
    pub fn press(&self, keys: &[&str]) {
        self.command(&[&["send-keys"], keys].concat());
    }

    /// Types a line into the shell.
    pub fn runs(&self, line: &str) {
        self.types(line);
        self.press(&["Enter"]);
    }

    /// Starts the terminal on a site; its process id stands in the file `pid`.
    pub fn opens(&self, http: &str, site: &str, arguments: &str) {
        self.starts(&format!("--server http://{http} --site {site} {arguments}"));
    }

    /// Starts the terminal; when it ends, the screen says `ended` and its exit code.
    pub fn starts(&self, arguments: &str) {
        let program = program();
        self.runs(&format!("bash -c 'echo $$ > pid; exec {} {arguments}'; echo ended $?", program.display()));
    }

    /// The process id of the terminal that was started last.
    pub fn pid(&self) -> String {
        std::fs::read_to_string(self.folder().join("pid")).unwrap().trim().to_owned()
    }

    /// What stands on the screen.
    pub fn screen(&self) -> String {
        String::from_utf8(self.command(&["capture-pane", "-p"]).stdout).unwrap()
    }

    /// Waits until the screen is as wanted; gives it.
    pub fn until(&self, what: &str, is: impl Fn(&str) -> bool) -> String {
        eventually(SOON, what, || {
            let screen = self.screen();
            if is(&screen) { Ok(screen) } else { Err(format!("the screen is:\n{screen}")) }
        })
    }

    /// Waits until the screen has these words; gives it.
    pub fn shows(&self, words: &str) -> String {
        self.until(words, |screen| screen.contains(words))
    }

    /// The terminal is the shell's again: its own screen, a cursor, echo and lines.
    pub fn is_given_back(&self) {
        let state = self.command(&["display-message", "-p", "#{alternate_on} #{cursor_flag} #{mouse_any_flag}"]);
        assert_eq!(String::from_utf8_lossy(&state.stdout).trim(), "0 1 0", "alternate screen, cursor, mouse");
        self.runs("stty -g | cmp modes && echo same modes");
        self.until("the modes from before", |screen| screen.lines().any(|line| line == "same modes"));
        self.runs("clear");
        self.until("an empty screen", |screen| screen.trim() == "ready>");
    }
}

impl Tmux {
    /// The window is closed with whatever runs in it.
    pub fn closes(&self) {
        self.command(&["kill-server"]);
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        // Its own server, by its own socket.
        self.command(&["kill-server"]);
    }
}
