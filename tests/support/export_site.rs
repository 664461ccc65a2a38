//! A Dovecot beside a spool, and what a spool says and holds for comparing two.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::cli::Vmimap;
use super::dovecot::Dovecot;
use super::dovecot_config::DovecotOptions;
use super::fixtures::{Account, GenuineSpool, with_imap_options};
use super::spool_generator::{SpoolSpec, generate};

/// Keys of a txt that IMAP does not carry.
const LOST: &[&str] = &["context", "exten", "rdnis", "callerchan", "origmailbox"];

/// A Dovecot, a spool, and a voicemail.conf that connects them.
pub struct ExportSite {
    pub dovecot: Dovecot,
    pub dir: tempfile::TempDir,
    pub spool: PathBuf,
}

impl ExportSite {
    pub fn genuine() -> Self {
        let dovecot = Dovecot::start(DovecotOptions {
            users: GenuineSpool::users(),
            ..DovecotOptions::default()
        });
        let dir = tempfile::tempdir().unwrap();
        let genuine = GenuineSpool::unpack();
        let conf = genuine.write_conf(&dovecot);
        fs::copy(conf, dir.path().join("voicemail.conf")).unwrap();
        let spool = dir.path().join("spool");
        let mut copy = Command::new("cp");
        copy.arg("-a").arg(genuine.spool()).arg(&spool);
        assert!(copy.status().unwrap().success());
        Self {
            dovecot,
            dir,
            spool,
        }
    }

    pub fn generated(spec: &SpoolSpec) -> Self {
        let users = spec.accounts.iter().map(Account::server_user).collect();
        let dovecot = Dovecot::start(DovecotOptions {
            users,
            ..DovecotOptions::default()
        });
        let dir = tempfile::tempdir().unwrap();
        let spool = dir.path().join("spool");
        generate(&spool, spec);
        let mut conf = "[general]\nformat=wav49\nmaxmsg=9999\n".to_owned();
        let mut context = String::new();
        for account in &spec.accounts {
            if account.context != context {
                context.clone_from(&account.context);
                let _ = writeln!(conf, "[{context}]");
            }
            let _ = writeln!(conf, "{} => 1,Name", account.extension);
        }
        let conf = with_imap_options(&conf, dovecot.host(), dovecot.port(), "notls");
        fs::write(dir.path().join("voicemail.conf"), conf).unwrap();
        Self {
            dovecot,
            dir,
            spool,
        }
    }

    pub fn conf(&self) -> PathBuf {
        self.dir.path().join("voicemail.conf")
    }

    pub fn out(&self) -> PathBuf {
        self.dir.path().join("out")
    }

    pub fn migrate(&self) {
        let state = self.dir.path().join("state");
        let ran = Vmimap::migrate(&self.spool, &self.conf(), &state).run();
        assert_eq!(ran.status, 0, "{}{}", ran.stdout, ran.stderr);
    }

    pub fn export(&self, words: &[&str]) -> Vmimap {
        let call = Vmimap::new(["export"]).arg("--voicemail-conf");
        call.arg(self.conf()).args(words)
    }

    pub fn export_out(&self, words: &[&str]) -> Vmimap {
        self.export(words).arg(self.out())
    }
}

/// Every message of a spool by what it says: folder, carried keys, and the recordings' octets by
/// extension.
pub type Messages =
    BTreeMap<(String, String), (BTreeMap<String, String>, BTreeMap<String, Vec<u8>>)>;

pub fn messages(root: &Path) -> Messages {
    let mut all = Messages::new();
    for path in files(root) {
        if path.extension().is_none_or(|extension| extension != "txt") {
            continue;
        }
        let shown = path.strip_prefix(root).unwrap();
        let folder = shown.parent().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&path).unwrap();
        let keys: BTreeMap<String, String> = text
            .lines()
            .filter(|line| !line.starts_with(';'))
            .filter_map(|line| line.split_once('='))
            .map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned()))
            .filter(|(key, _)| !LOST.contains(&key.as_str()))
            .collect();
        let stem = path.with_extension("");
        let recordings = files(path.parent().unwrap())
            .into_iter()
            .filter(|file| file.with_extension("") == stem && *file != path)
            .map(|file| {
                let extension = file.extension().unwrap().to_str().unwrap().to_owned();
                (extension, fs::read(&file).unwrap())
            })
            .collect();
        // A forward keeps the id of what it forwards.
        let (id, lasts) = (&keys["msg_id"], &keys["priority"]);
        let size: u64 = files(path.parent().unwrap())
            .iter()
            .filter(|file| file.with_extension("WAV") == **file && file.with_extension("") == stem)
            .map(|file| fs::metadata(file).unwrap().len())
            .sum();
        let before = all.insert((folder, format!("{id} {lasts} {size}")), (keys, recordings));
        assert!(before.is_none(), "two messages that cannot be told apart");
    }
    all
}

pub fn files(root: &Path) -> Vec<PathBuf> {
    let mut left = vec![root.to_owned()];
    let mut files = Vec::new();
    while let Some(path) = left.pop() {
        for entry in fs::read_dir(path).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                left.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// Whether a message is of the recorded spool.
fn genuine(keys: &BTreeMap<String, String>) -> bool {
    keys["origtime"].starts_with("1795")
}

/// Panics unless the exported spool says and holds what the original does. `only` is the recording
/// that was migrated where there are several.
pub fn same(original: &Messages, exported: &Messages, only: &str) {
    let ids = |all: &Messages| all.keys().cloned().collect::<Vec<_>>();
    assert_eq!(ids(exported), ids(original));
    for (place, (keys, recordings)) in original {
        let (back, sound) = &exported[place];
        let mut back = back.clone();
        let mut keys = keys.clone();
        // `migrate` corrects a duration that is not the recording's (a forward with a comment).
        if back["duration"] != keys["duration"] {
            let forwarded = place.0 == "default/4125/INBOX" || place.0 == "default/4124/INBOX";
            assert!(forwarded, "{place:?}: {back:?} {keys:?}");
            keys.insert("duration".to_owned(), back["duration"].clone());
        }
        if let Some((caller, plain)) = keys.get("callerid").zip(back.get("callerid"))
            && caller != plain
        {
            // Headers hold 79 octets of 7 bits; Asterisk does not escape a semicolon in a txt.
            let odd = !caller.is_ascii() || caller.contains(';') || caller.len() > 79;
            assert!(odd, "{place:?}: {caller} {plain}");
            keys.insert("callerid".to_owned(), plain.clone());
        }
        if !genuine(&keys) {
            // The generator writes one date for all.
            keys.remove("origdate");
            back.remove("origdate");
        }
        assert_eq!(back, keys, "{place:?}");
        let wanted = recordings
            .get_key_value(only)
            .or_else(|| recordings.iter().next());
        let wanted: Vec<_> = wanted.into_iter().collect();
        assert!(
            sound.iter().collect::<Vec<_>>() == wanted,
            "{place:?}: recording"
        );
    }
}
