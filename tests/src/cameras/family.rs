//! Processes: whose child is whose, what they hold, what they have used.

use std::fs;

/// The processes that a process started and that are not reaped.
#[must_use]
pub fn children_of(parent: u32) -> Vec<u32> {
    all().into_iter().filter(|one| one.parent == parent).map(|one| one.pid).collect()
}

/// A process, its children, theirs, and so on.
#[must_use]
pub fn descendants(root: u32) -> Vec<u32> {
    let all = all();
    let mut found = vec![root];
    let mut next = 0;
    while let Some(parent) = found.get(next).copied() {
        found.extend(all.iter().filter(|one| one.parent == parent).map(|one| one.pid));
        next += 1;
    }
    found
}

/// Dead processes that nobody has reaped, among the children of these.
#[must_use]
pub fn zombies(parents: &[u32]) -> Vec<u32> {
    all().into_iter().filter(|one| one.state == 'Z' && parents.contains(&one.parent)).map(|one| one.pid).collect()
}

/// Whether a process of this name lives.
#[must_use]
pub fn lives(pid: u32, name: &str) -> bool {
    let is_it = fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|comm| comm.trim_end() == name);
    is_it && stat(pid).is_some_and(|one| one.state != 'Z')
}

/// Processor time that a process has used, milliseconds; 0 when there is none.
#[must_use]
pub fn used_ms(pid: u32) -> u64 {
    // The kernel counts in hundredths of a second on every Linux that Rust runs on.
    stat(pid).map_or(0, |one| one.ticks * 10)
}

/// Resident memory (what is shared counted whole) and its share of it, KiB.
#[must_use]
pub fn memory_kib(pid: u32) -> (u64, u64) {
    let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
    let number = |name: &str| {
        let line = rollup.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse().ok()
    };
    (number("Rss:").unwrap_or(0), number("Pss:").unwrap_or(0))
}

/// The TCP connections of a process to others, as the kernel knows them: the other end's port, and
/// whether it is on this machine.
#[must_use]
pub fn connections(pid: u32) -> Vec<(u16, bool)> {
    let mut inodes = Vec::new();
    for entry in fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten() {
        let target = fs::read_link(entry.path()).unwrap_or_default();
        let inode =
            target.to_str().and_then(|text| text.strip_prefix("socket:[")?.strip_suffix(']')?.parse::<u64>().ok());
        inodes.extend(inode);
    }
    let mut found = Vec::new();
    for table in ["tcp", "tcp6", "udp", "udp6"] {
        let text = fs::read_to_string(format!("/proc/{pid}/net/{table}")).unwrap_or_default();
        for line in text.lines().skip(1) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let inode = words.get(9).and_then(|word| word.parse::<u64>().ok());
            let Some((address, port)) = words.get(2).and_then(|word| word.split_once(':')) else { continue };
            if inode.is_some_and(|inode| inodes.contains(&inode)) {
                // 127.0.0.1 as the kernel writes it, also in an IPv6 address.
                let here = address.ends_with("0100007F");
                found.push((u16::from_str_radix(port, 16).unwrap_or(0), here));
            }
        }
    }
    found
}

struct Stat {
    pid: u32,
    state: char,
    parent: u32,
    ticks: u64,
}

fn all() -> Vec<Stat> {
    let pid = |entry: fs::DirEntry| entry.file_name().to_str()?.parse().ok();
    fs::read_dir("/proc").into_iter().flatten().flatten().filter_map(pid).filter_map(stat).collect()
}

fn stat(pid: u32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // A name may hold anything; what follows its last bracket is plain.
    let rest: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let number = |place: usize| rest.get(place)?.parse::<u64>().ok();
    let ticks = number(11)? + number(12)?;
    Some(Stat { pid, state: rest.first()?.chars().next()?, parent: rest.get(1)?.parse().ok()?, ticks })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_is_a_child_until_it_is_reaped() {
        let own = std::process::id();
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let pid = child.id();
        assert!(children_of(own).contains(&pid) && !zombies(&[own]).contains(&pid));
        child.kill().unwrap();
        crate::wait::eventually(std::time::Duration::from_secs(10), "a zombie", || {
            if zombies(&[own]).contains(&pid) { Ok(()) } else { Err("it lives".to_owned()) }
        });
        child.wait().unwrap();
        assert!(!children_of(own).contains(&pid));
        assert!(memory_kib(own).0 >= memory_kib(own).1 / 2);
    }

    #[test]
    fn a_connection_is_seen_with_its_port() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let _client = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
        assert!(connections(std::process::id()).contains(&(port, true)));
    }
}
