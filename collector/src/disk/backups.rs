//! How backups are named: whoever removes old ones knows by the name which are its own to remove.

/// How the backups made by themselves begin.
pub const USUAL: &str = "motcua-";
/// How the backups made before an upgrade begin.
pub const BEFORE_UPGRADE: &str = "before-upgrade-";
/// How every backup ends.
pub const SUFFIX: &str = ".tar.zst";

/// Why a backup was made; those that can be missed sooner come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Made {
    /// By itself at night, or by a command: the next one comes.
    Usually,
    /// Before a newer program first wrote: never again.
    BeforeUpgrade,
}

/// What a name of ours says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackupName<'a> {
    /// Why it was made.
    pub made: Made,
    /// When, UTC, as in `20261123T023000Z`; the second of one second ends with `.2`.
    pub time: &'a str,
}

impl<'a> BackupName<'a> {
    /// What a file's name says; `None` for a name that we give to no backup, whatever it begins with.
    #[must_use]
    pub fn read(name: &'a str) -> Option<Self> {
        let stem = name.strip_suffix(SUFFIX)?;
        let (made, rest) = match (stem.strip_prefix(USUAL), stem.strip_prefix(BEFORE_UPGRADE)) {
            (Some(rest), _) => (Made::Usually, rest),
            (_, Some(rest)) => (Made::BeforeUpgrade, rest),
            _ => return None,
        };
        let time = match made {
            Made::Usually => rest,
            // After the versions from and to.
            Made::BeforeUpgrade => rest.rsplit_once('-')?.1,
        };
        is_time(time).then_some(Self { made, time })
    }
}

/// `20261123T023000Z`, and a number for the second of one second.
fn is_time(text: &str) -> bool {
    let (time, number) = text.split_once('.').unwrap_or((text, "2"));
    let shape = |(place, c): (usize, char)| match place {
        8 => c == 'T',
        15 => c == 'Z',
        _ => c.is_ascii_digit(),
    };
    time.len() == 16 && time.chars().enumerate().all(shape) && number.parse::<u32>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_we_give_are_ours() {
        let is = |name, made, time| assert_eq!(BackupName::read(name), Some(BackupName { made, time }));
        is("motcua-20261123T023000Z.tar.zst", Made::Usually, "20261123T023000Z");
        is("motcua-20261123T023000Z.2.tar.zst", Made::Usually, "20261123T023000Z.2");
        is("before-upgrade-0.1.0-0.2.0-20261123T023000Z.tar.zst", Made::BeforeUpgrade, "20261123T023000Z");
        is("before-upgrade-unknown-0.2.0-rc.1-20261123T023000Z.tar.zst", Made::BeforeUpgrade, "20261123T023000Z");
        for foreign in [
            "motcua-mine.tar.zst",
            "motcua-2026-11-23.tar.zst",
            "motcua-old-20261123T023000Z.tar.zst",
            "motcua-20261123T023000Z.tar.zst.part",
            "before-upgrade-20261123T023000Z.tar.zst",
            "mine.tar.zst",
            "last.json",
        ] {
            assert_eq!(BackupName::read(foreign), None, "{foreign}");
        }
    }
}
