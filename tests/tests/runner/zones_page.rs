//! The page on which a technician draws a camera's zones: `camera-ingest zones` in a real browser, on
//! a clip of a drawn hall.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use harness::browser::{Browser, Page};
use harness::program::binary;
use harness::wait::eventually;
use serde_json::json;
use tempfile::TempDir;

use crate::wall::hall::picture;

const SOON: Duration = Duration::from_secs(30);
/// The room is learned first.
const LEARNED: Duration = Duration::from_secs(120);

/// A running `camera-ingest zones`, ended by its id.
struct Zones {
    process: Child,
    address: String,
    log: Arc<Mutex<String>>,
    dir: TempDir,
}

impl Drop for Zones {
    fn drop(&mut self) {
        // One that has gone by itself is no error.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

impl Zones {
    /// Over the drawn hall, with its zones; `None` where the program is not built.
    fn start() -> Option<Self> {
        let program = binary().with_file_name("camera-ingest");
        if !program.is_file() {
            println!("skipped: camera-ingest is not built (cargo build -p motcua-camera-ingest)");
            return None;
        }
        let dir = tempfile::tempdir().unwrap();
        let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../motcua/templates");
        fs::copy(demo.join("hall.zones.toml"), dir.path().join("z.toml")).unwrap();
        let mut process = Command::new(program)
            .arg("zones")
            .arg(demo.join("hall.mp4"))
            .args(["--write", "z.toml"])
            .current_dir(dir.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut address = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut address).unwrap();
        let mut errors = process.stderr.take().unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let into = Arc::clone(&log);
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = errors.read(&mut bytes) {
                into.lock().unwrap().push_str(&String::from_utf8_lossy(&bytes[..count]));
            }
        });
        Some(Self { process, address: address.trim().to_owned(), log, dir })
    }

    fn host(&self) -> &str {
        self.address.split("://").nth(1).and_then(|rest| rest.split('/').next()).unwrap()
    }

    fn file(&self) -> PathBuf {
        self.dir.path().join("z.toml")
    }

    /// How often a picture was shown, as the log has it.
    fn shown(&self) -> usize {
        self.log.lock().unwrap().matches("A picture was shown.").count()
    }
}

/// Presses and lets go, as a mouse does, at places of the picture in fractions; between them it moves.
fn mouse(page: &Page, way: &[(f64, f64)]) {
    let at = |(x, y): (f64, f64)| {
        let place = format!(
            "(() => {{ const b = document.getElementById('stage').getBoundingClientRect();
               return [b.left + b.width * {x}, b.top + b.height * {y}] }})()"
        );
        let place = page.get(&place);
        (place[0].clone(), place[1].clone())
    };
    let tell = |kind: &str, place: (f64, f64), buttons: u8| {
        let (x, y) = at(place);
        let event = json!({"type": kind, "x": x, "y": y, "button": "left", "buttons": buttons, "clickCount": 1});
        page.call("Input.dispatchMouseEvent", &event).unwrap();
    };
    tell("mouseMoved", way[0], 0);
    tell("mousePressed", way[0], 1);
    way.iter().skip(1).for_each(|place| tell("mouseMoved", *place, 1));
    tell("mouseReleased", way[way.len() - 1], 0);
}

/// A key that writes nothing.
fn key(page: &Page, key: &str, code: u8) {
    for kind in ["rawKeyDown", "keyUp"] {
        let event = json!({"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code});
        page.call("Input.dispatchKeyEvent", &event).unwrap();
    }
}

fn click(page: &Page, id: &str) {
    let _clicked = page.get(&format!("document.getElementById('{id}').click()"));
}

fn toml_has(page: &Page, text: &str) {
    page.until(SOON, text, &format!("document.getElementById('toml').value.includes({})", json!(text)));
}

/// Types into a field of the chosen zone.
fn types(page: &Page, field: &str, text: &str) {
    let _typed = page.get(&format!(
        "(() => {{ const f = document.querySelector('.chosen [name={field}]'); f.value = {};
           f.dispatchEvent(new Event('input', {{bubbles: true}})) }})()",
        json!(text)
    ));
}

