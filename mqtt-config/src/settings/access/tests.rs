//! Tokens and logins through the files, as the commands and the dashboard share them.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use domain::{SiteId, Timestamp};

use super::*;
use crate::settings::Secret;
use crate::settings::files::tests::scratch;

const NOW: Timestamp = Timestamp::from_ms(1_795_000_000_000);
const OFFICER: Grant = Grant { role: Role::Officer, site: None };

#[test]
fn a_token_is_shown_once_and_only_its_hash_is_kept() {
    let dir = scratch("tokens");
    let (tokens, access) = (Tokens::of(&dir), Access::load(&dir).unwrap());
    let grant = Grant { role: Role::Supervisor, site: SiteId::new("tam-ky").ok() };
    let (token, secret) = tokens.add(grant, NOW).unwrap();
    assert!(secret.expose().starts_with("motcua_") && secret.expose().len() == 7 + 64);
    assert_eq!(access.verify_token(secret.expose()), Some(grant), "seen without a restart");
    for wrong in ["", "motcua_", &secret.expose()[..70], &format!("{} ", secret.expose())] {
        assert_eq!(access.verify_token(wrong), None, "{wrong}");
    }
    let file = dir.join("access/tokens.toml");
    assert!(!fs::read_to_string(&file).unwrap().contains(&secret.expose()[7..]));
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);

    let (other, other_secret) = tokens.add(OFFICER, NOW).unwrap();
    assert_eq!(tokens.list().unwrap(), [token.clone(), other]);
    tokens.remove(&token.id).unwrap();
    assert_eq!(access.verify_token(secret.expose()), None, "removed");
    assert_eq!(access.verify_token(other_secret.expose()), Some(OFFICER));
    assert_eq!(tokens.remove(&token.id).unwrap_err().to_string(), format!("there is no token `{}`", token.id));
}

#[test]
fn a_person_logs_in_with_name_and_password() {
    let dir = scratch("users");
    let (users, access) = (Users::of(&dir), Access::load(&dir).unwrap());
    let (name, password) = ("lan.nguyen".parse().unwrap(), Secret::new("mật khẩu dài"));
    users.add(&name, &password, OFFICER, NOW).unwrap();
    assert_eq!(access.verify_user("lan.nguyen", password.expose()), Some(OFFICER));
    let wrong = [("lan.nguyen", "mật khẩu dái"), ("lan.nguyen", ""), ("lan", "mật khẩu dài"), ("", "")];
    for (name, password) in wrong {
        assert_eq!(access.verify_user(name, password), None, "{name} {password}");
    }
    assert!(!fs::read_to_string(dir.join("access/users.toml")).unwrap().contains("khẩu"));

    let told = |result: Result<(), AccessError>| result.unwrap_err().to_string();
    assert_eq!(
        told(users.add(&name, &password, OFFICER, NOW)),
        "there is already a user `lan.nguyen`; remove it first"
    );
    let short = Secret::new("elevenchars");
    assert_eq!(told(users.add(&"b".parse().unwrap(), &short, OFFICER, NOW)), "a password has 12 to 256 characters");
    assert_eq!(users.list().unwrap().len(), 1);
    users.remove(&name).unwrap();
    assert_eq!(access.verify_user("lan.nguyen", password.expose()), None, "removed");
    assert_eq!(told(users.remove(&name)), "there is no user `lan.nguyen`");
}

#[test]
fn without_files_nobody_gets_in() {
    let access = Access::load(&scratch("nobody")).unwrap();
    assert_eq!(access.verify_token("motcua_"), None);
    assert_eq!(access.verify_user("a", "a"), None);
}

#[test]
fn a_damaged_file_stops_a_start_and_changes_nothing_later() {
    let dir = scratch("damaged");
    let tokens = Tokens::of(&dir);
    let (_, secret) = tokens.add(OFFICER, NOW).unwrap();
    let access = Access::load(&dir).unwrap();
    let file = dir.join("access/tokens.toml");
    fs::write(&file, "[[token]]\nid = 1").unwrap();
    assert_eq!(access.verify_token(secret.expose()), Some(OFFICER), "the earlier ones stay in force");
    let told = Access::load(&dir).unwrap_err().to_string();
    assert!(told.contains("tokens.toml") && told.contains("line 2"), "{told}");
    assert!(tokens.add(OFFICER, NOW).is_err(), "a command does not write over it");
    fs::remove_file(&file).unwrap();
    assert_eq!(access.verify_token(secret.expose()), None, "no file is nobody");
}

#[test]
fn commands_at_the_same_time_lose_nothing() {
    let dir = scratch("at-once");
    let add = || (0..5).for_each(|_| drop(Tokens::of(&dir).add(OFFICER, NOW).unwrap()));
    std::thread::scope(|scope| (0..4).for_each(|_| drop(scope.spawn(add))));
    assert_eq!(Tokens::of(&dir).list().unwrap().len(), 20);
}
