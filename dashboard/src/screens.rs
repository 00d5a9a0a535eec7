//! Screens are devices: an open wall or counter page is reported to the broker as a device `wall`,
//! with its flags, so that a supervisor sees a screen that is dark or may not sound.
//!
//! State, not messages: the newest word of each screen, which the feed publishes when it changed
//! and every 30 s. Nothing queues up while the broker is away.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::event::{DeviceKind, DeviceState};
use domain::{BootId, DeviceId, FlagWord, SiteId, Timestamp};
use mqtt_config::topics::{Channel, DeviceTopic};
use mqtt_config::wire::{self, Status};
use tokio::sync::Notify;
use tokio::time::Instant;

/// Every run of this program is a boot of all its screens; by this beginning a later run knows
/// which retained words were its own kind's (a display may also be a device by itself).
const BOOT_PREFIX: &str = "page-";
/// How often a screen that is there says so.
const HEARTBEAT: Duration = Duration::from_secs(30);
/// A page that is loaded anew is not told as gone.
const GRACE: Duration = Duration::from_secs(5);
/// Whoever stayed shorter than this was a visitor, not a screen of the hall.
const VISIT: Duration = Duration::from_secs(600);
/// A visitor is forgotten this long after leaving.
const VISITOR_KEPT: Duration = Duration::from_secs(60);
/// A screen of the hall stays on the board as lost or disconnected for this long.
const KEPT: Duration = Duration::from_secs(86_400);
/// Most screens of one site. A page beyond them works all the same and is counted, not reported:
/// anybody may open a wall, and the board must not grow with who does.
const MOST: usize = 200;

type Key = (SiteId, DeviceId);

/// The screens of all sites.
#[derive(Debug)]
pub struct Screens {
    known: Mutex<BTreeMap<Key, Screen>>,
    boot: BootId,
    started: Instant,
    /// Something is to be published.
    pub changed: Notify,
}

#[derive(Debug)]
struct Screen {
    /// Pages that are open under this id: two tabs are one screen.
    open: usize,
    since: Instant,
    left: Option<Instant>,
    /// The last page said that it goes, which a screen without power or line does not.
    in_order: bool,
    muted: bool,
    told: Option<Told>,
}

/// What was last published of a screen.
#[derive(Debug, Clone, Copy)]
struct Told {
    when: Instant,
    state: DeviceState,
    muted: bool,
}

/// A message for the broker, retained; an empty payload clears.
#[derive(Debug, PartialEq, Eq)]
pub struct Word {
    /// The screen's `status`.
    pub topic: String,
    /// JSON, or nothing.
    pub payload: String,
}

impl Screen {
    fn arrives(now: Instant) -> Self {
        Self { open: 0, since: now, left: None, in_order: false, muted: false, told: None }
    }

    fn state(&self, now: Instant) -> DeviceState {
        let gone = self.left.is_some_and(|left| now - left >= GRACE);
        match gone {
            false => DeviceState::Ready,
            true if self.in_order => DeviceState::Disconnected,
            true => DeviceState::Lost,
        }
    }

    fn is_forgotten(&self, now: Instant) -> bool {
        self.left.is_some_and(|left| {
            let kept = if left - self.since < VISIT { VISITOR_KEPT } else { KEPT };
            now - left >= kept
        })
    }

    /// Whether the board's row would be wrong, or too old, without a new word.
    fn is_due(&self, now: Instant) -> bool {
        self.told.is_none_or(|told| {
            let state = self.state(now);
            let heartbeat = state == DeviceState::Ready && now - told.when >= HEARTBEAT;
            told.state != state || told.muted != self.muted || heartbeat
        })
    }
}

impl Screens {
    /// No screens yet.
    #[must_use]
    pub fn new(now: Instant) -> Self {
        let name = format!("{BOOT_PREFIX}{}", uuid::Uuid::new_v4().simple());
        let boot = BootId::new(&name).expect("37 letters, digits and a hyphen are a boot id");
        Self { known: Mutex::default(), boot, started: now, changed: Notify::new() }
    }

    /// A page opens under this id; `None` when the site has too many screens. It is there until
    /// the presence is dropped.
    pub fn arrive(self: &Arc<Self>, site: SiteId, id: DeviceId, now: Instant) -> Option<Presence> {
        let mut known = self.known();
        let full = !known.contains_key(&(site, id)) && known.keys().filter(|(other, _)| *other == site).count() >= MOST;
        if full {
            return None;
        }
        let screen = known.entry((site, id)).or_insert_with(|| Screen::arrives(now));
        screen.open += 1;
        (screen.left, screen.in_order) = (None, false);
        drop(known);
        self.changed.notify_one();
        Some(Presence { screens: Arc::clone(self), key: (site, id) })
    }

    /// The broker has kept a screen's word. One of an earlier run of this program is taken over:
    /// if its page does not come back it is told as lost.
    pub fn found(&self, topic: &DeviceTopic, payload: &[u8], now: Instant) {
        let Ok(status) = wire::parse_status(payload) else { return };
        let ours = status.boot.as_str().starts_with(BOOT_PREFIX) && status.boot != self.boot;
        if ours && topic.kind == DeviceKind::Wall {
            // It was a screen of the hall as far as anybody knows.
            let since = now.checked_sub(VISIT).unwrap_or(self.started);
            let screen = Screen { left: Some(now), ..Screen::arrives(since) };
            self.known().entry((topic.site, topic.device)).or_insert(screen);
        }
    }

    /// The broker may have lost what it kept: everything is said again.
    pub fn again(&self) {
        self.known().values_mut().for_each(|screen| screen.told = None);
        self.changed.notify_one();
    }

    /// What is to be published now. `at`: the host's clock.
    pub fn due(&self, now: Instant, at: Timestamp) -> Vec<Word> {
        let mut words = Vec::new();
        let up_ms = u64::try_from((now - self.started).as_millis()).ok();
        self.known().retain(|(site, device), screen| {
            let topic = DeviceTopic { site: *site, kind: DeviceKind::Wall, device: *device, channel: Channel::Status };
            if screen.is_forgotten(now) {
                words.push(Word { topic: topic.to_string(), payload: String::new() });
                return false;
            }
            if screen.is_due(now) {
                let told = Told { when: now, state: screen.state(now), muted: screen.muted };
                let flags = told.muted.then(muted).into_iter().collect();
                let status = Status { flags, ..Status::new(told.state, at, self.boot, up_ms) };
                words.push(Word { topic: topic.to_string(), payload: wire::json(&status) });
                screen.told = Some(told);
            }
            true
        });
        words
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<Key, Screen>> {
        // A panic elsewhere leaves each screen whole.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn muted() -> FlagWord {
    FlagWord::new("muted").expect("five small letters are a flag")
}

/// A page is open on a screen.
#[derive(Debug)]
pub struct Presence {
    screens: Arc<Screens>,
    key: Key,
}

impl Presence {
    /// What the page says of itself: whether it may not sound.
    pub fn say(&self, muted: bool) {
        if let Some(screen) = self.screens.known().get_mut(&self.key) {
            screen.muted = muted;
        }
        self.screens.changed.notify_one();
    }

    /// The page says that it goes: somebody closed it, or goes to another.
    pub fn goes(&self) {
        if let Some(screen) = self.screens.known().get_mut(&self.key) {
            screen.in_order = true;
        }
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        if let Some(screen) = self.screens.known().get_mut(&self.key) {
            screen.open = screen.open.saturating_sub(1);
            if screen.open == 0 {
                screen.left = Some(Instant::now());
            }
        }
    }
}

#[cfg(test)]
#[path = "screens_tests.rs"]
mod tests;
