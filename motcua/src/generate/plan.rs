//! What a generated centre looks like: who sends officers, what is served, where, by whom. Places and
//! people are invented; fields and services are named as in real centres.

use domain::board::Contacts;
use domain::config::{CounterConfig, OfficerConfig, OpeningHours, Queue, ServiceConfig, SiteConfig, ZoneConfig};
use domain::event::{DeviceKind, ZoneKind};
use domain::facts::Date;
use domain::ids::IdError;
use domain::{CameraId, CounterId, DepartmentId, DeviceId, FieldId, OfficerId, ServiceId, SiteId, ZoneId};

use super::year::{Year, civil_of};
use crate::centre::{Dice, Speaker};

/// Opening hours, minutes after midnight.
pub(super) const MORNING: (u16, u16) = (7 * 60, 11 * 60 + 30);
pub(super) const AFTERNOON: (u16, u16) = (13 * 60 + 30, 17 * 60);

/// A department: id, name, counters, officers.
const DEPARTMENTS: [(&str, &str, usize, usize); 10] = [
    ("dat-dai", "Văn phòng Đăng ký đất đai", 8, 12),
    ("tu-phap", "Sở Tư pháp", 6, 9),
    ("cong-an", "Công an tỉnh", 6, 9),
    ("tai-chinh", "Sở Tài chính", 5, 7),
    ("xay-dung", "Sở Xây dựng", 4, 6),
    ("noi-vu", "Sở Nội vụ", 3, 5),
    ("bao-hiem", "Bảo hiểm xã hội", 3, 4),
    ("thue", "Thuế tỉnh", 2, 3),
    ("nong-nghiep", "Sở Nông nghiệp và Môi trường", 2, 3),
    ("giao-duc", "Sở Giáo dục và Đào tạo", 1, 2),
];

/// A service: department, field and its name, service and its name, share of visits, minutes a
/// submission takes, and how much more it is asked for from June to August.
type Row = (usize, &'static str, &'static str, &'static str, &'static str, f64, f64, f64);
const SERVICES: [Row; 24] = [
    (0, "dat-dai", "Đất đai", "cap-gcn", "Cấp giấy chứng nhận quyền sử dụng đất", 11.0, 36.0, 1.0),
    (0, "dat-dai", "Đất đai", "bien-dong", "Đăng ký biến động đất đai", 11.0, 33.0, 1.0),
    (0, "do-dac", "Đo đạc và bản đồ", "trich-do", "Trích đo địa chính", 2.5, 26.0, 1.0),
    (1, "ho-tich", "Tư pháp – Hộ tịch", "ho-tich", "Khai sinh, kết hôn, khai tử", 9.0, 26.0, 1.1),
    (1, "ho-tich", "Tư pháp – Hộ tịch", "chung-thuc", "Chứng thực bản sao, chữ ký", 8.5, 13.0, 1.7),
    (1, "ho-tich", "Tư pháp – Hộ tịch", "ly-lich", "Phiếu lý lịch tư pháp", 4.0, 17.0, 1.2),
    (2, "cu-tru", "Cư trú và căn cước", "can-cuoc", "Cấp thẻ căn cước", 8.0, 15.0, 1.6),
    (2, "cu-tru", "Cư trú và căn cước", "cu-tru", "Đăng ký thường trú, tạm trú", 5.0, 16.0, 1.3),
    (2, "giao-thong", "Giao thông vận tải", "lai-xe", "Đổi giấy phép lái xe", 4.5, 17.0, 1.1),
    (3, "doanh-nghiep", "Đăng ký doanh nghiệp", "doanh-nghiep", "Thành lập, thay đổi doanh nghiệp", 4.5, 34.0, 1.0),
    (3, "doanh-nghiep", "Đăng ký doanh nghiệp", "ho-kinh-doanh", "Đăng ký hộ kinh doanh", 4.0, 24.0, 1.0),
    (3, "dau-tu", "Đầu tư", "dau-tu", "Chấp thuận chủ trương đầu tư", 1.2, 42.0, 1.0),
    (4, "xay-dung", "Xây dựng", "gp-xay-dung", "Cấp giấy phép xây dựng", 4.5, 33.0, 1.0),
    (4, "xay-dung", "Xây dựng", "quy-hoach", "Cung cấp thông tin quy hoạch", 1.6, 21.0, 1.0),
    (4, "giao-thong", "Giao thông vận tải", "van-tai", "Cấp phù hiệu, giấy phép vận tải", 2.4, 19.0, 1.0),
    (5, "lao-dong", "Lao động – Việc làm", "that-nghiep", "Trợ cấp thất nghiệp", 3.4, 24.0, 1.1),
    (5, "lao-dong", "Lao động – Việc làm", "nguoi-co-cong", "Chế độ người có công", 1.6, 26.0, 1.1),
    (6, "bao-hiem", "Bảo hiểm xã hội", "bhxh", "Sổ bảo hiểm xã hội, trợ cấp", 4.5, 25.0, 1.0),
    (6, "bao-hiem", "Bảo hiểm xã hội", "bhyt", "Thẻ bảo hiểm y tế", 2.8, 14.0, 1.3),
    (7, "thue", "Thuế", "thue-dat", "Thuế, lệ phí trước bạ nhà đất", 4.4, 24.0, 1.0),
    (7, "thue", "Thuế", "ma-so-thue", "Đăng ký mã số thuế", 1.8, 15.0, 1.0),
    (8, "moi-truong", "Nông nghiệp và Môi trường", "moi-truong", "Giấy phép môi trường", 1.2, 33.0, 1.0),
    (8, "moi-truong", "Nông nghiệp và Môi trường", "thuy-loi", "Giấy phép khai thác nước", 0.8, 30.0, 1.0),
    (9, "giao-duc", "Giáo dục và Đào tạo", "tuyen-sinh", "Chuyển trường, cấp bản sao văn bằng", 2.0, 16.0, 3.2),
];

