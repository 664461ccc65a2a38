//! Where a document's session is played: a private Dovecot, and a folder that stands for the root
//! directory.
//!
//! The words of a `run` mark: `spool` unpacks the recorded spool, `conf` writes its voicemail.conf
//! with an account for each mailbox, `master` makes a master user `asterisk`, `no-uidplus` has the
//! server not announce it, `quota=USER:KIB` limits what a user may store. Accounts are those of the
//! recorded mailboxes (`CONTEXT-EXTENSION`), and `office`, `desk` and `lobby`; passwords are
//! `secret`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use super::dovecot::{Dovecot, User};
use super::dovecot_config::DovecotOptions;
use super::fixtures::{GenuineSpool, PASSWORD, fixture, with_imap_options};

/// The directories that documents speak of; below the stage's folder they are real.
const DIRECTORIES: [&str; 7] = [
    "/etc/asterisk",
    "/etc/vmimap",
    "/var/spool/asterisk",
    "/var/lib/vmimap",
    "/var/lib/node_exporter",
    "/var/backups",
    "/srv",
];

/// The commands that documents may use.
const COMMANDS: [&str; 9] = [
    "vmimap", "mv", "mkdir", "ls", "cat", "find", "echo", "grep", "tar",
];

/// A server, and the folder.
pub struct Stage {
    dovecot: Dovecot,
    root: tempfile::TempDir,
    status: i32,
    /// Messages that steps have left.
    left: i64,
}

impl Stage {
    /// Sets it up by the words of a `run` mark.
    pub fn new(words: &str) -> Self {
        let has = |word: &str| words.split(' ').any(|one| one == word);
        let mut users = GenuineSpool::users();
        for name in ["office", "desk", "lobby"] {
            users.push(User::new(name, PASSWORD));
        }
        for limit in words.split(' ').filter_map(|w| w.strip_prefix("quota=")) {
            let (name, kib) = limit.split_once(':').unwrap();
            let user = users.iter_mut().find(|user| user.name == name).unwrap();
            user.storage_kib = Some(kib.parse().unwrap());
        }
        let dovecot = Dovecot::start(DovecotOptions {
            users,
            master: has("master").then(|| ("asterisk".to_owned(), PASSWORD.to_owned())),
            capability: has("no-uidplus").then(|| "IMAP4rev1 LITERAL+ NAMESPACE QUOTA".to_owned()),
            ..DovecotOptions::default()
        });
        let root = tempfile::Builder::new().prefix("vm").tempdir().unwrap();
        let stage = Self {
            dovecot,
            root,
            status: 0,
            left: 0,
        };
        for directory in DIRECTORIES {
            fs::create_dir_all(stage.real(directory)).unwrap();
        }
        if has("spool") {
            stage.unpack_spool();
        }
        if has("conf") {
            let conf = fs::read_to_string(fixture("genuine-spool-voicemail.conf")).unwrap();
            let conf = with_imap_options(&conf, "127.0.0.1", stage.dovecot.port(), "notls");
            let path = stage.real("/etc/asterisk/voicemail.conf");
            fs::write(&path, conf).unwrap();
            keep_from_others(&path);
        }
        stage
    }

    fn unpack_spool(&self) {
        let mut tar = Command::new("tar");
        tar.arg("-xzf").arg(fixture("genuine-spool.tar.gz"));
        tar.arg("-C").arg(self.real("/var/spool/asterisk"));
        assert!(tar.arg("--no-same-owner").status().unwrap().success());
    }

    fn real(&self, path: &str) -> PathBuf {
        self.root.path().join(path.trim_start_matches('/'))
    }

    /// Writes a file; the server's port is put in for 143.
    pub fn file(&self, path: &str, content: &str) {
        let port = format!("imapport={}\n", self.dovecot.port());
        let path = self.real(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content.replace("imapport=143\n", &port)).unwrap();
        keep_from_others(&path);
    }

