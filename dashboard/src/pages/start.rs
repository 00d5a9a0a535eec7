//! `/`: which centres there are, with the way to each of their screens.

use domain::board::Board;
use maud::{Markup, html};

use super::words::Lang;
use super::{Frame, counter, heading, lost_since};

/// The page's body. `boards` are those within the caller's reach.
pub fn body<'a>(boards: impl Iterator<Item = (&'a Board, &'a Frame)>, lang: Lang) -> Markup {
    let mut boards = boards.peekable();
    html! {
        div.start {
            header { h1 { "motcua" } (other_language(lang)) }
            main {
                @if boards.peek().is_none() {
                    section.site { h2 { (lang.word("start.none")) } p { (lang.word("start.none.what")) } }
                }
                @for (board, frame) in boards { (site(board, frame, lang)) }
            }
        }
    }
}

/// The way to the page in the other language.
fn other_language(lang: Lang) -> Markup {
    let (href, text) = match lang {
        Lang::Vi => ("/?lang=en", "English"),
        Lang::En => ("/", "Tiếng Việt"),
    };
    html! { a.language lang=(lang.other().code()) href=(href) { (text) } }
}

fn site(board: &Board, frame: &Frame, lang: Lang) -> Markup {
    let site = board.site;
    let query = if lang == Lang::En { "?lang=en" } else { "" };
    html! {
        section.site data-site=(site) {
            h2 { (board.name) }
            @if !frame.is_live() { p.lost role="status" { (lost_since(board, lang)) } }
            p { a.wall-link href={ "/" (site) "/wall" (query) } { (lang.word("start.wall")) } }
            @if !board.counters.is_empty() {
                (heading(lang, "start.counters"))
                ul {
                    @for row in &board.counters {
                        li { a href={ "/" (site) "/counter/" (row.counter) (query) } { (if frame.is_live() { counter::link_text(board, row, lang) } else { row.name.clone() }) } }
                    }
                }
            }
        }
    }
}
