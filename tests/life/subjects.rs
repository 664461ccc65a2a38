//! The servers, by name: how each is configured, and what is expected to differ.

use super::super::support;
use support::courier::{Courier, CourierOptions};
use support::cyrus::{ADMIN, ADMIN_PASSWORD, Cyrus, CyrusOptions};
use support::dovecot::Dovecot;
use support::dovecot_config::{DovecotOptions, Store, Tls, User};
use support::fixtures::GenuineSpool;
use support::server::ImapServer;

/// The limits of every account but one, where a server has any.
pub const LIMIT_KIB: u64 = 10_000;
pub const LIMIT_MESSAGES: u64 = 200;
/// The account nothing limits.
pub const UNLIMITED: &str = "default-4126";

/// Every server, in the order of the table.
pub const NAMES: [&str; 12] = [
    "Dovecot, Maildir, `.`",
    "Dovecot, sdbox, `/`",
    "Dovecot, prefix `INBOX.`",
    "Dovecot, quota",
    "Dovecot, ACL, master user",
    "Dovecot, TLS only, STARTTLS",
    "Dovecot, TLS only, imaps",
    "Cyrus, below INBOX, `.`",
    "Cyrus, below INBOX, `/`",
    "Cyrus, beside INBOX, `.`",
    "Cyrus, beside INBOX, `/`, master user",
    "Courier",
];

/// A server, and what a test has to know of it.
pub struct Subject {
    pub server: Box<dyn ImapServer>,
    /// Product and version.
    pub software: String,
    /// What every folder's name but INBOX begins with.
    pub prefix: &'static str,
    /// Whether accounts are limited.
    pub limited: bool,
    /// Whether it moves messages from folder to folder.
    pub moves: bool,
    /// `imapport` and `imapflags`.
    pub port: u16,
    pub flags: &'static str,
    /// Further lines of `[general]`.
    pub general: &'static str,
    /// Words each call of vmimap gets.
    pub words: Vec<String>,
    /// Who may change limits, with the password; else what the server says to those who may not.
    pub limits: Result<(&'static str, &'static str), &'static str>,
}

impl Subject {
    fn new(server: impl ImapServer + 'static, software: String) -> Self {
        let port = server.port();
        Self {
            server: Box::new(server),
            software,
            prefix: "",
            limited: false,
            moves: true,
            port,
            flags: "notls",
            general: "",
            words: Vec::new(),
            limits: Err("the server has no quota commands"),
        }
    }
}

/// Starts one of [`NAMES`].
pub fn start(name: &str) -> Subject {
    let (brand, kind) = name.split_once(", ").unwrap_or((name, ""));
    match brand {
        "Dovecot" => dovecot(kind),
        "Cyrus" => cyrus(kind),
        "Courier" => courier(),
        _ => panic!("no server {name}"),
    }
}

/// The accounts of the recorded spool.
fn users(limited: bool) -> Vec<User> {
    let users = GenuineSpool::users().into_iter();
    let limit = |user: User| {
        if limited && user.name != UNLIMITED {
            user.storage(LIMIT_KIB).messages(LIMIT_MESSAGES)
        } else {
            user
        }
    };
    users.map(limit).collect()
}

fn dovecot(kind: &str) -> Subject {
    let mut options = DovecotOptions {
        users: users(kind == "quota"),
        quota: kind == "quota",
        ..DovecotOptions::default()
    };
    match kind {
        "sdbox, `/`" => {
            options.store = Store::Sdbox;
            options.separator = '/';
        }
        "prefix `INBOX.`" => options.prefix = String::from("INBOX."),
        "ACL, master user" => {
            options.acl = true;
            options.acl_as_user = true;
            options.master = Some(("admin".to_owned(), "master-secret".to_owned()));
        }
        "TLS only, STARTTLS" | "TLS only, imaps" => options.tls = Tls::Required,
        _ => {}
    }
    let server = Dovecot::start(options);
    let (ca, imaps) = (server.ca_file().display().to_string(), server.tls_port());
    let mut subject = Subject::new(server, format!("Dovecot {}", Dovecot::version()));
    match kind {
        "prefix `INBOX.`" => {
            subject.prefix = "INBOX.";
            subject.general = "imapparentfolder=INBOX\n";
        }
        "quota" => {
            subject.limited = true;
            subject.limits = Err("NO Quota can be changed only by admin");
        }
        "ACL, master user" => {
            subject.general = "authuser=admin\nauthpassword=master-secret\n";
        }
        "TLS only, STARTTLS" => subject.flags = "tls",
        "TLS only, imaps" => {
            subject.flags = "ssl";
            subject.port = imaps;
        }
        _ => {}
    }
    if kind.starts_with("TLS") {
        subject.words = vec!["--tls-ca".to_owned(), ca];
    }
    subject
}

fn cyrus(kind: &str) -> Subject {
    let below = kind.starts_with("below");
    let slash = kind.contains("`/`");
    let server = Cyrus::start(CyrusOptions {
        altnamespace: !below,
        unixhierarchysep: slash,
        users: users(true),
        ..CyrusOptions::default()
    });
    let mut subject = Subject::new(server, format!("Cyrus IMAP {}", Cyrus::version()));
    subject.limited = true;
    subject.limits = Ok((ADMIN, ADMIN_PASSWORD));
    if below {
        subject.prefix = if slash { "INBOX/" } else { "INBOX." };
        subject.general = "imapparentfolder=INBOX\n";
    }
    if kind.ends_with("master user") {
        subject.general = "authuser=vmproxy\nauthpassword=admin-secret\n";
    }
    subject
}

fn courier() -> Subject {
    let server = Courier::start(CourierOptions {
        users: users(true),
        ..CourierOptions::default()
    });
    let mut subject = Subject::new(server, format!("Courier IMAP {}", Courier::version()));
    subject.limited = true;
    subject.moves = false;
    subject.limits = Err("NO SETQUOTA No permission");
    subject.prefix = "INBOX.";
    subject.general = "imapparentfolder=INBOX\n";
    subject
}
