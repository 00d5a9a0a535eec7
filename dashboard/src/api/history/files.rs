//! Answers as they leave, and what files are called.

use axum::body::Body;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use domain::facts::Date;
use history::answer::{Figure, Format, Lang};
use jiff::civil;

/// Days since 1970-01-01.
pub fn days(date: civil::Date) -> Date {
    (date - civil::date(1970, 1, 1)).get_days()
}

pub fn day_text(date: Date) -> String {
    civil::date(1970, 1, 1).saturating_add(jiff::Span::new().days(date)).to_string()
}

/// What a file is called.
pub const fn title(figure: Figure, lang: Lang) -> &'static str {
    match (figure, lang) {
        (Figure::Waits, Lang::Vi) => "Thời gian chờ",
        (Figure::Load, Lang::Vi) => "Khối lượng",
        (Figure::Ratings, Lang::Vi) => "Đánh giá",
        (Figure::Utilisation, Lang::Vi) => "Hiệu suất quầy",
        (Figure::Abandonment, Lang::Vi) => "Bỏ về",
        (Figure::Estimates, Lang::Vi) => "Thời gian dự kiến",
        (Figure::Zones, Lang::Vi) => "Khu vực camera",
        (Figure::Quality, Lang::Vi) => "Chất lượng dữ liệu",
        (Figure::Waits, Lang::En) => "Waits",
        (Figure::Load, Lang::En) => "Load",
        (Figure::Ratings, Lang::En) => "Ratings",
        (Figure::Utilisation, Lang::En) => "Utilisation",
        (Figure::Abandonment, Lang::En) => "Abandonment",
        (Figure::Estimates, Lang::En) => "Estimates",
        (Figure::Zones, Lang::En) => "Camera zones",
        (Figure::Quality, Lang::En) => "Data quality",
    }
}

/// An answer: kept by nobody; a CSV is a file with a name for old programs and one for people.
pub fn sent(body: Body, format: Format, [word, title]: [&str; 2], of: &str, range: [Date; 2]) -> Response {
    let media = if format == Format::Csv { "text/csv; charset=utf-8" } else { "application/json" };
    let mut response = ([(CONTENT_TYPE, media), (CACHE_CONTROL, "private, no-store")], body).into_response();
    if format == Format::Csv {
        let [from, to] = range.map(day_text);
        let encoded: String = percent_encoded(&format!("{title} {of} {from} {to}.csv"));
        let disposition =
            format!("attachment; filename=\"motcua-{of}-{word}-{from}-{to}.csv\"; filename*=UTF-8''{encoded}");
        // Ids, dates and percent signs: always a header.
        if let Ok(value) = HeaderValue::from_str(&disposition) {
            response.headers_mut().insert(CONTENT_DISPOSITION, value);
        }
    }
    response
}

/// RFC 8187: all but letters, digits, `-`, `.` and `_` as bytes in hexadecimal.
pub fn percent_encoded(text: &str) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

/// What a list of visits is called.
pub const fn list_title(lang: Lang) -> &'static str {
    match lang {
        Lang::Vi => "Lượt phục vụ",
        Lang::En => "Visits",
    }
}
