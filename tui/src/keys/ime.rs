//! What Vietnamese input methods make of keys, undone.
//!
//! An input method left on while commands are typed turns `w` into `ư`, `[` into `ơ`, `]` into
//! `ư`, `dd` into `đ`; after a vowel the keys `s f r x j` become its tone and `a e o w` its hat,
//! horn or bowl. Some send the finished letter alone, some first take the letter back with a
//! Backspace, some send the mark as a character of its own. What was meant is found again here.

use unicode_normalization::UnicodeNormalization;

use super::{Code, Command, Scope, Stroke, command};

/// The last strokes, as far as an input method may still rewrite them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Typed {
    /// The base letter typed last.
    letter: Option<char>,
    /// It was taken back by a Backspace.
    taken_back: bool,
}

impl Typed {
    /// What a stroke means in a scope where letters are commands; an input method's letter is
    /// taken for the key that was pressed.
    pub fn meaning(&mut self, scope: Scope, stroke: Stroke) -> Option<Command> {
        let before = *self;
        self.remember(stroke);
        command(scope, stroke).or_else(|| {
            let meant = before.meant(stroke.typed()?);
            meant.iter().find_map(|key| command(scope, Stroke::char(*key)))
        })
    }

    fn remember(&mut self, stroke: Stroke) {
        *self = match (stroke.code, stroke.typed()) {
            (Code::Backspace, _) => Self { taken_back: self.letter.is_some(), ..*self },
            (_, Some(c)) => Self { letter: Some(parts(c).0), taken_back: false },
            _ => Self::default(),
        };
    }

    /// The keys that may have been pressed for `c`, the likeliest first.
    fn meant(self, c: char) -> Vec<char> {
        if let Some(key) = key_of_mark(c) {
            // The mark alone: its letter came, and was obeyed, before it.
            return vec![key];
        }
        let (base, marks) = parts(c);
        if self.taken_back && self.letter.is_some_and(|letter| letter.eq_ignore_ascii_case(&base)) {
            // The letter came before, was obeyed and taken back: new is the key of the last mark.
            return match (base.to_ascii_lowercase(), marks.last()) {
                (letter, Some('\u{302}')) => vec![letter],
                ('d', _) => vec!['d'],
                (_, Some(mark)) => key_of_mark(*mark).into_iter().collect(),
                (_, None) => Vec::new(),
            };
        }
        match c {
            'ư' => vec!['w', ']', 'u'],
            'Ư' => vec!['W', '}', 'U'],
            'ơ' => vec!['[', 'o'],
            'Ơ' => vec!['{', 'O'],
            _ if base != c => vec![base],
            _ => Vec::new(),
        }
    }
}

/// The Telex key of a combining mark.
const fn key_of_mark(mark: char) -> Option<char> {
    match mark {
        '\u{301}' => Some('s'),
        '\u{300}' => Some('f'),
        '\u{309}' => Some('r'),
        '\u{303}' => Some('x'),
        '\u{323}' => Some('j'),
        '\u{31b}' | '\u{306}' => Some('w'),
        _ => None,
    }
}

/// A letter without its marks, and the marks: first of the letter itself (hat, horn, bowl), then
/// the tone.
fn parts(c: char) -> (char, Vec<char>) {
    match c {
        'đ' => ('d', vec!['\u{335}']),
        'Đ' => ('D', vec!['\u{335}']),
        _ => {
            let mut all = c.nfd();
            let base = all.next().unwrap_or(c);
            let mut marks: Vec<char> = all.collect();
            // Normal form puts the dot below before the hat; the tone is typed last.
            marks.sort_by_key(|mark| matches!(mark, '\u{300}' | '\u{301}' | '\u{303}' | '\u{309}' | '\u{323}'));
            (base, marks)
        }
    }
}