    /// Does what the words of a `step` say.
    pub fn step(&mut self, words: &str) {
        let words: Vec<&str> = words.split_whitespace().collect();
        match words.as_slice() {
            // A caller leaves a message; `Name=value` changes a header, `Name=-` leaves it out.
            ["left", user, folder, extension, context, changed @ ..] => {
                let changed: Vec<(&str, &str)> = changed
                    .iter()
                    .map(|one| one.split_once('=').unwrap())
                    .collect();
                self.left += 1;
                let (message, date) = recorded(extension, context, &changed, self.left);
                let mut mail = self.dovecot.raw(user);
                mail.append(folder, "", &date, message.as_bytes()).ok();
            }
            // The owner marks a message as deleted, in a mail program.
            ["marked", user, folder, uid] => {
                let mut mail = self.dovecot.raw(user);
                mail.command(&format!("SELECT {folder}")).ok();
                mail.command(&format!("UID STORE {uid} +FLAGS (\\Deleted)"))
                    .ok();
            }
            // A command that is not shown.
            ["quiet", command @ ..] => {
                let printed = self.run(&command.join(" "));
                assert_eq!(self.status, 0, "{command:?}: {printed}");
            }
            // A file that has been lying there for an hour.
            ["write", path, content] => {
                self.file(path, &format!("{content}\n"));
                let file = fs::File::options().append(true).open(self.real(path));
                let hour = std::time::Duration::from_hours(1);
                file.unwrap()
                    .set_modified(SystemTime::now() - hour)
                    .unwrap();
            }
            ["quota", user, kib] => {
                let user = User::new(user, PASSWORD).storage(kib.parse().unwrap());
                self.dovecot.add_user(user);
            }
            // The server's own program understands a configuration that was written.
            ["doveconf", path] => {
                let mut doveconf = Command::new("doveconf");
                doveconf.env("PATH", "/usr/bin:/usr/sbin:/bin:/sbin");
                let ran = doveconf.arg("-n").arg("-c").arg(self.real(path));
                let ran = ran.output().unwrap();
                let complaint = String::from_utf8_lossy(&ran.stderr);
                assert!(ran.status.success(), "{path}: {complaint}");
            }
            other => panic!("no such step: {other:?}"),
        }
    }

    /// Runs a command line and gives what it prints, masked. `$?` is the status of the one before.
    pub fn run(&mut self, line: &str) -> String {
        let mut words = line.split_whitespace();
        let command = words.find(|word| !word.contains('=')).unwrap();
        assert!(COMMANDS.contains(&command), "not for documents: {line}");
        let mut real = line.to_owned();
        for directory in DIRECTORIES {
            let to = self.real(directory);
            real = real.replace(directory, to.to_str().unwrap());
        }
        let root = self.root.path().to_str().unwrap();
        for word in real
            .split(['=', ' ', '\'', '>'])
            .filter(|w| w.starts_with('/'))
        {
            assert!(word.starts_with(root), "{word} is outside: {line}");
        }
        let bin = Path::new(env!("CARGO_BIN_EXE_vmimap")).parent().unwrap();
        let mut shell = Command::new("/bin/sh");
        shell
            .arg("-c")
            .arg(format!("exec 2>&1; (exit {}); {real}", self.status))
            .env_clear()
            .env("PATH", format!("{}:/usr/bin:/bin", bin.display()))
            .env("TZ", "UTC")
            .env("LC_ALL", "C.UTF-8")
            .env(
                "VMIMAP_VOICEMAIL_CONF",
                self.real("/etc/asterisk/voicemail.conf"),
            )
            .env("VMIMAP_STATE_DIR", self.real("/var/lib/vmimap"))
            // One worker: several print their boxes in the order they come to them.
            .env("VMIMAP_JOBS", "1")
            .current_dir(self.root.path());
        let config = self.real("/etc/vmimap.toml");
        if config.exists() {
            shell.env("VMIMAP_CONFIG", config);
        }
        let ran = shell.output().unwrap();
        self.status = ran.status.code().unwrap();
        let printed = self.mask(&String::from_utf8(ran.stdout).unwrap());
        // Blanks at the ends of lines do not survive in documents.
        let lines = printed.lines().flat_map(|line| [line.trim_end(), "\n"]);
        lines.collect()
    }

