//! `motcua check-config`.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;

use domain::config::SiteConfig;
use mqtt_config::settings::{Checked, Installation, check};

use super::at::note;
use super::say;
use crate::exit::BAD_INPUT;

/// Kiểm tra cấu hình: mọi lỗi một lần, kèm tệp, dòng và khóa.
///
/// Checks an installation's file with those of its sites, or one site's file, and tells every
/// mistake at once with file, line and key. Opens no port. Exit code 64 when there are mistakes.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The installation's file or a site's
    file: PathBuf,
}

/// Runs the command.
///
/// # Errors
/// When the outcome cannot be told. Mistakes are an outcome.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let summary = match check(&args.file) {
        Err(mistakes) => {
            // As compilers write them, so that an editor finds the place.
            note(&mistakes.to_string())?;
            return Ok(ExitCode::from(BAD_INPUT));
        }
        Ok(Checked::Installation(installation, sites)) => {
            let mut lines = vec![installation_line(&installation)];
            lines.extend(sites.iter().map(site_line));
            lines.join("\n")
        }
        Ok(Checked::Site(site)) => site_line(&site),
    };
    say(&summary)?;
    Ok(ExitCode::SUCCESS)
}

fn installation_line(installation: &Installation) -> String {
    let secure = |tls: bool| if tls { "s" } else { "" };
    format!(
        "ok: data {}, devices mqtt{}://{}:{}, pages http{}://{}",
        installation.data_dir.display(),
        secure(installation.mqtt.tls.is_some()),
        installation.mqtt.bind,
        installation.mqtt.port,
        secure(installation.http.tls.is_some()),
        installation.http.bind,
    )
}

fn site_line(site: &SiteConfig) -> String {
    let fields: BTreeSet<_> = site.services.iter().map(|service| service.field).collect();
    format!(
        "ok: site {} ({}): fields {}, services {}, counters {}, officers {}, camera zones {}",
        site.site,
        site.name,
        fields.len(),
        site.services.len(),
        site.counters.len(),
        site.officers.len(),
        site.zones.len(),
    )
}

#[cfg(test)]
mod tests {
    use super::super::at::tests::installed;
    use super::*;

    #[test]
    fn a_good_configuration_is_0_and_a_bad_one_64() {
        let (dir, _) = installed();
        let file = dir.path().join("motcua.toml");
        assert_eq!(run(Args { file: file.clone() }).unwrap(), ExitCode::SUCCESS);
        let site = dir.path().join("sites/hoa-mai.toml");
        assert_eq!(run(Args { file: site.clone() }).unwrap(), ExitCode::SUCCESS);

        std::fs::write(&file, "workers = 0\ncolour = 1").unwrap();
        std::fs::write(&site, "site = \"hoa-mai\"\nname = \"x\"\nday_end = \"25:00\"").unwrap();
        assert_eq!(run(Args { file }).unwrap(), ExitCode::from(64));
        assert_eq!(run(Args { file: site }).unwrap(), ExitCode::from(64));
    }

    #[test]
    fn the_summary_counts_what_was_understood() {
        let (dir, _) = installed();
        let Ok(Checked::Installation(installation, sites)) = check(&dir.path().join("motcua.toml")) else {
            panic!("a good configuration");
        };
        let line = installation_line(&installation);
        assert!(line.ends_with("/data, devices mqtt://127.0.0.1:1883, pages http://127.0.0.1:8080"), "{line}");
        assert_eq!(
            site_line(&sites[0]),
            "ok: site hoa-mai (Trung tâm Phục vụ hành chính công phường Hoa Mai): \
             fields 5, services 8, counters 6, officers 6, camera zones 0"
        );
    }
}
