//! What a process has used, as the kernel counts it.

use std::fs;

use anyhow::{Context, Result};

/// CPU time of all threads of a process so far, in seconds; the kernel counts in steps of 10 ms.
///
/// # Errors
/// When there is no such process.
pub fn cpu_seconds(pid: u32) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).with_context(|| format!("no process {pid}"))?;
    let ticks = cpu_ticks(&stat).with_context(|| format!("/proc/{pid}/stat reads {stat:?}"))?;
    Ok(ticks as f64 / rustix::param::clock_ticks_per_second() as f64)
}

/// CPU time so far of those threads of a process that have this name, in seconds; `None`: it has none.
///
/// # Errors
/// When there is no such process.
pub fn thread_cpu_seconds(pid: u32, name: &str) -> Result<Option<f64>> {
    let mut found = None;
    for task in fs::read_dir(format!("/proc/{pid}/task")).with_context(|| format!("no process {pid}"))? {
        // A thread may end while one looks.
        let Ok(stat) = fs::read_to_string(task?.path().join("stat")) else { continue };
        let named = stat.split_once('(').and_then(|(_, rest)| Some(rest.rsplit_once(')')?.0)) == Some(name);
        if let (true, Some(ticks)) = (named, cpu_ticks(&stat)) {
            *found.get_or_insert(0.0) += ticks as f64 / rustix::param::clock_ticks_per_second() as f64;
        }
    }
    Ok(found)
}

/// Memory of a process.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    /// Resident now, in MB (10^6 bytes).
    pub now_mb: f64,
    /// The most that was resident at any moment, in MB.
    pub peak_mb: f64,
}

/// Reads the resident memory of a process.
///
/// # Errors
/// When there is no such process.
pub fn memory(pid: u32) -> Result<Memory> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).with_context(|| format!("no process {pid}"))?;
    let megabytes = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kib = line.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
        kib.map(|kib| kib * 1024.0 / 1e6).with_context(|| format!("no {name} of {pid}"))
    };
    Ok(Memory { now_mb: megabytes("VmRSS:")?, peak_mb: megabytes("VmHWM:")? })
}

/// User and system time. The program's name, in parentheses, may hold anything.
fn cpu_ticks(stat: &str) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_may_have_any_name() {
        let stat = "42 (a ) b) S 1 42 42 0 -1 4194560 100 0 0 0 17 5 0 0 20 0 1 0 1 1 1";
        assert_eq!(cpu_ticks(stat), Some(22));
    }

    #[test]
    fn this_process_uses_something() {
        let memory = memory(std::process::id()).unwrap();
        assert!(memory.now_mb > 0.1 && memory.peak_mb >= memory.now_mb);
        assert!(cpu_seconds(std::process::id()).unwrap() >= 0.0);
        let named = std::thread::Builder::new().name("a (name)".into());
        let looked = named.spawn(|| thread_cpu_seconds(std::process::id(), "a (name)").unwrap()).unwrap();
        assert!(looked.join().unwrap().is_some());
        assert_eq!(thread_cpu_seconds(std::process::id(), "nobody").unwrap(), None);
    }
}
