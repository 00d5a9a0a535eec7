//! Which camera.

use std::fmt;

use domain::{CameraId, DeviceId, SiteId};

/// A camera of a site: another site may use the same id. Printed as `site.camera`, which is also the
/// name of its account at the broker and of its files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Its site.
    pub site: SiteId,
    /// Its id.
    pub camera: CameraId,
}

impl Key {
    /// The camera as a device: it speaks for itself.
    #[must_use]
    pub fn device(&self) -> DeviceId {
        DeviceId::new(self.camera.as_str()).expect("all plain ids have one pattern")
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.site, self.camera)
    }
}
