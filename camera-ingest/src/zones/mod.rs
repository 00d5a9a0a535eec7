//! `camera-ingest zones`: a page on this machine alone that draws a camera's zones over one picture
//! and shows how full each is at the moment.
//!
//! ```text
//!  browser --GET, POST--> server (loopback, one token) --orders--> live (a thread) --> a worker
//!     ^------- levels (server-sent events) ---------------words------'
//! ```
//!
//! - `plan`: which camera, which zones to begin with, which counters there are
//! - `server`, `guard`, `pages`: the page and who may see it
//! - `live`: the worker, and what is known of the camera at the moment
//! - `drawn`: zones from the page, as text of a file and checked as a file is
//! - `record`: every picture that was shown stands in it

mod drawn;
mod guard;
mod keep;
mod live;
mod pages;
mod plan;
mod record;
mod server;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use mqtt_config::settings::Mistakes;

/// Bad configuration (`EX_USAGE` of sysexits.h).
const BAD_INPUT: u8 = 64;

/// Vẽ các vùng trên một hình của camera và xem mức đầy hiện tại, trong trình duyệt của máy này.
///
/// Draws a camera's zones over one picture and shows how full each of them is at the moment, on a page
/// that only a browser of this machine reaches. The page's address is printed; it works once. A picture
/// is shown when it is asked for, each time is logged, and none is stored.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Địa chỉ luồng (rtsp://máy:cổng/đường-dẫn) hoặc tệp video. / The stream's address, or a file.
    #[arg(value_name = "URL", required_unless_present = "config", conflicts_with_all = ["config", "camera", "site"])]
    pub source: Option<String>,

    /// Tệp cấu hình của motcua. / The installation's file: camera, password and zones come from it.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Mã camera trong cấu hình. / Which of its cameras.
    #[arg(long, value_name = "ID", requires = "config")]
    pub camera: Option<domain::CameraId>,

    /// Mã trung tâm, khi nhiều trung tâm có camera cùng mã. / Of which site.
    #[arg(long, value_name = "S", requires = "config")]
    pub site: Option<domain::SiteId>,

    /// Tệp TOML các vùng lúc đầu. / The zones to begin with.
    #[arg(long, value_name = "Z.toml", conflicts_with = "config")]
    pub zones: Option<PathBuf>,

    /// Tệp được ghi khi bấm “Lưu”. / The file that the page's button writes.
    #[arg(long, value_name = "Z.toml")]
    pub write: Option<PathBuf>,

    /// Tên đăng nhập ở camera. / Whom the camera knows us as.
    #[arg(long, value_name = "NAME", conflicts_with = "config")]
    pub user: Option<String>,

    /// Tệp chứa mật khẩu; hoặc biến MOTCUA_CAMERA_PASSWORD. / The file that holds the password; the
    /// variable MOTCUA_CAMERA_PASSWORD does as well.
    #[arg(long, value_name = "FILE", conflicts_with = "config")]
    pub password_file: Option<PathBuf>,

    /// Nhận qua UDP thay vì TCP. / RTSP over UDP instead of TCP.
    #[arg(long, conflicts_with = "config")]
    pub udp: bool,

    /// Cổng của trang; 0 là cổng trống bất kỳ. / The page's port; 0 is any free one.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub port: u16,
}

/// Serves the page until Ctrl-C, or until nobody has used it for a quarter of an hour.
///
/// # Errors
/// When the camera is not in the configuration, its zones or its password cannot be read, or no port
/// can be opened.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let plan = match plan::make(options) {
        Ok(plan) => plan,
        Err(error) if error.is::<Mistakes>() => {
            // As compilers write them, so that an editor finds the place.
            writeln!(std::io::stderr(), "{error}")?;
            return Ok(ExitCode::from(BAD_INPUT));
        }
        Err(error) => return Err(error),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let server = server::Server::bind(plan, options.port).await?;
        let text = "Mở địa chỉ này trong trình duyệt của máy này (dùng một lần; Ctrl-C để kết thúc).\n\
                    Open this address in a browser of this machine (it works once; Ctrl-C ends it):";
        writeln!(std::io::stderr(), "{text}")?;
        writeln!(std::io::stdout(), "{}", server.address())?;
        std::io::stdout().flush()?;
        server.run().await
    })?;
    Ok(ExitCode::SUCCESS)
}
