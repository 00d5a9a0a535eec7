//! Secrets: what is missing costs one camera, and none is ever seen.

use super::fake;
use super::hall::{Hall, seen_by_ps};

const CANARY: &str = "c@n:a/r%y!#";

#[tokio::test]
async fn a_missing_secret_costs_one_camera_until_it_is_there() {
    let mut hall = Hall::open().await;
    let (mute, whole) = (hall.camera("mute", "looks 600"), hall.camera("whole", "looks 600"));
    let locked = hall.camera("locked", "looks 600");
    let source = format!("rtsp://127.0.0.1{}", hall.script("locked").display());
    let password = hall.dir.path().join("password");
    let access = format!("source = \"{source}\"\nuser = \"eye\"\npassword_file = \"{}\"", password.display());
    let locked = locked.replace("source = \"locked.script\"", &access);
    std::fs::remove_file(hall.secret_file("mute")).unwrap();
    hall.write_site(&[&mute, &whole, &locked]);
    let running = hall.run();
    hall.until("the others", |hall| hall.count("whole online") == 1 && hall.count("locked offline no_password") == 1)
        .await;
    assert_eq!(running.ready(), Some(3), "nobody is waited for");
    let log = hall.log();
    assert_eq!(log.matches("motcua device add hoa-mai camera mute").count(), 1, "{log}");
    assert_eq!(log.matches(password.to_str().unwrap()).count(), 1, "{log}");
    std::fs::write(&password, CANARY).unwrap();
    std::fs::write(hall.secret_file("mute"), "its own").unwrap();
    hall.until("all", |hall| hall.count("mute online") == 1 && hall.count("locked online") == 1).await;
    assert_eq!(hall.count("whole online"), 1);
    running.stop().await;
}

#[tokio::test]
async fn no_secret_is_ever_seen() {
    let mut hall = Hall::open().await;
    let babble = "log [rtsp @ 0x1] Opening rtsp://eye:c%40n%3Aa%2Fr%25y!%23@127.0.0.1/x\nlog it is c@n:a/r%y!#\n\
                  raw {\"word\":\"c@n:a/r%y!#\"}\nlooks 1\nwhy rtsp://eye:c%40n:a%2fr%25y%21%23@127.0.0.1 says c@n:a/r%y!#\n";
    let camera = hall.camera("cam", &format!("{babble}lost\nwhy {CANARY} again\nlooks 600"));
    let source = format!("rtsp://127.0.0.1{}", hall.script("cam").display());
    let password = hall.dir.path().join("password");
    std::fs::write(&password, CANARY).unwrap();
    let access = format!("source = \"{source}\"\nuser = \"eye\"\npassword_file = \"{}\"", password.display());
    hall.write_site(&[&camera.replace("source = \"cam.script\"", &access)]);
    let running = hall.run();
    hall.until("all of its babble", |hall| hall.count("cam online") == 2 && hall.log().contains("it is ***")).await;
    let seen = seen_by_ps(hall.worker("cam").unwrap());
    running.stop().await;
    let mut seen = String::from_utf8_lossy(&seen).into_owned() + &hall.log();
    hall.heard.iter().for_each(|heard| seen.push_str(&heard.payload.to_string()));
    for piece in [CANARY, "c%40n", "r%25y", "n:a/r", "a%2fr", "a%2Fr"] {
        assert!(!seen.contains(piece), "{piece}: {seen}");
    }
    assert!(hall.log().contains("***@127.0.0.1 says ***"), "{}", hall.log());
    assert_eq!(fake::pids(&hall.script("cam")).len(), 1);
}
