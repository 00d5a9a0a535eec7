//! Scripts, styles and fonts: in the program, under addresses that change with their content, so
//! that a browser may keep them for ever and never mixes two builds.

use std::borrow::Cow;
use std::io::Write as _;
use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use flate2::Compression;
use flate2::write::GzEncoder;
use uuid::Uuid;

use crate::app::App;
use crate::error::ApiError;
use crate::lean::lean;

/// Fonts that every page needs at once: the letters and figures of its largest words.
pub const FIRST_FONTS: [&str; 2] =
    ["fonts/be-vietnam-pro-latin-700-normal.woff2", "fonts/be-vietnam-pro-vietnamese-700-normal.woff2"];

/// An embedded file.
struct Asset {
    path: &'static str,
    bytes: &'static [u8],
}

macro_rules! assets {
    ($($path:literal,)*) => {
        &[$(Asset { path: $path, bytes: include_bytes!(concat!("../web/", $path)) },)*]
    };
}

/// The styles: one file for browsers, in the order in which the later ones overrule the earlier.
const STYLES: Asset = Asset {
    path: "css/screens.css",
    bytes: concat!(
        include_str!("../web/css/base.css"),
        include_str!("../web/css/wall.css"),
        include_str!("../web/css/calls.css"),
        include_str!("../web/css/tables.css"),
        include_str!("../web/css/counter.css"),
        include_str!("../web/css/start.css"),
        include_str!("../web/css/moves.css"),
        include_str!("../web/css/portrait.css"),
        include_str!("../web/css/phone.css"),
        include_str!("../web/css/zones.css"),
    )
    .as_bytes(),
};

const FILES: &[Asset] = assets! {
    "icon.svg",
    "fonts/be-vietnam-pro-latin-500-normal.woff2",
    "fonts/be-vietnam-pro-latin-700-normal.woff2",
    "fonts/be-vietnam-pro-latin-ext-500-normal.woff2",
    "fonts/be-vietnam-pro-latin-ext-700-normal.woff2",
    "fonts/be-vietnam-pro-vietnamese-500-normal.woff2",
    "fonts/be-vietnam-pro-vietnamese-700-normal.woff2",
    "fonts/OFL.txt",
    "js/counter.js",
    "js/wall.js",
};

/// What the pages' own modules import.
const IMPORTED: &[Asset] = assets! {
    "js/calls.js",
    "js/chime.js",
    "js/dom.js",
    "js/estimate.js",
    "js/fold.js",
    "js/keep.js",
    "js/link.js",
    "js/page.js",
    "js/show.js",
    "js/time.js",
    "js/zones.js",
};

/// Modules that the living pages import, so that none is found out only by reading another.
pub fn modules() -> impl Iterator<Item = &'static str> {
    IMPORTED.iter().map(|asset| asset.path)
}

/// A file as it is served.
struct Served {
    path: &'static str,
    bytes: Cow<'static, [u8]>,
}

static SERVED: LazyLock<Vec<Served>> = LazyLock::new(|| {
    let served = |asset: &Asset| {
        let is_source = asset.path.ends_with(".css") || asset.path.ends_with(".js");
        let text = std::str::from_utf8(asset.bytes).ok().filter(|_| is_source);
        let bytes = text.map_or(Cow::Borrowed(asset.bytes), |text| Cow::Owned(lean(text).into_bytes()));
        Served { path: asset.path, bytes }
    };
    std::iter::once(&STYLES).chain(FILES).chain(IMPORTED).map(served).collect()
});

/// Everything that is served under a build's address, in the order of `PACKED`.
fn all() -> impl Iterator<Item = &'static Served> {
    SERVED.iter()
}

/// What a display opens from its own disk while the server may be away; it waits and goes there.
const START: &[u8] = include_bytes!("../web/start.html");

static BUILD: LazyLock<String> = LazyLock::new(|| {
    let mut bytes = Vec::new();
    for asset in all() {
        bytes.extend_from_slice(asset.path.as_bytes());
        bytes.extend_from_slice(&asset.bytes);
    }
    Uuid::new_v5(&Uuid::NAMESPACE_URL, &bytes).simple().to_string()[..16].to_owned()
});

