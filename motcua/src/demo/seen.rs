//! Whether the pages show what the devices have told.
//!
//! That the broker has an event says nothing about the board: the collector may still be reading the
//! morning. Only the dashboard's own board shows what a person would see now.

use std::time::Duration;

use domain::SiteId;
use serde::Deserialize;
use tokio::time::sleep;

use crate::doctor::http::{self, Server};

/// How often the board is looked at meanwhile.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What of a board says how much it is made of.
#[derive(Debug, Deserialize)]
struct Board {
    ingest: Ingest,
}

#[derive(Debug, Deserialize)]
struct Ingest {
    accepted: u64,
}

/// Waits until the dashboard on this port of this machine shows a board that is made of so many
/// events. Never ends when it does not come to that.
pub async fn events(http_port: u16, site: SiteId, events: u64) {
    let server = Server { address: format!("127.0.0.1:{http_port}"), tls: false };
    while shown(server.clone(), site).await.is_none_or(|shown| shown < events) {
        sleep(LOOK_EVERY).await;
    }
}

/// How many events the board is made of that is shown now; `None` when there is none yet.
async fn shown(server: Server, site: SiteId) -> Option<u64> {
    let path = format!("/api/v1/sites/{site}/board");
    let answer = tokio::task::spawn_blocking(move || http::get(&server, &path, None)).await.ok()?;
    accepted(&answer.ok()?.body)
}

fn accepted(body: &str) -> Option<u64> {
    serde_json::from_str::<Board>(body).ok().map(|board| board.ingest.accepted)
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn a_board_says_what_it_is_made_of() {
        assert_eq!(accepted(r#"{"site":"song-may","ingest":{"accepted":7,"late":1}}"#), Some(7));
        assert_eq!(accepted(r#"{"error":"no_board"}"#), None);
        assert_eq!(accepted(""), None);
    }

    #[tokio::test]
    async fn it_is_looked_at_until_it_shows_enough() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        // What a dashboard answers one after the other: nothing, no board, too little, enough.
        let bodies = ["", r#"{"error":"no_board"}"#, r#"{"ingest":{"accepted":2}}"#, r#"{"ingest":{"accepted":3}}"#];
        let dashboard = std::thread::spawn(move || {
            for body in bodies {
                let (mut stream, _) = listener.accept().unwrap();
                let asked = BufReader::new(&stream).lines().map(Result::unwrap).take_while(|line| !line.is_empty());
                assert_eq!(asked.count(), 2);
                write!(stream, "HTTP/1.1 200 OK\r\n\r\n{body}").unwrap();
            }
        });
        events(port, SiteId::new("song-may").unwrap(), 3).await;
        dashboard.join().unwrap();
    }
}
