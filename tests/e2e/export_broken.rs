//! Export that is cut, killed, hindered or led astray: run again, it ends in the same state, and
//! half a message is never one.

use crate::support;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use support::cli::{Ran, Vmimap, snapshot};
use support::cut_proxy::{CutProxy, Direction};
use support::dovecot_config::DovecotOptions;
use support::fixtures::fixture;
use support::site::{DATE, Site, voicemail};
use support::spool_generator::{Format, Noise, recording};
use tempfile::TempDir;

const BOXES: &str = "[default]\n200 => 1,A,,,imapuser=u|imappassword=secret\n\
     7 => 1,C,,,imapuser=v|imappassword=secret|imapvmshareid=team\n\
     8 => 1,D,,,imapuser=v|imappassword=secret|imapvmshareid=team\n";

/// A voicemail of 200 with a recording of its own, of some 30 KiB.
fn message(number: u32) -> Vec<u8> {
    use base64::Engine as _;
    let id = format!("1795427561-{number:08x}");
    let text = voicemail("200", "default", &[("Message-ID", &id)]);
    let (sound, _) = recording(Format::Wav49, 30_000, &mut Noise::new(number.into()));
    let sound = base64::engine::general_purpose::STANDARD.encode(sound);
    let lines: Vec<&str> = (0..sound.len())
        .step_by(72)
        .map(|at| &sound[at..sound.len().min(at + 72)])
        .collect();
    let text = String::from_utf8(text).unwrap();
    text.replace("AAAA", &lines.join("\r\n")).into_bytes()
}

fn site(messages: u32) -> Site {
    let site = Site::new(DovecotOptions::default(), "", BOXES);
    let mut mail = site.mail();
    for number in 0..messages {
        mail.append("INBOX", "()", DATE, &message(number)).ok();
    }
    site
}

fn export(site: &Site, words: &[&str], out: &Path) -> Ran {
    site.vmimap("export", words).arg(out).run()
}

/// A directory to export to, which is not there yet.
fn nowhere() -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    (dir, out)
}

/// The files of a directory that Asterisk or a person sees, with their octets.
fn seen(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut left = vec![root.to_owned()];
    let mut all = BTreeMap::new();
    while let Some(path) = left.pop() {
        for entry in fs::read_dir(&path).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with(".vmimap-export") {
                left.push(path);
            } else if path.is_file() {
                let shown = path.strip_prefix(root).unwrap().to_owned();
                all.insert(shown, fs::read(path).unwrap());
            }
        }
    }
    all
}

/// Panics unless every txt has its recording.
fn whole(root: &Path, what: &str) {
    if !root.exists() {
        return;
    }
    let files = seen(root);
    for txt in files
        .keys()
        .filter(|path| path.extension().is_some_and(|e| e == "txt"))
    {
        let sound = files.get(&txt.with_extension("WAV"));
        assert!(
            sound.is_some_and(|sound| sound.len() > 20_000),
            "{what}: {}",
            txt.display()
        );
    }
}

/// A voicemail.conf like the site's, for another port.
fn through(site: &Site, dir: &Path, port: u16) -> PathBuf {
    let conf = fs::read_to_string(site.conf()).unwrap();
    let own = format!("imapport={}", site.dovecot.port());
    let path = dir.join(format!("{port}.conf"));
    fs::write(&path, conf.replace(&own, &format!("imapport={port}"))).unwrap();
    path
}

#[test]
fn a_connection_cut_anywhere_costs_nothing() {
    let site = site(5);
    let dir = tempfile::tempdir().unwrap();
    let reference = dir.path().join("reference");
    export(&site, &[], &reference).status(0);
    let wanted = seen(&reference);
    assert_eq!(wanted.len(), 10);
    for cut in (500..230_000).step_by(19_001) {
        let target = format!("{}:{}", site.dovecot.host(), site.dovecot.port());
        let proxy = CutProxy::start(target, Direction::ToClient, cut);
        let conf = through(&site, dir.path(), proxy.port());
        let out = dir.path().join(format!("cut{cut}"));
        let call = Vmimap::new(["export"]).arg("--voicemail-conf").arg(conf);
        let ran = call.arg(&out).run();
        assert!([0, 3, 10].contains(&ran.status), "{cut}: {}", ran.stderr);
        whole(&out, &format!("cut after {cut}"));
        export(&site, &[], &out);
        // What was exported through the proxy is another account to the manifest: compared.
        assert!(seen(&out) == wanted, "cut after {cut}: {}", ran.stderr);
    }
}

