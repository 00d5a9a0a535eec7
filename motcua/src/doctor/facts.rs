//! Everything that is asked before anything is judged.

use std::path::{Path, PathBuf};

use domain::Timestamp;
use domain::config::SiteConfig;
use mqtt_config::settings::{Account, Clock, Installation, Runtime};
use serde_json::Value;

use super::broker::{Heard, listen};
use super::http::{Answer, Server, get};
use crate::backup::last::Last;
use crate::supervisor;

/// A configuration's file and what became of reading it.
#[derive(Debug)]
pub struct Configured {
    /// The installation's file.
    pub file: PathBuf,
    /// The installation with its sites, or every mistake, one a line.
    pub read: Result<(Installation, Vec<SiteConfig>), String>,
}

/// What to look at.
#[derive(Debug)]
pub struct Question {
    /// The data directory.
    pub data_dir: PathBuf,
    /// The installation's file and what became of reading it; `None` for an installation without one.
    pub config: Option<Configured>,
    /// A dashboard elsewhere; `None`: the one of this installation.
    pub server: Option<Server>,
    /// For the boards of that dashboard.
    pub token: Option<String>,
    /// Every record of the journal, and not only what a start looks at.
    pub whole_journal: bool,
}

/// What was found.
#[derive(Debug)]
pub struct Facts {
    /// The host's clock.
    pub now: Timestamp,
    /// The data directory.
    pub data_dir: PathBuf,
    /// As asked.
    pub config: Option<Configured>,
    /// As asked.
    pub whole_journal: bool,
    /// What the supervisor said when everything accepted work; `None`: none runs here.
    pub ready: Option<Value>,
    /// What the dashboard of this installation was last started with.
    pub runtime: Option<Runtime>,
    /// What the broker says, or why it says nothing.
    pub broker: Result<Heard, String>,
    /// The dashboard's address.
    pub server: Option<Server>,
    /// What `/readyz` says, or why it says nothing.
    pub pages: Result<Answer, String>,
    /// The dashboard's own figures, for the bundle.
    pub metrics: Option<String>,
    /// Word of the last backup.
    pub backup: Last,
    /// Whether the dashboard that was asked is another machine's.
    pub elsewhere: bool,
}

impl Configured {
    fn installation(&self) -> Option<&Installation> {
        self.read.as_ref().ok().map(|(installation, _)| installation)
    }
}

impl Facts {
    /// Asks everything; takes some seconds where nobody answers.
    #[must_use]
    pub fn gather(question: Question) -> Self {
        let Question { data_dir, config, server, token, whole_journal } = question;
        let ready = supervisor::running(&data_dir).and_then(|said| serde_json::from_str(&said).ok());
        let runtime = Runtime::read(&data_dir.join("run/dashboard.json")).ok();
        let elsewhere = server.is_some();
        let server = server.or_else(|| here(ready.as_ref(), runtime.as_ref(), config.as_ref()));
        let broker = if let (true, Some(server)) = (elsewhere, &server) {
            boards_of(server, token.as_deref())
        } else {
            login(&data_dir, runtime.as_ref(), config.as_ref()).and_then(|runtime| listen(&runtime.mqtt))
        };
        let ask = |path| match &server {
            None => Err("no address is known".to_owned()),
            Some(server) if server.tls => Err(TLS.to_owned()),
            Some(server) => get(server, path, None).map_err(|error| match timed_out(&error) {
                true => SILENT.to_owned(),
                false => format!("{error:#}"),
            }),
        };
        Self {
            now: crate::backup::now(),
            pages: ask("/readyz"),
            metrics: ask("/metrics").ok().filter(|answer| answer.status == 200).map(|answer| answer.body),
            backup: Last::read(&data_dir),
            elsewhere,
            data_dir,
            config,
            whole_journal,
            ready,
            runtime,
            broker,
            server,
        }
    }

