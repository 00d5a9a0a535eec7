//! Ports: a free one, or the wanted one if it is free; and how this machine reaches a listener.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

use anyhow::{Context, bail};

/// `wanted`, or any free port of `ip` when it is 0. `flag` is the option that sets it.
///
/// The port is free at this moment only: somebody else may be quicker, which the one who binds it
/// must be ready for.
///
/// # Errors
/// When the wanted port is taken or may not be used.
pub fn choose(ip: IpAddr, wanted: u16, flag: &str) -> anyhow::Result<u16> {
    match TcpListener::bind((ip, wanted)).and_then(|listener| listener.local_addr()) {
        Ok(address) => Ok(address.port()),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            bail!(
                "port {wanted} is taken: end the program that has it, or choose another with {flag} (0: any free one)"
            )
        }
        Err(error) => Err(error).with_context(|| format!("cannot listen on {ip} port {wanted} ({flag})")),
    }
}

/// The address at which this machine itself reaches a listener.
#[must_use]
pub fn from_here(bound: SocketAddr) -> SocketAddr {
    let ip = match bound.ip() {
        IpAddr::V4(any) if any.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(any) if any.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        address => address,
    };
    SocketAddr::new(ip, bound.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    #[test]
    fn a_taken_port_is_told_with_the_flag_that_moves_it() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        let error = choose(LOOPBACK, port, "--mqtt-port").unwrap_err().to_string();
        assert!(error.contains(&port.to_string()) && error.contains("--mqtt-port"), "{error}");
        assert_ne!(choose(LOOPBACK, 0, "--mqtt-port").unwrap(), port);
    }

    #[test]
    fn a_listener_on_all_addresses_is_reached_over_loopback() {
        assert_eq!(from_here(([0, 0, 0, 0], 80).into()), ([127, 0, 0, 1], 80).into());
        assert_eq!(from_here(([10, 0, 0, 7], 80).into()), ([10, 0, 0, 7], 80).into());
    }
}
