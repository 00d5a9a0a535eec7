//! The instrument itself: what the other tests measure with, on a page that is known.

use std::time::Duration;

use harness::browser::Browser;

const SOON: Duration = Duration::from_secs(10);
const PAGE: &str = "data:text/html,<p id=p>before</p><script>p.textContent='after';addEventListener('keydown',()=>{p.textContent='pressed'})</script>";

#[test]
fn a_page_is_driven_and_measured() {
    let browser = Browser::start();
    let page = browser.page();
    page.size(1920, 1080);
    page.time_zone("America/New_York");
    page.media(&[("prefers-color-scheme", "dark"), ("prefers-reduced-motion", "reduce")]);
    page.before_each_document("Date.now = () => 0");
    page.open(PAGE);
    assert_eq!(page.get("[innerWidth, innerHeight, devicePixelRatio]").to_string(), "[1920,1080,1]");
    assert_eq!(page.get("new Intl.DateTimeFormat().resolvedOptions().timeZone"), "America/New_York");
    assert_eq!(
        page.get("matchMedia('(prefers-color-scheme: dark) and (prefers-reduced-motion: reduce)').matches"),
        true
    );
    assert_eq!(page.get("Date.now()"), 0);
    page.press("Enter");
    page.until(SOON, "the key", "p.textContent === 'pressed'");
    assert!(page.seen().errors.is_empty());
    assert!(page.figures()["Nodes"] > 0.0);

    let _timer = page.get("setTimeout(() => { throw new Error('on purpose') })");
    page.until(SOON, "a turn", "new Promise(done => setTimeout(() => done(true)))");
    assert!(page.seen().errors.iter().any(|error| error.contains("on purpose")), "{:?}", page.seen());
    let _refused = page.get("fetch('http://127.0.0.1:9/').catch(() => 0)");
    assert_eq!(page.seen().foreign("127.0.0.1:80").len(), 1);

    page.scripts(false);
    page.open(PAGE);
    assert!(page.html().unwrap().contains("before"), "{}", page.html().unwrap());
    page.scripts(true);
    page.open(PAGE);
    assert!(page.html().unwrap().contains("after"));
}
