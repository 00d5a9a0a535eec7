use std::collections::HashSet;

use super::*;

fn typed(keys: &str) -> Vec<Command> {
    let mut memory = Typed::default();
    let strokes = keys.chars().map(|c| match c {
        '\u{8}' => Stroke::plain(Code::Backspace),
        c => Stroke::char(c),
    });
    strokes.filter_map(|stroke| memory.meaning(Scope::Panes, stroke)).collect()
}

#[test]
fn a_key_means_one_thing_in_one_place() {
    let mut seen = HashSet::new();
    for key in TABLE {
        assert!(!key.strokes.is_empty(), "{:?} has no key", key.command);
        for stroke in key.strokes {
            assert!(seen.insert((key.scope, *stroke)), "{stroke} stands twice in {:?}", key.scope);
        }
    }
    for everywhere in of(Scope::Everywhere).flat_map(|key| key.strokes) {
        let elsewhere = TABLE.iter().filter(|key| key.scope != Scope::Everywhere);
        assert!(elsewhere.flat_map(|key| key.strokes).all(|stroke| stroke != everywhere), "{everywhere} is hidden");
    }
}

#[test]
fn every_action_has_a_key_that_no_input_method_rewrites() {
    for key in TABLE {
        let safe = key.strokes.iter().any(|stroke| stroke.is_never_rewritten());
        assert!(safe, "{:?} in {:?} has only {}", key.command, key.scope, key.names());
    }
}

#[test]
fn every_row_speaks_both_languages() {
    for key in TABLE {
        assert!(!key.words.0.is_empty() && !key.words.1.is_empty(), "{:?}", key.command);
        assert_eq!(key.hint.0.is_empty(), key.hint.1.is_empty(), "{:?}", key.command);
        assert!(unicode_normalization::is_nfc(key.words.0) && unicode_normalization::is_nfc(key.hint.0));
    }
}

#[test]
fn every_pane_has_its_digit() {
    for (at, pane) in Pane::ALL.into_iter().enumerate() {
        let digit = char::from_digit(u32::try_from(at).unwrap() + 1, 10).unwrap();
        assert_eq!(command(Scope::Panes, Stroke::char(digit)), Some(Command::Show(pane)));
    }
}

#[test]
fn letters_of_an_input_method_are_the_keys_that_were_pressed() {
    assert_eq!(typed("ơ"), [Command::PreviousPane], "Telex: [");
    assert_eq!(typed("ư"), [Command::NextPane], "Telex: ]");
    assert_eq!(typed("Ứ"), [], "nothing is bound to what it could be");
    // Preedit: the finished letter alone.
    assert_eq!(typed("ế"), [Command::Expand]);
    // Marks as characters of their own.
    assert_eq!(typed("e\u{301}"), [Command::Expand, Command::Sort]);
    assert_eq!(typed("e\u{300}"), [Command::Expand, Command::Freeze]);
}

#[test]
fn a_letter_taken_back_is_not_obeyed_twice() {
    assert_eq!(typed("e\u{8}é"), [Command::Expand, Command::Sort], "e s");
    assert_eq!(typed("e\u{8}è"), [Command::Expand, Command::Freeze], "e f");
    assert_eq!(typed("e\u{8}ẻ"), [Command::Expand, Command::Reverse], "e r");
    assert_eq!(typed("e\u{8}ẹ"), [Command::Expand, Command::Down], "e j");
    assert_eq!(typed("e\u{8}ê"), [Command::Expand, Command::Expand], "e e");
    assert_eq!(typed("e\u{8}ê\u{8}ế"), [Command::Expand, Command::Expand, Command::Sort], "e e s");
    assert_eq!(typed("\u{8}s"), [Command::Sort], "a Backspace alone means nothing");
}

#[test]
fn plain_keys_are_themselves() {
    assert_eq!(typed("jkGq"), [Command::Down, Command::Up, Command::Bottom, Command::Quit]);
    assert_eq!(command(Scope::Typing, Stroke::char('q')), None, "typed, not obeyed");
    assert_eq!(command(Scope::Typing, Stroke::ctrl('c')), Some(Command::Quit));
}

#[test]
fn the_guide_has_the_table_of_now() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/tui.md");
    let guide = std::fs::read_to_string(path).expect("the guide");
    let (begin, end) = ("<!-- keys -->\n", "\n<!-- end of keys -->");
    let table = guide.split_once(begin).and_then(|(_, rest)| rest.split_once(end)).expect("the marks").0;
    assert_eq!(table.trim(), markdown().trim(), "put this between the marks of docs/tui.md:\n{}", markdown());
}
