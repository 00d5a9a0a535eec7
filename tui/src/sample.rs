//! A centre as it stands at half past nine, always the same: what screens are tested and measured
//! with. Nothing of the program uses it.

use domain::board::{
    Board, CallRow, Contacts, CounterRatings, CounterRow, DeviceRow, Estimate, Hours, Ingest, Message, MissedRow,
    Promise, RatingTotals, ServiceRow, Shown, TicketStage, WaitingArea, ZoneRow,
};
use domain::event::{CounterStatus, DeviceKind, DeviceState, Priority, RatingLevel, ZoneKind};
use domain::{CameraId, CounterId, DeviceId, OfficerId, Seconds, ServiceId, SiteId, TicketNumber, Timestamp, ZoneId};

use crate::message::What;
use crate::model::{Model, Moment, Server, Settings, Size};
use crate::update::update;

/// Department, field, service, id, letter of its tickets.
const SERVICES: [(&str, &str, &str, &str, char); 24] = [
    ("Sở Nông nghiệp và Môi trường", "Đất đai", "Đăng ký biến động đất đai", "dat-dai-bien-dong", 'A'),
    ("Sở Nông nghiệp và Môi trường", "Đất đai", "Cấp giấy chứng nhận quyền sử dụng đất", "dat-dai-cap-moi", 'B'),
    ("Sở Nông nghiệp và Môi trường", "Môi trường", "Giấy phép môi trường", "moi-truong", 'C'),
    ("Sở Tư pháp", "Lý lịch tư pháp", "Phiếu lý lịch tư pháp", "ly-lich", 'D'),
    ("Sở Tư pháp", "Hộ tịch", "Khai sinh, kết hôn, khai tử", "ho-tich", 'E'),
    ("Sở Tư pháp", "Chứng thực", "Chứng thực bản sao, chữ ký", "chung-thuc", 'F'),
    ("Sở Tài chính", "Doanh nghiệp", "Đăng ký doanh nghiệp", "doanh-nghiep", 'G'),
    ("Sở Tài chính", "Hộ kinh doanh", "Đăng ký hộ kinh doanh", "ho-kinh-doanh", 'H'),
    ("Sở Tài chính", "Đầu tư", "Giấy chứng nhận đăng ký đầu tư", "dau-tu", 'K'),
    ("Sở Xây dựng", "Xây dựng", "Giấy phép xây dựng", "xay-dung", 'L'),
    ("Sở Xây dựng", "Giao thông", "Đổi giấy phép lái xe", "lai-xe", 'M'),
    ("Sở Xây dựng", "Quy hoạch", "Thông tin quy hoạch", "quy-hoach", 'N'),
    ("Sở Nội vụ", "Người có công", "Chế độ người có công", "nguoi-co-cong", 'P'),
    ("Sở Nội vụ", "Việc làm", "Giấy phép lao động", "lao-dong", 'Q'),
    ("Sở Y tế", "Hành nghề y", "Chứng chỉ hành nghề y", "hanh-nghe-y", 'R'),
    ("Sở Y tế", "Bảo trợ xã hội", "Trợ cấp xã hội", "tro-cap", 'S'),
    ("Sở Giáo dục và Đào tạo", "Văn bằng", "Bản sao văn bằng", "van-bang", 'T'),
    ("Sở Công Thương", "Thương mại", "Giấy phép bán lẻ xăng dầu", "xang-dau", 'U'),
    ("Sở Khoa học và Công nghệ", "Đo lường", "Kiểm định đo lường", "do-luong", 'V'),
    ("Sở Văn hóa, Thể thao và Du lịch", "Du lịch", "Thẻ hướng dẫn viên du lịch", "huong-dan-vien", 'W'),
    ("Công an tỉnh", "Căn cước", "Cấp thẻ căn cước", "can-cuoc", 'X'),
    ("Công an tỉnh", "Cư trú", "Đăng ký cư trú", "cu-tru", 'Y'),
    ("Bảo hiểm xã hội", "Bảo hiểm", "Sổ bảo hiểm xã hội", "bao-hiem", 'Z'),
    ("Thuế tỉnh", "Thuế", "Lệ phí trước bạ", "truoc-ba", 'J'),
];

