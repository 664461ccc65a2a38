//! Recordings that Asterisk would not play from a file, brought to where it does: on a real Dovecot, through
//! every verb that reads recordings.

use crate::support;
use std::fs;

use support::dovecot::Dovecot;
use support::migrated_site::{Site, split, tree};

const TXT: &str = "[message]\norigmailbox=4126\ncontext=d\nexten=s\npriority=1\ncallerid=\"A\" <1>\n\
    duration=1\norigtime=178030740";

/// The names of the second parts of a mailbox's messages.
fn names(dovecot: &Dovecot) -> Vec<String> {
    let messages = dovecot.raw("default-4126").messages("INBOX");
    let name = |body: &[u8]| {
        let text = String::from_utf8_lossy(body).into_owned();
        let (_, rest) = text.split_once("name=\"").unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    };
    messages.iter().map(|message| name(&message.body)).collect()
}

#[test]
fn a_recording_goes_under_its_true_name_and_with_a_header_that_is_filled_in() {
    let site = Site::empty();
    let spool = site.genuine.spool();
    let held = |name: &str| fs::read(spool.join("default/4123/Family").join(name)).unwrap();
    let (pcm, gsm) = (held("msg0000.wav"), held("msg0000.gsm"));
    let mut dead = pcm.clone();
    dead[40..44].fill(0);
    let inbox = spool.join("default/4126/INBOX");
    fs::create_dir_all(&inbox).unwrap();
    for (number, name, audio) in [
        (0, "WAV", &pcm),
        (1, "wav", &held("msg0000.WAV")),
        (2, "wav", &dead),
        (3, "WAV", &gsm),
        // An extension of which the usual spelling is another.
        (4, "ulw", &vec![0x55; 8000]),
    ] {
        let path = inbox.join(format!("msg{number:04}"));
        fs::write(path.with_extension("txt"), format!("{TXT}{number}\n")).unwrap();
        fs::write(path.with_extension(name), audio).unwrap();
    }
    let ran = site
        .migrate()
        .arg("4126@default")
        .arg("--json")
        .run()
        .status(0);
    assert_eq!(ran.count("appended"), 5, "{}", ran.stdout);
    assert_eq!(
        names(&site.dovecot),
        [
            "msg0000.wav",
            "msg0001.WAV",
            "msg0002.wav",
            "msg0003.gsm",
            "msg0004.ulaw"
        ]
    );
    // Asterisk's readers would play them all: nothing about the recordings is found.
    let audit = site
        .call("audit")
        .args(&["4126@default", "--audio", "--json"]);
    let audit = audit.run();
    let code = |line: &serde_json::Value| line["code"].as_str().map(str::to_owned);
    let codes: Vec<_> = audit.json().iter().filter_map(code).collect();
    assert!(
        !codes.iter().any(|code| code.starts_with("VMA01")),
        "{codes:?}"
    );
    site.verify(&["4126@default"]).run().status(0).silent();
    let again = site
        .migrate()
        .arg("4126@default")
        .arg("--json")
        .run()
        .status(0);
    assert_eq!(again.count("appended"), 0);
    // The files are what they were, and go away as they are called.
    assert!(fs::read(inbox.join("msg0002.wav")).unwrap() == dead);
    let to = site.genuine.dir().join("retired");
    let ran = site
        .retire(&to)
        .arg("4126@default")
        .arg("--json")
        .run()
        .status(0);
    assert_eq!(ran.count("moved"), 5, "{}", ran.stdout);
    let (moved, _) = split(tree(&to));
    assert_eq!(moved.len(), 10);
    assert!(moved.keys().any(|path| path.ends_with("msg0004.ulw")));
    let (left, _) = split(tree(&inbox));
    assert!(left.is_empty(), "{:?}", left.keys());
}
