//! What a wall says of the wait, with a board of the test's own: the page is real, its line is not.

use harness::browser::{Browser, Page};
use serde_json::{Value, json};

use super::hall::{Hall, SOON, lives, screen};
use super::legible::{LONG, LOOKS, on_all_screens_from};
use super::long::SOCKET;
use super::site::{Place, file};

/// A Monday, 09:41, later than any test runs: an older board is not believed.
const AS_OF: &str = "2030-01-07T02:41:00.000Z";
const LUNCH: &str = "2030-01-07T06:30:00.000Z";
const TOMORROW: &str = "2030-01-08T00:00:00.000Z";

/// Says a board, and from then on that the collector lives.
const TELL: &str = r"
    window.tell = (board) => {
        line.say({ type: 'snapshot', seq: board.seq, board });
        clearInterval(window.alive);
        window.alive = setInterval(() => line.say({ type: 'alive', seq: board.seq, as_of: board.as_of }), 500);
    };
";

/// Every range and every reason there is: service by service what differs, and the three lines.
fn told() -> [(Value, [&'static str; 3], [&'static str; 3]); 5] {
    [
        (json!({"estimate": {"p50_s": 900, "p90_s": 1_500}}), ["15–25 phút", "", ""], ["15–25 min", "", ""]),
        (
            json!({"estimate": {"p50_s": 6_900, "p90_s": 10_000, "resumes_at": LUNCH, "before_close": true}}),
            ["115–170 phút", "Có thể sang 13:30", ""],
            ["115–170 min", "Maybe after 13:30", ""],
        ),
        (
            json!({"estimate": {"p50_s": 9_600, "p90_s": 40_000, "resumes_at": TOMORROW, "before_close": false}}),
            ["160–670 phút", "Có thể không kịp trong hôm nay", ""],
            ["160–670 min", "May not be called before closing", ""],
        ),
        (
            json!({"estimate": null, "estimate_reason": "no_open_counter", "waiting": 12, "longest_wait_s": 7_140}),
            ["Chưa xác định", "Chưa có quầy phục vụ", "Lâu nhất 119 phút"],
            ["Not known", "No counter open", "Longest 119 min"],
        ),
        (
            json!({"estimate": null, "estimate_reason": "closed_until", "opens_at": TOMORROW, "closed_reason": "Kiểm kê hồ sơ cuối năm",
                "waiting": 3, "longest_wait_s": 600}),
            ["Mở lại 07:00 Thứ Ba", "Kiểm kê hồ sơ cuối năm", ""],
            ["Opens 07:00 Tuesday", "Kiểm kê hồ sơ cuối năm", ""],
        ),
    ]
}

fn hall() -> (Hall, Value) {
    let mut places: Vec<Place> = (1..=5).map(Place::plain).collect();
    for place in &mut places[1..4] {
        LONG.clone_into(&mut place.service_name);
    }
    let hall = Hall::configured(&file("Asia/Ho_Chi_Minh", &places));
    let mut board = hall.board_until("the services", |board| {
        let known = board["services"].as_array().map_or(0, Vec::len);
        if known == 5 { Ok(board.clone()) } else { Err(board.to_string()) }
    });
    for (row, (changes, ..)) in board["services"].as_array_mut().unwrap().iter_mut().zip(told()) {
        row["waiting"] = json!(7);
        row["next"] = json!(["A013", "A014", "A015"]);
        (row["estimate_reason"], row["opens_at"]) = (Value::Null, Value::Null);
        for (name, value) in changes.as_object().unwrap() {
            row[name] = value.clone();
        }
    }
    (board["as_of"], board["business_day"]) = (json!(AS_OF), json!("2030-01-07"));
    next(&mut board);
    (hall, board)
}

/// The board after this one.
fn next(board: &mut Value) {
    board["seq"] = json!(board["seq"].as_u64().unwrap() + 1_000_000);
}

fn page(hall: &Hall, browser: &Browser, path: &str, board: &Value) -> Page {
    let page = screen(browser);
    page.before_each_document(SOCKET);
    page.before_each_document(TELL);
    page.open(&hall.url(path));
    page.until(SOON, "an open line", "line.readyState === 1");
    say(&page, board);
    lives(&page);
    page
}

fn say(page: &Page, board: &Value) {
    let _said = page.get(&format!("(tell({board}), 0)"));
}

/// The three lines that a service has for its wait.
fn lines(page: &Page, service: &str) -> Value {
    page.get(&format!(
        "['range', 'note', 'longest'].map((name) => document.querySelector('[data-service={service}] .' + name).textContent)"
    ))
}

#[test]
fn every_range_and_every_reason_is_legible_on_every_screen() {
    let (hall, board) = hall();
    let browser = Browser::start();
    for look in LOOKS {
        let page = page(&hall, &browser, &format!("wall?{look}"), &board);
        for (n, (_, vi, en)) in told().iter().enumerate() {
            let wanted = if look.ends_with("en") { en } else { vi };
            assert_eq!(lines(&page, &format!("s{}", n + 1)), json!(wanted), "{look}");
        }
        on_all_screens_from(&page, &format!("expected {}", look.replace(['=', '&'], "-")), &board);
    }
}

#[test]
fn a_range_stands_still_while_its_estimate_wavers_and_grows_at_once() {
    let (hall, mut board) = hall();
    let browser = Browser::start();
    let page = page(&hall, &browser, "wall", &board);
    let mut shown = |p50_s: f64, p90_s: f64| {
        next(&mut board);
        board["services"][0]["estimate"] = json!({"p50_s": p50_s, "p90_s": p90_s});
        say(&page, &board);
        page.until(SOON, "the board", &format!("Number(document.documentElement.dataset.seq) === {}", board["seq"]));
        lines(&page, "s1")[0].as_str().unwrap().to_owned()
    };
    for wavers in [1_499.0, 1_201.0, 1_199.5, 1_200.5, 1_141.0, 1_500.0] {
        assert_eq!(shown(895.0, wavers), "15–25 phút", "{wavers}");
    }
    assert_eq!(shown(895.0, 1_501.0), "15–30 phút", "a counter has closed: at once");
    assert_eq!(shown(500.0, 1_139.0), "9–20 phút", "clearly less");
    assert_eq!(shown(20.0, 59.0), "Được mời ngay");
}
