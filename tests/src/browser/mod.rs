//! A real Chromium without a window, spoken to over its DevTools protocol: what people see on a
//! screen is measured where it is drawn.

mod line;
mod page;
mod seen;

use std::cell::RefCell;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, getuid, kill_process};
use serde_json::json;
use tempfile::TempDir;

use crate::wait::eventually;
use line::Line;
pub use page::Page;
pub use seen::{Request, Seen};

const START: Duration = Duration::from_secs(60);
const END: Duration = Duration::from_secs(5);

/// No request of its own, no throttling of pages that are not in front, every pixel one pixel.
const FLAGS: &[&str] = &[
    "--headless",
    "--remote-debugging-port=0",
    "--disable-background-networking",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-breakpad",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-gpu",
    "--disable-renderer-backgrounding",
    "--disable-sync",
    "--force-device-scale-factor=1",
    "--mute-audio",
    "--no-default-browser-check",
    "--no-first-run",
    "about:blank",
];

/// A running Chromium with a profile of its own; ended by its id when it is dropped.
#[derive(Debug)]
pub struct Browser {
    process: Child,
    port: u16,
    control: RefCell<Line>,
    profile: TempDir,
}

impl Browser {
    /// Starts one.
    ///
    /// # Panics
    /// When Chromium is not installed, or does not listen within a minute.
    #[must_use]
    pub fn start() -> Self {
        let profile = tempfile::tempdir().expect("the system has room for temporary files");
        let mut command = Command::new("chromium");
        command.arg(format!("--user-data-dir={}", profile.path().display())).args(FLAGS);
        if getuid().is_root() {
            command.arg("--no-sandbox");
        }
        // Debian's start script and D-Bus have a lot to say that is no matter of ours.
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        // A bus is looked for only by desktops; without one it costs seconds. What it leaves goes with the profile.
        command.env("DBUS_SESSION_BUS_ADDRESS", "disabled:").env("TMPDIR", profile.path());
        let mut starting = Starting(Some(command.spawn().expect("chromium is installed (scripts/need.sh chromium)")));
        let (port, path) = eventually(START, "Chromium's debugging port", || endpoint(profile.path()));
        let control = Line::open(port, &path).expect("Chromium listens where it says");
        let process = starting.0.take().expect("it is taken only here");
        Self { process, port, control: RefCell::new(control), profile }
    }

    /// A new empty page that shares nothing (storage, cache) with any other.
    ///
    /// # Panics
    /// When Chromium has gone.
    #[must_use]
    pub fn page(&self) -> Page {
        let mut control = self.control.borrow_mut();
        let ask = |control: &mut Line, method: &str, params, key: &str| {
            let answer = control.call(method, &params).unwrap_or_else(|why| panic!("{method}: {why}"));
            answer[key].as_str().unwrap_or_else(|| panic!("{method} gave {answer}")).to_owned()
        };
        let context = ask(&mut control, "Target.createBrowserContext", json!({}), "browserContextId");
        let target = json!({"url": "about:blank", "browserContextId": context});
        let target = ask(&mut control, "Target.createTarget", target, "targetId");
        let line = Line::open(self.port, &format!("/devtools/page/{target}")).expect("a new page has a line");
        Page::new(line)
    }

    /// Where its profile lies.
    #[must_use]
    pub fn profile(&self) -> &Path {
        self.profile.path()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        end(&mut self.process);
    }
}

/// Ends the process when the start fails half way.
struct Starting(Option<Child>);

impl Drop for Starting {
    fn drop(&mut self) {
        if let Some(process) = &mut self.0 {
            end(process);
        }
    }
}

/// The port and the path that Chromium writes into its profile once it listens.
fn endpoint(profile: &Path) -> Result<(u16, String), String> {
    let text = fs::read_to_string(profile.join("DevToolsActivePort")).map_err(|why| why.to_string())?;
    let (port, path) = text.trim_end().split_once('\n').ok_or("half a file is there")?;
    Ok((port.parse().map_err(|_| format!("'{port}' is no port"))?, path.to_owned()))
}

/// Asked to end, Chromium ends its own children; after a while it is ended by force.
fn end(process: &mut Child) {
    let pid = i32::try_from(process.id()).ok().and_then(Pid::from_raw);
    let asked = pid.is_some_and(|pid| kill_process(pid, Signal::TERM).is_ok());
    let begin = Instant::now();
    while asked && begin.elapsed() < END {
        if matches!(process.try_wait(), Ok(Some(_))) {
            return;
        }
        thread::park_timeout(Duration::from_millis(5));
    }
    // One that has gone by itself is no error.
    drop(process.kill());
    drop(process.wait());
}
