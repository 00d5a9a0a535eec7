//! `motcua init`.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;

use super::say;
use crate::exit::BadInput;

/// What is written: a path below the directory, and its text.
const FILES: [(&str, &str); 2] = [
    ("motcua.toml", include_str!("../../templates/motcua.toml")),
    ("sites/hoa-mai.toml", include_str!("../../templates/hoa-mai.toml")),
];

/// Tạo cấu hình mẫu có chú thích, sẵn sàng chạy.
///
/// Writes a commented configuration that is ready for `serve`: the installation's file and one
/// example centre. Never overwrites a file.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The directory to write to; made when it is not there
    dir: PathBuf,
}

/// Runs the command.
///
/// # Errors
/// When a file is there already or cannot be written.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    write(&args.dir)?;
    let config = args.dir.join(FILES[0].0);
    let config = config.display();
    say(&format!(
        "Đã tạo / written: {config}, {}\n\
         Tiếp theo / next:\n  \
           1. sửa tên, quầy, dịch vụ / set names, counters, services: {}\n  \
           2. motcua check-config {config}\n  \
           3. motcua user add TEN --role director --config {config}\n  \
           4. motcua device add hoa-mai kiosk kiosk-1 --config {config}\n  \
           5. motcua serve --config {config}",
        args.dir.join(FILES[1].0).display(),
        args.dir.join("sites").display(),
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// Writes the files, all or none of them.
pub fn write(dir: &Path) -> anyhow::Result<()> {
    let paths = FILES.map(|(name, text)| (dir.join(name), text));
    if let Some((path, _)) = paths.iter().find(|(path, _)| path.exists()) {
        let sentence = format!("{} is there already and is not overwritten; choose another directory", path.display());
        return Err(BadInput::because(sentence).into());
    }
    for (path, text) in paths {
        create(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

fn create(path: &Path, text: &str) -> io::Result<()> {
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir)?;
    }
    // A file made since we looked is not overwritten either.
    let mut file = File::create_new(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    use mqtt_config::settings::{Flags, load_all, read_site};

    #[test]
    fn what_is_written_is_ready_for_serve() {
        let dir = tempfile::tempdir().unwrap();
        write(&dir.path().join("new")).unwrap();
        let (installation, sites) = load_all(&dir.path().join("new/motcua.toml"), &Flags::default()).unwrap();
        assert_eq!(installation.data_dir, dir.path().join("new/data"));
        let site = &sites[0];
        assert_eq!((site.services.len(), site.counters.len(), site.officers.len()), (8, 6, 6));
        assert!(site.counters.iter().all(|counter| !counter.services.is_empty()));
    }

    /// `#key = value` is a setting to take the # from, `# text` a comment.
    fn uncommented(text: &str) -> String {
        let line = |line: &str| line.strip_prefix('#').filter(|rest| !rest.starts_with([' ', '#'])).map(str::to_owned);
        let lines: Vec<String> = text.lines().map(|text| line(text).unwrap_or_else(|| text.to_owned())).collect();
        lines.join("\n")
    }

    #[test]
    fn every_commented_setting_is_right_too() {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path()).unwrap();
        for name in ["tls/mqtt.pem", "tls/mqtt.key", "tls/http.pem", "tls/http.key", "influxdb.token"] {
            create(&dir.path().join(name), "a secret").unwrap();
        }
        let file = dir.path().join("motcua.toml");
        let commented = load_all(&file, &Flags::default()).unwrap().0;
        fs::write(&file, uncommented(FILES[0].1)).unwrap();
        let mut all = load_all(&file, &Flags::default()).unwrap().0;
        assert!(all.mqtt.tls.take().is_some() && all.http.tls.take().is_some());
        // Of another machine, so no default.
        assert!(all.cameras.broker.take().is_some());
        assert_eq!(all, commented, "a commented value is the default");

        let text = uncommented(FILES[1].1);
        let site = read_site(Path::new("hoa-mai.toml"), &text).unwrap();
        assert_eq!(site.zones.len(), 2);
        let plain = read_site(Path::new("hoa-mai.toml"), FILES[1].1).unwrap();
        assert_eq!((site.window_s, site.day_end_min, &site.time_zone), (900, 0, &plain.time_zone));
    }

    /// The keys of a template; of the docs' tables of keys, each `| `key` | …`.
    fn keys(text: &str, key: fn(&str) -> Option<&str>) -> BTreeSet<String> {
        text.lines().filter_map(key).map(str::to_owned).collect()
    }

    #[test]
    fn the_documentation_has_the_keys_of_the_templates_and_no_others() {
        let documented = keys(include_str!("../../../docs/configuration.md"), |line| {
            line.strip_prefix("| `")?.split_once('`').map(|(key, _)| key)
        });
        let written = keys(&FILES.map(|(_, text)| uncommented(text)).join("\n"), |line| {
            line.split_once(" = ").map(|(key, _)| key).filter(|key| !key.starts_with('#'))
        });
        assert_eq!(documented, written);
    }

    #[test]
    fn nothing_is_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        create(&dir.path().join("sites/hoa-mai.toml"), "mine").unwrap();
        let told = write(dir.path()).unwrap_err();
        assert!(told.is::<BadInput>() && told.to_string().contains("sites/hoa-mai.toml is there already"), "{told}");
        assert!(!dir.path().join("motcua.toml").exists(), "all or nothing");
        assert_eq!(fs::read_to_string(dir.path().join("sites/hoa-mai.toml")).unwrap(), "mine");
    }
}
