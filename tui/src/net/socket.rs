//! The WebSocket: opened, read, and opened again, for ever.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::ops::ControlFlow;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{Receiver, Sender};
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::{HeaderValue, Request, header::AUTHORIZATION};
use tokio_tungstenite::tungstenite::{Bytes, Error, Message};
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream, connect_async_tls_with_config};

use super::{Place, token};
use crate::message::What;
use crate::model::Trouble;

const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// After this long without anything the server is asked whether it is there.
const QUIET: Duration = Duration::from_millis(2_200);
/// How long it may take to answer: a line that swallows everything is told within five seconds.
const ANSWER: Duration = Duration::from_secs(2);
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Nobody listens any more: the program ends.
struct Ended;

/// Follows the board for ever: tells what comes, asks for a snapshot when told to. Ends when
/// nobody listens to `out` any more.
pub async fn follow(place: Place, out: Sender<What>, mut resync: Receiver<()>) {
    let mut pause = FIRST_PAUSE;
    loop {
        let trouble = match open(&place).await {
            Ok(socket) => {
                // What was asked for on the line before is of no use on this one.
                while resync.try_recv().is_ok() {}
                match read(socket, &out, &mut resync, &mut pause).await {
                    Ok(trouble) => trouble,
                    Err(Ended) => return,
                }
            }
            Err(trouble) => trouble,
        };
        let wait = if trouble.needs_a_person() { LONGEST_PAUSE } else { pause };
        pause = (pause * 2).min(LONGEST_PAUSE);
        if out.send(What::Lost(trouble)).await.is_err() {
            return;
        }
        sleep(with_jitter(wait)).await;
    }
}

/// Between a half and the whole: a hundred terminals do not come back in the same instant.
fn with_jitter(pause: Duration) -> Duration {
    let random = RandomState::new().build_hasher().finish();
    let part = (random % 1_000) as f64 / 1_000.0;
    pause.mul_f64(0.5 + part / 2.0)
}

async fn open(place: &Place) -> Result<Socket, Trouble> {
    let request = request(place)?;
    let connector = match place.address.is_secure() {
        true => place.trust.connector().map_err(|error| Trouble::Tls { detail: error.to_string() })?,
        false => Connector::Plain,
    };
    // Deltas are small and come when something happened: nothing is gained by waiting for more.
    let opening = connect_async_tls_with_config(request, None, true, Some(connector));
    match timeout(CONNECT_LIMIT, opening).await {
        Ok(Ok((socket, _))) => Ok(socket),
        Ok(Err(error)) => Err(trouble(&error)),
        Err(_) => Err(Trouble::Unreachable { detail: format!("no answer in {} s", CONNECT_LIMIT.as_secs()) }),
    }
}

fn request(place: &Place) -> Result<Request<()>, Trouble> {
    let mut request = place.address.socket(place.site).into_client_request().map_err(|error| trouble(&error))?;
    if let Some(file) = &place.token_file {
        let told = |detail: String| Trouble::Token { detail: format!("{}: {detail}", file.display()) };
        let token = token(file).map_err(|error| told(error.to_string()))?;
        let mut value = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|error| told(error.to_string()))?;
        value.set_sensitive(true);
        request.headers_mut().insert(AUTHORIZATION, value);
    }
    Ok(request)
}

/// Reads one connection to its end; why it ended.
async fn read(
    mut socket: Socket,
    out: &Sender<What>,
    resync: &mut Receiver<()>,
    pause: &mut Duration,
) -> Result<Trouble, Ended> {
    out.send(What::Opened).await.map_err(|_| Ended)?;
    let mut asked_whether = false;
    loop {
        let patience = if asked_whether { ANSWER } else { QUIET };
        let step = tokio::select! {
            asked = resync.recv() => {
                asked.ok_or(Ended)?;
                say(&mut socket, Message::text(r#"{"type":"resync"}"#)).await
            }
            message = timeout(patience, socket.next()) => match message {
                Ok(message) => {
                    asked_whether = false;
                    heard(message)
                }
                Err(_) if asked_whether => ControlFlow::Break(no_answer()),
                Err(_) => {
                    asked_whether = true;
                    say(&mut socket, Message::Ping(Bytes::new())).await
                }
            },
        };
        match step {
            ControlFlow::Continue(None) => {}
            ControlFlow::Continue(Some(text)) => {
                *pause = FIRST_PAUSE;
                out.send(What::Frame(text)).await.map_err(|_| Ended)?;
            }
            ControlFlow::Break(trouble) => return Ok(trouble),
        }
    }
}

async fn say(socket: &mut Socket, message: Message) -> ControlFlow<Trouble, Option<String>> {
    match timeout(ANSWER, socket.send(message)).await {
        Ok(Ok(())) => ControlFlow::Continue(None),
        Ok(Err(error)) => ControlFlow::Break(trouble(&error)),
        Err(_) => ControlFlow::Break(no_answer()),
    }
}

fn no_answer() -> Trouble {
    Trouble::Unreachable { detail: "no answer".to_owned() }
}

fn heard(message: Option<Result<Message, Error>>) -> ControlFlow<Trouble, Option<String>> {
    match message {
        Some(Ok(Message::Text(text))) => ControlFlow::Continue(Some(text.as_str().to_owned())),
        Some(Ok(Message::Close(farewell))) => {
            let detail = farewell.map(|frame| frame.reason.to_string()).unwrap_or_default();
            ControlFlow::Break(Trouble::Closed { detail })
        }
        // Pings are answered by the library; nothing else is said to us.
        Some(Ok(_)) => ControlFlow::Continue(None),
        Some(Err(error)) => ControlFlow::Break(trouble(&error)),
        None => ControlFlow::Break(Trouble::Closed { detail: String::new() }),
    }
}

fn trouble(error: &Error) -> Trouble {
    match error {
        Error::Http(answer) => Trouble::of_status(answer.status().as_u16()),
        Error::Io(io) if io.get_ref().is_some_and(|inner| inner.is::<rustls::Error>()) => {
            Trouble::Tls { detail: io.to_string() }
        }
        Error::Tls(error) => Trouble::Tls { detail: error.to_string() },
        Error::ConnectionClosed | Error::AlreadyClosed | Error::Protocol(_) => {
            Trouble::Closed { detail: String::new() }
        }
        Error::Io(io) => Trouble::Unreachable { detail: io.to_string() },
        other => Trouble::Unreachable { detail: other.to_string() },
    }
}
