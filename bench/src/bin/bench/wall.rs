//! What a wall costs the machine behind a television: bytes of the page, when it is painted, and
//! the processor while two calls a second come in. Chromium draws without a graphics card here,
//! so its processes together cost more than on a television.

use std::fs;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use bench::figure::{Asked, Figures};
use bench::load::site_name;
use bench::usage::cpu_seconds;
use harness::browser::{Browser, Page};
use harness::program::Motcua;
use serde_json::json;

use super::rig::{Program, nearest_rank, until};

/// Four events a visit: two calls a second.
const RATE: &str = "8";
const LOAD_SECONDS: &str = "300";
/// How long the calls are watched.
const WATCH: Duration = Duration::from_secs(30);
/// Pages whose first paint is looked at.
const OPENED: usize = 7;
const LIMIT: Duration = Duration::from_secs(20);

pub fn measure(figures: &mut Figures) -> Result<()> {
    let motcua = Motcua::start(&["--discover"], None);
    let load = ["--sites", "1", "--devices", "1", "--counters", "40", "--services", "24", "--rate", RATE];
    let mut load = Program::start("publishers", motcua.mqtt_port, &[&load[..], &["--seconds", LOAD_SECONDS]].concat())?;
    load.go()?;
    let site = site_name(0);
    let called = || motcua.board(&site).ok()?["calls"].as_array().filter(|calls| calls.len() >= 20).map(|_| ());
    until(LIMIT, called).context("no calls at the site")?;
    let url = format!("http://{}/{site}/wall", motcua.http);
    first_paint(figures, &url)?;
    // A browser of its own: pages that were opened before would live on beside this one.
    let browser = Browser::start();
    let page = browser.page();
    page.size(1920, 1080);
    page.open(&url);
    page.until(LIMIT, "a living wall", "document.documentElement.dataset.state === 'live'");
    weight(figures, &page);
    processor(figures, &browser, &page)
}

fn first_paint(figures: &mut Figures, url: &str) -> Result<()> {
    let browser = Browser::start();
    let mut paints = Vec::new();
    for _ in 0..OPENED {
        let page = browser.page();
        page.size(1920, 1080);
        page.open(url);
        let paint = page.until(
            LIMIT,
            "the first paint",
            "(() => { const paint = performance.getEntriesByName('first-contentful-paint')[0]; \
             return paint && paint.startTime - performance.getEntriesByType('navigation')[0].responseStart; })()",
        );
        paints.push(paint.as_f64().context("a time is a number")?);
    }
    let median = nearest_rank(&mut paints, 0.5);
    figures.tell("wall.first_paint", median, "ms after the first byte", Asked::AtMost(300.0));
    Ok(())
}

fn weight(figures: &mut Figures, page: &Page) {
    let seen = page.seen();
    let sum = |fonts: bool| {
        let page = seen.requests().filter(|request| request.kind != "WebSocket");
        let of = page.filter(|request| (request.kind == "Font") == fonts);
        of.map(|request| request.bytes).sum::<u64>() as f64 / 1e3
    };
    figures.tell("wall.weight", sum(false), "kB without the fonts", Asked::AtMost(100.0));
    figures.tell("wall.fonts", sum(true), "kB", Asked::Nothing);
}

fn processor(figures: &mut Figures, browser: &Browser, page: &Page) -> Result<()> {
    // Of the processor, not of the clock: the machine has other work.
    for (method, params) in [
        ("Performance.disable", json!({})),
        ("Performance.setTimeDomain", json!({"timeDomain": "threadTicks"})),
        ("Performance.enable", json!({})),
    ] {
        page.call(method, &params).map_err(anyhow::Error::msg)?;
    }
    let profile = browser.profile().to_string_lossy().into_owned();
    let all = || -> Result<f64> { chromium(&profile)?.into_iter().map(cpu_seconds).sum() };
    let task = || page.figures().get("TaskDuration").copied().context("Chromium tells of its tasks");
    let before = (all()?, task()?);
    thread::park_timeout(WATCH);
    let after = (all()?, task()?);
    let shown = page.get("document.querySelectorAll('[data-call-seq]').length");
    ensure!(shown.as_u64().is_some_and(|rows| rows > 0), "the wall shows {shown} calls");
    let percent = |before: f64, after: f64| (after - before) / WATCH.as_secs_f64() * 100.0;
    figures.tell("wall.page_cpu", percent(before.1, after.1), "% of a core, the page", Asked::AtMost(5.0));
    figures.tell("wall.browser_cpu", percent(before.0, after.0), "% of a core, every process", Asked::Nothing);
    Ok(())
}

/// The processes of a browser: its own and those it started, known by the profile they were given.
fn chromium(profile: &str) -> Result<Vec<u32>> {
    let mut all: Vec<(u32, u32, bool)> = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let Some(pid) = entry?.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        // One that has just ended is none.
        let (Ok(stat), Ok(line)) =
            (fs::read_to_string(format!("/proc/{pid}/stat")), fs::read(format!("/proc/{pid}/cmdline")))
        else {
            continue;
        };
        let parent = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(1)?.parse().ok());
        all.push((pid, parent.unwrap_or(0), String::from_utf8_lossy(&line).contains(profile)));
    }
    let mut found: Vec<u32> = all.iter().filter(|(_, _, named)| *named).map(|(pid, ..)| *pid).collect();
    loop {
        let more: Vec<u32> = all
            .iter()
            .filter(|(pid, parent, _)| found.contains(parent) && !found.contains(pid))
            .map(|(pid, ..)| *pid)
            .collect();
        if more.is_empty() {
            return Ok(found);
        }
        found.extend(more);
    }
}
