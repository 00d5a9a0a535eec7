//! Which pane stands where: one answer for drawing, for paging and for the mouse.
//!
//! ```text
//!  small, counters              small, another pane       wide                          tall and wide
//! ┌──────────────────────┐    ┌──────────────────────┐  ┌──────────────────┬────────┐  ┌──────────────┬──────────────┐
//! │ bar · news · figures │    │ bar · news · figures │  │ bar · news · figures      │  │ bar · news · figures        │
//! ├──────────────────────┤    ├──────────────────────┤  ├──────────────────┬────────┤  ├──────────────┬──────────────┤
//! │ services in trouble  │    │                      │  │ services         │ alerts │  │ alerts       │ counters     │
//! ├───────┬───────┬──────┤    │ the pane             │  │                  │ calls  │  │ services     │              │
//! │ counters, side by    │    │                      │  │                  │ ratings│  │              ├──────────────┤
//! │ side │        │      │    │                      │  ├──────┬──────┬────┴──┬─────┤  ├──────┬───────┤ devices      │
//! ├───────┴───────┴──────┤    ├──────────────────────┤  │ counters, side by side    │  │ calls│ratings├──────────────┤
//! │ notice · keys        │    │ notice · keys        │  ├──────┴──────┴───────┴─────┤  │      │zones  │ dead letters │
//! └──────────────────────┘    └──────────────────────┘  │ notice · keys             │  └──────┴───────┴──────────────┘
//!                                                       └───────────────────────────┘
//! ```

use ratatui::layout::Rect;

use crate::model::{Model, Pane, Size};

/// The smallest terminal that anything useful fits into.
pub const SMALLEST: Size = Size { cols: 60, rows: 15 };
/// Lines above the panes: the bar, what is the matter, the figures.
pub const HEAD: u16 = 3;
/// Lines below the panes: the notice, the keys.
pub const FOOT: u16 = 2;
/// A cell of the grid is never narrower.
const CELL: u16 = 19;
/// A cell in which an officer's name has room.
const ROOMY: u16 = 30;
/// Services in trouble: their heading and three lines, whatever else wants the space.
const BRIEF: u16 = 4;

/// How a pane is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Rows with their columns.
    Table,
    /// Short cells, down the first column, then down the next.
    Grid,
    /// Only what is in trouble, without a cursor.
    Brief,
}

/// One pane on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region {
    pub pane: Pane,
    pub area: Rect,
    pub form: Form,
}

/// Cells side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    pub columns: u16,
    pub rows: u16,
    /// Columns of the screen that a cell has, without the line between cells.
    pub cell: u16,
}

/// Whether anything useful fits.
pub fn fits(size: Size) -> bool {
    size.cols >= SMALLEST.cols && size.rows >= SMALLEST.rows
}

/// Where the panes are.
pub fn body(size: Size) -> Rect {
    Rect::new(0, HEAD, size.cols, size.rows.saturating_sub(HEAD + FOOT))
}

/// The panes that are on the screen, and where.
pub fn regions(model: &Model) -> Vec<Region> {
    let body = body(model.size);
    let counters = cells(model);
    if model.expanded {
        return vec![Region { pane: model.pane, area: body, form: Form::Table }];
    }
    match (body.width, body.height) {
        (180.., 42..) => tall_and_wide(body),
        (110.., 29..) => wide(body, counters, model.pane),
        _ => small(body, counters, model.pane),
    }
}

/// Cells that the grid has room for: a filter takes rows away, and no pane moves for it.
pub fn cells(model: &Model) -> usize {
    let counters = model.shown().map_or(0, |board| board.counters.len());
    model.rows(Pane::Counters).len().max(counters)
}

/// The region of the pane that the keys go to.
pub fn active(model: &Model) -> Option<Region> {
    regions(model).into_iter().find(|region| region.pane == model.pane && region.form != Form::Brief)
}

fn small(body: Rect, counters: usize, pane: Pane) -> Vec<Region> {
    if pane != Pane::Counters {
        return vec![Region { pane, area: body, form: Form::Table }];
    }
    let brief = BRIEF.min(body.height / 2);
    let grid = grid(body.width, body.height - brief - 1, counters);
    let height = (grid.rows + 1).min(body.height - brief);
    let [above, below] = cut_below(body, body.height - height);
    vec![
        Region { pane: Pane::Services, area: above, form: Form::Brief },
        Region { pane: Pane::Counters, area: below, form: Form::Grid },
    ]
}

fn wide(body: Rect, counters: usize, pane: Pane) -> Vec<Region> {
    // As many cells side by side as still have room for a name: the services want the lines.
    let rows = u16::try_from(counters).unwrap_or(u16::MAX).div_ceil((body.width + 1) / ROOMY);
    let height = grid(body.width, rows.clamp(1, body.height / 2), counters).rows + 1;
    let [above, below] = cut_below(body, body.height - height);
    let [left, right] = cut_right(above, above.width - 46);
    let mut regions = vec![
        Region { pane: Pane::Services, area: left, form: Form::Table },
        Region { pane: Pane::Counters, area: below, form: Form::Grid },
    ];
    if matches!(pane, Pane::Ratings | Pane::Zones | Pane::Devices | Pane::DeadLetters) {
        regions.push(Region { pane, area: right, form: Form::Table });
        return regions;
    }
    let [alerts, rest] = cut_below(right, 6.min(right.height / 3));
    let [calls, ratings] = cut_below(rest, rest.height.saturating_sub(7).max(rest.height / 2));
    regions.push(Region { pane: Pane::Alerts, area: alerts, form: Form::Table });
    regions.push(Region { pane: Pane::Calls, area: calls, form: Form::Table });
    regions.push(Region { pane: Pane::Ratings, area: ratings, form: Form::Table });
    regions
}

