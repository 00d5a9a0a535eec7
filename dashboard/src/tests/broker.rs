//! The whole program over TCP, with a real Mosquitto and the collector's part played by hand.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use bytes::Bytes;
use domain::board::Message as Live;
use futures_util::{SinkExt, StreamExt};
use mqtt_config::session::{Qos, Session, SessionEvent, SessionOptions, Subscription};
use mqtt_config::topics::{COLLECTOR_METRICS, LiveTopic, live};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use tokio_util::sync::CancellationToken;

use crate::testing::{alive_text, board, board_text, delta_text, outlook_text, runtime, site_id};
use crate::{Error, Ready, run};

/// A screen of the site, as a device.
const SCREEN: &str = "motcua/v1/tam-ky/wall/screen-hall-1/status";
const LIMIT: Duration = Duration::from_secs(30);

/// A port that nobody listens on now.
async fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
}

/// Starts a broker without passwords and waits until it listens; it ends when dropped.
async fn broker(dir: &Path, port: u16) -> Child {
    let conf = dir.join("mosquitto.conf");
    std::fs::write(&conf, format!("listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n")).unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    let child = Command::new("mosquitto")
        .arg("-c")
        .arg(conf)
        .env("PATH", format!("{path}:/usr/sbin:/usr/local/sbin"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("mosquitto is installed");
    let listens = async {
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(LIMIT, listens).await.expect("mosquitto listens");
    child
}

/// The collector, played by hand.
struct Collector(Session);

impl Collector {
    fn new(port: u16) -> Self {
        let screens = Subscription::new(SCREEN, Qos::AtLeastOnce);
        Self(Session::new(SessionOptions { subscriptions: vec![screens], ..SessionOptions::new(port, "collector") }))
    }

    /// Waits for a word of a screen that says so.
    async fn hears(&mut self, holds: impl Fn(&str) -> bool) {
        let heard = async {
            loop {
                if let SessionEvent::Messages(words) = self.0.next().await
                    && words.iter().any(|word| holds(&String::from_utf8_lossy(&word.payload)))
                {
                    return;
                }
            }
        };
        timeout(LIMIT, heard).await.expect("the screen's word comes");
    }

    async fn connected(&mut self) {
        while !self.0.is_connected() {
            timeout(LIMIT, self.0.next()).await.expect("the broker answers");
        }
    }

    /// Publishes, and waits until the broker has it: a sign of life at QoS 1 goes last.
    async fn says(&mut self, messages: &[(LiveTopic, Bytes)]) {
        self.connected().await;
        for (topic, payload) in messages {
            let (qos, retain) = match topic {
                LiveTopic::Delta => (Qos::AtMostOnce, false),
                _ => (Qos::AtLeastOnce, true),
            };
            self.0.publish(&live(site_id(), *topic), payload.clone(), qos, retain).unwrap();
        }
        self.says_of_itself(br#"{"state":"ready","received":7}"#).await;
    }

    async fn says_of_itself(&mut self, figures: &'static [u8]) {
        let figures = Bytes::from_static(figures);
        let last = self.0.publish(COLLECTOR_METRICS, figures, Qos::AtLeastOnce, true).unwrap();
        let acked = async {
            loop {
                if let SessionEvent::Acked(ids) = self.0.next().await
                    && ids.iter().any(|(id, _)| *id == last)
                {
                    return;
                }
            }
        };
        timeout(LIMIT, acked).await.expect("the broker acknowledges");
    }
}

/// A broker at which a collector has published the board 5.
struct Hall {
    port: u16,
    collector: Collector,
    broker: Child,
    dir: TempDir,
}

impl Hall {
    async fn open() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let port = free_port().await;
        let broker = broker(dir.path(), port).await;
        let mut collector = Collector::new(port);
        collector.says(&[whole_board(5)]).await;
        Self { port, collector, broker, dir }
    }
}

fn whole_board(seq: u64) -> (LiveTopic, Bytes) {
    (LiveTopic::Board, board_text(seq).into())
}

fn change(prev: u64, seq: u64) -> (LiveTopic, Bytes) {
    (LiveTopic::Delta, delta_text(prev, seq).into())
}

/// The dashboard under test.
struct Dashboard {
    ready: Ready,
    stop: CancellationToken,
    ended: JoinHandle<Result<(), Error>>,
    _data_dir: TempDir,
}

impl Dashboard {
    async fn start(mqtt_port: u16) -> Self {
        let data_dir = tempfile::tempdir().unwrap();
        let mut runtime = runtime(data_dir.path(), mqtt_port);
        runtime.open_access = true;
        let (tell, told) = oneshot::channel();
        let stop = CancellationToken::new();
        let ended = tokio::spawn(run(runtime, stop.clone(), |ready| tell.send(ready).expect("the test waits")));
        let ready = timeout(LIMIT, told).await.expect("ready in time").expect("it runs");
        Self { ready, stop, ended, _data_dir: data_dir }
    }

    /// Status and body of a page, over a plain connection.
    async fn get(&self, path: &str) -> (u16, String) {
        let mut socket = TcpStream::connect(self.ready.http).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.ready.http);
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        timeout(LIMIT, socket.read_to_string(&mut answer)).await.unwrap().unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }

    async fn until(&self, path: &str, holds: impl Fn(u16, &str) -> bool) {
        let wait = async {
            loop {
                let (status, body) = self.get(path).await;
                if holds(status, &body) {
                    return;
                }
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(LIMIT, wait).await.unwrap_or_else(|_| panic!("{path} never"));
    }

    async fn socket(&self) -> Screen {
        self.screen("").await
    }

    async fn screen(&self, query: &str) -> Screen {
        let url = format!("ws://{}/api/v1/sites/{}/ws{query}", self.ready.http, site_id());
        Screen(timeout(LIMIT, connect_async(url)).await.expect("an answer").unwrap().0)
    }

    async fn socket_when_known(&self) -> Screen {
        self.until("/api/v1/sites/tam-ky/board", |status, _| status == 200).await;
        self.socket().await
    }

    async fn stop(self) {
        self.stop.cancel();
        timeout(LIMIT, self.ended).await.expect("it ends").unwrap().unwrap();
    }
}

struct Screen(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Screen {
    async fn text(&mut self) -> String {
        let text = async {
            loop {
                match self.0.next().await {
                    Some(Ok(Message::Text(text))) => return text.to_string(),
                    Some(Ok(Message::Ping(_))) => {}
                    other => panic!("{other:?}"),
                }
            }
        };
        timeout(LIMIT, text).await.expect("a text comes")
    }

    async fn expect_snapshot(&mut self, seq: u64) {
        let Ok(Live::Snapshot { board: shown, .. }) = serde_json::from_str(&self.text().await) else {
            panic!("no snapshot")
        };
        assert_eq!(shown, board(seq));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_collector_publishes_reaches_screens() {
    let Hall { port, mut collector, broker: _broker, dir: _dir } = Hall::open().await;

    let dashboard = Dashboard::start(port).await;
    // The retained board is there, but what the broker has kept is no sign of life.
    dashboard.until("/api/v1/sites/tam-ky/board", |status, _| status == 200).await;
    let (status, body) = dashboard.get("/readyz").await;
    assert_eq!((status, body.contains("collector")), (503, true), "{body}");

    let mut screen = dashboard.socket().await;
    screen.expect_snapshot(5).await;
    collector.says(&[change(5, 6), whole_board(6), (LiveTopic::Delta, alive_text(6).into())]).await;
    assert_eq!(screen.text().await, delta_text(5, 6));
    assert_eq!(screen.text().await, alive_text(6));
    dashboard.until("/readyz", |status, _| status == 200).await;
    dashboard.until("/metrics", |_, text| text.contains("motcua_collector_messages_received_total 7")).await;
    let letters = Bytes::from_static(br#"{"site":"tam-ky","total":0,"dead_letters":[]}"#);
    collector.says(&[(LiveTopic::DeadLetters, letters.clone())]).await;
    dashboard.until("/api/v1/sites/tam-ky/dead-letters", |_, body| body.as_bytes() == letters).await;
    collector.says(&[(LiveTopic::Outlook, outlook_text().into())]).await;
    dashboard.until("/api/v1/sites/tam-ky/outlook", |status, body| status == 200 && body.contains("A024")).await;

    // A lost delta: silence, then the next board (which the deltas after it may overtake).
    collector.says(&[change(7, 8), change(8, 9), whole_board(8)]).await;
    screen.expect_snapshot(9).await;
    collector.says(&[change(9, 10)]).await;
    assert_eq!(screen.text().await, delta_text(9, 10));

    // Its last word.
    collector.says_of_itself(br#"{"state":"lost"}"#).await;
    dashboard.until("/readyz", |status, body| status == 503 && body.contains("collector")).await;

    // A site that is no more.
    collector.says(&[(LiveTopic::Board, Bytes::new())]).await;
    dashboard.until("/api/v1/sites/tam-ky/board", |status, _| status == 404).await;
    dashboard.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_open_page_is_a_device_of_its_site() {
    let Hall { port, mut collector, broker: _broker, dir: _dir } = Hall::open().await;
    let dashboard = Dashboard::start(port).await;
    dashboard.until("/api/v1/sites/tam-ky/board", |status, _| status == 200).await;

    let mut screen = dashboard.screen("?screen=hall-1").await;
    collector.hears(|word| word.contains(r#""state":"ready""#) && !word.contains("muted")).await;
    screen.0.send(Message::text(r#"{"type":"screen","page":"wall","muted":true}"#)).await.unwrap();
    collector.hears(|word| word.contains(r#""flags":["muted"]"#)).await;
    screen.0.close(None).await.unwrap();
    collector.hears(|word| word.contains(r#""state":"disconnected""#)).await;
    dashboard.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_goes_and_comes_back_is_followed() {
    let Hall { port, broker: mut first, dir, .. } = Hall::open().await;
    let dashboard = Dashboard::start(port).await;
    let mut screen = dashboard.socket_when_known().await;
    screen.expect_snapshot(5).await;

    first.kill().await.unwrap();
    dashboard.until("/readyz", |status, body| status == 503 && body.contains("mqtt")).await;
    assert_eq!(dashboard.get("/api/v1/sites/tam-ky/board").await.0, 200, "the last board is still shown");

    let _second = broker(dir.path(), port).await;
    let mut collector = Collector::new(port);
    collector.says(&[whole_board(9)]).await;
    screen.expect_snapshot(9).await;
    dashboard.stop().await;
}
