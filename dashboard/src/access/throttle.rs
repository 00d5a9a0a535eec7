//! How often a password may be tried.
//!
//! Within 15 minutes at most 10 wrong passwords are evaluated for an account and at most 10 from an
//! address, and at most 5 of one address for one account: so nobody alone can lock a person out
//! who logs in from elsewhere. A right password gives its attempt back.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

const WINDOW: Duration = Duration::from_secs(15 * 60);
const PER_ACCOUNT: u8 = 10;
const PER_ADDRESS: u8 = 10;
const PER_PAIR: u8 = 5;

/// How many keys are kept. Above it, the ones whose window ends first are forgotten; an address can
/// bring at most ten names in a window, so filling this takes a thousand addresses.
const MOST: usize = 10_000;

/// Attempts per key, each in a window that begins with its first attempt.
#[derive(Debug)]
struct Counts<K>(HashMap<K, (u8, Instant)>);

impl<K: Eq + Hash + Clone> Counts<K> {
    fn of(&self, key: &K, now: Instant) -> Option<(u8, Duration)> {
        let (count, ends) = self.0.get(key).filter(|(_, ends)| *ends > now)?;
        Some((*count, *ends - now))
    }

    fn add(&mut self, key: &K, now: Instant) {
        if self.0.len() >= MOST {
            self.0.retain(|_, (_, ends)| *ends > now);
        }
        if self.0.len() >= MOST {
            let first = self.0.iter().min_by_key(|(_, (_, ends))| *ends).map(|(key, _)| key.clone());
            first.and_then(|key| self.0.remove(&key));
        }
        let entry = self.0.entry(key.clone()).or_insert((0, now + WINDOW));
        if entry.1 <= now {
            *entry = (0, now + WINDOW);
        }
        entry.0 = entry.0.saturating_add(1);
    }

    fn give_back(&mut self, key: &K) {
        if let Some((count, _)) = self.0.get_mut(key) {
            *count = count.saturating_sub(1);
        }
    }
}

#[derive(Debug)]
struct Tables {
    accounts: Counts<String>,
    addresses: Counts<IpAddr>,
    pairs: Counts<(String, IpAddr)>,
}

/// The count of attempts.
#[derive(Debug)]
pub struct Throttle(Mutex<Tables>);

impl Default for Throttle {
    fn default() -> Self {
        let (accounts, addresses, pairs) = (Counts(HashMap::new()), Counts(HashMap::new()), Counts(HashMap::new()));
        Self(Mutex::new(Tables { accounts, addresses, pairs }))
    }
}

/// Proof that one password may be evaluated. It has been counted; [`Attempt::was_right`] gives it back.
#[derive(Debug)]
pub struct Attempt<'a> {
    throttle: &'a Throttle,
    pair: (String, IpAddr),
}

impl Throttle {
    /// Takes one attempt, before the password is looked at.
    ///
    /// # Errors
    /// When there are none left: the time until there is one again.
    pub fn attempt(&self, account: &str, address: IpAddr, now: Instant) -> Result<Attempt<'_>, Duration> {
        let pair = (account.to_owned(), address);
        let mut tables = self.tables();
        let wait = [
            (tables.accounts.of(&pair.0, now), PER_ACCOUNT),
            (tables.addresses.of(&address, now), PER_ADDRESS),
            (tables.pairs.of(&pair, now), PER_PAIR),
        ]
        .into_iter()
        .filter_map(|(used, most)| used.filter(|(count, _)| *count >= most))
        .map(|(_, wait)| wait)
        .max();
        if let Some(wait) = wait {
            return Err(wait);
        }
        tables.accounts.add(&pair.0, now);
        tables.addresses.add(&address, now);
        tables.pairs.add(&pair, now);
        drop(tables);
        Ok(Attempt { throttle: self, pair })
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Attempt<'_> {
    /// The password was right, so this was not a guess.
    pub fn was_right(self) {
        let mut tables = self.throttle.tables();
        tables.accounts.give_back(&self.pair.0);
        tables.addresses.give_back(&self.pair.1);
        tables.pairs.give_back(&self.pair);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        [192, 0, 2, last].into()
    }

    #[test]
    fn of_ten_thousand_guesses_few_are_evaluated_and_the_owner_still_gets_in() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        let evaluated = (0..10_000).filter(|_| throttle.attempt("lan", address(1), now).is_ok()).count();
        assert_eq!(evaluated, usize::from(PER_PAIR));
        throttle.attempt("lan", address(2), now).unwrap().was_right();
    }

    #[test]
    fn an_address_that_tries_many_names_is_stopped() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        let tried = |name: u32| throttle.attempt(&format!("user{name}"), address(1), now).is_ok();
        assert_eq!((0..1_000).filter(|name| tried(*name)).count(), usize::from(PER_ADDRESS));
    }

    #[test]
    fn an_account_tried_from_many_addresses_is_closed_for_a_while() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        let tried = |last: u8, now| throttle.attempt("lan", address(last), now).map(drop);
        assert_eq!((0..200).filter(|last| tried(*last, now).is_ok()).count(), usize::from(PER_ACCOUNT));
        assert_eq!(tried(201, now), Err(WINDOW));
        assert_eq!(tried(201, now + WINDOW), Ok(()));
    }

    #[test]
    fn right_passwords_are_not_counted() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        for _ in 0..100 {
            throttle.attempt("lan", address(1), now).unwrap().was_right();
        }
    }
}
