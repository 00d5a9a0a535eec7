//! All sites by their id. A site exists when the collector has published something live for it.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use domain::SiteId;

use super::site::Site;

/// All sites; a handle that is cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Sites(Arc<RwLock<BTreeMap<SiteId, Arc<Site>>>>);

impl Sites {
    /// The site, if the collector has spoken of it.
    #[must_use]
    pub fn get(&self, id: SiteId) -> Option<Arc<Site>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    /// The site, which exists from now on.
    #[must_use]
    pub fn get_or_add(&self, id: SiteId) -> Arc<Site> {
        self.get(id).unwrap_or_else(|| {
            let mut sites = self.0.write().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(sites.entry(id).or_insert_with(|| Arc::new(Site::new(id))))
        })
    }

    /// Forgets a site: its retained board was cleared. Its clients' sockets end.
    pub fn remove(&self, id: SiteId) {
        let gone = self.0.write().unwrap_or_else(PoisonError::into_inner).remove(&id);
        gone.inspect(|site| site.close());
    }

    /// All sites in the order of their ids.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Site>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }
}
