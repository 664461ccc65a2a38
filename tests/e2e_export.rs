//! Export against a real Dovecot: what was migrated comes back, file by file.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::cli::{Vmimap, snapshot};
use support::dovecot::Dovecot;
use support::dovecot_config::DovecotOptions;
use support::fixtures::{Account, GenuineSpool, with_imap_options};
use support::spool_generator::{Format, SpoolSpec, generate};

/// Keys of a txt that IMAP does not carry.
const LOST: &[&str] = &["context", "exten", "rdnis", "callerchan", "origmailbox"];

/// A Dovecot, a spool, and a voicemail.conf that connects them.
struct Site {
    dovecot: Dovecot,
    dir: tempfile::TempDir,
    spool: PathBuf,
}

impl Site {
    fn genuine() -> Self {
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

    fn generated(spec: &SpoolSpec) -> Self {
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
                conf.push_str(&format!("[{context}]\n"));
            }
            conf.push_str(&format!("{} => 1,Name\n", account.extension));
        }
        let conf = with_imap_options(&conf, dovecot.host(), dovecot.port(), "notls");
        fs::write(dir.path().join("voicemail.conf"), conf).unwrap();
        Self {
            dovecot,
            dir,
            spool,
        }
    }

    fn conf(&self) -> PathBuf {
        self.dir.path().join("voicemail.conf")
    }

    fn out(&self) -> PathBuf {
        self.dir.path().join("out")
    }

    fn migrate(&self) {
        let state = self.dir.path().join("state");
        let ran = Vmimap::migrate(&self.spool, &self.conf(), &state).run();
        assert_eq!(ran.status, 0, "{}{}", ran.stdout, ran.stderr);
    }

    fn export(&self, words: &[&str]) -> Vmimap {
        let call = Vmimap::new(["export"]).arg("--voicemail-conf");
        call.arg(self.conf()).args(words)
    }

    fn export_out(&self, words: &[&str]) -> Vmimap {
        self.export(words).arg(self.out())
    }
}

/// Every message of a spool by what it says: folder, carried keys, and the recordings' octets by
/// extension.
type Messages = BTreeMap<(String, String), (BTreeMap<String, String>, BTreeMap<String, Vec<u8>>)>;

fn messages(root: &Path) -> Messages {
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
        let size: usize = files(path.parent().unwrap())
            .iter()
            .filter(|file| file.with_extension("WAV") == **file && file.with_extension("") == stem)
            .map(|file| fs::metadata(file).unwrap().len() as usize)
            .sum();
        let before = all.insert((folder, format!("{id} {lasts} {size}")), (keys, recordings));
        assert!(before.is_none(), "two messages that cannot be told apart");
    }
    all
}

fn files(root: &Path) -> Vec<PathBuf> {
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
fn same(original: &Messages, exported: &Messages, only: &str) {
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

#[test]
fn the_recorded_spool_comes_back_file_by_file_and_a_second_run_adds_nothing() {
    let site = Site::genuine();
    site.migrate();
    let ran = site.export_out(&["--json"]).run().status(0);
    assert_eq!((ran.count("written"), ran.count("failed")), (21, 0));
    same(&messages(&site.spool), &messages(&site.out()), "WAV");
    let before = snapshot(&site.out());
    let again = site.export_out(&["--json"]).run().status(0);
    assert_eq!((again.count("written"), again.count("there")), (0, 21));
    assert!(before == snapshot(&site.out()), "nothing was touched");
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
