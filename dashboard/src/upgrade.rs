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
use bytes::{Buf, Bytes};
use futures_util::{SinkExt, StreamExt};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::FrameHeader;
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
/// Two bytes, and eight for the length of a long message.
const LONGEST_HEAD: usize = 10;
/// Pings, pongs and a farewell that wait for the client.
const CONTROL_BUFFER: usize = 1024;
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
pub struct Socket {
    stream: WebSocketStream<TokioIo<Upgraded>>,
    /// The library may have an answer of its own to send, a pong: it goes before the next text.
    may_owe: bool,
}

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
            // Only control frames are written through it.
            .max_write_buffer_size(CONTROL_BUFFER)
            .max_message_size(Some(CLIENT_MESSAGE))
            .max_frame_size(Some(CLIENT_MESSAGE));
        let stream = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, Some(config)).await;
        Self { stream, may_owe: false }
    }

    /// What the client says next; `None` when it is gone, or says what it may not.
    pub async fn next(&mut self) -> Option<Message> {
        let said = self.stream.next().await?.ok();
        self.may_owe = true;
        said
    }

    /// Sends a text, past the library's own buffer: the text is shared by all clients and is copied
    /// for none.
    ///
    /// # Errors
    /// When the client is gone, or did not take it within 10 s; the socket is of no use then.
    pub async fn send_text(&mut self, text: Utf8Bytes) -> Result<(), Unsent> {
        let text = Bytes::from(text);
        let mut room = [0; LONGEST_HEAD];
        let head = head(&mut room, text.len())?;
        let send = async {
            if self.may_owe {
                self.stream.flush().await?;
                self.may_owe = false;
            }
            Ok(self.stream.get_mut().write_all_buf(&mut head.chain(text)).await?)
        };
        within_deadline(send).await
    }

    /// Sends a ping or a farewell.
    ///
    /// # Errors
    /// As [`Socket::send_text`].
    pub async fn send_control(&mut self, message: Message) -> Result<(), Unsent> {
        within_deadline(self.stream.send(message)).await
    }
}

/// The head of a whole text message (RFC 6455, section 5.2).
fn head(room: &mut [u8; LONGEST_HEAD], length: usize) -> Result<&[u8], Unsent> {
    let header = FrameHeader { opcode: OpCode::Data(Data::Text), ..FrameHeader::default() };
    let mut rest = &mut room[..];
    // It fits: a server's head has no mask.
    header.format(length as u64, &mut rest).map_err(|_| Unsent::Gone)?;
    let used = LONGEST_HEAD - rest.len();
    Ok(&room[..used])
}

async fn within_deadline(send: impl Future<Output = Result<(), tungstenite::Error>>) -> Result<(), Unsent> {
    match timeout(SEND_DEADLINE, send).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(Unsent::Gone),
        Err(_) => Err(Unsent::TooSlow),
    }
}
