//! The page itself: in the program, so that it works where there is nothing else.

use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

/// A file of the page.
struct Asset {
    path: &'static str,
    kind: &'static str,
    text: &'static str,
}

const SCRIPT: &str = "text/javascript; charset=utf-8";

macro_rules! scripts {
    ($($name:literal,)*) => {
        [$(Asset { path: $name, kind: SCRIPT, text: include_str!(concat!("../../web/js/", $name)) },)*]
    };
}

const SCRIPTS: [Asset; 8] = scripts! {
    "camera.js",
    "draw.js",
    "list.js",
    "shape.js",
    "stage.js",
    "store.js",
    "texts.js",
    "zones.js",
};

const STYLE: &str = include_str!("../../web/zones.css");

/// The page of who has entered.
pub(super) fn page() -> Html<&'static str> {
    Html(include_str!("../../web/zones.html"))
}

/// The style.
pub(super) fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE).into_response()
}

/// What stands on the browser's tab.
pub(super) fn icon() -> Response {
    ([(header::CONTENT_TYPE, "image/svg+xml")], include_str!("../../web/icon.svg")).into_response()
}

/// One of the scripts.
pub(super) fn script(name: &str) -> Response {
    match SCRIPTS.iter().find(|asset| asset.path == name) {
        Some(asset) => ([(header::CONTENT_TYPE, asset.kind)], asset.text).into_response(),
        None => (StatusCode::NOT_FOUND, "There is no such file.").into_response(),
    }
}

/// For everybody else.
pub(super) fn refused() -> Response {
    let text = "<!doctype html><html lang=\"vi\"><meta charset=\"utf-8\"><title>Không mở được</title>\
                <p>Địa chỉ này đã được dùng, hoặc không đúng. Hãy chạy lại <code>camera-ingest zones</code>.</p>\
                <p lang=\"en\">This address was used already, or is not right. Run <code>camera-ingest zones</code> \
                again.</p></html>";
    (StatusCode::FORBIDDEN, Html(text)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_page_names_is_there() {
        let Html(page) = page();
        let named = page.split(['"']).filter_map(|word| word.strip_prefix("/js/"));
        let imported = SCRIPTS.iter().flat_map(|asset| {
            let imports = asset.text.split("from \"./").skip(1);
            imports.filter_map(|rest| rest.split('"').next())
        });
        let all: Vec<&str> = named.chain(imported).collect();
        assert!(all.len() > SCRIPTS.len(), "{all:?}");
        for name in &all {
            assert!(SCRIPTS.iter().any(|asset| asset.path == *name), "{name} is not served");
        }
        for asset in &SCRIPTS {
            assert!(all.contains(&asset.path), "nobody asks for {}", asset.path);
        }
        for inline in [" style=", "<style", "onclick=", "javascript:", "http://", "https://"] {
            assert!(!page.contains(inline), "{inline}");
        }
    }
}
