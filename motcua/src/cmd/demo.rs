//! `motcua demo`.

use std::cell::Cell;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use domain::Timestamp;
use mqtt_config::settings::Clock;

use super::say;
use super::serve::on_loopback;
use crate::centre::SITE;
use crate::demo::{self, LOG, Wish};
use crate::exit::BadInput;
use crate::logging;
use crate::supervisor::{self, Plan, Ready};

pub(super) const DATA: &str = "data/demo";
/// Faster than this a day passes before anybody has looked at it.
const FASTEST: f64 = 600.0;

/// Một trung tâm mô phỏng đang hoạt động, chỉ với một lệnh.
///
/// Runs broker, collector, dashboard and a simulated centre of 24 departments, 40 counters, 60
/// rating buttons and 12 cameras, on this machine only; every caller is a director. The morning up to
/// now is told first. At night and on weekends the centre has special hours, so that there is
/// always something to see. Prints the addresses on stderr and, when the pages show it, one line on
/// stdout: {"ready":true,"mqtt":"mqtt://…","http":"http://…","site":"…","pids":{…}}. Each
/// start begins anew and throws the data of the last demonstration away.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Chance: the same seed, started at the same instant, is the same day [default: another each
    /// time]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,

    /// So many times as fast as real time; all screens show the simulated time
    #[arg(long, value_name = "N", default_value_t = 1.0, value_parser = speed)]
    speed: f64,

    /// Somebody begins to look at this instant of simulated time (RFC 3339) instead of now
    #[arg(long, value_name = "T", value_parser = instant)]
    from: Option<Timestamp>,

    /// Port of the broker; 0 is any free one [default: 1883]
    #[arg(long, value_name = "PORT")]
    mqtt_port: Option<u16>,

    /// Port of the pages; 0 is any free one [default: 8080]
    #[arg(long, value_name = "PORT")]
    http_port: Option<u16>,

    /// Where everything is kept until the next demonstration. A directory that holds anything else
    /// is refused
    #[arg(long, value_name = "DIR", default_value = DATA)]
    data_dir: PathBuf,
}

fn speed(text: &str) -> Result<f64, String> {
    let speed: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    // `contains` is false for NaN.
    if (0.1..=FASTEST).contains(&speed) { Ok(speed) } else { Err(format!("must be between 0.1 and {FASTEST}")) }
}

fn instant(text: &str) -> Result<Timestamp, &'static str> {
    Timestamp::parse(text).ok_or("not an RFC 3339 time with an offset, like 2026-11-23T09:30:00+07:00")
}

/// Runs the command.
///
/// # Errors
/// When the data directory cannot be used or holds anything that no demonstration wrote, or a child
/// does not come up.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let now = Timestamp::from_ms(jiff::Timestamp::now().as_millisecond());
    let start = args.from.unwrap_or(now);
    // Real time needs no clock of its own, and everything is measured by it.
    let own_time = args.from.is_some() || (args.speed - 1.0).abs() > f64::EPSILON;
    let wish = Wish {
        seed: args.seed.unwrap_or_else(|| now.ms().unsigned_abs() % 100_000),
        start,
        speed: own_time.then_some(args.speed),
        // What looks at a clip does so in real time.
        real: !own_time && supervisor::camera_program().is_some(),
    };
    let data_dir = std::path::absolute(&args.data_dir)
        .map_err(|error| BadInput::because(format!("--data-dir {}: {error}", args.data_dir.display())))?;
    // Before the lock, too: in a directory of somebody's own not even that is made.
    demo::refuse_foreign(&data_dir)?;
    logging::init(logging::Voice::Show);
    let plan = Plan {
        installation: on_loopback(data_dir.clone(), args.mqtt_port, args.http_port),
        clock: if own_time { Clock::Event } else { Clock::Wall },
        discover: None,
        simulation: None,
        log: None,
        keeping: None,
    };
    // Before that nothing has been logged.
    let prepared = Cell::new(false);
    let prepare = |data_dir: &Path, plan: &mut Plan| {
        plan.simulation = Some(demo::prepare(data_dir, wish)?);
        plan.installation.sites = vec![demo::site_file(data_dir)];
        // Whoever asks for a log wants to see it; for all others it stays beside the data.
        plan.log = std::env::var_os(logging::VARIABLE).is_none().then(|| data_dir.join(LOG));
        prepared.set(true);
        Ok(())
    };
    let log = data_dir.join(LOG);
    supervisor::serve(plan, prepare, |ready| {
        // The line first: who waits for it needs no words.
        say(&serde_json::to_string(ready)?)?;
        welcome(ready, wish, args.data_dir.as_path())
    })
    .map_err(|error| if prepared.get() { told_with(error, &log) } else { error })?;
    Ok(ExitCode::SUCCESS)
}

/// The same failure, with the file that says more.
fn told_with(error: anyhow::Error, log: &Path) -> anyhow::Error {
    // Bad input says all there is to say.
    if error.is::<BadInput>() { error } else { error.context(format!("the log is {}", log.display())) }
}

/// Why no camera is real, where one could be.
fn without_eyes(wish: Wish) -> &'static str {
    if wish.real || wish.speed.is_some() {
        return "";
    }
    "\n    Không có camera-ingest cạnh motcua nên cả 12 camera đều là mô phỏng.\n    camera-ingest is not beside motcua, so \
     all 12 cameras are simulated.\n"
}

/// Tells a person where to look.
fn welcome(ready: &Ready, wish: Wish, data_dir: &Path) -> anyhow::Result<()> {
    let http = ready.http();
    let hours = demo::hours(wish.start)?;
    let note = if hours.is_ordinary() {
        String::new()
    } else {
        format!(
            "\n    Ngoài giờ hành chính: hôm nay trung tâm mô phỏng mở cửa từ {opened}.\n    Outside of ordinary hours: \
             today the simulated centre has been open since {opened}.\n",
            opened = hours.opened()
        )
    };
    let elsewhere =
        if data_dir == Path::new(DATA) { String::new() } else { format!(" --data-dir {}", data_dir.display()) };
    let program = std::env::args().next().unwrap_or_else(|| "motcua".to_owned());
    // Somebody who closed stderr does not want to read this.
    let note = format!("{note}{}", without_eyes(wish));
    let _ = writeln!(
        io::stderr(),
        "\n  Trung tâm mô phỏng đang hoạt động · the simulated centre is at work (--seed {seed})\n{note}\n    \
         Trang đầu · start page             {http}/\n    \
         Bảng gọi số · wall                 {http}/{SITE}/wall\n    \
         Màn hình quầy · counter screens    {http}/{SITE}/counter/q1   …/q5   …/q14\n    \
         Dữ liệu · board as JSON            {http}/api/v1/sites/{SITE}/board\n    \
         Màn hình giám sát · terminal       {program} tui{elsewhere}\n    \
         Nhật ký · log                      {log}\n\n    \
         Dừng: Ctrl-C · stop: Ctrl-C\n",
        seed = wish.seed,
        log = data_dir.join(LOG).display(),
    );
    Ok(())
}
