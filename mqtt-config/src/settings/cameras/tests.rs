//! Cameras of a site's file, and files of zones alone.

use std::fs;

use super::*;
use crate::settings::files::tests::{Scratch, scratch};

const HEAD: &str = "site = \"x\"\nname = \"X\"\n[[department]]\ndepartment = \"d\"\nname = \"D\"\n\
                    [[department.counter]]\ncounter = \"q1\"\nname = \"1\"\n";

/// A directory with a site's file of [`HEAD`], eight lines, and this text behind it.
fn site(name: &str, text: &str) -> (Scratch, PathBuf) {
    let dir = scratch(name);
    let file = dir.join("x.toml");
    fs::write(&file, format!("{HEAD}{text}")).unwrap();
    (dir, file)
}

fn mistakes(name: &str, text: &str) -> Vec<String> {
    let (dir, file) = site(name, text);
    let told = load_cameras(&[file]).expect_err("a mistake").to_string();
    told.lines().map(|line| line.replace(&format!("{}/x.toml:", dir.display()), "")).collect()
}

/// Three cameras: one with every key, a file, and one that another program speaks for.
const EVERY_KEY: &str = r#"
[[camera]]
camera = "hall"
source = "rtsp://192.0.2.7:554/main"
substream = "rtsp://192.0.2.7:554/sub"
user = "viewer"
password_file = "secrets/hall"
looks_per_s = 2.5
udp = true
keyframes_only = true
skip_loop_filter = true
first_frame_s = 30
stall_s = 2
repeat = true
[[camera.zone]]
zone = "q1"
kind = "counter"
counter = "q1"
polygon = [[0, 0], [1, 0], [1, 1]]
sensitivity = 2
min_area = 0.01
hold_s = 3
still_s = 600
full_at = 0.6
seats = 40
[[camera]]
camera = "file"
source = "clips/a.mp4"
[[camera.zone]]
zone = "tv"
kind = "ignore"
polygon = [[0, 0], [1, 0], [1, 1], [0, 0]]
[[camera]]
camera = "other"
"#;

fn the_zone() -> CameraZone {
    CameraZone {
        zone: "q1".parse().unwrap(),
        kind: ZoneKind::Counter,
        counter: Some("q1".parse().unwrap()),
        polygon: vec![[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]],
        sensitivity: Some(2.0),
        min_area: Some(0.01),
        hold_s: Some(3.0),
        still_s: Some(600.0),
        full_at: Some(0.6),
        seats: Some(40),
    }
}

#[test]
fn every_key_is_read() {
    let (dir, file) = site("cameras", EVERY_KEY);
    let cameras = load_cameras(std::slice::from_ref(&file)).unwrap();
    let looking = CameraLooking {
        looks_per_s: 2.5,
        udp: true,
        keyframes_only: true,
        skip_loop_filter: true,
        first_frame_s: 30.0,
        stall_s: 2.0,
        repeat: true,
    };
    let hall = CameraSettings {
        site: "x".parse().unwrap(),
        camera: "hall".parse().unwrap(),
        source: Some("rtsp://192.0.2.7:554/sub".to_owned()),
        user: Some("viewer".to_owned()),
        password: Some(PasswordFrom::File(dir.join("secrets/hall"))),
        looking,
        zones: vec![the_zone()],
    };
    assert_eq!(cameras[0], hall);
    assert_eq!(cameras[1].source.as_deref(), dir.join("clips/a.mp4").to_str());
    assert_eq!((cameras[1].looking, cameras[1].zones[0].kind), (CameraLooking::default(), ZoneKind::Ignore));
    assert_eq!((cameras[2].source.as_ref(), cameras.len()), (None, 3));
    let board = crate::settings::load_site(&file).unwrap();
    assert_eq!((board.zones.len(), board.zones[0].seats, board.zones[1].seats), (2, Some(40), None));
}

