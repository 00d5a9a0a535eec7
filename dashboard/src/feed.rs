//! The feed: the live topics of the broker become the sites' boards. One task, one session.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use domain::SiteId;
use domain::event::DeviceState;
use domain::storage::Storage;
use mqtt_config::session::{Inbound, Qos, Session, SessionEvent, SessionOptions, Subscription};
use mqtt_config::topics::{COLLECTOR_METRICS, DeviceTopic, LiveTopic, TopicError};
use serde::Deserialize;
use tokio::sync::oneshot;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::app::App;
use crate::health::host_clock;
use crate::live::Unusable;

/// How often the sites are looked over for one that waits too long for its board.
const LOOK_OVER: Duration = Duration::from_secs(5);

/// How long a site may wait for a board after a gap. The collector publishes one within a second of
/// an event, and every 10 s while time alone moves rows; if one went missing, only a new connection
/// brings it.
const BOARD_DUE: Duration = Duration::from_secs(15);

/// Between two connections made for the sake of a board, so that a site that is at odds with itself
/// cannot keep the others' screens from theirs.
const REFETCH_PAUSE: Duration = Duration::from_secs(60);

/// The words of screens, our own and others'.
const SCREENS: &str = "motcua/v1/+/wall/+/status";

/// How often the screens are looked over for one that left, or has to say again that it lives.
const SCREENS_LOOK: Duration = Duration::from_secs(1);

/// What the feed asks the broker for. Boards and the other retained topics come at QoS 1, so that
/// the last word of a quiet site is never lost; deltas at QoS 0, because a lost one is noticed by
/// the next and mended by the next board, while a queue of old ones would help nobody.
#[must_use]
pub fn subscriptions() -> Vec<Subscription> {
    let live = |topic: LiveTopic, qos| (format!("motcua/v1/+/live/{topic}"), qos);
    [
        live(LiveTopic::Board, Qos::AtLeastOnce),
        live(LiveTopic::DeadLetters, Qos::AtLeastOnce),
        live(LiveTopic::Outlook, Qos::AtLeastOnce),
        live(LiveTopic::Delta, Qos::AtMostOnce),
        (COLLECTOR_METRICS.to_owned(), Qos::AtLeastOnce),
        // What an earlier run of this program has said of screens.
        (SCREENS.to_owned(), Qos::AtLeastOnce),
    ]
    .into_iter()
    // Without Retain As Published, so that `retain` tells the broker's store from the collector's word.
    .map(|(filter, qos)| Subscription { filter, qos, retain_as_published: false })
    .collect()
}

/// What is read of the collector's figures here; the rest goes to `/metrics` as it is.
#[derive(Deserialize)]
struct Metrics {
    state: DeviceState,
    /// The disk's, which an older collector and a will do not have.
    #[serde(default)]
    storage: Option<Storage>,
}

/// Why a message was not used.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error(transparent)]
    Topic(#[from] TopicError),
    #[error(transparent)]
    Payload(#[from] Unusable),
}

/// Follows the broker until the program's end. `first` is told of the first connection.
pub async fn run(app: App, options: SessionOptions, first: oneshot::Sender<()>) {
    let mut session = Session::new(options);
    let mut feed = Feed::new(&app, Some(first));
    let mut look_over = interval(LOOK_OVER);
    look_over.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut screens_look = interval(SCREENS_LOOK);
    screens_look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let event = tokio::select! {
            () = app.stop.cancelled() => break,
            event = session.next() => event,
            now = look_over.tick() => {
                let asked = Arc::clone(&app);
                // It may write a file, and waits for nobody.
                tokio::task::spawn_blocking(move || asked.what_if.look(&asked.sites));
                if feed.waits_too_long(now) {
                    session.reconnect();
                }
                continue;
            }
            _ = screens_look.tick() => {
                tell_screens(&app, &mut session);
                continue;
            }
        };
        match event {
            SessionEvent::Messages(batch) => {
                for message in batch {
                    feed.take(&message);
                    if let Some(token) = message.ack {
                        session.ack(token);
                    }
                }
            }
            event => feed.link(&event),
        }
    }
    session.close().await;
}

/// Publishes what is new of the screens; nothing while the broker is away: it is all said again
/// when it is back.
fn tell_screens(app: &App, session: &mut Session) {
    if !session.is_connected() {
        return;
    }
    let now = Instant::now();
    for word in app.screens.due(now, host_clock()) {
        if let Err(why) = session.publish(&word.topic, word.payload.into(), Qos::AtLeastOnce, true) {
            tracing::warn!(topic = word.topic, %why, "The word of a screen was not sent; the next one will be.");
        }
    }
}

struct Feed<'a> {
    app: &'a App,
    /// The sites that wait for a board, as the last looks over found them.
    waiting: HashMap<SiteId, Waiting>,
    /// The sites of which this connection brought a board, so that the broker has one.
    boards_came: BTreeSet<SiteId>,
    last_refetch: Option<Instant>,
    first: Option<oneshot::Sender<()>>,
}

struct Waiting {
    since: Instant,
    /// A new connection was made for it.
    refetched: bool,
}

