//! The machine: clock, time zones, disk, memory, open files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use jiff::tz::TimeZone;
use rustix::fs::statvfs;

use super::facts::Facts;
use super::page::{Level, Line, Said, said};

/// No correct clock shows less: 2026-11-01.
const BEFORE_US_MS: i64 = 1_793_491_200_000;
/// A clock that shows more is not set right: 2060-01-01.
const AFTER_US_MS: i64 = 2_840_140_800_000;
const MIB: u64 = 1 << 20;
/// Used when the configuration does not say: from this share on a disk is nearly full.
const LOW_PERCENT: u64 = 90;
/// What the day's tickets need at the least.
const FAULT_FREE_BYTES: u64 = 64 * MIB;
const WARN_FREE_BYTES: u64 = 1_024 * MIB;

/// The host's clock.
pub fn clock(facts: &Facts) -> Line {
    let title = ("Đồng hồ máy", "Clock");
    let line = |level, found| Line::new("clock", title, level, found);
    let now = facts.now;
    if !(BEFORE_US_MS..AFTER_US_MS).contains(&now.ms()) {
        return line(Level::Fault, said(format!("chỉ {now}, không thể đúng"), format!("shows {now}, which cannot be")))
            .todo(
                "đặt lại giờ (timedatectl set-time), thay pin CMOS, bật đồng bộ NTP",
                "set the time (timedatectl set-time), change the CMOS battery, switch NTP on",
            );
    }
    match synchronised() {
        Some(true) => line(Level::Ok, said(format!("{now}, đã đồng bộ"), format!("{now}, synchronised"))),
        Some(false) => line(Level::Warning, said(format!("{now}, chưa đồng bộ"), format!("{now}, not synchronised")))
            .todo("bật đồng bộ giờ: timedatectl set-ntp true", "switch it on: timedatectl set-ntp true"),
        None => line(
            Level::Warning,
            said(
                format!("{now}; không rõ có được đồng bộ không"),
                format!("{now}; not known whether it is synchronised"),
            ),
        )
        .todo(
            "kiểm tra dịch vụ giờ của máy (systemd-timesyncd, chrony); so với đồng hồ khác",
            "check the machine's time service (systemd-timesyncd, chrony); compare with another clock",
        ),
    }
}

/// Whether the system says that its clock follows others; `None` when nobody knows.
fn synchronised() -> Option<bool> {
    let asked = Command::new("timedatectl").args(["show", "--property=NTPSynchronized", "--value"]).output();
    match asked.ok().filter(|output| output.status.success()).map(|output| output.stdout) {
        Some(said) if said.starts_with(b"yes") => Some(true),
        Some(said) if said.starts_with(b"no") => Some(false),
        _ => Path::new("/run/systemd/timesync/synchronized").exists().then_some(true),
    }
}

/// The rules of the sites' time zones.
pub fn time_zones(facts: &Facts) -> Line {
    let title = ("Múi giờ", "Time zones");
    let mut zones: Vec<&str> = facts.sites().iter().map(|site| site.time_zone.as_str()).collect();
    zones.extend(facts.boards().filter_map(|(_, board)| board["time_zone"].as_str()));
    zones.sort_unstable();
    zones.dedup();
    let unknown: Vec<&str> = zones.iter().filter(|zone| TimeZone::get(zone).is_err()).copied().collect();
    if unknown.is_empty() {
        let known = if zones.is_empty() { "Asia/Ho_Chi_Minh".to_owned() } else { zones.join(", ") };
        return Line::new("time_zones", title, Level::Ok, said(known.clone(), known));
    }
    let unknown = unknown.join(", ");
    Line::new(
        "time_zones",
        title,
        Level::Fault,
        said(format!("không có dữ liệu cho {unknown}"), format!("no data for {unknown}")),
    )
    .todo("sửa `time_zone` trong tệp của điểm tiếp nhận", "correct `time_zone` in the site's file")
}

