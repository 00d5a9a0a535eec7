use std::os::unix::fs::PermissionsExt;

use super::*;

fn device(site: &str, kind: DeviceKind, device: &str) -> Device {
    Device { site: SiteId::new(site).unwrap(), kind, device: DeviceId::new(device).unwrap() }
}

fn kiosk() -> Device {
    device("tam-ky", DeviceKind::Kiosk, "kiosk-1")
}

fn settings(strangers: Strangers) -> BrokerSettings {
    let devices = Listener { bind: Ipv4Addr::LOCALHOST.into(), port: 1883, tls: None };
    BrokerSettings { devices, programs: None, max_inflight: 10_000, strangers }
}

/// A folder of the test's own, empty, removed at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("motcua-broker-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The files as they must be; `UPDATE_GOLDEN=1` writes them anew.
fn assert_golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, text).unwrap();
    }
    let golden = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, golden, "{} differs; after reading the difference: UPDATE_GOLDEN=1", path.display());
}

#[test]
fn the_configuration_is_the_golden_one() {
    let files = BrokerFiles::of(Path::new("/var/lib/motcua"));
    let mut tls = settings(Strangers::Refused);
    tls.devices = Listener {
        bind: Ipv4Addr::UNSPECIFIED.into(),
        port: 8883,
        tls: Some(Tls { cert: "/etc/motcua/tls/cert.pem".into(), key: "/etc/motcua/tls/key.pem".into() }),
    };
    tls.programs = Some(Listener { bind: Ipv4Addr::LOCALHOST.into(), port: 1883, tls: None });
    assert_golden("mosquitto.conf", &conf::render(&tls, &files).unwrap());
    assert_golden("mosquitto-discover.conf", &conf::render(&settings(Strangers::Welcome), &files).unwrap());
}

#[test]
fn the_access_list_is_the_golden_one() {
    let devices = [kiosk(), device("tam-ky", DeviceKind::Counter, "q5")];
    assert_golden("acl", &access::render(Strangers::Refused, devices.into_iter()));
    assert_golden("acl-discover", &access::render(Strangers::Welcome, std::iter::empty()));
}

#[test]
fn strangers_come_by_loopback_only() {
    let mut open = settings(Strangers::Welcome);
    open.devices.bind = Ipv4Addr::UNSPECIFIED.into();
    let refused = conf::render(&open, &BrokerFiles::of(Path::new("/d"))).unwrap_err();
    assert!(matches!(refused, BrokerError::AnonymousBeyondLoopback(_)), "{refused}");
}

#[test]
fn a_path_cannot_smuggle_a_line_in() {
    let files = BrokerFiles::of(Path::new("/d\nallow_anonymous true"));
    assert!(matches!(conf::render(&settings(Strangers::Refused), &files), Err(BrokerError::Path(_))));
}

#[test]
fn our_own_programs_have_a_plain_listener_beside_tls() {
    let mut mqtt = Mqtt {
        bind: Ipv4Addr::UNSPECIFIED.into(),
        port: 8883,
        tls: Some(Tls { cert: "c".into(), key: "k".into() }),
        max_inflight: 1_000,
    };
    let programs = BrokerSettings::new(&mqtt, 1884, Strangers::Refused).programs.unwrap();
    assert_eq!((programs.bind, programs.port, programs.tls), (Ipv4Addr::LOCALHOST.into(), 1884, None));
    mqtt.tls = None;
    assert_eq!(BrokerSettings::new(&mqtt, 1884, Strangers::Refused).programs, None);
}

#[test]
fn the_same_installation_gives_the_same_files() {
    let dir = Scratch::new("same");
    Registry::add(&dir.0, kiosk()).unwrap();
    let registry = Registry::load(&dir.0).unwrap();
    let write = || {
        let files = BrokerFiles::write(&dir.0, &settings(Strangers::Refused), &registry).unwrap();
        let private = |path: &PathBuf| {
            assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600, "{path:?}");
            fs::read_to_string(path).unwrap()
        };
        [files.conf, files.acl, files.passwd].map(|path| private(&path))
    };
    let (first, second) = (write(), write());
    assert_eq!(first, second);
    let accounts: Vec<&str> = first[2].lines().filter_map(|line| line.split(':').next()).collect();
    assert_eq!(accounts, ["collector", "dashboard", "tam-ky.kiosk-1"]);
    assert!(dir.0.join("broker/store").is_dir());
}

#[test]
fn the_register_keeps_hashes_and_shows_a_secret_once() {
    let dir = Scratch::new("register");
    assert_eq!(Registry::load(&dir.0).unwrap(), Registry::default());
    let secret = Registry::add(&dir.0, kiosk()).unwrap();
    let text = fs::read_to_string(dir.0.join("devices.toml")).unwrap();
    assert!(text.contains("kiosk-1") && !text.contains(secret.expose()), "{text}");
    let registry = Registry::load(&dir.0).unwrap();
    assert_eq!(registry.devices().iter().map(|registered| registered.device).collect::<Vec<_>>(), [kiosk()]);
    Registry::remove(&dir.0, kiosk()).unwrap();
    assert!(Registry::load(&dir.0).unwrap().devices().is_empty());
    assert!(matches!(Registry::remove(&dir.0, kiosk()), Err(BrokerError::Unknown(_))));
}

#[test]
fn a_site_has_one_account_for_an_id() {
    let dir = Scratch::new("twice");
    Registry::add(&dir.0, kiosk()).unwrap();
    let same_name = device("tam-ky", DeviceKind::Wall, "kiosk-1");
    assert!(matches!(Registry::add(&dir.0, same_name), Err(BrokerError::Exists(other)) if other == kiosk()));
    Registry::add(&dir.0, device("hoi-an", DeviceKind::Kiosk, "kiosk-1")).unwrap();
}

#[test]
fn nobody_registers_as_motcua_itself() {
    let dir = Scratch::new("reserved");
    for ours in [device("tam-ky", DeviceKind::Host, "collector"), device("metrics", DeviceKind::Kiosk, "k")] {
        assert!(matches!(Registry::add(&dir.0, ours), Err(BrokerError::Reserved(_))), "{ours}");
    }
}