#[test]
fn a_killed_run_leaves_no_half_message_and_the_next_ends_the_same() {
    let site = site(30);
    let dir = tempfile::tempdir().unwrap();
    let reference = dir.path().join("reference");
    export(&site, &[], &reference).status(0);
    let wanted = seen(&reference);
    for (number, pause) in [5, 20, 40, 60, 80, 110, 150].into_iter().enumerate() {
        let out = dir.path().join(format!("killed{number}"));
        let mut child = site.vmimap("export", &[]).arg(&out).spawn();
        thread::sleep(Duration::from_millis(pause));
        child.kill().unwrap();
        child.wait().unwrap();
        whole(&out, &format!("killed after {pause} ms"));
        export(&site, &[], &out).status(0);
        assert!(seen(&out) == wanted, "killed after {pause} ms");
    }
}

#[test]
fn a_recording_left_without_its_txt_is_taken_over() {
    let site = site(2);
    let (_dir, out) = nowhere();
    export(&site, &[], &out).status(0);
    let wanted = seen(&out);
    // As a run that was killed between the two renames leaves it: lock, recording, unfinished txt.
    fs::remove_dir_all(out.join(".vmimap-export")).unwrap();
    fs::create_dir(out.join(".vmimap-export")).unwrap();
    let inbox = out.join("default/200/INBOX");
    fs::rename(inbox.join("msg0001.txt"), inbox.join(".vmimap-1-1.part")).unwrap();
    fs::write(inbox.join(".lock"), "vmimap export\n").unwrap();
    fs::write(inbox.join(".vmimap-1-lock1.part"), "").unwrap();
    let ran = export(&site, &["--json"], &out).status(0);
    assert_eq!((ran.count("written"), ran.count("there")), (1, 1));
    assert!(seen(&out) == wanted);
}

#[test]
fn a_lock_left_by_a_killed_run_does_not_stay_when_nothing_is_left_to_write() {
    let site = site(1);
    let (_dir, out) = nowhere();
    export(&site, &[], &out).status(0);
    let wanted = seen(&out);
    // Killed after the last message had its names, before the lock was given back.
    let inbox = out.join("default/200/INBOX");
    fs::write(inbox.join(".lock"), "vmimap export\n").unwrap();
    fs::write(out.join(".vmimap-export/lock"), "pid 1\n").unwrap();
    let call = site.vmimap("export", &["7@default"]).arg(&out);
    call.run().status(0).silent();
    assert!(seen(&out) == wanted, "another mailbox's run clears it too");
}

#[test]
fn a_folder_that_asterisk_has_locked_is_named_and_left_alone() {
    let site = site(1);
    let (_dir, out) = nowhere();
    let inbox = out.join("default/200/INBOX");
    fs::create_dir_all(&inbox).unwrap();
    fs::write(inbox.join(".lock"), "").unwrap();
    let ran = export(&site, &["--into-live-spool"], &out).status(3);
    assert!(
        ran.stderr
            .contains("INBOX 1: the folder is locked by Asterisk"),
        "{}",
        ran.stderr
    );
    assert_eq!(seen(&out).len(), 1, "the lock stays");
    fs::remove_file(inbox.join(".lock")).unwrap();
    export(&site, &[], &out).status(0).silent();
    assert_eq!(seen(&out).len(), 2);
}

#[test]
fn links_and_directories_of_others_are_not_written_to() {
    let site = site(1);
    let dir = tempfile::tempdir().unwrap();
    let (out, other) = (dir.path().join("out"), dir.path().join("other"));
    fs::create_dir_all(&other).unwrap();
    fs::create_dir_all(out.join("default")).unwrap();
    let ran = export(&site, &[], &out).status(5);
    assert!(ran.stderr.contains("is not empty"), "{}", ran.stderr);
    let dry = export(&site, &["-n"], &out).status(5);
    assert!(dry.stderr.contains("is not empty"), "{}", dry.stderr);
    symlink(&other, out.join("default/200")).unwrap();
    let before = snapshot(&other);
    let ran = export(&site, &["--into-live-spool"], &out).status(3);
    assert!(
        ran.stderr.contains("links are not followed"),
        "{}",
        ran.stderr
    );
    assert!(before == snapshot(&other));
    // Asterisk's own spool, as asterisk.conf beside voicemail.conf names it, even while it is empty.
    let conf = site.conf().with_file_name("asterisk.conf");
    let line = format!(
        "[directories]\nastspooldir => {} ; here\n",
        dir.path().display()
    );
    fs::write(conf, line).unwrap();
    fs::create_dir(dir.path().join("voicemail")).unwrap();
    let inside = dir.path().join("voicemail/new");
    let ran = export(&site, &[], &inside).status(5);
    assert!(
        ran.stderr.contains("this is Asterisk's own spool"),
        "{}",
        ran.stderr
    );
    let ran = site.vmimap("export", &["200@default"]).run().status(2);
    assert!(ran.stderr.contains("comes last"), "{}", ran.stderr);
}