fn tall_and_wide(body: Rect) -> Vec<Region> {
    let [left, right] = cut_right(body, (body.width - 1) * 21 / 40);
    let [alerts, rest] = cut_below(left, 6);
    let [services, rest] = cut_below(rest, 27.min(rest.height * 3 / 5));
    let [calls, rest] = cut_right(rest, (rest.width - 1) / 2);
    let [ratings, zones] = cut_below(rest, 8.min(rest.height / 2));
    let [counters, rest] = cut_below(right, 42.min(right.height - 10));
    let [devices, dead_letters] = cut_below(rest, rest.height * 3 / 5);
    [
        (Pane::Alerts, alerts),
        (Pane::Services, services),
        (Pane::Counters, counters),
        (Pane::Calls, calls),
        (Pane::Ratings, ratings),
        (Pane::Zones, zones),
        (Pane::Devices, devices),
        (Pane::DeadLetters, dead_letters),
    ]
    .into_iter()
    .map(|(pane, area)| Region { pane, area, form: Form::Table })
    .collect()
}

/// The first `height` lines, and the rest.
fn cut_below(area: Rect, height: u16) -> [Rect; 2] {
    let height = height.min(area.height);
    [Rect { height, ..area }, Rect { y: area.y + height, height: area.height - height, ..area }]
}

/// The first `width` columns, and the rest behind one column for a line.
fn cut_right(area: Rect, width: u16) -> [Rect; 2] {
    let width = width.min(area.width.saturating_sub(1));
    [Rect { width, ..area }, Rect { x: area.x + width + 1, width: area.width - width - 1, ..area }]
}

/// As few columns as `count` cells need in `rows` lines: the fewer, the more each can say.
pub fn grid(width: u16, rows: u16, count: usize) -> Grid {
    let rows = rows.max(1);
    let count = u16::try_from(count).unwrap_or(u16::MAX).max(1);
    let most = ((width + 1) / (CELL + 1)).max(1);
    let columns = count.div_ceil(rows).clamp(1, most);
    // Few cells in many lines stand beside each other all the same: half a screen is enough for one.
    let columns = columns.max(most.min(2)).min(count);
    Grid { columns, rows: count.div_ceil(columns).min(rows), cell: (width + 1) / columns - 1 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::{Server, Settings};

    fn model(cols: u16, rows: u16, pane: Pane) -> Model {
        let server = Server { url: String::new(), site: domain::SiteId::new("s").unwrap() };
        let mut model = Model::new(server, Settings::default(), Size { cols, rows });
        model.pane = pane;
        let ids = (1..=40).map(|n| crate::model::RowId::Counter(domain::CounterId::new(&format!("q{n}")).unwrap()));
        model.pane_state_mut(Pane::Counters).order = ids.collect();
        model
    }

    #[test]
    fn forty_counters_fit_a_small_terminal_beside_the_services_in_trouble() {
        let regions = regions(&model(80, 24, Pane::Counters));
        let [brief, counters] = &regions[..] else { panic!("{regions:?}") };
        assert_eq!((brief.form, brief.area.height), (Form::Brief, 4));
        let grid = grid(counters.area.width, counters.area.height - 1, 40);
        assert!(grid.columns * grid.rows >= 40, "{grid:?}");
        assert_eq!(grid.cell, 26);
    }

    #[test]
    fn a_tall_and_wide_terminal_shows_every_pane_and_every_row_of_the_two_that_matter() {
        let regions = regions(&model(200, 60, Pane::Counters));
        let height = |pane| regions.iter().find(|r| r.pane == pane).map_or(0, |r| r.area.height);
        for pane in Pane::ALL {
            assert!(height(pane) >= 5, "{pane:?}");
        }
        assert!(height(Pane::Counters) >= 42 && height(Pane::Services) >= 26);
    }

    proptest! {
        #[test]
        fn panes_never_overlap_and_the_active_one_is_there(
            cols in SMALLEST.cols..260, rows in SMALLEST.rows..90, pane in 0_usize..8, expanded: bool,
        ) {
            let mut model = model(cols, rows, Pane::ALL[pane]);
            model.expanded = expanded;
            let all = regions(&model);
            let body = body(model.size);
            for (at, region) in all.iter().enumerate() {
                prop_assert!(body.intersection(region.area) == region.area, "{region:?} leaves {body:?}");
                prop_assert!(region.area.height >= 2, "{region:?}");
                for other in &all[at + 1..] {
                    prop_assert!(!region.area.intersects(other.area), "{region:?} {other:?}");
                }
            }
            prop_assert!(active(&model).is_some());
        }

        #[test]
        fn a_grid_keeps_to_its_width(width in 60_u16..260, rows in 1_u16..60, count in 0_usize..200) {
            let grid = grid(width, rows, count);
            prop_assert!(grid.columns * (grid.cell + 1) <= width + 1);
            prop_assert!(grid.rows >= 1 && grid.rows <= rows && grid.cell >= CELL);
        }
    }
}