    /// The installation, when its file is right.
    #[must_use]
    pub fn installation(&self) -> Option<&Installation> {
        self.config.as_ref().and_then(Configured::installation)
    }

    /// The configured sites.
    #[must_use]
    pub fn sites(&self) -> &[SiteConfig] {
        match &self.config {
            Some(Configured { read: Ok((_, sites)), .. }) => sites,
            _ => &[],
        }
    }

    /// What the broker said; nothing when it did not.
    pub fn boards(&self) -> impl Iterator<Item = (&str, &Value)> {
        let heard = self.broker.as_ref().ok().into_iter();
        heard.flat_map(|heard| heard.boards.iter().map(|(site, board)| (site.as_str(), board)))
    }

    /// Which installation a command is about, as its arguments say it.
    #[must_use]
    pub fn at(&self) -> String {
        match &self.config {
            Some(Configured { file, .. }) => format!("--config {}", file.display()),
            None => format!("--data-dir {}", self.data_dir.display()),
        }
    }

    /// How to start what does not run.
    #[must_use]
    pub fn start(&self) -> String {
        match &self.config {
            Some(_) => format!("motcua serve {}", self.at()),
            None => format!("motcua serve --discover {}", self.at()),
        }
    }
}

/// Why a dashboard with a certificate is only knocked at.
pub const TLS: &str = "it speaks TLS";

/// Why a dashboard that was waited for in vain is called silent.
pub const SILENT: &str = "no answer in time";

/// Whether nobody answered, which is told apart from being refused.
fn timed_out(error: &anyhow::Error) -> bool {
    let of_system = error.chain().filter_map(|cause| cause.downcast_ref::<std::io::Error>());
    let kinds = [std::io::ErrorKind::TimedOut, std::io::ErrorKind::WouldBlock];
    of_system.map(std::io::Error::kind).any(|kind| kinds.contains(&kind))
}

/// The dashboard of this installation: where it said it serves, else where it should.
fn here(ready: Option<&Value>, runtime: Option<&Runtime>, config: Option<&Configured>) -> Option<Server> {
    if let Some(url) = ready.and_then(|ready| ready["http"].as_str()) {
        return Server::parse(url);
    }
    let configured = config.and_then(Configured::installation).map(|installation| &installation.http);
    let http = configured.or(runtime.map(|runtime| &runtime.http))?;
    let address = supervisor::from_here(http.bind).to_string();
    Some(Server { address, tls: http.tls.is_some() })
}

/// How the broker of this installation is reached.
fn login(data_dir: &Path, runtime: Option<&Runtime>, config: Option<&Configured>) -> Result<Runtime, String> {
    if let Some(runtime) = runtime {
        return Ok(runtime.clone());
    }
    let installation = config.and_then(Configured::installation);
    let installation = installation.filter(|_| Account::Dashboard.secret_file(data_dir).is_file());
    let installation = installation.ok_or_else(|| format!("nothing has run in {} yet", data_dir.display()))?;
    Ok(installation.runtime(Account::Dashboard, Clock::Wall))
}

/// The boards of a dashboard elsewhere.
fn boards_of(server: &Server, token: Option<&str>) -> Result<Heard, String> {
    if server.tls {
        return Err(format!("{TLS}, which doctor does not: run it on that machine"));
    }
    let json = |path: &str| -> Result<Value, String> {
        let answer = get(server, path, token).map_err(|error| format!("{error:#}"))?;
        match answer.status {
            200 => serde_json::from_str(&answer.body).map_err(|error| error.to_string()),
            status => Err(format!("{path} answers {status}; a supervisor's token is needed (--token-file)")),
        }
    };
    let mut heard = Heard { collector_spoke: true, ..Heard::default() };
    let sites = json("/api/v1/sites")?;
    for site in sites["sites"].as_array().into_iter().flatten().filter_map(|site| site["site"].as_str()) {
        heard.boards.insert(site.to_owned(), json(&format!("/api/v1/sites/{site}/board"))?);
    }
    Ok(heard)
}
