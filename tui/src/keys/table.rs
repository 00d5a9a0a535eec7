//! The rows themselves.

use super::{Code, Command as C, Key, Scope, Stroke};
use crate::model::Pane;

const fn row(
    scope: Scope,
    command: C,
    strokes: &'static [Stroke],
    words: (&'static str, &'static str),
    hint: (&'static str, &'static str),
) -> Key {
    Key { scope, command, strokes, words, hint }
}

const NOT_HINTED: (&str, &str) = ("", "");

const UP: Stroke = Stroke::plain(Code::Up);
const DOWN: Stroke = Stroke::plain(Code::Down);
const LEFT: Stroke = Stroke::plain(Code::Left);
const RIGHT: Stroke = Stroke::plain(Code::Right);
const HOME: Stroke = Stroke::plain(Code::Home);
const END: Stroke = Stroke::plain(Code::End);
const PAGE_UP: Stroke = Stroke::plain(Code::PageUp);
const PAGE_DOWN: Stroke = Stroke::plain(Code::PageDown);
const ENTER: Stroke = Stroke::plain(Code::Enter);
const ESC: Stroke = Stroke::plain(Code::Esc);
const TAB: Stroke = Stroke::plain(Code::Tab);
const BACK_TAB: Stroke = Stroke::plain(Code::BackTab);

