//! `motcua token`.

use std::process::ExitCode;

use domain::{SiteId, Timestamp};
use mqtt_config::settings::access::{Grant, Role, Token, Tokens};

use super::at::{At, data_dir_for, note, told};
use super::say;

/// Mã truy cập cho màn hình và phần mềm khác.
///
/// Tokens for screens and other programs (Authorization: Bearer …).
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    at: At,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Makes a token and prints it, this once; only its hash is kept
    Add {
        /// public, officer, supervisor or director
        #[arg(long)]
        role: Role,
        /// Only for this site [default: every site]
        #[arg(long)]
        site: Option<SiteId>,
    },
    /// Lists the tokens: id, role, site, when made
    List,
    /// Takes a token out of force, at once
    Remove {
        /// Its id, as `token list` shows it
        id: String,
    },
}

/// Runs the command.
///
/// # Errors
/// When the credentials cannot be read or changed.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    match args.command {
        Command::Add { role, site } => {
            let tokens = Tokens::of(&data_dir_for(&args.at, site)?);
            let now = Timestamp::from_ms(jiff::Timestamp::now().as_millisecond());
            let (token, secret) = tokens.add(Grant { role, site }, now)?;
            note(&format!("Token {} for {}; it is shown only now, keep it well:", token.id, scope(role, site)))?;
            say(secret.expose())?;
        }
        Command::List => {
            for token in Tokens::of(&args.at.data_dir()?).list()? {
                say(&line(&token))?;
            }
        }
        Command::Remove { id } => {
            Tokens::of(&args.at.data_dir()?).remove(&id).map_err(told)?;
            note(&format!("Token {id} is out of force."))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// `officer of hoa-mai`.
pub fn scope(role: Role, site: Option<SiteId>) -> String {
    site.map_or_else(|| format!("{role} of every site"), |site| format!("{role} of {site}"))
}

fn line(token: &Token) -> String {
    let site = token.site.map_or_else(|| "*".to_owned(), |site| site.to_string());
    format!("{}  {:10}  {site:32}  {}", token.id, token.role, token.created)
}

#[cfg(test)]
mod tests {
    use super::super::at::tests::installed;
    use super::*;
    use crate::exit::BadInput;
    use mqtt_config::settings::access::Access;

    #[test]
    fn a_token_comes_and_goes() {
        let (dir, at) = installed();
        let command = |command| run(Args { command, at: at.clone() });
        let site = SiteId::new("hoa-mai").ok();
        command(Command::Add { role: Role::Officer, site }).unwrap();
        let tokens = Tokens::of(&dir.path().join("data"));
        let token = tokens.list().unwrap().remove(0);
        assert_eq!((token.role, token.site), (Role::Officer, site));
        assert!(line(&token).starts_with(&format!("{}  officer     hoa-mai  ", token.id)));
        let elsewhere = SiteId::new("elsewhere").ok();
        assert!(command(Command::Add { role: Role::Officer, site: elsewhere }).is_err());
        command(Command::Remove { id: token.id.clone() }).unwrap();
        assert!(command(Command::Remove { id: token.id }).unwrap_err().is::<BadInput>());
        assert!(Access::load(&dir.path().join("data")).is_ok() && tokens.list().unwrap().is_empty());
    }
}
