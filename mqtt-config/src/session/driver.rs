//! The socket under a session.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep, timeout};
use tokio_util::io::{poll_read_buf, poll_write_buf};

use super::SessionEvent;
use super::backoff::Backoff;
use super::error::{PublishError, SessionError};
use super::inbound::AckToken;
use super::options::{Qos, SessionOptions};
use super::outbound::PublishId;
use super::state::{ANSWER_LIMIT, State};

/// What one read may bring.
const READ_SIZE: usize = 64 * 1024;

/// A read of this many bytes (some 25 events) is followed by a pause [`LONGER`] times as long.
const MUCH: usize = 4 * 1024;
/// See [`MUCH`].
const LONGER: u32 = 3;
/// A read buffer with less room than this gets a new one.
const LEAST_ROOM: usize = 16 * 1024;

/// A write buffer that held more than this is not kept, in bytes.
const GROWN: usize = 256 * 1024;

/// How long `close` waits for a broker that does not read.
const CLOSE_LIMIT: Duration = Duration::from_secs(2);

/// A timer's pause when no deadline is known; looking once a day costs nothing.
const NO_DEADLINE: Duration = Duration::from_secs(86_400);

/// One session with a broker: see the [module](super).
pub struct Session {
    state: State,
    link: Link,
    backoff: Backoff,
    /// Bounded: at most one read's worth, because nothing is read before all has been handed over.
    events: VecDeque<SessionEvent>,
}

/// Where the connection stands. Everything that `next` waits for lies here, so dropping a call of
/// `next` halfway loses nothing.
enum Link {
    Pausing(Pin<Box<Sleep>>),
    Connecting(Pin<Box<dyn Future<Output = Result<TcpStream, SessionError>> + Send>>),
    Up(Box<Wire>),
}

struct Wire {
    stream: TcpStream,
    input: BytesMut,
    /// For the state's deadlines.
    timer: Pin<Box<Sleep>>,
    /// Until then nothing is read, so that messages gather.
    pause: Pin<Box<Sleep>>,
    read_pause: Duration,
    /// The write buffer has become large and is to be given back once it is empty.
    grown: bool,
}

impl Session {
    /// Makes a session; the first call of [`Session::next`] starts to connect.
    pub fn new(options: SessionOptions) -> Self {
        let link = connect(&options);
        Self { state: State::new(options, Instant::now()), link, backoff: Backoff::new(), events: VecDeque::new() }
    }

    /// Waits for the next event; writes what was acknowledged and published before and meanwhile.
    ///
    /// Cancel-safe. It also keeps the connection alive, so call it again soon: a broker ends a
    /// connection on which nothing was sent for 1.5 times the keep-alive.
    pub async fn next(&mut self) -> SessionEvent {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    /// Acknowledges a message. The PUBACK leaves with the next call of [`Session::next`], once all
    /// messages before it are acknowledged too; a token of an earlier connection does nothing.
    pub fn ack(&mut self, token: AckToken) {
        self.state.ack(token);
    }

    /// Hands a message over for publishing; it leaves with the next call of [`Session::next`].
    ///
    /// QoS 1: kept over connections until [`SessionEvent::Acked`] names it. QoS 0: lost with the
    /// connection.
    ///
    /// # Errors
    /// [`PublishError::Full`] above [`OUTBOUND_LIMIT`](super::OUTBOUND_LIMIT) bytes;
    /// [`PublishError::NotConnected`] for QoS 0 without a connection; a topic or a size that the
    /// broker cannot take.
    pub fn publish(&mut self, topic: &str, payload: Bytes, qos: Qos, retain: bool) -> Result<PublishId, PublishError> {
        self.state.publish(topic, payload, qos, retain)
    }

    /// Whether the broker has accepted the connection.
    pub fn is_connected(&self) -> bool {
        self.state.is_connected()
    }

    /// QoS 1 messages received on this connection and not acknowledged to the broker yet.
    pub fn unacked(&self) -> usize {
        self.state.unacked()
    }

    /// Bytes that wait to be sent, or to be acknowledged by the broker.
    pub fn waiting_bytes(&self) -> usize {
        self.state.waiting_bytes()
    }

    /// Drops the connection and makes a new one: the way out when the broker has stopped delivering
    /// though the link lives. Without effect while there is no connection.
    pub fn reconnect(&mut self) {
        if matches!(self.link, Link::Up(_)) {
            self.lose(SessionError::Restarted);
        }
    }

    /// Sends what is buffered and DISCONNECT, so that the broker does not publish the will.
    /// QoS 1 publishes without an answer so far are not waited for.
    pub async fn close(mut self) {
        let Link::Up(wire) = &mut self.link else { return };
        self.state.goodbye();
        let farewell = async {
            wire.stream.write_all(&self.state.out).await?;
            wire.stream.shutdown().await
        };
        match timeout(CLOSE_LIMIT, farewell).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(%error, "The connection to the broker was gone before it was closed."),
            Err(_) => tracing::warn!("The broker did not take the last messages in time."),
        }
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<SessionEvent> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Poll::Ready(event);
            }
            match &mut self.link {
                Link::Pausing(pause) => {
                    ready!(pause.as_mut().poll(cx));
                    self.link = connect(self.state.options());
                }
                Link::Connecting(attempt) => match ready!(attempt.as_mut().poll(cx)) {
                    Ok(stream) => self.link = Link::Up(Box::new(Wire::begin(stream, &mut self.state))),
                    Err(error) => self.lose(error),
                },
                Link::Up(wire) => {
                    if let Err(error) = ready!(wire.poll(&mut self.state, &mut self.events, cx)) {
                        self.lose(error);
                    }
                }
            }
        }
    }

    fn lose(&mut self, why: SessionError) {
        if self.state.end(Instant::now()) {
            self.backoff.reset();
        }
        let retry_in = self.backoff.pause();
        self.link = Link::Pausing(Box::pin(sleep(retry_in)));
        self.events.push_back(SessionEvent::Lost { why, retry_in });
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("state", &self.state).finish_non_exhaustive()
    }
}

