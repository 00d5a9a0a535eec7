//! The settings of an installation and its sites, and its credentials.
//!
//! Defaults < file < `MOTCUA_*` variables < flags. Unknown keys are errors, and every mistake is
//! told at once ([`Mistakes`]). Nothing here opens a port.

pub mod access;
mod cameras;
mod check;
pub mod files;
mod installation;
mod mistakes;
mod reader;
mod runtime;
mod secret;
mod site;
mod sites;
mod watch;

pub use cameras::{
    CameraChange, CameraLooking, CameraRuntime, CameraSettings, CameraWatch, CameraZone, PasswordFrom, load_cameras,
    read_zones,
};
pub use check::{Checked, check};
pub use installation::{
    Account, Backups, CameraHome, DiskSettings, Flags, History, HistoryStore, InfluxSettings, Installation, Mqtt,
    TimeOfDay, history_file, load_all, load_installation, load_installation_with,
};
pub use mistakes::{Mistake, Mistakes};
pub use runtime::{BrokerLogin, Clock, DEDUPE_MEMORY_MIB, Http, Runtime, SNAPSHOT_RECORDS, Sites, Tls};
pub use secret::Secret;
pub use site::{load_site, read_site};
pub use sites::{load_sites, site_files};
pub use watch::{SiteChange, SiteWatch};
