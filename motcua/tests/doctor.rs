//! `motcua doctor` beside a real installation: down, up, with its broker dead; and the bundle, in
//! which no secret of this machine may be found.

#![expect(clippy::unwrap_used, reason = "a step that fails ends its test")]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

const LIMIT: Duration = Duration::from_secs(60);
/// What no secret may be written with by accident: every character that an address, a quotation or a
/// comment gives a meaning.
const CANARY: &str = "CaNaRy@:/%!#";

struct Installed {
    folder: tempfile::TempDir,
    serve: Option<Child>,
    ready: Value,
}

impl Installed {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let installed = Self { folder, serve: None, ready: Value::Null };
        assert!(installed.run(&["init", installed.path(".").to_str().unwrap()]).status.success());
        installed
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn config(&self) -> String {
        self.path("motcua.toml").to_str().unwrap().to_owned()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_motcua"));
        command.args(arguments).env_remove("MOTCUA_CONFIG").stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn start(&mut self) {
        fs::create_dir_all(self.path("data")).unwrap();
        let log = fs::File::options().create(true).append(true).open(self.path("data/serve.log")).unwrap();
        let mut serve = self
            .command(&["serve", "--config", &self.config(), "--mqtt-port", "0", "--http-port", "0"])
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(serve.stdout.take().unwrap()).read_line(&mut line).unwrap();
        self.serve = Some(serve);
        let log = fs::read_to_string(self.path("data/serve.log")).unwrap();
        self.ready = serde_json::from_str(&line).unwrap_or_else(|_| panic!("said {line:?}, logged:\n{log}"));
    }

    /// Exit code and lines of the page.
    fn doctor(&self) -> (Option<i32>, Value) {
        let output = self.run(&["doctor", "--json", "--config", &self.config()]);
        let page = serde_json::from_slice(&output.stdout);
        (output.status.code(), page.unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr))))
    }
}

impl Drop for Installed {
    fn drop(&mut self) {
        if let Some(serve) = &mut self.serve {
            drop(serve.kill());
            drop(serve.wait());
        }
    }
}

fn level<'p>(page: &'p Value, check: &str) -> &'p str {
    let line = page["lines"].as_array().unwrap().iter().find(|line| line["check"] == check);
    line.unwrap_or_else(|| panic!("no line {check} in {page}"))["level"].as_str().unwrap()
}

/// What depends on the machine that runs the tests, and not on the installation.
const OF_THE_MACHINE: [&str; 4] = ["clock", "disk", "memory", "open_files"];

#[test]
fn down_up_and_with_a_dead_broker() {
    let mut installed = Installed::new();
    let (code, page) = installed.doctor();
    assert_eq!(code, Some(1), "{page}");
    for check in ["serve", "broker", "collector", "dashboard"] {
        assert_eq!(level(&page, check), "fault", "{check}");
    }
    let todo = |line: &Value| line["level"] == "ok" || line["todo"]["vi"].is_string() && line["todo"]["en"].is_string();
    assert!(page["lines"].as_array().unwrap().iter().all(todo), "each line that is not ok says what to do: {page}");

    installed.start();
    assert!(installed.run(&["backup", "--config", &installed.config()]).status.success());
    let (code, page) = installed.doctor();
    let lines = page["lines"].as_array().unwrap();
    let ours = lines.iter().filter(|line| !OF_THE_MACHINE.contains(&line["check"].as_str().unwrap()));
    for line in ours {
        assert_eq!(line["level"], "ok", "{line}");
    }
    let worst = lines.iter().map(|line| line["level"].as_str().unwrap()).fold(0, |worst, level| match (level, worst) {
        ("fault", _) | (_, 1) => 1,
        ("warning", _) | (_, 2) => 2,
        _ => 0,
    });
    assert_eq!(code, Some(worst), "{page}");

    // The supervisor stands still, so that nobody starts the broker again.
    let supervisor = installed.serve.as_ref().unwrap().id();
    send(supervisor, Signal::STOP);
    send(installed.ready["pids"]["broker"].as_u64().unwrap().try_into().unwrap(), Signal::KILL);
    let begin = Instant::now();
    let page = loop {
        let (code, page) = installed.doctor();
        if level(&page, "dashboard") == "fault" {
            assert_eq!(code, Some(1));
            break page;
        }
        assert!(begin.elapsed() < LIMIT, "the pages are ready without a broker: {page}");
    };
    send(supervisor, Signal::CONT);
    assert_eq!((level(&page, "broker"), level(&page, "serve")), ("fault", "ok"));
    assert_eq!((level(&page, "devices"), level(&page, "journal")), ("warning", "ok"));
}

fn send(pid: u32, signal: Signal) {
    kill_process(Pid::from_raw(pid.try_into().unwrap()).unwrap(), signal).unwrap();
}

