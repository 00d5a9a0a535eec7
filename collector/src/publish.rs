//! Outputs to live topics. Deltas, boards and dead letters go as they come; simple displays and
//! lists of calls at once when none was sent in the last second, otherwise together.

use std::collections::BTreeMap;

use bytes::Bytes;
use domain::{CounterId, SiteId};
use mqtt_config::session::{PublishError, Qos, Session};
use mqtt_config::topics::{LiveTopic, live};

use crate::flow::Output;
use crate::topology::AT_ONCE_MS;

/// Above as many bytes waiting for the broker's socket, live topics are left out (counted, and
/// repaired by whole boards afterwards): they tell the present, and the present goes on.
const MOST_WAITING_BYTES: usize = 4 * 1024 * 1024;

/// See the module.
#[derive(Debug, Default)]
pub struct Publisher {
    /// What is sent together later: (site, counter or the list of calls) → text.
    held: BTreeMap<(SiteId, Option<CounterId>), Held>,
    /// Outputs left out because the broker was away or took too little.
    pub left_out: u64,
    /// Of these, because it was there and took too little.
    pub behind: u64,
    /// Bytes published since the start.
    pub bytes: u64,
}

#[derive(Debug)]
struct Held {
    sent: i64,
    text: Option<Bytes>,
}

impl Publisher {
    /// Publishes an output. False: it was left out, and the site has to be told again.
    pub fn output(&mut self, session: &mut Session, output: Output, now: i64) -> bool {
        if !session.is_connected() || session.waiting_bytes() > MOST_WAITING_BYTES {
            self.left_out += 1;
            self.behind += u64::from(session.is_connected());
            return false;
        }
        let site = output.site;
        let mut all = true;
        for text in [output.delta, output.alive].into_iter().flatten() {
            all &= self.send(session, &live(site, LiveTopic::Delta), text, Qos::AtMostOnce, false);
        }
        if let Some(board) = output.board {
            all &= self.send(session, &live(site, LiveTopic::Board), board, Qos::AtLeastOnce, true);
        }
        if let Some(outlook) = output.outlook {
            all &= self.send(session, &live(site, LiveTopic::Outlook), outlook, Qos::AtLeastOnce, true);
        }
        for display in output.displays {
            all &= self.paced(session, site, Some(display.counter), display.json, now);
        }
        if let Some(calls) = output.calls {
            all &= self.paced(session, site, None, calls, now);
        }
        all
    }

    fn paced(
        &mut self,
        session: &mut Session,
        site: SiteId,
        counter: Option<CounterId>,
        text: Bytes,
        now: i64,
    ) -> bool {
        let held = self.held.entry((site, counter)).or_insert(Held { sent: i64::MIN / 2, text: None });
        if held.sent + AT_ONCE_MS > now {
            held.text = Some(text);
            return true;
        }
        held.sent = now;
        held.text = None;
        self.send_paced(session, site, counter, text)
    }

    /// Sends what was held and is due.
    pub fn tick(&mut self, session: &mut Session, now: i64) {
        let due = self.held.iter_mut().filter(|(_, held)| held.text.is_some() && held.sent + AT_ONCE_MS <= now);
        let due: Vec<_> = due
            .filter_map(|(key, held)| {
                held.sent = now;
                Some((*key, held.text.take()?))
            })
            .collect();
        for ((site, counter), text) in due {
            self.send_paced(session, site, counter, text);
        }
        // Long sent: a next one would go at once anyway.
        self.held.retain(|_, held| held.text.is_some() || held.sent + AT_ONCE_MS > now);
    }

    fn send_paced(&mut self, session: &mut Session, site: SiteId, counter: Option<CounterId>, text: Bytes) -> bool {
        let topic = counter.map_or(LiveTopic::Calls, LiveTopic::Counter);
        self.send(session, &live(site, topic), text, Qos::AtLeastOnce, true)
    }

    /// Publishes any text of ours.
    pub fn send(&mut self, session: &mut Session, topic: &str, text: impl Into<Bytes>, qos: Qos, retain: bool) -> bool {
        let text = text.into();
        let bytes = text.len() as u64;
        match session.publish(topic, text, qos, retain) {
            Ok(_) => {
                self.bytes += bytes;
                true
            }
            // Away or full: the caller tells the site again once the broker is back.
            Err(error @ (PublishError::NotConnected | PublishError::Full { .. })) => {
                self.left_out += 1;
                self.behind += u64::from(matches!(error, PublishError::Full { .. }));
                false
            }
            Err(error) => {
                tracing::error!(topic, %error, "A message cannot be published.");
                true
            }
        }
    }
}
