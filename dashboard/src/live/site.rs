//! One site: its chain, its clients' frames, its newest dead letters and its outlook.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use domain::outlook::Outlook;
use domain::{SiteId, Timestamp};
use tokio::sync::broadcast;

use super::chain::{Chain, Unusable};
use super::frame::Frame;
use super::version::Version;
use crate::health::host_clock;

/// How many frames a client may be behind. The slowest is dropped from: it misses frames, is told
/// so, and gets a snapshot instead (counted as `snapshots{why="slow"}`). A frame is shared and
/// freed when the last client has it, so one stuck client keeps at most these.
const FRAMES_BEHIND: usize = 32;

/// One site. The feed writes it, requests read it; no lock is held longer than a fold.
#[derive(Debug)]
pub struct Site {
    id: SiteId,
    live: Mutex<Live>,
}

#[derive(Debug)]
struct Live {
    chain: Chain,
    /// Since when the newest board is not here; `None` while it is.
    awaits_since: Option<Timestamp>,
    dead_letters: Option<Bytes>,
    /// `None` before the collector wrote one.
    outlook: Option<Arc<Outlook>>,
    /// `None` once the site is gone.
    frames: Option<broadcast::Sender<Frame>>,
}

/// The board of one instant and every frame after it.
#[derive(Debug)]
pub struct Subscription {
    /// The board; `None` before the first one was heard.
    pub version: Option<Arc<Version>>,
    /// What follows it.
    pub frames: broadcast::Receiver<Frame>,
}

impl Live {
    /// Notes when the newest board was lost, or that it is here.
    fn look(&mut self) {
        let awaits = self.chain.is_broken() || self.chain.current().is_none();
        self.awaits_since = awaits.then(|| self.awaits_since.unwrap_or_else(host_clock));
    }
}

impl Site {
    /// A site that nothing has been heard of.
    #[must_use]
    pub fn new(id: SiteId) -> Self {
        let frames = Some(broadcast::channel(FRAMES_BEHIND).0);
        let awaits_since = Some(host_clock());
        Self {
            id,
            live: Mutex::new(Live { chain: Chain::new(id), awaits_since, dead_letters: None, outlook: None, frames }),
        }
    }

    /// Its id.
    #[must_use]
    pub const fn id(&self) -> SiteId {
        self.id
    }

    /// The board of now; `None` before the first one was heard.
    #[must_use]
    pub fn version(&self) -> Option<Arc<Version>> {
        self.live().chain.current().cloned()
    }

    /// The board of now and every frame after it, none missing and none twice; `None` when the
    /// site is gone.
    #[must_use]
    pub fn subscribe(&self) -> Option<Subscription> {
        let live = self.live();
        let frames = live.frames.as_ref()?.subscribe();
        Some(Subscription { version: live.chain.current().cloned(), frames })
    }

    /// How many clients are subscribed.
    #[must_use]
    pub fn clients(&self) -> usize {
        self.live().frames.as_ref().map_or(0, broadcast::Sender::receiver_count)
    }

    /// Ends the frames of every client: the site is no more.
    pub fn close(&self) {
        self.live().frames = None;
    }

    /// Takes in a `live/board`.
    ///
    /// # Errors
    /// When it is not a board of this site.
    pub fn on_board(&self, json: &[u8]) -> Result<(), Unusable> {
        self.step(|chain| chain.on_board(json))
    }

    /// Takes in a `live/delta`.
    ///
    /// # Errors
    /// When it is neither a delta nor an `alive`.
    pub fn on_delta(&self, json: &[u8]) -> Result<(), Unusable> {
        self.step(|chain| chain.on_delta(json))
    }

    /// Takes in `live/dead-letters`.
    pub fn on_dead_letters(&self, json: &[u8]) {
        // A copy: a slice would keep the session's whole read buffer.
        self.live().dead_letters = Some(Bytes::copy_from_slice(json));
    }

    /// Takes in `live/outlook`; an empty one says that there is none any more.
    ///
    /// # Errors
    /// When it cannot be read or is another site's; the one before is kept.
    pub fn on_outlook(&self, json: &[u8]) -> Result<(), Unusable> {
        let outlook = if json.is_empty() { None } else { Some(serde_json::from_slice::<Outlook>(json)?) };
        match outlook {
            Some(other) if other.site != self.id => Err(Unusable::WrongSite(other.site)),
            outlook => {
                self.live().outlook = outlook.map(Arc::new);
                Ok(())
            }
        }
    }

