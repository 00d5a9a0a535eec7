//! Legible, measured: sizes, contrast, nothing cut, at every number of calls, in both themes and
//! languages, on every kind of screen.

use harness::browser::{Browser, Page};
use serde_json::{Value, json};

use super::hall::{Hall, SOON, picture, shows};
use super::site::{Place, file};

const SCREENS: [(&str, u32, u32); 3] = [("1080p", 1920, 1080), ("4k", 3840, 2160), ("portrait", 1080, 1920)];
pub const LOOKS: [&str; 4] = ["theme=dark&lang=vi", "theme=light&lang=vi", "theme=dark&lang=en", "theme=light&lang=en"];
/// Pixels that a capital of a newest call, and of any other, stands high on a 1080p screen.
const NEWEST: f64 = 110.0;
const OTHER: f64 = 56.0;
/// The calls that stand on a wall beside its services: one newest and eight below it.
pub const ROWS: usize = 9;
/// 60 characters, with the tallest letters of Vietnamese.
pub const LONG: &str = "ĐĂNG KÝ ẾỄỘ biến động đất đai và tài sản gắn liền với đất ẾỄ";

#[test]
fn at_every_number_of_calls_on_every_screen() {
    assert_eq!(LONG.chars().count(), 60);
    let mut places: Vec<Place> = (1..=8).map(Place::plain).collect();
    for place in &mut places[..3] {
        (place.service_name, place.field, place.officer_name) = (LONG.to_owned(), LONG.to_owned(), LONG.to_owned());
    }
    LONG.clone_into(&mut places[1].name);
    let mut hall = Hall::configured(&file("Asia/Ho_Chi_Minh", &places));
    hall.tell("counter.opened", &json!({"counter": "q1", "officer": "cb-1"}));
    hall.board_until("the counter", |board| {
        if board["counters"][0]["status"] == "open" { Ok(()) } else { Err(board.to_string()) }
    });
    let browser = Browser::start();
    let pages: Vec<(&str, Page)> =
        LOOKS.iter().map(|look| (*look, hall.page(&browser, &format!("wall?{look}")))).collect();

    let mut seen_at_once = 0;
    for count in 0..=20 {
        if count > 0 {
            hall.call(&format!("A{count:03}"), &format!("s{}", 1 + count % 8), &format!("q{}", 1 + count % 8));
        }
        hall.calls(count);
        // None, one, as many as stand beside the services, one more, twice as many: every screen.
        let rows = if [0, 1, ROWS, ROWS + 1, 2 * ROWS].contains(&count) {
            pages.iter().map(|page| on_every_screen(&hall, page, count)).max().unwrap()
        } else {
            on_one_screen(&hall, &pages[count % pages.len()], SCREENS[0], count)
        };
        seen_at_once = rows.max(seen_at_once);
    }
    println!("up to {seen_at_once} calls are seen at once");
}

pub fn on_every_screen(hall: &Hall, page: &(&str, Page), count: usize) -> usize {
    // The usual screen last: there it stays.
    SCREENS.iter().rev().map(|screen| on_one_screen(hall, page, *screen, count)).max().unwrap()
}

/// Looks at a page; gives how many calls are seen.
fn on_one_screen(
    hall: &Hall,
    (look, page): &(&str, Page),
    (name, width, height): (&str, u32, u32),
    count: usize,
) -> usize {
    let view = format!("{name} {look} with {count} calls");
    page.size(width, height);
    shows(page, &hall.board().unwrap());
    picture(page, &view.replace(['=', '&', ' '], "-"));
    let seen = is_legible(page, &view);
    calls_are_large(&seen["calls"], &view, count, f64::from(width.min(height)) / 1080.0)
}

/// Nothing cut, nothing faint, nothing drawn into something else, and nothing to scroll. Gives what
/// was seen.
pub fn is_legible(page: &Page, view: &str) -> Value {
    let seen = page.until(SOON, "a page that stands still", "look.verdict()");
    for (list, what) in [
        ("cut", "cut off"),
        ("astray", "under something else, or out of its box"),
        ("collisions", "drawn into each other"),
        ("faint", "contrast below 7:1"),
    ] {
        assert_eq!(seen[list], json!([]), "{what}: {view}");
    }
    assert_eq!(seen["scrolls"], Value::Null, "larger than the screen: {view}");
    seen
}