/// The letters of ticket numbers, one a department: without I and O, which look like digits.
pub(super) const SERIES: [char; 10] = ['A', 'B', 'C', 'D', 'E', 'G', 'H', 'K', 'L', 'M'];

const FAMILY: [&str; 12] = ["Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Huỳnh", "Phan", "Vũ", "Võ", "Đặng", "Bùi", "Đỗ"];
const MIDDLE: [&str; 8] = ["Thị", "Văn", "Minh", "Thanh", "Quốc", "Ngọc", "Hữu", "Thu"];
const GIVEN: [&str; 16] = [
    "Lan", "Bình", "Hà", "Dũng", "Hương", "Khánh", "Mai", "Nam", "Oanh", "Phúc", "Quỳnh", "Sơn", "Thảo", "Tuấn", "Vân",
    "Yến",
];
const PLACES: [&str; 16] = [
    "An", "Bình", "Cẩm", "Đông", "Gia", "Hòa", "Kim", "Long", "Mỹ", "Ngọc", "Phú", "Quảng", "Sơn", "Tân", "Vĩnh",
    "Xuân",
];
const ENDINGS: [&str; 16] = [
    "Lộc", "Phước", "Thạnh", "Hưng", "Khê", "Lâm", "Minh", "Ninh", "Phong", "Quang", "Sơn", "Thịnh", "Trung", "Vân",
    "Xá", "Yên",
];

/// A camera: id and its zones.
const CAMERAS: [(&str, &[(&str, ZoneKind)]); 4] = [
    ("cam-1", &[("cho-a", ZoneKind::Waiting), ("cho-b", ZoneKind::Waiting)]),
    ("cam-2", &[("cho-c", ZoneKind::Waiting), ("cua-chinh", ZoneKind::Entrance)]),
    ("cam-3", &[("cho-d", ZoneKind::Waiting), ("cua-phu", ZoneKind::Entrance)]),
    ("cam-4", &[("cho-e", ZoneKind::Waiting)]),
];

