//! `motcua device`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use domain::event::DeviceKind;
use domain::{DeviceId, SiteId};
use mqtt_config::broker::{BrokerError, BrokerFiles, Device, Registry, Strangers};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use super::at::{At, note};
use super::say;
use crate::exit::BadInput;

/// Đăng ký thiết bị và mật khẩu kết nối của nó.
///
/// Registers devices: each connects to the broker with a secret of its own and may publish only as
/// itself.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    at: At,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Registers a device and prints its secret, this once; a running broker takes it at once
    Add(Which),
    /// Lists the devices: site, kind, id, user name
    List,
    /// Takes a device off; it cannot connect any more
    Remove(Which),
}

/// One device.
#[derive(Debug, Clone, Copy, clap::Args)]
struct Which {
    /// The site it stands in
    site: SiteId,
    /// kiosk, counter, rating, camera, wall, gateway or host
    #[arg(value_parser = kind)]
    kind: DeviceKind,
    /// Its id; for a counter the counter's, for a camera the camera's
    id: DeviceId,
}

fn kind(text: &str) -> Result<DeviceKind, String> {
    let codes = || DeviceKind::ALL.iter().map(|kind| kind.code()).collect::<Vec<_>>().join(", ");
    DeviceKind::from_code(text).ok_or_else(|| format!("not one of {}", codes()))
}

impl Which {
    fn device(self) -> Device {
        Device { site: self.site, kind: self.kind, device: self.id }
    }
}

/// Runs the command.
///
/// # Errors
/// When the register or the broker's files cannot be read or written, or the site is unknown.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    match args.command {
        Command::Add(which) => {
            let data_dir = args.at.data_dir_with(which.site)?;
            let device = which.device();
            let secret = Registry::add(&data_dir, device).map_err(told)?;
            let reach = publish(&data_dir)?;
            let name = device.username();
            note(&format!("{device}: user name and client id {name}. {reach}\nThe secret is shown only now:"))?;
            say(secret.expose())?;
        }
        Command::List => {
            let registry = Registry::load(&args.at.data_dir()?)?;
            for registered in registry.devices() {
                let Device { site, kind, device } = registered.device;
                say(&format!("{site:32}  {kind:8}  {device:32}  {}", registered.device.username()))?;
            }
        }
        Command::Remove(which) => {
            // Of a site that is gone from the configuration too.
            let data_dir = args.at.data_dir()?;
            Registry::remove(&data_dir, which.device()).map_err(told)?;
            let reach = publish(&data_dir)?;
            note(&format!("{} is off the register. {reach}", which.device()))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What the person asked for wrongly ends with 64.
fn told(error: BrokerError) -> anyhow::Error {
    match error {
        BrokerError::Exists(_) | BrokerError::Unknown(_) | BrokerError::Reserved(_) => {
            BadInput::because(error.to_string()).into()
        }
        other => other.into(),
    }
}

/// Writes the broker's accounts from the register and has a running broker read them.
fn publish(data_dir: &Path) -> anyhow::Result<&'static str> {
    // The supervisor starts the broker with the resolved path.
    let data_dir = data_dir.canonicalize().unwrap_or_else(|_| data_dir.to_owned());
    let files = BrokerFiles::of(&data_dir);
    loop {
        let registry = Registry::load(&data_dir)?;
        files.write_accounts(&data_dir, Strangers::Refused, &registry)?;
        // A change made beside ours may have been written before ours, from a newer register.
        if Registry::load(&data_dir)? == registry {
            break;
        }
    }
    let running = reload(&data_dir.join("run/broker.pid"), &files.conf)?;
    Ok(if running { "The running broker has it." } else { "The broker reads it when it starts." })
}

