//! The screen over a counter: ticket, field, officer, and what the counter is doing and why.

use harness::browser::{Browser, Page};
use serde_json::json;

use crate::wall::hall::{Hall, SOON, picture, shows};
use crate::wall::legible::is_legible;
use crate::wall::site::{Place, file};

fn reads(page: &Page, what: &[&str], not: &[&str]) {
    let has = |word: &&str| format!("look.words().includes({})", json!(word));
    let all: Vec<String> = what.iter().map(has).chain(not.iter().map(|word| format!("!{}", has(word)))).collect();
    page.until(SOON, &format!("{what:?} and not {not:?}"), &all.join(" && "));
}

#[test]
fn a_counter_says_who_is_served_by_whom_and_why_nobody_is() {
    let mut one = Place::plain(1);
    (one.name, one.field, one.officer_name) =
        ("Quầy số 1".into(), "ĐẤT ĐAI ẾỄỘ – Môi trường".into(), "Nguyễn Thị Ngọc Ễnh".into());
    let mut hall = Hall::configured(&file("Asia/Ho_Chi_Minh", &[one, Place::plain(2)]));
    let browser = Browser::start();
    let page = hall.page(&browser, "counter/q1");
    reads(&page, &["ĐẤT ĐAI ẾỄỘ – Môi trường", "Quầy"], &["Nguyễn Thị Ngọc Ễnh"]);

    hall.tell("counter.opened", &json!({"counter": "q1", "officer": "cb-1"}));
    reads(&page, &["Nguyễn Thị Ngọc Ễnh", "ĐẤT ĐAI ẾỄỘ – Môi trường"], &[]);
    hall.call("A017", "s1", "q1");
    reads(&page, &["A017", "Đang mời", "Nguyễn Thị Ngọc Ễnh"], &[]);
    as_everybody_sees_it(&hall, &page, "called");
    hall.tell("ticket.recalled", &json!({"ticket": "A017", "counter": "q1"}));
    reads(&page, &["A017", "Mời lại"], &[]);
    hall.tell("ticket.started", &json!({"ticket": "A017", "counter": "q1"}));
    reads(&page, &["A017", "Đang phục vụ"], &["Mời lại", "Đang mời"]);
    hall.tell("ticket.finished", &json!({"ticket": "A017", "counter": "q1"}));
    reads(&page, &["Sẵn sàng"], &["A017"]);
    hall.tell("counter.paused", &json!({"counter": "q1", "reason": "meeting"}));
    reads(&page, &["Tạm ngưng", "Đang họp"], &["A017"]);
    as_everybody_sees_it(&hall, &page, "paused");
    hall.tell("counter.closed", &json!({"counter": "q1"}));
    reads(&page, &["Quầy đóng"], &["Đang họp"]);

    let english = hall.page(&browser, "counter/q1?lang=en&theme=light");
    reads(&english, &["Closed", "ĐẤT ĐAI ẾỄỘ – Môi trường"], &["Đang họp"]);
    hall.tell("counter.opened", &json!({"counter": "q1", "officer": "cb-2"}));
    reads(&english, &["Ready to serve", "Nguyễn Thị 2"], &[]);
    as_everybody_sees_it(&hall, &english, "open");
}

fn as_everybody_sees_it(hall: &Hall, page: &Page, what: &str) {
    for (name, width, height) in
        [("1080p", 1920, 1080), ("4k", 3840, 2160), ("portrait", 1080, 1920), ("small", 1024, 600)]
    {
        page.size(width, height);
        shows(page, &hall.board().unwrap());
        picture(page, &format!("counter-{what}-{name}"));
        let _seen = is_legible(page, &format!("a counter, {what}, {name}"));
    }
    page.size(1920, 1080);
}