/// The newest call stands at least 110 px high, every other 56 px; gives how many there are.
fn calls_are_large(calls: &Value, view: &str, count: usize, scale: f64) -> usize {
    let heights: Vec<f64> = calls.as_array().unwrap().iter().map(|call| call["capital"].as_f64().unwrap()).collect();
    let newest = heights.iter().filter(|height| **height >= NEWEST * scale).count();
    assert_eq!(newest > 0, count > 0, "a newest call, and one only where there are calls: {view}: {heights:?}");
    assert!(heights.iter().all(|height| *height >= OTHER * scale), "{view}: {heights:?}");
    heights.len()
}

/// Numbers as long as the contract allows, of citizens with priority, called again.
#[test]
fn long_numbers_with_all_their_marks() {
    let mut places: Vec<Place> = (1..=4).map(Place::plain).collect();
    LONG.clone_into(&mut places[0].service_name);
    LONG.clone_into(&mut places[1].name);
    let mut hall = Hall::configured(&file("Asia/Ho_Chi_Minh", &places));
    let browser = Browser::start();
    let pages = [LOOKS[0], LOOKS[3]].map(|look| (look, hall.page(&browser, &format!("wall?{look}"))));
    let priorities = ["elderly", "disabled", "pregnant", "child", "merit", "appointment"];
    for count in 1..=9 {
        let (ticket, at) = (format!("KQ-2026-{count:04}"), 1 + count % 4);
        let priority = priorities[count % priorities.len()];
        hall.tell("ticket.issued", &json!({"ticket": ticket, "service": format!("s{at}"), "priority": priority}));
        hall.tell("ticket.called", &json!({"ticket": ticket, "counter": format!("q{at}")}));
        hall.tell("ticket.recalled", &json!({"ticket": ticket, "counter": format!("q{at}")}));
        hall.calls(2 * count);
        if [1, 2, 4, 9].contains(&count) {
            for page in &pages {
                for screen in &SCREENS[..2] {
                    let _rows = on_one_screen(&hall, page, *screen, 2 * count);
                }
                // Twelve capitals of 110 px are wider than this one.
                page.1.size(SCREENS[2].1, SCREENS[2].2);
                picture(&page.1, &format!("portrait-long-{count}-{}", page.0.replace(['=', '&'], "-")));
                let _seen = is_legible(&page.1, &format!("portrait {} with {count} long numbers", page.0));
            }
        }
    }
}

/// Names of a centre, a counter with its number last, and one without a number: as long and as wide as
/// they come, with the tallest letters.
const CENTRE: &str = "TRUNG TÂM PHỤC VỤ HÀNH CHÍNH CÔNG PHƯỜNG HOÀN KIẾM – HÀ NỘI";
const NUMBERED: &str = "Quầy tiếp nhận và trả kết quả giải quyết thủ tục đất đai số 1";
const CAPITALS: &str = "QUẦY TIẾP NHẬN ẾỄỘ VÀ TRẢ KẾT QUẢ GIẢI QUYẾT THỦ TỤC ĐẤT ĐAI";
/// The screens of a hall, a smaller one, and a phone.
const ALL: [(&str, u32, u32); 5] =
    [("phone", 390, 844), ("768p", 1366, 768), ("portrait", 1080, 1920), ("4k", 3840, 2160), ("1080p", 1920, 1080)];

/// A hall in which every name is long.
fn hall_of_long_names() -> Hall {
    let mut places: Vec<Place> = (1..=4).map(Place::plain).collect();
    for (place, name) in places.iter_mut().zip([NUMBERED, CAPITALS, NUMBERED, "Quầy 12"]) {
        (place.name, place.service_name, place.field) = (name.to_owned(), LONG.to_owned(), LONG.to_owned());
    }
    let file = file("Asia/Ho_Chi_Minh", &places).replace("\"Trung tâm Hoa Mai\"", &format!("\"{CENTRE}\""));
    Hall::configured(&file)
}

fn on_all_screens(hall: &Hall, page: &Page, view: &str) {
    on_all_screens_from(page, view, &hall.board().unwrap());
}

/// The same of a page that shows a board which no hall has.
pub fn on_all_screens_from(page: &Page, view: &str, board: &Value) {
    for (name, width, height) in ALL {
        page.size(width, height);
        shows(page, board);
        picture(page, &format!("{view}-{name}").replace(' ', "-"));
        // A phone scrolls; what is beneath its edge is not cut off.
        let seen = if name == "phone" { seen_of_a_phone(page) } else { is_legible(page, &format!("{view}, {name}")) };
        assert_eq!(seen["collisions"], json!([]), "{view}, {name}");
    }
}

