//! Centres on paper: the file of a made-up one, as large and as oddly named as a test wants.

use std::fmt::Write as _;

/// A counter with what its screen names.
pub struct Place {
    pub counter: String,
    pub name: String,
    pub field: String,
    pub service: String,
    pub service_name: String,
    pub officer: String,
    pub officer_name: String,
}

impl Place {
    /// The `n`-th counter with its own service and officer, plainly named.
    pub fn plain(n: usize) -> Self {
        Self {
            counter: format!("q{n}"),
            name: format!("Quầy {n}"),
            field: format!("Lĩnh vực {n}"),
            service: format!("s{n}"),
            service_name: format!("Dịch vụ {n}"),
            officer: format!("cb-{n}"),
            officer_name: format!("Nguyễn Thị {n}"),
        }
    }
}

/// The file of a centre with these counters, in this zone; `Hoa Mai`, hotline 1022.
pub fn file(zone: &str, places: &[Place]) -> String {
    let mut text = format!(
        "site = \"hoa-mai\"\nname = \"Trung tâm Hoa Mai\"\ntime_zone = \"{zone}\"\n[contacts]\nhotline = \"1022\"\n"
    );
    for (n, place) in places.iter().enumerate() {
        let Place { counter, name, field, service, service_name, officer, officer_name } = place;
        let [name, field, service_name, officer_name] =
            [name, field, service_name, officer_name].map(|name| quoted(name));
        write!(
            text,
            "[[department]]\ndepartment = \"d{n}\"\nname = \"Phòng {n}\"\n\
             [[department.field]]\nfield = \"f{n}\"\nname = {field}\n\
             [[department.field.service]]\nservice = \"{service}\"\nname = {service_name}\n\
             [[department.counter]]\ncounter = \"{counter}\"\nname = {name}\nservices = [\"{service}\"]\n\
             [[department.officer]]\nofficer = \"{officer}\"\nname = {officer_name}\n"
        )
        .expect("a string takes what is written");
    }
    text
}

/// A string of TOML; JSON's escapes are TOML's too.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a string is JSON")
}
