//! `USER[:GROUP]` to numbers, as the system knows them.
//!
//! Asks `getent`, which reads what the system is set up to read (files, LDAP, ...); there is no
//! such call without unsafe code.

use std::fmt;
use std::process::Command;

use super::dir::Owner;

/// Why names are nobody's.
#[derive(Debug)]
pub struct OwnerError {
    what: &'static str,
    name: String,
    why: String,
}

impl fmt::Display for OwnerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}: {}", self.what, self.name, self.why)
    }
}

impl std::error::Error for OwnerError {}

/// Understands `asterisk`, `asterisk:asterisk`, `:voicemail`, `1000:1000`. With a user and no group the
/// group is left as it is.
///
/// # Errors
/// Where the system knows no such user or group.
pub fn owner(text: &str) -> Result<Owner, OwnerError> {
    let (user, group) = text.split_once(':').unwrap_or((text, ""));
    let number = |what, database, name: &str| -> Result<Option<u32>, OwnerError> {
        if name.is_empty() {
            return Ok(None);
        }
        match name.parse() {
            // To the system this one means: leave it as it is.
            Ok(number) if number != u32::MAX => Ok(Some(number)),
            _ => look_up(what, database, name).map(Some),
        }
    };
    let owner = Owner {
        uid: number("user", "passwd", user)?,
        gid: number("group", "group", group)?,
    };
    if owner == Owner::default() {
        return Err(OwnerError {
            what: "owner",
            name: text.to_owned(),
            why: "write USER, USER:GROUP or :GROUP".to_owned(),
        });
    }
    Ok(owner)
}

fn look_up(what: &'static str, database: &str, name: &str) -> Result<u32, OwnerError> {
    let failed = |why: String| OwnerError {
        what,
        name: name.to_owned(),
        why,
    };
    let output = Command::new("getent").args([database, "--", name]).output();
    let output = output.map_err(|error| failed(format!("getent: {error}")))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let number = text
        .split(':')
        .nth(2)
        .and_then(|number| number.parse().ok());
    number.ok_or_else(|| failed("the system knows nobody of that name".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_are_understood_and_strangers_are_not() {
        let of = |uid, gid| Owner { uid, gid };
        assert_eq!(owner("root").unwrap(), of(Some(0), None));
        assert_eq!(owner("12:34").unwrap(), of(Some(12), Some(34)));
        assert_eq!(owner(":root").unwrap(), of(None, Some(0)));
        for wrong in [
            "",
            ":",
            "nobody-of-that-name",
            "root:no-such-group",
            "--help",
            "4294967295",
        ] {
            assert!(owner(wrong).is_err(), "{wrong}");
        }
    }
}
