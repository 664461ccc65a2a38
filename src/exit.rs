//! The exit statuses, in one place.
//!
//! They are a contract with cron jobs and monitoring (`docs/json.md`, every man page): a number
//! keeps its meaning for ever. Whoever reads them must take an unknown number for a failure.

use std::process::ExitCode;

/// How a run ended, as the shell sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Everything asked for was done, or was done already.
    Done,
    /// It failed as a whole.
    Failed,
    /// The command line or the configuration file was not understood.
    Usage,
    /// Some items were done and some were not; the output names them.
    Incomplete,
    /// A check found something (audit, doctor, verify, quota over a threshold).
    Findings,
    /// A guard refused to go on (nothing was changed).
    Refused,
    /// No server could be reached.
    CannotConnect,
    /// The server refused every login.
    LoginRefused,
    /// Another run holds the lock.
    Busy,
    /// What a monitoring plugin says, with `--nagios`: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.
    Nagios(u8),
    /// A signal ended the run between two batches; the number is the signal's.
    Interrupted(u8),
}

impl Exit {
    /// The number the shell gets.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Incomplete => 3,
            Self::Findings => 4,
            Self::Refused => 5,
            Self::CannotConnect => 10,
            Self::LoginRefused => 11,
            Self::Busy => 75,
            Self::Nagios(status) => status,
            Self::Interrupted(signal) => 128_u8.saturating_add(signal),
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// The EXIT STATUS section of every long help and man page.
pub const HELP: &str = "\
Exit status:
  0    done, or nothing was left to do
  1    failed
  2    the command line or a configuration file was not understood
  3    incomplete: some items failed, are busy, or could not be migrated
  4    findings (audit, doctor, verify, quota over a threshold)
  5    refused by a guard; nothing was changed
  10   no server could be reached
  11   the server refused the login
  75   another run holds the lock
  130  interrupted (SIGINT); 143 terminated (SIGTERM)";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_stands_in_the_help_with_its_number() {
        for exit in [
            Exit::Done,
            Exit::Failed,
            Exit::Usage,
            Exit::Incomplete,
            Exit::Findings,
            Exit::Refused,
            Exit::CannotConnect,
            Exit::LoginRefused,
            Exit::Busy,
            Exit::Interrupted(2),
        ] {
            assert!(
                HELP.contains(&format!("\n  {:<4} ", exit.code())),
                "{exit:?}"
            );
        }
        assert_eq!(Exit::Interrupted(15).code(), 143);
    }
}
