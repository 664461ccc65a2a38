//! Export against a real Dovecot: what was migrated comes back, file by file.

use crate::support;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::cli::{Vmimap, snapshot};
use support::export_site::{ExportSite as Site, files, messages, same};
use support::fixtures::Account;
use support::raw_imap::RawImap;
use support::spool_generator::{Format, SpoolSpec};

/// A snapshot without the file that says whether a run is at work.
fn touched(root: &Path) -> Vec<(PathBuf, String, Vec<u8>)> {
    let mut all = snapshot(root);
    all.retain(|(path, _, _)| !path.ends_with(".vmimap-export/lock"));
    all
}

#[test]
fn the_recorded_spool_comes_back_file_by_file_and_a_second_run_adds_nothing() {
    let site = Site::genuine();
    site.migrate();
    let ran = site.export_out(&["--json"]).run().status(0);
    assert_eq!((ran.count("written"), ran.count("failed")), (21, 0));
    same(&messages(&site.spool), &messages(&site.out()), "WAV");
    let before = touched(&site.out());
    let again = site.export_out(&["--json"]).run().status(0);
    assert_eq!((again.count("written"), again.count("there")), (0, 21));
    assert!(before == touched(&site.out()), "nothing was touched");
    let mut raw = site.dovecot.raw("default-4123");
    let counts = raw.asterisk_counts("INBOX", "4123", "default");
    assert_eq!(
        (counts.new, counts.urgent, counts.old),
        (5, 1, 2),
        "only read"
    );
}

#[test]
fn exported_messages_migrate_back_into_nothing_new() {
    let site = Site::genuine();
    site.migrate();
    site.export_out(&[]).run().status(0).silent();
    let state = site.dir.path().join("state2");
    let ran = Vmimap::migrate(&site.out(), &site.conf(), &state);
    let ran = ran.args(&["--json"]).run();
    assert_eq!(ran.count("appended"), 0, "{}", ran.stdout);
    assert_eq!(ran.count("failed"), 0, "{}", ran.stdout);
}

#[test]
fn generated_spools_come_back_with_their_numbers_and_modes() {
    for (seed, format) in [(1, Format::Wav49), (2, Format::Gsm), (3, Format::Wav)] {
        let spec = SpoolSpec {
            seed,
            messages: 24,
            formats: vec![format],
            accounts: vec![
                Account::new("default", "1001"),
                Account::new("sales", "1001"),
            ],
            folders: vec!["INBOX", "Old", "Urgent", "Work", "Cust5"],
            ..SpoolSpec::default()
        };
        let site = Site::generated(&spec);
        site.migrate();
        site.export_out(&[]).run().status(0).silent();
        same(
            &messages(&site.spool),
            &messages(&site.out()),
            format.extension(),
        );
        // Oldest first in each folder, as they were.
        for file in files(&site.spool) {
            let back = site.out().join(file.strip_prefix(&site.spool).unwrap());
            let mode = fs::metadata(&back).unwrap().permissions().mode();
            assert_eq!(mode & 0o133, 0, "{}: {mode:o}", back.display());
            if file.extension().unwrap() != "txt" {
                assert!(
                    fs::read(&file).unwrap() == fs::read(&back).unwrap(),
                    "{file:?}"
                );
            }
        }
    }
}

#[test]
fn what_asterisk_renumbered_and_moved_is_not_written_again() {
    let site = Site::genuine();
    site.migrate();
    site.export_out(&[]).run().status(0);
    let ada = site.out().join("default/4123");
    // Message 1 was heard, and the others moved up, as Asterisk does at the end of a call.
    for extension in ["txt", "WAV"] {
        let name =
            |folder: &str, number: u32| ada.join(format!("{folder}/msg{number:04}.{extension}"));
        fs::rename(name("INBOX", 0), name("Old", 2)).unwrap();
        for number in 1..5 {
            fs::rename(name("INBOX", number), name("INBOX", number - 1)).unwrap();
        }
    }
    let before = snapshot(&site.out());
    let ran = site.export_out(&["--json"]).run().status(0);
    assert_eq!((ran.count("written"), ran.count("there")), (0, 21));
    // Without the manifest it takes longer and comes to the same.
    fs::remove_file(site.out().join(".vmimap-export/manifest.jsonl")).unwrap();
    let ran = site.export_out(&["--json"]).run().status(0);
    assert_eq!((ran.count("written"), ran.count("there")), (0, 21));
    let visible = |all: Vec<(PathBuf, String, Vec<u8>)>| -> Vec<_> {
        let ours = |path: &Path| path.to_string_lossy().contains(".vmimap-export");
        all.into_iter().filter(|(path, _, _)| !ours(path)).collect()
    };
    let root = site.out();
    let but_root = |all: Vec<(PathBuf, String, Vec<u8>)>| -> Vec<_> {
        visible(all)
            .into_iter()
            .filter(|(path, _, _)| *path != root)
            .collect()
    };
    assert!(but_root(before) == but_root(snapshot(&site.out())));
}

