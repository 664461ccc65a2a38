//! A Dovecot with accounts for the recorded spool, to which it was migrated or will be, and the spool
//! beside it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::cli::Vmimap;
use super::dovecot::Dovecot;
use super::dovecot_config::DovecotOptions;
use super::fixtures::GenuineSpool;
use super::raw_imap::StoredMessage;

/// Messages of the recorded spool (tests/fixtures/README.md).
pub const MESSAGES: u64 = 21;
/// Whose mailbox is 4123@default.
pub const ADA: &str = "default-4123";

/// A Dovecot, the recorded spool, and a voicemail.conf that connects them.
pub struct Site {
    pub dovecot: Dovecot,
    pub genuine: GenuineSpool,
    pub conf: PathBuf,
}

impl Site {
    /// With every message of the spool.
    pub fn migrated() -> Self {
        let site = Self::empty();
        site.migrate().run().status(0);
        site
    }

    /// With accounts that hold nothing.
    pub fn empty() -> Self {
        Self::with(DovecotOptions::default())
    }

    /// With accounts that hold nothing, on a server of this kind.
    pub fn with(options: DovecotOptions) -> Self {
        let users = GenuineSpool::users();
        let dovecot = Dovecot::start(DovecotOptions { users, ..options });
        let genuine = GenuineSpool::unpack();
        let conf = genuine.write_conf(&dovecot);
        Self {
            dovecot,
            genuine,
            conf,
        }
    }

    /// Its state directory.
    pub fn state(&self) -> PathBuf {
        self.genuine.dir().join("state")
    }

    /// A call of `migrate` for the spool.
    pub fn migrate(&self) -> Vmimap {
        Vmimap::migrate(&self.genuine.spool(), &self.conf, &self.state())
    }

    /// A call of `verify` for the spool.
    pub fn verify(&self, words: &[&str]) -> Vmimap {
        self.call("verify").arg(self.genuine.spool()).args(words)
    }

    /// A call of a verb for this site.
    pub fn call(&self, verb: &str) -> Vmimap {
        Vmimap::new([verb])
            .arg("--voicemail-conf")
            .arg(&self.conf)
            .arg("--state-dir")
            .arg(self.state())
    }

    /// A call of `retire` that asks nothing, from the spool to a directory.
    pub fn retire(&self, to: &Path) -> Vmimap {
        let call = self.call("retire").args(&["--yes", "--to"]);
        call.arg(to).arg(self.genuine.spool())
    }

    /// Puts a message in the place of another of Ada's INBOX.
    pub fn replace(&self, old: &StoredMessage, date: &str, body: &str) {
        let mut raw = self.dovecot.raw(ADA);
        let flags = old.flags.iter().filter(|flag| *flag != "\\Recent");
        let flags: Vec<&str> = flags.map(String::as_str).collect();
        let flags = format!("({})", flags.join(" "));
        raw.append("INBOX", &flags, &format!("\"{date}\""), body.as_bytes())
            .ok();
        raw.command("SELECT INBOX").ok();
        let uid = old.uid;
        raw.command(&format!("UID STORE {uid} +FLAGS (\\Deleted)"))
            .ok();
        raw.command(&format!("UID EXPUNGE {uid}")).ok();
    }
}

/// Files below a directory, by path: when they were written, and what they hold. What a run keeps at
/// the root for itself is left out.
pub type Tree = BTreeMap<PathBuf, (SystemTime, Vec<u8>)>;

/// The files below a directory; none where it is not there.
pub fn tree(root: &Path) -> Tree {
    let mut files = Tree::new();
    let mut left = vec![root.to_owned()];
    while let Some(dir) = left.pop() {
        let Ok(entries) = fs::read_dir(&dir) else {
            continue;
        };
        for entry in entries {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().to_owned();
            if name == Path::new(".vmimap-export") {
                continue;
            }
            let meta = fs::symlink_metadata(&path).unwrap();
            if meta.is_dir() {
                left.push(path);
            } else {
                let content = fs::read(&path).unwrap_or_default();
                files.insert(name, (meta.modified().unwrap(), content));
            }
        }
    }
    files
}

/// The files of messages, and the others.
pub fn split(tree: Tree) -> (Tree, Tree) {
    tree.into_iter().partition(|(path, _)| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        name.starts_with("msg") && !name.contains("-bak")
    })
}

/// The files of the message whose txt this is.
pub fn of_message<'t>(tree: &'t Tree, txt: &Path) -> impl Iterator<Item = &'t PathBuf> {
    let stem = txt.with_extension("");
    tree.keys()
        .filter(move |path| path.with_extension("") == stem)
}
