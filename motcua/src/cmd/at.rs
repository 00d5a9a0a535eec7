//! Which installation a command is about.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use domain::SiteId;
use mqtt_config::settings::access::AccessError;
use mqtt_config::settings::{Backups, Flags, Mistakes, load_all, load_installation_with};

use crate::backup::ConfigFiles;
use crate::doctor::Configured;
use crate::exit::BadInput;

/// The file that is meant when none is named.
const DEFAULT_CONFIG: &str = "motcua.toml";

/// Which installation a command is about.
#[derive(Debug, Clone, clap::Args)]
pub struct At {
    /// The installation's file [default: motcua.toml]
    #[arg(long, env = "MOTCUA_CONFIG", value_name = "FILE", global = true)]
    config: Option<PathBuf>,

    /// Its data directory, when it is not the file's; alone for an installation without a file
    #[arg(long, value_name = "DIR", global = true)]
    data_dir: Option<PathBuf>,
}

/// Where an installation lies.
#[derive(Debug)]
pub struct Place {
    /// Its data directory.
    pub data_dir: PathBuf,
    /// Where its backups go.
    pub backups: PathBuf,
    /// Its configuration's files; `None` where it has none.
    pub config: Option<ConfigFiles>,
}

impl At {
    /// The installation's file; `None` when only a data directory was named.
    fn config(&self) -> Option<&Path> {
        match (&self.config, &self.data_dir) {
            (Some(config), _) => Some(config),
            (None, Some(_)) => None,
            (None, None) => Some(Path::new(DEFAULT_CONFIG)),
        }
    }

    /// The data directory. The sites' files are not looked at: a token must be removable on the
    /// worst of days.
    pub fn data_dir(&self) -> anyhow::Result<PathBuf> {
        match (self.config(), &self.data_dir) {
            (None, Some(dir)) => Ok(std::path::absolute(dir)?),
            (config, _) => {
                let config = config.unwrap_or(Path::new(DEFAULT_CONFIG));
                Ok(load_installation_with(config, &self.flags()).map_err(all_of_them)?.data_dir)
            }
        }
    }

    /// Everything a backup must know of the installation. The sites' files need not be right: what
    /// is kept is what is there.
    pub fn place(&self) -> anyhow::Result<Place> {
        let Some(config) = self.config() else {
            let data_dir = self.data_dir()?;
            return Ok(Place { backups: Backups::usual_dir(&data_dir), data_dir, config: None });
        };
        let installation = load_installation_with(config, &self.flags()).map_err(all_of_them)?;
        let files = ConfigFiles::of(config, &installation);
        Ok(Place { data_dir: installation.data_dir, backups: installation.backups.dir, config: Some(files) })
    }

    /// What a look at an installation needs, whatever state its configuration is in.
    ///
    /// A file with mistakes is told with its mistakes; the data directory is then that of the flag, or
    /// `data` beside the file.
    pub fn look(&self) -> anyhow::Result<(PathBuf, Option<Configured>)> {
        let Some(config) = self.config() else { return Ok((self.data_dir()?, None)) };
        let file = std::path::absolute(config)?;
        let read = load_all(&file, &self.flags()).map_err(|mistakes| mistakes.to_string());
        let data_dir = match (&read, load_installation_with(&file, &self.flags()), &self.data_dir) {
            (Ok((installation, _)), ..) => installation.data_dir.clone(),
            (Err(_), Ok(installation), _) => installation.data_dir,
            (Err(_), Err(_), Some(dir)) => std::path::absolute(dir)?,
            (Err(_), Err(_), None) => file.with_file_name("data"),
        };
        Ok((data_dir, Some(Configured { file, read })))
    }

    /// The data directory, when the site is one of the installation's.
    pub fn data_dir_with(&self, site: SiteId) -> anyhow::Result<PathBuf> {
        let Some(config) = self.config() else { return self.data_dir() };
        let (installation, sites) = load_all(config, &self.flags()).map_err(all_of_them)?;
        if sites.iter().any(|known| known.site == site) {
            return Ok(installation.data_dir);
        }
        let known: Vec<&str> = sites.iter().map(|known| known.site.as_str()).collect();
        let sentence = format!("{}: no site `{site}`; there is {}", config.display(), known.join(", "));
        Err(BadInput::because(sentence).into())
    }

    fn flags(&self) -> Flags {
        Flags { data_dir: self.data_dir.clone(), ..Flags::default() }
    }
}

/// A bad configuration as the error that ends a program with 64.
fn all_of_them(mistakes: Mistakes) -> BadInput {
    BadInput::because(mistakes.to_string())
}

/// What the person asked for wrongly ends with 64.
pub fn told(error: AccessError) -> anyhow::Error {
    match error {
        AccessError::Exists(_) | AccessError::Unknown { .. } | AccessError::UserName(_) | AccessError::Password => {
            BadInput::because(error.to_string()).into()
        }
        other => other.into(),
    }
}

/// Tells the person at the terminal something that is not the command's output: stdout holds the
/// secret alone, so that it can go to a file.
pub fn note(text: &str) -> anyhow::Result<()> {
    writeln!(io::stderr().lock(), "{text}").context("cannot write to stderr")
}

/// Checks a `--site` that may be absent, and gives the data directory.
pub fn data_dir_for(at: &At, site: Option<SiteId>) -> anyhow::Result<PathBuf> {
    site.map_or_else(|| at.data_dir(), |site| at.data_dir_with(site))
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A directory with an installation and one site, `hoa-mai`, as `motcua init` writes it.
    pub fn installed() -> (tempfile::TempDir, At) {
        let dir = tempfile::tempdir().unwrap();
        super::super::init::write(dir.path()).unwrap();
        let at = At { config: Some(dir.path().join("motcua.toml")), data_dir: None };
        (dir, at)
    }

    #[test]
    fn a_data_directory_alone_is_an_installation() {
        let at = At { config: None, data_dir: Some("/srv/motcua".into()) };
        let site = SiteId::new("anything").unwrap();
        assert_eq!(at.data_dir().unwrap(), Path::new("/srv/motcua"));
        assert_eq!(at.data_dir_with(site).unwrap(), Path::new("/srv/motcua"));
    }

    #[test]
    fn sites_are_those_of_the_configuration() {
        let (dir, at) = installed();
        let site = |id| at.data_dir_with(SiteId::new(id).unwrap());
        assert_eq!(site("hoa-mai").unwrap(), dir.path().join("data"));
        let told = site("hoa-may").unwrap_err();
        assert!(told.is::<BadInput>() && told.to_string().ends_with("no site `hoa-may`; there is hoa-mai"), "{told}");
        std::fs::write(dir.path().join("sites/hoa-mai.toml"), "site = 1").unwrap();
        assert!(site("hoa-mai").unwrap_err().is::<BadInput>());
        assert!(at.data_dir().is_ok(), "without a site its file does not matter");
    }
}