/// The disk under the data directory.
pub fn disk(facts: &Facts) -> Line {
    let title = ("Đĩa", "Disk");
    let dir = existing(&facts.data_dir);
    let about = match statvfs(&dir) {
        Ok(about) => about,
        Err(error) => {
            let found = format!("{}: {error}", dir.display());
            return Line::new("disk", title, Level::Fault, said(found.clone(), found))
                .todo("kiểm tra ổ đĩa và quyền truy cập", "check the disk and the permissions");
        }
    };
    let (free, total) = (about.f_bavail * about.f_frsize, about.f_blocks * about.f_frsize);
    let low = facts.installation().map_or(LOW_PERCENT, |installation| installation.disk.low_percent.into());
    let room = Room { free, total, low_percent: low };
    let days = facts.boards().find_map(|(_, board)| board["storage"]["days_left"].as_f64());
    let reserve = facts.data_dir.join("reserve").is_file();
    let mut found = said(
        format!("còn {} trên {} ({} % đã dùng)", gib(free), gib(total), room.used_percent()),
        format!("{} of {} free ({} % used)", gib(free), gib(total), room.used_percent()),
    );
    if let Some(days) = days {
        found.vi.push_str(&format!(", đủ khoảng {days:.0} ngày"));
        found.en.push_str(&format!(", about {days:.0} days"));
    }
    if reserve {
        found.vi.push_str(", có phần dự trữ");
        found.en.push_str(", with a reserve");
    }
    if let Some(error) = cannot_write(&dir) {
        found.vi.push_str(&format!("; không ghi được: {error}"));
        found.en.push_str(&format!("; cannot be written: {error}"));
        let todo = way_out(&error, &dir);
        return Line::new("disk", title, Level::Fault, found).todo(todo.vi, todo.en);
    }
    let level = room.level();
    let line = Line::new("disk", title, level, found);
    if level == Level::Ok {
        return line;
    }
    let todo = make_room();
    line.todo(todo.vi, todo.en)
}

fn make_room() -> Said {
    said(
        "chuyển bản sao lưu sang ổ đĩa khác (backup_dir), xóa tệp không thuộc motcua; không xóa thư mục journal",
        "move backups to another disk (backup_dir), remove what is not motcua's; never remove anything in journal",
    )
}

/// What to do about a folder that cannot be written, by what the system said.
fn way_out(error: &std::io::Error, dir: &Path) -> Said {
    use std::io::ErrorKind;
    let dir = dir.display();
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => make_room(),
        ErrorKind::ReadOnlyFilesystem => said(
            format!(
                "xem dmesg: hệ thống tự chuyển sang chỉ đọc khi ổ đĩa lỗi; ổ đĩa còn tốt thì gắn lại: mount -o \
                 remount,rw $(findmnt -no TARGET -T {dir})"
            ),
            format!(
                "look at dmesg: the system makes a disk that fails read-only; if it is sound: mount -o remount,rw \
                 $(findmnt -no TARGET -T {dir})"
            ),
        ),
        ErrorKind::PermissionDenied => said(
            format!("chạy doctor bằng người dùng chạy motcua; thư mục phải thuộc người dùng đó: ls -ld {dir}"),
            format!("run doctor as the user that runs motcua; the folder has to be that user's: ls -ld {dir}"),
        ),
        _ => said("xem dmesg, kiểm tra ổ đĩa (smartctl)", "look at dmesg, check the disk (smartctl)"),
    }
}

struct Room {
    free: u64,
    total: u64,
    low_percent: u64,
}

impl Room {
    fn used_percent(&self) -> u64 {
        (self.total - self.free.min(self.total)) * 100 / self.total.max(1)
    }

    fn level(&self) -> Level {
        if self.free < FAULT_FREE_BYTES || self.used_percent() >= 99 {
            Level::Fault
        } else if self.used_percent() >= self.low_percent || self.free < WARN_FREE_BYTES {
            Level::Warning
        } else {
            Level::Ok
        }
    }
}

fn gib(bytes: u64) -> String {
    if bytes < 1_024 * MIB {
        format!("{} MiB", bytes / MIB)
    } else {
        format!("{:.1} GiB", bytes as f64 / (1_024 * MIB) as f64)
    }
}

/// The folder itself, or the nearest one above it that is there.
fn existing(dir: &Path) -> PathBuf {
    dir.ancestors().find(|dir| dir.is_dir()).unwrap_or(Path::new("/")).to_owned()
}

/// Why nothing can be written in a folder.
fn cannot_write(dir: &Path) -> Option<std::io::Error> {
    let file = dir.join(format!(".doctor-{}", std::process::id()));
    let tried = fs::write(&file, b"motcua doctor\n");
    // It was there for a moment, or never.
    drop(fs::remove_file(&file));
    tried.err()
}

