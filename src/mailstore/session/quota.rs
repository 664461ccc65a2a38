//! Quota, with every oddity that servers answer with (RFC 9208, RFC 2087).
//!
//! Dovecot sends no line where there is no limit, Cyrus a QUOTAROOT without roots, Courier a QUOTA
//! without its list; names of roots may be empty or hold spaces. Units: KiB and messages.

use super::super::error::StoreError;
use super::super::link::{Untagged, lock};
use super::super::name::MailboxName;
use super::super::syntax::Reader;
use super::super::types::{QuotaRoot, Usage};
use super::Session;

/// The QUOTAROOT and QUOTA lines of one answer.
#[derive(Debug, Default)]
pub(super) struct Answers {
    roots: Vec<QuotaRoot>,
}

impl Answers {
    /// Reads an untagged answer; what is no quota is left alone.
    pub(super) fn read(&mut self, untagged: &Untagged<'_>) -> Result<(), StoreError> {
        let Untagged::Data(data) = untagged else {
            return Ok(());
        };
        let mut reader = Reader::new(data);
        let read = if reader.word("QUOTAROOT") {
            self.read_names(reader)
        } else if reader.word("QUOTA") {
            self.read_usage(reader)
        } else {
            Some(())
        };
        read.ok_or_else(|| StoreError::malformed("GETQUOTAROOT", data))
    }

    /// The roots, in the order they were named.
    pub(super) fn roots(self) -> Vec<QuotaRoot> {
        self.roots
    }

    fn root(&mut self, name: &str) -> Option<&mut QuotaRoot> {
        const MOST: usize = 1000;
        if let Some(at) = self.roots.iter().position(|r| r.name == name) {
            return self.roots.get_mut(at);
        }
        if self.roots.len() >= MOST {
            return None;
        }
        self.roots.push(QuotaRoot {
            name: name.to_owned(),
            storage: None,
            message: None,
        });
        self.roots.last_mut()
    }

    fn read_names(&mut self, reader: Reader<'_>) -> Option<()> {
        let values = reader.all()?;
        for name in values.iter().skip(1) {
            self.root(&String::from_utf8_lossy(name.octets()?))?;
        }
        Some(())
    }

    fn read_usage(&mut self, mut reader: Reader<'_>) -> Option<()> {
        let name = reader.value()?;
        let name = String::from_utf8_lossy(name.octets()?).into_owned();
        let root = self.root(&name)?;
        if reader.at_end() {
            return Some(());
        }
        let resources = reader.value()?;
        for resource in resources.list()?.chunks(3) {
            let [kind, used, limit] = resource else {
                return None;
            };
            let usage = Usage {
                used: used.number()?,
                limit: limit.number()?,
            };
            if kind.is("STORAGE") {
                root.storage = Some(usage);
            } else if kind.is("MESSAGE") {
                root.message = Some(usage);
            }
        }
        Some(())
    }
}

impl Session {
    /// The quota roots of a folder and their limits; `None` where the server has no quota
    /// commands. A root without limits is one with both resources `None`.
    pub fn quota_root(&mut self, name: &MailboxName) -> Result<Option<Vec<QuotaRoot>>, StoreError> {
        if !self.capabilities.has("QUOTA") {
            return Ok(None);
        }
        let mut answers = Answers::default();
        let line = format!("GETQUOTAROOT {}", name.quoted());
        let command = format!("GETQUOTAROOT {name}");
        lock(&self.link).run(&line, &command, &mut |u| answers.read(&u))?;
        Ok(Some(answers.roots()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roots(lines: &[&str]) -> Vec<QuotaRoot> {
        let mut answers = Answers::default();
        for line in lines {
            answers.read(&Untagged::Data(line.as_bytes())).unwrap();
        }
        answers.roots()
    }

    #[test]
    fn every_way_to_say_no_limit_is_understood() {
        assert!(roots(&[]).is_empty());
        assert!(roots(&["QUOTAROOT INBOX\r\n"]).is_empty());
        let courier = roots(&["QUOTAROOT \"INBOX\" \"ROOT\"\r\n", "QUOTA \"ROOT\"\r\n"]);
        assert_eq!(
            courier,
            [QuotaRoot {
                name: "ROOT".into(),
                storage: None,
                message: None
            }]
        );
        assert_eq!(roots(&["QUOTA \"\" ()\r\n"])[0].name, "");
    }

    #[test]
    fn several_roots_with_spaces_keep_their_order_and_limits() {
        let found = roots(&[
            "QUOTAROOT INBOX \"User quota\" \"Second root\"\r\n",
            "QUOTA \"Second root\" (MESSAGE 3 20)\r\n",
            "QUOTA \"User quota\" (STORAGE 1 200 X-ODD 1 2)\r\n",
        ]);
        assert_eq!(
            found[0].storage,
            Some(Usage {
                used: 1,
                limit: 200
            })
        );
        assert_eq!(found[1].message, Some(Usage { used: 3, limit: 20 }));
        assert_eq!((found.len(), found[1].name.as_str()), (2, "Second root"));
    }

    #[test]
    fn a_quota_that_cannot_be_read_is_an_error_and_not_no_limit() {
        let mut answers = Answers::default();
        for line in [
            "QUOTA x (STORAGE 1)",
            "QUOTA x (STORAGE a b)",
            "QUOTA x (STORAGE 1 2",
        ] {
            assert!(
                answers.read(&Untagged::Data(line.as_bytes())).is_err(),
                "{line}"
            );
        }
    }
}
