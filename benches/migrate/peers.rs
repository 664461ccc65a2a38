//! Who takes part: what each peer is called, whether it is there, and the command it runs.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::corpus::CONTEXT;
use crate::measure::Job;
use crate::round::Turn;
use crate::support::fixtures::{Account, PASSWORD};
use crate::support::{mailutil, spool_generator};
use crate::wire;

/// One way to bring the messages to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    /// `vmimap migrate` with all it does: read, hash, compose, append, read back.
    Vmimap,
    /// The same a second time, with nothing left to do. Runs right after [`Peer::Vmimap`].
    VmimapAgain,
    /// Without reading back.
    VmimapNoVerify,
    /// Over one connection, as the floor and the other peers.
    VmimapOne,
    /// Over one connection, without reading back.
    VmimapOneNoVerify,
    /// Ready-made MULTIAPPEND batches: the floor.
    Blast,
    /// c-client from a local mbx mailbox.
    Mailutil,
    /// isync from a Maildir.
    Mbsync,
    /// From an account of a second server.
    Imapsync,
    /// One APPEND after the other.
    Sync,
}

impl Peer {
    /// In the order of their turns.
    pub const ALL: [Self; 10] = [
        Self::Vmimap,
        Self::VmimapAgain,
        Self::VmimapNoVerify,
        Self::VmimapOne,
        Self::VmimapOneNoVerify,
        Self::Blast,
        Self::Mailutil,
        Self::Mbsync,
        Self::Imapsync,
        Self::Sync,
    ];

    /// The name in the table, in `BENCH_PEERS` and in the JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Vmimap => "vmimap",
            Self::VmimapAgain => "vmimap-again",
            Self::VmimapNoVerify => "vmimap-no-verify",
            Self::VmimapOne => "vmimap-1",
            Self::VmimapOneNoVerify => "vmimap-1-no-verify",
            Self::Blast => "raw-blast",
            Self::Mailutil => "mailutil",
            Self::Mbsync => "mbsync",
            Self::Imapsync => "imapsync",
            Self::Sync => "sync-append",
        }
    }

    /// Whether the peer belongs to the comparison over a long way.
    pub fn runs_with_delay(self) -> bool {
        matches!(
            self,
            Self::Vmimap | Self::VmimapNoVerify | Self::VmimapOne | Self::Blast | Self::Sync
        )
    }

    /// Why the peer cannot take part, or `None` if it can.
    pub fn why_not(self) -> Option<String> {
        match self {
            Self::Vmimap
            | Self::VmimapAgain
            | Self::VmimapNoVerify
            | Self::VmimapOne
            | Self::VmimapOneNoVerify => {
                (!vmimap_migrates()).then(|| "this vmimap has no verb `migrate`".to_owned())
            }
            Self::Mailutil => not_on_path("mailutil"),
            Self::Mbsync => not_on_path("mbsync"),
            Self::Imapsync => not_on_path(&imapsync()),
            Self::Blast | Self::Sync => None,
        }
    }

    /// The command for one turn, with the files it needs written to the turn's folder.
    pub fn job(self, turn: &Turn<'_>) -> Job {
        let argv = match self {
            Self::Vmimap | Self::VmimapAgain => vmimap_argv(turn, turn.jobs, false),
            Self::VmimapNoVerify => vmimap_argv(turn, turn.jobs, true),
            Self::VmimapOne => vmimap_argv(turn, 1, false),
            Self::VmimapOneNoVerify => vmimap_argv(turn, 1, true),
            Self::Blast => wire_argv(turn, "blast"),
            Self::Sync => wire_argv(turn, "sync"),
            Self::Mailutil => script(turn, &mailutil_script(turn)),
            Self::Mbsync => mbsync_argv(turn),
            Self::Imapsync => script(turn, &imapsync_script(turn)),
        };
        let home = if self == Self::Mailutil {
            turn.mailutil_home
        } else {
            turn.dir
        };
        Job {
            argv,
            home: home.to_str().unwrap().to_owned(),
        }
    }
}

fn vmimap() -> String {
    std::env::var("VMIMAP").unwrap_or_else(|_| env!("CARGO_BIN_EXE_vmimap").to_owned())
}

/// Whether the program knows the verb; one that does nothing says nothing.
fn vmimap_migrates() -> bool {
    let output = Command::new(vmimap()).args(["migrate", "--help"]).output();
    output.is_ok_and(|output| output.status.success() && !output.stdout.is_empty())
}

fn imapsync() -> String {
    std::env::var("IMAPSYNC").unwrap_or_else(|_| "imapsync".to_owned())
}

fn not_on_path(program: &str) -> Option<String> {
    let found = Command::new("sh")
        .args(["-c", "command -v -- \"$1\"", "sh", program])
        .stdout(Stdio::null())
        .status();
    let found = found.is_ok_and(|status| status.success());
    (!found).then(|| format!("no program {program}"))
}