#[test]
fn what_has_gone_from_the_directory_stays_away_unless_asked_for() {
    let site = Site::genuine();
    site.migrate();
    site.export_out(&[]).run().status(0);
    let work = site.out().join("default/4123/Work");
    fs::remove_file(work.join("msg0000.txt")).unwrap();
    fs::remove_file(work.join("msg0000.WAV")).unwrap();
    let ran = site.export_out(&["--json"]).run().status(0);
    assert_eq!((ran.count("written"), ran.count("removed_since")), (0, 1));
    let ran = site.export_out(&["--json", "--again"]).run().status(0);
    assert_eq!((ran.count("written"), ran.count("removed_since")), (1, 0));
    assert!(work.join("msg0000.WAV").exists());
}

#[test]
fn a_dry_run_writes_nothing_and_prints_what_the_run_prints() {
    let site = Site::genuine();
    site.migrate();
    let dry = site.export_out(&["-n", "--json"]).run().status(0);
    assert!(!site.out().exists());
    let wet = site.export_out(&["--json"]).run().status(0);
    let items = |ran: &support::cli::Ran| -> Vec<serde_json::Value> {
        ran.json()
            .into_iter()
            .filter(|line| line["type"] == "item")
            .collect()
    };
    assert_eq!(items(&dry).len(), 21);
    let sorted = |mut all: Vec<serde_json::Value>| {
        all.sort_by_key(ToString::to_string);
        all
    };
    assert_eq!(sorted(items(&dry)), sorted(items(&wet)));
    assert_eq!(dry.count("written"), wet.count("written"));
}

#[test]
fn the_manifest_and_the_checksums_tell_the_truth() {
    let site = Site::genuine();
    site.migrate();
    site.export_out(&["--sha256sums", "--folder", "Work", "4123@default"])
        .run()
        .status(0);
    assert_eq!(messages(&site.out()).len(), 1);
    site.export_out(&["--sha256sums"]).run().status(0);
    let check = Command::new("sha256sum")
        .args(["--check", "--strict", "--quiet", "SHA256SUMS"])
        .current_dir(site.out())
        .output()
        .unwrap();
    assert!(check.status.success(), "{check:?}");
    let sums = fs::read_to_string(site.out().join("SHA256SUMS")).unwrap();
    assert_eq!(sums.lines().count(), 42);
    let manifest = fs::read_to_string(site.out().join(".vmimap-export/manifest.jsonl")).unwrap();
    let lines: Vec<serde_json::Value> = manifest
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 21);
    for line in &lines {
        let path = format!(
            "{}.{}",
            line["path"].as_str().unwrap(),
            line["audio"].as_str().unwrap()
        );
        let known = format!("{}  {path}", line["sha256"].as_str().unwrap());
        assert!(sums.lines().any(|sum| sum == known), "{known}");
        let lost: Vec<&str> = line["not_carried"]
            .as_array()
            .unwrap()
            .iter()
            .map(|key| key.as_str().unwrap())
            .collect();
        assert_eq!(lost, ["context", "exten", "rdnis", "callerchan"]);
    }
}