    /// How the last command ended.
    pub fn status(&self) -> i32 {
        self.status
    }

    /// What differs from run to run: the folder, the port (143 stands for it; where a table goes on
    /// behind it, blanks make up for the digits), a run's id, and how long something took.
    fn mask(&self, text: &str) -> String {
        let port = format!(":{}", self.dovecot.port());
        let text = text.replace(self.root.path().to_str().unwrap(), "");
        let text = text.replace(
            &format!("{port}  "),
            &format!(":143{:1$}", "", port.len() - 2),
        );
        let text = text.replace(&port, ":143");
        text.split_inclusive('\n').map(masked_line).collect()
    }
}

/// Takes away the right of others to read a file, which may hold passwords.
fn keep_from_others(path: &Path) {
    fs::set_permissions(path, fs::Permissions::from_mode(0o640)).unwrap();
}

/// A message that Asterisk has stored, with this owner, these header lines in place of its own, and
/// left `minutes` later; and the date to store it with.
fn recorded(
    extension: &str,
    context: &str,
    changed: &[(&str, &str)],
    minutes: i64,
) -> (String, String) {
    let origtime = 1_795_427_908 + 60 * minutes;
    let (time, id) = (origtime.to_string(), format!("{origtime}-{minutes:08x}"));
    let mut values = vec![
        ("Extension", extension),
        ("Context", context),
        ("Orig-time", &time),
        ("Message-ID", &id),
    ];
    values.extend(changed);
    let recorded = fs::read_to_string(fixture("genuine-imap/u2-INBOX-1.eml")).unwrap();
    let recorded = recorded.replace("-4124-1359@vm>", &format!("-{extension}-{minutes}@vm>"));
    let line = |line: &str| {
        let name = line.strip_prefix("X-Asterisk-VM-")?.split(':').next()?;
        let (_, value) = values.iter().find(|(one, _)| *one == name)?;
        let without = *value == "-";
        Some(if without {
            String::new()
        } else {
            format!("X-Asterisk-VM-{name}: {value}\r\n")
        })
    };
    let message = recorded
        .split_inclusive('\n')
        .map(|one| line(one).unwrap_or_else(|| one.to_owned()))
        .collect();
    let moment = jiff::Timestamp::from_second(origtime).unwrap();
    (
        message,
        moment.strftime("\"%d-%b-%Y %H:%M:%S +0000\"").to_string(),
    )
}

fn masked_line(line: &str) -> String {
    let mut masked: Vec<String> = line.split(' ').map(str::to_owned).collect();
    for at in 0..masked.len() {
        let digits = |text: &str| text.starts_with(|c: char| c.is_ascii_digit() || c == '<');
        let unit = masked.get(at + 1).map_or("", String::as_str);
        if unit.starts_with("ms") && digits(&masked[at]) {
            "1".clone_into(&mut masked[at]);
        }
        if let Some(id) = run_id(&masked[at]) {
            masked[at] = masked[at].replace(&id, "20261124T044924Z-4feb");
        }
    }
    masked.join(" ")
}

/// A run's id, `20261124T044924Z-4feb`, somewhere in a word.
fn run_id(word: &str) -> Option<String> {
    let at = word.find("Z-")?;
    let id = word.get(at.checked_sub(15)?..at + 6)?;
    let shape = id.bytes().enumerate().all(|(at, octet)| match at {
        8 => octet == b'T',
        15 => octet == b'Z',
        16 => octet == b'-',
        17.. => octet.is_ascii_hexdigit(),
        _ => octet.is_ascii_digit(),
    });
    shape.then(|| id.to_owned())
}
