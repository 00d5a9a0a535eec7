//! The rows of a wall, each once as markup: filled for the page, and empty in a `<template>` from
//! which the scripts make the next ones.

use domain::board::{Board, CallRow, MissedRow, ServiceRow};
use maud::{Markup, html};

use super::show::{self, Place};
use super::words::Lang;
use crate::live::Ranges;

/// What a row needs beside itself.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The board.
    pub board: &'a Board,
    /// The expected waits as screens show them.
    pub ranges: &'a Ranges,
    /// The page's language.
    pub lang: Lang,
}

/// One call; `None` is the template.
pub fn call(row: Option<(&CallRow, Context<'_>)>) -> Markup {
    let place = row.map(|(row, at)| show::place_of(at.board, row, at.lang)).unwrap_or_default();
    let counter = row.and_then(|(row, _)| row.counter).map(|counter| counter.to_string());
    let service = row.and_then(|(row, at)| service_beside(at.board, row));
    let priority = row.map(|(row, at)| show::priority(row, at.lang)).unwrap_or_default();
    let recall = row.filter(|(row, _)| row.recall).map(|(_, at)| at.lang.word("recall"));
    html! {
        li.call data-call-seq=[row.map(|(row, _)| row.call_seq)] data-ticket=[row.map(|(row, _)| row.ticket)]
            data-counter=(counter.unwrap_or_default()) data-fit=(row.map_or("s", |(row, _)| show::ticket_fit(row.ticket.as_str()))) {
            span.ticket { @if let Some((row, _)) = row { (row.ticket) } }
            (arrow())
            (destination(&place))
            span.about {
                span.mark.recall { (recall.unwrap_or_default()) }
                span.mark.priority { (priority) }
                span.rest data-fit=(show::name_fit(&place.rest)) { (place.rest) }
                span.service data-fit=(show::name_fit(service.unwrap_or_default())) { (service.unwrap_or_default()) }
                span.officer { (row.map(|(row, at)| officer(at.board, row)).unwrap_or_default()) }
            }
        }
    }
}

/// The service's name, unless it already stands in the counter's place.
fn service_beside<'a>(board: &'a Board, row: &CallRow) -> Option<&'a str> {
    show::service_name(board, row).filter(|_| row.counter.is_some())
}

/// Who is at the counter that calls.
fn officer<'a>(board: &'a Board, row: &CallRow) -> &'a str {
    let counter = super::options::counter_row(board, row.counter);
    counter.and_then(|counter| counter.officer_name.as_deref()).unwrap_or_default()
}

fn arrow() -> Markup {
    html! {
        svg.arrow viewBox="0 0 24 24" aria-hidden="true" focusable="false" {
            path d="M3 12h16M12.5 5.5 19 12l-6.5 6.5" fill="none" stroke="currentColor" stroke-width="2.6" {}
        }
    }
}

fn destination(place: &Place) -> Markup {
    html! {
        span.to data-fit=(place.fit()) {
            span.word { (place.word) }
            " "
            span.number { (place.number) }
        }
    }
}

/// One service; `None` is the template.
pub fn service(row: Option<(&ServiceRow, Context<'_>)>, shown: bool) -> Markup {
    let expected = row.map(|(row, at)| show::expected(at.board, row, at.ranges.get(&row.service).copied(), at.lang));
    let range = expected.as_ref().and_then(|expected| expected.range);
    let name = row.map_or("", |(row, _)| row.name.as_str());
    html! {
        li.service data-service=[row.map(|(row, _)| row.service)] hidden[!shown] {
            span.what {
                span.name data-fit=(show::name_fit(name)) { (name) }
                span.next { @if let Some((row, _)) = row { (next(row)) } }
            }
            span.waiting { @if let Some((row, _)) = row { (row.waiting) } }
            span.expected data-from=(minutes(range.map(|range| range.from))) data-to=(minutes(range.map(|range| range.to))) {
                span.range { @if let Some(expected) = &expected { (expected.text) } }
                span.note { @if let Some(expected) = &expected { (expected.note) } }
                span.longest { @if let Some(expected) = &expected { (expected.longest) } }
            }
        }
    }
}

/// Minutes as a hook; empty when they are not known.
fn minutes(minutes: Option<u32>) -> String {
    minutes.map(|minutes| minutes.to_string()).unwrap_or_default()
}

/// The next numbers of a service, in line.
pub fn next(row: &ServiceRow) -> String {
    let next: Vec<String> = row.next.iter().map(ToString::to_string).collect();
    next.join("  ")
}

/// One missed number; `None` is the template.
pub fn missed(row: Option<(&MissedRow, Context<'_>)>, shown: bool) -> Markup {
    let counter = row.and_then(|(row, _)| row.counter).map(|counter| counter.to_string());
    let place = row.and_then(|(row, at)| Some(show::counter_name(at.board, row.counter?)));
    html! {
        li.miss data-ticket=[row.map(|(row, _)| row.ticket)] data-counter=(counter.unwrap_or_default()) hidden[!shown] {
            span.ticket { @if let Some((row, _)) = row { (row.ticket) } }
            " "
            span.place data-fit=(show::name_fit(place.as_deref().unwrap_or_default())) { (place.unwrap_or_default()) }
        }
    }
}