impl<'a> Feed<'a> {
    fn new(app: &'a App, first: Option<oneshot::Sender<()>>) -> Self {
        Self { app, waiting: HashMap::new(), boards_came: BTreeSet::new(), last_refetch: None, first }
    }
}

impl Feed<'_> {
    /// Takes in what the session says of the connection.
    fn link(&mut self, event: &SessionEvent) {
        match event {
            SessionEvent::Connected { connection, .. } => {
                tracing::info!(connection, "The broker is connected.");
                self.boards_came.clear();
                self.app.health.connected(true);
                self.app.screens.again();
                // An error says that nobody waits for it.
                self.first.take().map(|first| first.send(()));
            }
            SessionEvent::Lost { why, retry_in } => {
                tracing::warn!(%why, ?retry_in, "The broker is not connected.");
                self.app.figures.connections_lost.one();
                self.app.health.connected(false);
                for site in self.app.sites.all() {
                    site.mark_broken();
                }
            }
            // A screen's word is said again before long, and messages do not come here.
            SessionEvent::Acked(_) | SessionEvent::Messages(_) => {}
        }
    }

    fn take(&mut self, message: &Inbound) {
        self.app.figures.messages.one();
        let taken = if message.topic == COLLECTOR_METRICS {
            self.take_metrics(message)
        } else if let Ok(screen) = DeviceTopic::parse(&message.topic) {
            self.app.screens.heard(&screen, &message.payload, Instant::now());
            Ok(())
        } else {
            // What the broker has kept says nothing about now.
            if !message.retain {
                self.app.health.sign();
            }
            self.take_live(&message.topic, &message.payload)
        };
        if let Err(why) = taken {
            self.app.figures.unusable.one();
            tracing::warn!(topic = %message.topic.escape_ascii(), %why, "A live message cannot be used.");
        }
    }

    /// The collector's heartbeat, its farewell, or its will.
    fn take_metrics(&self, message: &Inbound) -> Result<(), Refused> {
        let Metrics { state, storage } = serde_json::from_slice(&message.payload).map_err(Unusable::from)?;
        let lives = matches!(state, DeviceState::Init | DeviceState::Ready | DeviceState::Sleeping);
        if !lives {
            self.app.health.no_sign();
        } else if !message.retain {
            self.app.health.sign();
        }
        if let Some(storage) = storage {
            self.app.health.disk(storage);
        }
        self.app.figures.collector_said(&message.payload);
        Ok(())
    }

    fn take_live(&mut self, topic: &[u8], payload: &[u8]) -> Result<(), Refused> {
        let (site, topic) = LiveTopic::parse(topic)?;
        match topic {
            LiveTopic::Board if payload.is_empty() => {
                tracing::info!(%site, "The site is gone.");
                self.boards_came.remove(&site);
                self.app.sites.remove(site);
            }
            LiveTopic::Board => {
                self.boards_came.insert(site);
                self.app.sites.get_or_add(site).on_board(payload)?;
            }
            LiveTopic::Delta => self.app.sites.get_or_add(site).on_delta(payload)?,
            LiveTopic::DeadLetters => self.app.sites.get_or_add(site).on_dead_letters(payload),
            LiveTopic::Outlook => self.app.sites.get_or_add(site).on_outlook(payload)?,
            // Not asked for: they are for simple displays.
            LiveTopic::Counter(_) | LiveTopic::Calls => {}
        }
        Ok(())
    }

    /// Whether a site has waited so long for a board, though the broker and the collector are there,
    /// that a new connection is due, which brings every retained board. A site that gets none even
    /// so is gone: its board was cleared while we were away. One that gets a board which is not the
    /// newest keeps the last one shown, as stale: the next one comes by itself, and another
    /// connection would bring nothing else.
    fn waits_too_long(&mut self, now: Instant) -> bool {
        let broken: BTreeSet<_> =
            self.app.sites.all().iter().filter(|site| site.is_broken()).map(|site| site.id()).collect();
        self.waiting.retain(|site, _| broken.contains(site));
        if !self.app.health.is_heard() {
            self.waiting.values_mut().for_each(|waiting| waiting.since = now);
            return false;
        }
        let may_refetch = self.last_refetch.is_none_or(|last| now - last >= REFETCH_PAUSE);
        let mut refetch = false;
        for site in broken {
            let waiting = self.waiting.entry(site).or_insert(Waiting { since: now, refetched: false });
            if now - waiting.since < BOARD_DUE {
                continue;
            }
            if waiting.refetched && self.boards_came.contains(&site) {
                continue;
            }
            if waiting.refetched {
                tracing::warn!(%site, "The broker has no board of the site; it is gone.");
                self.app.sites.remove(site);
            } else if may_refetch {
                tracing::warn!(%site, "A board does not come; connecting anew for it.");
                *waiting = Waiting { since: now, refetched: true };
                refetch = true;
            }
        }
        if refetch {
            self.app.figures.stalls.one();
            self.last_refetch = Some(now);
        }
        refetch
    }
}

#[cfg(test)]
#[path = "feed_tests.rs"]
mod tests;
