use proptest::prelude::*;

use super::*;
use crate::model::{Lang, RowId};
use crate::sample;

/// The counters that a filter shows, of the sample centre's forty.
fn counters(filter: &str) -> Vec<String> {
    shown(filter, false)
}

fn shown(filter: &str, privacy: bool) -> Vec<String> {
    let board = sample::board(40);
    let seen = Seen { board: &board, as_of: board.as_of, dead_letters: &[], privacy };
    let filter = Filter::new(filter);
    assert_eq!(filter.mistake, None, "{}", filter.text);
    let ids = board.counters.iter().map(|row| row.counter);
    let shown = ids.filter(|id| facts(&seen, &RowId::Counter(*id)).is_some_and(|facts| filter.shows(&facts)));
    shown.map(|id| id.to_string()).collect()
}

fn mistake(filter: &str) -> FilterMistake {
    let read = Filter::new(filter);
    assert!(read.shows_all(), "a filter that is not understood shows all");
    read.mistake.expect(filter)
}

#[test]
fn nothing_typed_shows_all() {
    assert_eq!(counters("").len(), 40);
    assert_eq!(counters("   ").len(), 40);
}

#[test]
fn text_is_found_with_and_without_diacritics() {
    let with = counters("Ánh");
    assert!(!with.is_empty() && with.len() < 40);
    assert_eq!(counters("ánh"), with);
    assert_eq!(counters("a\u{301}nh"), with, "decomposed");
    assert_eq!(counters("anh"), with, "typed without");
    assert_eq!(counters("họp giao"), ["q18"]);
    assert_eq!(counters("HOP"), ["q18"]);
}

#[test]
fn what_a_row_says_of_its_state_is_found() {
    assert_eq!(counters("ngung"), ["q9", "q18"]);
    assert_eq!(counters("tạm ngưng"), ["q9", "q18"]);
    assert_eq!(counters("paused"), ["q9", "q18"]);
}

#[test]
fn terms_are_joined_and_turned_round() {
    assert_eq!(counters("tt=ngung").len(), 2);
    assert_eq!(counters("tt=ngung !hop"), ["q9"]);
    assert_eq!(counters("!tt=ngung").len(), 38);
    assert_eq!(counters("tt!=ngung").len(), 38);
}

#[test]
fn fields_go_by_vietnamese_and_english_names() {
    for same in ["quay=3", "quầy=3", "counter=3", "counter=q3", "quay=quay-3", "\"quầy=Quầy 3\"", "q=03", "coúnte=3"]
    {
        assert_eq!(counters(same), ["q3"], "{same}");
    }
    let paused = counters("state=paused");
    assert_eq!(paused, ["q9", "q18"]);
    for same in ["tt=tam-dung", "tt=tạm-ngưng", "trạng-thái=paused", "status=páued", "\"tt=tạm dừng\""] {
        assert_eq!(counters(same), paused, "{same}");
    }
    assert_eq!(counters("ly-do=lunch"), ["q9"]);
}

#[test]
fn figures_are_compared_in_minutes() {
    let long = counters("cho>15");
    assert!(!long.is_empty() && long.len() < 40);
    assert_eq!(counters("wait>15"), long);
    assert_eq!(counters("ưait>15"), long, "typed through Telex");
    assert_eq!(counters("chờ>15p"), long);
    assert_eq!(counters("wait>0,25h"), long);
    assert_eq!(counters("wait<=15").len() + long.len(), counters("wait>=0").len());
    assert_eq!(counters("tu>40 tt=phuc-vu"), ["q30"]);
    let busy = counters("tai>90");
    assert!(!busy.is_empty() && busy.len() < 40, "{busy:?}");
}

/// The services that a filter shows.
fn services(filter: &str) -> Vec<String> {
    let board = sample::board(40);
    let seen = Seen { board: &board, as_of: board.as_of, dead_letters: &[], privacy: false };
    let filter = Filter::new(filter);
    assert_eq!(filter.mistake, None, "{}", filter.text);
    let ids = board.services.iter().map(|row| row.service);
    let shown = ids.filter(|id| facts(&seen, &RowId::Service(*id)).is_some_and(|facts| filter.shows(&facts)));
    shown.map(|id| id.to_string()).collect()
}

#[test]
fn what_is_promised_and_how_it_holds_can_be_asked_for() {
    assert_eq!(services("du-kien>400"), ["dau-tu"]);
    for same in ["dự-kiến>2h", "expected>120", "ẽpected>120"] {
        assert_eq!(services(same), ["dat-dai-bien-dong", "dau-tu"], "{same}");
    }
    for same in ["hen<85", "đúng-hẹn<85%", "kept<85"] {
        assert_eq!(services(same), ["ho-tich"], "{same}");
    }
    assert_eq!(services("hen>=0").len(), 23, "one has promised nothing yet");
}

#[test]
fn what_is_not_known_is_neither_less_nor_more() {
    // Closed counters have no utilisation.
    let known = counters("load>=0").len();
    assert!(known < 40);
    assert_eq!(counters("load<1000").len(), known);
}

#[test]
fn hidden_names_cannot_be_asked_for() {
    let name = sample::board(1).counters.remove(0).officer_name.unwrap();
    let (whole, last) = (format!("\"{name}\""), format!("cb={}", name.rsplit(' ').next().unwrap()));
    for asked in [whole, last] {
        assert!(!shown(&asked, false).is_empty(), "{asked}");
        assert!(shown(&asked, true).is_empty(), "{asked}");
    }
}

#[test]
fn a_wrong_filter_says_why() {
    assert_eq!(mistake("foo=3"), FilterMistake::UnknownField { field: "foo".into() });
    assert_eq!(mistake("cho>"), FilterMistake::NoValue { field: "cho".into() });
    assert_eq!(mistake("wait>long"), FilterMistake::NotANumber { field: "wait".into(), value: "long".into() });
    assert_eq!(mistake("quay>3"), FilterMistake::NotComparable { field: "quay".into() });
    assert_eq!(mistake("\"dat dai"), FilterMistake::OpenQuote);
    for lang in [Lang::Vi, Lang::En] {
        assert!(mistake("foo=3").sentence(lang).contains("foo"));
    }
}

proptest! {
    #[test]
    fn any_text_is_read_and_shows_or_says_why(text in "\\PC{0,40}") {
        let filter = Filter::new(&text);
        prop_assert!(filter.mistake.is_none() || filter.shows_all());
    }

    #[test]
    fn a_row_is_shown_by_a_condition_or_by_its_contrary(text in "[a-zđươ0-9]{1,6}") {
        let turned = format!("!{text}");
        prop_assert_eq!(counters(&text).len() + counters(&turned).len(), 40);
    }
}
