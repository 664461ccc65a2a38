//! The whole life of a mailbox on UW imapd, which no package holds any more: as it was before 2006
//! (no UIDPLUS), and with folders in mix format (UID EXPUNGE takes what is not marked).
//! The server is `support/small_imap`, which does what was measured on the real one.

use crate::small_imap;
use crate::support;
use std::path::PathBuf;

use small_imap::{Manners, SmallImap, UidExpunge};
use support::cli::{Ran, Vmimap};
use support::fixtures::GenuineSpool;
use support::site::voicemail;

const USERS: [&str; 2] = ["u", "admin"];

struct Site {
    server: SmallImap,
    genuine: GenuineSpool,
}

impl Site {
    fn new(manners: Manners) -> Self {
        let server = SmallImap::start(manners, &USERS);
        let genuine = GenuineSpool::unpack();
        let conf = format!(
            "[general]\nimapserver=127.0.0.1\nimapport={}\nimapflags=notls\nformat=wav49|gsm|wav\n\
             [default]\n4123 => 1,Ada,,,imapuser=u|imappassword=secret\n",
            server.port
        );
        support::write_private(&genuine.dir().join("small.conf"), conf);
        Self { server, genuine }
    }

    fn conf(&self) -> PathBuf {
        self.genuine.dir().join("small.conf")
    }

    fn run(&self, words: &[&str]) -> Ran {
        let call = Vmimap::new(words.iter().copied());
        let call = call.arg("--voicemail-conf").arg(self.conf());
        let call = call.arg("--state-dir").arg(self.state());
        call.arg("--json").run()
    }

    fn state(&self) -> PathBuf {
        self.genuine.dir().join("state")
    }

    fn migrate(&self) -> Ran {
        let call = Vmimap::migrate(&self.genuine.spool(), &self.conf(), &self.state());
        call.args(&["--json", "4123@default"]).run()
    }

    /// From the first look to the last question; leaves nine messages of the recorded spool.
    fn live(&self) -> usize {
        let doctor = self.run(&["doctor"]);
        assert!(matches!(doctor.status, 0 | 4), "{doctor:?}");
        self.run(&["provision"]).status(0);
        assert!(self.server.folders("u").contains(&"Work".to_owned()));
        let before = self.server.log().len();
        self.run(&["provision"]).status(0);
        let again = self.server.log().split_off(before);
        assert!(
            !again.iter().any(|line| line.starts_with("CREATE")),
            "{again:?}"
        );

        let first = self.migrate().status(0);
        let stored = first.count("appended");
        assert!(stored > 5, "{}", first.stdout);
        let before = self.server.log().len();
        assert_eq!(self.migrate().status(0).count("appended"), 0);
        let again = self.server.log().split_off(before);
        assert!(
            !again.iter().any(|line| line.starts_with("APPEND")),
            "{again:?}"
        );

        let audit = self.run(&["audit"]);
        assert!(matches!(audit.status, 0 | 4), "{audit:?}");
        self.run(&["list"]).status(0);
        self.run(&["quota"]).status(0);
        assert!(self.server.said("GETQUOTA").is_empty(), "it announces none");
        usize::try_from(stored).unwrap()
    }

    /// Mail of somebody else, marked and not, before and behind voicemail that is old.
    fn add_mail(&self) {
        self.server.put(
            "u",
            "INBOX",
            "\\Deleted",
            b"Subject: theirs, marked\r\n\r\nx\r\n",
        );
        for id in ["one", "two"] {
            let old = [("Orig-time", "1000"), ("Message-ID", id)];
            let message = voicemail("4123", "default", &old);
            self.server.put("u", "INBOX", "\\Seen", &message);
        }
        self.server
            .put("u", "INBOX", "\\Seen", b"Subject: theirs\r\n\r\nx\r\n");
    }

    fn expunge(&self) -> Ran {
        self.run(&["expunge", "4123@default", "--older-than", "10000d", "--yes"])
    }
}

/// Everything in INBOX that the tests put there, by what it is.
fn left(site: &Site) -> Vec<(u32, bool)> {
    let all = site.server.folder("u", "INBOX");
    all.iter().map(|m| (m.uid, m.has("\\Deleted"))).collect()
}

#[test]
fn a_life_on_uw_of_2005_ends_at_the_removal_that_it_cannot_do_carefully() {
    let site = Site::new(Manners::uw2005());
    site.live();
    site.add_mail();
    let before = site.server.folder("u", "INBOX");
    let ran = site.expunge();
    assert_ne!(ran.status, 0, "{ran:?}");
    assert!(
        (ran.stdout.clone() + &ran.stderr).contains("UIDPLUS"),
        "{ran:?}"
    );
    assert_eq!(site.server.folder("u", "INBOX"), before);
    for word in ["UID STORE", "EXPUNGE", "UID EXPUNGE", "CLOSE"] {
        assert!(site.server.said(word).is_empty(), "{word}");
    }
}

#[test]
fn keywords_that_append_drops_do_not_make_a_message_unknown() {
    let site = Site::new(Manners::uw2005());
    site.live();
    // Nothing rests on a keyword: no message was asked to have one and is missing it.
    let all = site.server.folder("u", "INBOX");
    assert!(
        all.iter()
            .all(|m| m.flags.iter().all(|flag| flag.starts_with('\\')))
    );
    assert!(all.iter().any(|m| m.has("\\Seen")));
}

#[test]
fn a_life_on_mix_format_removes_only_what_was_marked_and_named() {
    let site = Site::new(Manners::uw_mix());
    site.live();
    site.add_mail();
    let before = left(&site);
    let ran = site.expunge().status(0);
    assert_eq!(ran.count("removed"), 2, "{}", ran.stdout);

    let first = before[before.len() - 4].0;
    let kept: Vec<(u32, bool)> = before
        .into_iter()
        .filter(|(uid, _)| ![first + 1, first + 2].contains(uid))
        .collect();
    assert_eq!(left(&site), kept);

    // Every UID that was named had been marked, and looked at again in between.
    let log = site.server.log();
    let at = |start: &str| {
        log.iter()
            .rposition(|line| line.starts_with(start))
            .unwrap()
    };
    let set = format!("{}:{}", first + 1, first + 2);
    let marked = at(&format!("UID STORE {set} +FLAGS"));
    let looked = at(&format!("UID FETCH {set} (UID FLAGS"));
    let removed = at(&format!("UID EXPUNGE {set}"));
    let between = log[marked..removed].iter();
    assert!(
        between.clone().any(|line| line.starts_with("UID FETCH")),
        "{log:?}"
    );
    assert!(marked < removed && looked != marked);
    assert_eq!(site.server.said("UID EXPUNGE").len(), 1);
    assert!(site.server.said("EXPUNGE").is_empty() && site.server.said("CLOSE").is_empty());
}

#[test]
fn a_server_that_removes_one_message_more_is_told_of_and_the_run_is_a_failure() {
    let manners = Manners {
        uid_expunge: UidExpunge::OneMore,
        ..Manners::uw_mix()
    };
    let site = Site::new(manners);
    site.run(&["provision"]).status(0);
    site.add_mail();
    let ran = site.expunge();
    assert_ne!(ran.status, 0, "{ran:?}");
    let told = ran.stdout.clone() + &ran.stderr;
    assert!(
        told.contains("vanished that were not to be removed"),
        "{told}"
    );
}
