//! Greetings on their way back: spool to IMAP to spool, on a real Dovecot and a real Cyrus.

use crate::support;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::cli::{Ran, Vmimap, snapshot};
use support::cut_proxy::{CutProxy, Direction};
use support::cyrus::{Cyrus, CyrusOptions};
use support::dovecot::{Dovecot, User};
use support::dovecot_config::DovecotOptions;
use support::fixtures::fixture;
use support::greeting_site::{
    GreetingSite, OWN_FOLDER, asterisk_plays, greetings, recorded, recording,
};
use support::server::ImapServer;
use support::site::{DATE, voicemail};

const BOXES: &str = "[default]\n4123 => 1,Ada,,,imapuser=u|imappassword=secret\n\
                     [sales]\n4123 => 1,Sales,,,imapuser=v|imappassword=secret";

fn users() -> Vec<User> {
    ["u", "v"].map(|user| User::new(user, "secret")).to_vec()
}

fn dovecot() -> Dovecot {
    Dovecot::start(DovecotOptions {
        users: users(),
        ..DovecotOptions::default()
    })
}

/// Five greetings of two boxes, and one message.
fn filled(host: &str, port: u16, general: &str) -> GreetingSite {
    let site = GreetingSite::new(host, port, general, BOXES);
    for (at, kind) in ["busy", "greet", "temp", "unavail"].into_iter().enumerate() {
        let audio = recorded(&format!("u1-Greetings-{}.eml", at + 2));
        site.put(&format!("default/4123/{kind}.WAV"), &audio, 60);
    }
    site.put("sales/4123/unavail.gsm", &[0xD0; 330], 90);
    let text =
        "[message]\ncallerid=\"Ada\" <1>\norigtime=1795427561\nduration=1\nmsg_id=1-00000001\n";
    site.put("default/4123/INBOX/msg0000.txt", text.as_bytes(), 60);
    let audio = recorded("u1-INBOX-2.eml");
    site.put("default/4123/INBOX/msg0000.WAV", &audio, 60);
    site
}

fn out(site: &GreetingSite) -> PathBuf {
    site.dir.path().join("out")
}

fn export(site: &GreetingSite, words: &[&str]) -> Vmimap {
    site.vmimap("export", words).arg(out(site))
}

fn count(ran: &Ran, name: &str) -> u64 {
    ran.summary()["greetings"][name].as_u64().unwrap()
}

/// Content and time (whole seconds) of every greeting file, by path.
fn greeting_files(root: &Path) -> BTreeMap<String, (Vec<u8>, u64)> {
    let mut files = BTreeMap::new();
    for vmbox in ["default/4123", "sales/4123"] {
        let Ok(entries) = fs::read_dir(root.join(vmbox)) else {
            continue;
        };
        for entry in entries.map(|entry| entry.unwrap()) {
            let meta = entry.metadata().unwrap();
            if meta.is_file() {
                let time = meta.modified().unwrap();
                let time = time
                    .duration_since(std::time::UNIX_EPOCH)
                    .unwrap()
                    .as_secs();
                let name = format!("{vmbox}/{}", entry.file_name().to_str().unwrap());
                files.insert(name, (fs::read(entry.path()).unwrap(), time));
            }
        }
    }
    files
}

fn there_and_back(host: &str, port: u16, general: &str) {
    let site = filled(host, port, general);
    let words = ["--greetings", "--json"];
    let ran = site.migrate(&words).run().status(0);
    assert_eq!(count(&ran, "appended"), 5, "{}", ran.stdout);
    let ran = export(&site, &["--json"]).run().status(0);
    assert_eq!(
        (count(&ran, "written"), ran.count("written")),
        (5, 1),
        "{}",
        ran.stdout
    );
    let before = greeting_files(&site.spool());
    assert_eq!(before.len(), 5);
    assert!(
        before == greeting_files(&out(&site)),
        "names, octets and times"
    );
    let again = export(&site, &["--json"]).run().status(0);
    assert_eq!((count(&again, "written"), count(&again, "there")), (0, 5));
    // And there again: nothing new.
    let state = site.dir.path().join("state2");
    let back = Vmimap::migrate(&out(&site), &site.conf(), &state)
        .args(&words)
        .run()
        .status(0);
    assert_eq!(
        (count(&back, "appended"), count(&back, "skipped")),
        (0, 5),
        "{}",
        back.stdout
    );
}

#[test]
fn greetings_come_back_as_they_were_from_dovecot() {
    let dovecot = dovecot();
    there_and_back(dovecot.host(), dovecot.port(), OWN_FOLDER);
}

