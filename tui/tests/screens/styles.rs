//! What the text of a screen does not show: colours.

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};
use tui::keys::{Code, Stroke};
use tui::message::What;
use tui::model::{Colours, Model, Settings, Size, Theme, Trouble};
use tui::sample::{self, HEARD_MS, say};

use super::{SMALL, TALL, WIDE, centre, frame};

fn with(size: Size, colours: Colours, theme: Theme) -> Model {
    sample::model(size, Settings { colours, theme, ..Settings::default() }, 40)
}

/// The cell where `text` begins on the screen.
fn at<'b>(buffer: &'b Buffer, text: &str) -> &'b ratatui::buffer::Cell {
    let width = usize::from(buffer.area.width);
    let line =
        |row: usize| -> String { buffer.content[row * width..(row + 1) * width].iter().map(|c| c.symbol()).collect() };
    let rows = buffer.content.len() / width;
    let row = (0..rows).find_map(|row| line(row).find(text).map(|byte| (row, byte)));
    let (row, byte) = row.expect("the text is on the screen");
    let column = line(row)[..byte].chars().count();
    &buffer.content[row * width + column]
}

#[test]
fn without_colours_there_is_none_and_trouble_still_stands_out() {
    for size in [SMALL, WIDE, TALL] {
        for theme in [Theme::Dark, Theme::Light] {
            let buffer = frame(&with(size, Colours::None, theme));
            let known = Modifier::BOLD | Modifier::UNDERLINED | Modifier::REVERSED;
            for cell in &buffer.content {
                assert_eq!((cell.fg, cell.bg), (Color::Reset, Color::Reset), "{cell:?}");
                assert!(known.contains(cell.modifier), "{cell:?}");
            }
            let trouble = at(&buffer, if size == TALL { "! Quầy 7" } else { "!q7" });
            assert!(!trouble.modifier.is_empty());
        }
    }
}

#[test]
fn promises_that_do_not_hold_warn_in_words_and_in_colour() {
    for colours in [Colours::True, Colours::None] {
        let mut model = with(TALL, colours, Theme::Dark);
        for key in ["1", "e"] {
            say(&mut model, HEARD_MS + 100, What::Key(Stroke::char(key.chars().next().expect("a key"))));
        }
        let buffer = frame(&model);
        let (broken, kept) = (at(&buffer, "!80%"), at(&buffer, "95%"));
        assert_ne!(broken.style(), kept.style(), "{colours:?}");
        assert_ne!(at(&buffer, "5h00–7h20 trễ?").style(), kept.style(), "{colours:?}");
    }
}

#[test]
fn sixteen_colours_are_enough() {
    for theme in [Theme::Dark, Theme::Light] {
        let buffer = frame(&with(WIDE, Colours::Sixteen, theme));
        for cell in &buffer.content {
            for colour in [cell.fg, cell.bg] {
                assert!(!matches!(colour, Color::Indexed(_) | Color::Rgb(..)), "{cell:?}");
            }
        }
    }
}

#[test]
fn the_ground_is_painted_everywhere_or_nowhere() {
    for theme in [Theme::Dark, Theme::Light] {
        let painted = frame(&with(WIDE, Colours::True, theme));
        assert!(painted.content.iter().all(|cell| cell.bg != Color::Reset), "{theme:?}");
        let own = frame(&with(WIDE, Colours::Sixteen, theme));
        assert!(own.content.iter().filter(|cell| cell.bg == Color::Reset).count() > own.content.len() * 9 / 10);
    }
}

#[test]
fn calm_is_grey_and_only_trouble_is_orange() {
    let buffer = frame(&centre(SMALL));
    let orange =
        |cell: &&ratatui::buffer::Cell| [cell.fg, cell.bg].iter().any(|c| matches!(c, Color::Indexed(208 | 214)));
    let share = buffer.content.iter().filter(orange).count() * 100 / buffer.content.len();
    assert!((1..12).contains(&share), "{share} % of the screen are orange");
    assert_eq!(at(&buffer, "► B011").fg, Color::Indexed(117));
    assert_eq!(at(&buffer, "· đóng  2h30").fg, Color::Indexed(248));
}

#[test]
fn old_figures_are_grey_all_of_them() {
    let mut model = centre(WIDE);
    for code in [Code::Char('j'), Code::Enter] {
        say(&mut model, HEARD_MS + 10, What::Key(Stroke::plain(code)));
    }
    say(&mut model, HEARD_MS + 10, What::Lost(Trouble::Closed { detail: String::new() }));
    let buffer = frame(&model);
    let width = usize::from(buffer.area.width);
    let body = &buffer.content[3 * width..38 * width];
    let alive: Vec<_> = body.iter().filter(|c| c.symbol() != " " && c.fg != Color::Indexed(248)).collect();
    assert!(alive.is_empty(), "{alive:?}");
    assert_eq!(at(&buffer, "Mất kết nối từ").bg, Color::Indexed(208));
}

#[test]
fn the_row_under_the_cursor_differs_as_a_whole() {
    let mut model = centre(SMALL);
    say(&mut model, HEARD_MS + 10, What::Key(Stroke::char('j')));
    for colours in [Colours::True, Colours::Sixteen, Colours::None] {
        model.settings.colours = colours;
        let buffer = frame(&model);
        let width = usize::from(buffer.area.width);
        let row =
            buffer.content.chunks(width).position(|row| row[1].symbol() == "q" && row[2].symbol() == "7").unwrap();
        let cells = &buffer.content[row * width + 4..row * width + 25];
        let beside = &buffer.content[row * width + 40];
        assert!(cells.iter().all(|c| c.bg != beside.bg || c.modifier != beside.modifier), "{colours:?}");
    }
}
