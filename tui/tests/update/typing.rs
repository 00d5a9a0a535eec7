//! Lines being typed.

use tui::keys::{Code, Stroke};
use tui::message::What;
use tui::model::{Overlay, Pane};

use crate::Desk;

fn line(desk: &Desk) -> &str {
    match &desk.model.overlay {
        Some(Overlay::Prompt(prompt)) => {
            assert!(prompt.text.is_char_boundary(prompt.cursor));
            &prompt.text
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_filter_works_while_it_is_typed_and_escape_brings_back_what_was() {
    let mut desk = Desk::new();
    desk.types("/tt=ngung");
    assert_eq!(desk.rows(Pane::Counters).len(), 2);
    desk.press(Code::Enter);
    assert_eq!(desk.rows(Pane::Counters).len(), 2);
    desk.types("/ họp");
    assert_eq!(desk.rows(Pane::Counters), ["q18"]);
    desk.press(Code::Esc);
    assert_eq!(desk.rows(Pane::Counters).len(), 2);
    assert_eq!(desk.model.active().filter.text, "tt=ngung");
}

#[test]
fn a_wrong_filter_shows_all_and_says_why() {
    let mut desk = Desk::new();
    desk.types("/foo=1");
    assert_eq!(desk.rows(Pane::Counters).len(), 40);
    assert!(desk.model.active().filter.mistake.is_some());
}

#[test]
fn editing_is_by_characters_whatever_their_length() {
    let mut desk = Desk::new();
    desk.types(":quầy đ");
    desk.press(Code::Left);
    desk.press(Code::Backspace);
    desk.types("x");
    assert_eq!(line(&desk), "quầyxđ");
    desk.press(Code::Home);
    desk.press(Code::Delete);
    desk.press(Code::Right);
    assert_eq!(line(&desk), "uầyxđ");
    desk.press(Code::End);
    desk.press(Code::Backspace);
    assert_eq!(line(&desk), "uầyx");
    desk.types(" 5 6");
    desk.say(What::Key(Stroke::ctrl('w')));
    assert_eq!(line(&desk), "uầyx 5 ");
    desk.say(What::Key(Stroke::ctrl('u')));
    assert_eq!(line(&desk), "");
    desk.press(Code::Backspace);
    desk.press(Code::Left);
    assert_eq!(line(&desk), "");
}

#[test]
fn an_input_method_that_takes_letters_back_types_what_is_seen() {
    let mut desk = Desk::new();
    desk.types("/da");
    desk.press(Code::Backspace);
    desk.press(Code::Backspace);
    desk.types("đâ");
    desk.press(Code::Backspace);
    desk.types("ất");
    assert_eq!(line(&desk), "đất");
    assert!(!desk.rows(Pane::Counters).is_empty());
}

#[test]
fn pasted_text_is_typed_into_a_line_and_nowhere_else() {
    let mut desk = Desk::new();
    assert!(!desk.say(What::Paste("qqq".into())).redraw, "it is not a row of commands");
    desk.types("/");
    desk.say(What::Paste("đất\tđai\n".into()));
    assert_eq!(line(&desk), "đất đai");
    desk.say(What::Paste("x".repeat(10_000)));
    assert!(line(&desk).len() <= 200);
}

#[test]
fn lines_typed_before_are_at_hand() {
    let mut desk = Desk::new();
    for filter in ["/hop", "/tt=ngung", "/hop"] {
        desk.types(filter);
        desk.press(Code::Enter);
        desk.press(Code::Esc);
    }
    desk.types("/");
    desk.press(Code::Up);
    assert_eq!(line(&desk), "hop");
    assert_eq!(desk.rows(Pane::Counters), ["q18"], "it works at once");
    desk.press(Code::Up);
    assert_eq!(line(&desk), "tt=ngung");
    desk.press(Code::Up);
    assert_eq!(line(&desk), "tt=ngung", "there are no more");
    desk.press(Code::Down);
    desk.press(Code::Down);
    assert_eq!(line(&desk), "");
    desk.press(Code::Esc);
    desk.types(":");
    desk.press(Code::Up);
    assert_eq!(line(&desk), "", "jumps are lines of their own");
}
