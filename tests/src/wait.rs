//! Waiting for a condition, with a limit.

use std::thread;
use std::time::{Duration, Instant};

const BETWEEN_LOOKS: Duration = Duration::from_millis(5);

/// Looks again and again until the condition holds; what it gives is given on.
///
/// # Panics
/// When the limit has passed, with what was waited for and the last reason why it did not hold.
pub fn eventually<T>(limit: Duration, what: &str, mut look: impl FnMut() -> Result<T, String>) -> T {
    let begin = Instant::now();
    loop {
        match look() {
            Ok(found) => return found,
            Err(why) if begin.elapsed() >= limit => panic!("waited {limit:?} for {what}, but {why}"),
            // The next look may find it; only the last reason is of use.
            Err(_) => thread::park_timeout(BETWEEN_LOOKS),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_what_was_found() {
        let mut looks = 0;
        let found = eventually(Duration::from_secs(5), "the third look", || {
            looks += 1;
            if looks == 3 { Ok(looks) } else { Err("not yet".to_owned()) }
        });
        assert_eq!(found, 3);
    }

    #[test]
    #[should_panic(expected = "waited 1ms for a wonder, but none came")]
    fn says_what_it_waited_for() {
        eventually::<()>(Duration::from_millis(1), "a wonder", || Err("none came".to_owned()));
    }
}
