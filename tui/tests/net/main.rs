//! The line to the server, against a server that is made up.
#![expect(clippy::unwrap_used, reason = "a test fails where it stands")]
#![expect(clippy::result_large_err, reason = "the handshake's own type")]

use std::path::PathBuf;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::{WebSocketStream, accept_hdr_async};
use tui::message::What;
use tui::model::Trouble;
use tui::net::{Place, Trust, follow, what_if};

const LIMIT: Duration = Duration::from_secs(20);

/// A terminal's line, and the server's end of it.
struct Line {
    server: TcpListener,
    heard: Receiver<What>,
    resync: Sender<()>,
}

impl Line {
    async fn begin(token_file: Option<PathBuf>) -> Self {
        let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", server.local_addr().unwrap()).parse().unwrap();
        let place = Place { address, site: "tam-ky".parse().unwrap(), token_file, trust: Trust::default() };
        // The test takes each; what waits is one.
        let (out, heard) = channel(1);
        let (resync, asked) = channel(1);
        tokio::spawn(follow(place, out, asked));
        Self { server, heard, resync }
    }

    /// Takes a connection whose bearer is this; any other is answered with 401.
    async fn accept(&self, bearer: &str) -> Option<WebSocketStream<TcpStream>> {
        let (stream, _) = timeout(LIMIT, self.server.accept()).await.unwrap().unwrap();
        let check = |request: &Request, answer: Response| {
            assert_eq!(request.uri().path(), "/api/v1/sites/tam-ky/ws");
            let shown = request.headers().get("authorization").map(|value| value.to_str().unwrap());
            if shown.unwrap_or_default() == bearer {
                return Ok(answer);
            }
            let mut refusal = ErrorResponse::new(None);
            *refusal.status_mut() = 401.try_into().unwrap();
            Err(refusal)
        };
        accept_hdr_async(stream, check).await.ok()
    }

    async fn hears(&mut self) -> What {
        timeout(LIMIT, self.heard.recv()).await.expect("something is heard").unwrap()
    }
}

#[tokio::test]
async fn frames_come_as_they_are_and_a_demand_goes_out() {
    let mut line = Line::begin(None).await;
    let mut socket = line.accept("").await.unwrap();
    assert_eq!(line.hears().await, What::Opened);
    socket.send(Message::text("{\"tên\":1}")).await.unwrap();
    assert_eq!(line.hears().await, What::Frame("{\"tên\":1}".into()));
    line.resync.send(()).await.unwrap();
    let asked = timeout(LIMIT, socket.next()).await.unwrap().unwrap().unwrap();
    assert_eq!(asked, Message::text(r#"{"type":"resync"}"#));
}

#[tokio::test]
async fn a_line_that_is_cut_comes_back() {
    let mut line = Line::begin(None).await;
    for _ in 0..2 {
        let socket = line.accept("").await.unwrap();
        assert_eq!(line.hears().await, What::Opened);
        drop(socket);
        assert!(matches!(line.hears().await, What::Lost(Trouble::Closed { .. })));
    }
}

#[tokio::test]
async fn a_quiet_server_is_asked_and_one_that_does_not_answer_is_lost() {
    let mut line = Line::begin(None).await;
    let mut socket = line.accept("").await.unwrap();
    assert_eq!(line.hears().await, What::Opened);
    // It is asked, and reading is answering.
    let asked = timeout(LIMIT, socket.next()).await.unwrap().unwrap().unwrap();
    assert!(matches!(asked, Message::Ping(_)), "{asked:?}");
    // From here on it stands still, with its line open.
    assert!(matches!(line.hears().await, What::Lost(Trouble::Unreachable { .. })));
    drop(socket);
}

#[tokio::test]
async fn a_token_is_read_anew_for_each_connection() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "old\n").unwrap();
    let mut line = Line::begin(Some(file.clone())).await;
    assert!(line.accept("Bearer new").await.is_none());
    assert_eq!(line.hears().await, What::Lost(Trouble::Unauthorized));
    std::fs::write(&file, "new\n").unwrap();
    assert!(line.accept("Bearer new").await.is_some());
    assert_eq!(line.hears().await, What::Opened);
}

#[tokio::test]
async fn a_token_that_cannot_be_read_is_told_and_nothing_is_sent_without_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut line = Line::begin(Some(folder.path().join("nowhere"))).await;
    assert!(matches!(line.hears().await, What::Lost(Trouble::Token { detail }) if detail.contains("nowhere")));
}

#[tokio::test]
async fn nobody_listens_and_the_line_ends() {
    let mut line = Line::begin(None).await;
    let mut socket = line.accept("").await.unwrap();
    assert_eq!(line.hears().await, What::Opened);
    line.heard.close();
    // It notices when it has something to say.
    socket.send(Message::text("{}")).await.unwrap();
    let end = timeout(LIMIT, async { while socket.next().await.is_some_and(|message| message.is_ok()) {} }).await;
    assert!(end.is_ok(), "the connection is closed");
}

/// A server that answers one request with this; what it was asked.
async fn answers(status: &str, body: &'static str) -> (Result<domain::outlook::Answer, Trouble>, String) {
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", server.local_addr().unwrap()).parse().unwrap();
    let place = Place { address, site: "tam-ky".parse().unwrap(), token_file: None, trust: Trust::default() };
    let asking = tokio::task::spawn_blocking(move || what_if(&place, "dat-dai".parse().unwrap(), 2));
    let (mut stream, _) = timeout(LIMIT, server.accept()).await.unwrap().unwrap();
    let mut request = Vec::new();
    while !request.ends_with(b"}") {
        assert!(timeout(LIMIT, stream.read_buf(&mut request)).await.unwrap().unwrap() > 0);
    }
    let head = format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n", body.len());
    stream.write_all(format!("{head}Connection: close\r\n\r\n{body}").as_bytes()).await.unwrap();
    (asking.await.unwrap(), String::from_utf8(request).unwrap())
}

#[tokio::test]
async fn a_what_if_is_a_question_and_its_answer() {
    let said = r#"{"id":4,"summary":{"vi":"…","en":"…"},"site":"tam-ky","seq":9,"as_of":"2026-11-23T02:30:00.000Z",
        "changes":[],"horizon_min":240,"runs":300,"seed":0,"services":[]}"#;
    let (answer, request) = answers("200 OK", said).await;
    assert_eq!(answer.unwrap().seq, 9);
    assert!(request.starts_with("POST /api/v1/sites/tam-ky/what-if HTTP/1.1\r\n"), "{request}");
    let question = request.split_once("\r\n\r\n").unwrap().1;
    let changes = r#"{"changes":[{"change":"open_counters","service":"dat-dai","count":2}],"#;
    assert!(question.starts_with(changes), "{question}");
    let (answer, _) = answers("429 Too Many Requests", r#"{"error":"busy","message":"…"}"#).await;
    assert_eq!(answer, Err(Trouble::Busy));
    let (answer, _) = answers("403 Forbidden", "{}").await;
    assert_eq!(answer, Err(Trouble::Forbidden));
}

#[test]
fn whom_to_trust_is_told_wrong_with_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    let why = |file: &std::path::Path| Trust::load(Some(file)).unwrap_err().to_string();
    assert!(why(&file).contains("ca.pem"));
    std::fs::write(&file, "hello\n").unwrap();
    assert!(why(&file).contains("no certificate"), "{}", why(&file));
}
