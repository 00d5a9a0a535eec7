//! What the figures were measured on.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use anyhow::Result;

use crate::rig::nearest_rank;

/// How often the disk is asked.
const SYNCS: usize = 30;

/// Processor, number of cores, memory and kernel.
pub fn name() -> String {
    let field = |file: &str, name: &str| {
        let text = fs::read_to_string(file).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with(name)).and_then(|line| line.split_once(':'));
        line.map_or_else(|| "?".to_owned(), |(_, value)| value.trim().to_owned())
    };
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let (processor, memory) = (field("/proc/cpuinfo", "model name"), field("/proc/meminfo", "MemTotal"));
    format!("{processor}, {cores} cores, {memory}, Linux {}", kernel.trim())
}

/// One sync of this disk after writing 4 KiB, in milliseconds (the median).
pub fn sync_ms(folder: &Path) -> Result<f64> {
    let mut file = File::create(folder.join("sync-probe"))?;
    let mut all = Vec::new();
    for _ in 0..SYNCS {
        let begin = Instant::now();
        file.write_all(&[0x5A; 4096])?;
        file.sync_data()?;
        all.push(begin.elapsed().as_secs_f64() * 1000.0);
    }
    Ok(nearest_rank(&mut all, 0.5))
}