#[test]
fn a_technician_draws_zones_and_sees_how_full_they_are() {
    let Some(zones) = Zones::start() else { return };
    let browser = Browser::start();
    let page = browser.page();
    page.size(1440, 900);
    page.open(&zones.address);
    page.until(SOON, "the zones of the file", "document.querySelectorAll('#list > li').length === 4");
    page.until(LEARNED, "levels", "document.getElementById('state').dataset.phase === 'watching'");
    page.until(LEARNED, "a number", "/^\\d+ %$/.test(document.querySelector('#list .percent').textContent)");

    // A picture is seen when a person asks for it, and that is written down.
    assert_eq!(page.get("document.getElementById('stage').classList.contains('with-picture')"), false);
    assert_eq!(zones.shown(), 0);
    picture(&page, "zones-blank");
    click(&page, "picture");
    page.until(
        SOON,
        "the picture",
        "document.querySelector('#stage.with-picture #shown').href.baseVal.startsWith('blob:')",
    );
    eventually(SOON, "the log", || if zones.shown() == 1 { Ok(()) } else { Err(format!("{}", zones.shown())) });

    drawn_by_hand(&page);
    measured(&page);
    picture(&page, "zones-vi");
    saved(&page, &zones);
    let seen = page.seen();
    assert!(seen.errors.is_empty() && seen.breaches.is_empty(), "{seen:?}");
    assert!(seen.foreign(zones.host()).is_empty(), "{seen:?}");
    not_overwritten(&page, &zones);

    click(&page, "language");
    page.until(
        SOON,
        "English",
        "document.body.innerText.includes('Draw a zone') && document.documentElement.lang === 'en'",
    );
    page.size(1024, 768);
    picture(&page, "zones-en");
    page.media(&[("prefers-color-scheme", "dark")]);
    page.size(1440, 900);
    picture(&page, "zones-dark");

    // The address was good once: for nobody else.
    let other = browser.page();
    other.open(&zones.address);
    assert!(other.html().unwrap().contains("đã được dùng"), "{}", other.html().unwrap());
    let files: Vec<_> = fs::read_dir(zones.dir.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(files, ["z.toml"], "no picture lies anywhere");
}

/// A point by keys, a zone by the mouse, corner by corner; and what was wrong with it.
fn drawn_by_hand(page: &Page) {
    let _focused = page.get("document.querySelector('[aria-label^=\"counter-1\"]').focus()");
    page.press("Enter");
    page.until(SOON, "its points", "document.activeElement.getAttribute('data-point') === '0'");
    toml_has(page, "[[0.07, 0.17], [0.2, 0.17]");
    key(page, "ArrowRight", 39);
    key(page, "ArrowDown", 40);
    toml_has(page, "[[0.075, 0.175], [0.2, 0.17]");
    page.press("Enter");
    page.until(SOON, "one more", "document.querySelectorAll('.chosen .point').length === 5");
    key(page, "Delete", 46);
    page.until(SOON, "one less", "document.querySelectorAll('.chosen .point').length === 4");
    assert_eq!(page.get("document.activeElement.getAttribute('data-point')"), "1", "the keyboard stays where it was");
    mouse(page, &[(0.2, 0.38), (0.21, 0.39), (0.22, 0.4)]);
    toml_has(page, "[0.22, 0.4]");
    click(page, "undo");
    toml_has(page, "[0.2, 0.38]");

    click(page, "draw");
    for corner in [(0.7, 0.3), (0.82, 0.3), (0.82, 0.62), (0.7, 0.62), (0.702, 0.302)] {
        mouse(page, &[corner]);
    }
    page.until(SOON, "a fifth zone", "document.querySelectorAll('#list > li').length === 5");
    assert_eq!(page.get("document.activeElement.name"), "zone", "it is named next");
    toml_has(page, "polygon = [[0.7, 0.3], [0.82, 0.3], [0.82, 0.62], [0.7, 0.62]]");
    types(page, "zone", "Sảnh");
    page.until(SOON, "what is wrong", "document.querySelector('.chosen .faults').textContent.includes('chỉ dùng a–z')");
    assert_eq!(page.get("document.getElementById('apply').disabled"), true);
    types(page, "zone", "sanh");
    types(page, "seats", "12");
    toml_has(page, "zone = \"sanh\"");
    toml_has(page, "seats = 12");
    page.until(SOON, "nothing is wrong", "!document.getElementById('apply').disabled");
}

/// The new zone is looked at.
fn measured(page: &Page) {
    let fifth = "document.querySelectorAll('#list > li')[4].querySelector('.percent').textContent";
    assert_eq!(page.get(fifth), "–");
    click(page, "apply");
    page.until(LEARNED, "a level of the new zone", &format!("/^\\d+ %$/.test({fifth})"));
    assert_eq!(page.get("document.getElementById('apply').disabled"), true, "nothing else is to be applied");
}

fn saved(page: &Page, zones: &Zones) {
    let said = "document.getElementById('said').textContent === 'Đã lưu.'";
    click(page, "save");
    page.until(SOON, "it is saved", said);
    let text = fs::read_to_string(zones.file()).unwrap();
    assert_eq!(text.matches("[[zone]]").count(), 5, "{text}");
    assert!(text.contains("zone = \"sanh\"") && text.contains("seats = 12"), "{text}");
}

/// What somebody else writes meanwhile is not lost.
fn not_overwritten(page: &Page, zones: &Zones) {
    fs::write(zones.file(), "# mine\n").unwrap();
    click(page, "save");
    page.until(SOON, "the refusal", "document.getElementById('trouble').textContent.includes('người khác sửa')");
    assert_eq!(fs::read_to_string(zones.file()).unwrap(), "# mine\n");
}
