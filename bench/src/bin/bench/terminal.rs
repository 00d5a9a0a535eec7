//! What the supervisor's terminal costs: a frame of forty counters, and the processor while the
//! board of a busy hall changes ten times a second.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use bench::figure::{Asked, Figures};
use bench::load::site_name;
use bench::usage::{cpu_seconds, memory};
use harness::program::Motcua;
use serde_json::Value;

use super::rig::{Program, until};
use super::screen::Screen;

/// Events a second that change the board about ten times a second.
const RATE: &str = "40";
const LOAD_SECONDS: &str = "300";
const COUNTERS: usize = 40;
const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];
/// Until the first board is drawn.
const SETTLE: Duration = Duration::from_secs(5);
const WATCH: Duration = Duration::from_secs(30);

pub fn measure(figures: &mut Figures) -> Result<()> {
    for (cols, rows) in SIZES {
        let cost = tui::cost::measure(cols, rows, COUNTERS);
        let ms = |of: Duration| of.as_secs_f64() * 1e3;
        figures.tell(&format!("terminal.frame_{cols}x{rows}"), ms(cost.frame), "ms", Asked::AtMost(2.0));
        figures.tell(&format!("terminal.delta_{cols}x{rows}"), ms(cost.delta), "ms", Asked::Nothing);
    }
    processor(figures)
}

fn processor(figures: &mut Figures) -> Result<()> {
    let motcua = Motcua::start(&["--discover"], None);
    let load = ["--sites", "1", "--devices", "1", "--counters", "40", "--services", "24", "--rate", RATE];
    let mut load = Program::start("publishers", motcua.mqtt_port, &[&load[..], &["--seconds", LOAD_SECONDS]].concat())?;
    load.go()?;
    let site = site_name(0);
    until(Duration::from_secs(20), || motcua.board(&site).ok()).context("no board of the site")?;
    let terminal = Terminal::open(&motcua.http, &site)?;
    thread::park_timeout(SETTLE);
    let pid = terminal.tui()?;
    let screen = Screen::open(&motcua.http, &site)?;
    let before = cpu_seconds(pid)?;
    thread::park_timeout(WATCH);
    let percent = (cpu_seconds(pid)? - before) / WATCH.as_secs_f64() * 100.0;
    let deltas = screen.close()?.deltas as f64 / WATCH.as_secs_f64();
    figures.tell("terminal.deltas", deltas, "deltas/s", Asked::Nothing);
    figures.tell("terminal.cpu", percent, "% of a core, 200x60", Asked::AtMost(3.0));
    figures.tell("terminal.memory", memory(pid)?.now_mb, "MB", Asked::Nothing);
    Ok(())
}

/// `tui` in a terminal that nobody looks at.
struct Terminal(Child);

impl Terminal {
    fn open(http: &str, site: &str) -> Result<Self> {
        let tui = std::env::current_exe()?.with_file_name("tui");
        let line = format!("stty cols 200 rows 60; exec '{}' --server http://{http} --site {site}", tui.display());
        let mut command = Command::new("script");
        command.args(["--quiet", "--flush", "--command", &line, "/dev/null"]).env("TERM", "xterm-256color");
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        Ok(Self(command.spawn().context("script is not installed (Debian's bsdutils)")?))
    }

    /// The process inside.
    fn tui(&self) -> Result<u32> {
        let id = self.0.id();
        let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children"))?;
        let child = children.split_whitespace().next().and_then(|pid| pid.parse().ok());
        child.with_context(|| format!("the terminal has ended: {}", Value::from(children)))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Its terminal is gone then, which ends what runs in it.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}
