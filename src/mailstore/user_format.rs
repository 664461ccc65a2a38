//! How a login names two users in one name, for servers that want it so.
//!
//! SASL has a place of its own for whose mailbox it is; the LOGIN command and some servers have not:
//! Dovecot's `auth_master_user_separator`, UW imapd's `user*admin`, Exchange's
//! `DOMAIN\admin\mailbox`. Pure. Invariant: both names are part of what comes out, so that no two
//! users get the same login; what cannot stand in a name is refused before.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

/// Stands for the mailbox's user.
const USER: &str = "{user}";

/// Stands for the master user.
const AUTH_USER: &str = "{auth_user}";

/// A template such as `{user}*{auth_user}`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct UserFormat(String);

impl UserFormat {
    /// The name that logs in as `auth_user` for `user`'s mailbox.
    ///
    /// # Errors
    /// A sentence about a user's name that holds what separates the two: the server could take it for
    /// somebody else's.
    pub fn name(&self, user: &str, auth_user: &str) -> Result<String, String> {
        let separator = self.separator();
        for one in [user, auth_user] {
            if one.contains(separator) {
                return Err(format!(
                    "user name {one:?}: holds {separator:?}, which separates the names in {self}"
                ));
            }
        }
        let mut name = String::new();
        let mut rest = self.0.as_str();
        // In one pass: what a user's name holds is never taken for a placeholder.
        while let Some(at) = rest.find('{') {
            let (before, found) = rest.split_at(at);
            name.push_str(before);
            rest = if let Some(after) = found.strip_prefix(USER) {
                name.push_str(user);
                after
            } else {
                name.push_str(auth_user);
                found.strip_prefix(AUTH_USER).unwrap_or_default()
            };
        }
        name.push_str(rest);
        Ok(name)
    }

    /// What stands between the two names.
    fn separator(&self) -> &str {
        let second = self
            .0
            .split(USER)
            .flat_map(|part| part.split(AUTH_USER))
            .nth(1);
        second.unwrap_or_default()
    }
}

impl FromStr for UserFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        for part in [USER, AUTH_USER] {
            if text.matches(part).count() != 1 {
                return Err(format!(
                    "{part} has to stand in it once: {USER}*{AUTH_USER}"
                ));
            }
        }
        let format = Self(text.to_owned());
        let rest = text.replace(USER, "").replace(AUTH_USER, "");
        if rest.contains(['{', '}']) || rest.chars().any(char::is_control) {
            return Err(format!("holds more in braces than {USER} and {AUTH_USER}"));
        }
        if format.separator().is_empty() {
            // "ab" and "c" would be "a" and "bc".
            return Err("needs something between the two names".to_owned());
        }
        Ok(format)
    }
}

impl TryFrom<String> for UserFormat {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl fmt::Display for UserFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(format: &str, user: &str) -> Result<String, String> {
        format.parse::<UserFormat>().unwrap().name(user, "admin")
    }

    fn is(format: &str, user: &str, expected: &str) {
        assert_eq!(name(format, user).as_deref(), Ok(expected));
    }

    #[test]
    fn the_forms_of_the_servers_come_out() {
        is("{user}*{auth_user}", "ada", "ada*admin");
        is(r"DOMAIN\{auth_user}\{user}", "ada", r"DOMAIN\admin\ada");
        is("{auth_user}/{user}@x", "ada", "admin/ada@x");
        // A name is never a template.
        is("{user}*{auth_user}", "{auth_user}", "{auth_user}*admin");
    }

    #[test]
    fn a_name_that_could_be_read_as_two_is_refused() {
        let why = name("{user}*{auth_user}", "bob*ada").unwrap_err();
        assert!(
            why.contains("\"bob*ada\"") && why.contains("separates"),
            "{why}"
        );
        // Only what stands between them separates.
        is(r"DOMAIN\{auth_user}/{user}", r"a\b", r"DOMAIN\admin/a\b");
    }

    #[test]
    fn what_names_one_of_them_only_or_more_than_both_is_refused() {
        for (text, says) in [
            ("", "{user} has to stand"),
            ("{user}*admin", "{auth_user} has to stand"),
            ("admin*{auth_user}", "{user} has to stand"),
            ("{user}{user}*{auth_user}", "{user} has to stand in it once"),
            ("{user}*{auth_user}{x}", "holds more"),
            ("{user}*{auth_user}}", "holds more"),
            ("{user}\r\n{auth_user}", "holds more"),
            ("{user}{auth_user}", "between"),
            ("x{user}{auth_user}y", "between"),
        ] {
            let why = text.parse::<UserFormat>().unwrap_err();
            assert!(why.contains(says), "{text:?}: {why}");
        }
    }
}
