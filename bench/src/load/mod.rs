//! The load: the devices of many sites, publishing what real ones would.
//!
//! - [`centre`]: one site's day, event by event; pure
//! - [`publish`]: devices that publish the days of their sites

pub mod centre;
pub mod publish;

/// How large the load is.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// Sites, named `s0`, `s1`, ...
    pub sites: u32,
    /// Counters of each site.
    pub counters: u32,
    /// Services of each site.
    pub services: u32,
    /// Connections to the broker; each publishes for its share of the sites.
    pub devices: u32,
}

impl Shape {
    /// The national design load: 200 sites, 20 counters, 8 services, 40 publishing devices.
    pub const NATIONAL: Self = Self { sites: 200, counters: 20, services: 8, devices: 40 };
}

/// The name of a site.
#[must_use]
pub fn site_name(site: u32) -> String {
    format!("s{site}")
}

/// The device kind and id that publish for every site.
pub const DEVICE: &str = "gateway/load";