fn strings(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// Writes a shell script into the turn's folder; the argv that runs it.
fn script(turn: &Turn<'_>, text: &str) -> Vec<String> {
    let path = turn.dir.join("run.sh");
    fs::write(&path, text).unwrap();
    strings(&["sh", "-eu", path.to_str().unwrap()])
}

fn vmimap_argv(turn: &Turn<'_>, jobs: usize, no_verify: bool) -> Vec<String> {
    let conf = turn.dir.join("voicemail.conf");
    let account = |extension: &String| Account {
        context: CONTEXT.to_owned(),
        extension: extension.clone(),
        user: turn.user(extension),
    };
    let accounts: Vec<_> = turn.corpus.extensions.iter().map(account).collect();
    let text = spool_generator::voicemail_conf(&accounts, turn.host, turn.port, "wav49");
    fs::write(&conf, text).unwrap();
    let mut argv = strings(&[
        &vmimap(),
        "migrate",
        turn.corpus.spool.to_str().unwrap(),
        "--voicemail-conf",
        conf.to_str().unwrap(),
        "--state-dir",
        turn.dir.join("state").to_str().unwrap(),
        "--jobs",
        &jobs.to_string(),
    ]);
    if no_verify {
        argv.push("--no-verify".to_owned());
    }
    argv
}

fn wire_argv(turn: &Turn<'_>, kind: &str) -> Vec<String> {
    let own = std::env::current_exe().unwrap();
    let mut argv = strings(&[
        own.to_str().unwrap(),
        wire::AS_PEER,
        kind,
        turn.host,
        &turn.port.to_string(),
        turn.corpus.ready.to_str().unwrap(),
        &turn.user(""),
    ]);
    argv.extend(turn.corpus.extensions.iter().cloned());
    argv
}

/// One mailutil an account: c-client knows one source and one destination.
fn mailutil_script(turn: &Turn<'_>) -> String {
    let mut text = format!("run() {{ ( {} ); }}\n", mailutil::command_line());
    for extension in &turn.corpus.extensions {
        let user = turn.user(extension);
        let (host, port) = (turn.host, turn.port);
        let _ = writeln!(
            text,
            "printf '%s\\n' {PASSWORD} | run append {extension}.mbx \
             '{{{host}:{port}/imap/notls/user={user}}}INBOX'"
        );
    }
    text
}

/// mbsync renames what it has sent, so each turn works on links of its own.
fn mbsync_argv(turn: &Turn<'_>) -> Vec<String> {
    let near = turn.dir.join("near");
    link_tree(&turn.corpus.ready, &near);
    fs::create_dir(turn.dir.join("sync")).unwrap();
    // Global options come before the first section.
    let mut text = format!(
        "SyncState {0}/sync/\nSync Push\nCreate None\nCopyArrivalDate yes\n\n\
         MaildirStore near\nPath {0}/near/\n\n",
        turn.dir.display()
    );
    for extension in &turn.corpus.extensions {
        let _ = write!(
            text,
            "IMAPAccount {extension}\nHost {}\nPort {}\nUser {}\nPass {PASSWORD}\nSSLType None\n\
             AuthMechs LOGIN\n\nIMAPStore far-{extension}\nAccount {extension}\n\n\
             Channel {extension}\nFar :far-{extension}:INBOX\nNear :near:{extension}\n\n",
            turn.host,
            turn.port,
            turn.user(extension),
        );
    }
    let conf = turn.dir.join("mbsyncrc");
    fs::write(&conf, text).unwrap();
    strings(&["mbsync", "-q", "-c", conf.to_str().unwrap(), "-a"])
}

fn link_tree(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            link_tree(&entry.path(), &target);
        } else {
            fs::hard_link(entry.path(), target).unwrap();
        }
    }
}

fn imapsync_script(turn: &Turn<'_>) -> String {
    let secret = turn.dir.join("password");
    fs::write(&secret, format!("{PASSWORD}\n")).unwrap();
    let secret = secret.display();
    let (source_host, source_port) = turn.source.expect("imapsync has a server to read from");
    let mut text = String::new();
    for extension in &turn.corpus.extensions {
        let _ = writeln!(
            text,
            "{} --nolog --noreleasecheck --notls1 --nossl1 --notls2 --nossl2 --syncinternaldates \
             --host1 {source_host} --port1 {source_port} --user1 source{extension} \
             --passfile1 {secret} --host2 {} --port2 {} --user2 {} --passfile2 {secret} \
             --folder INBOX",
            imapsync(),
            turn.host,
            turn.port,
            turn.user(extension),
        );
    }
    text
}
