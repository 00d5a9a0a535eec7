//! What is said of a screen, and when.

use serde_json::Value;

use super::*;

const AT: Timestamp = Timestamp::from_ms(1_795_395_600_000);

fn site() -> SiteId {
    crate::testing::site_id()
}

fn hall(n: usize) -> DeviceId {
    DeviceId::new(&format!("hall-{n}")).unwrap()
}

fn screens() -> (Arc<Screens>, Instant) {
    let now = Instant::now();
    (Arc::new(Screens::new(now)), now)
}

fn after(now: Instant, seconds: u64) -> Instant {
    now + Duration::from_secs(seconds)
}

/// State and flags of the only word, `cleared` for an empty one, `silent` for none.
fn said(words: &[Word]) -> String {
    match words {
        [] => "silent".to_owned(),
        [Word { topic, payload }] => {
            assert_eq!(topic, "motcua/v1/tam-ky/wall/screen-hall-1/status");
            if payload.is_empty() {
                return "cleared".to_owned();
            }
            let word: Value = serde_json::from_str(payload).unwrap();
            format!("{} {}", word["state"].as_str().unwrap(), word.get("flags").unwrap_or(&Value::Null))
        }
        more => panic!("{more:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_screen_is_told_when_it_changes_and_every_thirty_seconds() {
    let (screens, now) = screens();
    let page = screens.arrive(site(), hall(1), now).unwrap();
    assert_eq!(said(&screens.due(now, AT)), "ready null");
    assert_eq!(said(&screens.due(after(now, 1), AT)), "silent");
    page.say(true);
    assert_eq!(said(&screens.due(after(now, 2), AT)), r#"ready ["muted"]"#);
    assert_eq!(said(&screens.due(after(now, 31), AT)), "silent");
    assert_eq!(said(&screens.due(after(now, 32), AT)), r#"ready ["muted"]"#);
    page.say(false);
    assert_eq!(said(&screens.due(after(now, 33), AT)), "ready null");
}

#[tokio::test(start_paused = true)]
async fn a_page_that_is_loaded_anew_is_not_told_as_gone() {
    let (screens, now) = screens();
    let page = screens.arrive(site(), hall(1), now).unwrap();
    screens.due(now, AT);
    drop(page);
    let left = Instant::now();
    assert_eq!(said(&screens.due(after(left, 4), AT)), "silent");
    let _back = screens.arrive(site(), hall(1), after(left, 4)).unwrap();
    assert_eq!(said(&screens.due(after(left, 9), AT)), "silent");
}

/// Stays until it is no visitor any more; what was said of that.
async fn stays(screens: &Screens) -> String {
    screens.due(Instant::now(), AT);
    tokio::time::advance(VISIT).await;
    said(&screens.due(Instant::now(), AT))
}

#[tokio::test(start_paused = true)]
async fn a_visitor_is_never_lost_and_forgotten_soon() {
    let (screens, now) = screens();
    drop(screens.arrive(site(), hall(1), now).unwrap());
    let left = Instant::now();
    screens.due(left, AT);
    assert_eq!(said(&screens.due(after(left, 5), AT)), "disconnected null");
    assert_eq!(said(&screens.due(after(left, 60), AT)), "cleared");
    assert_eq!(said(&screens.due(after(left, 61), AT)), "silent");
}

#[tokio::test(start_paused = true)]
async fn a_screen_of_the_hall_that_falls_silent_is_lost_for_a_day() {
    let (screens, now) = screens();
    let page = screens.arrive(site(), hall(1), now).unwrap();
    assert_eq!(stays(&screens).await, "ready null");
    drop(page);
    let left = Instant::now();
    assert_eq!(said(&screens.due(after(left, 5), AT)), "lost null");
    assert_eq!(said(&screens.due(after(left, 60), AT)), "silent", "told once");
    assert_eq!(said(&screens.due(after(left, 86_400), AT)), "cleared");
}

#[tokio::test(start_paused = true)]
async fn a_page_that_was_closed_is_not_lost() {
    let (screens, now) = screens();
    let page = screens.arrive(site(), hall(1), now).unwrap();
    stays(&screens).await;
    page.goes();
    drop(page);
    let left = Instant::now();
    assert_eq!(said(&screens.due(after(left, 5), AT)), "disconnected null");
    let again = screens.arrive(site(), hall(1), after(left, 6)).unwrap();
    assert_eq!(said(&screens.due(after(left, 6), AT)), "ready null");
    drop(again);
    assert_eq!(said(&screens.due(after(Instant::now(), 5), AT)), "lost null", "the power went");
}

#[tokio::test(start_paused = true)]
async fn of_two_tabs_the_last_one_s_farewell_counts() {
    let (screens, now) = screens();
    let first = screens.arrive(site(), hall(1), now).unwrap();
    let second = screens.arrive(site(), hall(1), now).unwrap();
    stays(&screens).await;
    first.goes();
    drop(first);
    assert_eq!(said(&screens.due(after(Instant::now(), 10), AT)), "silent", "one screen, still there");
    drop(second);
    assert_eq!(said(&screens.due(after(Instant::now(), 20), AT)), "lost null");
}

#[tokio::test(start_paused = true)]
async fn a_broker_that_forgot_is_told_again() {
    let (screens, now) = screens();
    let _page = screens.arrive(site(), hall(1), now).unwrap();
    screens.due(now, AT);
    screens.again();
    assert_eq!(said(&screens.due(now, AT)), "ready null");
}

#[tokio::test(start_paused = true)]
async fn screens_of_an_earlier_run_are_taken_over() {
    let (screens, now) = screens();
    let heard = |boot: &str| {
        let device = DeviceId::new("screen-hall-1").unwrap();
        let topic = DeviceTopic { site: site(), kind: DeviceKind::Wall, device, channel: Channel::Status };
        let boot = BootId::new(boot).unwrap();
        screens.heard(&topic, wire::json(&Status::new(DeviceState::Ready, AT, boot, None)).as_bytes(), now);
        let said = said(&screens.due(after(now, 5), AT));
        screens.known().screens.clear();
        said
    };
    assert_eq!(heard(screens.hall_boot.as_str()), "silent", "our own word");
    assert_eq!(heard("hall-of-an-earlier-run"), "lost null");
    assert_eq!(heard("visitor-of-an-earlier-run"), "disconnected null");
    assert_eq!(heard("a-display-of-its-own"), "silent");
    assert!(screens.arrive(site(), hall(1), now).is_none(), "its place is taken");
    assert!(screens.arrive(site(), hall(2), now).is_some());
}

#[tokio::test(start_paused = true)]
async fn a_screen_cannot_take_another_device_s_place() {
    let (screens, now) = screens();
    for name in ["kiosk-1", "a-very-long-name-of-32-letters-x"] {
        let _page = screens.arrive(site(), DeviceId::new(name).unwrap(), now).unwrap();
        let words = screens.due(now, AT);
        assert!(words[0].topic.contains("/wall/screen-"), "{words:?}");
        screens.known().screens.clear();
    }
}

#[tokio::test(start_paused = true)]
async fn the_board_does_not_grow_with_visitors() {
    let (screens, now) = screens();
    let all: Vec<_> = (0..MOST).map(|n| screens.arrive(site(), hall(n), now).unwrap()).collect();
    assert!(screens.arrive(site(), hall(MOST), now).is_none());
    assert!(screens.arrive(site(), hall(0), now).is_some(), "a known one may come back");
    let other = SiteId::new("hue").unwrap();
    assert!(screens.arrive(other, hall(MOST), now).is_some(), "another site has its own");
    drop(all);
}
