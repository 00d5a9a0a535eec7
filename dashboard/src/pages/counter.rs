//! `/{site}/counter/{counter}`: the screen over one counter.

use domain::board::{Board, CounterRow, ServiceRow};
use maud::{Markup, html};

use super::options::Options;
use super::show;
use super::words::Lang;
use super::{Frame, heading};

/// Most next numbers: those of several services together.
const NEXT: usize = 6;

/// The page's body.
pub fn body(board: &Board, row: &CounterRow, options: &Options, frame: &Frame) -> Markup {
    let lang = options.lang;
    let row = &show::present(board, row);
    let doing = show::doing(row, lang);
    let call = call_of(board, row);
    let ticket = row.ticket.map(|ticket| ticket.to_string()).unwrap_or_default();
    html! {
        div.counter data-doing=(doing.code) data-call-seq=[call.map(|call| call.call_seq)] data-ticket=(ticket)
            data-counter=(row.counter) data-fit=(show::ticket_fit(&ticket)) {
            (frame.head(board, lang, &row.name))
            (frame.banner(board, lang))
            main {
                section.present aria-live="assertive" {
                    p.doing {
                        span.text { (doing.text) }
                        span.mark.recall {
                            @if call.is_some_and(|call| call.recall) && doing.code == "called" { (lang.word("recall")) }
                        }
                    }
                    p.ticket { (ticket) }
                    p.why data-fit=(show::name_fit(&doing.why)) { (doing.why) }
                }
                section.who {
                    div.field { (heading(lang, "counter.field")) (value(&field(board, row))) }
                    div.officer {
                        (heading(lang, "counter.officer"))
                        (value(row.officer_name.as_deref().unwrap_or_default()))
                    }
                    div.next { (heading(lang, "counter.next")) p.value { (next(board, row).join("  ")) } }
                }
            }
            p.place { (row.place.as_deref().unwrap_or_default()) }
        }
    }
}

/// A name, as large as it may be.
fn value(name: &str) -> Markup {
    html! { p.value data-fit=(show::name_fit(name)) { (name) } }
}

/// The newest call of the ticket that is at the counter.
fn call_of<'a>(board: &'a Board, row: &CounterRow) -> Option<&'a domain::board::CallRow> {
    board.calls.iter().find(|call| call.counter == Some(row.counter) && Some(call.ticket) == row.ticket)
}

/// The counter's field, else the names of its services.
fn field(board: &Board, row: &CounterRow) -> String {
    let names = || services(board, row).map(|service| service.name.as_str()).collect::<Vec<_>>().join(", ");
    row.field.clone().unwrap_or_else(names)
}

fn services<'a>(board: &'a Board, row: &'a CounterRow) -> impl Iterator<Item = &'a ServiceRow> {
    board.services.iter().filter(|service| row.services.contains(&service.service))
}

/// The next numbers of the counter's services, the first of each before the second of any.
fn next(board: &Board, row: &CounterRow) -> Vec<String> {
    let longest = services(board, row).map(|service| service.next.len()).max().unwrap_or_default();
    let nth = |at: usize| services(board, row).filter_map(move |service| service.next.get(at));
    (0..longest).flat_map(nth).take(NEXT).map(ToString::to_string).collect()
}

/// The word before the name on the start page.
pub fn link_text(board: &Board, row: &CounterRow, lang: Lang) -> String {
    let doing = show::doing(&show::present(board, row), lang);
    format!("{} · {}", row.name, doing.text)
}
