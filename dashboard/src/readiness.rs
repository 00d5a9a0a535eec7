//! What `/readyz` says: which part is missing, since when, and what to do, in two languages.

use std::borrow::Cow;

use domain::storage::{Storage, StorageState};
use domain::{SiteId, Timestamp};
use serde::Serialize;

/// Whether screens can be served the truth and events are taken in, and what is missing if not.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Readiness {
    /// Nothing is missing.
    pub ready: bool,
    /// The parts of `faults`, for programs.
    pub missing: Vec<Part>,
    /// What somebody has to look after now.
    pub faults: Vec<Fault>,
    /// What somebody should look after soon.
    pub warnings: Vec<Fault>,
    /// Age of the collector's last sign; `null` when there was none, or its last word was that it
    /// is gone.
    pub collector_age_s: Option<f64>,
}

/// A part of the installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The broker.
    Mqtt,
    /// The collector.
    Collector,
    /// The disk under the journal.
    Disk,
    /// The board of one site.
    Board,
}

/// One part that is not as it should be.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fault {
    /// Which part.
    pub part: Part,
    /// How it stands.
    pub state: &'static str,
    /// Since when.
    pub since: Timestamp,
    /// What that means and what to do: `Tiếng Việt. / English.`
    pub message: Cow<'static, str>,
}

/// The broker is gone.
pub(crate) const fn broker_gone(since: Timestamp) -> Fault {
    let message = "Mất kết nối với máy chủ tin nhắn (broker), đang tự kết nối lại; kéo dài thì xem nhật ký của \
                   motcua serve. / The broker is not connected; it is tried again. If this lasts, look at the log of \
                   motcua serve.";
    Fault { part: Part::Mqtt, state: "gone", since, message: Cow::Borrowed(message) }
}

/// The collector says nothing.
pub(crate) const fn collector_silent(since: Timestamp) -> Fault {
    let message = "Bộ thu thập không lên tiếng: bảng có thể đã cũ; kéo dài thì xem nhật ký của motcua serve. / The \
                   collector says nothing: boards may be old. If this lasts, look at the log of motcua serve.";
    Fault { part: Part::Collector, state: "silent", since, message: Cow::Borrowed(message) }
}

/// A site's board is not the newest, or did not come yet; the other sites are served.
pub(crate) fn board_awaited(site: SiteId, since: Timestamp) -> Fault {
    let message = format!(
        "Bảng của trung tâm {site} đã cũ hoặc chưa có, đang chờ bản mới; kéo dài thì xem nhật ký của motcua serve. / \
         The board of site {site} is old or not there yet; the next one is awaited. If this lasts, look at the log of \
         motcua serve."
    );
    Fault { part: Part::Board, state: "stale", since, message: Cow::Owned(message) }
}

/// What the disk's state is: a fault, a warning, or neither.
pub(crate) const fn of_disk(storage: &Storage) -> Option<Fault> {
    let message = match (storage.state, storage.accepting) {
        (StorageState::Ok, _) => return None,
        (StorageState::Low, _) => {
            "Ổ đĩa sắp đầy: hãy xóa bớt hoặc thêm dung lượng. / The disk is nearly full: remove what is not needed, or \
             add room."
        }
        (StorageState::Full, true) => {
            "Ổ đĩa đầy, đang dùng phần để dành: hãy giải phóng dung lượng ngay. / The disk is full and the reserve is \
             in use: make room now."
        }
        (StorageState::Full, false) => {
            "Ổ đĩa đầy: sự kiện mới không được xác nhận, thiết bị giữ lại chờ gửi. Hãy giải phóng dung lượng, hệ thống \
             tự tiếp tục. / The disk is full: new events are not acknowledged, devices keep them. Make room; all goes \
             on by itself."
        }
        (StorageState::ReadOnly, _) => {
            "Ổ đĩa chỉ đọc: sự kiện mới không được xác nhận, thiết bị giữ lại chờ gửi. Hãy kiểm tra ổ đĩa và gắn lại để \
             ghi. / The disk can only be read: new events are not acknowledged, devices keep them. Check the disk and \
             mount it for writing."
        }
        (StorageState::Failing, _) => {
            "Ổ đĩa bị lỗi: sự kiện mới không được xác nhận, thiết bị giữ lại chờ gửi. Hãy thay ổ đĩa và phục hồi bản sao \
             lưu. / The disk fails: new events are not acknowledged, devices keep them. Replace the disk and restore a \
             backup."
        }
    };
    Some(Fault { part: Part::Disk, state: storage.state.code(), since: storage.since, message: Cow::Borrowed(message) })
}