/// One service.
#[derive(Debug, Clone, Copy)]
pub(super) struct Service {
    pub id: ServiceId,
    pub department: usize,
    pub share: f64,
    pub minutes: f64,
    pub summer: f64,
}

/// One counter and its devices.
#[derive(Debug, Clone, Copy)]
pub(super) struct Desk {
    pub id: CounterId,
    pub department: usize,
    pub console: Speaker,
    pub button: Speaker,
}

/// One officer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Officer {
    pub id: OfficerId,
    pub department: usize,
    /// How much longer than usual he takes.
    pub slow: f64,
    /// First and last day here; outside of the year where nothing is said.
    pub from: Date,
    pub to: Date,
    /// First day of his three weeks of leave.
    pub leave: Date,
}

/// One centre.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub config: SiteConfig,
    pub services: Vec<Service>,
    pub desks: Vec<Desk>,
    pub officers: Vec<Officer>,
    pub kiosks: Vec<Speaker>,
    pub exit: Speaker,
    pub views: Vec<View>,
    /// How many departments.
    pub departments: usize,
}

/// One zone of a camera.
#[derive(Debug, Clone, Copy)]
pub(super) struct View {
    pub speaker: Speaker,
    pub camera: CameraId,
    pub zone: ZoneId,
    pub kind: ZoneKind,
}

impl Plan {
    /// Centre number `n`, 0 the first.
    ///
    /// # Errors
    /// Never, unless a table of this file holds no id.
    pub(super) fn new(n: usize, year: &Year, dice: &mut Dice) -> Result<Self, IdError> {
        let services = SERVICES.iter().map(service).collect::<Result<Vec<_>, _>>()?;
        let desks = desks()?;
        let officers = officers(year, dice)?;
        let views = views()?;
        let mut config = SiteConfig::discovered(SiteId::new(&format!("tt-{:03}", n + 1))?, "Asia/Ho_Chi_Minh");
        config.discover = false;
        config.name = site_name(n);
        config.contacts = Contacts { hotline: Some("1900 0000".into()), email: None };
        let days = vec![1, 2, 3, 4, 5];
        let interval = |(open_min, close_min)| OpeningHours { days: days.clone(), open_min, close_min };
        config.hours = vec![interval(MORNING), interval(AFTERNOON)];
        config.holidays = year.holidays.iter().map(|date| civil_of(*date).to_string()).collect();
        config.services = SERVICES.iter().map(service_config).collect::<Result<_, _>>()?;
        config.counters =
            desks.iter().enumerate().map(|desk| counter_config(desk, &services)).collect::<Result<_, _>>()?;
        config.officers =
            officers.iter().map(|officer| officer_config(officer, year, dice)).collect::<Result<_, _>>()?;
        config.zones = views.iter().map(zone_config).collect();
        let kiosks = ["kiosk-1", "kiosk-2", "kiosk-3"].iter().map(|id| speaker(DeviceKind::Kiosk, id));
        Ok(Self {
            config,
            services,
            desks,
            officers,
            kiosks: kiosks.collect::<Result<_, _>>()?,
            exit: speaker(DeviceKind::Rating, "cua-ra")?,
            views,
            departments: DEPARTMENTS.len(),
        })
    }
}

fn speaker(kind: DeviceKind, id: &str) -> Result<Speaker, IdError> {
    Ok(Speaker { kind, device: DeviceId::new(id)? })
}

fn service(row: &Row) -> Result<Service, IdError> {
    let (department, _, _, id, _, share, minutes, summer) = *row;
    Ok(Service { id: ServiceId::new(id)?, department, share, minutes, summer })
}

fn service_config(row: &Row) -> Result<ServiceConfig, IdError> {
    let (department, field, field_name, service, name, ..) = *row;
    let (id, department_name, ..) = DEPARTMENTS[department];
    Ok(ServiceConfig {
        service: ServiceId::new(service)?,
        name: name.to_owned(),
        field: Some(FieldId::new(field)?),
        field_name: Some(field_name.to_owned()),
        department: Some(DepartmentId::new(id)?),
        department_name: Some(department_name.to_owned()),
        queue: Queue::External,
        hours: Vec::new(),
    })
}

