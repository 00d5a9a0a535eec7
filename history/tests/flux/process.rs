//! The double as a process, as tests of other programs start it.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use history::double::Point;

use crate::wire::send;

#[test]
fn it_runs_until_its_input_ends_and_is_steered_over_http() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_influx-double"))
        .args(["0", "t_hour"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let [url, org, token] = line.split_whitespace().collect::<Vec<_>>()[..] else { panic!("{line:?}") };
    let at = url.strip_prefix("http://").unwrap();
    let faults = br#"[{"what":{"status":{"status":503,"retry_after":"2"}}}]"#;
    assert_eq!(send(at, "POST", "/_double/faults", &[], faults).unwrap().status, 204);
    let token = format!("Token {token}");
    let write = || {
        let target = format!("/api/v2/write?org={org}&bucket=t_hour");
        send(at, "POST", &target, &[("Authorization", &token)], b"m x=1i 1").unwrap().status
    };
    assert_eq!([write(), write()], [503, 204]);
    let points = send(at, "GET", "/_double/points?bucket=t_hour", &[], b"").unwrap();
    let points: Vec<Point> = serde_json::from_slice(&points.body).unwrap();
    assert_eq!((points.len(), points[0].time), (1, 1));
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}
