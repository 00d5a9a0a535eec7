//! Text into columns: how wide it is, where it is cut, and never in the middle of a letter.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::style::Style;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// On which side of its column a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Side {
    /// Words.
    #[default]
    Left,
    /// Figures.
    Right,
}

/// A character that is a letter of its own and one column wide, whatever stands beside it: of
/// Latin with its Vietnamese letters, of the lines, blocks and shapes. Nearly all text is of these,
/// and is measured and drawn without looking for its graphemes.
const fn is_simple(c: char) -> bool {
    matches!(c, ' '..='~' | '\u{a1}'..='\u{ac}' | '\u{ae}'..='\u{2ff}' | '\u{1e00}'..='\u{1eff}' | '\u{2010}'..='\u{2027}')
        || matches!(c, '\u{2030}'..='\u{205e}' | '\u{2190}'..='\u{2193}' | '\u{2500}'..='\u{25a9}')
}

/// Columns that a text takes.
pub fn width(text: &str) -> u16 {
    let mut columns = 0_usize;
    for c in text.chars() {
        if !is_simple(c) {
            return u16::try_from(text.width()).unwrap_or(u16::MAX);
        }
        columns += 1;
    }
    u16::try_from(columns).unwrap_or(u16::MAX)
}

/// A text from outside as it may be drawn: composed, on one line, and with nothing in it that
/// turns the terminal or the reading direction.
pub fn tame(text: &str) -> Cow<'_, str> {
    let wild = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let composed = is_nfc_quick(text.chars()) == IsNormalized::Yes;
    if composed && !text.contains(wild) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.nfc().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| !wild(*c)).collect())
}

/// The text in at most `columns`, whole or cut at the end and marked as cut.
pub fn fit<'t>(text: &'t str, columns: u16, cut: &str) -> Cow<'t, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let Some(room) = columns.checked_sub(width(cut)) else { return Cow::Borrowed("") };
    let mut used = 0;
    let mut end = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        let wide = width(grapheme);
        if used + wide > room {
            break;
        }
        used += wide;
        end = at + grapheme.len();
    }
    Cow::Owned(format!("{}{cut}", text[..end].trim_end()))
}

/// Lines of at most `columns`, broken between words; a word longer than a line is cut.
pub fn wrap(text: &str, columns: u16, cut: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if width(line) + 1 + width(word) <= columns => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(fit(word, columns, cut).into_owned()),
        }
    }
    lines
}

/// Writes `text` into the columns `x..x + columns` of line `y`; what is outside of the buffer is
/// not written. Returns the columns used.
pub fn put(buffer: &mut Buffer, at: (u16, u16), columns: u16, text: &str, style: Style) -> u16 {
    let (x, y) = at;
    let area = buffer.area;
    if y >= area.bottom() || x >= area.right() || columns == 0 {
        return 0;
    }
    if !text.chars().all(is_simple) {
        let (end, _) = buffer.set_stringn(x, y, text, usize::from(columns), style);
        return end - x;
    }
    let room = usize::from(columns.min(area.right() - x));
    let from = buffer.index_of(x, y);
    let mut used = 0;
    for ((at, c), cell) in text.char_indices().zip(&mut buffer.content[from..from + room]) {
        cell.set_symbol(&text[at..at + c.len_utf8()]).set_style(style);
        used += 1;
    }
    used
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn vietnamese_is_as_wide_as_it_looks() {
        for (text, columns) in [("Đất đai", 7), ("ẾỄỘ", 3), ("E\u{302}\u{301}", 1), ("Nguyễn Thị Ánh", 14), ("日本", 4)]
        {
            assert_eq!(width(text), columns, "{text}");
        }
    }

    #[test]
    fn what_is_cut_says_so_and_keeps_whole_letters() {
        assert_eq!(fit("Đất đai", 7, "…"), "Đất đai");
        assert_eq!(fit("Đất đai", 6, "…"), "Đất đ…");
        assert_eq!(fit("Đất đai", 5, "…"), "Đất…", "no blank before the mark");
        assert_eq!(fit("E\u{302}\u{301}E\u{302}\u{301}E\u{302}\u{301}", 2, "…"), "E\u{302}\u{301}…");
        assert_eq!(fit("日本語", 4, "…"), "日…");
        assert_eq!(fit("abc", 0, "…"), "");
        assert_eq!(fit("", 0, "…"), "");
    }

    #[test]
    fn a_name_cannot_turn_the_terminal() {
        assert_eq!(tame("Đất đai"), Cow::Borrowed("Đất đai"));
        assert_eq!(tame("a\u{1b}[2Jb"), "a[2Jb");
        assert_eq!(tame("a\nb\tc"), "a b c");
        assert_eq!(tame("abc\u{202e}def"), "abcdef");
        assert_eq!(tame("Đa\u{302}\u{301}t"), "Đất", "decomposed letters are composed");
    }

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrap("Cửa sổ quá nhỏ", 7, "…"), ["Cửa sổ", "quá nhỏ"]);
        assert_eq!(wrap("khôngdấucách ngắn", 6, "…"), ["không…", "ngắn"]);
        assert!(wrap("", 6, "…").is_empty());
    }

    #[test]
    fn a_simple_character_is_one_column_of_its_own() {
        for c in ('\u{0}'..='\u{ffff}').filter(|c| is_simple(*c)) {
            let text = format!("{c}{c}a{c}");
            assert_eq!((text.width(), text.graphemes(true).count()), (4, 4), "{c:?} {:x}", c as u32);
        }
    }

    proptest! {
        #[test]
        fn the_quick_way_draws_the_same(text in "[a-zĐđẾễỘ░─► ′…·\u{301}日]{0,30}", columns in 0_u16..25, x in 0_u16..22) {
            let area = ratatui::layout::Rect::new(0, 0, 20, 1);
            let (mut quick, mut slow) = (Buffer::empty(area), Buffer::empty(area));
            let used = put(&mut quick, (x, 0), columns, &text, Style::new().bold());
            let (end, _) = if x < 20 { slow.set_stringn(x, 0, &text, usize::from(columns), Style::new().bold()) } else { (x, 0) };
            prop_assert_eq!(used, end - x);
            prop_assert_eq!(quick, slow);
        }

        #[test]
        fn nothing_is_ever_wider_than_its_column(text in "[\\PCếỄộa-zĐ日 ]{0,40}", columns in 0_u16..20) {
            let fitted = fit(&text, columns, "…");
            prop_assert!(width(&fitted) <= columns);
            prop_assert!(fitted.as_ref() == text || fitted.is_empty() || fitted.ends_with('…'));
            for line in wrap(&text, columns, "…") {
                prop_assert!(width(&line) <= columns);
            }
        }
    }
}
