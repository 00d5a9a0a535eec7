//! `/api/v1/sites/{site}/ws`: the board, then every change of it.
//!
//! One task a client, which shares the site's frames with all others. Whatever a client does, it
//! costs the others nothing: it is behind by a bounded number of frames, then gets a snapshot; it
//! takes each message within a deadline, answers pings, and asks for snapshots at a bounded rate,
//! or it is dropped.

use std::ops::ControlFlow;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{RawQuery, State};
use axum::response::Response;
use domain::DeviceId;
use serde::Deserialize;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Bytes, Message, Utf8Bytes};
use tokio_util::sync::WaitForCancellationFutureOwned;

use crate::access::Reader;
use crate::app::App;
use crate::error::ApiError;
use crate::figures::Count;
use crate::live::{Frame, Subscription, Version};
use crate::screens::Presence;
use crate::upgrade::{Socket, Unsent, Upgrade};

const PING_EVERY: Duration = Duration::from_secs(10);
/// This many pings without an answer, and the client is gone.
const PINGS_MISSED: u8 = 2;
/// A client that asks for more snapshots between two pings than this is broken, or means harm.
const RESYNCS_PER_PING: u8 = 10;
/// The same for everything else it says: a page asks after two silent seconds.
const MESSAGES_PER_PING: u8 = 30;
/// The answer to a client's ping. (A browser's script sees none of the protocol's own.)
const PONG: &str = r#"{"type":"pong"}"#;

/// Turns the request into a WebSocket for whoever may read the site.
/// With `?screen=ID` the page is on a screen, which is reported as a device.
pub async fn upgrade(
    State(app): State<App>,
    reader: Reader,
    RawQuery(query): RawQuery,
    upgrade: Upgrade,
) -> Result<Response, ApiError> {
    let screen = screen(query.as_deref())?;
    let place = Arc::clone(&app.sockets).try_acquire_owned().map_err(|_| ApiError::TooManyClients)?;
    Ok(upgrade.answer(&Arc::clone(&app), move |socket| async move {
        let presence = screen.and_then(|screen| present(&app, &reader, screen));
        serve(app, reader, socket, presence).await;
        drop(place);
    }))
}

/// The id of the screen that the page is on. Ids need no percent-encoding.
fn screen(query: Option<&str>) -> Result<Option<DeviceId>, ApiError> {
    let mut pairs = query.unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
    let named = pairs.find(|(name, _)| *name == "screen");
    named.map(|(_, id)| DeviceId::new(id).map_err(|_| ApiError::BadRequest)).transpose()
}

fn present(app: &App, reader: &Reader, screen: DeviceId) -> Option<Presence> {
    let presence = app.screens.arrive(reader.site.id(), screen, Instant::now());
    if presence.is_none() {
        app.figures.screens_unreported.one();
    }
    presence
}

/// Serves one client to its end.
async fn serve(app: App, reader: Reader, socket: Socket, screen: Option<Presence>) {
    if let Some(frames) = reader.site.subscribe() {
        let mut ping = interval_at(Instant::now() + PING_EVERY, PING_EVERY);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let stop = Box::pin(app.stop.clone().cancelled_owned());
        let client = Client { app, reader, socket, frames, screen, stop, ping, pings_missed: 0, resyncs: 0, asked: 0 };
        client.run().await;
    }
}

/// What a client may send.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Request {
    Resync,
    /// Whether the line still holds.
    Ping,
    /// What a page on a screen says of itself.
    Screen {
        /// It has no permission to sound.
        #[serde(default)]
        muted: bool,
    },
}

struct Client {
    app: App,
    reader: Reader,
    socket: Socket,
    frames: Subscription,
    screen: Option<Presence>,
    /// Waits once: all clients wait on one list, which each look from the start would lock twice.
    stop: Pin<Box<WaitForCancellationFutureOwned>>,
    ping: Interval,
    pings_missed: u8,
    resyncs: u8,
    asked: u8,
}

/// Why a client is let go, as it is told.
struct End {
    code: CloseCode,
    reason: &'static str,
}

type Step = ControlFlow<Option<End>>;

/// The socket is of no use any more: nothing can be said on it.
const CUT: Step = ControlFlow::Break(None);

const fn end(code: CloseCode, reason: &'static str) -> Step {
    ControlFlow::Break(Some(End { code, reason }))
}

impl Client {
    async fn run(mut self) {
        let mut step = self.first().await;
        let end = loop {
            if let ControlFlow::Break(end) = step {
                break end;
            }
            step = self.step().await;
        };
        if let Some(End { code, reason }) = end {
            let farewell = Message::Close(Some(CloseFrame { code, reason: reason.into() }));
            // It goes either way.
            let _ = self.socket.send_control(farewell).await;
        }
    }