/// The memory that is left.
pub fn memory() -> Line {
    let text = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    judge_memory(&text)
}

fn judge_memory(meminfo: &str) -> Line {
    let title = ("Bộ nhớ", "Memory");
    let kib = |key: &str| {
        let line = meminfo.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
        line?.trim().trim_end_matches(" kB").parse::<u64>().ok()
    };
    let (Some(free), Some(total)) = (kib("MemAvailable"), kib("MemTotal")) else {
        return Line::new("memory", title, Level::Ok, said("máy không cho biết", "the system does not tell"));
    };
    let (free, total) = (free * 1_024, total * 1_024);
    let found =
        said(format!("còn {} trên {}", gib(free), gib(total)), format!("{} of {} available", gib(free), gib(total)));
    let low = free < 256 * MIB || free < total / 20;
    let line = Line::new("memory", title, if low { Level::Warning } else { Level::Ok }, found);
    if low {
        line.todo("đóng chương trình khác, hoặc thêm bộ nhớ", "end other programs, or add memory")
    } else {
        line
    }
}

/// How many connections the programs may hold.
pub fn open_files(facts: &Facts) -> Line {
    let title = ("Số tệp mở tối đa", "Open files");
    let pid = facts.ready.as_ref().and_then(|ready| ready["pids"]["dashboard"].as_u64());
    let of = pid.map_or_else(|| "self".to_owned(), |pid| pid.to_string());
    let limits = fs::read_to_string(format!("/proc/{of}/limits")).unwrap_or_default();
    let Some(limit) = soft_limit(&limits) else {
        return Line::new("open_files", title, Level::Ok, said("máy không cho biết", "the system does not tell"));
    };
    // A screen, a device and a log line each hold one; a thousand is a large centre.
    let level = if limit < 1_024 { Level::Warning } else { Level::Ok };
    let line = Line::new("open_files", title, level, said(limit.to_string(), limit.to_string()));
    if level == Level::Ok {
        return line;
    }
    line.todo(
        "đặt LimitNOFILE=65536 cho dịch vụ, hoặc ulimit -n 65536",
        "set LimitNOFILE=65536 of the service, or ulimit -n 65536",
    )
}

fn soft_limit(limits: &str) -> Option<u64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    let soft = line.split_whitespace().next()?;
    if soft == "unlimited" { Some(u64::MAX) } else { soft.parse().ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_is_judged_by_share_and_by_room() {
        let level = |free_mib: u64, total_mib: u64, low_percent: u64| {
            Room { free: free_mib * MIB, total: total_mib * MIB, low_percent }.level()
        };
        assert_eq!(level(50_000, 100_000, 90), Level::Ok);
        assert_eq!(level(9_000, 100_000, 90), Level::Warning);
        assert_eq!(level(90_000, 100_000, 5), Level::Warning, "as configured");
        assert_eq!(level(900, 2_000, 90), Level::Warning);
        assert_eq!(level(50, 2_000, 90), Level::Fault);
        assert_eq!(level(900, 100_000, 90), Level::Fault);
    }

    #[test]
    fn what_cannot_be_written_is_mended_by_its_cause() {
        let advice = |number| way_out(&std::io::Error::from_raw_os_error(number), Path::new("/var/lib/motcua")).en;
        assert!(advice(28).starts_with("move backups"), "no space");
        assert!(advice(122).starts_with("move backups"), "quota");
        assert!(advice(30).contains("dmesg") && advice(30).contains("remount,rw"), "read-only");
        assert!(advice(13).contains("the user that runs motcua") && advice(13).contains("/var/lib/motcua"));
        assert!(advice(5).starts_with("look at dmesg"), "the disk fails");
    }

    #[test]
    fn memory_and_limits_are_read_as_the_kernel_writes_them() {
        let plenty = judge_memory("MemTotal:        8140000 kB\nMemFree: 1 kB\nMemAvailable:    4070000 kB\n");
        assert_eq!((plenty.level, plenty.found.en.as_str()), (Level::Ok, "3.9 GiB of 7.8 GiB available"));
        assert_eq!(judge_memory("MemTotal: 8140000 kB\nMemAvailable: 100000 kB\n").level, Level::Warning);
        assert_eq!(judge_memory("").level, Level::Ok);
        assert_eq!(
            soft_limit(
                "Max processes 1 2\nMax open files            1024                 524288               files\n"
            ),
            Some(1_024)
        );
    }
}