fn desks() -> Result<Vec<Desk>, IdError> {
    let of = DEPARTMENTS.iter().enumerate().flat_map(|(department, (_, _, n, _))| std::iter::repeat_n(department, *n));
    of.enumerate()
        .map(|(n, department)| {
            let id = format!("q{}", n + 1);
            let (console, button) = (speaker(DeviceKind::Counter, &id)?, speaker(DeviceKind::Rating, &id)?);
            Ok(Desk { id: CounterId::new(&id)?, department, console, button })
        })
        .collect()
}

fn counter_config((n, desk): (usize, &Desk), services: &[Service]) -> Result<CounterConfig, IdError> {
    Ok(CounterConfig {
        counter: desk.id,
        name: format!("Quầy {}", n + 1),
        place: Some(if n < 20 { "Tầng 1".to_owned() } else { "Tầng 2".to_owned() }),
        department: Some(DepartmentId::new(DEPARTMENTS[desk.department].0)?),
        services: services.iter().filter(|service| service.department == desk.department).map(|s| s.id).collect(),
        field_name: None,
    })
}

/// One in twelve leaves in the course of the year, and as many come.
fn officers(year: &Year, dice: &mut Dice) -> Result<Vec<Officer>, IdError> {
    let (first, days) = year.span();
    let of = DEPARTMENTS.iter().enumerate().flat_map(|(department, (_, _, _, n))| std::iter::repeat_n(department, *n));
    of.enumerate()
        .map(|(n, department)| {
            let day = |dice: &mut Dice| first + dice.index(days as usize) as Date;
            let slow = (1.0 + 0.16 * dice.normal()).clamp(0.75, 1.35) * if dice.chance(0.1) { 1.45 } else { 1.0 };
            let (from, to) = match n % 12 {
                5 => (first - 1, day(dice)),
                9 => (day(dice), first + days),
                _ => (first - 1, first + days),
            };
            let id = OfficerId::new(&format!("cb-{:02}", n + 1))?;
            Ok(Officer { id, department, slow, from, to, leave: day(dice) })
        })
        .collect()
}

fn officer_config(officer: &Officer, year: &Year, dice: &mut Dice) -> Result<OfficerConfig, IdError> {
    let (first, days) = year.span();
    let name = [&FAMILY[..], &MIDDLE[..], &GIVEN[..]].map(|part| dice.one_of(part).copied().unwrap_or_default());
    let inside = |date: Date| (first..first + days).contains(&date).then(|| civil_of(date).to_string());
    Ok(OfficerConfig {
        officer: officer.id,
        name: name.join(" "),
        department: Some(DepartmentId::new(DEPARTMENTS[officer.department].0)?),
        from: inside(officer.from),
        to: inside(officer.to),
    })
}

fn views() -> Result<Vec<View>, IdError> {
    let all = CAMERAS.iter().flat_map(|(camera, zones)| zones.iter().map(move |zone| (*camera, *zone)));
    all.map(|(camera, (zone, kind))| {
        let speaker = speaker(DeviceKind::Camera, camera)?;
        Ok(View { speaker, camera: CameraId::new(camera)?, zone: ZoneId::new(zone)?, kind })
    })
    .collect()
}

fn zone_config(view: &View) -> ZoneConfig {
    ZoneConfig {
        camera: view.camera,
        zone: view.zone,
        kind: view.kind,
        counter: None,
        polygon: Vec::new(),
        seats: None,
    }
}

/// A name of its own for each of the first 256 centres; later ones have a number too.
fn site_name(n: usize) -> String {
    let (place, ending) = (PLACES[n % 16], ENDINGS[(n / 16 + n * 5) % 16]);
    let number = if n < 256 { String::new() } else { format!(" {}", n / 256 + 1) };
    format!("Trung tâm Phục vụ hành chính công {place} {ending}{number} (mô phỏng)")
}
