//! The double does what the server does.

use std::io::Write;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use history::double::{Double, Fault, Options, Value, What};

use crate::wire::{Reply, send};

const TOKEN: &str = "Token double-token";
const WRITE: &str = "/api/v2/write?org=motcua&bucket=b&precision=ns";

fn double() -> Double {
    let day = Duration::from_secs(86_400);
    let buckets = vec![("b".into(), None), ("short".into(), Some(day))];
    Double::start(Options { buckets, ..Options::default() }).expect("a port")
}

fn ask(double: &Double, method: &str, target: &str, token: &str, body: &[u8]) -> Reply {
    send(&double.address().to_string(), method, target, &[("Authorization", token)], body).expect("an answer")
}

fn write(double: &Double, body: &str) -> Reply {
    ask(double, "POST", WRITE, TOKEN, body.as_bytes())
}

#[test]
fn it_is_looked_at_in_the_servers_order() {
    let double = double();
    for (target, token, status, message) in [
        ("/api/v2/write?org=x&bucket=x&precision=m", "Token nobody", 401, "unauthorized access"),
        (
            "/api/v2/write?org=x&bucket=&precision=m",
            TOKEN,
            400,
            "invalid precision; valid precision units are ns, us, ms, and s",
        ),
        ("/api/v2/write?org=x&bucket=&precision=ms", TOKEN, 404, "bucket not found"),
        ("/api/v2/write?org=x&bucket=x", TOKEN, 404, "organization name \"x\" not found"),
        ("/api/v2/write?org=motcua&bucket=x", TOKEN, 404, "bucket \"x\" not found"),
        ("/api/v2/write?org=motcua&bucket=b", "bearer double-reader", 403, "insufficient permissions for write"),
        (
            "/api/v2/write?org=motcua&bucket=b",
            "Bearer double-token",
            400,
            "unable to parse 'm a=': missing field value",
        ),
    ] {
        let reply = ask(&double, "POST", target, token, b"m a=");
        assert_eq!((reply.status, reply.message().as_str()), (status, message), "{target}");
        assert!(reply.header("x-influxdb-version").is_some_and(|version| version.starts_with("v2.7")));
    }
    for (path, status) in [("/health", 200), ("/ready", 200), ("/ping", 204)] {
        assert_eq!(ask(&double, "GET", path, "", b"").status, status);
    }
}

#[test]
fn a_bad_line_keeps_all_out_and_a_refused_point_only_itself() {
    let double = double();
    let reply = write(&double, "m a=1i 1\nm a=NaN 2\n,x\n");
    assert_eq!(reply.status, 400);
    assert_eq!(
        reply.message(),
        "unable to parse 'm a=NaN 2': invalid number\nunable to parse ',x': missing measurement"
    );
    assert_eq!(double.count("b"), 0);
    let reply = write(&double, "m a=1i 1\nm a=2.5 2\nm b=t 3\n");
    assert_eq!(reply.status, 422);
    assert!(reply.message().contains("type float, already exists as type integer dropped=1"), "{}", reply.message());
    assert_eq!(double.count("b"), 2);
}

#[test]
fn gzip_chunks_and_precision() {
    let double = double();
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(b"m,t=a x=1i 5\n").unwrap();
    let packed = packed.finish().unwrap();
    let at = double.address().to_string();
    let gzip = ("Content-Encoding", "gzip");
    let target = "/api/v2/write?org=motcua&bucket=b&precision=ms";
    assert_eq!(send(&at, "POST", target, &[("Authorization", TOKEN), gzip], &packed).unwrap().status, 204);
    let points = double.points("b");
    assert_eq!(
        (points[0].time, points[0].tag("t"), points[0].field("x")),
        (5_000_000, Some("a"), Some(&Value::Int(1)))
    );
    for (body, status) in [(&b"m x=1i"[..], 500), (&packed[..packed.len() - 9], 500)] {
        assert_eq!(send(&at, "POST", target, &[("Authorization", TOKEN), gzip], body).unwrap().status, status);
    }
    let chunked = [("Authorization", TOKEN), ("Transfer-Encoding", "chunked")];
    let reply = send(&at, "POST", target, &chunked, b"6\r\nm,t=b \r\n7\r\nx=1i 5\n\r\n0\r\n\r\n").unwrap();
    assert_eq!((reply.status, double.count("b")), (204, 2));
}