/// Every key. Hints stand in this order, as many as fit.
pub static TABLE: &[Key] = &[
    row(
        Scope::Panes,
        C::Help,
        &[Stroke::char('?'), Stroke::f(1)],
        ("trợ giúp: các phím ở đây", "help: the keys of this place"),
        ("trợ giúp", "help"),
    ),
    row(
        Scope::Panes,
        C::Filter,
        &[Stroke::char('/'), Stroke::f(3)],
        (
            "lọc dòng, bỏ dấu cũng được: dat dai · !dong · cho>15 · quay=3 · tt=tam-dung · dv=dat-dai",
            "filter the rows, with or without diacritics: text · !text · wait>15 · counter=3 · state=paused · service=dat-dai",
        ),
        ("lọc", "filter"),
    ),
    row(
        Scope::Panes,
        C::Jump,
        &[Stroke::char(':'), Stroke::f(4)],
        (
            "đi tới: quay 5 · phieu a012 · dv dat-dai · thiet-bi kiosk-1",
            "jump to: counter 5 · ticket a012 · service dat-dai · device kiosk-1",
        ),
        ("đi tới", "jump"),
    ),
    row(
        Scope::Panes,
        C::Detail,
        &[ENTER],
        ("chi tiết của dòng đang chọn", "details of the selected row"),
        ("chi tiết", "details"),
    ),
    row(
        Scope::Panes,
        C::Sort,
        &[Stroke::char('s'), Stroke::f(2)],
        ("chọn cột để sắp xếp", "pick the column to sort by"),
        ("sắp xếp", "sort"),
    ),
    row(
        Scope::Panes,
        C::Freeze,
        &[Stroke::char('f'), Stroke::f(8)],
        ("giữ yên màn hình / xem tiếp; dữ liệu vẫn vào", "hold the view still / go on; data keeps coming in"),
        ("giữ yên", "freeze"),
    ),
    row(
        Scope::Panes,
        C::Follow,
        &[Stroke::char('o'), Stroke::ctrl('o')],
        (
            "từ cảnh báo tới quầy hay khu vực của nó; từ quầy tới khu vực camera, và ngược lại",
            "from an alert to its counter or zone; from a counter to its camera's zone, and back",
        ),
        NOT_HINTED,
    ),
    row(
        Scope::Panes,
        C::Expand,
        &[Stroke::char('e'), Stroke::ctrl('e')],
        ("mở bảng ra cả màn hình / thu lại", "the pane on the whole screen / back"),
        ("mở rộng", "expand"),
    ),
    row(
        Scope::Panes,
        C::WhatIf,
        &[Stroke::char('n'), Stroke::ctrl('n')],
        (
            "nếu thêm một quầy cho thủ tục đang chọn thì chờ bao lâu",
            "what if one more counter served the selected service: how long is the wait then",
        ),
        ("nếu thêm quầy", "what if"),
    ),
    row(Scope::Panes, C::NextPane, &[TAB, Stroke::char(']')], ("bảng sau", "next pane"), ("bảng sau", "next pane")),
    row(Scope::Panes, C::PreviousPane, &[BACK_TAB, Stroke::char('[')], ("bảng trước", "previous pane"), NOT_HINTED),
    row(
        Scope::Panes,
        C::Show(Pane::Services),
        &[Stroke::char('1'), Stroke::alt('1')],
        ("thủ tục", "services"),
        NOT_HINTED,
    ),
    row(
        Scope::Panes,
        C::Show(Pane::Counters),
        &[Stroke::char('2'), Stroke::alt('2')],
        ("quầy", "counters"),
        NOT_HINTED,
    ),
    row(
        Scope::Panes,
        C::Show(Pane::Calls),
        &[Stroke::char('3'), Stroke::alt('3')],
        ("số vừa gọi", "calls"),
        NOT_HINTED,
    ),
    row(
        Scope::Panes,
        C::Show(Pane::Ratings),
        &[Stroke::char('4'), Stroke::alt('4')],
        ("đánh giá", "ratings"),
        NOT_HINTED,
    ),
    row(
        Scope::Panes,
        C::Show(Pane::Zones),
        &[Stroke::char('5'), Stroke::alt('5')],
        ("khu vực camera", "camera zones"),
        NOT_HINTED,
    ),
    row(
        Scope::Panes,
        C::Show(Pane::Devices),
        &[Stroke::char('6'), Stroke::alt('6')],
        ("thiết bị", "devices"),
        NOT_HINTED,
    ),
    row(
        Scope::Panes,
        C::Show(Pane::DeadLetters),
        &[Stroke::char('7'), Stroke::alt('7')],
        ("thư chết", "dead letters"),
        NOT_HINTED,
    ),
    row(
        Scope::Panes,
        C::Show(Pane::Alerts),
        &[Stroke::char('8'), Stroke::alt('8')],
        ("cảnh báo", "alerts"),
        NOT_HINTED,
    ),
    row(Scope::Panes, C::Down, &[Stroke::char('j'), DOWN], ("xuống một dòng", "one row down"), NOT_HINTED),
    row(Scope::Panes, C::Up, &[Stroke::char('k'), UP], ("lên một dòng", "one row up"), NOT_HINTED),
    row(Scope::Panes, C::Left, &[Stroke::char('h'), LEFT], ("cột bên trái", "the column to the left"), NOT_HINTED),
    row(Scope::Panes, C::Right, &[Stroke::char('l'), RIGHT], ("cột bên phải", "the column to the right"), NOT_HINTED),
    row(Scope::Panes, C::Top, &[Stroke::char('g'), HOME], ("dòng đầu", "first row"), NOT_HINTED),
    row(Scope::Panes, C::Bottom, &[Stroke::char('G'), END], ("dòng cuối", "last row"), NOT_HINTED),
    row(Scope::Panes, C::PageUp, &[PAGE_UP], ("lên một trang", "one page up"), NOT_HINTED),
    row(Scope::Panes, C::PageDown, &[PAGE_DOWN], ("xuống một trang", "one page down"), NOT_HINTED),
    row(Scope::Panes, C::HalfUp, &[Stroke::ctrl('u')], ("lên nửa trang", "half a page up"), NOT_HINTED),
    row(Scope::Panes, C::HalfDown, &[Stroke::ctrl('d')], ("xuống nửa trang", "half a page down"), NOT_HINTED),
    row(Scope::Panes, C::Reverse, &[Stroke::char('r'), Stroke::f(6)], ("đảo thứ tự", "reverse the order"), NOT_HINTED),
    row(
        Scope::Panes,
        C::Reorder,
        &[Stroke::char(' '), Stroke::f(5)],
        (
            "xếp lại ngay (dòng không tự đổi chỗ khi đang dùng phím)",
            "put in order now (rows keep their places while keys are used)",
        ),
        ("xếp lại", "reorder"),
    ),
    row(
        Scope::Panes,
        C::Privacy,
        &[Stroke::char('p'), Stroke::f(9)],
        ("ẩn / hiện tên cán bộ", "hide / show officers' names"),
        ("ẩn tên", "privacy"),
    ),
    row(
        Scope::Panes,
        C::Bell,
        &[Stroke::char('b'), Stroke::ctrl('g')],
        ("chuông: nghiêm trọng / mọi cảnh báo / tắt", "bell: critical / every warning / off"),
        NOT_HINTED,
    ),
    row(
        Scope::Panes,
        C::Language,
        &[Stroke::char('L'), Stroke::f(7)],
        ("tiếng Việt / English", "English / tiếng Việt"),
        ("English", "tiếng Việt"),
    ),
    row(
        Scope::Panes,
        C::Theme,
        &[Stroke::char('T'), Stroke::ctrl('t')],
        ("nền tối / sáng", "dark / light ground"),
        NOT_HINTED,
    ),
    row(
        Scope::Panes,
        C::Back,
        &[ESC],
        ("bỏ lọc, rồi thu bảng lại", "clear the filter, then leave the whole screen"),
        NOT_HINTED,
    ),
    row(Scope::Panes, C::Quit, &[Stroke::char('q'), Stroke::f(10)], ("thoát", "quit"), ("thoát", "quit")),
    row(Scope::Reading, C::Down, &[Stroke::char('j'), DOWN], ("xuống", "down"), ("xuống", "down")),
    row(Scope::Reading, C::Up, &[Stroke::char('k'), UP], ("lên", "up"), ("lên", "up")),
    row(
        Scope::Reading,
        C::PageDown,
        &[PAGE_DOWN, Stroke::char(' '), Stroke::ctrl('d')],
        ("xuống một trang", "one page down"),
        NOT_HINTED,
    ),
    row(Scope::Reading, C::PageUp, &[PAGE_UP, Stroke::ctrl('u')], ("lên một trang", "one page up"), NOT_HINTED),
    row(Scope::Reading, C::Top, &[Stroke::char('g'), HOME], ("về đầu", "to the top"), NOT_HINTED),
    row(Scope::Reading, C::Bottom, &[Stroke::char('G'), END], ("tới cuối", "to the end"), NOT_HINTED),
    row(
        Scope::Reading,
        C::WhatIf,
        &[Stroke::char('n'), Stroke::ctrl('n')],
        ("ở “nếu thêm quầy”: thêm một quầy nữa", "in the what-if: one counter more"),
        NOT_HINTED,
    ),
    row(
        Scope::Reading,
        C::Back,
        &[ESC, ENTER, Stroke::char('q'), Stroke::char('?'), Stroke::f(1)],
        ("đóng", "close"),
        ("đóng", "close"),
    ),
    row(Scope::Picking, C::Down, &[Stroke::char('j'), DOWN, TAB], ("cột sau", "next column"), NOT_HINTED),
    row(Scope::Picking, C::Up, &[Stroke::char('k'), UP, BACK_TAB], ("cột trước", "previous column"), NOT_HINTED),
    row(Scope::Picking, C::Top, &[Stroke::char('g'), HOME], ("cột đầu", "first column"), NOT_HINTED),
    row(Scope::Picking, C::Bottom, &[Stroke::char('G'), END], ("cột cuối", "last column"), NOT_HINTED),
    row(
        Scope::Picking,
        C::Accept,
        &[ENTER, Stroke::char('s'), Stroke::f(2)],
        ("xếp theo cột này; lần nữa là đảo thứ tự", "sort by this column; once more reverses"),
        ("chọn", "choose"),
    ),
    row(
        Scope::Picking,
        C::Reverse,
        &[Stroke::char('r'), Stroke::f(6)],
        ("xếp theo cột này, ngược lại", "sort by this column, reversed"),
        ("đảo", "reversed"),
    ),
    row(Scope::Picking, C::Back, &[ESC, Stroke::char('q')], ("đóng", "close"), ("đóng", "close")),
    row(Scope::Typing, C::Accept, &[ENTER], ("xong", "done"), ("xong", "done")),
    row(Scope::Typing, C::Back, &[ESC], ("bỏ, như trước khi gõ", "leave, as it was before"), ("bỏ", "leave")),
    row(
        Scope::Typing,
        C::Erase,
        &[Stroke::plain(Code::Backspace), Stroke::ctrl('h')],
        ("xóa ký tự trước", "erase the character before"),
        NOT_HINTED,
    ),
    row(
        Scope::Typing,
        C::EraseNext,
        &[Stroke::plain(Code::Delete)],
        ("xóa ký tự sau", "erase the character after"),
        NOT_HINTED,
    ),
    row(Scope::Typing, C::EraseWord, &[Stroke::ctrl('w')], ("xóa một từ", "erase a word"), NOT_HINTED),
    row(Scope::Typing, C::EraseAll, &[Stroke::ctrl('u')], ("xóa hết", "erase all"), ("xóa hết", "erase all")),
    row(Scope::Typing, C::Up, &[UP, Stroke::ctrl('p')], ("dòng đã gõ trước đó", "the line typed before"), NOT_HINTED),
    row(Scope::Typing, C::Down, &[DOWN, Stroke::ctrl('n')], ("dòng đã gõ sau đó", "the line typed after"), NOT_HINTED),
    row(Scope::Typing, C::Left, &[LEFT], ("sang trái", "left"), NOT_HINTED),
    row(Scope::Typing, C::Right, &[RIGHT], ("sang phải", "right"), NOT_HINTED),
    row(Scope::Typing, C::Top, &[HOME, Stroke::ctrl('a')], ("về đầu", "to the beginning"), NOT_HINTED),
    row(Scope::Typing, C::Bottom, &[END], ("tới cuối", "to the end"), NOT_HINTED),
    row(
        Scope::Everywhere,
        C::Snapshot,
        &[Stroke::ctrl('s')],
        ("lưu màn hình (văn bản) và bảng (CSV)", "save the screen (text) and the pane (CSV)"),
        ("lưu", "save"),
    ),
    row(Scope::Everywhere, C::Redraw, &[Stroke::ctrl('l')], ("vẽ lại", "draw again"), NOT_HINTED),
    row(
        Scope::Everywhere,
        C::Suspend,
        &[Stroke::ctrl('z')],
        ("tạm về dòng lệnh; fg để trở lại", "back to the shell; fg returns"),
        NOT_HINTED,
    ),
    row(Scope::Everywhere, C::Quit, &[Stroke::ctrl('c')], ("thoát", "quit"), NOT_HINTED),
];
