//! The pages for people, as the server makes them.

use axum::http::header::ACCEPT;
use domain::SiteId;
use domain::board::Board;
use mqtt_config::settings::access::Role;
use serde_json::json;

use crate::testing::{Answer, Fixture, board};

/// What browsers say they take.
const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
const HOSTILE: &str = "</script><script>alert(1)</script><img src=x onerror=\"alert(2)\">'&\u{202e}";

fn text(answer: &Answer) -> String {
    String::from_utf8(answer.body.clone()).unwrap()
}

async fn page(fixture: &Fixture, path: &str) -> String {
    let answer = fixture.get_with(path, ACCEPT, BROWSER).await;
    assert_eq!(answer.status, 200, "{path}");
    assert_eq!(answer.headers["content-type"], "text/html; charset=utf-8", "{path}");
    assert_eq!(answer.headers["cache-control"], "no-store", "{path}");
    text(&answer)
}

/// A fixture whose site has this board.
fn showing(change: impl FnOnce(&mut Board)) -> Fixture {
    let fixture = Fixture::unconnected();
    fixture.app.health.connected(true);
    let mut board = board(2);
    change(&mut board);
    fixture.site().on_board(&serde_json::to_vec(&board).unwrap()).unwrap();
    fixture
}

#[tokio::test]
async fn the_wall_is_whole_without_a_script() {
    let fixture = Fixture::new();
    fixture.app.health.sign();
    let wall = page(&fixture, "/tam-ky/wall").await;
    for hook in [
        "<!DOCTYPE html><html lang=\"vi\" data-state=\"live\"",
        "data-seq=\"1\"",
        "data-as-of=\"2026-11-23T01:00:00.100Z\"",
        "data-call-seq=\"991\" data-ticket=\"A012\" data-counter=\"q5\"",
        "data-service=\"dat-dai\"",
        "<meta http-equiv=\"refresh\" content=\"10\">",
        "<span class=\"word\">Quầy</span> <span class=\"number\">5</span>",
        "Trần Thị B",
        "Chưa xác định",
        "Chưa đủ số liệu",
        "Lâu nhất 21 phút",
        "<p class=\"clock\">08:00</p>",
        "Thứ Hai, 23/11/2026",
        "07:00–11:30",
        "1022",
        "Lỡ số?",
    ] {
        assert!(wall.contains(hook), "{hook}\n{wall}");
    }
    assert!(!wall.contains("style=") && !wall.contains("http://") && !wall.contains("https://"), "{wall}");
}

#[tokio::test]
async fn a_page_made_while_the_collector_is_silent_says_so() {
    let wall = page(&Fixture::new(), "/tam-ky/wall").await;
    assert!(wall.contains("data-state=\"stale\"") && wall.contains("Mất kết nối từ 08:00"), "{wall}");
    assert!(!wall.contains("class=\"link\" role=\"status\" hidden"));
}

#[tokio::test]
async fn english_stands_first_when_it_is_asked_for() {
    let wall = page(&Fixture::new(), "/tam-ky/wall?lang=en&theme=light").await;
    assert!(wall.contains("<html lang=\"en\"") && wall.contains("data-theme=\"light\""));
    assert!(wall.contains("<h2>Now calling <small lang=\"vi\">Xin mời số</small></h2>"), "{wall}");
    assert!(wall.contains("Not enough data") && wall.contains("Monday, 23/11/2026"));
}

#[tokio::test]
async fn names_are_text_whatever_they_hold() {
    let fixture = showing(|board| {
        HOSTILE.clone_into(&mut board.name);
        HOSTILE.clone_into(&mut board.services[0].name);
        let counter = &mut board.counters[0];
        HOSTILE.clone_into(&mut counter.name);
        counter.officer_name = Some(HOSTILE.to_owned());
        counter.place = Some(HOSTILE.to_owned());
        counter.field = Some(HOSTILE.to_owned());
        board.contacts.hotline = Some(HOSTILE.to_owned());
    });
    for path in ["/", "/tam-ky/wall", "/tam-ky/counter/q5", "/tam-ky/wall?services=%3Cscript%3E&screen=%22%3E"] {
        let page = page(&fixture, path).await;
        assert!(!page.contains("<script>") && !page.contains("<img"), "{path}\n{page}");
        assert!(page.contains("&lt;/script&gt;"), "{path}");
    }
}