#[test]
fn a_bad_configuration_and_a_newer_version_are_told() {
    let installed = Installed::new();
    fs::write(installed.path("motcua.toml"), "workers = 0\ncolour = 1\n").unwrap();
    fs::create_dir_all(installed.path("data")).unwrap();
    fs::write(installed.path("data/version"), "99.0.0\n").unwrap();
    let (code, page) = installed.doctor();
    assert_eq!((code, level(&page, "configuration"), level(&page, "versions")), (Some(1), "fault", "fault"));
    let line = page["lines"].as_array().unwrap().iter().find(|line| line["check"] == "configuration").unwrap();
    assert_eq!(line["more"].as_array().unwrap().len(), 2, "{line}");

    let english = installed.run(&["doctor", "--lang", "en", "--data-dir", installed.path("data").to_str().unwrap()]);
    let text = String::from_utf8(english.stdout).unwrap();
    assert!(text.contains("[FAULT] Versions: ") && !text.contains("LỖI"), "{text}");
}

/// Every file of a bundle, unpacked.
fn unpacked(file: &Path) -> Vec<(String, String)> {
    let zstd = zstd::Decoder::new(fs::File::open(file).unwrap()).unwrap();
    let mut tar = tar::Archive::new(zstd);
    let entries = tar.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        (name, String::from_utf8_lossy(&bytes).into_owned())
    });
    entries.collect()
}

/// Gives the installation its logins and starts it; gives every secret and hash that is about.
fn with_secrets(installed: &mut Installed) -> Vec<String> {
    let config = installed.config();
    let secret = |words: &[&str]| {
        let output = installed.run(&[words, &["--config", &config]].concat());
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    let mut secrets = vec![
        secret(&["device", "add", "hoa-mai", "kiosk", "kiosk-1"]),
        secret(&["token", "add", "--role", "director"]),
    ];
    let mut add = installed.command(&["user", "add", "lan", "--role", "officer", "--config", &config]);
    let mut adding = add.stdin(Stdio::piped()).spawn().unwrap();
    adding.stdin.take().unwrap().write_all(format!("{CANARY}-password\n").as_bytes()).unwrap();
    assert!(adding.wait().unwrap().success());
    installed.start();
    for account in ["collector", "dashboard"] {
        secrets.push(fs::read_to_string(installed.path(&format!("data/secrets/{account}"))).unwrap());
    }
    secrets.extend([CANARY.to_owned(), "CaNaRy".to_owned()]);
    for file in ["devices.toml", "access/tokens.toml", "access/users.toml", "broker/passwd"] {
        let text = fs::read_to_string(installed.path("data").join(file)).unwrap();
        let hashes = text.split(['"', ':', '\n']).filter(|part| part.len() >= 40);
        secrets.extend(hashes.map(str::to_owned));
    }
    assert!(secrets.len() >= 10 && secrets.iter().all(|secret| secret.len() >= 6), "{}", secrets.len());
    secrets
}

/// Wherever somebody may have left one: files, a comment, keys of no meaning, the log.
fn leave_about(installed: &Installed, secrets: &[String]) {
    fs::write(installed.path("data/secrets/other"), format!("{CANARY}-other\n")).unwrap();
    let site = installed.path("sites/hoa-mai.toml");
    let text = fs::read_to_string(&site).unwrap();
    fs::write(&site, format!("# mật khẩu wifi: {CANARY}\nwifi_password = \"{CANARY}-wifi\"\n{text}")).unwrap();
    let config = installed.config();
    let main = fs::read_to_string(&config).unwrap();
    fs::write(&config, format!("broker_secret = '{CANARY}-broker'\n{main}")).unwrap();
    let mut log = fs::File::options().append(true).open(installed.path("data/serve.log")).unwrap();
    let lines = format!(
        "WARN cannot reach mqtt://hoa-mai.kiosk-1:{CANARY}x@127.0.0.1:1883 password={CANARY}\n\
         INFO said {CANARY}-other and {}\nAuthorization: Bearer {}\n",
        secrets[0], secrets[1]
    );
    log.write_all(lines.as_bytes()).unwrap();
}

#[test]
fn no_secret_is_in_the_bundle() {
    let mut installed = Installed::new();
    let secrets = with_secrets(&mut installed);
    leave_about(&installed, &secrets);
    let file = installed.path("bundle.tar.zst");
    let output = installed
        .command(&["doctor", "--config", &installed.config(), "--bundle", file.to_str().unwrap()])
        .env("MOTCUA_PASSWORD", format!("{CANARY}-password"))
        .env("HOA_MAI_TOKEN", format!("{CANARY}-env"))
        .output()
        .unwrap();
    assert!(file.is_file(), "{output:?}");
    let entries = unpacked(&file);
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    let all = entries.iter().map(|(name, text)| (name.as_str(), text.as_str())).chain([("stdout", told.as_str())]);
    for (name, text) in all {
        for secret in &secrets {
            assert!(!text.contains(secret.as_str()), "{secret} is in {name}:\n{text}");
        }
    }
    for wanted in ["doctor.txt", "config/motcua.toml", "config/hoa-mai.toml", "logs/serve.log", "board-hoa-mai.json"] {
        let entry = entries.iter().find(|(name, _)| name.ends_with(wanted));
        assert!(entry.is_some_and(|(_, text)| text.len() > 20), "{wanted} tells something");
    }
    let bytes: usize = entries.iter().map(|(_, text)| text.len()).sum();
    println!("{} secrets, 0 hits in {} entries of {bytes} bytes", secrets.len(), entries.len());
}
