//! Which camera the page is about, and what is known before it is looked at.

use std::path::Path;

use anyhow::{Context, bail};
use mqtt_config::settings::{self, CameraSettings, CameraZone};
use serde::Serialize;

use super::Options;
use super::drawn::{self, Drawn};
use super::keep::Keep;
use super::record::Record;
use crate::probe::Access;
use crate::run::plan as camera_plan;
use crate::worker::protocol::Job;

/// What the page is made for.
#[derive(Debug)]
pub(super) struct Plan {
    /// The camera's name: its id with its site's, or its address.
    pub(super) camera: String,
    /// What its worker is to do.
    pub(super) job: Job,
    /// The zones to begin with.
    pub(super) zones: Vec<Drawn>,
    /// The counters of its site; `None` where they are not known.
    pub(super) counters: Option<Vec<Counter>>,
    /// Where zones are written on demand.
    pub(super) keep: Option<Keep>,
    /// Where it is written down that a picture was shown.
    pub(super) record: Record,
}

/// A counter that a zone may be of.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Counter {
    /// Its id.
    pub(super) counter: String,
    /// Its name, as people read it.
    pub(super) name: String,
}

/// Reads what the options name.
///
/// # Errors
/// What cannot be read, or is not there.
pub(super) fn make(options: &Options) -> anyhow::Result<Plan> {
    let mut plan = match (&options.config, &options.source) {
        (Some(file), _) => configured(options, file)?,
        (None, Some(source)) => alone(options, source)?,
        (None, None) => bail!("name a camera: an address, or --config FILE --camera ID"),
    };
    // A file that ends would end the page's levels.
    plan.job.looking.repeat = true;
    plan.job.pictures = true;
    Ok(plan)
}

fn configured(options: &Options, file: &Path) -> anyhow::Result<Plan> {
    let installation = settings::load_installation(file)?;
    let camera = one_of(settings::load_cameras(&installation.sites)?, options)?;
    let (site, id) = (camera.site, camera.camera);
    if camera.source.is_none() {
        bail!("camera `{id}` of site `{site}` has no `source`: another program speaks for it");
    }
    let sites = settings::load_sites(&installation.sites)?;
    let counters = sites.into_iter().filter(|config| config.site == site).flat_map(|config| config.counters);
    let counters = counters.map(|known| Counter { counter: known.counter.to_string(), name: known.name }).collect();
    let password = camera.password.as_ref().map(settings::PasswordFrom::read).transpose()?;
    let name = format!("{site}/{id}");
    Ok(Plan {
        job: camera_plan::job(&camera, password),
        zones: camera.zones.iter().map(Drawn::from).collect(),
        counters: Some(counters),
        keep: options.write.as_deref().map(Keep::open).transpose()?.map(|(keep, _)| keep),
        record: Record::new(&name, Some(&installation.data_dir)),
        camera: name,
    })
}

/// The camera that is meant.
fn one_of(cameras: Vec<CameraSettings>, options: &Options) -> anyhow::Result<CameraSettings> {
    let meant = |camera: &CameraSettings| {
        // Who names none means one that can be looked at.
        let named = options.camera.map_or(camera.source.is_some(), |id| id == camera.camera);
        named && options.site.is_none_or(|site| site == camera.site)
    };
    let (mut found, others): (Vec<_>, Vec<_>) = cameras.into_iter().partition(meant);
    let names = |cameras: &[CameraSettings]| {
        let names: Vec<String> =
            cameras.iter().map(|camera| format!("--site {} --camera {}", camera.site, camera.camera)).collect();
        names.join("; ")
    };
    match (found.len(), found.pop()) {
        (1, Some(camera)) => Ok(camera),
        (0, _) if others.is_empty() => bail!("no site's file has a [[camera]]"),
        (0, _) => bail!("there is no such camera; there are: {}", names(&others)),
        (_, last) => {
            found.extend(last);
            bail!("which camera? {}", names(&found))
        }
    }
}

fn alone(options: &Options, source: &str) -> anyhow::Result<Plan> {
    let access = Access {
        source: source.to_owned(),
        user: options.user.clone(),
        password_file: options.password_file.clone(),
        udp: options.udp,
        first_frame_s: settings::CameraLooking::default().first_frame_s,
    };
    let mut zones = match &options.zones {
        Some(file) => read_zones(file)?,
        None => Vec::new(),
    };
    let keep = match options.write.as_deref().map(Keep::open).transpose()? {
        // What is to be written anew is what one begins with, unless something else was named.
        Some((keep, there)) => {
            if let (None, Some(text), Some(file)) = (&options.zones, there, &options.write) {
                zones = settings::read_zones(file, &text)?;
            }
            Some(keep)
        }
        None => None,
    };
    let mut job = access.job()?;
    job.zones = drawn::eyes(&zones);
    let zones = zones.iter().map(Drawn::from).collect();
    Ok(Plan { job, zones, counters: None, keep, record: Record::new(&access.shown(), None), camera: access.shown() })
}

fn read_zones(file: &Path) -> anyhow::Result<Vec<CameraZone>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    Ok(settings::read_zones(file, &text)?)
}
