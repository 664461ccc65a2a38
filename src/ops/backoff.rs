//! When a server that let nobody in is asked again, and how long in all.
//!
//! For connecting and logging in only: what happens in a session is repeated by those who know what
//! it did. Pure but for [`Waiting`], which sleeps and is woken by a signal. Bounded: the waits add up
//! to at most the patience of the kind of failure, and never to more than the connection timeout.

use std::fmt;
use std::io::ErrorKind;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crate::mailstore::error::StoreError;
use crate::mailstore::throttle::asks_to_wait;
use crate::ops::stop::Stop;

/// The first wait; each following one is twice as long.
const FIRST: Duration = Duration::from_millis(250);
/// The longest single wait.
const LONGEST: Duration = Duration::from_secs(8);
/// How often a signal is looked for meanwhile.
const GLANCE: Duration = Duration::from_millis(50);

/// What a connection that did not come about means for the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hurdle {
    /// The server asks to come again later.
    Busy,
    /// The server was there a moment ago: it may be starting again.
    Restarting,
    /// It took the connection and closed it before anybody was logged in.
    Dropped,
    /// Asking again would change nothing, or would do harm.
    Final,
}

impl Hurdle {
    /// Judges a failure; `seen` is whether the server let anybody in before, in this run.
    #[must_use]
    pub fn of(error: &StoreError, seen: bool) -> Self {
        match error {
            error if asks_to_wait(error) => Self::Busy,
            StoreError::Connect { io, .. } if seen && io.kind() != ErrorKind::TimedOut => {
                Self::Restarting
            }
            StoreError::Bye { .. } | StoreError::Io { .. } => Self::Dropped,
            _ => Self::Final,
        }
    }

    /// For how long in all it is waited for.
    fn patience(self) -> Duration {
        match self {
            Self::Busy => Duration::from_mins(1),
            Self::Restarting => Duration::from_secs(20),
            Self::Dropped => Duration::from_secs(3),
            Self::Final => Duration::ZERO,
        }
    }
}

/// The waits of one connection that is to come about.
#[derive(Debug, Clone)]
pub struct Backoff {
    tries: u32,
    waited: Duration,
    most: Duration,
    salt: u64,
}

impl Backoff {
    /// For somebody who waits no longer than `most` in all. `salt` tells those apart who would ask
    /// in the same instant otherwise.
    #[must_use]
    pub fn new(most: Duration, salt: u64) -> Self {
        Self {
            tries: 0,
            waited: Duration::ZERO,
            most,
            salt,
        }
    }

    /// How long to wait before the next try; `None` where there should be none.
    pub fn next(&mut self, hurdle: Hurdle) -> Option<Duration> {
        let doubled = FIRST.saturating_mul(1 << self.tries.min(10)).min(LONGEST);
        // Between three quarters and five quarters of it.
        let mixed = (self.salt ^ u64::from(self.tries)).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
        let percent = 75 + u32::try_from(mixed % 51).unwrap_or(0);
        let wait = doubled * percent / 100;
        let waited = self.waited + wait;
        if waited > hurdle.patience().min(self.most) {
            return None;
        }
        self.waited = waited;
        self.tries += 1;
        Some(wait)
    }
}

/// Is told why there is a wait.
pub type Tell = Arc<dyn Fn(&str) + Send + Sync>;

/// How a run waits: until a signal comes, and not in silence where somebody wants to know.
#[derive(Clone, Default)]
pub struct Waiting {
    stop: Stop,
    tell: Option<Tell>,
    warn: Option<Tell>,
}

impl fmt::Debug for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waiting").finish_non_exhaustive()
    }
}

impl Waiting {
    /// Ends when `stop` is asked for; tells `tell`.
    #[must_use]
    pub fn new(stop: Stop, tell: Option<Tell>) -> Self {
        Self {
            stop,
            tell,
            warn: None,
        }
    }

    /// The same, and passes on what people should know about a connection.
    #[must_use]
    pub fn warning(self, warn: Option<Tell>) -> Self {
        Self { warn, ..self }
    }

    /// Says what is wrong with a connection that has come about.
    pub fn warn(&self, words: &str) {
        if let Some(warn) = &self.warn {
            warn(words);
        }
    }

    /// Whether a signal asked to stop.
    #[must_use]
    pub fn over(&self) -> bool {
        self.stop.asked()
    }

    /// Says why there is a wait.
    pub fn say(&self, words: &str) {
        if let Some(tell) = &self.tell {
            tell(words);
        }
    }

    /// Sleeps; says whether nobody asked to stop meanwhile.
    #[must_use]
    pub fn sleep(&self, time: Duration) -> bool {
        sleep(&self.stop, time)
    }
}

/// Sleeps until the time is over or a signal asks to stop; says whether none did.
#[must_use]
pub fn sleep(stop: &Stop, time: Duration) -> bool {
    let end = Instant::now() + time;
    while !stop.asked() {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return true;
        }
        thread::sleep(left.min(GLANCE));
    }
    false
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::atomic::Ordering;

    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);

    fn waits(hurdle: Hurdle, most: Duration, salt: u64) -> Vec<Duration> {
        let mut backoff = Backoff::new(most, salt);
        std::iter::from_fn(|| backoff.next(hurdle)).collect()
    }

    #[test]
    fn waits_grow_and_end_within_the_patience_of_their_kind_and_of_the_user() {
        for salt in 0..200 {
            let busy = waits(Hurdle::Busy, MINUTE, salt);
            assert!((8..16).contains(&busy.len()), "{busy:?}");
            assert!(busy.iter().sum::<Duration>() <= MINUTE);
            assert!(busy[0] < Duration::from_millis(320) && busy[3] > busy[0]);
            assert!(busy.iter().all(|wait| *wait <= LONGEST * 5 / 4));
            let dropped = waits(Hurdle::Dropped, MINUTE, salt);
            assert!(dropped.iter().sum::<Duration>() <= Duration::from_secs(3));
            assert!(dropped.len() >= 2);
            let hurried = waits(Hurdle::Busy, Duration::from_secs(1), salt);
            assert!(hurried.iter().sum::<Duration>() <= Duration::from_secs(1));
            assert_eq!(waits(Hurdle::Final, MINUTE, salt), []);
        }
    }

    #[test]
    fn two_that_failed_together_do_not_ask_together_again() {
        assert_ne!(
            waits(Hurdle::Busy, MINUTE, 1),
            waits(Hurdle::Busy, MINUTE, 2)
        );
    }

    #[test]
    fn a_server_never_seen_is_not_waited_for_and_one_that_was_there_is() {
        let refused = StoreError::Connect {
            addr: "h:1".into(),
            io: io::ErrorKind::ConnectionRefused.into(),
        };
        assert_eq!(Hurdle::of(&refused, false), Hurdle::Final);
        assert_eq!(Hurdle::of(&refused, true), Hurdle::Restarting);
        let silent = StoreError::Timeout {
            doing: "greeting".into(),
        };
        assert_eq!(Hurdle::of(&silent, true), Hurdle::Final);
    }

    #[test]
    fn a_signal_ends_a_wait() {
        let stop = Stop::default();
        stop.cell().store(15, Ordering::Relaxed);
        let begun = Instant::now();
        assert!(!sleep(&stop, MINUTE));
        assert!(begun.elapsed() < Duration::from_secs(10));
    }
}
