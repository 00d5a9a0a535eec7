//! The InfluxDB of the tests as a process: `influx-double [PORT] [BUCKET...]`. It prints its address,
//! the organisation and the token, and runs until its standard input ends.

use std::io::{self, Read, Write};
use std::process::ExitCode;

use history::double::{Double, Options};

fn run() -> Result<(), String> {
    let mut words = std::env::args().skip(1);
    let port = words.next().unwrap_or_else(|| "0".into());
    let port = port.parse().map_err(|_| format!("influx-double: {port:?} is no port: give a number, 0 for any"))?;
    let options = Options { port, buckets: words.map(|name| (name, None)).collect(), ..Options::default() };
    let told = format!("{} {}", options.org, options.token);
    let double = Double::start(options).map_err(|why| format!("influx-double: port {port}: {why}"))?;
    let mut out = io::stdout().lock();
    writeln!(out, "{} {told}", double.url()).and_then(|()| out.flush()).map_err(|why| why.to_string())?;
    let mut nothing = Vec::new();
    io::stdin().read_to_end(&mut nothing).map_err(|why| why.to_string())?;
    Ok(())
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            // Nothing better can be done when this cannot be written.
            writeln!(io::stderr(), "{why}").ok();
            ExitCode::FAILURE
        }
    }
}