const FAMILY: [&str; 8] = ["Nguyễn", "Trần", "Lê", "Phạm", "Huỳnh", "Võ", "Đặng", "Bùi"];
const MIDDLE: [&str; 5] = ["Thị Ngọc", "Văn", "Thị", "Minh", "Thị Hồng"];
const GIVEN: [&str; 10] = ["Ánh", "Bình", "Châu", "Dũng", "Hương", "Khánh", "Loan", "Mỹ", "Phượng", "Thắng"];

/// When the board of [`model`] was heard, in milliseconds since its start.
pub const HEARD_MS: u64 = 3_600_000;

/// 2026-11-23, half past nine in Việt Nam.
pub const AS_OF: &str = "2026-11-23T02:30:00.000Z";

fn id<T: std::str::FromStr>(text: &str) -> T
where
    T::Err: std::fmt::Debug,
{
    text.parse().expect("the ids here are written by hand and fit their patterns")
}

fn as_of() -> Timestamp {
    Timestamp::parse(AS_OF).expect("it is written as RFC 3339")
}

/// Minutes before half past nine.
fn ago(minutes: i64, seconds: i64) -> Timestamp {
    as_of().plus(-(minutes * 60 + seconds) * 1_000)
}

fn minutes(minutes: i64) -> Seconds {
    Seconds::from_ms(minutes * 60_000)
}

fn ticket(letter: char, number: usize) -> TicketNumber {
    id(&format!("{letter}{number:03}"))
}

/// The board: `counters` of them, everything else as in a provincial centre.
#[must_use]
pub fn board(counters: usize) -> Board {
    Board {
        site: id::<SiteId>("tam-ky"),
        name: "Trung tâm Phục vụ hành chính công Tam Kỳ".into(),
        seq: 81_234,
        as_of: as_of(),
        business_day: "2026-11-23".into(),
        time_zone: "Asia/Ho_Chi_Minh".into(),
        contacts: Contacts { hotline: Some("1900 0000".into()), email: None },
        hours: [("07:00", "11:30"), ("13:30", "17:00")]
            .map(|(open, close)| Hours { open: open.into(), close: close.into() })
            .into(),
        services: (0..SERVICES.len()).map(service).collect(),
        counters: (1..=counters).map(counter).collect(),
        calls: (0..20).map(call).collect(),
        missed: vec![MissedRow { ticket: ticket('A', 9), counter: Some(id("q5")), ts: ago(12, 0) }],
        zones: zones(),
        ratings: RatingTotals {
            n: 63,
            by_level: [
                (RatingLevel::VerySatisfied, 41),
                (RatingLevel::Satisfied, 18),
                (RatingLevel::Neutral, 2),
                (RatingLevel::Dissatisfied, 2),
            ]
            .into(),
            unbound: 2,
        },
        devices: devices(),
        alerts: Vec::new(),
        ingest: Some(Ingest { accepted: 120_345, duplicate: 12, late: 3, unmatched: 0, dead_letter: 2 }),
        storage: None,
        waiting_area: Some(WaitingArea { level: Some(0.38), people: None, zones: 6, known: 5 }),
    }
}

fn service(at: usize) -> ServiceRow {
    let (department, field, name, service, letter) = SERVICES[at];
    let starved = at == 2;
    let waiting = if starved { 3 } else { [7, 4, 3, 2, 5, 9, 1, 0][at % 8] };
    let longest = [32, 17, 14, 9, 11, 19, 12, 0][at % 8] - at as i64 / 8 * 4;
    let no_figures = at % 8 == 7;
    let reason = match (starved, at) {
        (true, _) => Some("no_open_counter"),
        (_, 7) => Some("not_enough_history"),
        (_, 15) => Some("closed_until"),
        _ => None,
    };
    ServiceRow {
        service: id::<ServiceId>(service),
        name: name.into(),
        field: Some(field.into()),
        department: Some(department.into()),
        waiting,
        longest_wait_s: (waiting > 0).then(|| minutes(longest.max(1))),
        next: (0..waiting.min(3) as usize).map(|n| ticket(letter, 20 + n)).collect(),
        window_s: 900,
        called: if no_figures { 0 } else { 3 + (at as u32 * 5) % 9 },
        wait_mean_s: (!no_figures).then(|| minutes(longest.max(4) / 2)),
        wait_p50_s: (!no_figures).then(|| minutes(longest.max(4) / 2)),
        wait_p90_s: (!no_figures).then(|| minutes(longest.max(4) - 1)),
        arrivals: 2 + (at as u32 * 7) % 11,
        abandoned: u32::from(at.is_multiple_of(5)),
        open_counters: Some(if starved { 0 } else { 1 + at as u32 % 3 }),
        estimate: reason.is_none().then(|| estimate(at, longest)),
        estimate_reason: reason.map(Into::into),
        opens_at: (at == 15).then(|| Timestamp::parse("2026-11-23T06:30:00Z").unwrap_or_default()),
        closed_reason: None,
        promise: promise(at),
    }
}

