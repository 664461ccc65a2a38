//! Where folders may lie: one's own, other users', shared ones.
//!
//! NAMESPACE by hand, because the crate does not know it. Does not say what a mailbox of a person
//! holds; it only makes its name. Source: RFC 2342.

use super::super::error::StoreError;
use super::super::link::{Untagged, lock};
use super::super::name::MailboxName;
use super::super::syntax::{Reader, Value};
use super::super::types::{ListedFolder, Namespace};
use super::super::utf7;
use super::Session;
use super::folders::{first_delimiter, read_delimiter, tolerate_refusal};

/// Namespaces of one kind that are kept; a server with more is no mail server.
const MOST: usize = 1000;

/// The three kinds of namespaces (RFC 2342 §4); all empty where the server has no NAMESPACE.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Namespaces {
    /// The user's own.
    pub personal: Vec<Namespace>,
    /// Those in which other users' folders lie, such as `user.` or `Other Users/`.
    pub other_users: Vec<Namespace>,
    /// Those of folders that belong to nobody in particular.
    pub shared: Vec<Namespace>,
}

impl Namespaces {
    /// The INBOX of another user as an administrator sees it: `user.NAME` or `user/NAME` on Cyrus
    /// (the first namespace of other users, and the user's name in modified UTF-7). Folders of
    /// that user are its [children](MailboxName::join).
    ///
    /// # Errors
    /// `InvalidArgument` where the server shows no other users, and for a user name that is
    /// empty or holds the delimiter (the server would read a folder of somebody else's),
    /// a wildcard or a control character.
    pub fn inbox_of(&self, user: &str) -> Result<MailboxName, StoreError> {
        let refuse = |why: String| StoreError::invalid(format!("user {user:?}: {why}"));
        let Some(others) = self.other_users.first() else {
            return Err(refuse(
                "the server shows this login no folders of other users (NAMESPACE)".to_owned(),
            ));
        };
        if user.is_empty() {
            return Err(refuse("the name is empty".to_owned()));
        }
        if let Some(delimiter) = others.delimiter.filter(|&d| user.contains(d)) {
            return Err(refuse(format!(
                "the name holds the server's delimiter {delimiter:?}, so {}{user} would be a folder of another user",
                others.prefix
            )));
        }
        if user.contains(['*', '%']) || user.chars().any(char::is_control) {
            return Err(refuse(
                "the name holds a wildcard or a control character".to_owned(),
            ));
        }
        // The prefix is in wire form already.
        MailboxName::from_wire(&format!("{}{}", others.prefix, utf7::encode(user)))
    }

    /// Reads `NAMESPACE (...) (...) (...)`, each a list of `(prefix delimiter ...)` or NIL.
    pub(super) fn read(&mut self, untagged: &Untagged<'_>) -> Result<(), StoreError> {
        let Untagged::Data(data) = untagged else {
            return Ok(());
        };
        let mut reader = Reader::new(data);
        if !reader.word("NAMESPACE") {
            return Ok(());
        }
        let broken = || StoreError::malformed("NAMESPACE", data);
        let mut kinds = Vec::with_capacity(3);
        for _ in 0..3 {
            let kind = reader.value().ok_or_else(broken)?;
            kinds.push(of_one_kind(&kind).ok_or_else(broken)?);
        }
        let mut kinds = kinds.into_iter();
        self.personal = kinds.next().unwrap_or_default();
        self.other_users = kinds.next().unwrap_or_default();
        self.shared = kinds.next().unwrap_or_default();
        Ok(())
    }
}

fn of_one_kind(kind: &Value<'_>) -> Option<Vec<Namespace>> {
    let Some(members) = kind.list() else {
        return kind.is("NIL").then(Vec::new);
    };
    if members.len() > MOST {
        return None;
    }
    members.iter().map(namespace).collect()
}

fn namespace(member: &Value<'_>) -> Option<Namespace> {
    let [prefix, delimiter, ..] = member.list()? else {
        return None;
    };
    let prefix = prefix.text()?;
    let usable = prefix.bytes().all(|b| matches!(b, b' '..=b'~'));
    usable.then(|| Namespace {
        prefix: prefix.to_owned(),
        delimiter: read_delimiter(delimiter),
    })
}

/// Without a namespace of one's own: a server whose folders all stand below INBOX has that as
/// prefix. Cyrus tells none to a user who has no INBOX yet; the delimiter is that of the others.
pub(super) fn guessed_namespace(folders: &[ListedFolder], known: &Namespaces) -> Namespace {
    let mut others = known.other_users.iter().chain(&known.shared);
    let delimiter = first_delimiter(folders).or_else(|| others.find_map(|n| n.delimiter));
    let below = delimiter.map(|d| format!("INBOX{d}")).unwrap_or_default();
    let mut others = folders.iter().filter(|f| !f.name.is_inbox()).peekable();
    let all_below = others.peek().is_some() && others.all(|f| f.name.as_wire().starts_with(&below));
    Namespace {
        prefix: if all_below { below } else { String::new() },
        delimiter,
    }
}