/// Has the broker read its accounts again, if the process in `pid_file` is one that runs `conf`.
fn reload(pid_file: &Path, conf: &Path) -> anyhow::Result<bool> {
    let number = std::fs::read_to_string(pid_file).ok().and_then(|text| text.trim().parse::<i32>().ok());
    let Some(pid) = number.filter(|number| *number > 0).and_then(Pid::from_raw) else { return Ok(false) };
    // First the handle, then the look: the number may become another process's in between.
    let Ok(handle) = pidfd_open(pid, PidfdFlags::empty()) else { return Ok(false) };
    let command = PathBuf::from(format!("/proc/{}/cmdline", pid.as_raw_nonzero()));
    let command = std::fs::read(command).unwrap_or_default();
    if !command.split(|byte| *byte == 0).any(|word| word == conf.as_os_str().as_encoded_bytes()) {
        return Ok(false);
    }
    match pidfd_send_signal(&handle, Signal::HUP) {
        Ok(()) => Ok(true),
        // It ended just now.
        Err(rustix::io::Errno::SRCH) => Ok(false),
        Err(error) => Err(error).context("cannot have the broker read its accounts again; restart it"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::at::tests::installed;
    use super::*;
    use std::io::Read;
    use std::os::unix::process::ExitStatusExt;
    use std::process::{Command as Process, Stdio};

    fn which(site: &str, kind: DeviceKind, id: &str) -> Which {
        Which { site: SiteId::new(site).unwrap(), kind, id: DeviceId::new(id).unwrap() }
    }

    #[test]
    fn a_device_comes_and_goes_with_its_account() {
        let (dir, at) = installed();
        let command = |command| run(Args { command, at: at.clone() });
        let kiosk = which("hoa-mai", DeviceKind::Kiosk, "kiosk-1");
        command(Command::Add(kiosk)).unwrap();
        let read = |name: &str| std::fs::read_to_string(dir.path().join("data/broker").join(name)).unwrap();
        assert!(read("passwd").contains("\nhoa-mai.kiosk-1:$7$"), "{}", read("passwd"));
        assert!(read("acl").contains("user hoa-mai.kiosk-1\n"));
        command(Command::List).unwrap();
        for refused in [Command::Add(kiosk), Command::Add(which("hoa-may", DeviceKind::Kiosk, "kiosk-1"))] {
            assert!(command(refused).unwrap_err().is::<BadInput>());
        }
        command(Command::Remove(kiosk)).unwrap();
        assert!(!read("passwd").contains("kiosk-1") && !read("acl").contains("kiosk-1"));
        assert!(command(Command::Remove(kiosk)).unwrap_err().is::<BadInput>());
    }

    #[test]
    fn kinds_are_the_contract_s() {
        assert_eq!(kind("wall"), Ok(DeviceKind::Wall));
        assert!(kind("printer").unwrap_err().starts_with("not one of kiosk, counter, "));
    }

    #[test]
    fn only_our_own_broker_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let (pid_file, conf) = (dir.path().join("broker.pid"), dir.path().join("mosquitto.conf"));
        assert!(!reload(&pid_file, &conf).unwrap(), "no file");
        // Stands in for the broker: a process with the configuration among its arguments. The
        // shell waits on its input, which ends with us.
        let mut broker = Process::new("sh");
        broker.args(["-c", "echo here; read line"]).arg(&conf).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut broker = broker.spawn().unwrap();
        // Only when it speaks are its arguments surely to be seen.
        broker.stdout.as_mut().unwrap().read_exact(&mut [0; 4]).unwrap();
        std::fs::write(&pid_file, format!("{}\n", broker.id())).unwrap();
        assert!(!reload(&pid_file, &dir.path().join("other.conf")).unwrap(), "another installation's");
        assert!(reload(&pid_file, &conf).unwrap());
        let status = broker.wait().unwrap();
        assert_eq!(status.signal(), Some(Signal::HUP.as_raw()));
        for text in ["", "many", "-1", "0"] {
            std::fs::write(&pid_file, text).unwrap();
            assert!(!reload(&pid_file, &conf).unwrap(), "{text}");
        }
    }
}
