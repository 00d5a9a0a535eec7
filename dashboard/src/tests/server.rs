//! Sockets: time-outs, TLS, and settings that would expose too much.

use std::sync::Arc;
use std::time::Duration;

use mqtt_config::settings::Tls;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, duplex};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tokio_util::sync::CancellationToken;

use crate::server::{Server, http};
use crate::testing::{Fixture, runtime};
use crate::{Error, run, tls};

const LIMIT: Duration = Duration::from_secs(60);

/// Sends the text, then reads until the server ends the connection.
async fn talk(socket: &mut (impl AsyncRead + AsyncWrite + Unpin), text: &str) -> String {
    socket.write_all(text.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A reset is an end too.
    let _ = timeout(LIMIT, socket.read_to_end(&mut answer)).await.expect("the server ends it");
    String::from_utf8(answer).unwrap()
}

#[tokio::test(start_paused = true)]
async fn who_does_not_finish_the_request_s_head_is_cut_off() {
    let fixture = Fixture::new();
    for head in ["", "GET /healthz HTTP/1.1\r\nHost: x\r\n"] {
        let began = Instant::now();
        let (mut ours, theirs) = duplex(4_096);
        let peer = ([127, 0, 0, 1], 9).into();
        tokio::spawn(http(theirs, peer, fixture.router.clone(), fixture.app.stop.clone()));
        let answer = talk(&mut ours, head).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{answer}");
        assert_eq!(began.elapsed().as_secs(), 10);
    }
}

#[tokio::test(start_paused = true)]
async fn who_does_not_finish_the_body_is_told_so() {
    let fixture = Fixture::new();
    let (mut ours, theirs) = duplex(4_096);
    tokio::spawn(http(theirs, ([127, 0, 0, 1], 9).into(), fixture.router.clone(), fixture.app.stop.clone()));
    let head =
        "POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{";
    let answer = talk(&mut ours, head).await;
    assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("too_slow"), "{answer}");
}

#[tokio::test]
async fn pages_are_served_over_tls() {
    let fixture = Fixture::new();
    let dir = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let files = Tls { cert: dir.path().join("cert.pem"), key: dir.path().join("key.pem") };
    std::fs::write(&files.cert, made.cert.pem()).unwrap();
    std::fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, tasks) = (fixture.app.stop.clone(), fixture.app.tasks.clone());
    let tls = Some(tls::acceptor(&files).unwrap());
    let server = Server { listener, tls, router: fixture.router.clone(), stop: stop.clone(), tasks: tasks.clone() };
    tasks.spawn(server.run());

    let request = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(&files.cert).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap().with_root_certificates(roots);
    let connector = TlsConnector::from(Arc::new(config.with_no_client_auth()));
    let socket = TcpStream::connect(address).await.unwrap();
    let mut socket = connector.connect(ServerName::try_from("localhost").unwrap(), socket).await.unwrap();
    assert!(talk(&mut socket, request).await.starts_with("HTTP/1.1 200"));

    let mut plain = TcpStream::connect(address).await.unwrap();
    assert!(!talk(&mut plain, request).await.contains("200"), "plain HTTP is not served there");
    stop.cancel();
    tasks.close();
    timeout(LIMIT, tasks.wait()).await.unwrap();
}

#[tokio::test]
async fn settings_that_would_expose_too_much_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let refused = async |change: fn(&mut mqtt_config::settings::Runtime)| {
        let mut runtime = runtime(dir.path(), 1);
        runtime.http.bind = ([0, 0, 0, 0], 0).into();
        change(&mut runtime);
        let stop = CancellationToken::new();
        stop.cancel();
        run(runtime, stop, |_| panic!("it must not get ready")).await
    };
    let open = refused(|runtime| (runtime.open_access, runtime.http.behind_proxy) = (true, true)).await;
    assert!(matches!(open, Err(Error::OpenBeyondLoopback(_))));
    assert!(matches!(refused(|_| {}).await, Err(Error::PlainBeyondLoopback(_))));
    assert!(matches!(refused(|runtime| runtime.http.behind_proxy = true).await, Ok(())));
    let missing = |runtime: &mut mqtt_config::settings::Runtime| {
        runtime.http.tls = Some(Tls { cert: "/nowhere/cert.pem".into(), key: "/nowhere/key.pem".into() });
    };
    let error = refused(missing).await.unwrap_err();
    assert!(error.is_configuration() && error.to_string().contains("/nowhere/cert.pem"), "{error}");
}