fn connect(options: &SessionOptions) -> Link {
    let (host, port) = (options.host.clone(), options.port);
    Link::Connecting(Box::pin(async move {
        let limit = ANSWER_LIMIT;
        let attempt = timeout(limit, TcpStream::connect((host.as_str(), port))).await;
        let result = match attempt {
            // Small packets leave at once; this session itself gathers what belongs together.
            Ok(connected) => connected.and_then(|stream| stream.set_nodelay(true).map(|()| stream)),
            Err(_) => return Err(SessionError::NoAnswer { what: "the TCP handshake", limit }),
        };
        result.map_err(|source| SessionError::Connect { host, port, source })
    }))
}

impl Wire {
    fn begin(stream: TcpStream, state: &mut State) -> Self {
        state.begin(Instant::now());
        let now = || Box::pin(sleep(Duration::ZERO));
        let read_pause = state.options().read_pause;
        Self { stream, input: BytesMut::new(), timer: now(), pause: now(), read_pause, grown: false }
    }

    /// One turn: write, then read unless it is too early, then look at the clock. Ready when something was read or the
    /// connection is over. Writing never holds reading up: a broker that writes to us before it
    /// reads from us would otherwise wait for us for ever.
    fn poll(
        &mut self,
        state: &mut State,
        events: &mut VecDeque<SessionEvent>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), SessionError>> {
        loop {
            if let Err(error) = self.write(state, cx) {
                return Poll::Ready(Err(self.last_words(state, events, error, cx)));
            }
            if self.pause.as_mut().poll(cx).is_ready()
                && let Poll::Ready(read) = self.poll_read(cx)
            {
                return Poll::Ready(read.and_then(|()| state.receive(&mut self.input, Instant::now(), events)));
            }
            self.set_timer(state);
            ready!(self.timer.as_mut().poll(cx));
            if let Err(error) = state.on_time(Instant::now()) {
                return Poll::Ready(Err(error));
            }
        }
    }

    fn write(&mut self, state: &mut State, cx: &mut Context<'_>) -> io::Result<()> {
        loop {
            state.fill();
            self.grown |= state.out.len() > GROWN;
            if state.out.is_empty() {
                if std::mem::take(&mut self.grown) {
                    state.out = BytesMut::new();
                }
                return Ok(());
            }
            match poll_write_buf(Pin::new(&mut self.stream), cx, &mut state.out) {
                Poll::Ready(Ok(0)) => return Err(io::ErrorKind::WriteZero.into()),
                Poll::Ready(Ok(_)) => state.sent(Instant::now()),
                Poll::Ready(Err(error)) => return Err(error),
                Poll::Pending => return Ok(()),
            }
        }
    }

    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), SessionError>> {
        if self.input.capacity() - self.input.len() < LEAST_ROOM {
            self.input.reserve(READ_SIZE);
        }
        let room = self.input.capacity() - self.input.len();
        match ready!(poll_read_buf(Pin::new(&mut self.stream), cx, &mut self.input)) {
            Ok(0) => return Poll::Ready(Err(SessionError::Closed)),
            // Where the room was not enough, more is waiting already.
            Ok(n) if n < room => {
                // The more comes, the longer it may gather.
                let pause = if n < MUCH { self.read_pause } else { self.read_pause * LONGER };
                self.pause.as_mut().reset(tokio::time::Instant::now() + pause);
            }
            Ok(_) => {}
            Err(error) => return Poll::Ready(Err(SessionError::Io(error))),
        }
        Poll::Ready(Ok(()))
    }

    /// Writing failed; a broker that closed the connection may have said why just before.
    fn last_words(
        &mut self,
        state: &mut State,
        events: &mut VecDeque<SessionEvent>,
        error: io::Error,
        cx: &mut Context<'_>,
    ) -> SessionError {
        while let Poll::Ready(Ok(())) = self.poll_read(cx) {
            if let Err(reason) = state.receive(&mut self.input, Instant::now(), events) {
                return reason;
            }
        }
        SessionError::Io(error)
    }

    /// Traffic moves the deadline all the time; the timer is moved only when it would ring too late.
    fn set_timer(&mut self, state: &State) {
        let now = tokio::time::Instant::now();
        let deadline = state.deadline().map_or(now + NO_DEADLINE, tokio::time::Instant::from_std);
        if self.timer.is_elapsed() || deadline < self.timer.deadline() {
            self.timer.as_mut().reset(deadline);
        }
    }
}