#[test]
fn a_password_in_an_address_is_told_without_it() {
    let login = "holds a user or a password: write `user` and `password_file` (or `password_env`) instead, \
                 and %40 for an @ of the path";
    let parameter = "holds a password among its parameters: take it out and write `user` and `password_file` \
                     (or `password_env`) instead";
    let port = "has a port that is not a number from 0 to 65535, as rtsp://192.0.2.7:554/path";
    let cases = [
        ("rtsp://admin:geh3im@h/1", login),
        ("rtsp://admin@h/1", login),
        ("rtsp://admin:geh3im/4@h/1", login),
        ("RTSPS://admin:12/geh3im@h/1", login),
        ("rtsp://h/user=admin&password=geh3im&channel=1", parameter),
        ("rtsp://h/user=admin_password=geh3im_channel=1", parameter),
        ("rtsp://h/1?PWD=geh3im", parameter),
        ("rtsp://admin:geh3im", port),
        ("rtsp://h:70000/geh3im", port),
        ("rtsp:///geh3im", "names no host, as rtsp://192.0.2.7:554/path"),
        ("http://u:geh3im@h", "is neither an address that begins with rtsp:// or rtsps:// nor the path of a file"),
    ];
    for key in ["source", "substream"] {
        for (address, told) in cases {
            let main = if key == "source" { "" } else { "source = \"rtsp://h/1\"\n" };
            let all = mistakes("camera-login", &format!("[[camera]]\ncamera = \"c\"\n{main}{key} = \"{address}\""));
            let line = 11 + main.lines().count();
            assert_eq!(all, [format!("{line}: camera.{key}: {told}")], "{address}");
            assert!(!all[0].contains("geh3im"));
        }
    }
    for good in ["rtsp://[::1]:8554/a", "rtsps://cam", "rtsp://h/user=admin&password=&channel=1", "rtsp://h/a%40b"] {
        let (_dir, file) = site("camera-good", &format!("[[camera]]\ncamera = \"c\"\nsource = \"{good}\""));
        assert_eq!(load_cameras(&[file]).unwrap()[0].source.as_deref(), Some(good));
    }
}

#[test]
fn a_password_is_in_one_place_and_somebody_s() {
    let of = |rest: &str| mistakes("camera-password", &format!("[[camera]]\ncamera = \"c\"\n{rest}"));
    assert_eq!(of("password_file = \"p\""), ["11: camera.password_file: needs `user`: whose password is it?"]);
    assert_eq!(of("password_env = \"P\""), ["11: camera.password_env: needs `user`: whose password is it?"]);
    assert_eq!(
        of("user = \"u\"\npassword_file = \"p\"\npassword_env = \"P\""),
        ["13: camera.password_env: there is a `password_file` too; keep one of them"]
    );
    let not_a_name = "is the name of a variable, of letters, digits and _, not the password itself";
    assert_eq!(of("user = \"u\"\npassword_env = \"p@ss\""), [format!("12: camera.password_env: {not_a_name}")]);
    assert_eq!(
        of("user = \"u\"\npassword_env = \"MOTCUA_HALL\""),
        ["12: camera.password_env: names a variable of motcua's own settings; choose another name"]
    );
    assert_eq!(of("password = \"geh3im\""), ["11: camera.password: unknown key `password`"]);
    let (_dir, file) = site("camera-user", "[[camera]]\ncamera = \"c\"\nuser = \"u\"");
    assert_eq!(load_cameras(&[file]).unwrap()[0].password, None, "a user without a password is fine");
}

#[test]
fn a_password_is_read_where_it_is() {
    let dir = scratch("camera-secret");
    fs::write(dir.join("p"), "x y\n").unwrap();
    assert_eq!(PasswordFrom::File(dir.join("p")).read().unwrap().expose(), "x y");
    let told = PasswordFrom::File(dir.join("q")).read().unwrap_err().to_string();
    assert!(told.starts_with("the camera's password cannot be read from ") && told.contains("/q: No such"), "{told}");
    let told = PasswordFrom::Variable("NO_SUCH_CAMERA".into()).read().unwrap_err().to_string();
    assert_eq!(told, "the camera's password is not there: set the variable NO_SUCH_CAMERA");
}

