//! Every word of the screens, in both languages: one table, for the server's pages and, as a data
//! block in each page, for its scripts.

use std::collections::BTreeMap;

/// Language of a page. The other one stands small beneath its headings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lang {
    /// Vietnamese.
    #[default]
    Vi,
    /// English.
    En,
}

impl Lang {
    /// The tag for `lang` attributes.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Vi => "vi",
            Self::En => "en",
        }
    }

    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Vi => Self::En,
            Self::En => Self::Vi,
        }
    }

    /// The words for a key; the key itself when the table lacks it, which a test rules out for all
    /// keys that this crate names.
    #[must_use]
    pub fn word(self, key: &str) -> &str {
        self.find(key).unwrap_or(key)
    }

    /// The words for a code of the contract under `prefix`; `None` for a code without words.
    #[must_use]
    pub fn code_word(self, prefix: &str, code: &str) -> Option<&'static str> {
        self.find(&format!("{prefix}.{code}"))
    }

    /// The words for a key with one place filled.
    #[must_use]
    pub fn with(self, key: &str, place: &str, value: &str) -> String {
        self.word(key).replace(place, value)
    }

    /// Of the table in this language what a page's scripts write; what stands still is the server's.
    #[must_use]
    pub fn table(self, written: &[&str]) -> BTreeMap<&'static str, &'static str> {
        let is_written = |key: &str| written.iter().any(|word| key.starts_with(word));
        WORDS.iter().filter(|row| is_written(row.0)).map(|row| (row.0, self.of(row))).collect()
    }

    fn find(self, key: &str) -> Option<&'static str> {
        WORDS.iter().find(|row| row.0 == key).map(|row| self.of(row))
    }

    const fn of(self, row: &(&'static str, &'static str, &'static str)) -> &'static str {
        match self {
            Self::Vi => row.1,
            Self::En => row.2,
        }
    }
}

/// What the scripts of a wall write: keys, and beginnings of keys.
pub const OF_WALL: [&str; 8] =
    ["recall", "newest.turn", "priority.", "wait.", "estimate.", "zone.is.", "day.", "link.lost"];
/// What those of a counter's screen write.
pub const OF_COUNTER: [&str; 6] = ["recall", "counter.gone", "counter.now.", "reason.", "day.", "link.lost"];

/// Key, Vietnamese, English.
const WORDS: &[(&str, &str, &str)] = &[
    ("newest", "Xin mời số", "Now calling"),
    ("newest.none", "Chưa có số nào được mời", "No number has been called yet"),
    ("newest.turn", "đến lượt", "your turn"),
    ("calls", "Vừa mời", "Just called"),
    ("recall", "Mời lại", "Called again"),
    ("services", "Thủ tục", "Services"),
    ("services.waiting", "Đang chờ", "Waiting"),
    ("services.expected", "Chờ dự kiến", "Expected wait"),
    ("services.none", "Chưa có thủ tục nào", "No services yet"),
    (
        "filter.none",
        "Trung tâm không có thủ tục hay quầy ghi trong địa chỉ của màn hình này: xem lại services=, counters=",
        "The centre has no service or counter of those in this screen's address: check services=, counters=",
    ),
    ("missed", "Vắng mặt khi mời", "Missed numbers"),
    (
        "missed.what",
        "Lỡ số? Xin báo cán bộ ở quầy đã mời số của mình, sẽ được mời lại.",
        "Missed your number? Please tell the counter that called it, to be called again.",
    ),
    ("missed.none", "Không có", "None"),
    ("zones", "Khu vực chờ", "Waiting area"),
    ("zone.is.free", "Còn chỗ", "Room left"),
    ("zone.is.busy", "Khá đông", "Fairly full"),
    ("zone.is.full", "Đông", "Full"),
    ("zone.is.lost", "Mất hình", "No picture"),
    ("zone.is.none", "Chưa có số liệu", "No data yet"),
    ("hotline", "Đường dây nóng", "Hotline"),
    ("hours", "Giờ làm việc", "Opening hours"),
    ("wait.now", "Được mời ngay", "Right away"),
    ("wait.about", "{n} phút", "{n} min"),
    ("wait.over", "Trên {n} giờ", "Over {n} h"),
    ("wait.longest", "Lâu nhất {n} phút", "Longest {n} min"),
    ("estimate.none", "Chưa xác định", "Not known"),
    ("estimate.why.no_open_counter", "Chưa có quầy phục vụ", "No counter open"),
    ("estimate.why.not_enough_history", "Chưa đủ số liệu", "Not enough data"),
    ("estimate.closed", "Đã đóng", "Closed"),
    ("estimate.opens", "Mở lại {at}", "Opens {at}"),
    ("estimate.into", "Có thể sang {at}", "Maybe after {at}"),
    ("estimate.not_today", "Có thể không kịp trong hôm nay", "May not be called before closing"),
    ("priority.elderly", "Người cao tuổi", "Elderly"),
    ("priority.disabled", "Người khuyết tật", "Disabled"),
    ("priority.pregnant", "Phụ nữ mang thai", "Pregnant"),
    ("priority.child", "Có trẻ nhỏ", "With a child"),
    ("priority.merit", "Người có công", "Merit"),
    ("priority.appointment", "Có hẹn trước", "Appointment"),
    ("link.lost", "Mất kết nối từ {at}", "Connection lost since {at}"),
    ("link.old", "Số trên màn hình là của lúc đó.", "What you see is as of then."),
    ("link.ask", "Xin hỏi cán bộ hướng dẫn.", "Please ask the staff."),
    ("sound.off", "Chưa bật tiếng: bấm OK", "Sound is off: press OK"),
    ("counter.now.called", "Đang mời", "Now calling"),
    ("counter.now.serving", "Đang phục vụ", "Now serving"),
    ("counter.now.open", "Sẵn sàng phục vụ", "Ready to serve"),
    ("counter.now.open.what", "Xin đợi đến lượt", "Please wait for your number"),
    ("counter.now.paused", "Tạm ngưng", "Paused"),
    ("counter.now.paused.what", "Xin đợi trong giây lát", "Back in a moment"),
    ("counter.now.closed", "Quầy đóng", "Closed"),
    ("counter.now.closed.what", "Xin mời sang quầy khác", "Please go to another counter"),
    ("counter.officer", "Cán bộ", "Officer"),
    ("counter.field", "Lĩnh vực", "Field"),
    ("counter.next", "Số tiếp theo", "Next numbers"),
    ("counter.gone", "Quầy này không còn trong danh sách", "This counter is no longer listed"),
    ("reason.break", "Nghỉ giải lao", "Short break"),
    ("reason.lunch", "Nghỉ trưa", "Lunch break"),
    ("reason.meeting", "Đang họp", "In a meeting"),
    ("reason.technical", "Sự cố kỹ thuật", "Technical fault"),
    ("reason.shift_change", "Đang đổi ca", "Change of shift"),
    ("reason.shift_end", "Hết ca", "End of shift"),
    ("reason.training", "Đang tập huấn", "In training"),
    ("reason.documents", "Đang xử lý hồ sơ", "Processing documents"),
    ("reason.consultation", "Đang hội ý", "In consultation"),
    ("start", "Các màn hình", "Screens"),
    ("start.wall", "Màn hình chung", "Wall"),
    ("start.counters", "Màn hình quầy", "Counter screens"),
    ("start.none", "Chưa có trung tâm nào", "No centre yet"),
    (
        "start.none.what",
        "Trung tâm hiện ra khi có thiết bị đầu tiên lên tiếng.",
        "A centre appears with its first device.",
    ),
    ("error.again", "Trang này tự tải lại sau 10 giây.", "This page reloads by itself every 10 seconds."),
    ("day.1", "Thứ Hai", "Monday"),
    ("day.2", "Thứ Ba", "Tuesday"),
    ("day.3", "Thứ Tư", "Wednesday"),
    ("day.4", "Thứ Năm", "Thursday"),
    ("day.5", "Thứ Sáu", "Friday"),
    ("day.6", "Thứ Bảy", "Saturday"),
    ("day.7", "Chủ Nhật", "Sunday"),
];

#[cfg(test)]
mod tests {
    use domain::event::Priority;

    use super::*;

    #[test]
    fn every_key_stands_once_and_has_words_in_both_languages() {
        let keys: std::collections::BTreeSet<_> = WORDS.iter().map(|row| row.0).collect();
        assert_eq!(keys.len(), WORDS.len());
        for (key, vi, en) in WORDS {
            assert!(!vi.is_empty() && !en.is_empty() && vi != en, "{key}");
            assert_eq!(vi.contains("{n}"), en.contains("{n}"), "{key}");
            assert_eq!(vi.contains("{at}"), en.contains("{at}"), "{key}");
        }
    }

    #[test]
    fn every_priority_class_but_the_normal_one_has_words() {
        for priority in Priority::ALL {
            let words = Lang::Vi.code_word("priority", priority.code());
            assert_eq!(words.is_none(), *priority == Priority::Normal, "{priority}");
        }
    }

    #[test]
    fn every_key_that_the_pages_name_is_in_the_table() {
        let sources = [
            include_str!("mod.rs"),
            include_str!("show.rs"),
            include_str!("wall.rs"),
            include_str!("rows.rs"),
            include_str!("counter.rs"),
            include_str!("start.rs"),
            include_str!("trouble.rs"),
            include_str!("zones.rs"),
        ];
        let mut named = 0;
        for source in sources {
            for call in [".word(\"", "heading(lang, \"", ".with(\""] {
                for rest in source.split(call).skip(1) {
                    let key = rest.split('"').next().unwrap();
                    assert!(Lang::Vi.find(key).is_some(), "{key}");
                    named += 1;
                }
            }
        }
        assert!(named > 15, "{named}");
    }

    #[test]
    fn every_key_that_the_scripts_name_is_in_a_page_s_table() {
        let sources = [
            include_str!("../../web/js/counter.js"),
            include_str!("../../web/js/page.js"),
            include_str!("../../web/js/show.js"),
            include_str!("../../web/js/time.js"),
            include_str!("../../web/js/wall.js"),
            include_str!("../../web/js/zones.js"),
        ];
        let all = Lang::Vi.table(&[OF_WALL.as_slice(), &OF_COUNTER].concat());
        let mut named = 0;
        for source in sources {
            for rest in source.split("words[").skip(1).filter_map(|rest| rest.strip_prefix(['"', '`'])) {
                let key = rest.split(['"', '`', '$']).next().unwrap();
                assert!(all.keys().any(|known| known.starts_with(key)), "{key}");
                named += 1;
            }
        }
        assert!(named > 12, "{named}");
    }
}
