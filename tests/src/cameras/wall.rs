//! What a screen shows of the zones, and when: kept for as long as a test runs.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::socket::Screen;

/// A change of a zone's row.
#[derive(Debug, Clone, PartialEq)]
pub struct Glimpse {
    /// When the screen had it.
    pub at: Instant,
    /// The camera's id.
    pub camera: String,
    /// The zone's id.
    pub zone: String,
    /// 0..1; `None`: not known.
    pub level: Option<f64>,
}

/// A screen that watches the zones of a site.
#[derive(Debug)]
pub struct Wall {
    shared: Arc<Shared>,
    watcher: Option<JoinHandle<Result<(), String>>>,
}

#[derive(Debug, Default)]
struct Shared {
    glimpses: Mutex<Vec<Glimpse>>,
    over: AtomicBool,
}

impl Wall {
    /// Connects and watches.
    ///
    /// # Errors
    /// When it cannot connect.
    pub fn open(address: &str, site: &str) -> Result<Self, String> {
        let screen = Screen::open(address, site)?;
        let shared = Arc::new(Shared::default());
        let watching = Arc::clone(&shared);
        let watcher = Some(thread::spawn(move || watch(screen, &watching)));
        Ok(Self { shared, watcher })
    }

    /// The last word on each zone of a camera.
    #[must_use]
    pub fn levels(&self, camera: &str) -> BTreeMap<String, Option<f64>> {
        let glimpses = self.shared.glimpses.lock().unwrap_or_else(PoisonError::into_inner);
        let own = glimpses.iter().filter(|glimpse| glimpse.camera == camera);
        own.map(|glimpse| (glimpse.zone.clone(), glimpse.level)).collect()
    }

    /// Whether a level of this camera has come since then.
    #[must_use]
    pub fn has_seen_since(&self, camera: &str, since: Instant) -> bool {
        let glimpses = self.shared.glimpses.lock().unwrap_or_else(PoisonError::into_inner);
        let newer = glimpses.iter().rev().take_while(|glimpse| glimpse.at >= since);
        newer.into_iter().any(|glimpse| glimpse.camera == camera && glimpse.level.is_some())
    }

    /// All that is known so far is known of no zone of this camera (and it has zones): when that began.
    #[must_use]
    pub fn unknown_since(&self, camera: &str) -> Option<Instant> {
        let glimpses = self.shared.glimpses.lock().unwrap_or_else(PoisonError::into_inner);
        let mut levels = BTreeMap::new();
        let mut since = None;
        for glimpse in glimpses.iter().filter(|glimpse| glimpse.camera == camera) {
            levels.insert(glimpse.zone.as_str(), glimpse.level);
            let unknown = levels.values().all(Option::is_none);
            since = if unknown { since.or(Some(glimpse.at)) } else { None };
        }
        since
    }

    /// Everything that it has seen, in order. Ends the watch.
    ///
    /// # Errors
    /// Why the screen was lost meanwhile.
    pub fn end(mut self) -> Result<Vec<Glimpse>, String> {
        self.shared.over.store(true, Ordering::Relaxed);
        if let Some(watcher) = self.watcher.take() {
            watcher.join().map_err(|_| "the watcher failed".to_owned())??;
        }
        let mut glimpses = self.shared.glimpses.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(std::mem::take(&mut glimpses))
    }
}

impl Drop for Wall {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::Relaxed);
        // How it ended is asked by `end` alone.
        drop(self.watcher.take().map(JoinHandle::join));
    }
}

fn watch(mut screen: Screen, shared: &Shared) -> Result<(), String> {
    let mut known: BTreeMap<(String, String), Option<f64>> = BTreeMap::new();
    while !shared.over.load(Ordering::Relaxed) {
        for row in screen.board["zones"].as_array().into_iter().flatten() {
            let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
            let (key, level) = ((text("camera"), text("zone")), row["level"].as_f64());
            if known.get(&key) != Some(&level) {
                let (camera, zone) = key.clone();
                let glimpse = Glimpse { at: Instant::now(), camera, zone, level };
                shared.glimpses.lock().unwrap_or_else(PoisonError::into_inner).push(glimpse);
                known.insert(key, level);
            }
        }
        // A day of boards is not needed here.
        screen.history.clear();
        screen.hear(Duration::from_millis(100))?;
    }
    Ok(())
}
