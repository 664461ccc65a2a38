//! STATUS of several folders, without opening them (RFC 3501 §6.3.10).
//!
//! SIZE (RFC 8438) and DELETED (RFC 9208, RFC 9051) are asked for only where the server says
//! it knows them: one unknown item would cost the whole answer.

use super::super::capability::Capabilities;
use super::super::error::StoreError;
use super::super::fetched;
use super::super::link::{Untagged, lock};
use super::super::name::MailboxName;
use super::super::syntax::{Reader, Value};
use super::super::types::{Answered, FolderStatus, UidValidity};
use super::Session;
use super::each::{Answer, ask_each};

impl Session {
    /// Asks for the status of each folder, one round trip for up to 8. The outcome has the order
    /// of `names`; a folder that is not there, or not ours to see, has the server's refusal.
    ///
    /// The folder that is open should not be asked for: a server may answer with old numbers.
    ///
    /// # Errors
    /// What ends the session; `Malformed` where MESSAGES or UNSEEN is missing.
    pub fn status_of(
        &mut self,
        names: &[MailboxName],
    ) -> Result<Vec<Answered<FolderStatus>>, StoreError> {
        let items = items(&self.capabilities);
        let mut link = lock(&self.link);
        ask_each(&mut link, "STATUS", &items, names, |name| StatusAnswer {
            name: name.clone(),
            exact: None,
            other: None,
        })
    }
}

fn items(capabilities: &Capabilities) -> String {
    let rev2 = capabilities.has("IMAP4rev2");
    let mut items = String::from(" (MESSAGES UNSEEN UIDNEXT UIDVALIDITY");
    if rev2 || capabilities.has("QUOTA=RES-MESSAGE") {
        items.push_str(" DELETED");
    }
    if rev2 || capabilities.has("STATUS=SIZE") {
        items.push_str(" SIZE");
    }
    items.push(')');
    items
}

struct StatusAnswer {
    name: MailboxName,
    exact: Option<FolderStatus>,
    /// From a line under another name: servers spell names in their own way.
    other: Option<FolderStatus>,
}

impl Answer for StatusAnswer {
    type Value = FolderStatus;

    fn read(&mut self, untagged: &Untagged<'_>) -> Result<(), StoreError> {
        let Untagged::Data(data) = untagged else {
            return Ok(());
        };
        let mut reader = Reader::new(data);
        if !reader.word("STATUS") {
            return Ok(());
        }
        let read = reader.value().and_then(|name| {
            let wire = name.octets()?;
            let same = std::str::from_utf8(wire)
                .ok()
                .and_then(|wire| MailboxName::from_wire(wire).ok())
                .is_some_and(|name| name == self.name);
            let items = reader.value()?;
            Some((same, status(items.list()?)?))
        });
        let (same, status) = read.ok_or_else(|| StoreError::malformed("STATUS", data))?;
        if same {
            self.exact = Some(status);
        } else {
            self.other = Some(status);
        }
        Ok(())
    }

    fn value(self) -> Option<FolderStatus> {
        self.exact.or(self.other)
    }
}

fn status(items: &[Value<'_>]) -> Option<FolderStatus> {
    let (mut messages, mut unseen) = (None, None);
    let mut status = FolderStatus::default();
    for pair in items.chunks(2) {
        let [key, value] = pair else { return None };
        if key.is("MESSAGES") {
            messages = Some(count(value)?);
        } else if key.is("UNSEEN") {
            unseen = Some(count(value)?);
        } else if key.is("UIDNEXT") {
            status.uid_next = fetched::uid(value.number()?);
        } else if key.is("UIDVALIDITY") {
            status.uid_validity = fetched::uid(value.number()?).map(|n| UidValidity(n.0));
        } else if key.is("DELETED") {
            status.deleted = Some(value.number()?);
        } else if key.is("SIZE") {
            status.size = Some(value.number()?);
        }
    }
    status.messages = messages?;
    status.unseen = unseen?;
    Some(status)
}

fn count(value: &Value<'_>) -> Option<u32> {
    u32::try_from(value.number()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn asked() -> StatusAnswer {
        StatusAnswer {
            name: MailboxName::from_wire("INBOX").unwrap(),
            exact: None,
            other: None,
        }
    }

    fn read(lines: &[&str]) -> Result<Option<FolderStatus>, StoreError> {
        let mut answer = asked();
        for line in lines {
            answer.read(&Untagged::Data(line.as_bytes()))?;
        }
        Ok(answer.value())
    }

    #[test]
    fn only_what_the_server_announced_is_asked_for() {
        let items = |words| items(&Capabilities::from_words(words));
        let plain = " (MESSAGES UNSEEN UIDNEXT UIDVALIDITY)";
        assert_eq!(items("IMAP4rev1 QUOTA"), plain);
        assert!(items("STATUS=SIZE").ends_with("UIDVALIDITY SIZE)"));
        assert!(items("QUOTA=RES-MESSAGE").ends_with("UIDVALIDITY DELETED)"));
        assert!(items("IMAP4rev1 imap4REV2").ends_with("DELETED SIZE)"));
    }

    #[test]
    fn items_come_in_any_order_and_case_and_unknown_ones_are_let_pass() {
        let status = read(&[
            "status {5}\r\ninbox (X-NEW (1 (2)) size 18446744073709551615 UIDVALIDITY 4294967295 Unseen 2 UIDNEXT 0 MESSAGES 4294967295 DELETED 1)\r\n",
        ]);
        let status = status.unwrap().unwrap();
        assert_eq!((status.messages, status.unseen), (u32::MAX, 2));
        assert_eq!(status.size, Some(u64::MAX));
        assert_eq!((status.uid_next, status.deleted), (None, Some(1)));
        assert_eq!(status.uid_validity.unwrap().0.get(), u32::MAX);
    }

    #[test]
    fn the_line_of_the_folder_counts_and_another_spelling_only_without_it() {
        let own = "STATUS \"inbox\" (MESSAGES 1 UNSEEN 1)\r\n";
        let other = "STATUS Caf\u{e9} (MESSAGES 7 UNSEEN 1)\r\n";
        let messages = |lines: &[&str]| read(lines).unwrap().map(|s| s.messages);
        assert_eq!(messages(&[other, own, other]), Some(1));
        assert_eq!(messages(&["SEARCH", other]), Some(7));
        assert_eq!(messages(&[]), None);
    }

    #[test]
    fn a_status_that_cannot_be_read_is_an_error_and_not_an_empty_folder() {
        for line in [
            "STATUS INBOX (MESSAGES 1)",
            "STATUS INBOX (MESSAGES UNSEEN 1)",
            "STATUS INBOX (MESSAGES 4294967296 UNSEEN 1)",
            "STATUS INBOX (MESSAGES -1 UNSEEN 1)",
            "STATUS INBOX MESSAGES 1 UNSEEN 1",
            "STATUS INBOX (MESSAGES 1 UNSEEN 1",
            "STATUS (MESSAGES 1 UNSEEN 1)",
            &format!("STATUS INBOX {}", "(".repeat(200_000)),
        ] {
            assert!(read(&[line]).is_err(), "{line:.60}");
        }
    }

    proptest! {
        #[test]
        fn no_octets_make_it_panic(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
            let line = [&b"STATUS "[..], &octets].concat();
            let _ = asked().read(&Untagged::Data(&line));
        }
    }
}
