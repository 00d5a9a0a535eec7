//! Words for codes that come from outside. A code that is not known is shown as it is: better a
//! strange word than none.

use std::borrow::Cow;

use crate::model::Lang;

/// Code, Vietnamese, English.
type Row = (&'static str, &'static str, &'static str);

/// Why a counter is paused or closed, as devices and the demo say it.
const COUNTER_REASONS: &[Row] = &[
    ("lunch", "nghỉ trưa", "lunch"),
    ("break", "nghỉ giải lao", "break"),
    ("meeting", "họp", "meeting"),
    ("system", "lỗi phần mềm", "software fault"),
    ("dossier", "xử lý hồ sơ", "paperwork"),
    ("training", "tập huấn", "training"),
    ("shift_end", "hết ca", "end of shift"),
    ("shift_change", "đổi ca", "change of shift"),
    ("urgent", "việc gấp", "urgent matter"),
];

/// Rules of alerts.
const RULES: &[Row] = &[
    ("host_clock", "Đồng hồ máy chủ không đáng tin", "The server's clock is not to be trusted"),
    ("site_file_wrong", "Tệp cấu hình trung tâm có lỗi, giữ bản cũ", "The site's file is wrong, the old one stays"),
    ("disk_low", "Ổ đĩa máy chủ sắp đầy", "The server's disk is nearly full"),
    ("disk_full", "Ổ đĩa máy chủ đầy, đang dùng phần để dành", "The server's disk is full, the reserve is in use"),
    ("disk_read_only", "Ổ đĩa máy chủ chỉ đọc", "The server's disk can only be read"),
    ("disk_failing", "Ổ đĩa máy chủ bị lỗi", "The server's disk fails"),
    ("disk_budget", "Dữ liệu vượt dung lượng cho phép", "Data above their budget"),
    ("ingest_stopped", "Sự kiện mới chưa được ghi, thiết bị giữ lại", "Nothing is recorded, devices keep it"),
    ("journal_unsynced", "Ổ đĩa ghi quá chậm", "The disk is too slow"),
    ("history_behind", "InfluxDB chưa nhận lịch sử, máy này giữ hộ", "InfluxDB is behind, history is kept here"),
    ("history_not_written", "Lịch sử chưa ghi được, sẽ ghi lại", "History cannot be written, it is tried again"),
    ("backup_old", "Chưa có bản sao lưu mới", "No recent backup"),
    ("broker_stalled", "Máy chủ tin nhắn đã ngừng chuyển tin", "The message broker stopped delivering"),
    ("broker_slow", "Máy chủ tin nhắn chậm", "The message broker is slow"),
    ("broker_wiped", "Máy chủ tin nhắn mất dữ liệu, đã gửi lại", "The message broker lost its data, sent again"),
    ("counter_unattended", "Quầy mở mà vắng người", "Open counter, nobody there"),
    ("crowd_without_tickets", "Đông hơn số phiếu", "Fuller than its tickets"),
    ("device_lost", "Thiết bị mất liên lạc", "Device lost"),
    ("long_wait", "Chờ quá lâu", "Waiting too long"),
];

/// Flags of devices.
const FLAGS: &[Row] = &[
    ("clock_untrusted", "sai giờ", "clock wrong"),
    ("muted", "chưa bật tiếng", "muted"),
    ("best_effort", "có thể sót", "best effort"),
    ("paper_low", "sắp hết giấy", "paper low"),
    ("paper_out", "hết giấy", "paper out"),
    ("battery_low", "pin yếu", "battery low"),
];

/// Why a message could not be used.
const DEAD_LETTER_REASONS: &[Row] = &[
    ("too_large", "quá lớn", "too large"),
    ("bad_json", "JSON hỏng", "broken JSON"),
    ("not_an_object", "không phải đối tượng", "not an object"),
    ("duplicate_key", "trường lặp", "key stands twice"),
    ("missing_field", "thiếu trường", "field missing"),
    ("wrong_field", "trường sai", "wrong field"),
    ("unknown_type", "không rõ loại", "unknown type"),
    ("bad_id", "mã sai", "bad id"),
    ("bad_time", "giờ sai", "bad time"),
    ("bad_topic", "sai chủ đề", "wrong topic"),
    ("wrong_device", "sai thiết bị", "wrong device"),
    ("conflict", "mâu thuẫn", "conflict"),
    ("unknown_site", "không rõ trung tâm", "unknown site"),
    ("unknown_service", "không rõ thủ tục", "unknown service"),
    ("unknown_counter", "không rõ quầy", "unknown counter"),
    ("unknown_zone", "không rõ khu vực", "unknown zone"),
    ("ticket_exists", "số đang dùng", "ticket exists"),
    ("unknown_ticket", "không rõ số", "unknown ticket"),
    ("not_the_queue", "không được cấp số", "not the queue"),
];

/// The word of a code, or the code with blanks for its underscores.
fn said<'c>(table: &[Row], code: &'c str, lang: Lang) -> Cow<'c, str> {
    match table.iter().find(|(known, _, _)| *known == code) {
        Some((_, vi, en)) => Cow::Borrowed(lang.pick(vi, en)),
        None if code.contains('_') => Cow::Owned(code.replace('_', " ")),
        None => Cow::Borrowed(code),
    }
}

/// Why a counter does not serve.
#[must_use]
pub fn counter_reason(code: &str, lang: Lang) -> Cow<'_, str> {
    said(COUNTER_REASONS, code, lang)
}

/// What an alert is about.
#[must_use]
pub fn rule_name(code: &str, lang: Lang) -> Cow<'_, str> {
    said(RULES, code, lang)
}

/// What a device says of itself.
#[must_use]
pub fn flag_name(code: &str, lang: Lang) -> Cow<'_, str> {
    said(FLAGS, code, lang)
}

/// Why a message could not be used.
#[must_use]
pub fn dead_letter_reason(code: &str, lang: Lang) -> Cow<'_, str> {
    said(DEAD_LETTER_REASONS, code, lang)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_nobody_knows_is_shown_as_it_is() {
        assert_eq!(counter_reason("lunch", Lang::Vi), "nghỉ trưa");
        assert_eq!(counter_reason("Họp giao ban", Lang::Vi), "Họp giao ban");
        assert_eq!(flag_name("door_open", Lang::En), "door open");
    }

    #[test]
    fn every_reason_of_a_dead_letter_has_its_words() {
        for reason in domain::event::DeadLetterReason::ALL {
            let code = reason.code();
            assert!(DEAD_LETTER_REASONS.iter().any(|(known, _, _)| *known == code), "{code}");
        }
    }

    #[test]
    fn every_code_has_both_words() {
        for (code, vi, en) in [COUNTER_REASONS, RULES, FLAGS, DEAD_LETTER_REASONS].concat() {
            assert!(!vi.is_empty() && en.is_ascii() && !en.is_empty(), "{code}");
        }
    }
}
