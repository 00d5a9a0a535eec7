//! What `serve` sees to so that nothing of an installation is lost: a backup before a newer program
//! writes, a backup each night.

use std::path::Path;

use anyhow::Context;
use jiff::tz::TimeZone;
use mqtt_config::settings::Installation;

use super::data_dir::DataDir;
use super::nightly::Nightly;
use crate::backup::version::{self, Written};
use crate::backup::{self, ConfigFiles, Name, Order, Progress, Target};

/// See the module.
#[derive(Debug, Clone)]
pub struct Keeping {
    /// The configuration's files; `None` for `--discover`.
    pub config: Option<ConfigFiles>,
    /// IANA name of the zone whose nights count.
    pub zone: String,
    /// Whether a backup is made before this program first writes what an older one wrote.
    pub before_upgrade: bool,
}

impl Keeping {
    /// Refuses data of a newer program, keeps those of an older one, and writes down that this
    /// version writes from here on.
    ///
    /// # Errors
    /// [`BadInput`](crate::exit::BadInput) for data of a newer program; when the backup fails, with
    /// what to do.
    pub fn before_the_first_write(&self, installation: &Installation) -> anyhow::Result<()> {
        let data_dir = &installation.data_dir;
        match version::look(data_dir)? {
            Written::Ours => {}
            Written::Older(from) if self.before_upgrade => self.keep(installation, &from)?,
            Written::Older(from) => {
                tracing::warn!(from, to = version::OURS, "No backup is made before this upgrade, as was asked for.");
            }
        }
        version::claim(data_dir)
    }

    fn keep(&self, installation: &Installation, from: &str) -> anyhow::Result<()> {
        tracing::info!(from, to = version::OURS, "A backup is made before this newer program first writes.");
        let name = Name::BeforeUpgrade { from: from.to_owned() };
        let order = Order { keep: Some(installation.backups.keep), ..self.order(installation, name) };
        let made = backup::make(&order, &mut Progress::default()).with_context(|| {
            format!(
                "the data that motcua {from} wrote cannot be kept before motcua {} changes them; mend that, or make a backup \
                 with `motcua backup --to` elsewhere and start with --no-upgrade-backup",
                version::OURS
            )
        })?;
        tracing::info!(file = %made.file.display(), seconds = made.seconds, "The backup before the upgrade is made.");
        Ok(())
    }

    fn order(&self, installation: &Installation, name: Name) -> Order {
        Order {
            data_dir: installation.data_dir.clone(),
            config: self.config.clone(),
            to: Target::Dir(installation.backups.dir.clone(), name),
            keep: Some(installation.backups.keep),
        }
    }

    /// The nightly backups; `None` where none are wanted.
    pub(super) fn nightly(
        &self,
        installation: &Installation,
        data: &DataDir,
        motcua: &Path,
        log: Option<&Path>,
    ) -> anyhow::Result<Option<Nightly>> {
        let Some(at) = installation.backups.at else { return Ok(None) };
        let zone = TimeZone::get(&self.zone).with_context(|| format!("no time zone {}", self.zone))?;
        Ok(Some(Nightly {
            at,
            zone,
            order: self.order(installation, Name::Usual),
            motcua: motcua.to_owned(),
            settings: data.run_file("backup.json"),
            log: log.map(Path::to_owned),
        }))
    }
}