/// Two of them run past lunch, one of these maybe past the day.
fn estimate(at: usize, longest: i64) -> Estimate {
    let (p50, p90) = match at {
        0 => (80, 250),
        8 => (300, 440),
        _ => (longest / 2 + 2, longest + 6),
    };
    let afternoon = Timestamp::parse("2026-11-23T06:30:00Z").filter(|_| p90 > 120);
    Estimate { p50_s: minutes(p50), p90_s: minutes(p90), resumes_at: afternoon, before_close: Some(p90 < 400) }
}

/// One service keeps too few of its promises, one has made none yet.
fn promise(at: usize) -> Option<Promise> {
    let n = 6 + (at as u32 * 17) % 90;
    match at {
        0 => Some(Promise { n: 140, within: 129 }),
        4 => Some(Promise { n: 60, within: 48 }),
        7 => None,
        _ => Some(Promise { n, within: n - n / 12 }),
    }
}

/// A name of an officer; no two of the first forty are alike.
fn officer(number: usize) -> String {
    format!("{} {} {}", FAMILY[number % 8], MIDDLE[number % 5], GIVEN[(number * 3) % 10])
}

fn counter(number: usize) -> CounterRow {
    let (_, field, _, service, letter) = SERVICES[number % SERVICES.len()];
    let serving = Some(TicketStage::Serving);
    let (status, stage, minutes_ago, reason) = match number {
        7 => (CounterStatus::Open, None, 12, None),
        9 => (CounterStatus::Paused, None, 25, Some("lunch")),
        18 => (CounterStatus::Paused, None, 4, Some("họp giao ban")),
        12 => (CounterStatus::Open, Some(TicketStage::Called), 6, None),
        5 | 21 | 33 => (CounterStatus::Open, Some(TicketStage::Called), 0, None),
        30 => (CounterStatus::Open, serving, 47, None),
        n if n % 10 == 4 => (CounterStatus::Closed, None, 150, None),
        n if n % 24 == 7 || n % 24 == 23 => (CounterStatus::Open, None, 1, None),
        n => (CounterStatus::Open, serving, (n as i64 * 7) % 13, None),
    };
    let closed = status == CounterStatus::Closed;
    CounterRow {
        counter: id::<CounterId>(&format!("q{number}")),
        name: format!("Quầy {number}"),
        place: Some(format!("Tầng {}, dãy {}", 1 + number / 21, 1 + number / 10)),
        status,
        reason: reason.map(Into::into),
        officer: (!closed).then(|| id::<OfficerId>(&format!("cb-{number:03}"))),
        officer_name: (!closed).then(|| officer(number)),
        field: Some(field.into()),
        services: vec![id(if number == 7 { SERVICES[5].3 } else { service })],
        ticket: stage.map(|_| ticket(letter, 10 + number % 10)),
        ticket_state: stage,
        since: Some(ago(minutes_ago, 20)),
        served: if closed { 0 } else { 3 + (number as u32 * 5) % 11 },
        service_mean_s: (!closed).then(|| minutes(5 + number as i64 % 6)),
        utilisation: Shown::Figure((!closed).then_some(((number * 37) % 61) as f64 / 100.0 + 0.38)),
        ratings: Some(CounterRatings {
            n: number as u32 % 4,
            satisfied: (number as u32 % 4).saturating_sub(u32::from(number % 11 == 3)),
        }),
    }
}

fn call(at: usize) -> CallRow {
    let number = 1 + (at * 7) % 40;
    let (_, _, _, service, letter) = SERVICES[number % SERVICES.len()];
    CallRow {
        call_seq: 991 - at as u64,
        ticket: ticket(letter, 10 + number % 10),
        counter: (at != 6).then(|| id(&format!("q{number}"))),
        service: Some(id(service)),
        priority: Some(if at % 5 == 2 { Priority::Elderly } else { Priority::Normal }),
        ts: ago(at as i64 / 2, 11 + at as i64 % 2 * 30),
        recall: at % 7 == 3,
    }
}

