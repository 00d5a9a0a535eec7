//! The running program: everything that has a clock, a socket, a terminal or a file.

mod input;
mod live;
mod pace;
mod print;
mod replay;
mod save;
mod signals;
mod terminal;

use std::future::pending;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use domain::{SiteId, Timestamp};

use crate::model::{Lang, Model, Moment, Server, Size, Trouble};
use crate::net::{Address, Place, Trust, TrustError, sites};
use crate::options::{BadFile, Config, Options};
use crate::record::BadRecording;
use crate::remember::Store;

/// Why the program ended otherwise than asked for.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The file of `--config`.
    #[error(transparent)]
    Config(#[from] BadFile),
    /// The file of `--ca-file`, or the system's.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// Nothing to draw on.
    #[error("standard input and output must be a terminal; for one frame as text use --print 120x40")]
    NoTerminal,
    /// No site was named, and there is not just one.
    #[error("{server} has {}; name one with --site", if sites.is_empty() { "no site yet".to_owned() } else { format!("the sites {}", sites.join(", ")) })]
    WhichSite {
        /// Asked for.
        server: String,
        /// What there is.
        sites: Vec<String>,
    },
    /// The server did not tell its sites.
    #[error("{server}: {why}")]
    Server {
        /// Asked.
        server: String,
        /// Why, as a sentence.
        why: String,
    },
    /// `--print` got no board.
    #[error("no board of {site} from {server}: {why}")]
    NoBoard {
        /// Asked for.
        site: SiteId,
        /// Asked.
        server: String,
        /// The last trouble.
        why: String,
    },
    /// The file of `--record`.
    #[error("cannot record to {}: {why}", file.display())]
    Record {
        /// Which.
        file: PathBuf,
        /// Why.
        why: std::io::Error,
    },
    /// The file of `--replay`.
    #[error("cannot play {}: {why}", file.display())]
    Replay {
        /// Which.
        file: PathBuf,
        /// Why.
        why: BadRecording,
    },
    /// The terminal, a thread, a signal.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

impl Failure {
    /// Whether the arguments or the configuration are wrong (exit code 64).
    #[must_use]
    pub const fn is_bad_input(&self) -> bool {
        matches!(self, Self::Config(_) | Self::Trust(_) | Self::WhichSite { .. })
    }
}

/// Does what the options say, to its end. Text for standard output is returned.
///
/// # Errors
/// When it cannot.
pub async fn run(options: &Options, config: Config) -> Result<Option<String>, Failure> {
    if let Some(file) = &options.replay {
        return replay::replay(file, options.speed, options.print).await;
    }
    if options.print.is_none() {
        need_terminal()?;
    }
    let place = place(&config)?;
    if let Some(size) = options.print {
        return print::print(place, &config, size).await.map(Some);
    }
    live::live(place, &config, options.record.clone()).await.map(|()| None)
}

fn need_terminal() -> Result<(), Failure> {
    if std::io::stdin().is_terminal() && std::io::stdout().is_terminal() { Ok(()) } else { Err(Failure::NoTerminal) }
}

/// Where the server is; a server with one site need not be told which.
fn place(config: &Config) -> Result<Place, Failure> {
    let address = config.server.clone();
    let trust = match address.is_secure() {
        true => Trust::load(config.ca_file.as_deref())?,
        false => Trust::default(),
    };
    let site = match config.site {
        Some(site) => site,
        None => only_site(&address, &trust, config)?,
    };
    Ok(Place { address, site, token_file: config.token_file.clone(), trust })
}

fn only_site(address: &Address, trust: &Trust, config: &Config) -> Result<SiteId, Failure> {
    let told = sites(address, trust, config.token_file.as_deref());
    let why = |why: Trouble| Failure::Server { server: address.to_string(), why: why.sentence(Lang::En) };
    match told.map_err(why)?.as_slice() {
        [site] => Ok(*site),
        sites => Err(Failure::WhichSite {
            server: address.to_string(),
            sites: sites.iter().map(ToString::to_string).collect(),
        }),
    }
}

/// The model to begin with: as it was left, and as was said outright.
fn model(place: &Place, config: &Config, size: Size, store: Option<&Store>) -> Model {
    let server = Server { url: place.address.to_string(), site: place.site };
    let mut model = Model::new(server, config.settings.clone(), size);
    if let Some(view) = store.and_then(|store| store.load(&model.server)) {
        view.restore(&mut model);
    }
    model.pane = config.said.pane.unwrap_or(model.pane);
    let settings = &mut model.settings;
    settings.lang = config.said.lang.unwrap_or(settings.lang);
    settings.theme = config.said.theme.unwrap_or(settings.theme);
    model
}

/// At that moment; never, when there is none.
async fn at(moment: Option<tokio::time::Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => pending().await,
    }
}

/// The clocks, read once for each message.
#[derive(Debug)]
struct Clock {
    begin: Instant,
}

impl Clock {
    fn start() -> Self {
        Self { begin: Instant::now() }
    }

    fn now(&self) -> Moment {
        let mono_ms = u64::try_from(self.begin.elapsed().as_millis()).unwrap_or(u64::MAX);
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Moment { mono_ms, wall: Timestamp::from_ms(i64::try_from(wall.as_millis()).unwrap_or(i64::MAX)) }
    }
}
