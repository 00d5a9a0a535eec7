//! A device at work: the outbox, the core and a session.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use domain::event::{Body, DeviceState};
use domain::{FlagWord, Timestamp};
use journal::Syncer;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout};

use super::duties::{Duties, Letter, Now, Wanted, What};
use super::options::DeviceOptions;
use super::outbox::{Outbox, OutboxError, Said, Saying, new_event_id};
use crate::session::{Inbound, PubAckCode, PublishError, PublishId, Qos, Session, SessionError, SessionEvent};
use crate::topics::Channel;
use crate::wire;

/// How long the farewell may take.
const FAREWELL: Duration = Duration::from_secs(1);
/// The pause before a disk that refused is tried again.
const DISK_PAUSE: Duration = Duration::from_secs(1);
/// The latest wake-up of a timer; looking once a day costs nothing.
const FAR: Duration = Duration::from_secs(86_400);

/// What a device has to say to the program around it.
#[derive(Debug)]
pub enum DeviceEvent {
    /// The broker has taken the connection; the birth is on its way.
    Connected,
    /// The connection is gone, or could not be made; the next attempt begins by itself.
    Lost {
        /// Why.
        why: SessionError,
        /// When the next attempt begins.
        retry_in: Duration,
    },
    /// What was said is on the disk up to here, and may be shown as taken (see
    /// [`Device::is_durable`]).
    Durable,
    /// The broker has answered everything that was said. It proves nothing; only
    /// [`DeviceEvent::Acknowledged`] does.
    BrokerHasAll,
    /// The collector has so many more events durably.
    Acknowledged(u64),
    /// Events were dropped: so many since the program began.
    Dropped(u64),
    /// A heartbeat or a birth is due: publish `state` again, where the device has one.
    Beat,
    /// A person wants to see which device this is.
    Identify,
    /// The broker refused an event: what is wrong is the account or the broker, and the event stays.
    Refused(PubAckCode),
    /// A message of [`DeviceOptions::subscriptions`].
    Heard(Inbound),
    /// The disk does not take what was said; tried again every second unless
    /// [`OutboxError::is_final`].
    DiskFailed(OutboxError),
}

type Syncing = JoinHandle<(Syncer, Result<u64, journal::Error>)>;

/// A device with a connection that heals itself and an outbox that forgets nothing.
///
/// Owned by one task, which calls [`Device::next`] in a loop; nothing happens between two calls.
pub struct Device {
    options: DeviceOptions,
    duties: Duties,
    session: Session,
    began: Instant,
    /// What the broker has not answered yet. Bounded by what the session takes.
    unanswered: HashMap<PublishId, What>,
    /// The session holds all it can; sending goes on after its next word.
    full: bool,
    /// What was noticed and not told yet. Bounded: one read's worth, and nothing is read before all
    /// of it has been told.
    told: VecDeque<DeviceEvent>,
    syncer: Option<Syncer>,
    syncing: Option<Syncing>,
    /// No sync before this.
    disk_at: Instant,
    disk_is_over: bool,
    told_dropped: u64,
}

impl Device {
    /// A device; the first call of [`Device::next`] begins to connect.
    #[must_use]
    pub fn new(options: DeviceOptions, mut outbox: Outbox) -> Self {
        // Whoever had it before took his session with him.
        outbox.kept().rewind_all();
        let (syncer, told_dropped) = (outbox.syncer(), outbox.dropped());
        let duties = Duties::new(outbox, options.meta.clone(), options.window, options.first_heartbeat);
        let began = Instant::now();
        let will = duties.status(DeviceState::Lost, Now { running_ms: 0, up_ms: options.up_ms, wall: wall() });
        Self {
            session: Session::new(options.session(will)),
            options,
            duties,
            began,
            unanswered: HashMap::new(),
            full: false,
            told: VecDeque::new(),
            syncer,
            syncing: None,
            disk_at: began,
            disk_is_over: false,
            told_dropped,
        }
    }

    /// The outbox.
    #[must_use]
    pub fn outbox(&self) -> &Outbox {
        &self.duties.outbox
    }

    /// Leaves without a word, as in a power cut: the broker publishes the will. What was said stays
    /// in the outbox.
    #[must_use]
    pub fn vanish(self) -> Outbox {
        self.duties.outbox
    }

    /// Says that this happened now, under a new id. Durable when [`Device::is_durable`] says so.
    ///
    /// # Errors
    /// As [`Outbox::say`].
    pub fn say(&mut self, body: Body) -> Result<Said, OutboxError> {
        let now = self.now();
        self.say_as(Saying { id: new_event_id()?, ts: now.wall, up_ms: now.up_ms, body })
    }

    /// Says something with an id and a time of its own.
    ///
    /// # Errors
    /// As [`Outbox::say`].
    pub fn say_as(&mut self, saying: Saying) -> Result<Said, OutboxError> {
        let now = self.now();
        self.duties.say(saying, now)
    }