impl Session {
    /// All namespaces; none of any kind where the server has no NAMESPACE or refuses it.
    pub fn namespaces(&mut self) -> Result<Namespaces, StoreError> {
        let mut found = Namespaces::default();
        if self.capabilities.has("NAMESPACE") {
            let asked = lock(&self.link).run("NAMESPACE", "NAMESPACE", &mut |u| found.read(&u));
            tolerate_refusal(asked)?;
        }
        Ok(found)
    }

    /// The first personal namespace; where the server knows none, what LIST tells.
    pub fn namespace(&mut self) -> Result<Namespace, StoreError> {
        let known = self.namespaces()?;
        match known.personal.first() {
            Some(namespace) => Ok(namespace.clone()),
            None => Ok(guessed_namespace(&self.list("", "*")?, &known)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(line: &str) -> Result<Namespaces, StoreError> {
        let mut namespaces = Namespaces::default();
        namespaces.read(&Untagged::Data(line.as_bytes()))?;
        Ok(namespaces)
    }

    fn inbox(line: &str, user: &str) -> Result<String, String> {
        let name = read(line).unwrap().inbox_of(user);
        name.map(|n| n.as_wire().to_owned())
            .map_err(|e| e.to_string())
    }

    const CYRUS: &str = "NAMESPACE ((\"INBOX.\" \".\")) ((\"user.\" \".\")) ((\"\" \".\"))\r\n";

    #[test]
    fn all_three_kinds_are_kept_in_order() {
        let found = read(
            "NAMESPACE ((\"\" \"/\")(\"#mhinbox\" NIL)(\"#mh/\" \"/\")) ((\"~\" \"/\" \"X\" (\"a\"))) nil\r\n",
        )
        .unwrap();
        let prefixes: Vec<_> = found.personal.iter().map(|n| n.prefix.as_str()).collect();
        assert_eq!(prefixes, ["", "#mhinbox", "#mh/"]);
        assert_eq!(found.personal[1].delimiter, None);
        assert_eq!(found.other_users[0].prefix, "~");
        assert!(found.shared.is_empty());
    }

    #[test]
    fn a_namespace_that_cannot_be_read_is_an_error_and_no_empty_one() {
        for line in [
            "NAMESPACE NIL NIL",
            "NAMESPACE ((\"a\")) NIL NIL",
            "NAMESPACE x NIL NIL",
            "NAMESPACE ((\"caf\u{e9}\" \".\")) NIL NIL",
        ] {
            assert!(read(line).is_err(), "{line}");
        }
        assert_eq!(read("LIST () NIL x").unwrap(), Namespaces::default());
    }

    #[test]
    fn an_administrator_finds_a_users_inbox_below_the_prefix_of_other_users() {
        assert_eq!(inbox(CYRUS, "1001").as_deref(), Ok("user.1001"));
        assert_eq!(inbox(CYRUS, "inbox").as_deref(), Ok("user.inbox"));
        assert_eq!(inbox(CYRUS, "jos\u{e9}").as_deref(), Ok("user.jos&AOk-"));
        let slash = "NAMESPACE NIL ((\"user/\" \"/\")) NIL";
        assert_eq!(inbox(slash, "a.b").as_deref(), Ok("user/a.b"));
    }

    #[test]
    fn a_user_name_cannot_become_somebody_elses_folder() {
        assert_eq!(
            inbox(CYRUS, "ada.lovelace").unwrap_err(),
            "user \"ada.lovelace\": the name holds the server's delimiter '.', so user.ada.lovelace would be a folder of another user"
        );
        for user in ["", "*", "a%", "a\r\nx DELETE y", "\0"] {
            assert!(inbox(CYRUS, user).is_err(), "{user:?}");
        }
        assert!(inbox("NAMESPACE ((\"\" \"/\")) NIL NIL", "ada").is_err());
    }

    proptest! {
        #[test]
        fn no_octets_make_it_panic(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
            let line = [b"NAMESPACE ", octets.as_slice()].concat();
            let _ = Namespaces::default().read(&Untagged::Data(&line));
        }

        #[test]
        fn an_inbox_has_exactly_the_delimiters_of_its_prefix(user in any::<String>()) {
            if let Ok(name) = read(CYRUS).unwrap().inbox_of(&user) {
                prop_assert_eq!(name.as_wire().matches('.').count(), 1);
                prop_assert!(name.as_wire().starts_with("user."));
            }
        }
    }
}
