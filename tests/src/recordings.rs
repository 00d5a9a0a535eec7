//! The recorded days of real offices, beside the repository.

use std::path::{Path, PathBuf};

use crate::oracle::{Happening, Log, happenings};

/// One recording, and the zone of its office.
#[derive(Debug)]
pub struct Recording {
    /// The ticket file.
    pub tickets: PathBuf,
    /// The file of snapshots, where there is one.
    pub counters: Option<PathBuf>,
    /// IANA name.
    pub zone: &'static str,
}

impl Recording {
    /// 18 offices of Warsaw, ten working days; `None` when the files are not here.
    #[must_use]
    pub fn warsaw() -> Option<Self> {
        Some(Self {
            tickets: file("warsaw-offices-2020-early.csv.gz")?,
            counters: Some(file("warsaw-offices-2020-early-counters.csv.gz")?),
            zone: "Europe/Warsaw",
        })
    }

    /// A bank's calls, seventeen days; `None` when the file is not here.
    #[must_use]
    pub fn bank() -> Option<Self> {
        Some(Self { tickets: file("bank-calls-1999-02-early.csv.gz")?, counters: None, zone: "Asia/Jerusalem" })
    }

    /// Everything that happened, in order.
    #[must_use]
    pub fn happenings(&self) -> Vec<Happening> {
        happenings(&Log::read(&self.tickets, self.counters.as_deref()))
    }
}

fn file(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/queues").join(name);
    path.is_file().then_some(path)
}
