//! The feed: the live topics of the broker become the sites' boards. One task, one session.

use std::collections::HashMap;
use std::time::Duration;

use domain::SiteId;
use domain::event::DeviceState;
use mqtt_config::session::{Inbound, Qos, Session, SessionEvent, SessionOptions, Subscription};
use mqtt_config::topics::{COLLECTOR_METRICS, LiveTopic, TopicError};
use serde::Deserialize;
use tokio::sync::oneshot;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::app::App;
use crate::live::Unusable;

/// How often the sites are looked over for one that waits too long for its board.
const LOOK_OVER: Duration = Duration::from_secs(5);

/// How long a site may wait for a board after a gap. The collector publishes one within a second of
/// a change; if the last of them went missing, only a new connection brings it.
const BOARD_DUE: Duration = Duration::from_secs(10);

/// What the feed asks the broker for. Boards and the other retained topics come at QoS 1, so that
/// the last word of a quiet site is never lost; deltas at QoS 0, because a lost one is noticed by
/// the next and mended by the next board, while a queue of old ones would help nobody.
#[must_use]
pub fn subscriptions() -> Vec<Subscription> {
    let live = |topic: LiveTopic, qos| (format!("motcua/v1/+/live/{topic}"), qos);
    [
        live(LiveTopic::Board, Qos::AtLeastOnce),
        live(LiveTopic::DeadLetters, Qos::AtLeastOnce),
        live(LiveTopic::Delta, Qos::AtMostOnce),
        (COLLECTOR_METRICS.to_owned(), Qos::AtLeastOnce),
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
    let mut feed = Feed { app: &app, waiting_since: HashMap::new(), first: Some(first) };
    let mut look_over = interval(LOOK_OVER);
    look_over.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let event = tokio::select! {
            () = app.stop.cancelled() => break,
            event = session.next() => event,
            now = look_over.tick() => {
                if feed.waits_too_long(now) {
                    session.reconnect();
                }
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

struct Feed<'a> {
    app: &'a App,
    /// The sites that wait for a board, as the last looks over found them.
    waiting_since: HashMap<SiteId, Instant>,
    first: Option<oneshot::Sender<()>>,
}

impl Feed<'_> {
    /// Takes in what the session says of the connection.
    fn link(&mut self, event: &SessionEvent) {
        match event {
            SessionEvent::Connected { connection, .. } => {
                tracing::info!(connection, "The broker is connected.");
                self.app.health.connected(true);
                // An error says that nobody waits for it.
                self.first.take().map(|first| first.send(()));
            }
            SessionEvent::Lost { why, retry_in } => {
                tracing::warn!(%why, ?retry_in, "The broker is not connected.");
                self.app.figures.connections_lost.one();
                self.app.health.connected(false);
                self.waiting_since.clear();
                for site in self.app.sites.all() {
                    site.mark_broken();
                }
            }
            // The feed publishes nothing, and messages do not come here.
            SessionEvent::Acked(_) | SessionEvent::Messages(_) => {}
        }
    }

    fn take(&self, message: &Inbound) {
        self.app.figures.messages.one();
        let taken = if message.topic == COLLECTOR_METRICS {
            self.take_metrics(message)
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
        let Metrics { state } = serde_json::from_slice(&message.payload).map_err(Unusable::from)?;
        let lives = matches!(state, DeviceState::Init | DeviceState::Ready | DeviceState::Sleeping);
        if !lives {
            self.app.health.no_sign();
        } else if !message.retain {
            self.app.health.sign();
        }
        self.app.figures.collector_said(&message.payload);
        Ok(())
    }

    fn take_live(&self, topic: &[u8], payload: &[u8]) -> Result<(), Refused> {
        let (site, topic) = LiveTopic::parse(topic)?;
        match topic {
            LiveTopic::Board if payload.is_empty() => {
                tracing::info!(%site, "The site is gone.");
                self.app.sites.remove(site);
            }
            LiveTopic::Board => self.app.sites.get_or_add(site).on_board(payload)?,
            LiveTopic::Delta => self.app.sites.get_or_add(site).on_delta(payload)?,
            LiveTopic::DeadLetters => self.app.sites.get_or_add(site).on_dead_letters(payload),
            // Not asked for: they are for simple displays.
            LiveTopic::Counter(_) | LiveTopic::Calls => {}
        }
        Ok(())
    }

    /// Whether a site has waited too long for a board, though the broker is there.
    fn waits_too_long(&mut self, now: Instant) -> bool {
        let broken: Vec<_> =
            self.app.sites.all().iter().filter(|site| site.is_broken()).map(|site| site.id()).collect();
        self.waiting_since.retain(|site, _| broken.contains(site));
        let connected = self.app.health.is_connected();
        let mut late = broken.into_iter().filter(|site| {
            connected && now.duration_since(*self.waiting_since.entry(*site).or_insert(now)) >= BOARD_DUE
        });
        let Some(site) = late.next() else { return false };
        drop(late);
        tracing::warn!(%site, "A board does not come; connecting anew for it.");
        self.app.figures.stalls.one();
        self.waiting_since.clear();
        true
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::testing::{Fixture, board_text, delta_text, site_id};

    fn feed(fixture: &Fixture) -> Feed<'_> {
        Feed { app: &fixture.app, waiting_since: HashMap::new(), first: None }
    }

    fn message(topic: &str, payload: &[u8], retain: bool) -> Inbound {
        let (topic, payload) = (Bytes::copy_from_slice(topic.as_bytes()), Bytes::copy_from_slice(payload));
        Inbound { topic, payload, qos: Qos::AtMostOnce, retain, dup: false, ack: None }
    }

    #[test]
    fn what_cannot_be_used_is_counted_and_changes_nothing() {
        let fixture = Fixture::new();
        let board = board_text(9);
        for (topic, payload) in [
            ("motcua/v1/tam-ky/live/delta", &b"{"[..]),
            ("motcua/v1/tam-ky/live/other", b"{}"),
            ("motcua/v1/metrics/live/board", &board),
            ("motcua/v1/hoi-an/live/board", &board),
            ("other/v1/tam-ky/live/board", &board),
            (COLLECTOR_METRICS, b"7"),
            ("", b""),
        ] {
            let before = fixture.app.figures.unusable.get();
            feed(&fixture).take(&message(topic, payload, false));
            assert_eq!(fixture.app.figures.unusable.get(), before + 1, "{topic}");
        }
        assert_eq!(fixture.site().version().unwrap().board().seq, 1);
    }

    #[test]
    fn only_what_is_said_now_is_a_sign_of_life() {
        let fixture = Fixture::new();
        let lives = || fixture.app.health.readiness().ready;
        feed(&fixture).take(&message(COLLECTOR_METRICS, br#"{"state":"ready"}"#, true));
        feed(&fixture).take(&message("motcua/v1/tam-ky/live/board", &board_text(1), true));
        assert!(!lives());
        feed(&fixture).take(&message("motcua/v1/tam-ky/live/delta", delta_text(1, 2).as_bytes(), false));
        assert!(lives());
        feed(&fixture).take(&message(COLLECTOR_METRICS, br#"{"state":"lost"}"#, false));
        assert!(!lives());
    }

    #[test]
    fn a_board_that_does_not_come_is_fetched_by_a_new_connection() {
        let fixture = Fixture::new();
        let (mut feed, now) = (feed(&fixture), Instant::now());
        assert!(!feed.waits_too_long(now), "nothing is broken");
        fixture.app.sites.get_or_add(site_id()).on_delta(delta_text(5, 6).as_bytes()).unwrap();
        assert!(!feed.waits_too_long(now));
        assert!(!feed.waits_too_long(now + BOARD_DUE - LOOK_OVER));
        assert!(feed.waits_too_long(now + BOARD_DUE));
        assert!(!feed.waits_too_long(now + BOARD_DUE), "the new connection has its time too");
        fixture.site().on_board(&board_text(6)).unwrap();
        assert!(!feed.waits_too_long(now + BOARD_DUE * 3));
    }
}
