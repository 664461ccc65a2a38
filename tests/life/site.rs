//! A server, the recorded spool, a voicemail.conf that connects them, and mail of the mailbox's owner
//! that nobody may touch.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use super::super::support;
use super::subjects::Subject;
use support::cli::Vmimap;
use support::fixtures::{Account, GenuineSpool};
use support::raw_imap::{AsteriskCounts, RawImap, StoredMessage};

const DATE: &str = "\"05-Feb-2009 18:31:30 +0000\"";

/// The account with the most voicemail, which holds other mail too.
pub const ADA: &str = "default-4123";

/// What everybody has, by account and folder.
pub type Everything = BTreeMap<(String, String), Vec<StoredMessage>>;

pub struct Site {
    pub subject: Subject,
    pub genuine: GenuineSpool,
    conf: PathBuf,
    /// Mail in Ada's INBOX that is no voicemail.
    pub foreign: Vec<StoredMessage>,
}

impl Site {
    /// With the foreign mail in place, two of it marked as deleted.
    pub fn new(subject: Subject) -> Self {
        let genuine = GenuineSpool::unpack();
        let conf = genuine.write_conf(subject.server.as_ref());
        let text = fs::read_to_string(&conf).unwrap();
        let mut lines = text.lines().map(|line| match line.split_once('=') {
            Some(("imapport", _)) => format!("imapport={}\n{}", subject.port, subject.general),
            Some(("imapflags", _)) => format!("imapflags={}", subject.flags),
            _ => line.to_owned(),
        });
        let text = lines.by_ref().map(|line| line + "\n").collect::<String>();
        support::write_private(&conf, text);
        let mut site = Self {
            subject,
            genuine,
            conf,
            foreign: Vec::new(),
        };
        site.foreign = site.put_foreign_mail();
        site
    }

    fn put_foreign_mail(&self) -> Vec<StoredMessage> {
        let mut raw = self.raw(ADA);
        for (number, flags) in ["(\\Deleted)", "(\\Seen)", "(\\Seen \\Deleted)"]
            .iter()
            .enumerate()
        {
            let text = format!(
                "From: <a@b.test>\r\nMessage-ID: <mail-{number}@test>\r\n\r\nX-Asterisk-VM-Extension: \
                 4123\r\n\r\nnot to be touched\r\n"
            );
            raw.append("INBOX", flags, DATE, text.as_bytes()).ok();
        }
        let all = raw.messages("INBOX");
        assert_eq!(all.len(), 3);
        all
    }

    /// A call of vmimap for this server.
    pub fn vmimap(&self, words: &[&str]) -> Vmimap {
        let mut call = Vmimap::new(words)
            .arg("--voicemail-conf")
            .arg(&self.conf)
            .arg("--state-dir")
            .arg(self.state());
        for word in &self.subject.words {
            call = call.arg(word);
        }
        call
    }

    /// Where journals and the lock are.
    pub fn state(&self) -> PathBuf {
        self.genuine.dir().join("state")
    }

    /// A connection of the tests' own.
    pub fn raw(&self, user: &str) -> RawImap {
        self.subject.server.raw(user)
    }

    /// What a folder beside INBOX is called on this server.
    pub fn folder(&self, name: &str) -> String {
        format!("{}{name}", self.subject.prefix)
    }

    /// What Asterisk would count in INBOX.
    pub fn counts(&self, account: &Account) -> AsteriskCounts {
        let Account {
            context, extension, ..
        } = account;
        let mut raw = self.raw(&account.user);
        raw.asterisk_counts("INBOX", extension, context)
    }

    /// Every message of every account.
    pub fn everything(&self) -> Everything {
        let mut all = Everything::new();
        for account in GenuineSpool::accounts() {
            let mut raw = self.raw(&account.user);
            for folder in raw.list() {
                let messages = raw.messages(&folder);
                all.insert((account.user.clone(), folder), messages);
            }
        }
        all
    }

    /// Panics unless the foreign mail is what and where it was: number, flags, date, every octet.
    #[track_caller]
    pub fn foreign_mail_is_untouched(&self) {
        let known: Vec<u32> = self.foreign.iter().map(|message| message.uid).collect();
        let mut now = self.raw(ADA).messages("INBOX");
        now.retain(|message| known.contains(&message.uid));
        assert_eq!(now, self.foreign);
    }
}

/// Messages without those of these numbers.
pub fn without(messages: &[StoredMessage], uids: &[u32]) -> Vec<StoredMessage> {
    let left = messages.iter().filter(|m| !uids.contains(&m.uid));
    left.cloned().collect()
}
