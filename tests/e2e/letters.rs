//! What the messages say, against a real Dovecot: hostile callers, settings, missing ids, and
//! recordings that Asterisk would not play.

use crate::support;
use std::fs;
use std::io::Write;
use std::path::PathBuf;

use support::cli::{Ran, Vmimap};
use support::dovecot::Dovecot;
use support::dovecot_config::DovecotOptions;
use support::fixtures::GenuineSpool;

/// A Dovecot and the recorded spool, of which only the empty box 4126 is used.
struct Site {
    dovecot: Dovecot,
    genuine: GenuineSpool,
    conf: PathBuf,
}

impl Site {
    fn new(general: &str) -> Self {
        let dovecot = Dovecot::start(DovecotOptions {
            users: GenuineSpool::users(),
            ..DovecotOptions::default()
        });
        let genuine = GenuineSpool::unpack();
        let conf = genuine.write_conf(&dovecot);
        let text = fs::read_to_string(&conf).unwrap();
        let text = text.replacen("[general]\n", &format!("[general]\n{general}\n"), 1);
        fs::write(&conf, text).unwrap();
        Self {
            dovecot,
            genuine,
            conf,
        }
    }

    fn inbox(&self, extension: &str) -> PathBuf {
        let inbox = format!("default/{extension}/INBOX");
        let inbox = self.genuine.spool().join(inbox);
        fs::create_dir_all(&inbox).unwrap();
        inbox
    }

    fn leave(&self, number: u32, caller: &str, msg_id: &str) {
        let inbox = self.inbox("4126");
        let txt = format!(
            ";\n; Message Information file\n;\n[message]\norigmailbox=4126\ncontext=judge\n\
             priority=8\ncallerid={caller}\norigtime=179542000{number}\ncategory=\n\
             msg_id={msg_id}\nflag=\nduration=2\n"
        );
        fs::write(inbox.join(format!("msg{number:04}.txt")), txt).unwrap();
        let recording = self.inbox("4123").join("msg0000.WAV");
        fs::copy(recording, inbox.join(format!("msg{number:04}.WAV"))).unwrap();
    }

    fn migrate(&self, words: &[&str]) -> Ran {
        let state = self.genuine.dir().join("state");
        Vmimap::migrate(&self.genuine.spool(), &self.conf, &state)
            .args(&["4126@default"])
            .args(words)
            .run()
    }

    /// The header blocks of box 4126, in the server's order.
    fn headers(&self) -> Vec<String> {
        let messages = self.dovecot.raw("default-4126").messages("INBOX");
        messages
            .iter()
            .map(|message| String::from_utf8_lossy(&message.body).into_owned())
            .map(|text| text.split_once("\r\n\r\n").unwrap().0.to_owned())
            .collect()
    }
}

/// The value of the first line with this header.
fn value<'a>(block: &'a str, name: &str) -> &'a str {
    let prefix = format!("{name}: ");
    let mut lines = block.split("\r\n");
    lines.find_map(|line| line.strip_prefix(&prefix)).unwrap()
}

#[test]
fn a_caller_named_like_a_comment_hides_nothing_from_asterisk() {
    let site = Site::new("emailsubject=${VM_CIDNAME}");
    site.leave(0, r#""Mallory \;--" <5551>"#, "1-00000001");
    site.leave(1, r#""--\; Mallory" <5552>"#, "1-00000002");
    site.leave(2, r#""X-Asterisk-VM-Orig-time: 5" <5553>"#, "1-00000003");
    site.migrate(&["-q"]).status(0);
    let shown: Vec<(String, String)> = site
        .headers()
        .iter()
        .map(|block| {
            let value = |name| value(block, name).to_owned();
            (value("X-Asterisk-VM-Caller-ID-Name"), value("Subject"))
        })
        .collect();
    let expected = [
        ("Mallory ; -", "=?UTF-8?Q?Mallory_=3B--?="),
        ("- ; Mallory", "=?UTF-8?Q?--=3B_Mallory?="),
        (
            "X Asterisk-VM-Orig-time: 5",
            "=?UTF-8?Q?X=2DAsterisk-VM-Orig-time=3A_5?=",
        ),
    ];
    let expected = expected.map(|(name, subject)| (name.to_owned(), subject.to_owned()));
    assert_eq!(shown, expected);
}

#[test]
fn a_message_without_an_id_gets_one_that_stays() {
    let site = Site::new("");
    site.leave(0, "5551", "");
    // The very same recording, time and caller: two messages all the same.
    site.leave(1, "5551", "(null)");
    let txt = site.inbox("4126").join("msg0001.txt");
    let content = fs::read_to_string(&txt).unwrap();
    fs::write(&txt, content.replace("1795420001", "1795420000")).unwrap();
    site.migrate(&[]).status(0);
    let ids = |site: &Site| -> Vec<String> {
        let blocks = site.headers();
        let ids = blocks.iter().map(|b| value(b, "X-Asterisk-VM-Message-ID"));
        ids.map(str::to_owned).collect()
    };
    let first = ids(&site);
    assert_eq!(first.len(), 2);
    assert_ne!(first[0], first[1]);
    for id in &first {
        let (seconds, digits) = id.split_once('-').unwrap();
        assert_eq!((seconds, digits.len()), ("1795420000", 8), "{id}");
    }
    // Neither a lost journal nor another run makes other ids.
    fs::remove_dir_all(site.genuine.dir().join("state")).unwrap();
    let again = site.migrate(&["--json"]).status(0);
    assert_eq!(again.count("appended"), 0);
    assert_eq!(ids(&site), first);
}

#[test]
fn a_locale_is_said_not_to_be_used_and_english_is_no_remark() {
    for (general, remarks) in [
        ("locale=de_DE.UTF-8", 1),
        ("locale=en_US.UTF-8", 0),
        ("", 0),
    ] {
        let site = Site::new(general);
        site.leave(0, "5551", "1-00000001");
        let ran = site.migrate(&["-n", "-v"]).status(0);
        assert_eq!(ran.stderr.matches("VMM009").count(), remarks, "{general}");
    }
}

#[test]
fn a_recording_too_large_for_asterisk_to_play_is_told() {
    const MOST: u64 = 134_217_728;
    // 54 octets become a line of 74.
    for (octets, told) in [(MOST / 74 * 54, 0), (MOST / 74 * 54 + 2 * 54, 1)] {
        let site = Site::new("");
        site.leave(0, "5551", "1-00000001");
        let inbox = site.inbox("4126");
        fs::remove_file(inbox.join("msg0000.WAV")).unwrap();
        let mut file = fs::File::create(inbox.join("msg0000.ulaw")).unwrap();
        file.write_all(&[0xFF; 160]).unwrap();
        file.set_len(octets).unwrap();
        let ran = site.migrate(&["-n"]).status(0);
        assert_eq!(ran.stderr.matches("VMM008").count(), told, "{}", ran.stderr);
    }
}
