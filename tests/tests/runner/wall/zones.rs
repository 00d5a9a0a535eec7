//! The strip of waiting zones: how full, or without a picture, on every screen, and no call gives way.

use harness::browser::Browser;
use serde_json::{Value, json};

use super::hall::{Hall, SOON, shows};
use super::legible::{LONG, LOOKS, on_every_screen};
use super::quiet::SAME;
use super::site::{Place, file};

fn zone(camera: &str, zone: &str) -> String {
    format!(
        "[[camera]]\ncamera = \"{camera}\"\n[[camera.zone]]\nzone = \"{zone}\"\nkind = \"waiting\"\n\
         polygon = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]]\n"
    )
}

fn level(hall: &mut Hall, camera: &str, zone: &str, level: f64) {
    hall.tell("camera.occupancy", &json!({"camera": camera, "zone": zone, "level": level}));
}

fn zones(hall: &Hall, wanted: &Value) {
    hall.board_until("the zones", |board| {
        let levels: Vec<&Value> = board["zones"].as_array().into_iter().flatten().map(|row| &row["level"]).collect();
        if json!(levels) == *wanted { Ok(()) } else { Err(board["zones"].to_string()) }
    });
}

#[test]
fn zones_are_legible_and_take_nothing_from_the_calls() {
    let mut places: Vec<Place> = (1..=8).map(Place::plain).collect();
    for place in &mut places[..3] {
        LONG.clone_into(&mut place.service_name);
    }
    let cameras = zone("cam-1", "cho") + &zone("cam-2", "cho") + &zone("cam-3", "hien-truoc") + &zone("cam-4", "cho");
    let mut hall = Hall::configured(&(file("Asia/Ho_Chi_Minh", &places) + &cameras));
    level(&mut hall, "cam-1", "cho", 1.0);
    level(&mut hall, "cam-2", "cho", 0.62);
    level(&mut hall, "cam-3", "hien-truoc", 0.1);
    hall.tell("camera.offline", &json!({"camera": "cam-3", "reason": "stalled"}));
    zones(&hall, &json!([1.0, 0.62, null, null]));
    let browser = Browser::start();
    let pages = [LOOKS[0], LOOKS[3]].map(|look| (look, hall.page(&browser, &format!("wall?{look}"))));
    for count in 1..=18 {
        hall.call(&format!("A{count:03}"), &format!("s{}", 1 + count % 8), &format!("q{}", 1 + count % 8));
        hall.calls(count);
        if [1, 3, 9, 18].contains(&count) {
            for page in &pages {
                let _rows = on_every_screen(&hall, page, count);
            }
        }
    }
}

#[test]
fn a_lost_picture_is_said_and_comes_back_alone() {
    let mut hall = Hall::configured(&(file("Asia/Ho_Chi_Minh", &[Place::plain(1)]) + &zone("cam-1", "cho")));
    let browser = Browser::start();
    let page = hall.page(&browser, "wall");
    // Whether it may sound is known to the screen alone.
    page.press("Enter");
    let strip = "document.querySelector('.zones').innerText.replace(/\\s+/g, ' ')";
    let says = |hall: &Hall, wanted: &str| {
        shows(&page, &hall.board().unwrap());
        page.until(SOON, wanted, &format!("{strip}.includes('{wanted}')"));
        page.until(SOON * 3, "the same page from both", SAME);
    };
    says(&hall, "Chưa có số liệu");
    level(&mut hall, "cam-1", "cho", 0.62);
    says(&hall, "Khá đông 60%");
    hall.tell("camera.offline", &json!({"camera": "cam-1", "reason": "stalled"}));
    says(&hall, "Mất hình");
    assert_eq!(
        page.get(&format!(
            "{strip}.includes('%') || getComputedStyle(document.querySelector('.bar')).display !== 'none'"
        )),
        json!(false)
    );
    hall.tell("camera.online", &json!({"camera": "cam-1"}));
    level(&mut hall, "cam-1", "cho", 0.9);
    says(&hall, "Đông 90%");
}
