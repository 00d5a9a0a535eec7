//! What keys do, an input method's letters among them.

use tui::keys::{Code, Stroke};
use tui::message::{Effect, What};
use tui::model::{Bell, Lang, Overlay, Pane, Theme};

use crate::{Desk, has};

#[test]
fn panes_by_digit_by_tab_and_by_an_input_methods_letters() {
    let mut desk = Desk::new();
    assert_eq!(desk.model.pane, Pane::Counters);
    desk.types("6");
    assert_eq!(desk.model.pane, Pane::Devices);
    desk.press(Code::Tab);
    assert_eq!(desk.model.pane, Pane::DeadLetters);
    desk.press(Code::BackTab);
    assert_eq!(desk.model.pane, Pane::Devices);
    desk.types("ư");
    assert_eq!(desk.model.pane, Pane::DeadLetters, "Telex makes ư of ]");
    desk.types("ơ");
    assert_eq!(desk.model.pane, Pane::Devices, "and ơ of [");
}

#[test]
fn a_tone_after_a_letter_is_the_key_of_the_tone() {
    let mut desk = Desk::new();
    desk.types("e");
    assert!(desk.model.expanded);
    desk.press(Code::Backspace);
    desk.types("é");
    assert!(desk.model.expanded, "e was obeyed once");
    assert!(matches!(desk.model.overlay, Some(Overlay::SortPicker { .. })), "s was pressed");
}

#[test]
fn escape_goes_back_one_step_at_a_time() {
    let mut desk = Desk::new();
    desk.types("e/hop");
    desk.press(Code::Enter);
    desk.types("j?");
    desk.press(Code::Esc);
    assert!(desk.model.overlay.is_none());
    assert_eq!(desk.model.active().filter.text, "hop");
    desk.press(Code::Esc);
    assert_eq!(desk.model.active().filter.text, "");
    assert!(desk.model.expanded);
    desk.press(Code::Esc);
    assert!(!desk.model.expanded);
    assert!(desk.selected().is_some());
    desk.press(Code::Esc);
    assert!(desk.selected().is_none());
}

#[test]
fn quitting_by_any_way() {
    assert!(has(&Desk::new().types("q"), &Effect::Quit));
    assert!(has(&Desk::new().press(Code::F(10)), &Effect::Quit));
    let mut desk = Desk::new();
    desk.types("/q");
    assert!(has(&desk.say(What::Key(Stroke::ctrl('c'))), &Effect::Quit), "while typing, too");
    let mut desk = Desk::new();
    desk.types(":q");
    assert!(has(&desk.press(Code::Enter), &Effect::Quit));
    let mut desk = Desk::new();
    desk.types("?q");
    assert!(desk.model.overlay.is_none(), "q closes the help first");
}

#[test]
fn settings_are_turned_by_keys() {
    let mut desk = Desk::new();
    desk.types("LTpb");
    let settings = &desk.model.settings;
    assert_eq!((settings.lang, settings.theme, settings.privacy), (Lang::En, Theme::Light, true));
    assert_eq!(settings.bell, Bell::Warning);
    assert!(desk.model.notice.is_some());
    desk.waits(7);
    assert!(desk.model.notice.is_none(), "a notice goes away");
}

#[test]
fn a_snapshot_is_named_after_what_is_shown() {
    let mut desk = Desk::new();
    let action = desk.say(What::Key(Stroke::ctrl('s')));
    let [Effect::Save { stem, csv }] = action.effects.as_slice() else { panic!("{action:?}") };
    assert_eq!(stem, "tam-ky-counters-20261123-093000", "the site's own clock");
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.len(), 41);
    assert!(lines[0].starts_with("\u{feff}counter,name,status,"));
    assert!(csv.contains("q18,Quầy 18,paused,họp giao ban,cb-018,"));
    desk.types("p");
    let action = desk.say(What::Key(Stroke::ctrl('s')));
    let [Effect::Save { csv, .. }] = action.effects.as_slice() else { panic!("{action:?}") };
    assert!(csv.contains("q18,Quầy 18,paused,họp giao ban,,,"), "hidden names are not written");
    desk.say(What::Saved(Ok("there.txt".into())));
    assert!(desk.model.notice.as_ref().unwrap().sentence(Lang::Vi).contains("there.txt"));
}

#[test]
fn a_cell_is_no_formula() {
    let mut desk = Desk::new();
    desk.hears(|board| board.counters[0].name = "=1+1, \"x\"".into());
    assert!(tui::update::csv(&desk.model, Pane::Counters).contains("\"'=1+1, \"\"x\"\"\""));
}
