//! Errors for browsers: the same status, words instead of JSON, and another try every 10 s, so that
//! a screen that was opened too early ends as a living one without a hand.

use axum::extract::Request;
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use maud::html;

use super::words::Lang;
use super::{Head, document};
use crate::assets;
use crate::error::ApiError;

/// Turns the errors of pages into HTML for who reads HTML. Programs get JSON as ever.
pub async fn for_browsers(request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let wants = reads && !request.uri().path().starts_with("/api/") && takes_html(request.headers());
    let asks = wants.then(|| request.headers().clone());
    let response = next.run(request).await;
    match (response.extensions().get::<ApiError>(), asks) {
        (Some(error), Some(asks)) => page(*error, response, &asks),
        // An answer, or an error for a program.
        _ => response,
    }
}

fn takes_html(headers: &HeaderMap) -> bool {
    let lists = headers.get_all(header::ACCEPT).into_iter().filter_map(|list| list.to_str().ok());
    lists.flat_map(|list| list.split(',')).any(|one| one.trim().starts_with("text/html"))
}

/// The page in place of the answer, whose status and headers stay.
fn page(error: ApiError, answer: Response, asks: &HeaderMap) -> Response {
    let (vi, en) = error.sentences();
    let status = answer.status();
    let body = html! {
        div.trouble {
            p.status { (status.as_u16()) }
            h1 { (vi) small lang="en" { (en) } }
            p.again { (Lang::Vi.word("error.again")) small lang="en" { (Lang::En.word("error.again")) } }
        }
    };
    let head = Head { title: vi, state: "offline", ..Head::default() };
    let (mut parts, _) = answer.into_parts();
    parts.headers.remove(header::CONTENT_TYPE);
    parts.headers.remove(header::CONTENT_LENGTH);
    let mut response = assets::html(document(&head, &body).into_string(), asks);
    response.headers_mut().extend(parts.headers);
    (status, response).into_response()
}
