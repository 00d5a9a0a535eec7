//! WebSockets over an in-memory connection, with a clock that jumps while everybody waits.

use std::time::Duration;

use axum::http::Request;
use axum::http::header::AUTHORIZATION;
use domain::board::{Board, Message as Live, fold};
use futures_util::{SinkExt, StreamExt};
use mqtt_config::settings::access::Role;
use tokio::io::DuplexStream;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::live::View;
use crate::server::http;
use crate::testing::{Fixture, alive_text, board, board_text, delta_text};

const URL: &str = "ws://127.0.0.1/api/v1/sites/tam-ky/ws";
/// Longer than anything that is waited for; the clock jumps.
const LIMIT: Duration = Duration::from_secs(120);

type Socket = WebSocketStream<DuplexStream>;

/// Sends the request over a connection that holds `buffer` bytes each way.
async fn connect_with(fixture: &Fixture, request: Request<()>, buffer: usize) -> Result<Socket, Error> {
    let (ours, theirs) = tokio::io::duplex(buffer);
    tokio::spawn(http(theirs, ([127, 0, 0, 1], 9).into(), fixture.router.clone(), fixture.app.stop.clone()));
    client_async(request, ours).await.map(|(socket, _)| socket)
}

async fn connect(fixture: &Fixture, token: Option<&str>) -> Socket {
    let mut request = URL.into_client_request().unwrap();
    if let Some(token) = token {
        request.headers_mut().insert(AUTHORIZATION, format!("Bearer {token}").parse().unwrap());
    }
    connect_with(fixture, request, 64 * 1024).await.unwrap()
}

async fn next(socket: &mut Socket) -> Option<Message> {
    timeout(LIMIT, socket.next()).await.expect("nothing came").and_then(Result::ok)
}

/// The next text; pings are answered on the way, but not for ever.
async fn text(socket: &mut Socket) -> String {
    for _ in 0..10 {
        match next(socket).await {
            Some(Message::Text(text)) => return text.to_string(),
            Some(Message::Ping(_)) => {}
            other => panic!("{other:?}"),
        }
    }
    panic!("no text came, only pings");
}

async fn live(socket: &mut Socket) -> Live {
    serde_json::from_str(&text(socket).await).unwrap()
}

/// The next snapshot's seq.
async fn snapshot(socket: &mut Socket) -> u64 {
    match live(socket).await {
        Live::Snapshot { seq, board } if board.seq == seq => seq,
        other => panic!("{other:?}"),
    }
}

/// Why the server ended it.
async fn farewell(socket: &mut Socket) -> CloseCode {
    loop {
        match next(socket).await {
            Some(Message::Close(Some(frame))) => return frame.code,
            Some(_) => {}
            None => panic!("cut without a word"),
        }
    }
}

