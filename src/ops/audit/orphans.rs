//! Mailboxes without an account, and accounts without a mailbox.
//!
//! IMAP has no command that lists accounts, so their names have to be given.

use std::collections::BTreeSet;

use super::Audit;
use super::catalogue::{Rule, account as code};
use super::finding::{Finding, Place};
use crate::ops::account::Account;
use crate::voicemail::vmbox::VoicemailBox;

impl Audit<'_> {
    /// What voicemail.conf has and the server has not, and the reverse.
    pub(super) fn orphans(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        let mut used = BTreeSet::new();
        for mailbox in &self.conf.mailboxes {
            let asked = self.options.selection.takes_box(&mailbox.vmbox);
            if !self.conf.seen_by_imap_build(mailbox) {
                if asked {
                    let text = "no imapuser and no other imap option".to_owned();
                    found.push(about(&code::NO_IMAP_OPTION, Some(&mailbox.vmbox), text));
                }
                continue;
            }
            let Ok(account) = Account::of(self.conf, mailbox, &self.options.overrides) else {
                continue; // reported as a failure, in the account's turn
            };
            let name = account.user().to_owned();
            if let Some(accounts) = self.accounts.as_ref().filter(|_| asked)
                && !accounts.contains(&name)
            {
                let text = format!("imapuser {name:?}");
                found.push(about(&code::NO_SUCH_ACCOUNT, Some(&mailbox.vmbox), text));
            }
            used.insert(name);
        }
        let unused = self.accounts.iter().flatten();
        for account in unused.filter(|account| !used.contains(*account)) {
            found.push(about(&code::UNUSED_ACCOUNT, None, format!("{account:?}")));
        }
        found
    }
}

fn about(rule: &'static Rule, vmbox: Option<&VoicemailBox>, found: String) -> Finding {
    Finding {
        rule,
        place: Place {
            mailbox: vmbox.cloned(),
            ..Place::default()
        },
        found,
        expected: None,
    }
}
