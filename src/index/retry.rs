//! When a failed request is repeated, and after how long.

use std::time::Duration;

use super::FetchError;

/// A failed attempt.
#[derive(Debug)]
pub(super) enum Failure {
    /// Another attempt would fail alike.
    Final(FetchError),
    /// Another attempt may succeed.
    Passing {
        /// What to report if it does not.
        error: FetchError,
        /// How long the server asks to wait.
        wait: Option<Duration>,
    },
}

impl From<FetchError> for Failure {
    fn from(error: FetchError) -> Self {
        Self::Final(error)
    }
}

/// The longest pause, whatever a server asks for.
const LONGEST: Duration = Duration::from_mins(2);

/// Whether a response of `status` is worth another attempt: what pip repeats, and its kin.
pub(super) fn is_passing(status: u16) -> bool {
    matches!(status, 429 | 500 | 502..=504 | 520..=527)
}

/// The pause before repetition number `repetition` (from 1): none, then half a second, doubling; as urllib3 for pip.
pub(super) fn pause(repetition: u32, wait: Option<Duration>) -> Duration {
    let doubled = match repetition {
        0 | 1 => Duration::ZERO,
        later => Duration::from_millis(250).saturating_mul(1 << (later - 1).min(16)),
    };
    wait.unwrap_or(doubled).min(LONGEST)
}

/// Runs `attempt` until it succeeds, fails for good, or was repeated `retries` times; `between` reports and waits.
pub(super) fn repeat<T>(
    retries: u32,
    between: impl Fn(&FetchError, Duration),
    mut attempt: impl FnMut() -> Result<T, Failure>,
) -> Result<T, FetchError> {
    let mut repetition = 0;
    loop {
        match attempt() {
            Ok(value) => return Ok(value),
            Err(Failure::Final(error)) => return Err(error),
            Err(Failure::Passing { error, .. }) if repetition == retries => return Err(error),
            Err(Failure::Passing { error, wait }) => {
                repetition += 1;
                between(&error, pause(repetition, wait));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    fn passing(wait: Option<Duration>) -> Result<(), Failure> {
        let error = FetchError::Stopped;
        Err(Failure::Passing { error, wait })
    }

    #[test]
    fn pauses_are_pips() {
        let millis: Vec<u128> = (1..=5).map(|number| pause(number, None).as_millis()).collect();
        assert_eq!(millis, [0, 500, 1000, 2000, 4000]);
        assert_eq!(pause(900, None), LONGEST);
        assert_eq!(pause(1, Some(Duration::from_secs(7))), Duration::from_secs(7));
        assert_eq!(pause(1, Some(Duration::from_secs(7000))), LONGEST);
    }

    #[test]
    fn attempts_end_with_the_retries_or_a_final_failure() {
        let slept = RefCell::new(0);
        let mut attempts = 0;
        let outcome = repeat(
            3,
            |_, _| *slept.borrow_mut() += 1,
            || {
                attempts += 1;
                passing(None)
            },
        );
        assert!(outcome.is_err());
        assert_eq!((attempts, *slept.borrow()), (4, 3));

        let mut attempts = 0;
        let outcome: Result<(), _> = repeat(
            3,
            |_, _| {},
            || {
                attempts += 1;
                Err(FetchError::Stopped.into())
            },
        );
        assert!(outcome.is_err());
        assert_eq!(attempts, 1);
    }
}