#[test]
fn all_mistakes_come_at_once() {
    let text = r#"[[camera]]
camera = "c"
substream = "rtsp://h/2"
looks_per_s = 0.4
first_frame_s = 121
stall_s = 4.5
udp = "yes"
reapeat = true
[[camera.zone]]
zone = "a"
kind = "waiting"
polygon = [[0, 0], [1, 1], [1, 0], [0, 1]]
sensitivity = 11
min_area = -0.1
hold_s = 61
still_s = 0
full_at = 0
seats = 0
[[camera.zone]]
zone = "b"
kind = "counter"
counter = "q2"
polygon = [[0, 0], [1, 0], [1, 1]]
sensitivty = 1
"#;
    assert_eq!(
        mistakes("camera-mistakes", text),
        [
            "11: camera.substream: needs `source`: the camera's large stream",
            "12: camera.looks_per_s: must be a number from 0.5 to 30",
            "13: camera.first_frame_s: must be a number from 1 to 120",
            "14: camera.stall_s: must be a number from 1 to 4",
            "15: camera.udp: must be true or false, not a text",
            "16: camera.reapeat: unknown key `reapeat`; did you mean `repeat`?",
            "20: camera.zone.polygon: crosses itself: side 1 and side 3; \
             put its points in the order of its outline",
            "21: camera.zone.sensitivity: must be a number from 0.1 to 10",
            "22: camera.zone.min_area: must be a number from 0 to 1",
            "23: camera.zone.hold_s: must be a number from 0 to 60",
            "24: camera.zone.still_s: must be a number from 1 to 86400",
            "25: camera.zone.full_at: must be a number from 0.01 to 1",
            "26: camera.zone.seats: must be a whole number from 1 to 10000",
            "30: camera.zone.counter: no counter `q2` in this file; did you mean `q1`?",
            "32: camera.zone.sensitivty: unknown key `sensitivty`; did you mean `sensitivity`?",
        ]
    );
}

#[test]
fn a_file_of_zones_stands_alone() {
    let read = |text: &str| read_zones(Path::new("z.toml"), text);
    let text = "[[zone]]\nzone = \"desk\"\nkind = \"counter\"\ncounter = \"any\"\n\
                polygon = [[0, 0], [1, 0], [1, 1]]\nstill_s = 60\n";
    let zones = read(text).unwrap();
    assert_eq!((zones[0].counter.unwrap().as_str(), zones[0].still_s), ("any", Some(60.0)));
    let wrong = text.replace("counter = \"any\"\n", "") + "[[zone]]\nzone = \"desk\"\n[zones]\n";
    let told = read(&wrong).unwrap_err().to_string();
    assert_eq!(
        told,
        "z.toml:1: zone.counter: is missing; write `counter = …`\n\
         z.toml:6: zone.kind: is missing; write `kind = …`\n\
         z.toml:6: zone.polygon: is missing; write `polygon = …`\n\
         z.toml:7: zone.zone: zone `desk` is already there, in line 2\n\
         z.toml:8: zones: unknown key `zones`; did you mean `zone`?"
    );
    let none = read("# nothing\n").unwrap_err().to_string();
    assert_eq!(none, "z.toml:1: holds no zone; write [[zone]] with `zone`, `kind` and `polygon`");
}

#[test]
fn what_is_a_matter_can_be_set() {
    let read = |text: &str| crate::settings::read_site(Path::new("x.toml"), &format!("{HEAD}{text}"));
    let text = "[crowd]\nunattended_min = 3\ncrowd_min = 20\ncrowd_level = 0.7\ncrowd_tickets = 0";
    let crowd = read(text).unwrap().crowd;
    assert_eq!((crowd.unattended_min, crowd.crowd_min, crowd.crowd_tickets), (3, 20, 0));
    assert!((crowd.crowd_level - 0.7).abs() < 1e-9);
    assert_eq!(read("[crowd]").unwrap().crowd, domain::config::CrowdRules::default());
    let told = read("[crowd]\nunattended_min = 0\ncrowd_min = 241\ncrowd_level = 0\ncrowd_tickets = -1\nlevel = 1");
    assert_eq!(
        told.unwrap_err().to_string(),
        "x.toml:10: crowd.unattended_min: must be a whole number from 1 to 120\n\
         x.toml:11: crowd.crowd_min: must be a whole number from 1 to 240\n\
         x.toml:12: crowd.crowd_level: must be a number from 0.05 to 1\n\
         x.toml:13: crowd.crowd_tickets: must be a whole number from 0 to 1000\n\
         x.toml:14: crowd.level: unknown key `level`"
    );
}