#[test]
fn what_cannot_be_a_message_is_named_and_the_rest_is_exported() {
    let site = site(1);
    let mut mail = site.mail();
    let odd = voicemail(
        "200",
        "default",
        &[("Extension", "200\r\nX-Asterisk-VM-Extension: 2001")],
    );
    mail.append("INBOX", "()", DATE, &odd).ok();
    let text = String::from_utf8(voicemail("200", "default", &[])).unwrap();
    let no_sound = text.replace("msg0000.WAV", "letter.pdf");
    mail.append("INBOX", "()", DATE, no_sound.as_bytes()).ok();
    mail.append("INBOX", "(\\Deleted)", DATE, text.as_bytes())
        .ok();
    let (dir, out) = nowhere();
    let ran = export(&site, &["-v"], &out).status(3);
    assert!(
        ran.stderr
            .contains("200@default: INBOX 2: its headers name its mailbox in two ways"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr
            .contains("INBOX 3: its second part is no recording"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr
            .contains("marked as deleted are not exported (1)"),
        "{}",
        ran.stderr
    );
    assert_eq!(seen(&out).len(), 2);
    let deleted = dir.path().join("deleted");
    export(&site, &["--deleted"], &deleted).status(0);
    assert_eq!(seen(&deleted).len(), 2);
}

#[test]
fn a_hostile_caller_hides_nothing_in_the_txt() {
    let site = site(0);
    let hostile = [
        ("Caller-ID-Name", "\"Eve\" ;-- \\"),
        ("Caller-ID-Num", "1;--2>"),
    ];
    let mail = voicemail("200", "default", &hostile);
    let text = String::from_utf8(mail).unwrap().replace("AAAA", "QWRh");
    site.mail()
        .append("INBOX", "()", DATE, text.as_bytes())
        .ok();
    let (_dir, out) = nowhere();
    export(&site, &[], &out).status(0);
    let written = fs::read_to_string(out.join("default/200/INBOX/msg0000.txt")).unwrap();
    assert!(
        written.contains("callerid=\"\\\"Eve\\\" \\;-- \\\\\" <1\\;--2>\n"),
        "{written}"
    );
    assert!(written.contains("\norigtime=1795427561\n"), "{written}");
}

#[test]
fn a_message_of_two_mailboxes_is_exported_once_and_a_comment_is_kept() {
    let site = site(0);
    let forwarded = fs::read(fixture("genuine-imap/u3-INBOX-1.eml")).unwrap();
    let forwarded = String::from_utf8(forwarded).unwrap();
    let owner = |name: &str, line: &str| {
        let start = format!("X-Asterisk-VM-{name}:");
        if line.starts_with(&start) {
            Some(start)
        } else {
            None
        }
    };
    let lines: Vec<String> = forwarded
        .lines()
        .map(
            |line| match (owner("Extension", line), owner("Context", line)) {
                (Some(start), _) => format!("{start} team"),
                (_, Some(start)) => format!("{start} default"),
                _ => line.to_owned(),
            },
        )
        .collect();
    let text = lines.join("\r\n") + "\r\n";
    let mut mail = site.dovecot.raw("v");
    mail.append("INBOX", "()", DATE, text.as_bytes()).ok();
    let (_dir, out) = nowhere();
    let ran = export(&site, &["--json"], &out).status(0);
    assert_eq!((ran.count("written"), ran.count("comments")), (1, 1));
    let files: Vec<PathBuf> = seen(&out).into_keys().collect();
    assert_eq!(files.len(), 3, "{files:?}");
    let name = files[0].file_name().unwrap().to_str().unwrap();
    assert!(name.starts_with("comment-"), "{files:?}");
    let again = export(&site, &["--json", "8@default"], &out).status(0);
    assert_eq!((again.count("written"), again.count("there")), (0, 1));
}
