//! `/api/v1/sites/{site}/ws`: the board, then every change of it.
//!
//! One task a client, which shares the site's frames with all others. Whatever a client does, it
//! costs the others nothing: it is behind by a bounded number of frames, then gets a snapshot; it
//! takes each message within a deadline, answers pings, and asks for snapshots at a bounded rate,
//! or it is dropped.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade, close_code};
use axum::response::Response;
use serde::Deserialize;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, timeout};

use crate::access::Reader;
use crate::app::App;
use crate::error::ApiError;
use crate::figures::Count;
use crate::live::{Frame, Subscription, Version};

/// The subprotocol that is chosen when a client offers it (a browser that sends its token as a
/// second one must).
pub const PROTOCOL: &str = "motcua.v1";

/// A client may ask for a snapshot and little else.
const CLIENT_MESSAGE: usize = 4 * 1024;
/// The defaults cost 128 KiB for each idle client.
const READ_BUFFER: usize = 4 * 1024;
/// Above it a message is written at once.
const WRITE_BUFFER: usize = 16 * 1024;
/// The largest message: a board is at most the broker's largest packet, 128 KiB, and an envelope.
const LARGEST_MESSAGE: usize = 256 * 1024;

/// How long one message may take to leave; a dead screen must not hold its task for ever.
const SEND_DEADLINE: Duration = Duration::from_secs(10);
const PING_EVERY: Duration = Duration::from_secs(10);
/// This many pings without an answer, and the client is gone.
const PINGS_MISSED: u8 = 2;
/// A client that asks for more snapshots between two pings than this is broken, or means harm.
const RESYNCS_PER_PING: u8 = 10;

/// Turns the request into a WebSocket for whoever may read the site.
pub async fn upgrade(
    State(app): State<App>,
    reader: Reader,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, ApiError> {
    let upgrade = upgrade.map_err(|_| ApiError::UpgradeNeeded)?;
    let place = Arc::clone(&app.sockets).try_acquire_owned().map_err(|_| ApiError::TooManyClients)?;
    let upgrade = upgrade
        .protocols([PROTOCOL])
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_write_buffer_size(LARGEST_MESSAGE)
        .max_message_size(CLIENT_MESSAGE)
        .max_frame_size(CLIENT_MESSAGE);
    Ok(upgrade.on_upgrade(move |socket| serve(app, reader, socket, place)))
}

/// Serves one client to its end. `place` is its place among the open WebSockets.
async fn serve(app: App, reader: Reader, socket: WebSocket, place: OwnedSemaphorePermit) {
    // The program's end waits for this client's good-bye.
    let token = app.tasks.token();
    if let Some(frames) = reader.site.subscribe() {
        let mut ping = interval_at(Instant::now() + PING_EVERY, PING_EVERY);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let client = Client { app, reader, socket, frames, ping, pings_missed: 0, resyncs: 0 };
        client.run().await;
    }
    drop((place, token));
}

/// The one message that a client may send.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Request {
    Resync,
}

struct Client {
    app: App,
    reader: Reader,
    socket: WebSocket,
    frames: Subscription,
    ping: Interval,
    pings_missed: u8,
    resyncs: u8,
}

/// Why a client is let go, as it is told.
struct End {
    code: u16,
    reason: &'static str,
}

type Step = ControlFlow<Option<End>>;

/// The socket is of no use any more: nothing can be said on it.
const CUT: Step = ControlFlow::Break(None);

const fn end(code: u16, reason: &'static str) -> Step {
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
            let _ = timeout(SEND_DEADLINE, self.socket.send(farewell)).await;
        }
    }

    async fn step(&mut self) -> Step {
        tokio::select! {
            () = self.app.stop.cancelled() => end(close_code::AWAY, "the server stops"),
            frame = self.frames.frames.recv() => match frame {
                Ok(frame) => self.frame(&frame).await,
                Err(RecvError::Lagged(_)) => self.restart(|app| &app.figures.snapshots_slow).await,
                Err(RecvError::Closed) => end(close_code::AWAY, "the site is gone"),
            },
            message = self.socket.recv() => match message {
                Some(Ok(message)) => self.message(&message).await,
                Some(Err(_)) | None => CUT,
            },
            _ = self.ping.tick() => self.beat().await,
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
            return end(close_code::AWAY, "the site is gone");
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
            Message::Text(text) if serde_json::from_str::<Request>(text).is_ok() => {
                self.resyncs += 1;
                if self.resyncs > RESYNCS_PER_PING {
                    return end(close_code::POLICY, "too many resyncs");
                }
                self.restart(|app| &app.figures.snapshots_resync).await
            }
            Message::Pong(_) => {
                self.pings_missed = 0;
                Step::Continue(())
            }
            Message::Close(_) => CUT,
            // A later version of a client may say more; this one does not listen. (Pings are
            // answered by the library.)
            Message::Text(_) | Message::Binary(_) | Message::Ping(_) => Step::Continue(()),
        }
    }

    /// Every ten seconds: is the client there, and may it still be?
    async fn beat(&mut self) -> Step {
        if self.pings_missed >= PINGS_MISSED {
            self.app.figures.dropped_silent.one();
            return CUT;
        }
        if !self.reader.caller.still_holds(&self.app) {
            return end(close_code::POLICY, "the credentials do not hold any more");
        }
        self.pings_missed += 1;
        self.resyncs = 0;
        self.send(Message::Ping(bytes::Bytes::new())).await
    }

    async fn send_text(&mut self, text: Utf8Bytes) -> Step {
        self.app.figures.bytes.add(text.len() as u64);
        self.send(Message::Text(text)).await
    }

    async fn send(&mut self, message: Message) -> Step {
        match timeout(SEND_DEADLINE, self.socket.send(message)).await {
            Ok(Ok(())) => Step::Continue(()),
            Ok(Err(_)) => CUT,
            Err(_) => {
                self.app.figures.dropped_slow.one();
                CUT
            }
        }
    }
}
