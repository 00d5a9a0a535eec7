//! From a request to a WebSocket, and how its messages are written.
//!
//! Not axum's own, because a message there is copied whole into a buffer that keeps its size for
//! as long as the client stays: ten thousand idle screens would keep ten thousand boards.

use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::header::{
    CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{self, Message, Utf8Bytes};

use crate::app::App;
use crate::error::ApiError;

/// The subprotocol that is chosen when a client offers it (a browser that sends its token as a
/// second one must).
const PROTOCOL: &str = "motcua.v1";

/// A client may ask for a snapshot and little else.
const CLIENT_MESSAGE: usize = 4 * 1024;
/// What an idle client costs for reading; the library's default is 128 KiB.
const READ_BUFFER: usize = 1024;
/// Texts are written in pieces of this size, so this is what an idle client costs for writing.
const PIECE: usize = 4 * 1024;
/// How long one message may take to leave; a dead screen must not hold its task for ever.
const SEND_DEADLINE: Duration = Duration::from_secs(10);

/// Proof that the request asks for a WebSocket as RFC 6455, section 4.2.1, has it.
pub struct Upgrade {
    on_upgrade: OnUpgrade,
    accept: HeaderValue,
    offers_protocol: bool,
}

impl FromRequestParts<App> for Upgrade {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, ApiError> {
        let headers = &parts.headers;
        let key = headers.get(SEC_WEBSOCKET_KEY).filter(|key| key.len() == 24);
        let asked = has(headers, &UPGRADE, "websocket")
            && has(headers, &CONNECTION, "upgrade")
            && has(headers, &SEC_WEBSOCKET_VERSION, "13");
        let (true, Some(key)) = (asked, key) else { return Err(ApiError::UpgradeNeeded) };
        let accept = HeaderValue::try_from(derive_accept_key(key.as_bytes())).map_err(|_| ApiError::Internal)?;
        let offers_protocol = has(headers, &SEC_WEBSOCKET_PROTOCOL, PROTOCOL);
        // Not there when the request came over something that cannot become a WebSocket.
        let on_upgrade = parts.extensions.remove::<OnUpgrade>().ok_or(ApiError::UpgradeNeeded)?;
        Ok(Self { on_upgrade, accept, offers_protocol })
    }
}

/// Whether a header that is a list names the word, in any case.
fn has(headers: &HeaderMap, name: &HeaderName, word: &str) -> bool {
    let lists = headers.get_all(name).into_iter().filter_map(|list| list.to_str().ok());
    lists.flat_map(|list| list.split(',')).any(|one| one.trim().eq_ignore_ascii_case(word))
}

impl Upgrade {
    /// The answer that makes it one; `serve` gets the socket when the answer has been sent, in a
    /// task that the program's end waits for.
    pub fn answer<F>(self, app: &App, serve: impl FnOnce(Socket) -> F + Send + 'static) -> Response
    where
        F: Future<Output = ()> + Send,
    {
        let on_upgrade = self.on_upgrade;
        app.tasks.spawn(async move {
            match on_upgrade.await {
                Ok(upgraded) => serve(Socket::new(upgraded).await).await,
                Err(error) => tracing::debug!(%error, "A client left before its WebSocket was open."),
            }
        });
        let mut response = StatusCode::SWITCHING_PROTOCOLS.into_response();
        let headers = response.headers_mut();
        headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(SEC_WEBSOCKET_ACCEPT, self.accept);
        if self.offers_protocol {
            headers.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(PROTOCOL));
        }
        response
    }
}

/// An open WebSocket.
pub struct Socket(WebSocketStream<TokioIo<Upgraded>>);

/// Why a message did not leave.
#[derive(Debug)]
pub enum Unsent {
    /// The client did not take it in time.
    TooSlow,
    /// The client is gone.
    Gone,
}

impl Socket {
    async fn new(upgraded: Upgraded) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            // Written at once: nothing is gained by waiting for more.
            .write_buffer_size(0)
            // Room for one piece that waits for the client, and for control frames beside it.
            .max_write_buffer_size(4 * PIECE)
            .max_message_size(Some(CLIENT_MESSAGE))
            .max_frame_size(Some(CLIENT_MESSAGE));
        Self(WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, Some(config)).await)
    }

    /// What the client says next; `None` when it is gone, or says what it may not.
    pub async fn next(&mut self) -> Option<Message> {
        self.0.next().await?.ok()
    }

    /// Sends a text, in pieces if it is long.
    ///
    /// # Errors
    /// When the client is gone, or did not take it within 10 s; the socket is of no use then.
    pub async fn send_text(&mut self, text: Utf8Bytes) -> Result<(), Unsent> {
        let text = Bytes::from(text);
        let send = async {
            let mut sent = 0;
            loop {
                let end = text.len().min(sent + PIECE);
                let kind = if sent == 0 { Data::Text } else { Data::Continue };
                let piece = Frame::message(text.slice(sent..end), OpCode::Data(kind), end == text.len());
                self.0.feed(Message::Frame(piece)).await?;
                sent = end;
                if sent == text.len() {
                    return self.0.flush().await;
                }
            }
        };
        within_deadline(send).await
    }

    /// Sends a ping or a farewell.
    ///
    /// # Errors
    /// As [`Socket::send_text`].
    pub async fn send_control(&mut self, message: Message) -> Result<(), Unsent> {
        within_deadline(self.0.send(message)).await
    }
}

async fn within_deadline(send: impl Future<Output = Result<(), tungstenite::Error>>) -> Result<(), Unsent> {
    match timeout(SEND_DEADLINE, send).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(Unsent::Gone),
        Err(_) => Err(Unsent::TooSlow),
    }
}
