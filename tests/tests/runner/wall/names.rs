//! Names come from files and are shown as they are written, whatever is written.

use std::time::Duration;

use harness::browser::{Browser, Page};
use serde_json::{Value, json};

use super::hall::{Hall, SOON, lives, screen};
use super::site::{Place, file};

/// What would run, or load, or break out, if a name were ever taken for markup or code.
const ATTACKS: &[&str] = &[
    "<script>pwned=1</script>",
    "<img src=x onerror=pwned=1>",
    "<svg onload=pwned=1>",
    "<svg><animate onbegin=pwned=1 attributeName=x dur=1s>",
    "<svg><script>pwned=1</script></svg>",
    "<iframe srcdoc='<script>top.pwned=1</script>'></iframe>",
    "<iframe src=javascript:top.pwned=1>",
    "<object data=javascript:pwned=1>",
    "<embed src=//evil.example/x>",
    "<a href=javascript:pwned=1>x</a>",
    "<base href=//evil.example/>",
    "<link rel=stylesheet href=//evil.example/x>",
    "<meta http-equiv=refresh content='0;url=//evil.example/'>",
    "<style>*{background:url(//evil.example/x)}</style>",
    "<form action=//evil.example/><button>x",
    "<details open ontoggle=pwned=1>",
    "<input autofocus onfocus=pwned=1>",
    "<video><source onerror=pwned=1></video>",
    "<math><mtext><img src=x onerror=pwned=1>",
    "<scr<script>ipt>pwned=1</script>",
    "<!--><script>pwned=1</script>-->",
    "</script><script>pwned=1</script>",
    "</template><script>pwned=1</script>",
    "</style></title><script>pwned=1</script>",
    "&lt;script&gt;pwned=1&lt;/script&gt;",
    "&#60;img src=x onerror=pwned=1&#62;",
    "\\u003cscript\\u003epwned=1\\u003c/script\\u003e",
    "%3Cscript%3Epwned=1%3C/script%3E",
    "+ADw-script+AD4-pwned=1",
    "${pwned=1}`;pwned=1;`",
    "{{constructor.constructor('pwned=1')()}}",
    "';pwned=1;'",
    "\\';pwned=1;//",
    "__proto__",
];
const BEFORE: &[&str] = &[
    "",
    "\"",
    "'",
    "\">",
    "'>",
    "`",
    "-->",
    "]]>",
    "A & B ",
    "\\",
    "</span>",
    "</li>",
    "</p>",
    "\" autofocus onfocus=pwned=1 x=\"",
    "'/onload='",
    "Quầy 1 ",
    "Ế",
    "{\"a\":\"",
    "\"}",
    "\\\"",
    "//",
    "/*",
    "*/",
    "#",
    "<",
    ">",
    "=",
    "%",
    "$&",
    "$1",
    "{n}",
    "{at}",
];

fn hostile() -> Vec<String> {
    // Each name differs; a file's names have no white space at their ends.
    let one = |before: &&str, attack: &&str| format!("{before}{attack}").trim().to_owned();
    BEFORE.iter().flat_map(|before| ATTACKS.iter().map(move |attack| one(before, attack))).collect()
}

#[test]
fn a_thousand_hostile_names_are_shown_as_text() {
    let names = hostile();
    assert!(names.len() >= 1_000, "{}", names.len());
    let browser = Browser::start();
    // A centre with all of them would be larger than any centre is.
    for names in names.chunks(names.len().div_ceil(4)) {
        let places: Vec<Place> = names.chunks(4).enumerate().map(|(n, names)| hostile_place(n, names)).collect();
        on_a_wall_and_counter_screens(&browser, &places);
    }
    println!("{} names on walls and counter screens", names.len());
}

fn on_a_wall_and_counter_screens(browser: &Browser, places: &[Place]) {
    let mut hall = Hall::configured(&file("Asia/Ho_Chi_Minh", places));
    for place in places {
        hall.tell("counter.opened", &json!({"counter": place.counter, "officer": place.officer}));
    }
    for (n, place) in places.iter().take(20).enumerate() {
        hall.call(&format!("A{n:03}"), &place.service, &place.counter);
    }
    hall.calls(20);
    let wall = hall.page(browser, "wall");
    wall.until(SOON, "the calls", "look.calls().length > 3");
    let services =
        wall.get("[...document.querySelectorAll('[data-service]')].map(row => [row.dataset.service, row.textContent])");
    let services = services.as_array().unwrap();
    assert_eq!(services.len(), places.len());
    for place in places {
        let row = services.iter().find(|row| row[0] == *place.service).unwrap();
        assert!(
            row[1].as_str().unwrap().contains(&place.service_name),
            "{} is shown as {}",
            place.service_name,
            row[1]
        );
    }
    unharmed(&wall, "the wall", &hall);
    every_counter_screen(&hall, browser, places);
}

fn hostile_place(n: usize, names: &[String]) -> Place {
    let name = |at: usize| names.get(at).cloned().unwrap_or_else(|| format!("<b>{n}.{at}</b>"));
    Place { name: name(0), field: name(1), service_name: name(2), officer_name: name(3), ..Place::plain(n) }
}

fn every_counter_screen(hall: &Hall, browser: &Browser, places: &[Place]) {
    let page = screen(browser);
    for place in places {
        page.open(&hall.url(&format!("counter/{}", place.counter)));
        lives(&page);
        let shown = [&place.name, &place.field, &place.officer_name].map(|name| json!(name).to_string());
        let all = format!(
            "(() => {{ const text = document.body.innerText.replace(/\\s+/g, ' ');\
             return [{}].every((name) => text.includes(name.replace(/\\s+/g, ' '))) }})()",
            shown.join(",")
        );
        page.until(SOON, &format!("the names of {shown:?}"), &all);
    }
    unharmed(&page, "the counter screens", hall);
}

/// Nothing ran, nothing was refused (for it should not even have been tried), nobody was asked.
fn unharmed(page: &Page, what: &str, hall: &Hall) {
    assert_eq!(page.get("typeof pwned"), "undefined", "{what}: a name ran");
    let markup = "document.querySelectorAll('img, iframe, object, embed, base, form, style, video, details, math, body script:not([src]):not([type])').length";
    page.until(Duration::from_secs(1), "no element made of a name", &format!("{markup} === 0"));
    let seen = page.seen();
    assert_eq!(seen.breaches, Vec::<String>::new(), "{what}");
    assert_eq!(seen.errors, Vec::<String>::new(), "{what}");
    assert_eq!(seen.foreign(&hall.motcua.http), Vec::<&harness::browser::Request>::new(), "{what}");
    assert_eq!(page.get("location.pathname.split('/')[1]"), Value::from(hall.site.as_str()));
}
