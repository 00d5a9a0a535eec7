//! How full the waiting zones are, as the wall says it. `web/js/zones.js` says the same; both are held
//! to the cases of `web/tests/texts.json`.

use domain::board::{Board, ZoneRow};
use domain::event::ZoneKind;
use maud::{Markup, html};

use super::words::Lang;
use super::{heading, wall};

/// Zones on one page of the strip.
pub const ZONES: usize = 2;
/// From this share on it is rather full, and from the other on full, in percent.
const BUSY: u32 = 50;
const FULL: u32 = 80;
/// Cells of a bar.
const CELLS: u32 = 10;

/// What a zone says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fullness {
    /// `free`, `busy`, `full`; `lost` without a picture, `none` before the first word.
    pub code: &'static str,
    /// Its words.
    pub text: &'static str,
    /// In steps of five: more would say more than is known, and never rest. `None`: not known.
    pub percent: Option<u32>,
}

impl Fullness {
    /// What a row says.
    #[must_use]
    pub fn of(row: &ZoneRow, lang: Lang) -> Self {
        // A level is 0..1, so a twentieth of it is far within the type.
        let percent = row.level.map(|level| (level.clamp(0.0, 1.0) * 20.0).round() as u32 * 5);
        let code = match percent {
            Some(FULL..) => "full",
            Some(BUSY..) => "busy",
            Some(_) => "free",
            None if row.as_of.is_some() => "lost",
            None => "none",
        };
        Self { code, text: lang.code_word("zone.is", code).unwrap_or_default(), percent }
    }

    fn cells(&self) -> u32 {
        self.percent.map_or(0, |percent| (percent + 5) / CELLS)
    }
}

/// The zones where people wait.
pub fn waiting(board: &Board) -> Vec<&ZoneRow> {
    board.zones.iter().filter(|row| row.kind == ZoneKind::Waiting).collect()
}

/// What tells a zone from the others: nothing where there is one; its camera too where another has the
/// same id.
#[must_use]
pub fn label(row: &ZoneRow, among: &[&ZoneRow]) -> String {
    match among.iter().filter(|other| other.zone == row.zone).count() {
        _ if among.len() < 2 => String::new(),
        0 | 1 => row.zone.to_string(),
        _ => format!("{} · {}", row.zone, row.camera),
    }
}

/// The strip; hidden where no camera looks at people who wait.
pub fn strip(board: &Board, lang: Lang) -> Markup {
    let zones = waiting(board);
    let (on_page, page, pages) = wall::page(zones.len(), ZONES, board);
    html! {
        section.zones hidden[zones.is_empty()] {
            (heading(lang, "zones"))
            ol.rows {
                @for (place, row) in zones.iter().enumerate() {
                    (zone(Some((row, &label(row, &zones), lang)), on_page.contains(&place)))
                }
            }
            (wall::dots(page, pages))
        }
    }
}

/// One zone; `None` is the template.
pub fn zone(row: Option<(&ZoneRow, &str, Lang)>, shown: bool) -> Markup {
    let told = row.map(|(row, _, lang)| Fullness::of(row, lang));
    let percent = told.as_ref().and_then(|told| told.percent);
    let cells = told.as_ref().map_or(0, Fullness::cells);
    html! {
        li.zone data-zone=[row.map(|(row, ..)| format!("{}+{}", row.camera, row.zone))]
            data-is=(told.as_ref().map_or("none", |told| told.code)) hidden[!shown] {
            span.how {
                span.is { (told.as_ref().map_or("", |told| told.text)) }
                " "
                span.share { @if let Some(percent) = percent { (percent) "%" } }
            }
            span.bar aria-hidden="true" hidden[percent.is_none()] {
                @for at in 0..CELLS { i data-on=(at < cells) {} }
            }
            span.label { (row.map_or("", |(_, label, _)| label)) }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::board;

    fn zone_row(changes: &Value) -> ZoneRow {
        let mut row = serde_json::to_value(&board(1).zones[0]).unwrap();
        for (name, value) in changes.as_object().unwrap() {
            row[name] = value.clone();
        }
        serde_json::from_value(row).unwrap()
    }

    #[test]
    fn what_zones_say() {
        let texts: Value = serde_json::from_str(include_str!("../../web/tests/texts.json")).unwrap();
        for case in texts["cases"]["zones"].as_array().unwrap() {
            let told = Fullness::of(&zone_row(&case["row"]), Lang::Vi);
            let cells = told.percent.map(|_| told.cells());
            let Fullness { code, text, percent } = told;
            assert_eq!(
                json!({"row": case["row"], "code": code, "text": text, "percent": percent, "cells": cells}),
                *case
            );
        }
    }

    #[test]
    fn a_zone_is_named_as_far_as_it_must_be() {
        let zone = |camera: &str, zone: &str| zone_row(&json!({"camera": camera, "zone": zone}));
        let (a, b, c) = (zone("cam-1", "sanh"), zone("cam-2", "sanh"), zone("cam-2", "hien"));
        assert_eq!(label(&a, &[&a]), "");
        assert_eq!(label(&c, &[&a, &b, &c]), "hien");
        assert_eq!(label(&b, &[&a, &b, &c]), "sanh · cam-2");
    }

    #[test]
    fn without_a_picture_no_bar_stands_and_without_zones_no_strip() {
        let mut board = board(1);
        assert!(strip(&board, Lang::Vi).into_string().contains("Còn chỗ"));
        board.zones[0].level = None;
        let lost = strip(&board, Lang::Vi).into_string();
        assert!(lost.contains("Mất hình") && lost.contains(r#"class="bar" aria-hidden="true" hidden"#), "{lost}");
        assert!(!lost.contains('%'), "{lost}");
        board.zones.clear();
        assert!(strip(&board, Lang::Vi).into_string().contains(r#"class="zones" hidden"#));
    }
}
