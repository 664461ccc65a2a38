//! A real Dovecot whose voicemail changes, and calls that have lamps refreshed.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use super::support::cli::{Ran, Vmimap};
use super::support::dovecot_config::DovecotOptions;
use super::support::manager::{SECRET, USER};
use super::support::removal_site::RemovalSite;

/// `expunge` of 2001's two messages; 200's name is part of that, so its phone counts them too.
pub struct Site {
    pub site: RemovalSite,
}

impl Site {
    pub fn new() -> Self {
        let site = RemovalSite::new(DovecotOptions::default());
        Self { site }
    }

    pub fn secret(&self) -> PathBuf {
        let file = self.site.dir().join("secret");
        fs::write(&file, format!("{SECRET}\n")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        file
    }

    pub fn call(&self, verb: &str, words: &[&str], address: &str) -> Vmimap {
        let call = self.site.vmimap(verb, words);
        let call = call.args(&["--ami", address, "--ami-user", USER, "--ami-secret-file"]);
        call.arg(self.secret())
    }

    pub fn expunge(&self, address: &str) -> Vmimap {
        let words = ["2001@default", "--yes", "--refresh-mwi", "ami"];
        self.call("expunge", &words, address)
    }

    /// Expunges with lamps that fail: the mail is gone, the status 3, and the secret in no word.
    #[track_caller]
    pub fn fails(&self, address: &str, words: &[&str]) -> String {
        let before = self.site.left("INBOX");
        let ran = self.expunge(address).args(words).run().status(3);
        let gone = if before.iter().any(|m| m.uid == 5) {
            vec![5, 6]
        } else {
            vec![]
        };
        self.site.only_gone("INBOX", &before, &gone);
        hides_the_secret(&ran);
        assert!(
            ran.stderr.contains("vmimap: warning: lamps of "),
            "{}",
            ran.stderr
        );
        ran.stderr
    }
}

#[track_caller]
pub fn hides_the_secret(ran: &Ran) {
    for text in [&ran.stdout, &ran.stderr] {
        assert!(!text.contains(SECRET), "{text}");
    }
}
