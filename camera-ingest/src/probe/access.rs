//! Which camera a command is about, and what opens it.

use std::path::PathBuf;

/// Which camera a command is about, and what opens it.
#[derive(Debug, clap::Args)]
pub struct Access {
    /// Địa chỉ luồng (rtsp://máy:cổng/đường-dẫn) hoặc tệp video. / The stream's address, or a file.
    #[arg(value_name = "URL")]
    pub source: String,

    /// Tên đăng nhập ở camera. / Whom the camera knows us as.
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,

    /// Tệp chứa mật khẩu; hoặc biến MOTCUA_CAMERA_PASSWORD. / The file that holds the password; the
    /// variable MOTCUA_CAMERA_PASSWORD does as well.
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,

    /// Nhận qua UDP thay vì TCP. / RTSP over UDP instead of TCP.
    #[arg(long)]
    pub udp: bool,

    /// Chờ hình đầu tiên bao nhiêu giây. / Seconds to wait for the first picture.
    #[arg(long, value_name = "S", default_value_t = 15.0)]
    pub first_frame_s: f64,
}
