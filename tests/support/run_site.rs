//! A [`RemovalSite`] with a spool for its mailboxes: for what tells of runs and takes them back.

use std::path::PathBuf;

use super::cli::{Ran, Vmimap};
use super::dovecot_config::DovecotOptions;
use super::fixtures::Account;
use super::raw_imap::StoredMessage;
use super::removal_site::RemovalSite;
use super::spool_generator::{SpoolSpec, generate};

/// The mailboxes of [`RemovalSite`] that the spool has; the first three live in one account.
const BOXES: [(&str, &str); 4] = [
    ("default", "200"),
    ("default", "2001"),
    ("default", "7"),
    ("sales", "5001"),
];

/// The server, a spool, and a state directory.
pub struct RunSite {
    pub site: RemovalSite,
}

impl RunSite {
    /// With mail of others in INBOX of `u`, and a spool of four messages a mailbox: INBOX, Old,
    /// Urgent and Work.
    pub fn new(options: DovecotOptions) -> Self {
        let site = Self {
            site: RemovalSite::new(options),
        };
        site.leave(1, 1_700_000_000, 16);
        site
    }

    /// Adds messages to the spool.
    pub fn leave(&self, seed: u64, first_origtime: i64, messages: usize) {
        let spec = SpoolSpec {
            seed,
            accounts: BOXES.map(|(c, e)| Account::new(c, e)).to_vec(),
            messages,
            sizes: vec![(1, 2_000)],
            first_origtime,
            ..SpoolSpec::default()
        };
        generate(&self.spool(), &spec);
    }

    pub fn spool(&self) -> PathBuf {
        self.site.dir().join("spool")
    }

    pub fn migrate(&self) -> Ran {
        let spool = self.spool();
        let call = self.site.vmimap("migrate", &["--json"]).arg(spool);
        call.run().status(0)
    }

    /// Migrates, and says the run's id.
    pub fn run(&self) -> String {
        self.migrate().summary()["run"].as_str().unwrap().to_owned()
    }

    pub fn rollback(&self, words: &[&str]) -> Vmimap {
        self.site.vmimap("rollback", words)
    }

    /// What both accounts hold: INBOX and Work.
    pub fn held(&self) -> Vec<(String, Vec<StoredMessage>)> {
        let mut held = Vec::new();
        for user in ["u", "v"] {
            let mut raw = self.site.dovecot.raw(user);
            for folder in raw.list() {
                held.push((format!("{user} {folder}"), raw.messages(&folder)));
            }
        }
        held.retain(|(_, messages)| !messages.is_empty());
        held
    }

    /// Of the mail in these folders, what the run put there.
    pub fn migrated(&self) -> Vec<StoredMessage> {
        let held = self.held().into_iter().flat_map(|(_, messages)| messages);
        held.filter(|one| text(one).contains("@vmimap.invalid>"))
            .collect()
    }

    pub fn journal(&self, name: &str) -> PathBuf {
        let state = self.site.dir().join("state/journal");
        state.join(name).with_extension("jsonl")
    }
}

/// A message as text.
pub fn text(message: &StoredMessage) -> String {
    String::from_utf8_lossy(&message.body).into_owned()
}

fn uid_of(messages: &[StoredMessage], holds: &str) -> u32 {
    let found = messages
        .iter()
        .find(|one| text(one).contains(holds) && text(one).contains("@vmimap.invalid>"));
    found.unwrap().uid
}

/// UID of a message of 200 in INBOX, by its caller.
pub fn uid_in_inbox(site: &RunSite, caller: &str) -> u32 {
    uid_of(
        &site.site.left("INBOX"),
        &format!("Caller-ID-Name: {caller}\r"),
    )
}
