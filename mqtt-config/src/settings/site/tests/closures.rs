//! Planned closures, and hours of a service's own.

use domain::Timestamp;
use domain::config::OpeningHours;

use super::{GOOD, changed, mistakes, read};

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

#[test]
fn closures_are_instants() {
    let site = read(GOOD).unwrap();
    let [inventory, evening] = &site.closures[..] else { panic!("{:?}", site.closures) };
    assert_eq!((inventory.from, inventory.to), (at("2026-12-01T13:00:00+07:00"), at("2026-12-01T17:00:00+07:00")));
    assert_eq!((inventory.services[0].as_str(), inventory.reason.as_deref()), ("cap-gcn", Some("Kiểm kê hồ sơ")));
    assert_eq!((evening.from, evening.to), (at("2026-12-24T12:00:00+07:00"), at("2026-12-25T00:00:00+07:00")));
    assert_eq!((evening.services.len(), &evening.reason), (0, &None), "the whole site");
    let warsaw = read(&GOOD.replace("Asia/Ho_Chi_Minh", "Europe/Warsaw")).unwrap();
    assert_eq!(warsaw.closures[0].from, at("2026-12-01T13:00:00+01:00"), "in the site's own zone");
    assert_eq!(warsaw.closures[1].from, evening.from, "an offset is an offset");
}

#[test]
fn closures_go_forward_and_name_what_they_close() {
    let no_time = |text: &str| format!("`{text}` is not a date with a time; write it as \"2026-12-01T13:00\"");
    for text in ["2026-12-01", "01/12/2026 13:00", "2026-12-01T25:00", "2026-12-01T13", "2026-02-30T13:00"] {
        let expected = format!("67: closure.from: {}", no_time(text));
        changed("from = \"2026-12-01T13:00\"", &format!("from = \"{text}\""), &[&expected]);
    }
    let backwards = ["68: closure.to: is not after `from`"];
    changed("to = 2026-12-01T17:00:00", "to = \"2026-12-01T13:00\"", &backwards);
    changed(
        "to = 2026-12-01T17:00:00",
        "to = 2026-12-01T07:00:00Z\nfrm = 1",
        &["69: closure.frm: unknown key `frm`; did you mean `from`?"],
    );
    changed(
        "to = 2026-12-01T17:00:00",
        "reasn = \"x\"",
        &[
            "66: closure.to: is missing; write `to = …`",
            "68: closure.reasn: unknown key `reasn`; did you mean `reason`?",
        ],
    );
    changed("to = 2026-12-01T17:00:00", "to = 2026-12-01", &[&format!("68: closure.to: {}", no_time("2026-12-01"))]);
    let services = "services = [\"cap-gcn\"]";
    changed(
        services,
        "services = [\"cap-gnc\", \"ho-tich\", \"ho-tich\"]",
        &[
            "69: closure.services: no service `cap-gnc` in this file; did you mean `cap-gcn`?",
            "69: closure.services: service `ho-tich` is there twice",
        ],
    );
    changed(
        services,
        "services = []",
        &["69: closure.services: names no service; leave the key out to close the whole site"],
    );
    changed(
        "reason = \"Kiểm kê hồ sơ\"",
        "reason = \"\"",
        &["70: closure.reason: is empty; write a text or leave the key out"],
    );
    changed("[[closure]]", "[closures]", &["66: closures: unknown key `closures`; did you mean `closure`?"]);
}

#[test]
fn a_service_may_have_hours_of_its_own() {
    let with =
        |hours: &str| GOOD.replacen("name = \"Cấp giấy chứng nhận\"\n", &format!("name = \"Cấp\"\n{hours}\n"), 1);
    let table = "[[department.field.service.hours]]\ndays = [\"tue\"]\nopen = \"08:00\"\nclose = \"10:00\"";
    let inline = "hours = [{ days = [\"tue\"], open = \"08:00\", close = \"10:00\" }]";
    for text in [table, inline] {
        let site = read(&with(text)).unwrap();
        assert_eq!(site.services[0].hours, [OpeningHours { days: vec![2], open_min: 480, close_min: 600 }]);
        assert!(site.services[1].hours.is_empty(), "as the site");
    }
    let wrong = "[[department.field.service.hours]]\ndays = [\"tue\"]\nopen = \"08:00\"\nclsoe = \"10:00\"";
    assert_eq!(
        mistakes(&with(wrong)),
        [
            "27: department.field.service.hours.close: is missing; write `close = …`",
            "30: department.field.service.hours.clsoe: unknown key `clsoe`; did you mean `close`?",
        ]
    );
}
