//! The columns that the active pane can be sorted by.
//!
//! ```text
//! ╭ Sắp xếp: Thủ tục ─╮
//! │ › chờ lâu nhất  ↓ │
//! │   số người chờ    │
//! ╰───────────────────╯
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::scene::Scene;
use super::text::{put, width};
use super::window;
use crate::model::Column;
use crate::theme::Role;
use crate::words::Word;

/// Draws the list over the panes, the cursor at `index`.
pub fn draw(buffer: &mut Buffer, around: Rect, scene: &Scene<'_>, index: usize) {
    let pane = scene.model.pane;
    let columns = pane.columns();
    let title = format!("{}: {}", scene.say(Word::SortBy), scene.pane_name(pane));
    let widest = columns.iter().map(|column| width(scene.say(name(*column)))).max().unwrap_or(0);
    let size = ((widest + 10).max(width(&title) + 20), u16::try_from(columns.len() + 2).unwrap_or(u16::MAX));
    let (area, inside) = window::open(buffer, around, size, scene, &title);
    let scroll = (index + 1).saturating_sub(usize::from(inside.height));
    let first = window::scrolled(buffer, area, inside, scene, columns.len(), scroll);
    let sort = scene.model.active().sort;
    for (line, (at, column)) in columns.iter().enumerate().skip(first).take(usize::from(inside.height)).enumerate() {
        let y = inside.y + line as u16;
        let cursor = if at == index { scene.marks.cursor } else { " " };
        let arrow = match (*column == sort.column, sort.reversed) {
            (true, false) => scene.marks.down,
            (true, true) => scene.marks.up,
            _ => " ",
        };
        let text = format!("{cursor} {}  {arrow}", scene.say(name(*column)));
        put(buffer, (inside.x, y), inside.width, &text, scene.style(Role::Text));
        if at == index {
            buffer.set_style(Rect::new(inside.x, y, inside.width, 1), scene.look.cursor());
        }
    }
}

/// What a column is called where there is room.
pub fn name(column: Column) -> Word {
    match column {
        Column::Trouble => Word::SortTrouble,
        Column::Name => Word::SortName,
        Column::Waiting => Word::SortWaiting,
        Column::LongestWait => Word::SortLongest,
        Column::WaitMean => Word::SortMean,
        Column::WaitP90 => Word::SortP90,
        Column::Estimate => Word::SortEstimate,
        Column::Promise => Word::SortPromise,
        Column::Arrivals => Word::SortArrivals,
        Column::Called => Word::SortCalled,
        Column::OpenCounters => Word::SortOpen,
        Column::Status => Word::SortStatus,
        Column::Officer => Word::SortOfficer,
        Column::Ticket => Word::SortTicket,
        Column::Since => Word::SortSince,
        Column::Utilisation => Word::SortUtilisation,
        Column::Served => Word::SortServed,
        Column::ServiceMean => Word::SortServiceMean,
        Column::Time => Word::SortTime,
        Column::Counter => Word::SortCounter,
        Column::Service => Word::SortService,
        Column::Satisfaction => Word::SortSatisfaction,
        Column::Rated => Word::SortRated,
        Column::Level => Word::SortLevel,
        Column::Kind => Word::SortKind,
        Column::State => Word::SortState,
        Column::Age => Word::SortAge,
        Column::Gaps => Word::SortGaps,
        Column::Skew => Word::SortSkew,
        Column::Reason => Word::SortReason,
        Column::Topic => Word::SortTopic,
        Column::Severity => Word::SortSeverity,
        Column::Rule => Word::SortRule,
    }
}