async fn until(what: &str, holds: impl Fn() -> bool) {
    let wait = async {
        while !holds() {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(LIMIT, wait).await.unwrap_or_else(|_| panic!("never: {what}"));
}

fn feed(fixture: &Fixture, prev: u64, seq: u64) {
    fixture.site().on_delta(delta_text(prev, seq).as_bytes()).unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_snapshot_comes_first_then_the_collector_s_own_words() {
    let fixture = Fixture::new();
    let token = fixture.token(Role::Officer, None);
    let mut socket = connect(&fixture, Some(&token)).await;
    assert_eq!(text(&mut socket).await, fixture.site().version().unwrap().snapshot(View::Full).as_str());
    feed(&fixture, 1, 2);
    fixture.site().on_delta(alive_text(2).as_bytes()).unwrap();
    assert_eq!(text(&mut socket).await, delta_text(1, 2));
    assert_eq!(text(&mut socket).await, alive_text(2));
}

#[tokio::test(start_paused = true)]
async fn what_a_client_folds_is_the_board_of_its_role() {
    let fixture = Fixture::new();
    let token = fixture.token(Role::Director, None);
    for (token, view) in [(Some(token.as_str()), View::Full), (None, View::Public)] {
        fixture.app.sites.remove(crate::testing::site_id());
        fixture.site().on_board(&board_text(1)).unwrap();
        let mut socket = connect(&fixture, token).await;
        let Live::Snapshot { board: mut folded, .. } = live(&mut socket).await else { panic!("no snapshot") };
        for seq in 2..10 {
            feed(&fixture, seq - 1, seq);
            let Live::Delta(delta) = live(&mut socket).await else { panic!("no delta") };
            fold(&mut folded, delta).unwrap();
        }
        let truth: Board = serde_json::from_slice(&fixture.site().version().unwrap().board_json(view)).unwrap();
        assert_eq!(folded, truth, "{view:?}");
        assert_eq!(view == View::Full, folded == board(9));
    }
}

#[tokio::test(start_paused = true)]
async fn a_resync_is_answered_with_the_board_of_now() {
    let fixture = Fixture::new();
    let mut socket = connect(&fixture, None).await;
    assert_eq!(snapshot(&mut socket).await, 1);
    for ignored in ["", "{", "[]", r#"{"type":"hello"}"#] {
        socket.send(Message::text(ignored)).await.unwrap();
    }
    socket.send(Message::binary(vec![1, 2, 3])).await.unwrap();
    socket.send(Message::text(r#"{"type":"resync"}"#)).await.unwrap();
    assert_eq!(snapshot(&mut socket).await, 1);
    feed(&fixture, 1, 2);
    assert!(matches!(live(&mut socket).await, Live::Delta(delta) if delta.prev == 1));
    assert_eq!(fixture.app.figures.snapshots_resync.get(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_ping_is_answered_and_costs_no_board() {
    let fixture = Fixture::new();
    let mut socket = connect(&fixture, None).await;
    assert_eq!(snapshot(&mut socket).await, 1);
    for _ in 0..31 {
        socket.send(Message::text(r#"{"type":"ping"}"#)).await.unwrap();
    }
    for _ in 0..30 {
        assert_eq!(text(&mut socket).await, r#"{"type":"pong"}"#);
    }
    assert_eq!(farewell(&mut socket).await, CloseCode::Policy);
    assert_eq!(fixture.app.figures.snapshots_resync.get(), 0);
}

#[tokio::test(start_paused = true)]
async fn who_talks_of_its_screen_without_end_is_let_go() {
    let fixture = Fixture::new();
    let mut socket = connect(&fixture, None).await;
    assert_eq!(snapshot(&mut socket).await, 1);
    for n in 0..31 {
        let muted = n % 2 == 0;
        socket.send(Message::text(format!(r#"{{"type":"screen","muted":{muted}}}"#))).await.unwrap();
    }
    assert_eq!(farewell(&mut socket).await, CloseCode::Policy);
}

#[tokio::test(start_paused = true)]
async fn who_asks_for_snapshots_without_end_is_let_go() {
    let fixture = Fixture::new();
    let mut socket = connect(&fixture, None).await;
    for _ in 0..11 {
        socket.send(Message::text(r#"{"type":"resync"}"#)).await.unwrap();
    }
    assert_eq!(farewell(&mut socket).await, CloseCode::Policy);
    assert_eq!(fixture.app.figures.snapshots_resync.get(), 10);
}

#[tokio::test(start_paused = true)]
async fn a_message_that_is_too_large_ends_it() {
    let fixture = Fixture::new();
    let mut socket = connect(&fixture, None).await;
    socket.send(Message::text("x".repeat(5_000))).await.unwrap();
    until("the client is gone", || fixture.site().clients() == 0).await;
}

#[tokio::test(start_paused = true)]
async fn a_lost_delta_ends_in_a_snapshot() {
    let fixture = Fixture::new();
    let mut socket = connect(&fixture, None).await;
    assert_eq!(snapshot(&mut socket).await, 1);
    feed(&fixture, 2, 3);
    feed(&fixture, 3, 4);
    fixture.site().on_board(&board_text(3)).unwrap();
    assert_eq!(snapshot(&mut socket).await, 4);
    feed(&fixture, 4, 5);
    assert!(matches!(live(&mut socket).await, Live::Delta(delta) if delta.seq == 5));
}

#[tokio::test(start_paused = true)]
async fn a_slow_client_gets_a_snapshot_and_slows_nobody() {
    let fixture = Fixture::new();
    let (mut slow, mut quick) = (connect(&fixture, None).await, connect(&fixture, None).await);
    assert_eq!(snapshot(&mut quick).await, 1);
    for seq in 2..=500 {
        feed(&fixture, seq - 1, seq);
        assert!(matches!(live(&mut quick).await, Live::Delta(delta) if delta.seq == seq));
    }
    assert_eq!(snapshot(&mut slow).await, 1);
    let (mut seq, mut snapshots) = (1, 0);
    while seq < 500 {
        match live(&mut slow).await {
            Live::Delta(delta) => (_, seq) = (assert_eq!(delta.prev, seq), delta.seq),
            Live::Snapshot { seq: newer, .. } => (snapshots, seq) = (snapshots + 1, newer),
            Live::Alive { .. } => panic!("nobody said alive"),
        }
    }
    assert_eq!((snapshots, fixture.app.figures.snapshots_slow.get()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_never_reads_is_cut_off() {
    let fixture = Fixture::new();
    let request = URL.into_client_request().unwrap();
    let _stuck = connect_with(&fixture, request, 64).await.unwrap();
    until("the client is cut off", || fixture.app.figures.dropped_slow.get() == 1).await;
    until("the client is gone", || fixture.site().clients() == 0).await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_answers_no_ping_is_cut_off() {
    let fixture = Fixture::new();
    let began = tokio::time::Instant::now();
    let _silent = connect(&fixture, None).await;
    until("the client is gone", || fixture.app.figures.dropped_silent.get() == 1).await;
    assert_eq!(began.elapsed().as_secs(), 30, "two pings unanswered");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_answers_pings_stays() {
    let fixture = Fixture::new();
    let mut socket = connect(&fixture, None).await;
    assert_eq!(snapshot(&mut socket).await, 1);
    for _ in 0..100 {
        assert!(matches!(next(&mut socket).await, Some(Message::Ping(_))));
    }
    assert_eq!(fixture.site().clients(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_client_waits_for_the_first_board() {
    let fixture = Fixture::new();
    let request = "ws://127.0.0.1/api/v1/sites/hoi-an/ws".into_client_request().unwrap();
    let late = fixture.app.sites.get_or_add("hoi-an".parse().unwrap());
    let mut socket = connect_with(&fixture, request, 64 * 1024).await.unwrap();
    until("the client is subscribed", || late.clients() == 1).await;
    let mut first = board(5);
    first.site = late.id();
    late.on_board(&serde_json::to_vec(&first).unwrap()).unwrap();
    assert_eq!(snapshot(&mut socket).await, 5);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_taken_back_ends_its_sockets() {
    let fixture = Fixture::new();
    let (id, token) = fixture.removable_token(Role::Director, None);
    let mut socket = connect(&fixture, Some(&token)).await;
    assert_eq!(snapshot(&mut socket).await, 1);
    fixture.tokens().remove(&id).unwrap();
    assert_eq!(farewell(&mut socket).await, CloseCode::Policy);
}

#[tokio::test(start_paused = true)]
async fn the_server_s_end_and_a_site_s_end_are_told() {
    let fixture = Fixture::new();
    let mut socket = connect(&fixture, None).await;
    assert_eq!(snapshot(&mut socket).await, 1);
    fixture.app.sites.remove(crate::testing::site_id());
    assert_eq!(farewell(&mut socket).await, CloseCode::Away);

    fixture.site().on_board(&board_text(1)).unwrap();
    let mut socket = connect(&fixture, None).await;
    assert_eq!(snapshot(&mut socket).await, 1);
    fixture.app.stop.cancel();
    assert_eq!(farewell(&mut socket).await, CloseCode::Away);
    fixture.app.tasks.close();
    timeout(LIMIT, fixture.app.tasks.wait()).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_browser_sends_its_token_as_a_subprotocol_and_does_not_get_it_back() {
    let fixture = Fixture::new();
    let token = fixture.token(Role::Director, None);
    let mut request = URL.into_client_request().unwrap();
    let protocols = format!("motcua.v1, bearer.{token}").parse().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", protocols);
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    tokio::spawn(http(theirs, ([127, 0, 0, 1], 9).into(), fixture.router.clone(), fixture.app.stop.clone()));
    let (mut socket, response) = client_async(request, ours).await.unwrap();
    assert_eq!(response.headers()["sec-websocket-protocol"], "motcua.v1");
    assert!(matches!(live(&mut socket).await, Live::Snapshot { board, .. } if board.ingest.is_some()));
}

#[tokio::test(start_paused = true)]
async fn strangers_and_too_many_clients_get_no_socket() {
    let fixture = Fixture::new();
    let refused = async |change: fn(&mut Request<()>)| {
        let mut request = URL.into_client_request().unwrap();
        change(&mut request);
        match connect_with(&fixture, request, 4_096).await {
            Err(Error::Http(response)) => response.status().as_u16(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(
        refused(|request| drop(request.headers_mut().insert("origin", "http://evil.example".parse().unwrap()))).await,
        403
    );
    assert_eq!(
        refused(|request| drop(request.headers_mut().insert("authorization", "Bearer x".parse().unwrap()))).await,
        401
    );
    assert_eq!(refused(|request| *request.uri_mut() = URL.replace("tam-ky", "nowhere").parse().unwrap()).await, 404);
    let everything = fixture.app.sockets.available_permits();
    let _taken = fixture.app.sockets.acquire_many(u32::try_from(everything).unwrap()).await.unwrap();
    assert_eq!(refused(|_| {}).await, 503);
}

#[tokio::test(start_paused = true)]
async fn who_leaves_gives_the_place_back() {
    let fixture = Fixture::new();
    let before = fixture.app.sockets.available_permits();
    let mut socket = connect(&fixture, None).await;
    assert_eq!(snapshot(&mut socket).await, 1);
    assert_eq!((fixture.app.sockets.available_permits(), fixture.site().clients()), (before - 1, 1));
    socket.close(None).await.unwrap();
    drop(socket);
    until("the place is free", || fixture.app.sockets.available_permits() == before).await;
    assert_eq!(fixture.site().clients(), 0);
}
