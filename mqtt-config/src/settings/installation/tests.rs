//! The layers of the installation's settings, and each of their mistakes.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::*;
use crate::settings::files::tests::{Scratch, scratch};
use std::fs;

/// A directory with an installation's file and one good site.
fn installed(name: &str, text: &str) -> (Scratch, PathBuf) {
    let dir = scratch(name);
    fs::create_dir(dir.join("sites")).unwrap();
    fs::write(dir.join("sites/x.toml"), "site = \"x\"\nname = \"X\"").unwrap();
    let file = dir.join("motcua.toml");
    fs::write(&file, text).unwrap();
    (dir, file)
}

fn variables(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn load(file: &Path, pairs: &[(&str, &str)], flags: &Flags) -> Result<Installation, Mistakes> {
    Draft::read(file, &variables(pairs), flags).finish(file)
}

/// The mistakes, without the directory.
fn mistakes(name: &str, text: &str, pairs: &[(&str, &str)]) -> Vec<String> {
    let (dir, file) = installed(name, text);
    let told = load(&file, pairs, &Flags::default()).unwrap_err().to_string();
    told.lines().map(|line| line.replace(&format!("{}/", dir.display()), "")).collect()
}

#[test]
fn an_empty_file_is_a_whole_installation_on_loopback() {
    let (dir, file) = installed("empty", "");
    let installation = load(&file, &[], &Flags::default()).unwrap();
    let expected = Installation {
        data_dir: dir.join("data"),
        sites: vec![dir.join("sites/*.toml")],
        mqtt: Mqtt { bind: LOOPBACK, port: 1_883, tls: None, max_inflight: 10_000 },
        http: Http { bind: SocketAddr::new(LOOPBACK, 8_080), tls: None, behind_proxy: false },
        workers: 1,
        dedupe_memory_mib: 64,
        snapshot_records: 100_000,
        backups: Backups { at: TimeOfDay::parse("02:30"), dir: dir.join("data/backups"), keep: 14 },
        disk: DiskSettings::default(),
        history: History::default(),
        cameras: CameraHome::usual(&dir.join("data")),
    };
    assert_eq!(installation, expected);
}

#[test]
fn flags_are_above_variables_above_the_file() {
    let text = "data_dir = \"d\"\nmqtt_port = 1\nhttp_port = 2\nworkers = 3\nsites = [\"sites/x.toml\"]";
    let (dir, file) = installed("layers", text);
    let of_file = load(&file, &[], &Flags::default()).unwrap();
    assert_eq!((of_file.mqtt.port, of_file.http.bind.port(), of_file.workers), (1, 2, 3));
    assert_eq!((of_file.data_dir, of_file.sites), (dir.join("d"), vec![dir.join("sites/x.toml")]));

    let pattern = dir.join("sites/*.toml");
    let pairs = [
        ("http_port", "20"),
        ("mqtt_port", "10"),
        ("data_dir", "/var/lib/motcua"),
        ("sites", pattern.to_str().unwrap()),
        ("http_bind", "::1"),
        ("behind_proxy", "true"),
    ];
    let of_variables = load(&file, &pairs, &Flags::default()).unwrap();
    assert_eq!((of_variables.mqtt.port, of_variables.workers), (10, 3));
    assert_eq!(of_variables.http.bind.to_string(), "[::1]:20");
    assert_eq!((of_variables.data_dir, of_variables.sites), ("/var/lib/motcua".into(), vec![pattern.clone()]));
    assert!(of_variables.http.behind_proxy);

    let flags =
        Flags { data_dir: Some("/srv".into()), mqtt_port: Some(0), http_port: Some(0), snapshot_records: Some(7) };
    let of_flags = load(&file, &pairs, &flags).unwrap();
    assert_eq!((of_flags.mqtt.port, of_flags.http.bind.port(), of_flags.data_dir), (0, 0, "/srv".into()));
}

#[test]
fn a_variable_s_path_is_relative_to_where_one_stands() {
    let (_dir, file) = installed("where", "");
    let installation = load(&file, &[("data_dir", "here")], &Flags::default()).unwrap();
    assert_eq!(installation.data_dir, std::env::current_dir().unwrap().join("here"));
}

#[test]
fn every_kind_of_mistake_has_its_place() {
    let text = "data_dir = 1\n\
                sites = [\n\"sites/*.toml\", \"none/*.toml\",\n\"gone.toml\",\n\"***\"]\n\
                mqtt_bind = \"localhost\"\n\
                mqtt_prot = 1883\n\
                mqtt_max_inflight = 0\n\
                http_port = 65536\n\
                workers = 0\n\
                tls_cert = \"cert.pem\"\n\
                behind_proxy = \"yes\"\n\
                [mqtt]\nport = 1";
    let told = mistakes("every", text, &[]);
    let expected = [
        "motcua.toml:1: data_dir: must be a text in quotes, not a whole number",
        "motcua.toml:3: sites: matches no file",
        "motcua.toml:4: sites: matches no file",
        "motcua.toml:5: sites: is not a pattern: Pattern syntax error near position",
        "motcua.toml:6: mqtt_bind: `localhost` is not an IP address, as 127.0.0.1 or ::1",
        "motcua.toml:7: mqtt_prot: unknown key `mqtt_prot`; did you mean `mqtt_port`?",
        "motcua.toml:8: mqtt_max_inflight: must be a whole number from 1 to 65535",
        "motcua.toml:9: http_port: must be a whole number from 0 to 65535",
        "motcua.toml:10: workers: must be a whole number from 1 to 64",
        "motcua.toml:11: tls_cert: `tls_cert` and `tls_key` need each other",
        "motcua.toml:11: tls_cert: no file cert.pem",
        "motcua.toml:12: behind_proxy: must be true or false, not a text",
        "motcua.toml:13: mqtt: unknown key `mqtt`",
    ];
    assert_eq!(told.len(), expected.len(), "{told:#?}");
    for (told, expected) in told.iter().zip(expected) {
        assert!(told.starts_with(expected), "{told}\n{expected}");
    }
}

#[test]
fn variables_have_mistakes_too() {
    let pairs = [("http_prot", "80"), ("mqtt_port", "many"), ("behind_proxy", "yes"), ("workers", " 2 ")];
    assert_eq!(
        mistakes("variables", "colour = 1", &pairs),
        [
            "motcua.toml:1: colour: unknown key `colour`",
            "environment: MOTCUA_MQTT_PORT: must be a whole number from 0 to 65535",
            "environment: MOTCUA_BEHIND_PROXY: must be true or false",
            "environment: MOTCUA_HTTP_PROT: unknown key `http_prot`; did you mean `http_port`?",
        ]
    );
}

#[test]
fn beyond_loopback_pages_are_protected() {
    let open = "is not loopback: set `tls_cert` and `tls_key`, or `behind_proxy = true`";
    let told = mistakes("open", "\nhttp_bind = \"0.0.0.0\"", &[]);
    assert_eq!(told, [format!("motcua.toml:2: http_bind: 0.0.0.0 {open}")]);
    let told = mistakes("open-variable", "", &[("http_bind", "192.0.2.1")]);
    assert_eq!(told, [format!("environment: MOTCUA_HTTP_BIND: 192.0.2.1 {open}")]);

    let (dir, file) = installed("closed", "http_bind = \"0.0.0.0\"\nbehind_proxy = true");
    assert!(load(&file, &[], &Flags::default()).unwrap().http.behind_proxy);
    fs::write(&file, "http_bind = \"::\"\ntls_cert = \"c.pem\"\ntls_key = \"k.pem\"").unwrap();
    fs::write(dir.join("c.pem"), "").unwrap();
    fs::write(dir.join("k.pem"), "").unwrap();
    let tls = Tls { cert: dir.join("c.pem"), key: dir.join("k.pem") };
    assert_eq!(load(&file, &[], &Flags::default()).unwrap().http.tls, Some(tls));
    // Another loopback address is loopback.
    fs::write(&file, "http_bind = \"127.0.0.2\"").unwrap();
    assert!(load(&file, &[], &Flags::default()).is_ok());
}

#[test]
fn mistakes_of_all_files_come_together() {
    let (dir, file) = installed("together", "workers = 0");
    fs::write(dir.join("sites/y.toml"), "site = \"x\"\nnmae = \"Y\"").unwrap();
    let told = load_all(&file, &Flags::default()).unwrap_err();
    let lines: Vec<_> = told.iter().map(|mistake| (mistake.key.as_str(), mistake.line)).collect();
    assert_eq!(lines, [("workers", Some(1)), ("name", Some(1)), ("nmae", Some(2))]);
    fs::write(&file, "").unwrap();
    fs::remove_file(dir.join("sites/y.toml")).unwrap();
    let (installation, sites) = load_all(&file, &Flags::default()).unwrap();
    assert_eq!((installation.workers, sites.len()), (1, 1));
}

#[test]
fn a_file_that_is_not_there_is_a_mistake() {
    let told = load_installation(Path::new("nowhere/motcua.toml")).unwrap_err().to_string();
    assert_eq!(told, "nowhere/motcua.toml: No such file or directory (os error 2)");
}

#[test]
fn programs_log_in_to_the_broker_where_it_listens() {
    let (dir, file) = installed("runtime", "mqtt_bind = \"0.0.0.0\"\nworkers = 2");
    let installation = load(&file, &[], &Flags::default()).unwrap();
    let runtime = installation.runtime(Account::Collector, Clock::Event);
    assert_eq!((runtime.mqtt.host.as_str(), runtime.mqtt.port), ("127.0.0.1", 1_883));
    assert_eq!(runtime.mqtt.username.as_deref(), Some("collector"));
    assert_eq!(runtime.mqtt.password_file, Some(dir.join("data/secrets/collector")));
    assert_eq!((runtime.workers, runtime.clock, runtime.open_access), (2, Clock::Event, false));
    assert_eq!(runtime.sites, Sites::Files(vec![dir.join("sites/*.toml")]));
}

#[test]
fn the_disk_has_a_reserve_and_budgets() {
    let text = "disk_reserve_mib = 16\ndisk_low_percent = 80\ndisk_snapshots_mib = 100\ndisk_logs_mib = 0";
    let (_dir, file) = installed("disk", text);
    let expected = DiskSettings { reserve_mib: 16, low_percent: 80, snapshots_mib: 100, ..DiskSettings::default() };
    assert_eq!(load(&file, &[], &Flags::default()).unwrap().disk, expected);
    assert_eq!(
        mistakes("disk-wrong", "disk_low_percent = 100\ndisk_journal_mib = -1\ndisk_broker_mb = 1", &[]),
        [
            "motcua.toml:1: disk_low_percent: must be a whole number from 50 to 99",
            "motcua.toml:2: disk_journal_mib: must be a whole number from 0 to 1073741824",
            "motcua.toml:3: disk_broker_mb: unknown key `disk_broker_mb`; did you mean `disk_broker_mib`?",
        ]
    );
}

#[test]
fn backups_have_an_hour_a_place_and_a_number() {
    let text = "data_dir = \"d\"\nbackup_at = \"never\"\nbackup_dir = \"b\"\nbackup_keep = 3";
    let (dir, file) = installed("backups", text);
    let of_file = load(&file, &[], &Flags::default()).unwrap();
    assert_eq!(of_file.backups, Backups { at: None, dir: dir.join("b"), keep: 3 });
    let elsewhere = Flags { data_dir: Some("/srv".into()), ..Flags::default() };
    assert_eq!(load(&file, &[], &elsewhere).unwrap().backups.dir, dir.join("b"));

    let (_dir, file) = installed("backups-beside", "data_dir = \"d\"");
    assert_eq!(load(&file, &[], &elsewhere).unwrap().backups.dir, Path::new("/srv/backups"));

    let told = mistakes("backups-wrong", "backup_at = \"2:30\"\nbackup_keep = 0", &[]);
    assert_eq!(
        told,
        [
            "motcua.toml:1: backup_at: `2:30` is neither a time of the day, as \"02:30\", nor \"never\"",
            "motcua.toml:2: backup_keep: must be a whole number from 1 to 1000"
        ]
    );
}

#[test]
fn history_is_embedded_or_in_influxdb() {
    let text = "history_visit_days = 0\nhistory_minute_days = 7\nhistory_influxdb_org = \"unused\"";
    let (dir, file) = installed("history", text);
    let history = load(&file, &[], &Flags::default()).unwrap().history;
    assert_eq!(history, History { visit_days: None, minute_days: Some(7), ..History::default() });

    fs::write(dir.join("token"), "secret\n").unwrap();
    fs::write(&file, "history_store = \"influxdb\"\nhistory_influxdb_token_file = \"token\"").unwrap();
    let pairs = [
        ("history_influxdb_url", "http://influxdb:8086/"),
        ("history_influxdb_org", "UBND tỉnh"),
        ("history_influxdb_trusted_network", "true"),
    ];
    let expected = InfluxSettings {
        url: "http://influxdb:8086".to_owned(),
        org: "UBND tỉnh".to_owned(),
        token_file: dir.join("token"),
        bucket_prefix: "motcua".to_owned(),
        timeout_s: 10,
    };
    assert_eq!(load(&file, &pairs, &Flags::default()).unwrap().history.store, HistoryStore::Influx(expected));
}

#[test]
fn every_mistake_about_influxdb_is_told() {
    let clear = "the token would cross the network to 192.0.2.7 in the clear: \
                 use https, or `history_influxdb_trusted_network = true`";
    let text = "history_store = \"influxdb\"\nhistory_influxdb_url = \"http://192.0.2.7:8086\"\n\
                history_influxdb_token_file = \"none\"\nhistory_influxdb_timeout_s = 0\n\
                history_influxdb_bucket_prefix = \"_a b\"\nhistory_hour_days = -1";
    assert_eq!(
        mistakes("influxdb", text, &[]),
        [
            "motcua.toml:1: history_store: `\"influxdb\"` needs `history_influxdb_org`".to_owned(),
            format!("motcua.toml:2: history_influxdb_url: {clear}"),
            "motcua.toml:3: history_influxdb_token_file: no token in none: No such file or directory (os error 2)"
                .into(),
            "motcua.toml:4: history_influxdb_timeout_s: must be a whole number from 1 to 300".into(),
            "motcua.toml:5: history_influxdb_bucket_prefix: \
             `_a b` is not 1 to 32 of a-z, 0-9, - and _, the first no _"
                .into(),
            "motcua.toml:6: history_hour_days: must be a whole number from 0 to 36500".into(),
        ]
    );
    let told = mistakes("influxdb-url", "history_store = \"influx\"\nhistory_influxdb_url = \"influxdb:8086\"", &[]);
    assert_eq!(told.len(), 2, "{told:#?}");
    assert!(told[0].ends_with("`influx` is none of embedded, influxdb; did you mean `influxdb`?"), "{told:#?}");
    assert!(told[1].contains("is no address of InfluxDB"), "{told:#?}");
    assert_eq!(mistakes("influxdb-bare", "history_store = \"influxdb\"", &[]).len(), 3);
}

#[test]
fn cameras_reach_the_broker_of_the_installation_or_another() {
    let (dir, file) = installed("cameras", "mqtt_bind = \"0.0.0.0\"\nmqtt_port = 7");
    let of = |flags: &Flags| load(&file, &[], flags).unwrap().camera_runtime();
    let here = of(&Flags::default());
    assert_eq!((here.host.as_str(), here.port), ("127.0.0.1", 7));
    assert_eq!((here.secrets, here.sites), (dir.join("data/secrets/cameras"), vec![dir.join("sites/*.toml")]));
    let elsewhere = Flags { data_dir: Some("/srv".into()), ..Flags::default() };
    assert_eq!(of(&elsewhere).secrets, Path::new("/srv/secrets/cameras"));

    fs::write(&file, "camera_broker = \"[2001:db8::1]:1883\"\ncamera_secrets = \"keys\"").unwrap();
    let there = of(&elsewhere);
    assert_eq!((there.host.as_str(), there.port, there.secrets), ("2001:db8::1", 1_883, dir.join("keys")));
    for wrong in ["broker", "broker:0", "::1:1883", ":1883", "mqtt://broker:1883", "broker:70000"] {
        assert_eq!(
            mistakes("cameras-wrong", &format!("camera_broker = \"{wrong}\""), &[]),
            ["motcua.toml:1: camera_broker: is not `host:port`, as \"192.0.2.10:1883\""],
            "{wrong}"
        );
    }
}
