//! `/{site}/wall`: who is called where, who is next, how long it takes.

use domain::board::{Board, ServiceRow};
use maud::{Markup, html};

use super::arrange::{Arranged, arrange};
use super::local::Local;
use super::options::Options;
use super::rows::{self, Context};
use super::show;
use super::words::Lang;
use super::zones;
use super::{Frame, heading};
use crate::live::Version;

/// Services on one page of the table, and missed numbers on one of theirs. They turn with the
/// server's clock, so that all walls turn together, and without scripts too.
pub const SERVICES: usize = 5;
/// The same where the strip of zones stands beneath them.
pub const SERVICES_OVER_ZONES: usize = 4;
/// Missed numbers on one page; fewer when a counter among them has a long name.
pub const MISSED: usize = 4;
/// See [`MISSED`].
pub const MISSED_LONG: usize = 3;
/// How long a page stands.
pub const PAGE_MS: i64 = 8_000;

/// The page's body.
pub fn body(version: &Version, options: &Options, frame: &Frame) -> Markup {
    let (board, lang) = (version.board(), options.lang);
    let at = Context { board, ranges: version.ranges(), lang };
    let arranged = arrange(board, options);
    html! {
        div.wall data-mode=(arranged.mode.code()) data-newest=(arranged.newest.len()) data-long=(arranged.long)
            data-zones=(!zones::waiting(board).is_empty()) {
            (frame.head(board, lang, &board.name))
            (frame.banner(board, lang))
            main {
                (newest(at, &arranged, options))
                (calls(at, &arranged))
                (services(at, options))
                (zones::strip(board, lang))
            }
            footer {
                (missed(at, options))
                (contacts(board, lang))
                button.sound type="button" hidden { (lang.word("sound.off")) }
            }
        }
        template #call-row { (rows::call(None)) }
        template #service-row { (rows::service(None, true)) }
        template #missed-row { (rows::missed(None, true)) }
        template #zone-row { (zones::zone(None, true)) }
    }
}

fn newest(at: Context<'_>, arranged: &Arranged<'_>, options: &Options) -> Markup {
    let Context { board, lang, .. } = at;
    html! {
        section.newest aria-live="assertive" {
            (heading(lang, "newest"))
            ol.rows {
                @for row in &arranged.newest { (rows::call(Some((row, at)))) }
            }
            p.none hidden[!arranged.newest.is_empty()] { (lang.word(if options.names_nothing(board) { "filter.none" } else { "newest.none" })) }
        }
    }
}

fn calls(at: Context<'_>, arranged: &Arranged<'_>) -> Markup {
    html! {
        section.calls {
            (heading(at.lang, "calls"))
            ol.rows {
                @for row in &arranged.listed { (rows::call(Some((row, at)))) }
            }
        }
    }
}

/// Which of `rows` stand on the page of this instant, and how many pages there are. Pages are as full
/// as each other: the last one does not stand almost empty.
pub(super) fn page(rows: usize, size: usize, board: &Board) -> (std::ops::Range<usize>, usize, usize) {
    let pages = rows.div_ceil(size).max(1);
    let turned = usize::try_from(board.as_of.ms().max(0) / PAGE_MS).unwrap_or_default();
    let page = turned % pages;
    (page * rows / pages..(page + 1) * rows / pages, page, pages)
}

fn services(at: Context<'_>, options: &Options) -> Markup {
    let Context { board, lang, .. } = at;
    let shown: Vec<&ServiceRow> = board.services.iter().filter(|row| options.shows_service(row)).collect();
    let size = if zones::waiting(board).is_empty() { SERVICES } else { SERVICES_OVER_ZONES };
    let (on_page, page, pages) = page(shown.len(), size, board);
    html! {
        section.services {
            div.columns {
                (heading(lang, "services"))
                (heading(lang, "services.waiting"))
                (heading(lang, "services.expected"))
            }
            ol.rows {
                @for (place, row) in shown.iter().enumerate() {
                    (rows::service(Some((row, at)), on_page.contains(&place)))
                }
            }
            p.none hidden[!shown.is_empty()] { (lang.word(if options.names_nothing(board) { "filter.none" } else { "services.none" })) }
            (dots(page, pages))
        }
    }
}

/// One dot a page, the present one filled; none for a single page.
pub(super) fn dots(page: usize, pages: usize) -> Markup {
    html! {
        div.dots aria-hidden="true" {
            @if pages > 1 { @for at in 0..pages { span.dot data-here=(at == page) {} } }
        }
    }
}

fn missed(at: Context<'_>, options: &Options) -> Markup {
    let Context { board, lang, .. } = at;
    let mut shown: Vec<_> = board.missed.iter().filter(|row| options.shows_missed(board, row)).collect();
    shown.sort_by_key(|row| (std::cmp::Reverse(row.ts), row.ticket));
    let long =
        shown.iter().filter_map(|row| row.counter).any(|id| show::name_fit(&show::counter_name(board, id)) != "s");
    let (on_page, page, pages) = page(shown.len(), if long { MISSED_LONG } else { MISSED }, board);
    html! {
        section.missed {
            div.what {
                (heading(lang, "missed"))
                p.how { (lang.word("missed.what")) }
            }
            ol.rows {
                @for (place, row) in shown.iter().enumerate() {
                    (rows::missed(Some((row, at)), on_page.contains(&place)))
                }
            }
            p.none hidden[!shown.is_empty()] { (lang.word("missed.none")) }
            (dots(page, pages))
        }
    }
}

fn contacts(board: &Board, lang: Lang) -> Markup {
    let hotline = board.contacts.hotline.as_deref().unwrap_or_default();
    let hours = show::hours(board);
    html! {
        section.contacts {
            div.hotline hidden[hotline.is_empty()] { (heading(lang, "hotline")) p.value { (hotline) } }
            div.hours hidden[hours.is_empty()] { (heading(lang, "hours")) p.value { (hours) } }
        }
    }
}

/// The clock and the date of the head.
pub fn clock(board: &Board, lang: Lang) -> Markup {
    let now = Local::of(board, board.as_of);
    html! {
        div.now {
            p.date { (now.date(lang)) }
            p.clock { (now.clock()) }
        }
    }
}
