//! `--broker`: where to, and as whom.

use std::str::FromStr;

use mqtt_config::settings::Secret;

/// Address and login of a broker.
#[derive(Debug, Clone)]
pub struct Broker {
    /// Host name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// User name and password; none is anonymous.
    pub login: Option<(String, Secret)>,
}

const FORM: &str = "must look like mqtt://[USER[:PASSWORD]@]HOST[:PORT]";
const DEFAULT_PORT: u16 = 1883;

/// The password is taken as it is written, without percent encoding; better leave it to the
/// environment, where `ps` does not show it.
impl FromStr for Broker {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let rest = text.strip_prefix("mqtt://").ok_or(FORM)?.trim_end_matches('/');
        let (login, address) = match rest.rsplit_once('@') {
            Some((login, address)) => (Some(login), address),
            None => (None, rest),
        };
        let (host, port) = match address.rsplit_once(':') {
            // A colon inside brackets belongs to an IPv6 address.
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().map_err(|_| FORM)?),
            _ => (address, DEFAULT_PORT),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        if host.is_empty() || host.contains('/') || port == 0 {
            return Err(FORM);
        }
        let login = login.map(|login| login.split_once(':').unwrap_or((login, "")));
        Ok(Self {
            host: host.to_owned(),
            port,
            login: login.map(|(user, password)| (user.to_owned(), Secret::new(password))),
        })
    }
}

impl Broker {
    /// Takes the password from elsewhere, for a login that came without one.
    pub fn set_password(&mut self, password: &str) {
        if let Some((_, secret)) = self.login.as_mut().filter(|(_, secret)| secret.expose().is_empty()) {
            *secret = Secret::new(password);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Parts = (String, u16, Option<(String, String)>);

    fn parts(text: &str) -> Result<Parts, &'static str> {
        let Broker { host, port, login } = text.parse()?;
        Ok((host, port, login.map(|(user, secret)| (user, secret.expose().to_owned()))))
    }

    #[test]
    fn addresses_and_logins() {
        assert_eq!(parts("mqtt://127.0.0.1:1884"), Ok(("127.0.0.1".into(), 1884, None)));
        assert_eq!(parts("mqtt://broker.example/"), Ok(("broker.example".into(), 1883, None)));
        assert_eq!(parts("mqtt://[::1]:1884"), Ok(("::1".into(), 1884, None)));
        assert_eq!(parts("mqtt://[::1]"), Ok(("::1".into(), 1883, None)));
        let login = Some(("bank.replay".into(), "p@ss:w/rd".into()));
        assert_eq!(parts("mqtt://bank.replay:p@ss:w/rd@h:1"), Ok(("h".into(), 1, login)));
        for bad in
            ["127.0.0.1:1883", "http://h", "mqtt://", "mqtt://h:x", "mqtt://h:0", "mqtt://h/path", "mqtt://h:70000"]
        {
            assert_eq!(parts(bad), Err(FORM), "{bad}");
        }
    }

    #[test]
    fn the_environment_gives_a_password_that_was_not_written() {
        let mut broker: Broker = "mqtt://bank.replay@h".parse().unwrap();
        broker.set_password("secret");
        assert_eq!(broker.login.as_ref().unwrap().1.expose(), "secret");
        broker.set_password("other");
        assert_eq!(broker.login.unwrap().1.expose(), "secret");
    }
}