#[test]
fn greetings_come_back_as_they_were_from_cyrus() {
    let cyrus = Cyrus::start(CyrusOptions {
        users: users(),
        ..CyrusOptions::default()
    });
    let general = "imapgreetings=yes\ngreetingsfolder=INBOX.Greetings";
    there_and_back(cyrus.host(), cyrus.port(), general);
}

#[test]
fn greetings_that_are_kept_in_inbox_come_back_once_and_not_as_messages() {
    let dovecot = dovecot();
    there_and_back(dovecot.host(), dovecot.port(), "imapgreetings=yes");
}

#[test]
fn a_second_export_touches_nothing_and_what_differs_is_left_and_reported() {
    let dovecot = dovecot();
    let site = filled(dovecot.host(), dovecot.port(), OWN_FOLDER);
    site.migrate(&["--greetings"]).run().status(0);
    export(&site, &[]).run().status(0).silent();
    let quiet = |site: &GreetingSite| {
        let mut all = snapshot(&out(site));
        all.retain(|(path, _, _)| !path.to_str().unwrap().contains(".vmimap-export"));
        all
    };
    let before = quiet(&site);
    export(&site, &[]).run().status(0).silent();
    assert!(before == quiet(&site));
    fs::write(out(&site).join("default/4123/busy.WAV"), b"mine").unwrap();
    fs::remove_file(out(&site).join("default/4123/temp.WAV")).unwrap();
    fs::remove_file(out(&site).join("sales/4123/unavail.gsm")).unwrap();
    fs::write(out(&site).join("sales/4123/unavail.wav"), b"mine, too").unwrap();
    let ran = export(&site, &["--json"]).run().status(3);
    let counts = ["failed", "removed_since", "there"].map(|name| count(&ran, name));
    assert_eq!(counts, [1, 2, 2], "{}", ran.stdout);
    let again = export(&site, &["--json", "--again"]).run().status(3);
    let counts = ["failed", "written", "there"].map(|name| count(&again, name));
    assert_eq!(counts, [2, 1, 2], "{}", again.stdout);
    assert!(
        again.stdout.contains("another unavail.wav is there"),
        "{}",
        again.stdout
    );
    assert_eq!(
        fs::read(out(&site).join("default/4123/busy.WAV")).unwrap(),
        b"mine"
    );
    assert!(!out(&site).join("sales/4123/unavail.gsm").exists());
}

#[test]
fn a_dry_run_says_what_the_run_does_and_writes_nothing() {
    let dovecot = dovecot();
    let site = filled(dovecot.host(), dovecot.port(), OWN_FOLDER);
    site.migrate(&["--greetings"]).run().status(0);
    let dry = export(&site, &["-n", "-v"]).run().status(0);
    assert!(!out(&site).exists());
    assert!(
        dry.stdout.contains("4123@default: 4 greetings: 4 to write"),
        "{}",
        dry.stdout
    );
    assert!(
        dry.stdout.contains("5 greetings: 5 would be written"),
        "{}",
        dry.stdout
    );
    let real = export(&site, &["-v"]).run().status(0);
    assert!(
        real.stdout.contains("5 greetings: 5 written"),
        "{}",
        real.stdout
    );
}

#[test]
fn an_archive_and_its_sums_hold_the_greetings() {
    let dovecot = dovecot();
    let site = filled(dovecot.host(), dovecot.port(), OWN_FOLDER);
    site.migrate(&["--greetings"]).run().status(0);
    let tar = site.dir.path().join("v.tar");
    let call = site.vmimap("export", &["--sha256sums", "--tar"]).arg(&tar);
    call.run().status(0);
    fs::create_dir(out(&site)).unwrap();
    let sh = |script: &str| {
        let ran = Command::new("sh")
            .args(["-ec", script])
            .current_dir(out(&site))
            .status();
        assert!(ran.unwrap().success(), "{script}");
    };
    sh("tar -xf ../v.tar && sha256sum --quiet -c SHA256SUMS");
    sh("grep -q 'default/4123/busy.WAV' SHA256SUMS");
    let before = greeting_files(&site.spool());
    assert!(before == greeting_files(&out(&site)));
    let manifest = fs::read_to_string(out(&site).join(".vmimap-export/manifest.jsonl")).unwrap();
    assert_eq!(
        manifest.matches("\"type\":\"greeting\"").count(),
        5,
        "{manifest}"
    );
    sh("rm -r ./* && cd .. && rmdir out/.vmimap-export 2>/dev/null || rm -r out/.vmimap-export");
    export(&site, &["--sha256sums"]).run().status(0);
    sh("sha256sum --quiet -c SHA256SUMS && grep -q 'sales/4123/unavail.gsm' SHA256SUMS");
}

