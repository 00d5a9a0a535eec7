//! Who is logged in: sessions in memory, which end with the process.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use uuid::Uuid;

use super::guard::Person;

/// How long a session lasts: a working day.
pub const LASTS: Duration = Duration::from_secs(12 * 3600);

/// How many sessions are kept. Above it the one that ends first is dropped: its owner logs in again.
const MOST: usize = 10_000;

/// The secret that a browser keeps in its cookie. It does not print.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SessionKey(String);

impl SessionKey {
    /// Takes what a cookie holds.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The text for the cookie.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

#[derive(Debug)]
struct Session {
    person: Person,
    ends: Instant,
}

/// All sessions.
#[derive(Debug, Default)]
pub struct Sessions(Mutex<HashMap<SessionKey, Session>>);

impl Sessions {
    /// Begins a session for a person who has proved who they are.
    #[must_use]
    pub fn begin(&self, person: Person, now: Instant) -> SessionKey {
        // Two random UUIDs: 244 random bits.
        let key = SessionKey(format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple()));
        let mut sessions = self.sessions();
        sessions.retain(|_, session| session.ends > now);
        if sessions.len() >= MOST {
            let first = sessions.iter().min_by_key(|(_, session)| session.ends).map(|(key, _)| key.clone());
            first.and_then(|key| sessions.remove(&key));
        }
        sessions.insert(key.clone(), Session { person, ends: now + LASTS });
        key
    }

    /// Whose session it is; `None` when it has ended.
    #[must_use]
    pub fn find(&self, key: &SessionKey, now: Instant) -> Option<Person> {
        self.sessions().get(key).filter(|session| session.ends > now).map(|session| session.person.clone())
    }

    /// Ends a session; nothing happens when there is none.
    pub fn end(&self, key: &SessionKey) {
        self.sessions().remove(key);
    }

    fn sessions(&self) -> MutexGuard<'_, HashMap<SessionKey, Session>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;

    use super::*;

    fn person(name: &str) -> Person {
        Person { name: name.parse().unwrap(), since: Timestamp::default() }
    }

    #[test]
    fn a_session_ends_by_time_and_by_logging_out() {
        let (sessions, now) = (Sessions::default(), Instant::now());
        let key = sessions.begin(person("lan"), now);
        assert_eq!(sessions.find(&key, now), Some(person("lan")));
        assert!(sessions.find(&key, now + LASTS).is_none());
        sessions.end(&key);
        assert!(sessions.find(&key, now).is_none());
    }

    #[test]
    fn keys_are_long_differ_and_do_not_print() {
        let (sessions, now) = (Sessions::default(), Instant::now());
        let (one, two) = (sessions.begin(person("lan"), now), sessions.begin(person("lan"), now));
        assert_ne!(one, two);
        assert_eq!(one.expose().len(), 64);
        assert_eq!(format!("{one:?}"), "***");
    }

    #[test]
    fn there_is_a_most() {
        let (sessions, now) = (Sessions::default(), Instant::now());
        let first = sessions.begin(person("lan"), now);
        for late in 1..=MOST {
            let _ = sessions.begin(person("minh"), now + Duration::from_millis(late as u64));
        }
        assert!(sessions.find(&first, now).is_none());
        assert_eq!(sessions.sessions().len(), MOST);
    }
}
