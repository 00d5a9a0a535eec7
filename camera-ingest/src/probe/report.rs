//! What a probe tells a person, Vietnamese first.

use std::fmt;
use std::time::Duration;

use crate::worker::protocol::{Stream, Trouble};

/// Wider than this a stream costs much and shows the zones no better.
const WIDE: u32 = 1280;

/// A stream that has pictures.
#[derive(Debug)]
pub(super) struct Found {
    /// Without user and password.
    pub(super) source: String,
    /// `None` for a file.
    pub(super) transport: Option<&'static str>,
    pub(super) stream: Stream,
    pub(super) first_after: Duration,
    pub(super) blind: bool,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = |name: &str, value: String| writeln!(f, "{name:<36} {value}");
        let stream = &self.stream;
        line("Luồng / stream", self.source.clone())?;
        line("Kiểu nén / codec", codec(&stream.codec).to_owned())?;
        line("Khung hình / size", format!("{}x{}", stream.width, stream.height))?;
        if let Some(rate) = stream.frames_per_s {
            line("Số hình mỗi giây / pictures a second", format!("{rate:.1}"))?;
        }
        if let Some(bits) = stream.bit_rate {
            line("Tốc độ dữ liệu / bit rate", format!("{:.2} Mbit/s", bits as f64 / 1e6))?;
        }
        if let Some(every) = stream.key_every_s {
            line("Hình chính mỗi / key picture every", format!("{every:.1} s"))?;
        }
        if let Some(transport) = self.transport {
            line("Truyền qua / transport", transport.to_owned())?;
        }
        line("Hình đầu tiên sau / first picture", format!("{:.1} s", self.first_after.as_secs_f64()))?;
        if stream.width > WIDE {
            writeln!(f, "Luồng này lớn: nên chọn luồng phụ của camera.")?;
            writeln!(f, "This stream is large: better choose the camera's sub-stream.")?;
        }
        if self.blind {
            writeln!(f, "Có hình, nhưng không thấy gì (che, tối đen hoặc hỏng).")?;
            return write!(f, "Pictures come, but nothing can be told from them (covered, black or broken).");
        }
        writeln!(f, "Có hình, xem được.")?;
        write!(f, "Pictures come, and they can be looked at.")
    }
}

fn codec(name: &str) -> &str {
    match name {
        "h264" => "H.264",
        "hevc" => "H.265",
        name => name,
    }
}

/// Why there is no picture, in Vietnamese; the English sentence says more.
pub(super) const fn trouble(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::Unreachable => "Không có hình: không kết nối được tới địa chỉ này.",
        Trouble::Refused => "Không có hình: camera từ chối tên đăng nhập hoặc mật khẩu.",
        Trouble::NoSuchStream => "Không có hình: không có luồng hoặc tệp này.",
        Trouble::NoVideo => "Không có hình: không có video đọc được.",
        Trouble::Stalled => "Không có hình: kết nối được nhưng không có hình nào tới.",
        Trouble::Ended => "Không có hình: luồng đã kết thúc.",
        Trouble::Broken => "Không có hình: dữ liệu tới nhưng không giải mã được.",
        Trouble::Blind => "Có hình nhưng không thấy gì.",
        Trouble::Worker => "Không có hình: chương trình giải mã dừng đột ngột.",
    }
}
