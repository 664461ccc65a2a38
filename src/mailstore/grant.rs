//! One entry of an access control list, as it is given (RFC 4314 §2, §3.1).
//!
//! Separate so that no unvalidated text can reach SETACL. Does not know what is granted now.
//! Invariant: an identifier is printable ASCII, rights are lower-case letters.

use std::fmt;

use super::error::StoreError;
use super::name::quote;

/// Octets an identifier may have; user names are shorter.
const LONGEST: usize = 255;

/// How rights change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Change {
    Replace,
    Add,
    Take,
}

/// Rights on a folder for one identifier.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Grant {
    identifier: String,
    change: Change,
    rights: String,
}

impl Grant {
    /// Takes an identifier (a user name, `anyone`, a server's own kind such as `group:phones`) and
    /// rights: letters as in `lrswi`, which replace what the identifier has, or with `+` or `-`
    /// before them, which are added or taken away. Whether a server knows a letter, it says itself.
    ///
    /// # Errors
    /// `InvalidArgument` for an identifier that is empty, longer than 255 octets or not printable
    /// ASCII, and for rights that are none.
    pub fn new(identifier: &str, rights: &str) -> Result<Self, StoreError> {
        let refuse = |why: &str| {
            Err(StoreError::invalid(format!(
                "rights of {identifier:?}: {why}"
            )))
        };
        if identifier.is_empty() || identifier.len() > LONGEST {
            return refuse("the name is empty or too long");
        }
        if !identifier.bytes().all(|b| matches!(b, b' '..=b'~')) {
            return refuse("the name holds what an IMAP command cannot");
        }
        let (change, letters) = match rights.as_bytes().first() {
            Some(b'+') => (Change::Add, &rights[1..]),
            Some(b'-') => (Change::Take, &rights[1..]),
            _ => (Change::Replace, rights),
        };
        if letters.is_empty() || letters.len() > 26 {
            return refuse("no rights are named, or some twice");
        }
        if !letters.bytes().all(|b| b.is_ascii_lowercase()) {
            return refuse(&format!("{rights:?} are no rights (lower-case letters)"));
        }
        Ok(Self {
            identifier: identifier.to_owned(),
            change,
            rights: letters.to_owned(),
        })
    }

    /// Whom it is about.
    #[must_use]
    pub fn identifier(&self) -> &str {
        &self.identifier
    }

    /// Whether it only adds to what there is, so that nobody has less than before.
    #[must_use]
    pub fn only_adds(&self) -> bool {
        self.change == Change::Add
    }

    /// The letters, with `+` or `-` where they add to or take from what there is.
    #[must_use]
    pub fn rights(&self) -> String {
        let sign = match self.change {
            Change::Replace => "",
            Change::Add => "+",
            Change::Take => "-",
        };
        format!("{sign}{}", self.rights)
    }

    /// Both as arguments of SETACL.
    pub(super) fn arguments(&self) -> String {
        format!("{} {}", quote(&self.identifier), quote(&self.rights()))
    }
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.identifier, self.rights())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rights_replace_add_or_take() {
        for rights in ["lrs", "+lrs", "-x"] {
            let grant = Grant::new("ada", rights).unwrap();
            assert_eq!(grant.arguments(), format!("\"ada\" \"{rights}\""));
        }
        assert_eq!(
            Grant::new("a \"b\"", "l").unwrap().arguments(),
            r#""a \"b\"" "l""#
        );
    }

    #[test]
    fn nothing_but_names_and_letters_gets_through() {
        for identifier in [
            "",
            "a\r\nx DELETE y",
            "jos\u{e9}",
            "nul\0",
            &"x".repeat(256),
        ] {
            assert!(Grant::new(identifier, "l").is_err(), "{identifier:?}");
        }
        for rights in [
            "", "+", "-", "+-l", "LRS", "l r", "l\r\n", "l1", "\u{e9}", "\"l",
        ] {
            assert!(Grant::new("ada", rights).is_err(), "{rights:?}");
        }
    }

    proptest! {
        #[test]
        fn an_accepted_grant_stays_in_its_line(who in any::<String>(), rights in any::<String>()) {
            if let Ok(grant) = Grant::new(&who, &rights) {
                prop_assert!(grant.arguments().bytes().all(|b| (0x20..0x7f).contains(&b)));
            }
        }
    }
}