fn seen_of_a_phone(page: &Page) -> Value {
    let wide = page.get("document.documentElement.scrollWidth - document.documentElement.clientWidth");
    assert_eq!(wide, json!(0), "a phone scrolls down, not across");
    page.until(SOON, "a page that stands still", "look.verdict()")
}

/// Three at once at counters with long names, with their marks: all stays in its place.
#[test]
fn long_names_of_counters_stay_in_their_rows() {
    let mut hall = hall_of_long_names();
    let browser = Browser::start();
    let page = hall.page(&browser, "wall");
    for count in 1..=6 {
        let (ticket, at) = (format!("A{count:03}"), 1 + count % 4);
        let priority = if count % 2 == 0 { "disabled" } else { "normal" };
        hall.tell("ticket.issued", &json!({"ticket": ticket, "service": format!("s{at}"), "priority": priority}));
        hall.tell("ticket.called", &json!({"ticket": ticket, "counter": format!("q{at}")}));
        hall.calls(count);
        if [1, 3, 6].contains(&count) {
            on_all_screens(&hall, &page, &format!("{count} calls at long names"));
        }
    }
}

/// Twelve of the widest letters: the number and its counter are whole, on the wall and over the counter.
#[test]
fn the_widest_numbers_stand_whole_beside_their_counter() {
    let mut hall = hall_of_long_names();
    let browser = Browser::start();
    let wall = hall.page(&browser, "wall");
    for count in 1..=6 {
        hall.call(&format!("WWWW-WWWW-{count:02}"), &format!("s{}", 1 + count % 4), &format!("q{}", 1 + count % 4));
        hall.calls(count);
        if [1, 2, 6].contains(&count) {
            on_all_screens(&hall, &wall, &format!("{count} of the widest numbers"));
        }
    }
    let counter = hall.page(&browser, "counter/q4");
    on_all_screens(&hall, &counter, "a counter with the widest number");
}

/// A whole province's centre: 24 services, 40 counters.
#[test]
fn a_large_centre_fits() {
    let mut places: Vec<Place> = (1..=40).map(Place::plain).collect();
    for (n, place) in places.iter_mut().enumerate() {
        if n % 3 == 0 {
            LONG.clone_into(&mut place.service_name);
        }
    }
    let mut hall = Hall::configured(&file("Asia/Ho_Chi_Minh", &places));
    for n in 1..=40 {
        hall.tell("counter.opened", &json!({"counter": format!("q{n}"), "officer": format!("cb-{n}")}));
        for ticket in 1..=4 {
            hall.issue(&format!("{}{:03}", ["A", "B", "C"][n % 3], n * 10 + ticket), &format!("s{n}"));
        }
    }
    for n in 1..=20 {
        hall.tell(
            "ticket.called",
            &json!({"ticket": format!("{}{:03}", ["A", "B", "C"][n % 3], n * 10 + 1), "counter": format!("q{n}")}),
        );
    }
    hall.calls(20);
    let browser = Browser::start();
    // With few calls of its own, this one shows the services all the time.
    let turning = hall.page(&browser, "wall?counters=q1");
    let _turns = turning.get(TURNS);
    let mut pages = Vec::new();
    for look in [LOOKS[0], LOOKS[3]] {
        let page = hall.page(&browser, &format!("wall?{look}"));
        for (name, width, height) in SCREENS {
            page.size(width, height);
            shows(&page, &hall.board().unwrap());
            let _seen = is_legible(&page, &format!("a large centre, {name}, {look}"));
            picture(&page, &format!("large-{name}-{}", look.replace(['=', '&'], "-")));
        }
        page.size(1920, 1080);
        pages.push(page);
    }
    // More services than fit take turns; each comes within 100 s.
    turning.until(SOON * 5, "all services", "turns.size === 40");
    let _seen = is_legible(&pages[1], "a large centre after its first minute");
}

/// Writes down which services are seen.
const TURNS: &str = r"(() => {
    window.turns = new Set();
    const write = () => {
        for (const row of document.querySelectorAll('[data-service]')) if (look.shown(row)) turns.add(row.dataset.service);
    };
    setInterval(write, 500);
    write();
})()";
