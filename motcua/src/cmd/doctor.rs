//! `motcua doctor`.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;

use super::at::{At, note};
use super::say;
use crate::doctor::{self, Facts, Lang, Question, Server, bundle};
use crate::exit::BadInput;

/// Khám toàn bộ hệ thống trên một trang: tốt, cảnh báo, lỗi, và cần làm gì.
///
/// Looks at everything and tells it on one page, each line ok, warning or fault with what to do: clock,
/// disk, memory, journal, backup, broker, collector, pages, certificates, every device. Works when
/// nothing runs. Exit code 0: all is well; 2: warnings; 1: faults.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    at: At,

    /// A dashboard elsewhere (http://…); devices and alerts come from it
    #[arg(long, value_name = "URL")]
    server: Option<String>,

    /// A file with a supervisor's token for --server
    #[arg(long, value_name = "FILE", requires = "server")]
    token_file: Option<PathBuf>,

    /// Reads every record of the journal, not only what a start looks at
    #[arg(long)]
    full: bool,

    /// The language of the page
    #[arg(long, value_name = "LANG", value_enum, default_value = "both")]
    lang: Lang,

    /// The page as JSON
    #[arg(long)]
    json: bool,

    /// Also writes a file for support (tar.zst): this page, logs, configuration, boards; no secrets
    #[arg(long, value_name = "FILE")]
    bundle: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// When the arguments are wrong or the page cannot be told. What is found is an outcome.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let server = args.server.as_deref().map(|url| {
        Server::parse(url).ok_or_else(|| BadInput::because(format!("--server {url} must look like http://HOST[:PORT]")))
    });
    let token = args
        .token_file
        .map(|file| std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display())));
    let (data_dir, config) = args.at.look()?;
    let question = Question {
        data_dir,
        config,
        server: server.transpose()?,
        token: token.transpose()?.map(|token| token.trim().to_owned()),
        whole_journal: args.full,
    };
    if std::io::stderr().is_terminal() {
        note("Đang khám… / looking…")?;
    }
    let facts = Facts::gather(question);
    let page = doctor::examine(&facts);
    if args.json {
        say(&serde_json::to_string_pretty(&page)?)?;
    } else {
        say(page.text(args.lang).trim_end())?;
    }
    if let Some(file) = args.bundle {
        let names = bundle::write(&file, &page, &facts)?;
        note(&format!(
            "Đã ghi {file}: {count} mục, không có mật khẩu / written, {count} entries, no secrets: {names}",
            file = file.display(),
            count = names.len(),
            names = names.join(", "),
        ))?;
    }
    Ok(page.exit_code())
}
