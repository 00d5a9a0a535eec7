//! Screens are devices: an open wall or counter page is reported to the broker as a device `wall`,
//! with its flags, so that a supervisor sees a screen that is dark or may not sound.
//!
//! State, not messages: the newest word of each screen, which the feed publishes once a second if it
//! changed, and every 30 s. Nothing queues up while the broker is away, and a page that says a lot
//! costs no more than one that says little.
//!
//! Anybody may open a wall. So a screen's id as a device begins with `screen-`, where it can be
//! mistaken for no other device, and what is not there for ten minutes is a visitor: it is never
//! told as lost.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::event::{DeviceKind, DeviceState};
use domain::{BootId, DeviceId, FlagWord, SiteId, Timestamp};
use mqtt_config::topics::{Channel, DeviceTopic};
use mqtt_config::wire::{self, Status};
use tokio::time::Instant;

/// How the ids of screens begin.
const ID_PREFIX: &str = "screen-";
/// The longest id of a device.
const ID_LONGEST: usize = 32;
/// Every run of this program is a boot of all its screens; by these beginnings a later run knows
/// which retained words were its own kind's (a display may also be a device by itself), and which
/// of them were of visitors.
const VISITOR_BOOT: &str = "visitor-";
const HALL_BOOT: &str = "hall-";
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
    known: Mutex<Known>,
    visitor_boot: BootId,
    hall_boot: BootId,
    started: Instant,
}

#[derive(Debug, Default)]
struct Known {
    screens: BTreeMap<Key, Screen>,
    /// Displays that are devices by themselves and speak at such an address.
    others: BTreeSet<Key>,
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
    of_hall: bool,
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
            true if self.in_order || !self.is_of_hall(now) => DeviceState::Disconnected,
            true => DeviceState::Lost,
        }
    }

    /// Whether it stayed long enough to be no visitor.
    fn is_of_hall(&self, now: Instant) -> bool {
        self.left.unwrap_or(now) - self.since >= VISIT
    }

    fn is_forgotten(&self, now: Instant) -> bool {
        self.left.is_some_and(|left| {
            let kept = if self.is_of_hall(now) { KEPT } else { VISITOR_KEPT };
            now - left >= kept
        })
    }

    /// Whether the board's row would be wrong, or too old, without a new word.
    fn is_due(&self, now: Instant) -> bool {
        self.told.is_none_or(|told| {
            let state = self.state(now);
            let heartbeat = state == DeviceState::Ready && now - told.when >= HEARTBEAT;
            told.state != state || told.muted != self.muted || told.of_hall != self.is_of_hall(now) || heartbeat
        })
    }
}

impl Screens {
    /// No screens yet.
    #[must_use]
    pub fn new(now: Instant) -> Self {
        let run = uuid::Uuid::new_v4().simple().to_string();
        let boot = |prefix: &str| {
            BootId::new(&format!("{prefix}{run}")).expect("under 64 letters, digits and hyphens are a boot id")
        };
        Self { known: Mutex::default(), visitor_boot: boot(VISITOR_BOOT), hall_boot: boot(HALL_BOOT), started: now }
    }

    /// A page opens on the screen of this name; `None` when the site has too many screens. It is
    /// there until the presence is dropped.
    pub fn arrive(self: &Arc<Self>, site: SiteId, name: DeviceId, now: Instant) -> Option<Presence> {
        let key = (site, device(name));
        let mut known = self.known();
        let of_site = known.screens.keys().filter(|(other, _)| *other == site).count();
        if known.others.contains(&key) || !known.screens.contains_key(&key) && of_site >= MOST {
            return None;
        }
        let screen = known.screens.entry(key).or_insert_with(|| Screen::arrives(now));
        screen.open += 1;
        (screen.left, screen.in_order) = (None, false);
        drop(known);
        Some(Presence { screens: Arc::clone(self), key })
    }

    /// A display has spoken, or the broker has kept its word. One that an earlier run of this
    /// program reported is taken over: if its page does not come back it is told as gone. One that
    /// speaks for itself is left alone.
    pub fn heard(&self, topic: &DeviceTopic, payload: &[u8], now: Instant) {
        let like_ours = topic.kind == DeviceKind::Wall && topic.device.as_str().starts_with(ID_PREFIX);
        let (true, Ok(status)) = (like_ours, wire::parse_status(payload)) else { return };
        let key = (topic.site, topic.device);
        if [self.visitor_boot, self.hall_boot].contains(&status.boot) {
            return;
        }
        let began = |prefix| status.boot.as_str().starts_with(prefix);
        let mut known = self.known();
        if began(VISITOR_BOOT) || began(HALL_BOOT) {
            let stayed = if began(HALL_BOOT) { VISIT } else { Duration::ZERO };
            let since = now.checked_sub(stayed).unwrap_or(self.started);
            known.screens.entry(key).or_insert(Screen { left: Some(now), ..Screen::arrives(since) });
        } else {
            known.screens.remove(&key);
            known.others.insert(key);
        }
    }

    /// The broker may have lost what it kept: everything is said again.
    pub fn again(&self) {
        self.known().screens.values_mut().for_each(|screen| screen.told = None);
    }

    /// What is to be published now. `at`: the host's clock.
    pub fn due(&self, now: Instant, at: Timestamp) -> Vec<Word> {
        let mut words = Vec::new();
        let up_ms = u64::try_from((now - self.started).as_millis()).ok();
        self.known().screens.retain(|(site, device), screen| {
            let topic = DeviceTopic { site: *site, kind: DeviceKind::Wall, device: *device, channel: Channel::Status };
            if screen.is_forgotten(now) {
                words.push(Word { topic: topic.to_string(), payload: String::new() });
                return false;
            }
            if screen.is_due(now) {
                let of_hall = screen.is_of_hall(now);
                let told = Told { when: now, state: screen.state(now), muted: screen.muted, of_hall };
                let flags = told.muted.then(muted).into_iter().collect();
                let boot = if of_hall { self.hall_boot } else { self.visitor_boot };
                let status = Status { flags, ..Status::new(told.state, at, boot, up_ms) };
                words.push(Word { topic: topic.to_string(), payload: wire::json(&status) });
                screen.told = Some(told);
            }
            true
        });
        words
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // A panic elsewhere leaves each screen whole.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A screen's id as a device. A long name keeps its end, where browsers' own names differ.
fn device(name: DeviceId) -> DeviceId {
    let name = name.as_str();
    let kept = &name[name.len().saturating_sub(ID_LONGEST - ID_PREFIX.len())..];
    DeviceId::new(&format!("{ID_PREFIX}{kept}")).expect("the end of an id, behind a prefix, is an id")
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
        if let Some(screen) = self.screens.known().screens.get_mut(&self.key) {
            screen.muted = muted;
        }
    }

    /// The page says that it goes: somebody closed it, or goes to another. Of two tabs only the last
    /// one's farewell is the screen's.
    pub fn goes(&self) {
        if let Some(screen) = self.screens.known().screens.get_mut(&self.key) {
            screen.in_order = screen.open == 1;
        }
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        if let Some(screen) = self.screens.known().screens.get_mut(&self.key) {
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
