//! Cameras that refuse, do not answer, or are not there; and what is told of them.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use camera_ingest::worker::protocol::{Trouble, Word};

use super::harness::{Worker, awkward, free_port, job, lost};

/// An RTSP server that wants a login for DESCRIBE: it tells the login that it is given and answers
/// with this line.
fn server(answer: &'static str) -> (u16, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (say, logins) = sync_channel(100);
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let say = say.clone();
            thread::spawn(move || {
                serve(stream, answer, |login| {
                    let _ = say.try_send(login);
                })
            });
        }
    });
    (port, logins)
}

fn serve(stream: TcpStream, answer: &str, told: impl Fn(String)) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut stream = stream;
    loop {
        let (mut request, mut sequence, mut login) = (String::new(), String::new(), None);
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            match line.trim_end().split_once(": ") {
                Some(("CSeq", number)) => sequence = number.to_owned(),
                Some(("Authorization", given)) => login = Some(given.to_owned()),
                _ if line.trim_end().is_empty() => break,
                _ if request.is_empty() => request = line,
                _ => {}
            }
        }
        let status = match &login {
            _ if request.starts_with("OPTIONS") => "200 OK\r\nPublic: DESCRIBE, SETUP, PLAY",
            None => "401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"camera\"",
            Some(_) => answer,
        };
        if let Some(login) = login {
            told(login);
        }
        write!(stream, "RTSP/1.0 {status}\r\nCSeq: {sequence}\r\n\r\n").ok()?;
    }
}

fn first_loss(worker: &Worker) -> (Trouble, String) {
    match worker.until("loss", lost).pop() {
        Some((_, Word::Lost { trouble, why, .. })) => (trouble, why),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_password_reaches_the_camera_and_nobody_else() {
    let (port, logins) = server("401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"camera\"");
    let mut job = job(&format!("rtsp://127.0.0.1:{port}/live"));
    (job.user, job.password) = (Some("admin".to_owned()), Some(awkward()));
    let worker = Worker::start(&job);
    let (trouble, why) = first_loss(&worker);
    assert_eq!(trouble, Trouble::Refused);
    let given = logins.recv_timeout(super::harness::LIMIT).unwrap();
    let given = BASE64_STANDARD.decode(given.strip_prefix("Basic ").unwrap()).unwrap();
    assert_eq!(String::from_utf8(given).unwrap(), format!("admin:{}", awkward().expose()));
    for file in ["cmdline", "environ"] {
        let bytes = std::fs::read(format!("/proc/{}/{file}", worker.id())).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("p@ss") && !text.contains("p%40ss"), "{file}: {text}");
    }
    assert!(!why.contains("ss:w") && !why.contains("admin"), "{why}");
    let (_, _, log) = worker.end();
    let told = camera_ingest::worker::redact(&log, &[awkward()]);
    assert!(!told.contains("p@ss") && !told.contains("p%40ss"), "{told}");
}

#[test]
fn every_refusal_is_told_as_what_it_is() {
    let cases = [
        ("403 Forbidden", Trouble::Refused),
        ("404 Not Found", Trouble::NoSuchStream),
        ("400 Bad Request", Trouble::NoSuchStream),
        ("454 Session Not Found", Trouble::NoSuchStream),
        ("500 Internal Server Error", Trouble::Broken),
    ];
    for (answer, expected) in cases {
        let (port, _logins) = server(answer);
        let mut job = job(&format!("rtsp://127.0.0.1:{port}/live"));
        (job.user, job.password) = (Some("admin".to_owned()), Some(awkward()));
        let (trouble, why) = first_loss(&Worker::start(&job));
        assert_eq!(trouble, expected, "{answer}: {why}");
        assert!(why.contains(&format!("rtsp://127.0.0.1:{port}/live")), "{why}");
    }
}

#[test]
fn nobody_there_and_nobody_answering_are_told_apart() {
    let (trouble, _) = first_loss(&Worker::start(&job(&format!("rtsp://127.0.0.1:{}/a", free_port()))));
    assert_eq!(trouble, Trouble::Unreachable);
    let (trouble, why) = first_loss(&Worker::start(&job("rtsp://no-such-host.invalid/a")));
    assert_eq!(trouble, Trouble::Unreachable, "{why}");
    // It takes the connection and never says a word.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut job = job(&format!("rtsp://{}/a", silent.local_addr().unwrap()));
    job.looking.first_frame_s = 1.0;
    let worker = Worker::start(&job);
    let heard = worker.until("loss", lost);
    let (opened, lost) = (heard[0].0, heard.last().unwrap());
    assert!(matches!(lost.1, Word::Lost { trouble: Trouble::Stalled, .. }), "{lost:?}");
    assert!(lost.0 - opened < Duration::from_secs(10));
    worker.until("opening", |word| matches!(word, Word::Opening { .. }));
    let (status, took, _) = worker.end();
    assert!(status.success() && took < Duration::from_secs(5), "{took:?}");
}
