//! Rights on folders, to be looked at and never changed here (RFC 4314 §3.3, §3.5).

use super::super::error::StoreError;
use super::super::link::{Untagged, lock};
use super::super::name::MailboxName;
use super::super::syntax::{Reader, Value};
use super::super::types::{AclEntry, Answered, Rights};
use super::Session;
use super::each::{Answer, ask_each};

/// Entries of one list that are kept.
const MOST: usize = 100_000;

impl Session {
    /// The rights of whoever is logged in on each folder (MYRIGHTS), one round trip for up to 8;
    /// `None` where the server has no access control lists. The outcome has the order of `names`;
    /// a folder that is not there, or not ours to see, has the server's refusal.
    pub fn my_rights(
        &mut self,
        names: &[MailboxName],
    ) -> Result<Option<Vec<Answered<Rights>>>, StoreError> {
        if !self.capabilities.has("ACL") {
            return Ok(None);
        }
        let mut link = lock(&self.link);
        ask_each(&mut link, "MYRIGHTS", "", names, |_| MyRights(None)).map(Some)
    }

    /// Who has which rights on each folder (GETACL), as [`my_rights`](Self::my_rights). A server
    /// refuses those who may not administer the folder, usually with `NOPERM`.
    pub fn acls(
        &mut self,
        names: &[MailboxName],
    ) -> Result<Option<Vec<Answered<Vec<AclEntry>>>>, StoreError> {
        if !self.capabilities.has("ACL") {
            return Ok(None);
        }
        let mut link = lock(&self.link);
        ask_each(&mut link, "GETACL", "", names, |_| Acl(None)).map(Some)
    }
}

struct MyRights(Option<Rights>);

impl Answer for MyRights {
    type Value = Rights;

    /// Reads `MYRIGHTS name rights`.
    fn read(&mut self, untagged: &Untagged<'_>) -> Result<(), StoreError> {
        let Some((data, values)) = arguments(untagged, "MYRIGHTS")? else {
            return Ok(());
        };
        match values.as_slice() {
            [name, rights] if name.octets().is_some() => {
                let rights = text(rights).ok_or_else(|| StoreError::malformed("MYRIGHTS", data))?;
                self.0 = Some(Rights(rights));
                Ok(())
            }
            _ => Err(StoreError::malformed("MYRIGHTS", data)),
        }
    }

    fn value(self) -> Option<Rights> {
        self.0
    }
}

struct Acl(Option<Vec<AclEntry>>);

impl Answer for Acl {
    type Value = Vec<AclEntry>;

    /// Reads `ACL name *(identifier rights)`.
    fn read(&mut self, untagged: &Untagged<'_>) -> Result<(), StoreError> {
        let Some((data, values)) = arguments(untagged, "ACL")? else {
            return Ok(());
        };
        let broken = || StoreError::malformed("GETACL", data);
        let (name, rest) = values.split_first().ok_or_else(broken)?;
        name.octets().ok_or_else(broken)?;
        if rest.len() / 2 > MOST {
            return Err(StoreError::TooLarge {
                doing: "GETACL".to_owned(),
                limit: MOST as u64,
            });
        }
        let mut entries = Vec::with_capacity(rest.len() / 2);
        for pair in rest.chunks(2) {
            let [identifier, rights] = pair else {
                return Err(broken());
            };
            entries.push(AclEntry {
                identifier: text(identifier).ok_or_else(broken)?,
                rights: Rights(text(rights).ok_or_else(broken)?),
            });
        }
        self.0 = Some(entries);
        Ok(())
    }

    fn value(self) -> Option<Vec<AclEntry>> {
        self.0
    }
}

/// An answer and the values behind its first word.
type Arguments<'a> = (&'a [u8], Vec<Value<'a>>);

/// The values of an untagged answer that begins with `word`; `None` for any other.
fn arguments<'a>(untagged: &Untagged<'a>, word: &str) -> Result<Option<Arguments<'a>>, StoreError> {
    let Untagged::Data(data) = untagged else {
        return Ok(None);
    };
    let mut reader = Reader::new(data);
    if !reader.word(word) {
        return Ok(None);
    }
    let values = reader.all();
    let values = values.ok_or_else(|| StoreError::malformed(word, data))?;
    Ok(Some((data, values)))
}

fn text(value: &Value<'_>) -> Option<String> {
    Some(String::from_utf8_lossy(value.octets()?).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rights(line: &[u8]) -> Result<Option<String>, StoreError> {
        let mut answer = MyRights(None);
        answer.read(&Untagged::Data(line))?;
        Ok(answer.value().map(|rights| rights.0))
    }

    fn acl(line: &[u8]) -> Result<Option<Vec<(String, String)>>, StoreError> {
        let mut answer = Acl(None);
        answer.read(&Untagged::Data(line))?;
        let entries = answer.value();
        Ok(entries.map(|e| e.into_iter().map(|e| (e.identifier, e.rights.0)).collect()))
    }

    #[test]
    fn rights_come_as_atoms_strings_and_literals() {
        let got = |line: &[u8]| rights(line).unwrap();
        assert_eq!(got(b"MYRIGHTS INBOX lrs\r\n").as_deref(), Some("lrs"));
        assert_eq!(got(b"myrights {2}\r\n) \"\"\r\n").as_deref(), Some(""));
        assert_eq!(
            got(b"MYRIGHTS \"a b\" {3}\r\nlrs\r\n").as_deref(),
            Some("lrs")
        );
        assert_eq!(got(b"ACL INBOX a b\r\n"), None);
    }

    #[test]
    fn a_list_keeps_its_order_negative_rights_and_odd_identifiers() {
        let line =
            b"ACL INBOX ada lrswipkxtecda \"-eve \\\"x\\\"\" w {3}\r\n\xff(\n \"\" anyone \"\"\r\n";
        let entries = acl(line).unwrap().unwrap();
        let expected = [
            ("ada", "lrswipkxtecda"),
            ("-eve \"x\"", "w"),
            ("\u{fffd}(\n", ""),
            ("anyone", ""),
        ];
        assert_eq!(entries, expected.map(|(i, r)| (i.to_owned(), r.to_owned())));
        assert_eq!(acl(b"ACL INBOX\r\n").unwrap(), Some(Vec::new()));
        let negative = AclEntry {
            identifier: "-eve".into(),
            rights: Rights::default(),
        };
        assert!(negative.is_negative());
    }

    #[test]
    fn what_cannot_be_read_is_an_error_and_no_shorter_list() {
        let deep = format!("ACL INBOX {}", "(".repeat(200_000));
        for bad in [
            "ACL",
            "ACL INBOX ada",
            "ACL INBOX ada (l)",
            "ACL (x)",
            &deep,
        ] {
            assert!(acl(bad.as_bytes()).is_err(), "{bad:.30}");
        }
        for bad in ["MYRIGHTS", "MYRIGHTS x", "MYRIGHTS x (l)", "MYRIGHTS x l l"] {
            assert!(rights(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_octets_make_it_panic(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = acl(&[&b"ACL "[..], &octets].concat());
            let _ = rights(&[&b"MYRIGHTS "[..], &octets].concat());
        }
    }
}
