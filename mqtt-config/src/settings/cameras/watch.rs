//! Takes changed cameras in while `camera-ingest` runs.

use std::path::PathBuf;

use domain::SiteId;

use super::CameraSettings;
use crate::settings::mistakes::Mistakes;
use crate::settings::site::Placed;
use crate::settings::watch::{Change, OfSite, Watch};

/// What a look at the sites' files found about their cameras.
#[derive(Debug, Clone, PartialEq)]
pub enum CameraChange {
    /// The cameras of a site are not what they were.
    Changed {
        /// The site.
        site: SiteId,
        /// All of its cameras, as they are now; one that is not among them is no more.
        cameras: Vec<CameraSettings>,
    },
    /// A file changed and is wrong: the cameras of its site stay as they were.
    Wrong(Mistakes),
}

/// The cameras of the sites' files, watched as [`crate::settings::SiteWatch`] watches the sites. What
/// changed in a file beside its cameras is no change here.
#[derive(Debug)]
pub struct CameraWatch(Watch<SiteCameras>);

#[derive(Debug, Clone, PartialEq)]
struct SiteCameras {
    site: SiteId,
    cameras: Vec<CameraSettings>,
}

impl OfSite for SiteCameras {
    fn of(placed: Placed) -> Self {
        Self { site: placed.config.site, cameras: placed.cameras }
    }

    fn site(&self) -> SiteId {
        self.site
    }
}

impl CameraWatch {
    /// Reads the cameras of the sites' files and watches them from that moment; a path may be a glob
    /// pattern.
    ///
    /// # Errors
    /// Every mistake in all of the files.
    pub fn open(patterns: &[PathBuf]) -> Result<(Self, Vec<CameraSettings>), Mistakes> {
        let (watch, sites) = Watch::<SiteCameras>::open(patterns)?;
        Ok((Self(watch), sites.into_iter().flat_map(|site| site.cameras).collect()))
    }

    /// Looks at the files: one `stat` each, and a reading of what changed. Call it about once a
    /// second; a change is found at the second call after it.
    pub fn poll(&mut self) -> Vec<CameraChange> {
        let change = |change| match change {
            Change::Changed(SiteCameras { site, cameras }) => CameraChange::Changed { site, cameras },
            Change::Wrong(mistakes) => CameraChange::Wrong(mistakes),
        };
        self.0.poll().into_iter().map(change).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::files::tests::scratch;
    use std::fs;
    use std::path::Path;

    /// Writes the file as careful editors do, and looks twice.
    fn change(dir: &Path, watch: &mut CameraWatch, text: &str) -> Vec<CameraChange> {
        let draft = dir.join("draft");
        fs::write(&draft, text).unwrap();
        fs::rename(draft, dir.join("a.toml")).unwrap();
        assert_eq!(watch.poll(), [], "nothing is read at the first look");
        watch.poll()
    }

    #[test]
    fn only_what_is_about_cameras_is_a_change() {
        let dir = scratch("camera-watch");
        let of = |name: &str, rest: &str| format!("site = \"a\"\nname = \"{name}\"\n{rest}");
        let camera = "[[camera]]\ncamera = \"hall\"\nsource = \"rtsp://192.0.2.7/1\"\n";
        fs::write(dir.join("a.toml"), of("A", "")).unwrap();
        let (mut watch, cameras) = CameraWatch::open(&[dir.join("*.toml")]).unwrap();
        assert_eq!(cameras, []);
        assert_eq!(change(&dir, &mut watch, &of("Another name", "")), []);
        let told = change(&dir, &mut watch, &of("A", camera));
        let [CameraChange::Changed { site, cameras }] = told.as_slice() else { panic!("{told:?}") };
        assert_eq!((site.as_str(), cameras[0].camera.as_str(), cameras.len()), ("a", "hall", 1));
        let told = change(&dir, &mut watch, &of("A", "[[camera]]\ncamera = \"hall\"\nsuorce = \"x\""));
        assert!(matches!(told.as_slice(), [CameraChange::Wrong(mistakes)] if mistakes.len() == 1), "{told:?}");
        assert_eq!(change(&dir, &mut watch, &of("A", camera)), [], "back to what it was");
        let told = change(&dir, &mut watch, &of("A", ""));
        assert!(matches!(told.as_slice(), [CameraChange::Changed { cameras, .. }] if cameras.is_empty()), "{told:?}");
    }
}