    /// Says that this happened now, and waits until the disk has it: what a person may be shown as
    /// taken.
    ///
    /// # Errors
    /// As [`Outbox::say`], or when the disk fails; then it may be taken all the same, later.
    pub async fn take(&mut self, body: Body) -> Result<Said, OutboxError> {
        let said = self.say(body)?;
        while !self.is_durable(&said) {
            self.duties.outbox.flush()?;
            self.begin_sync();
            let synced = sync(&mut self.syncing).await;
            self.synced(synced)?;
        }
        Ok(said)
    }

    /// Whether the disk has this event (in memory: always).
    #[must_use]
    pub fn is_durable(&self, said: &Said) -> bool {
        self.duties.outbox.is_durable(said)
    }

    /// Whether the broker has answered everything that was said.
    #[must_use]
    pub fn broker_has_all(&self) -> bool {
        self.duties.outbox.is_with_broker()
    }

    /// While true no event is sent; births and heartbeats are.
    pub fn hold(&mut self, holding: bool) {
        self.duties.holding = holding;
    }

    /// What is the matter with the device, in its own words; told with each status.
    pub fn set_flags(&mut self, flags: Vec<FlagWord>) {
        self.duties.set_flags(flags);
    }

    /// Publishes the present `state` (retained). Lost while there is no connection: it is asked for
    /// again with [`DeviceEvent::Beat`].
    pub fn publish_state(&mut self, payload: impl Into<Bytes>) {
        let topic = self.options.topic(Channel::State).to_string();
        if self.session.is_connected()
            && let Err(error) = self.session.publish(&topic, payload.into(), Qos::AtLeastOnce, true)
        {
            tracing::debug!(device = %self.options.device, %error, "A state is not published.");
        }
    }

    /// Publishes anything else of its own, a `req` for example, once; not kept in the outbox.
    ///
    /// # Errors
    /// As [`Session::publish`].
    pub fn publish(&mut self, channel: Channel, payload: impl Into<Bytes>) -> Result<(), PublishError> {
        let topic = self.options.topic(channel).to_string();
        self.session.publish(&topic, payload.into(), Qos::AtLeastOnce, false).map(drop)
    }

    /// Sends what is due and waits for the next event. Cancel-safe.
    pub async fn next(&mut self) -> DeviceEvent {
        loop {
            self.keep();
            self.flush();
            self.tell_of_drops();
            if let Some(told) = self.told.pop_front() {
                return told;
            }
            let wake = Duration::from_millis(self.duties.wake_ms()).min(FAR);
            let disk_waits = self.syncing.is_none() && self.owes_the_disk();
            tokio::select! {
                event = self.session.next() => self.hear(event),
                synced = sync(&mut self.syncing), if self.syncing.is_some() => {
                    match self.synced(synced) {
                        Ok(()) => self.told.push_back(DeviceEvent::Durable),
                        Err(error) => self.disk_failed(error),
                    }
                }
                () = sleep_until(self.disk_at), if disk_waits => {}
                () = sleep_until(self.began + wake) => {
                    let now = self.now();
                    if self.duties.on_time(now) {
                        self.told.push_back(DeviceEvent::Beat);
                    }
                }
            }
        }
    }

    /// Says good-bye (`disconnected`), so that nobody takes it for lost, and ends. What is not
    /// acknowledged stays in the outbox, which is given back.
    pub async fn close(mut self) -> Outbox {
        if let Err(error) = self.duties.outbox.flush() {
            tracing::warn!(%error, "The outbox is not written.");
        }
        if self.session.is_connected() {
            let topic = self.options.topic(Channel::Status).to_string();
            let farewell = self.duties.status(DeviceState::Disconnected, self.now());
            if let Ok(id) = self.session.publish(&topic, farewell, Qos::AtLeastOnce, true) {
                // A broker that does not answer hears nothing; the will then says `lost`.
                let _ = timeout(FAREWELL, answered(&mut self.session, id)).await;
            }
            self.session.close().await;
        }
        self.duties.outbox
    }

    fn now(&self) -> Now {
        let running_ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        Now { running_ms, up_ms: self.options.up_ms.map(|up| up.saturating_add(running_ms)), wall: wall() }
    }

    fn owes_the_disk(&self) -> bool {
        !self.disk_is_over && self.duties.outbox.unsynced() > 0
    }

    /// Begins a sync when something is to be made durable. While one runs, more gathers for the next.
    fn keep(&mut self) {
        if self.syncing.is_some() || !self.owes_the_disk() || self.disk_at > Instant::now() {
            return;
        }
        match self.duties.outbox.flush() {
            Ok(()) => self.begin_sync(),
            Err(error) => self.disk_failed(error),
        }
    }

    fn begin_sync(&mut self) {
        if let Some(mut syncer) = self.syncer.take() {
            self.syncing = Some(tokio::task::spawn_blocking(move || {
                let durable = syncer.sync();
                (syncer, durable)
            }));
        }
    }