#[test]
fn an_account_whose_every_connection_breaks_after_a_greeting_gets_done() {
    let dovecot = dovecot();
    let mut raw = dovecot.raw("u");
    raw.command("CREATE Greetings");
    for extension in ["4123", "4124"] {
        for at in 2..=5 {
            let text = fixture(&format!("genuine-imap/u1-Greetings-{at}.eml"));
            let text = fs::read_to_string(text).unwrap();
            let text = text.replace("Extension: 4123", &format!("Extension: {extension}"));
            raw.append("Greetings", "()", DATE, text.as_bytes()).ok();
        }
    }
    let target = format!("{}:{}", dovecot.host(), dovecot.port());
    let proxy = CutProxy::start_each(target, Direction::ToClient, 12_000);
    let account = "1,A,,,imapuser=u|imappassword=secret";
    let boxes = format!("[default]\n4123 => {account}\n4124 => {account}");
    let site = GreetingSite::new(dovecot.host(), proxy.port(), OWN_FOLDER, &boxes);
    let ran = export(&site, &["--json"]).run();
    assert_eq!(count(&ran, "written"), 8, "{}{}", ran.stdout, ran.stderr);
    ran.status(0);
}

#[test]
fn greetings_are_left_out_where_messages_were_chosen_or_asterisk_plays_files() {
    let dovecot = dovecot();
    let site = filled(dovecot.host(), dovecot.port(), OWN_FOLDER);
    site.migrate(&["--greetings"]).run().status(0);
    for words in [
        &["--no-greetings"][..],
        &["--folder", "INBOX"],
        &["--since", "1d"],
    ] {
        let ran = export(&site, words).args(&["--json", "-n"]).run().status(0);
        assert_eq!(count(&ran, "selected"), 0, "{words:?}");
    }
    let conf = fs::read_to_string(site.conf()).unwrap();
    fs::write(
        site.conf(),
        conf.replace("imapgreetings=yes", "imapgreetings=no"),
    )
    .unwrap();
    let ran = export(&site, &["--json", "-n"]).run().status(0);
    assert_eq!(count(&ran, "selected"), 0);
}

#[test]
fn of_several_the_one_that_is_played_comes_and_oddities_are_reported() {
    let dovecot = dovecot();
    let site = GreetingSite::new(dovecot.host(), dovecot.port(), OWN_FOLDER, BOXES);
    let mut raw = dovecot.raw("u");
    raw.command("CREATE Greetings").ok();
    let genuine = |at: u32| {
        let path = fixture(&format!("genuine-imap/u1-Greetings-{at}.eml"));
        fs::read_to_string(path).unwrap()
    };
    let mut put = |text: &str| {
        let date = "\"05-Feb-2009 18:31:30 +0000\"";
        raw.append("Greetings", "()", date, text.as_bytes()).ok();
    };
    let first = genuine(4).replace("temp", "busy");
    put(&first);
    put(&genuine(2));
    put(&genuine(5).replace("unavail.WAV", "unavail"));
    put(&genuine(3).replace("VM-Extension: 4123", "VM-Extension: 999"));
    put("From: a@b.test\r\n\r\nprivate\r\n");
    put(&String::from_utf8(voicemail("4123", "default", &[])).unwrap());
    // Without headers Asterisk plays it all the same; the account has one box.
    let plain: String = genuine(4)
        .split_inclusive("\r\n")
        .filter(|line| !line.starts_with("X-Asterisk"))
        .collect();
    put(&plain);
    let ran = export(&site, &["--json"]).run().status(3);
    assert_eq!(
        (count(&ran, "written"), count(&ran, "failed")),
        (2, 1),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("VME007"), "{}", ran.stdout);
    let busy = fs::read(out(&site).join("default/4123/busy.WAV")).unwrap();
    assert!(busy == recording(&first));
    assert!(out(&site).join("default/4123/temp.WAV").exists());
}

#[test]
fn a_rollback_takes_the_greetings_of_its_run_and_keeps_those_whose_file_is_gone() {
    let dovecot = dovecot();
    let site = filled(dovecot.host(), dovecot.port(), OWN_FOLDER);
    let stored = |user: &str| greetings(&mut dovecot.raw(user), "Greetings").len();
    site.migrate(&["--greetings"]).run().status(0);
    assert_eq!((stored("u"), stored("v")), (4, 1));
    fs::remove_file(site.spool().join("default/4123/busy.WAV")).unwrap();
    let ran = site.vmimap("rollback", &["last", "--yes"]).run().status(3);
    assert!(ran.stderr.contains("VMR002"), "{}", ran.stderr);
    let mut raw = dovecot.raw("u");
    let left = greetings(&mut raw, "Greetings");
    assert_eq!(left.len(), 1);
    assert!(asterisk_plays(&mut raw, "Greetings", "busy").is_some());
    assert_eq!(stored("v"), 0);
}