/// Each asset's bytes, packed; empty for one that is packed already.
static PACKED: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let packed = |asset: &Served| gzip(&asset.bytes, Compression::best()).unwrap_or_default();
    all().map(|asset| if asset.path.ends_with(".woff2") { Vec::new() } else { packed(asset) }).collect()
});

fn gzip(bytes: &[u8], how_well: Compression) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), how_well);
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// The name of this build of all files together.
pub fn build() -> &'static str {
    &BUILD
}

/// The address of a file.
pub fn path(file: &str) -> String {
    format!("/assets/{}/{file}", build())
}

/// The routes of all files.
pub fn routes() -> Vec<(&'static str, MethodRouter<App>)> {
    vec![("/assets/start.html", get(start)), ("/assets/{build}/{*path}", get(file))]
}

async fn file(Path((asked, path)): Path<(String, String)>, asks: HeaderMap) -> Result<Response, ApiError> {
    // Another build's page gets nothing rather than half of this one; it reloads.
    let found = all().enumerate().find(|(_, asset)| asset.path == path && asked == build());
    let (at, asset) = found.ok_or(ApiError::NotFound)?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(content_type(&path))),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
        (header::VARY, HeaderValue::from_static("Accept-Encoding")),
    ];
    let packed = PACKED[at].as_slice();
    if packed.is_empty() || !takes_gzip(&asks) {
        return Ok((headers, asset.bytes.as_ref()).into_response());
    }
    Ok((headers, [(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"))], packed).into_response())
}

/// A document, packed for who takes it so. It holds nothing secret that its size could betray.
pub fn html(document: String, asks: &HeaderMap) -> Response {
    let vary = [(header::VARY, HeaderValue::from_static("Accept-Encoding"))];
    let packed = takes_gzip(asks).then(|| gzip(document.as_bytes(), Compression::fast()).ok()).flatten();
    match packed {
        Some(packed) => {
            (vary, [(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"))], Html(packed)).into_response()
        }
        None => (vary, Html(document)).into_response(),
    }
}

fn takes_gzip(asks: &HeaderMap) -> bool {
    let lists = asks.get_all(header::ACCEPT_ENCODING).into_iter().filter_map(|list| list.to_str().ok());
    lists.flat_map(|list| list.split(',')).any(|one| one.trim() == "gzip")
}

async fn start() -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"motcua-start.html\"")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (headers, START).into_response()
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "woff2" => "font/woff2",
        _ => "text/plain; charset=utf-8",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_pages_name_is_there() {
        for file in FIRST_FONTS.into_iter().chain(modules()) {
            assert!(all().any(|asset| asset.path == file), "{file}");
        }
        assert!(all().all(|asset| !content_type(asset.path).is_empty()));
        assert_eq!(build().len(), 16);
    }

    #[test]
    fn scripts_and_styles_are_light() {
        let light = |asset: &&Served| !asset.path.starts_with("fonts/");
        let bytes: usize = all().filter(light).map(|asset| asset.bytes.len()).sum();
        assert!(bytes < 99_000, "{bytes} bytes of scripts and styles, unpacked; a whole page has 100,000");
        let packed: usize = PACKED.iter().map(Vec::len).sum();
        assert!(packed < 32_000, "{packed} bytes of them as they travel; a whole page has 50,000");
    }

    #[test]
    fn every_script_in_the_folder_is_embedded() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("web/js");
        for file in std::fs::read_dir(folder).unwrap() {
            let name = format!("js/{}", file.unwrap().file_name().to_string_lossy());
            // Types are for the checker alone; no module imports them when it runs.
            assert!(name == "js/types.js" || all().any(|asset| asset.path == name), "{name}");
        }
    }

    #[test]
    fn every_style_in_the_folder_is_served() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("web/css");
        let mut bytes = 0;
        for file in std::fs::read_dir(folder).unwrap() {
            let style = std::fs::read_to_string(file.unwrap().path()).unwrap();
            assert!(std::str::from_utf8(STYLES.bytes).unwrap().contains(&style), "{style}");
            bytes += style.len();
        }
        assert_eq!(bytes, STYLES.bytes.len(), "each once");
    }
}
