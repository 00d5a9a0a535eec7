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
            assert_eq!(topic, "motcua/v1/tam-ky/wall/hall-1/status");
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

#[tokio::test(start_paused = true)]
async fn a_visitor_is_forgotten_soon_a_screen_of_the_hall_after_a_day() {
    let (screens, now) = screens();
    drop(screens.arrive(site(), hall(1), now).unwrap());
    let left = Instant::now();
    screens.due(left, AT);
    assert_eq!(said(&screens.due(after(left, 5), AT)), "lost null");
    assert_eq!(said(&screens.due(after(left, 60), AT)), "cleared");
    assert_eq!(said(&screens.due(after(left, 61), AT)), "silent");

    let page = screens.arrive(site(), hall(1), left).unwrap();
    screens.due(left, AT);
    tokio::time::advance(VISIT).await;
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
    screens.due(now, AT);
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
async fn two_tabs_are_one_screen() {
    let (screens, now) = screens();
    let first = screens.arrive(site(), hall(1), now).unwrap();
    let _second = screens.arrive(site(), hall(1), now).unwrap();
    screens.due(now, AT);
    drop(first);
    assert_eq!(said(&screens.due(after(now, 10), AT)), "silent");
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
async fn a_screen_of_an_earlier_run_is_told_as_lost_and_another_s_is_left_alone() {
    let (screens, now) = screens();
    let topic = DeviceTopic { site: site(), kind: DeviceKind::Wall, device: hall(1), channel: Channel::Status };
    let found = |boot: &str| {
        let boot = BootId::new(boot).unwrap();
        screens.found(&topic, wire::json(&Status::new(DeviceState::Ready, AT, boot, None)).as_bytes(), now);
        said(&screens.due(after(now, 5), AT))
    };
    assert_eq!(found("a-display-of-its-own"), "silent");
    assert_eq!(found(screens.boot.as_str()), "silent");
    assert_eq!(found("page-of-an-earlier-run"), "lost null");
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