    async fn step(&mut self) -> Step {
        // Frames first: there are a thousand times more of them than of anything else. (A client that
        // always has one waiting runs out of its turn at times, and then the others are looked at.)
        tokio::select! {
            biased;
            frame = self.frames.frames.recv() => match frame {
                Ok(frame) => self.frame(&frame).await,
                Err(RecvError::Lagged(_)) => self.restart(|app| &app.figures.snapshots_slow).await,
                Err(RecvError::Closed) => end(CloseCode::Away, "the site is gone"),
            },
            message = self.socket.next() => match message {
                Some(message) => self.message(&message).await,
                None => CUT,
            },
            _ = self.ping.tick() => self.beat().await,
            () = &mut self.stop => end(CloseCode::Away, "the server stops"),
        }
    }

    /// The snapshot of now, if there is a board; otherwise the first one comes as a frame.
    async fn first(&mut self) -> Step {
        match self.frames.version.take() {
            Some(version) => self.snapshot(&version, |app| &app.figures.snapshots_first).await,
            None => Step::Continue(()),
        }
    }

    /// Goes on from the board of now, leaving out what lies between.
    async fn restart(&mut self, count: fn(&App) -> &Count) -> Step {
        let Some(now) = self.reader.site.subscribe() else {
            return end(CloseCode::Away, "the site is gone");
        };
        self.frames = now;
        match self.frames.version.take() {
            Some(version) => self.snapshot(&version, count).await,
            None => Step::Continue(()),
        }
    }

    async fn snapshot(&mut self, version: &Version, count: fn(&App) -> &Count) -> Step {
        count(&self.app).one();
        self.send_text(version.snapshot(self.reader.caller.view())).await
    }

    async fn frame(&mut self, frame: &Frame) -> Step {
        let figures = &self.app.figures;
        if matches!(frame, Frame::Snapshot(_)) { &figures.snapshots_gap } else { &figures.frames }.one();
        self.send_text(frame.text(self.reader.caller.view())).await
    }

    async fn message(&mut self, message: &Message) -> Step {
        match message {
            Message::Text(text) => self.request(text).await,
            Message::Pong(_) => {
                self.pings_missed = 0;
                Step::Continue(())
            }
            Message::Close(_) => {
                self.screen.iter().for_each(Presence::goes);
                CUT
            }
            // Pings are answered by the library, which reads no bare frames.
            Message::Binary(_) | Message::Ping(_) | Message::Frame(_) => Step::Continue(()),
        }
    }

    async fn request(&mut self, text: &str) -> Step {
        match serde_json::from_str(text) {
            Ok(Request::Resync) => {
                self.resyncs += 1;
                if self.resyncs > RESYNCS_PER_PING {
                    return end(CloseCode::Policy, "too many resyncs");
                }
                self.restart(|app| &app.figures.snapshots_resync).await
            }
            Ok(Request::Ping | Request::Screen { .. }) if self.asked >= MESSAGES_PER_PING => {
                end(CloseCode::Policy, "too many messages")
            }
            Ok(Request::Ping) => {
                self.asked += 1;
                self.send_text(Utf8Bytes::from_static(PONG)).await
            }
            Ok(Request::Screen { muted }) => {
                self.asked += 1;
                if let Some(screen) = &self.screen {
                    screen.say(muted);
                }
                Step::Continue(())
            }
            // A later version of a client may say more; this one does not listen.
            Err(_) => Step::Continue(()),
        }
    }

    /// Every ten seconds: is the client there, and may it still be?
    async fn beat(&mut self) -> Step {
        if self.pings_missed >= PINGS_MISSED {
            self.app.figures.dropped_silent.one();
            return CUT;
        }
        if !self.reader.caller.still_holds(&self.app) {
            return end(CloseCode::Policy, "the credentials do not hold any more");
        }
        self.pings_missed += 1;
        self.resyncs = 0;
        self.asked = 0;
        let sent = self.socket.send_control(Message::Ping(Bytes::new())).await;
        self.goes_on(sent)
    }

    async fn send_text(&mut self, text: Utf8Bytes) -> Step {
        self.app.figures.bytes.add(text.len() as u64);
        let sent = self.socket.send_text(text).await;
        self.goes_on(sent)
    }

    fn goes_on(&self, sent: Result<(), Unsent>) -> Step {
        match sent {
            Ok(()) => Step::Continue(()),
            Err(Unsent::Gone) => CUT,
            Err(Unsent::TooSlow) => {
                self.app.figures.dropped_slow.one();
                CUT
            }
        }
    }
}