#[tokio::test]
async fn a_call_without_a_counter_leads_to_its_service() {
    let fixture = showing(|board| {
        let mut call = board.calls[0].clone();
        (call.call_seq, call.counter) = (992, None);
        board.calls.insert(0, call);
    });
    let wall = page(&fixture, "/tam-ky/wall").await;
    assert!(wall.contains("data-call-seq=\"992\" data-ticket=\"A012\" data-counter=\"\""), "{wall}");
    assert!(wall.contains("<span class=\"word\">Đất đai</span>"));
}

#[tokio::test]
async fn a_display_shows_what_it_is_about() {
    let fixture = Fixture::new();
    let of_another = page(&fixture, "/tam-ky/wall?services=ho-tich").await;
    assert!(!of_another.contains("data-call-seq") && !of_another.contains("data-service="), "{of_another}");
    assert!(of_another.contains("Trung tâm không có thủ tục hay quầy ghi trong địa chỉ"), "{of_another}");
    let quiet = page(&showing(|board| board.calls.clear()), "/tam-ky/wall").await;
    assert!(quiet.contains("Chưa có số nào được mời"), "{quiet}");
    let own = page(&fixture, "/tam-ky/wall?counters=q5&services=dat-dai").await;
    assert!(own.contains("data-call-seq=\"991\"") && own.contains("data-service=\"dat-dai\""));
}

#[tokio::test]
async fn the_counter_s_screen_says_what_it_does() {
    let screen = page(&Fixture::new(), "/tam-ky/counter/q5").await;
    for hook in [
        "data-doing=\"serving\"",
        "data-ticket=\"A012\" data-counter=\"q5\"",
        "Đang phục vụ",
        "Trần Thị B",
        "Đất đai",
        "Tầng 1",
        "A013",
    ] {
        assert!(screen.contains(hook), "{hook}\n{screen}");
    }
}

#[tokio::test]
async fn the_start_page_leads_to_every_screen_within_reach() {
    let fixture = Fixture::new();
    let start = page(&fixture, "/").await;
    assert!(start.contains("href=\"/tam-ky/wall\"") && start.contains("href=\"/tam-ky/counter/q5\""), "{start}");
    let elsewhere = fixture.token(Role::Director, Some(SiteId::new("hoi-an").unwrap()));
    let other = fixture.get("/", Some(&elsewhere)).await;
    assert!(!text(&other).contains("tam-ky") && text(&other).contains("Chưa có trung tâm nào"));
    assert_eq!(fixture.get("/tam-ky/wall", Some(&elsewhere)).await.error(), "other_site");
}

#[tokio::test]
async fn errors_are_pages_for_browsers_and_try_again() {
    let fixture = Fixture::new();
    for (path, status, words) in [
        ("/nowhere/wall", 404, "Không có trung tâm này."),
        ("/tam-ky/counter/q99", 404, "Không có quầy này."),
        ("/tam-ky/nothing", 404, "Không có trang này."),
    ] {
        let answer = fixture.get_with(path, ACCEPT, BROWSER).await;
        assert_eq!(answer.status.as_u16(), status, "{path}");
        let page = text(&answer);
        assert!(page.contains(words) && page.contains("http-equiv=\"refresh\" content=\"10\""), "{path}\n{page}");
        assert_eq!(fixture.get(path, None).await.status.as_u16(), status, "a program asks for {path}");
    }
    let unknown = fixture.get_with("/api/v1/sites/nowhere/board", ACCEPT, BROWSER).await;
    assert_eq!(unknown.error(), "unknown_site", "the API answers programs");
    let fresh = Fixture::unconnected().get_with("/tam-ky/wall", ACCEPT, BROWSER).await;
    assert_eq!((fresh.status.as_u16(), &fresh.headers["retry-after"]), (503, &"1".parse().unwrap()));
    assert!(text(&fresh).contains("http-equiv=\"refresh\""));
}