#[test]
fn an_archive_unpacks_into_the_same_spool_and_is_the_same_every_time() {
    let site = Site::genuine();
    site.migrate();
    site.export_out(&[]).run().status(0);
    let tar = |name: &str| {
        let file = site.dir.path().join(name);
        let call = site.export(&["--sha256sums", "--tar"]).arg(&file);
        call.run().status(0).silent();
        file
    };
    let (one, two) = (tar("one.tar"), tar("two.tar"));
    assert!(fs::read(&one).unwrap() == fs::read(two).unwrap());
    let unpacked = site.dir.path().join("unpacked");
    fs::create_dir(&unpacked).unwrap();
    let mut untar = Command::new("tar");
    untar.arg("-xf").arg(&one).arg("-C").arg(&unpacked);
    assert!(untar.status().unwrap().success());
    assert!(messages(&unpacked) == messages(&site.out()));
    let check = Command::new("sha256sum")
        .args(["-c", "--quiet", "SHA256SUMS"])
        .current_dir(&unpacked)
        .status();
    assert!(check.unwrap().success());
    let refused = site.export(&["--tar"]).arg(&one).run().status(1);
    assert!(
        refused.stderr.contains("is there already"),
        "{}",
        refused.stderr
    );
}

/// A site whose one mailbox holds nothing, and a connection to its account.
fn empty() -> (Site, RawImap) {
    let spec = SpoolSpec {
        accounts: vec![Account::new("default", "1001")],
        messages: 0,
        ..SpoolSpec::default()
    };
    let site = Site::generated(&spec);
    let mail = site.dovecot.raw("default-1001");
    (site, mail)
}

#[test]
fn what_asterisk_itself_has_stored_comes_back_octet_by_octet() {
    use mail_parser::{MessageParser, MimeHeaders};
    let (site, mut mail) = empty();
    let mut wanted = Vec::new();
    let fixtures = support::fixtures::fixture("genuine-imap");
    for path in files(&fixtures)
        .into_iter()
        .filter(|path| path.extension().unwrap() == "eml")
    {
        let text = fs::read(&path).unwrap();
        if path.to_str().unwrap().contains("Greetings") {
            continue;
        }
        let message = MessageParser::default().parse(&text).unwrap();
        let part = message.attachment(0).unwrap();
        let number = part.attachment_name().unwrap().rsplit_once('.').unwrap().1;
        wanted.push((number.to_owned(), part.contents().to_vec()));
        let text = owned(&String::from_utf8(text).unwrap());
        mail.append("INBOX", "()", support::site::DATE, text.as_bytes())
            .ok();
    }
    let ran = site.export_out(&["--json"]).run().status(0);
    assert_eq!(ran.count("written"), wanted.len() as u64);
    let inbox = site.out().join("default/1001/INBOX");
    for (number, (extension, octets)) in wanted.iter().enumerate() {
        let file = inbox.join(format!("msg{number:04}.{extension}"));
        assert!(fs::read(&file).unwrap() == *octets, "{}", file.display());
    }
    let again = site.export_out(&["--json"]).run().status(0);
    assert_eq!(
        (again.count("written"), again.count("there")),
        (0, wanted.len() as u64)
    );
}

/// A recorded message as one of 1001@default.
fn owned(text: &str) -> String {
    let line = |line: &str| match line.split_once(": ") {
        Some((name @ "X-Asterisk-VM-Extension", _)) => format!("{name}: 1001\r\n"),
        Some((name @ "X-Asterisk-VM-Context", _)) => format!("{name}: default\r\n"),
        _ => format!("{line}\r\n"),
    };
    text.lines().map(line).collect()
}

/// What 1.4 wrote: no type, flag, id or category, and the caller's channel.
const OF_1_4: &str = "From: Asterisk PBX <a@b.test>\r\nX-Asterisk-VM-Message-Num: 1\r\n\
    X-Asterisk-VM-Server-Name: \r\nX-Asterisk-VM-Context: default\r\nX-Asterisk-VM-Extension: 1001\r\n\
    X-Asterisk-VM-Priority: 2\r\nX-Asterisk-VM-Caller-channel: SIP/trunk-01\r\n\
    X-Asterisk-VM-Caller-ID-Num: 5550100\r\nX-Asterisk-VM-Caller-ID-Name: Ada\r\n\
    X-Asterisk-VM-Duration: 7\r\nX-Asterisk-VM-Orig-date: Thu, Feb 5\r\n\
    X-Asterisk-VM-Orig-time: 1233858690\r\nMIME-Version: 1.0\r\n\
    Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n\
    --b\r\nContent-Type: audio/x-gsm; name=\"msg0000.gsm\"\r\nContent-Transfer-Encoding: base64\r\n\r\n\
    0AAA\r\n--b--\r\n";