    fn synced(&mut self, (syncer, durable): (Syncer, Result<u64, journal::Error>)) -> Result<(), OutboxError> {
        (self.syncer, self.syncing) = (Some(syncer), None);
        self.duties.outbox.synced(durable?)
    }

    fn disk_failed(&mut self, error: OutboxError) {
        self.disk_at = Instant::now() + DISK_PAUSE;
        self.disk_is_over = error.is_final();
        self.told.push_back(DeviceEvent::DiskFailed(error));
    }

    /// Hands over what is due, as far as the session takes it.
    fn flush(&mut self) {
        let now = self.now();
        while let Some(Letter { channel, payload, retain, what }) = self.duties.next(now).filter(|_| !self.full) {
            let topic = self.options.topic(channel).to_string();
            match self.session.publish(&topic, payload, Qos::AtLeastOnce, retain) {
                Ok(id) => {
                    self.unanswered.insert(id, what);
                    self.duties.handed(what, now);
                }
                Err(PublishError::Full { .. }) => self.full = true,
                Err(error) => {
                    // Larger than this broker takes, for all we know for ever: it stays, and waits.
                    tracing::warn!(device = %self.options.device, %error, "A message cannot be published.");
                    self.duties.handed(what, now);
                    self.duties.answered(what);
                }
            }
        }
    }

    fn tell_of_drops(&mut self) {
        let dropped = self.duties.outbox.dropped();
        if std::mem::replace(&mut self.told_dropped, dropped) < dropped {
            self.told.push_back(DeviceEvent::Dropped(dropped));
        }
    }

    fn hear(&mut self, event: SessionEvent) {
        self.full = false;
        match event {
            SessionEvent::Connected { .. } => {
                let now = self.now();
                self.duties.connected(now);
                self.told.extend([DeviceEvent::Connected, DeviceEvent::Beat]);
            }
            SessionEvent::Lost { why, retry_in } => {
                self.duties.lost();
                self.told.push_back(DeviceEvent::Lost { why, retry_in });
            }
            SessionEvent::Messages(messages) => messages.into_iter().for_each(|message| self.read(message)),
            SessionEvent::Acked(answers) => {
                let had_all = self.broker_has_all();
                for (id, code) in answers {
                    let Some(what) = self.unanswered.remove(&id) else { continue };
                    self.duties.answered(what);
                    if !code.is_success() && matches!(what, What::Event(_)) {
                        self.told.push_back(DeviceEvent::Refused(code));
                    }
                }
                if self.broker_has_all() && !had_all {
                    self.told.push_back(DeviceEvent::BrokerHasAll);
                }
            }
        }
    }

    fn read(&mut self, message: Inbound) {
        let (now, device) = (self.now(), self.options.device);
        let is = |channel| message.topic == self.options.topic(channel).to_string().as_bytes();
        if let Some(token) = message.ack {
            self.session.ack(token);
        }
        if is(Channel::Ack) {
            match wire::parse_ack(&message.payload) {
                Ok(ack) => match self.duties.heard_ack(&ack, now) {
                    0 => {}
                    newly => self.told.push_back(DeviceEvent::Acknowledged(newly)),
                },
                Err(error) => tracing::warn!(%device, %error, "An acknowledgement cannot be read."),
            }
        } else if is(Channel::Cmd) {
            match wire::parse_command(&message.payload) {
                Ok(command) => match self.duties.heard_command(&command, now) {
                    Some(Wanted::Rebirth) => self.told.push_back(DeviceEvent::Beat),
                    Some(Wanted::Identify) => self.told.push_back(DeviceEvent::Identify),
                    // What was asked for goes out before an acknowledgement of what comes after it.
                    None => self.flush(),
                },
                Err(error) => tracing::warn!(%device, %error, "A command cannot be read."),
            }
        } else {
            self.told.push_back(DeviceEvent::Heard(message));
        }
    }
}

impl std::fmt::Debug for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Device")
            .field("device", &self.options.device)
            .field("duties", &self.duties)
            .finish_non_exhaustive()
    }
}

fn wall() -> Timestamp {
    Timestamp::from_ms(jiff::Timestamp::now().as_millisecond())
}

/// The end of the sync that runs; never when none does.
async fn sync(syncing: &mut Option<Syncing>) -> (Syncer, Result<u64, journal::Error>) {
    match syncing {
        Some(handle) => handle.await.expect("a sync does not panic, and nobody aborts it"),
        None => std::future::pending().await,
    }
}

/// Until the broker has answered this one, or is gone.
async fn answered(session: &mut Session, id: PublishId) {
    loop {
        match session.next().await {
            SessionEvent::Acked(answers) if answers.iter().any(|(answered, _)| *answered == id) => return,
            SessionEvent::Lost { .. } => return,
            SessionEvent::Acked(_) | SessionEvent::Connected { .. } | SessionEvent::Messages(_) => {}
        }
    }
}
