//! A password that stands in the command line is moved out of it at once.

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::Context;
use mqtt_config::settings::Secret;

use crate::decode::address;
use crate::worker::PASSWORD_VARIABLE;

/// Starts this program again with the same arguments but without the password that stands in an
/// `rtsp://` address among them, so that `ps` does not show it for longer than an instant. The new
/// image finds it in the variable `MOTCUA_CAMERA_PASSWORD`, which only this user can read. Returns
/// where there is no password to hide. To be called first of all.
///
/// # Errors
/// When the program cannot be started again.
pub fn hide_password() -> anyhow::Result<()> {
    let mut args: Vec<OsString> = std::env::args_os().collect();
    let mut found = None;
    for arg in &mut args {
        if let Some((clean, password)) = arg.to_str().and_then(cleaned) {
            *arg = clean.into();
            found = Some(password);
        }
    }
    let Some(password) = found else { return Ok(()) };
    // Whether anybody reads it or not, the password is hidden.
    let _ = writeln!(
        std::io::stderr(),
        "Mật khẩu đã được lấy khỏi dòng lệnh; lần sau dùng --password-file hoặc {PASSWORD_VARIABLE}.\n\
         The password was taken out of the command line, but the shell may remember it: next time use \
         --password-file or {PASSWORD_VARIABLE}."
    );
    let program = std::env::current_exe().context("the program cannot find itself to hide the password")?;
    let mut again = Command::new(program);
    again.arg0(args.first().map_or(OsStr::new("camera-ingest"), OsString::as_os_str));
    let error = again.args(args.iter().skip(1)).env(PASSWORD_VARIABLE, password.expose()).exec();
    Err(error).context("the program cannot be started again to hide the password")
}

/// An argument without its password, and the password.
fn cleaned(arg: &str) -> Option<(String, Secret)> {
    // `--source=rtsp://…` too.
    let begin = ["rtsp://", "rtsps://"].iter().filter_map(|scheme| arg.to_ascii_lowercase().find(scheme)).min()?;
    let (before, text) = arg.split_at(begin);
    let (found, password) = address::without_password(text)?;
    Some((format!("{before}{found}"), password))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_lose_their_password_and_keep_the_rest() {
        let of = |arg| cleaned(arg).map(|(clean, password)| (clean, password.expose().to_owned()));
        assert_eq!(of("rtsp://u@h/a"), None);
        assert_eq!(of("--force"), None);
        assert_eq!(of("rtsp://u:p%40s@h:5/a?x=1"), Some(("rtsp://u@h:5/a?x=1".into(), "p@s".into())));
        assert_eq!(of("rtsp://:p@h/a"), Some(("rtsp://h/a".into(), "p".into())));
        assert_eq!(of("--url=RTSPS://u%3A:p/w@h/a"), Some(("--url=RTSPS://u%3A@h/a".into(), "p/w".into())));
    }
}