#[test]
fn a_message_of_version_1_4_comes_back_with_all_it_has() {
    let (site, mut mail) = empty();
    mail.append("INBOX", "(\\Seen)", support::site::DATE, OF_1_4.as_bytes())
        .ok();
    site.export_out(&[]).run().status(0);
    let txt = fs::read_to_string(site.out().join("default/1001/Old/msg0000.txt")).unwrap();
    assert_eq!(
        txt,
        ";\n; Message Information file\n;\n[message]\norigmailbox=1001\ncontext=default\nexten=\n\
         rdnis=unknown\npriority=2\ncallerchan=SIP/trunk-01\ncallerid=\"Ada\" <5550100>\n\
         origdate=Thu Feb  5 06:31:30 PM UTC 2009\norigtime=1233858690\ncategory=\nflag=\nduration=7\n"
    );
    for _ in 0..2 {
        let again = site.export_out(&["--json"]).run().status(0);
        assert_eq!((again.count("written"), again.count("there")), (0, 1));
        fs::remove_file(site.out().join(".vmimap-export/manifest.jsonl")).unwrap();
    }
}

#[test]
fn a_full_disk_stops_the_run_and_an_archive_that_cannot_be_written_is_a_failure() {
    let site = Site::genuine();
    site.migrate();
    let full = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let ran = Command::new(env!("CARGO_BIN_EXE_vmimap"))
        .args(["export", "--tar", "-", "--voicemail-conf"])
        .arg(site.conf())
        .stdout(full)
        .output()
        .unwrap();
    let stderr = String::from_utf8(ran.stderr).unwrap();
    assert_eq!(ran.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("No space left on device"), "{stderr}");
    let named = stderr
        .lines()
        .filter(|line| line.contains("INBOX 1:"))
        .count();
    assert!(named <= 1, "{stderr}");
    // Files of 20 KiB at most: the longer recordings cannot be written.
    let limited = format!(
        "trap '' XFSZ; ulimit -f 20; exec {} export --voicemail-conf {} {}",
        env!("CARGO_BIN_EXE_vmimap"),
        site.conf().display(),
        site.out().display()
    );
    let ran = Command::new("bash")
        .args(["-c", &limited])
        .output()
        .unwrap();
    let stderr = String::from_utf8(ran.stderr).unwrap();
    assert_eq!(ran.status.code(), Some(3), "{stderr}");
    assert!(stderr.contains("File too large"), "{stderr}");
    let parts = |path: &Path| path.to_string_lossy().ends_with(".part");
    assert!(!files(&site.out()).iter().any(|path| parts(path)));
    site.export_out(&[]).run().status(0);
    same(&messages(&site.spool), &messages(&site.out()), "WAV");
}

#[test]
fn uids_of_an_old_list_are_refused_where_the_uidvalidity_has_changed() {
    let site = Site::genuine();
    site.migrate();
    let list = site.export_out(&["-n", "--json", "4123@default"]).run();
    let lines = list.status(0).json();
    let item = lines.iter().find(|line| line["imap_folder"] == "INBOX");
    let validity = item.unwrap()["uid_validity"].as_u64().unwrap();
    let words = |validity: u64| {
        let words = "4123@default --folder INBOX --uid 1:99 --uidvalidity";
        let mut words: Vec<String> = words.split(' ').map(str::to_owned).collect();
        words.push(validity.to_string());
        words
    };
    let other = words(validity + 1);
    let other: Vec<&str> = other.iter().map(String::as_str).collect();
    let ran = site.export_out(&other).run().status(5);
    assert!(ran.stderr.contains("its UIDVALIDITY was"), "{}", ran.stderr);
    assert!(!site.out().join("default").exists(), "nothing was written");
    let tar = site.dir.path().join("out.tar");
    site.export(&other).arg("--tar").arg(&tar).run().status(5);
    assert!(!tar.exists());
    let same = words(validity);
    let same: Vec<&str> = same.iter().map(String::as_str).collect();
    let ran = site.export_out(&same).arg("--json").run().status(0);
    assert!(ran.count("written") > 0, "{}", ran.stdout);
}
