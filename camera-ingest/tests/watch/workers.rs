//! Workers that fall silent, crash, hang and babble.

use super::fake;
use super::hall::Hall;

/// Pictures, a level, somebody comes.
const BUSY: &str = "looks 2\nlevel 0 0.4\nlevel 1 0.9\nstarted 1 1\nstarted 0 1\n";

#[tokio::test]
async fn silence_is_offline_in_time() {
    let mut hall = Hall::open().await;
    hall.write_site(&[&hall.camera("cam", &format!("{BUSY}looks 3\n"))]);
    let running = hall.run();
    hall.until("the outage", |hall| hall.count("cam offline stalled") == 1).await;
    assert_eq!(running.ready(), Some(1));
    assert_eq!(
        hall.events(),
        [
            "cam online",
            "cam occupancy seats 0.4 4",
            "cam motion_started seats 0.2",
            "cam motion_ended seats 0.2 camera_offline",
            "cam offline stalled",
        ]
    );
    let events: Vec<_> = hall.heard.iter().filter(|heard| heard.channel == "evt").collect();
    let ts = |place: usize| events[place].payload["ts"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    assert_eq!(ts(3), ts(4), "the motion ends when the last picture came");
    assert_eq!(events[2].payload["motion"], events[3].payload["motion"]);
    let told_after_ms = events[4].at_ms - ts(4).as_millisecond();
    assert!((1_000..=5_000).contains(&told_after_ms), "{told_after_ms}");
    let up = |place: usize| events[place].payload["up_ms"].as_i64().unwrap();
    let by_ts = ts(4).as_millisecond() - ts(0).as_millisecond();
    assert_eq!(up(4) - up(0), by_ts, "both clocks tell the same distance");
    running.stop().await;
    hall.until("the farewell", |hall| hall.last("cam", "status")["state"] == "disconnected").await;
    assert_eq!(hall.count("cam offline stopped"), 0, "it was offline already");
}

#[tokio::test]
async fn levels_are_told_again_with_each_heartbeat() {
    let mut hall = Hall::open().await;
    hall.write_site(&[&hall.camera("cam", &format!("{BUSY}looks 600\n"))]);
    let running = hall.run();
    hall.until("the level", |hall| hall.count("cam occupancy seats 0.4 4") == 1).await;
    // The birth after a lost connection is one of those occasions.
    hall.restart_broker().await;
    hall.until("the state", |hall| hall.last("cam", "state")["level"] == 0.4).await;
    let state = hall.last("cam", "state");
    assert_eq!((&state["zone"], &state["people"]), (&"seats".into(), &4.into()), "{state}");
    assert!(state["ts"].is_string() && state.as_object().unwrap().len() == 4, "{state}");
    running.stop().await;
}

#[tokio::test]
async fn a_crash_costs_one_worker_and_is_made_good() {
    let mut hall = Hall::open().await;
    let (broken, whole) = (
        hall.camera("broken", &format!("{BUSY}first log out of memory\nfirst crash\nlooks 600")),
        hall.camera("whole", "looks 600"),
    );
    hall.write_site(&[&broken, &whole]);
    let running = hall.run();
    hall.until("the recovery", |hall| hall.count("broken online") == 2).await;
    hall.until("what is seen", |hall| hall.count("broken motion_started seats 0.2") == 2).await;
    let of_broken: Vec<_> = hall.events().into_iter().filter(|event| event.starts_with("broken")).collect();
    assert_eq!(
        of_broken[3..6],
        ["broken motion_ended seats 0.2 camera_offline", "broken offline worker", "broken online",]
    );
    assert_eq!(fake::pids(&hall.script("broken")).len(), 2);
    hall.assert_reaped("broken");
    assert!(hall.log().contains("Its last line: out of memory"), "{}", hall.log());
    assert_eq!(hall.count("whole online"), 1);
    assert_eq!((hall.count("whole offline worker"), fake::pids(&hall.script("whole")).len()), (0, 1));
    running.stop().await;
    hall.until("the farewells", |hall| hall.count("whole offline stopped") + hall.count("broken offline stopped") == 2)
        .await;
}

#[tokio::test]
async fn a_worker_that_hangs_is_killed_and_another_started() {
    let mut hall = Hall::open().await;
    hall.write_site(&[&hall.camera("cam", "first looks 1\nfirst stubborn\nlooks 600")]);
    let running = hall.run();
    // 1 s without a picture, and 15 s of patience.
    hall.until("the next worker's pictures", |hall| hall.count("cam online") == 2).await;
    assert_eq!(hall.events(), ["cam online", "cam offline stalled", "cam online"]);
    assert_eq!(fake::pids(&hall.script("cam")).len(), 2);
    hall.assert_reaped("cam");
    running.stop().await;
}

#[tokio::test]
async fn nonsense_is_passed_over_and_too_much_of_it_ends_a_worker() {
    let mut hall = Hall::open().await;
    let some = "raw \nraw {\"word\":\"looked\"}\nraw {\"word\":\"sing\",\"at_ms\":1}\nraw \u{1b}[2J\nlooks 600";
    let lots = format!("looks 1\n{}looks 600", "first raw la\n".repeat(150));
    let (some, lots) = (hall.camera("some", some), hall.camera("lots", &lots));
    let huge = hall.camera("huge", "looks 1\nfirst huge\nlooks 600");
    hall.write_site(&[&some, &lots, &huge]);
    let running = hall.run();
    hall.until("all pictures", |hall| {
        hall.count("some online") == 1 && hall.count("lots online") == 2 && hall.count("huge online") == 2
    })
    .await;
    assert_eq!((hall.count("lots offline worker"), hall.count("huge offline worker")), (1, 1));
    for id in ["some", "lots", "huge"] {
        hall.assert_reaped(id);
    }
    assert_eq!(fake::pids(&hall.script("some")).len(), 1);
    let log = hall.log();
    assert!(log.contains("nothing but nonsense") && log.contains("a line without an end"), "{log}");
    running.stop().await;
}

#[tokio::test]
async fn a_file_that_is_over_stays_so() {
    let mut hall = Hall::open().await;
    hall.write_site(&[&hall.camera("cam", "looks 2\nover")]);
    let running = hall.run();
    hall.until("the end", |hall| hall.count("cam offline ended") == 1).await;
    running.stop().await;
    assert_eq!(hall.events(), ["cam online", "cam offline ended"]);
    assert_eq!(fake::pids(&hall.script("cam")).len(), 1);
}