/// One camera has never spoken, one has lost its picture, and one sees that nobody is at counter 7.
fn zones() -> Vec<ZoneRow> {
    (1..=12_u32)
        .map(|n| {
            let (silent, lost, away) = (n == 11, n == 9, n == 10);
            let seen = !silent && !lost;
            let level = if away { 0.0 } else { f64::from((n * 29) % 97) / 100.0 };
            let kind = [ZoneKind::Waiting, ZoneKind::Waiting, ZoneKind::Counter, ZoneKind::Entrance][n as usize % 4];
            ZoneRow {
                camera: id::<CameraId>(&format!("cam-{n}")),
                zone: id::<ZoneId>(["cho-tang-1", "cho-tang-2", "quay-dat-dai", "loi-vao"][n as usize % 4]),
                kind,
                counter: (kind == ZoneKind::Counter).then(|| id(if away { "q7" } else { "q5" })),
                level: seen.then_some(level),
                motion: seen.then_some(n % 3 != 0 && !away),
                people: (seen && n % 4 == 1).then_some(n),
                as_of: (!silent).then(|| if lost { ago(3, 0) } else { ago(0, i64::from(n)) }),
            }
        })
        .collect()
}

fn devices() -> Vec<DeviceRow> {
    let row = |device: String, kind, age_s: u64| DeviceRow {
        device: id::<DeviceId>(&device),
        kind,
        state: Some(DeviceState::Ready),
        age_s: Some(age_s),
        skew_ms: Some(i64::try_from(age_s % 40).unwrap_or(0) - 12),
        gaps: 0,
        flags: Vec::new(),
    };
    let buttons = (1..=60_u64).map(|n| row(format!("nut-{n:02}"), DeviceKind::Rating, n * 7 % 30));
    let cameras = (1..=12_u64).map(|n| row(format!("cam-{n}"), DeviceKind::Camera, n * 11 % 30));
    let mut devices: Vec<DeviceRow> = buttons.chain(cameras).collect();
    devices.push(row("kiosk-1".into(), DeviceKind::Kiosk, 4));
    devices.push(row("tv-sanh".into(), DeviceKind::Wall, 9));
    devices[16] =
        DeviceRow { state: Some(DeviceState::Lost), age_s: Some(260), skew_ms: None, gaps: 2, ..devices[16].clone() };
    devices[70] = DeviceRow { state: Some(DeviceState::Lost), age_s: Some(95), ..devices[70].clone() };
    devices[30].flags = vec!["clock_untrusted".into()];
    devices[73].flags = vec!["muted".into()];
    devices
}

/// A terminal that has watched this centre for an hour.
///
/// # Panics
/// Never: what it takes in is written by the same program.
#[must_use]
pub fn model(size: Size, settings: Settings, counters: usize) -> Model {
    let server = Server { url: "http://127.0.0.1:8080".into(), site: id("tam-ky") };
    let mut model = Model::new(server, settings, size);
    let board = board(counters);
    say(&mut model, 0, What::Opened);
    for half_minute in (1..120_i64).rev() {
        let mut earlier = board.clone();
        for (at, row) in earlier.services.iter_mut().enumerate() {
            // It has grown since the doors opened, in waves, another for each service.
            let grown = f64::from(row.waiting) * (120 - half_minute) as f64 / 120.0;
            let wave = (half_minute as f64 / (5.0 + at as f64 % 7.0)).sin() * 1.5;
            row.waiting = (grown + wave).max(0.0).round() as u32;
            row.wait_p90_s = row.wait_p90_s.map(|p90| Seconds::from_ms(p90.ms() * (150 - half_minute) / 150));
        }
        model.trends.take(&earlier, board.as_of.plus(-half_minute * 30_000));
    }
    hear(&mut model, HEARD_MS, board);
    model
}

/// Takes in a board as the server would send it.
///
/// # Panics
/// Never: a board can be written as JSON.
pub fn hear(model: &mut Model, mono_ms: u64, board: Board) {
    let snapshot = Message::Snapshot { seq: board.seq, board };
    let text = serde_json::to_string(&snapshot).expect("a board has no map with keys that JSON cannot write");
    say(model, mono_ms, What::Frame(text));
}

/// Something happens `mono_ms` after the start.
pub fn say(model: &mut Model, mono_ms: u64, what: What) {
    let at = Moment { mono_ms, wall: as_of() };
    update(model, crate::message::Message { at, what });
}
