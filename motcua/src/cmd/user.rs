//! `motcua user`.

use std::io::{self, BufRead, IsTerminal};
use std::process::ExitCode;

use anyhow::Context;
use domain::{SiteId, Timestamp};
use mqtt_config::settings::Secret;
use mqtt_config::settings::access::{Grant, MIN_PASSWORD_CHARS, Role, User, UserName, Users};

use super::at::{At, data_dir_for, note, told};
use super::say;
use super::token::scope;
use crate::exit::BadInput;

/// Tài khoản đăng nhập của mọi người.
///
/// Logins of people.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    at: At,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Makes a login; only the argon2id hash of its password is kept
    ///
    /// The password is asked for at the terminal without showing it, or read as one line from
    /// standard input when that is not a terminal.
    Add {
        /// The name to log in with: a-z, 0-9, `.` and `-`, at most 32
        name: UserName,
        /// public, officer, supervisor or director
        #[arg(long)]
        role: Role,
        /// Only for this site [default: every site]
        #[arg(long)]
        site: Option<SiteId>,
        /// Makes up a password and prints it, this once
        #[arg(long)]
        generate: bool,
    },
    /// Lists the logins: name, role, site, when made
    List,
    /// Ends a login
    Remove {
        /// Its name
        name: UserName,
    },
}

/// Runs the command.
///
/// # Errors
/// When the credentials cannot be read or changed, or there is no usable password.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    match args.command {
        Command::Add { name, role, site, generate } => {
            let users = Users::of(&data_dir_for(&args.at, site)?);
            let password = if generate { Secret::generate_readable()? } else { asked()? };
            let now = Timestamp::from_ms(jiff::Timestamp::now().as_millisecond());
            users.add(&name, &password, Grant { role, site }, now).map_err(told)?;
            note(&format!("{name} may log in as {}.", scope(role, site)))?;
            if generate {
                note("The password is shown only now:")?;
                say(password.expose())?;
            }
        }
        Command::List => {
            for user in Users::of(&args.at.data_dir()?).list()? {
                say(&line(&user))?;
            }
        }
        Command::Remove { name } => {
            Users::of(&args.at.data_dir()?).remove(&name).map_err(told)?;
            note(&format!("{name} may not log in any more."))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A password from the terminal, twice and unseen; or one line of a script's.
fn asked() -> anyhow::Result<Secret> {
    if !io::stdin().is_terminal() {
        return first_line(io::stdin().lock());
    }
    let ask = |prompt: String| rpassword::prompt_password(prompt).context("cannot read a password");
    let password = ask(format!("Mật khẩu / password (≥ {MIN_PASSWORD_CHARS}): "))?;
    if ask("Nhập lại / again: ".to_owned())? != password {
        return Err(BadInput::because("the two passwords differ; nothing was changed").into());
    }
    Ok(Secret::new(password))
}

fn first_line(mut input: impl BufRead) -> anyhow::Result<Secret> {
    let mut line = String::new();
    input.read_line(&mut line).context("cannot read a password")?;
    Ok(Secret::new(line.trim_end_matches(['\r', '\n'])))
}

fn line(user: &User) -> String {
    let site = user.site.map_or_else(|| "*".to_owned(), |site| site.to_string());
    format!("{:32}  {:10}  {site:32}  {}", user.name, user.role, user.created)
}

#[cfg(test)]
mod tests {
    use super::super::at::tests::installed;
    use super::*;

    #[test]
    fn a_login_comes_and_goes() {
        let (dir, at) = installed();
        let command = |command| run(Args { command, at: at.clone() });
        let name: UserName = "lan".parse().unwrap();
        let add = || Command::Add { name: name.clone(), role: Role::Director, site: None, generate: true };
        command(add()).unwrap();
        let users = Users::of(&dir.path().join("data"));
        let user = users.list().unwrap().remove(0);
        assert_eq!((user.role, user.site), (Role::Director, None));
        assert!(line(&user).starts_with("lan  "));
        assert!(command(add()).unwrap_err().is::<BadInput>(), "one login a name");
        command(Command::Remove { name: name.clone() }).unwrap();
        assert!(users.list().unwrap().is_empty() && command(Command::Remove { name }).is_err());
    }

    #[test]
    fn a_script_s_password_is_its_first_line() {
        let read = |text: &str| first_line(text.as_bytes()).unwrap().expose().to_owned();
        assert_eq!(read("mật khẩu \r\nmore"), "mật khẩu ");
        assert_eq!(read(""), "");
    }
}
