//! The rival of the fan-out: the collector's deltas to WebSockets over a plain axum broadcast, which
//! looks at nothing, has no snapshots, no deadlines and no limits.
//!
//! Prints `{"ready":true,"http":"127.0.0.1:PORT"}` when it is subscribed and listens.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use axum::extract::State;
use axum::extract::ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::any;
use bench::figure::print_line;
use clap::Parser;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::Packet;
use rumqttc::v5::{AsyncClient, Event, EventLoop, MqttOptions};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::broadcast::{self, Sender};

/// As many as the dashboard lets a client be behind.
const FRAMES_BEHIND: usize = 32;

/// Broadcasts every delta to every WebSocket.
#[derive(Debug, Parser)]
struct Arguments {
    /// Port of the broker on 127.0.0.1.
    #[arg(long)]
    mqtt_port: u16,
    /// File with the password of the account `dashboard`.
    #[arg(long)]
    password_file: PathBuf,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let password = std::fs::read_to_string(&arguments.password_file).context("cannot read the password")?;
    let mut options = MqttOptions::new("plain-broadcast", "127.0.0.1", arguments.mqtt_port);
    options.set_keep_alive(Duration::from_secs(10));
    options.set_credentials("dashboard", password.trim_end());
    options.set_max_packet_size(Some(256 * 1024));
    let (client, events) = AsyncClient::new(options, 100);
    client.subscribe("motcua/v1/+/live/delta", QoS::AtMostOnce).await?;

    // A client that is behind misses frames and goes on.
    let (frames, _) = broadcast::channel(FRAMES_BEHIND);
    let router = Router::new().route("/ws", any(upgrade)).with_state(frames.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    print_line(&json!({"ready": true, "http": listener.local_addr()?.to_string()}));
    tokio::select! {
        served = axum::serve(listener, router) => Ok(served?),
        fed = feed(events, frames) => fed,
    }
}

async fn feed(mut events: EventLoop, frames: Sender<Utf8Bytes>) -> Result<()> {
    loop {
        if let Event::Incoming(Packet::Publish(delta)) = events.poll().await? {
            let text = Utf8Bytes::try_from(delta.payload).context("a delta is text")?;
            // An error says that nobody is there.
            drop(frames.send(text));
        }
    }
}

async fn upgrade(upgrade: WebSocketUpgrade, State(frames): State<Sender<Utf8Bytes>>) -> Response {
    upgrade.on_upgrade(|socket| serve(socket, frames))
}

async fn serve(mut socket: WebSocket, frames: Sender<Utf8Bytes>) {
    let mut frames = frames.subscribe();
    loop {
        let text = match frames.recv().await {
            Ok(text) => text,
            Err(RecvError::Lagged(_)) => continue,
            Err(RecvError::Closed) => return,
        };
        if socket.send(Message::Text(text)).await.is_err() {
            return;
        }
    }
}