    /// All that a simulation of the next hours needs; `None` when the collector has not said it.
    #[must_use]
    pub fn outlook(&self) -> Option<Arc<Outlook>> {
        self.live().outlook.clone()
    }

    /// The newest dead letters as the collector wrote them; `None` when it has not.
    #[must_use]
    pub fn dead_letters(&self) -> Option<Bytes> {
        self.live().dead_letters.clone()
    }

    /// Deltas may be missing from here on.
    pub fn mark_broken(&self) {
        let mut live = self.live();
        live.chain.mark_broken();
        live.look();
    }

    /// Whether a board is awaited.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.live().chain.is_broken()
    }

    /// Since when the site has no board, or one that is not the newest; `None` while all is well.
    #[must_use]
    pub fn awaits_board_since(&self) -> Option<Timestamp> {
        self.live().awaits_since
    }

    fn step(&self, apply: impl FnOnce(&mut Chain) -> Result<Vec<Frame>, Unusable>) -> Result<(), Unusable> {
        let mut live = self.live();
        // Sent under the lock, so that `subscribe` sees either the board before or after.
        let frames = apply(&mut live.chain);
        // Also a message that cannot be used may tell that something was lost.
        live.look();
        for frame in frames? {
            // An error says that nobody is subscribed: then nobody misses it.
            live.frames.as_ref().map(|frames| frames.send(frame));
        }
        Ok(())
    }

    fn live(&self) -> MutexGuard<'_, Live> {
        // A panic elsewhere leaves a chain whole: it is replaced or folded, never half.
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::broadcast::error::TryRecvError;

    use super::*;
    use crate::live::View;
    use crate::testing::{board_text, delta_text, site_id};

    #[test]
    fn a_subscriber_gets_the_board_and_what_follows_it() {
        let site = Site::new(site_id());
        assert!(site.subscribe().unwrap().version.is_none());
        site.on_board(&board_text(1)).unwrap();
        site.on_delta(delta_text(1, 2).as_bytes()).unwrap();
        let mut client = site.subscribe().unwrap();
        site.on_delta(delta_text(2, 3).as_bytes()).unwrap();
        assert_eq!(client.version.unwrap().board().seq, 2);
        assert_eq!(client.frames.try_recv().unwrap().text(View::Full).as_str(), delta_text(2, 3));
        assert!(matches!(client.frames.try_recv(), Err(TryRecvError::Empty)));
    }

    #[test]
    fn a_client_that_never_reads_is_told_and_keeps_nothing_alive() {
        let site = Site::new(site_id());
        site.on_board(&board_text(0)).unwrap();
        let mut stuck = site.subscribe().unwrap();
        for seq in 0..100 {
            site.on_delta(delta_text(seq, seq + 1).as_bytes()).unwrap();
        }
        assert!(matches!(stuck.frames.try_recv(), Err(TryRecvError::Lagged(_))));
        assert_eq!(site.version().unwrap().board().seq, 100);
    }

    #[test]
    fn since_when_a_board_is_awaited_stays_until_it_comes() {
        let site = Site::new(site_id());
        assert!(site.awaits_board_since().is_some(), "none came yet");
        site.on_board(&board_text(1)).unwrap();
        assert_eq!(site.awaits_board_since(), None);
        site.mark_broken();
        let since = Timestamp::from_ms(1_795_395_600_000);
        site.live().awaits_since = Some(since);
        site.on_delta(delta_text(5, 6).as_bytes()).unwrap();
        assert_eq!(site.awaits_board_since(), Some(since));
        site.on_board(&board_text(6)).unwrap();
        assert_eq!(site.awaits_board_since(), None);
    }

    #[test]
    fn a_site_that_is_gone_ends_its_clients() {
        let site = Site::new(site_id());
        let mut client = site.subscribe().unwrap();
        site.close();
        assert!(matches!(client.frames.try_recv(), Err(TryRecvError::Closed)));
        assert!(site.subscribe().is_none());
    }
}