#[test]
fn retention_is_judged_by_its_own_clock() {
    let double = double();
    double.set_now(1_000_000_000_000);
    let target = "/api/v2/write?org=motcua&bucket=short&precision=s";
    let body = b"m x=1i 999990000\nm x=1i 900000000\nm x=1i 2000000000\n";
    let reply = ask(&double, "POST", target, TOKEN, body);
    assert_eq!((reply.status, double.count("short")), (422, 2));
    assert!(reply.message().contains("dropped=1 for database: "), "{}", reply.message());
    assert!(reply.message().ends_with(" for retention policy: autogen"));
}

#[test]
fn the_script_of_faults_is_kept_to() {
    let double = double();
    double.script([
        Fault::writes(2, What::Status { status: 503, retry_after: Some("2".into()) }),
        Fault::writes(1, What::Status { status: 429, retry_after: None }),
        Fault::writes(1, What::DoneBut(500)),
        Fault::writes(1, What::Reset),
        Fault::writes(1, What::DoneThenReset),
        Fault::writes(1, What::Page),
        Fault::writes(1, What::TooLarge(10)),
        Fault::writes(1, What::Slow(50)),
    ]);
    for _ in 0..2 {
        let reply = write(&double, "m a=1i 1");
        assert_eq!((reply.status, reply.header("retry-after")), (503, Some("2")));
    }
    assert_eq!((write(&double, "m a=1i 1").status, double.count("b")), (429, 0));
    assert_eq!((write(&double, "m a=1i 2").status, double.count("b")), (500, 1));
    let at = double.address().to_string();
    let broken = |body: &[u8]| send(&at, "POST", WRITE, &[("Authorization", TOKEN)], body).unwrap_err();
    broken(b"m a=1i 3");
    assert_eq!(double.count("b"), 1);
    broken(b"m a=1i 3");
    assert_eq!(double.count("b"), 2);
    let page = write(&double, "m a=1i 4");
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html")));
    assert_eq!(write(&double, "m a=1i 10000").status, 413);
    let began = Instant::now();
    assert_eq!(write(&double, "m a=1i 5").status, 204);
    assert!(began.elapsed() >= Duration::from_millis(50));
    assert_eq!((double.faults_left(), double.count("b"), double.seen().len()), (0, 3, 9));
}

#[test]
fn an_outage_refuses_and_loses_nothing() {
    let double = double();
    assert_eq!(write(&double, "m a=1i 1").status, 204);
    double.down();
    assert!(send(&double.address().to_string(), "GET", "/health", &[], b"").is_err());
    double.up().expect("its port");
    assert_eq!((write(&double, "m a=1i 2").status, double.count("b")), (204, 2));
}

#[test]
fn it_is_set_up_and_provisioned_over_http() {
    let double = Double::start(Options { set_up: false, ..Options::default() }).unwrap();
    assert_eq!(ask(&double, "GET", "/api/v2/buckets", TOKEN, b"").status, 401);
    let asked = br#"{"username":"root","password":"password","org":"o","bucket":"first","token":"t"}"#;
    assert_eq!(ask(&double, "POST", "/api/v2/setup", "", asked).status, 201);
    assert_eq!(ask(&double, "POST", "/api/v2/setup", "", asked).status, 422);
    let orgs: serde_json::Value =
        serde_json::from_slice(&ask(&double, "GET", "/api/v2/orgs?org=o", "Token t", b"").body).unwrap();
    let id = orgs["orgs"][0]["id"].as_str().unwrap();
    let bucket = |name: &str, seconds: u32| {
        let rules = format!(r#"[{{"type":"expire","everySeconds":{seconds}}}]"#);
        let body = format!(r#"{{"orgID":"{id}","name":"{name}","retentionRules":{rules}}}"#);
        ask(&double, "POST", "/api/v2/buckets", "Token t", body.as_bytes()).status
    };
    assert_eq!([bucket("b", 86_400), bucket("b", 0), bucket("c", 60), bucket("_d", 0)], [201, 422, 422, 400]);
    assert_eq!(double.buckets(), [("b".into(), Some(Duration::from_secs(86_400))), ("first".into(), None)]);
    assert_eq!(ask(&double, "GET", "/api/v2/buckets?org=o&name=b", "Token t", b"").status, 200);
    assert_eq!(ask(&double, "GET", "/api/v2/buckets?org=o&name=x", "Token t", b"").status, 404);
    ask(&double, "POST", "/api/v2/write?org=o&bucket=first", "Token t", b"m,s=a x=1i 1\nm,s=b x=1i 1");
    let body = br#"{"start":"1970-01-01T00:00:00Z","stop":"2100-01-01T00:00:00Z","predicate":"s=\"a\""}"#;
    assert_eq!(ask(&double, "POST", "/api/v2/delete?org=o&bucket=first", "Token t", body).status, 204);
    assert_eq!(double.count("first"), 1);
}
