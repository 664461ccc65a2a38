//! Whether a server asks whoever was not let in to come again later.
//!
//! By response code where there is one (RFC 5530: UNAVAILABLE, INUSE, LIMIT), else by the words that
//! servers use without one. Words about failed logins are no such request: asking again would lock
//! the account. Decides nothing about when to ask again.

use super::error::StoreError;
use super::types::Refusal;

/// What servers say of a connection too many: Dovecot, Courier, Cyrus, Exchange, hosted ones.
const WORDS: [&str; 8] = [
    "too many",
    "maximum connection limit",
    "maximum number of",
    "connection limit",
    "connections exceeded",
    "server is busy",
    "server busy",
    "try again later",
];

/// What makes the same words be about a wrong password.
const LOCKOUT: [&str; 5] = ["fail", "invalid", "attempt", "password", "credential"];

/// Whether this is a server that would let in whoever comes later.
#[must_use]
pub fn asks_to_wait(error: &StoreError) -> bool {
    match error {
        StoreError::TooManyConnections(_) => true,
        StoreError::LoginRefused(Refusal {
            code: None, text, ..
        })
        | StoreError::Bye { text } => says_so(text),
        _ => false,
    }
}

fn says_so(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let coded = ["[unavailable]", "[inuse]", "[limit]"];
    if coded.iter().any(|code| text.contains(code)) {
        return true;
    }
    WORDS.iter().any(|words| text.contains(words))
        && !LOCKOUT.iter().any(|words| text.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bye(text: &str) -> StoreError {
        StoreError::Bye { text: text.into() }
    }

    #[test]
    fn the_words_of_real_servers_are_known() {
        for text in [
            "BYE [UNAVAILABLE] Maximum number of connections from user+IP exceeded",
            "BYE Maximum connection limit reached for ::ffff:127.0.0.1",
            "BYE Too many open sessions",
            "NO [LIMIT] Connection not accepted",
            "BYE Server is busy, try again later",
        ] {
            assert!(asks_to_wait(&bye(text)), "{text}");
        }
        for text in ["BYE shutting down", "BYE Fatal error", "BYE internal error"] {
            assert!(!asks_to_wait(&bye(text)), "{text}");
        }
    }

    #[test]
    fn a_lockout_is_never_asked_again() {
        let refused = |code: Option<&str>, text: &str| {
            StoreError::LoginRefused(Refusal {
                status: "NO",
                code: code.map(str::to_owned),
                text: text.into(),
            })
        };
        for text in [
            "Too many failed login attempts",
            "too many invalid passwords, try again later",
        ] {
            assert!(!asks_to_wait(&refused(None, text)), "{text}");
        }
        let wrong = refused(Some("AUTHENTICATIONFAILED"), "try again later");
        assert!(!asks_to_wait(&wrong));
        assert!(asks_to_wait(&refused(
            None,
            "Too many simultaneous connections"
        )));
    }
}
