//! Which camera a command is about, and what opens it.

use std::path::PathBuf;

use anyhow::Context;
use mqtt_config::settings::Secret;

use crate::decode::address;
use crate::worker::PASSWORD_VARIABLE;
use crate::worker::protocol::{Job, Looking};

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

    /// Chờ hình đầu tiên bao nhiêu giây, 1..120. / Seconds to wait for the first picture.
    #[arg(long, value_name = "S", default_value_t = 15.0)]
    pub first_frame_s: f64,
}

impl Access {
    /// What is looked at, without user and password.
    #[must_use]
    pub fn shown(&self) -> String {
        address::take_apart(&self.source).map_or_else(|| self.source.clone(), |address| address.clean)
    }

    /// A job for a worker that shows pictures of it, without zones.
    ///
    /// # Errors
    /// When the password cannot be read.
    pub fn job(&self) -> anyhow::Result<Job> {
        let inside = address::take_apart(&self.source);
        let (in_user, in_password) = inside.map_or((None, None), |address| (address.user, address.password));
        let user = self.user.clone().or(in_user);
        let password = match self.password()? {
            Some(password) => Some(password),
            None => in_password,
        };
        let first_frame_s = self.first_frame_s.clamp(1.0, 120.0);
        let looking = Looking { udp: self.udp, first_frame_s, ..Looking::default() };
        // A variable that was meant for another camera is not shown to one without a user.
        let password = password.filter(|_| user.is_some());
        Ok(Job { source: self.shown(), user, password, looking, zones: Vec::new(), pictures: true })
    }

    fn password(&self) -> anyhow::Result<Option<Secret>> {
        if let Some(file) = &self.password_file {
            let read = Secret::from_file(file);
            return read.map(Some).with_context(|| format!("the password cannot be read from {}", file.display()));
        }
        Ok(std::env::var(PASSWORD_VARIABLE).ok().filter(|text| !text.is_empty()).map(Secret::new))
    }
}
