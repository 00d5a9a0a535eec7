//! The same questions as a browser asks them.

use std::fs;
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use bench::figure::{Asked, Figures};
use harness::program::Motcua;
use harness::wire::{Hello, Link};
use harness::{http, oracle};
use serde_json::json;

use super::asked::rank;
use super::year::{YEAR, Year};

/// Each question of the API.
const LIMIT_MS: f64 = 50.0;
const SITE: &str = "tt-001";
const PATIENCE: Duration = Duration::from_secs(20);
const LOOK: Duration = Duration::from_millis(20);

const ASKED: [(&str, &str); 6] = [
    ("waits", "hour,weekday"),
    ("waits", "day"),
    ("load", "month,service"),
    ("ratings", "officer"),
    ("utilisation", "counter"),
    ("quality", "week"),
];

pub fn measure(figures: &mut Figures, year: &Year, repeat: usize) -> Result<()> {
    let data = tempfile::tempdir()?;
    fs::create_dir_all(data.path().join("history"))?;
    fs::copy(&year.store, data.path().join("history/history.sqlite"))?;
    let motcua = Motcua::start(&["--discover"], Some(data));
    appear(&motcua)?;
    for (figure, by) in ASKED {
        let path = format!("/api/v1/sites/{SITE}/history/{figure}?from={YEAR}&to={YEAR}&by={by}");
        let mut took = Vec::new();
        for _ in 0..=repeat {
            let begin = Instant::now();
            let answer = http::get(&motcua.http, &path).map_err(anyhow::Error::msg)?;
            took.push(begin.elapsed().as_secs_f64() * 1e3);
            ensure!(answer.status == 200, "{path}: {} {}", answer.status, answer.body);
        }
        took.sort_by(f64::total_cmp);
        let name = format!("history.http.{figure}.{by}");
        figures.tell(&format!("{name}.p50"), rank(&took, 0.5), "ms", Asked::Nothing);
        figures.tell(&format!("{name}.p95"), rank(&took, 0.95), "ms", Asked::AtMost(LIMIT_MS));
    }
    Ok(())
}

/// A site appears when something of it is heard.
fn appear(motcua: &Motcua) -> Result<()> {
    let hello = Hello { client: "history", keep_alive_s: 60, will: None };
    let mut link = Link::open((Ipv4Addr::LOCALHOST, motcua.mqtt_port), hello)?;
    let event = json!({"id": "00000000-0000-4000-8000-000000000001", "boot": "b1", "seq": 1,
        "ts": oracle::Instant::now().to_string(), "type": "ticket.issued", "ticket": "A001", "service": "cap-gcn",
        "priority": "normal"});
    let topic = format!("motcua/v1/{SITE}/gateway/machine/evt");
    link.publish(&topic, event.to_string().as_bytes(), false)?;
    let begin = Instant::now();
    while motcua.board(SITE).is_err() {
        ensure!(begin.elapsed() < PATIENCE, "the site does not appear");
        link.hear(LOOK).context("the broker has gone")?;
    }
    Ok(())
}
