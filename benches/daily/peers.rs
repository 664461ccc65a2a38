//! Who takes part, the command each runs, and what has to be true afterwards.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::measure::Job;
use crate::support::dovecot::Dovecot;
use crate::support::fixtures::PASSWORD;
use crate::{FOLDERS, Settings, account};

/// One way to do the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    /// `vmimap provision`.
    Provision,
    /// The same a second time, with nothing left to do.
    ProvisionAgain,
    /// `doveadm mailbox create -F`, on the server's files.
    DoveadmCreate,
    /// imaplib: CREATE and SUBSCRIBE, one after the other.
    PythonCreate,
    /// `vmimap quota --no-share`: the question the others ask.
    Quota,
    /// `vmimap quota` with the voicemail share of each account.
    QuotaShare,
    /// `doveadm quota get`, on the server's files.
    DoveadmQuota,
    /// imaplib: GETQUOTAROOT, one account after the other.
    PythonQuota,
}

/// What a peer needs to know for one turn.
#[derive(Debug)]
pub struct Turn<'a> {
    pub settings: &'a Settings,
    pub server: &'a Dovecot,
    /// A folder of the turn's own.
    pub dir: &'a Path,
}

impl Peer {
    /// In the order of their turns.
    pub const ALL: [Self; 8] = [
        Self::Provision,
        Self::ProvisionAgain,
        Self::DoveadmCreate,
        Self::PythonCreate,
        Self::Quota,
        Self::QuotaShare,
        Self::DoveadmQuota,
        Self::PythonQuota,
    ];

    /// The name in the table and in the JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Provision => "provision",
            Self::ProvisionAgain => "provision-again",
            Self::DoveadmCreate => "doveadm-create",
            Self::PythonCreate => "python-create",
            Self::Quota => "quota-no-share",
            Self::QuotaShare => "quota",
            Self::DoveadmQuota => "doveadm-quota",
            Self::PythonQuota => "python-quota",
        }
    }

    /// The prefix of the accounts it works in. Those that make folders have their own; those that
    /// only ask share the ones that vmimap provisioned.
    pub fn accounts(self) -> &'static str {
        match self {
            Self::DoveadmCreate => "doveadm",
            Self::PythonCreate => "python",
            _ => "vmimap",
        }
    }

    /// The command for one turn, with the files it needs written to the turn's folder.
    pub fn job(self, turn: &Turn<'_>) -> Job {
        let argv = match self {
            Self::Provision | Self::ProvisionAgain => self.vmimap(turn, &["provision"]),
            Self::Quota => self.vmimap(turn, &["quota", "--no-share"]),
            Self::QuotaShare => self.vmimap(turn, &["quota"]),
            Self::DoveadmCreate => {
                let mut argv = self.doveadm(turn, &["mailbox", "create"]);
                argv.push("-s".to_owned());
                argv.extend(FOLDERS.map(str::to_owned));
                argv
            }
            Self::DoveadmQuota => self.doveadm(turn, &["quota", "get"]),
            Self::PythonCreate => self.python(turn, CREATE),
            Self::PythonQuota => self.python(turn, QUOTA),
        };
        Job {
            argv,
            home: turn.dir.to_str().unwrap().to_owned(),
        }
    }

    fn users(self, turn: &Turn<'_>) -> Vec<String> {
        let all = 0..turn.settings.accounts;
        all.map(|n| account(self.accounts(), n)).collect()
    }

    fn vmimap(self, turn: &Turn<'_>, verb: &[&str]) -> Vec<String> {
        let conf = turn.dir.join("voicemail.conf");
        let mut text = format!(
            "[general]\nimapserver={}\nimapport={}\nimapflags=notls\nimapgreetings=yes\n\
             greetingsfolder=Greetings\n[default]\n",
            turn.server.host(),
            turn.server.port()
        );
        for (n, user) in self.users(turn).iter().enumerate() {
            let number = 10_000 + n;
            let _ = writeln!(
                text,
                "{number} => 1,N,,,imapuser={user}|imappassword={PASSWORD}"
            );
        }
        fs::write(&conf, text).unwrap();
        let program = std::env::var("VMIMAP");
        let program = program.unwrap_or_else(|_| env!("CARGO_BIN_EXE_vmimap").to_owned());
        let mut argv = vec![program];
        argv.extend(verb.iter().map(|word| (*word).to_owned()));
        argv.extend(["--voicemail-conf".to_owned(), conf.display().to_string()]);
        let state = turn.dir.join("state").display().to_string();
        argv.extend(["--state-dir".to_owned(), state]);
        argv.extend(["--jobs".to_owned(), turn.settings.jobs.to_string()]);
        argv
    }

    fn doveadm(self, turn: &Turn<'_>, command: &[&str]) -> Vec<String> {
        let list = turn.dir.join("users");
        fs::write(&list, self.users(turn).join("\n") + "\n").unwrap();
        let config = turn.server.config_path().display().to_string();
        let mut argv = vec!["doveadm".to_owned(), "-c".to_owned(), config];
        argv.extend(command.iter().map(|word| (*word).to_owned()));
        argv.extend(["-F".to_owned(), list.display().to_string()]);
        argv
    }

    fn python(self, turn: &Turn<'_>, program: &str) -> Vec<String> {
        let list = turn.dir.join("users");
        fs::write(&list, self.users(turn).join("\n") + "\n").unwrap();
        let script = turn.dir.join("loop.py");
        fs::write(&script, program).unwrap();
        [
            "python3",
            script.to_str().unwrap(),
            turn.server.host(),
            &turn.server.port().to_string(),
            PASSWORD,
            list.to_str().unwrap(),
        ]
        .map(str::to_owned)
        .to_vec()
    }

    /// What is wrong with the result, by a look of the benchmark's own.
    pub fn check(self, turn: &Turn<'_>) -> Vec<String> {
        let makes = matches!(
            self,
            Self::Provision | Self::DoveadmCreate | Self::PythonCreate
        );
        let mut faults = Vec::new();
        let users = self.users(turn);
        for user in [users.first(), users.last()].into_iter().flatten() {
            let folders = turn.server.raw(user).list();
            let missing = FOLDERS
                .iter()
                .find(|name| !folders.iter().any(|f| f == *name));
            if makes && let Some(name) = missing {
                faults.push(format!("{user} has no folder {name}"));
            }
        }
        let log = fs::read_to_string(turn.dir.join("log")).unwrap_or_default();
        if self == Self::Quota && !log.contains("100 MiB") {
            faults.push("no limit of 100 MiB was shown".to_owned());
        }
        faults
    }
}

const CREATE: &str = r"import imaplib, sys
host, port, password, users = sys.argv[1:]
for user in open(users).read().split():
    imap = imaplib.IMAP4(host, int(port))
    imap.login(user, password)
    for folder in ('Old', 'Work', 'Family', 'Friends', 'Greetings'):
        imap.create(folder)
        imap.subscribe(folder)
    imap.logout()
";

const QUOTA: &str = r"import imaplib, sys
host, port, password, users = sys.argv[1:]
for user in open(users).read().split():
    imap = imaplib.IMAP4(host, int(port))
    imap.login(user, password)
    print(user, imap.getquotaroot('INBOX'))
    imap.logout()
";
