//! `:` goes where one says.

use tui::keys::Code;
use tui::model::{Lang, Pane, RowId};

use crate::{Desk, counter};

fn jumped(line: &str) -> Desk {
    let mut desk = Desk::new();
    desk.types(&format!(":{line}"));
    desk.press(Code::Enter);
    assert!(desk.model.overlay.is_none());
    desk
}

#[test]
fn to_a_counter_however_it_is_named() {
    for line in ["quay 5", "quầy 5", "counter 5", "q 5", "coúnte 5", "quay q5", "q5", "Quầy 5"] {
        let desk = jumped(line);
        assert_eq!((desk.model.pane, desk.selected()), (Pane::Counters, Some(counter("q5"))), "{line}");
    }
}

#[test]
fn to_a_service_a_device_a_camera() {
    let service = jumped("dv dat-dai");
    let service_row = service.selected();
    assert_eq!(service.model.pane, Pane::Services);
    assert!(matches!(&service_row, Some(RowId::Service(id)) if id.as_str().contains("dat")), "{service_row:?}");
    for line in ["dịch vụ đất đai", "thu tuc dat dai", "service dat-dai", "ticket A999 x"] {
        let desk = jumped(line);
        if line.starts_with("ticket") {
            assert_eq!(desk.selected(), None);
            assert!(desk.model.notice.as_ref().unwrap().sentence(Lang::Vi).contains("A999"));
        } else {
            assert_eq!(desk.selected(), service_row, "{line}");
        }
    }
    assert_eq!(jumped("thiet-bi kiosk-1").selected(), Some(RowId::Device("kiosk-1".parse().unwrap())));
    assert_eq!(jumped("camera 3").model.pane, Pane::Zones);
}

#[test]
fn to_a_ticket_at_its_counter_or_in_its_line() {
    let desk = Desk::new();
    let serving = desk.board().counters.iter().find(|row| row.ticket.is_some()).unwrap().clone();
    let found = jumped(&format!("phieu {}", serving.ticket.unwrap().as_str().to_lowercase()));
    assert_eq!(found.selected(), Some(counter(serving.counter.as_str())));
    let waits = desk.board().services.iter().find(|row| !row.next.is_empty()).unwrap().clone();
    let found = jumped(&format!("phiếu {}", waits.next[0]));
    assert_eq!(found.selected(), Some(RowId::Service(waits.service)));
}

#[test]
fn to_a_pane() {
    for (line, pane) in [
        ("quay", Pane::Counters),
        ("thủ tục", Pane::Services),
        ("đánh giá", Pane::Ratings),
        ("devices", Pane::Devices),
        ("canh-bao", Pane::Alerts),
        ("thư chết", Pane::DeadLetters),
        ("tin hỏng", Pane::DeadLetters),
    ] {
        assert_eq!(jumped(line).model.pane, pane, "{line}");
    }
}

#[test]
fn a_filter_that_hides_the_row_is_taken_away() {
    let mut desk = Desk::new();
    desk.types("/hop");
    desk.press(Code::Enter);
    desk.types(":quay 5");
    desk.press(Code::Enter);
    assert_eq!(desk.selected(), Some(counter("q5")));
    assert_eq!(desk.model.active().filter.text, "");
    assert!(desk.model.rows(Pane::Counters).contains(&counter("q5")));
}
