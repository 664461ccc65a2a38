//! Quota, with every oddity that servers answer with (RFC 9208, RFC 2087).
//!
//! Dovecot sends no line where there is no limit, Cyrus a QUOTAROOT without roots, Courier a QUOTA
//! without its list; names of roots may be empty or hold spaces, and one root may limit several
//! folders. Units: KiB for STORAGE, else what the resource's name says.

use super::super::error::StoreError;
use super::super::link::{Untagged, lock};
use super::super::name::{MailboxName, quote};
use super::super::syntax::Reader;
use super::super::types::{Answered, QuotaRoot, Resource};
use super::Session;
use super::each::{Answer, ask_each};

/// Roots of one answer, and resources of all of them, that are kept.
const MOST: usize = 1000;
/// Octets of the name of either.
const LONGEST: usize = 1000;

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

    /// The roots, in the order in which their limits were told. Asterisk's mail library goes by
    /// the last QUOTA line, not by the order of names in the QUOTAROOT line.
    pub(super) fn roots(self) -> Vec<QuotaRoot> {
        self.roots
    }

    /// The root of that name behind all others.
    fn last_root(&mut self, name: &str) -> Option<&mut QuotaRoot> {
        if let Some(at) = self.roots.iter().position(|r| r.name == name) {
            let root = self.roots.remove(at);
            self.roots.push(root);
        }
        self.root(name)
    }

    fn root(&mut self, name: &str) -> Option<&mut QuotaRoot> {
        if let Some(at) = self.roots.iter().position(|r| r.name == name) {
            return self.roots.get_mut(at);
        }
        if self.roots.len() >= MOST || name.len() > LONGEST {
            return None;
        }
        self.roots.push(QuotaRoot {
            name: name.to_owned(),
            resources: Vec::new(),
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
        let root = self.last_root(&name)?;
        // Asked about two folders, a server tells a root they share twice; the later is the truth.
        root.resources.clear();
        if reader.at_end() {
            return Some(());
        }
        let resources = reader.value()?;
        let resources = resources.list()?.chunks(3);
        let kept: usize = self.roots.iter().map(|root| root.resources.len()).sum();
        if kept + resources.len() > MOST {
            return None;
        }
        let root = self.roots.last_mut()?;
        for resource in resources {
            let [name, used, limit] = resource else {
                return None;
            };
            let name = name.octets().filter(|name| name.len() <= LONGEST)?;
            root.resources.push(Resource {
                name: String::from_utf8_lossy(name).into_owned(),
                used: used.number()?,
                limit: limit.number()?,
            });
        }
        Some(())
    }
}

impl Answer for Answers {
    type Value = Vec<QuotaRoot>;

    fn read(&mut self, untagged: &Untagged<'_>) -> Result<(), StoreError> {
        Answers::read(self, untagged)
    }

    fn value(self) -> Option<Vec<QuotaRoot>> {
        Some(self.roots) // no line at all means no limit
    }
}

impl Session {
    /// The quota roots of a folder and their limits; `None` where the server has no quota
    /// commands. A root without limits is one without resources.
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

    /// As [`quota_root`](Self::quota_root) for several folders, one round trip for up to 8. The
    /// outcome has the order of `names`; a folder that is not there, or not ours to see, has the
    /// server's refusal.
    pub fn quota_roots(
        &mut self,
        names: &[MailboxName],
    ) -> Result<Option<Vec<Answered<Vec<QuotaRoot>>>>, StoreError> {
        if !self.capabilities.has("QUOTA") {
            return Ok(None);
        }
        let mut link = lock(&self.link);
        ask_each(&mut link, "GETQUOTAROOT", "", names, |_| Answers::default()).map(Some)
    }

    /// The limits of a root by its name (GETQUOTA); `None` where the server has no quota commands.
    ///
    /// # Errors
    /// `InvalidArgument` for a name that no command can hold; `Refused` where there is no such
    /// root, or where only administrators may ask.
    pub fn get_quota(&mut self, root: &str) -> Result<Option<QuotaRoot>, StoreError> {
        let line = format!("GETQUOTA {}", quoted(root)?);
        if !self.capabilities.has("QUOTA") {
            return Ok(None);
        }
        let mut answers = Answers::default();
        let command = format!("GETQUOTA {root:?}");
        lock(&self.link).run(&line, &command, &mut |u| answers.read(&u))?;
        let mut roots = answers.roots();
        let own = roots.iter().position(|found| found.name == root);
        // A server may know the root by another spelling; but one of many could be any.
        let own = own.or((roots.len() == 1).then_some(0));
        let found = own.map(|at| roots.swap_remove(at));
        Ok(Some(found.unwrap_or_else(|| QuotaRoot {
            name: root.to_owned(),
            resources: Vec::new(),
        })))
    }

    /// Sets the limits of a root (SETQUOTA): names of resources (`STORAGE` in KiB, `MESSAGE`) with
    /// their new limits, none to lift all. What is not named is not limited any more. Returns the
    /// roots of the server's answer, often none. Safe to repeat. Usually only administrators may.
    ///
    /// # Errors
    /// `InvalidArgument` for a name that no command can hold, with nothing sent; `Refused` with
    /// the server's words; `OutcomeUnknown` where the connection broke meanwhile.
    pub fn set_quota(
        &mut self,
        root: &str,
        limits: &[(&str, u64)],
    ) -> Result<Vec<QuotaRoot>, StoreError> {
        let request = format!("SETQUOTA {} {}", quoted(root)?, limit_list(limits)?);
        let command = format!("SETQUOTA {root:?}");
        let mut link = lock(&self.link);
        link.alive()?;
        let mut answers = Answers::default();
        link.run(&request, &command, &mut |u| answers.read(&u))
            .map_err(|error| error.uncertain(&command))?;
        Ok(answers.roots())
    }
}

/// A root's name as an argument. Servers make these names up; they come back to them unchanged.
fn quoted(root: &str) -> Result<String, StoreError> {
    if root.len() > LONGEST || !root.bytes().all(|b| matches!(b, b' '..=b'~')) {
        let shown: String = root.chars().take(40).collect();
        return Err(StoreError::invalid(format!(
            "quota root {shown:?}: is too long or holds what no command can"
        )));
    }
    Ok(quote(root))
}

fn limit_list(limits: &[(&str, u64)]) -> Result<String, StoreError> {
    let mut words = Vec::with_capacity(limits.len());
    for (name, limit) in limits {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        if name.is_empty() || !name.bytes().all(plain) {
            return Err(StoreError::invalid(format!(
                "quota resource {name:?}: is no name of one"
            )));
        }
        words.push(format!("{name} {limit}"));
    }
    Ok(format!("({})", words.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::super::super::types::Usage;
    use super::*;
    use proptest::prelude::*;

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
        assert_eq!((courier.len(), courier[0].name.as_str()), (1, "ROOT"));
        assert!(courier[0].resources.is_empty() && courier[0].storage().is_none());
        assert_eq!(roots(&["QUOTA \"\" ()\r\n"])[0].name, "");
    }

    #[test]
    fn several_roots_with_spaces_stand_in_the_order_in_which_their_limits_were_told() {
        let found = roots(&[
            "QUOTAROOT INBOX \"User quota\" \"Second root\"\r\n",
            "QUOTA \"Second root\" (MESSAGE 3 20)\r\n",
            "QUOTA \"User quota\" (STORAGE 1 200 X-ODD 1 2)\r\n",
        ]);
        assert_eq!(
            found[1].storage(),
            Some(Usage {
                used: 1,
                limit: 200
            })
        );
        assert_eq!(found[0].message(), Some(Usage { used: 3, limit: 20 }));
        assert_eq!((found.len(), found[0].name.as_str()), (2, "Second root"));
        let names: Vec<_> = found[1].resources.iter().map(|r| r.name.as_str()).collect();
        assert_eq!(names, ["STORAGE", "X-ODD"]);
    }

    #[test]
    fn a_quota_that_cannot_be_read_is_an_error_and_not_no_limit() {
        let mut answers = Answers::default();
        for line in [
            "QUOTA x (STORAGE 1)",
            "QUOTA x (STORAGE a b)",
            "QUOTA x (STORAGE 1 2",
            "QUOTA x (STORAGE 1 -1)",
            "QUOTA x (STORAGE 1 18446744073709551616)",
            "QUOTA x ((STORAGE) 1 2)",
            "QUOTA (x) (STORAGE 1 2)",
            "QUOTA",
            "QUOTAROOT INBOX (x)",
            &format!("QUOTA x {}", "(".repeat(200_000)),
        ] {
            assert!(
                answers.read(&Untagged::Data(line.as_bytes())).is_err(),
                "{line:.40}"
            );
        }
    }

    #[test]
    fn an_answer_that_would_fill_the_memory_is_an_error() {
        let name = |octets| "n".repeat(octets);
        let usage = |octets| format!("QUOTA x ({} 1 2)", name(octets));
        let many = "STORAGE 1 2 ".repeat(MOST);
        let read = |lines: &[&str]| {
            let mut answers = Answers::default();
            let mut lines = lines.iter();
            lines.try_for_each(|line| answers.read(&Untagged::Data(line.as_bytes())))
        };
        let long = format!("QUOTAROOT INBOX {}", name(LONGEST + 1));
        assert!(read(&[&long[..long.len() - 1]]).is_ok());
        assert!(read(&[&long]).is_err());
        assert!(read(&[&usage(LONGEST)]).is_ok());
        assert!(read(&[&usage(LONGEST + 1)]).is_err());
        let one = format!("QUOTA x ({many})");
        assert!(
            read(&[&one, &one]).is_ok(),
            "the later replaces the earlier"
        );
        assert!(read(&[&one, "QUOTA y (STORAGE 1 2)"]).is_err());
    }

    #[test]
    fn names_and_numbers_come_in_every_legal_form() {
        let found = roots(&[
            "quotaroot {6}\r\nINBOX) {4}\r\na\"( \r\n",
            "QUOTA \"a\\\"( \" (\"storage\" 18446744073709551615 {1}\r\n7 Message \"0\" 0)\r\n",
            "QUOTA caf\u{e9} (STORAGE 1 2)\r\n",
            "QUOTA \"a\\\"( \" (STORAGE 5 6 STORAGE 7 8)\r\n",
        ]);
        assert_eq!(found.len(), 2, "{found:?}");
        assert_eq!(found[1].name, "a\"( ");
        assert_eq!(found[1].storage(), Some(Usage { used: 5, limit: 6 }));
        assert_eq!(found[1].resources.len(), 2, "the later answer replaces");
        assert_eq!(found[0].name, "caf\u{e9}");
    }

    #[test]
    fn a_root_that_would_break_a_command_is_not_asked_for() {
        assert_eq!(quoted("User \"q\\").unwrap(), "\"User \\\"q\\\\\"");
        assert_eq!(quoted("").unwrap(), "\"\"");
        let long = "x".repeat(1001);
        for bad in [
            "a\r\nx LOGOUT",
            "a\nb",
            "nul\0",
            "caf\u{e9}",
            "tab\t",
            &long,
        ] {
            assert!(quoted(bad).is_err(), "{bad:.20}");
        }
    }

    #[test]
    fn limits_are_written_and_odd_resources_refused() {
        let list = limit_list(&[("STORAGE", 512), ("MESSAGE", u64::MAX)]);
        assert_eq!(list.unwrap(), "(STORAGE 512 MESSAGE 18446744073709551615)");
        assert_eq!(limit_list(&[]).unwrap(), "()");
        for bad in ["", "A B", "A)", "\r\n", "\u{e9}"] {
            assert!(limit_list(&[(bad, 1)]).is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn no_octets_make_it_panic(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
            for word in ["QUOTA ", "QUOTAROOT "] {
                let line = [word.as_bytes(), &octets].concat();
                let _ = Answers::default().read(&Untagged::Data(&line));
            }
        }
    }
}
