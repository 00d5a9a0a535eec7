//! The `motcua` program: reads the command line, runs the command, tells what went wrong in one
//! sentence. Exit codes: 0, 1 (failed), 64 (bad configuration or arguments).

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use motcua::cmd::Cli;
use motcua::exit;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Where stdout or stderr is gone there is nobody to tell.
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(exit::BAD_INPUT) } else { ExitCode::SUCCESS };
        }
    };
    cli.run().unwrap_or_else(|error| {
        let sentence = format!("{error:#}");
        // All mistakes of a configuration: each line names its file, as compilers do.
        let from = if sentence.contains('\n') { "" } else { "motcua: " };
        // The same.
        let _ = writeln!(std::io::stderr(), "{from}{sentence}");
        exit::code_of(&error)
    })
}