#[tokio::test]
async fn what_a_page_names_is_served_for_ever_and_nothing_else() {
    let fixture = Fixture::new();
    let wall = page(&fixture, "/tam-ky/wall").await;
    let named: Vec<&str> = wall.split('"').filter(|word| word.starts_with("/assets/")).collect();
    assert!(named.len() >= 12, "{named:?}");
    let mut bytes = wall.len();
    for path in named {
        let answer = fixture.get(path, None).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.headers["cache-control"], "public, max-age=31536000, immutable", "{path}");
        bytes += if path.ends_with(".woff2") { 0 } else { answer.body.len() };
    }
    assert!(bytes < 100_000, "{bytes} bytes without the fonts");
    for path in ["/assets/0000000000000000/css/screens.css", "/assets/x", "/assets/..%2fCargo.toml"] {
        assert_eq!(fixture.get(path, None).await.status, 404, "{path}");
    }
    let start = fixture.get("/assets/start.html", None).await;
    assert!(start.headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
}

#[tokio::test]
async fn a_page_names_its_build_and_a_display_s_own_disk_may_look_for_life() {
    let fixture = Fixture::new();
    let wall = fixture.get("/tam-ky/wall", None).await;
    assert!(text(&wall).contains(wall.headers["x-motcua-build"].to_str().unwrap()));
    let policy = |answer: &Answer| answer.headers["cross-origin-resource-policy"].to_str().unwrap().to_owned();
    assert_eq!(policy(&wall), "same-origin");
    assert_eq!(policy(&fixture.get("/healthz", None).await), "cross-origin");
}

/// A board of this `seq` with one service's estimate changed.
fn estimated(seq: u64, estimate: &serde_json::Value) -> Vec<u8> {
    let mut board = serde_json::to_value(board(seq)).unwrap();
    (board["services"][0]["estimate"], board["services"][0]["estimate_reason"]) = (estimate.clone(), json!(null));
    serde_json::to_vec(&board).unwrap()
}

#[tokio::test]
async fn the_wall_s_range_stands_still_while_the_estimate_wavers() {
    let fixture = Fixture::unconnected();
    fixture.app.health.connected(true);
    let shown = async |seq: u64, p90_s: f64| {
        fixture.site().mark_broken();
        fixture.site().on_board(&estimated(seq, &json!({"p50_s": 300, "p90_s": p90_s}))).unwrap();
        let wall = page(&fixture, "/tam-ky/wall").await;
        wall.split("class=\"range\">").nth(1).unwrap().split('<').next().unwrap().to_owned()
    };
    assert_eq!(shown(1, 905.0).await, "5–20 phút");
    assert_eq!(shown(2, 899.0).await, "5–20 phút", "not clearly less");
    assert_eq!(shown(3, 1_201.0).await, "5–25 phút", "more, at once");
    assert_eq!(shown(4, 899.0).await, "5–15 phút", "clearly less");
}

#[tokio::test]
async fn a_range_past_a_break_or_past_the_day_says_so() {
    for (more, vi, en) in [
        (
            json!({"resumes_at": "2026-11-23T06:30:00.000Z", "before_close": true}),
            "Có thể sang 13:30",
            "Maybe after 13:30",
        ),
        (
            json!({"resumes_at": "2026-11-24T00:00:00.000Z", "before_close": false}),
            "Có thể không kịp trong hôm nay",
            "May not be called before closing",
        ),
    ] {
        let mut estimate = json!({"p50_s": 600, "p90_s": 8_000});
        estimate.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let fixture = Fixture::unconnected();
        fixture.app.health.connected(true);
        fixture.site().on_board(&estimated(1, &estimate)).unwrap();
        for (path, note) in [("/tam-ky/wall", vi), ("/tam-ky/wall?lang=en", en)] {
            let wall = page(&fixture, path).await;
            let told = format!(
                "data-from=\"10\" data-to=\"135\"><span class=\"range\">10–135 {}</span><span class=\"note\">{note}</span>",
                if note == vi { "phút" } else { "min" }
            );
            assert!(wall.contains(&told), "{told}\n{wall}");
        }
    }
}
