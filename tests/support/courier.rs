//! A private Courier IMAP 5.0 for one test: in a temporary folder, on loopback, on a free port.
//!
//! Courier reads `/etc/courier` and talks to its password daemon in `/run/courier`, whatever it is
//! told. It therefore runs where `/etc` and `/run` are folders of the test's own: in a mount
//! namespace, and in a process namespace so that nothing outlives it. An ordinary user gets both in
//! a user namespace. The programs are those scripts/deps.sh unpacks.
//!
//! Source: courier-imap's imapd.rc, authdaemonrc, userdb(8).

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use tempfile::TempDir;

use super::dovecot_config::{MAIL_ACCOUNT, User};
use super::keeper::Keeper;
use super::process;
use super::server::{self, ImapServer};
use super::unpacked;

const HOST: &str = "127.0.0.1";

/// Runs within the namespaces, as their first process: they end when it does. couriertcpd leaves
/// for the background once it listens. `$1` the folder, `$2` authdaemond, the rest couriertcpd.
///
/// In a chroot `/` may be no mount point, and can then not be made private: there `/etc` and `/run`
/// are first laid over themselves, which is seen outside at worst as what it is, and made private.
const WITHIN: &str = r#"
trap 'exit 0' TERM
for place in etc run; do
    if [ "$PROPAGATION" = unchanged ]; then
        mount --rbind "/$place" "/$place" && mount --make-rprivate "/$place" || exit 1
    fi
    mount --bind "$1/$place" "/$place" || exit 1
done
"$2" &
while [ ! -S /run/courier/authdaemon/socket ]; do kill -0 $! || exit 1; sleep 0.02; done
shift 2
"$@" || exit 1
wait
"#;

/// What a private Courier is asked to be.
#[derive(Debug, Clone)]
pub struct CourierOptions {
    pub users: Vec<User>,
    /// How many connections one address may have (`MAXPERIP`); a further one is closed unread.
    pub max_per_ip: u32,
}

impl Default for CourierOptions {
    fn default() -> Self {
        Self {
            users: Vec::new(),
            max_per_ip: 20,
        }
    }
}

/// A running server and everything it owns.
#[derive(Debug)]
pub struct Courier {
    options: CourierOptions,
    port: u16,
    running: Option<Keeper>,
    dir: TempDir,
}

impl Courier {
    /// Starts a server and waits until it greets.
    ///
    /// # Panics
    /// If Courier is not there or does not come up; the message holds its log.
    pub fn start(options: CourierOptions) -> Self {
        let dir = tempfile::Builder::new()
            .prefix("vmimap-courier-")
            .tempdir()
            .unwrap();
        let mut server = Self {
            options,
            port: 0,
            running: None,
            dir,
        };
        server.lay_out();
        server::start_on_a_free_port("courier", HOST, |port| {
            server.port = port;
            server.launch()
        });
        server
    }

    /// The folder everything lies in.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// What the server printed so far. What it logs goes to syslog only.
    pub fn log(&self) -> String {
        fs::read_to_string(self.path("console.log")).unwrap_or_default()
    }

    /// The version, as in `5.0.13`.
    pub fn version() -> String {
        unpacked::version("courier-imap")
    }

    /// The process id of the server's first process while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.running.as_ref().map(Keeper::pid)
    }

    /// Stops the server; nothing of it runs when this returns. Safe to repeat.
    pub fn stop(&mut self) {
        self.running = None;
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn lay_out(&self) {
        process::open_to_all(self.dir());
        for folder in ["etc/courier", "run/courier/authdaemon", "mail"] {
            fs::create_dir_all(self.path(folder)).unwrap();
        }
        for file in ["passwd", "group", "nsswitch.conf", "ld.so.cache"] {
            let _ = fs::copy(Path::new("/etc").join(file), self.path("etc").join(file));
        }
        let rc = "authmodulelist=\"authuserdb\"\nauthmodulelistorig=\"authuserdb\"\ndaemons=2\n\
                  authdaemonvar=/run/courier/authdaemon\nDEBUG_LOGIN=0\nDEFAULTOPTIONS=\"\"\n";
        fs::write(self.path("etc/courier/authdaemonrc"), rc).unwrap();
        self.write_accounts();
        for user in &self.options.users {
            self.make_maildir(user);
        }
        process::give_to(MAIL_ACCOUNT, &self.path("mail"));
    }

    /// Who there is, and with which passwords, in the two databases Courier reads.
    fn write_accounts(&self) {
        let (uid, gid) = process::mail_owner(MAIL_ACCOUNT);
        let mail = self.path("mail");
        let mail = mail.display();
        let (mut accounts, mut shadow) = (String::new(), String::new());
        for user in &self.options.users {
            let User { name, password, .. } = user;
            let _ = writeln!(
                accounts,
                "{name}\tuid={uid}|gid={gid}|home={mail}/{name}|mail={mail}/{name}/Maildir"
            );
            let _ = writeln!(shadow, "{name}\tsystempw={}", hashed(password));
        }
        self.make_database("userdb", &accounts);
        self.make_database("userdbshadow", &shadow);
    }

    fn make_database(&self, name: &str, lines: &str) {
        let program = unpacked::file("usr/lib/courier/courier-authlib/makedatprog");
        let target = self.path(&format!("etc/courier/{name}"));
        let mut command = Command::new(program);
        command.arg("-");
        command.args(["new", "dat"].map(|end| target.with_extension(end)));
        feed(&mut command, &format!("{lines}.\n"));
    }

    fn make_maildir(&self, user: &User) {
        let home = self.path("mail").join(&user.name);
        fs::create_dir(&home).unwrap();
        let maildir = home.join("Maildir");
        let mut calls = vec![Vec::new()];
        let limits = [
            user.storage_kib.map(|kib| format!("{}S", kib * 1024)),
            user.messages.map(|count| format!("{count}C")),
        ];
        let limits: Vec<String> = limits.into_iter().flatten().collect();
        if !limits.is_empty() {
            calls.push(vec!["-q".to_owned(), limits.join(",")]);
        }
        for arguments in calls {
            let mut command = Command::new(unpacked::file("usr/bin/maildirmake.courier"));
            feed(command.args(arguments).arg(&maildir), "");
        }
    }

    fn launch(&mut self) -> Result<(), String> {
        let (uid, gid) = (process::effective_uid(), process::effective_gid());
        let users = [
            "--user".to_owned(),
            format!("--map-user={uid}"),
            format!("--map-group={gid}"),
            "--keep-caps".to_owned(),
        ];
        let port = self.port.to_string();
        let per_ip = format!("-maxperip={}", self.options.max_per_ip);
        let dir = self.dir().display().to_string();
        let pid_file = format!("-pid={dir}/tcpd.pid");
        let [daemon, tcpd, login, imapd] = [
            "usr/lib/courier/courier-authlib/authdaemond",
            "usr/sbin/couriertcpd",
            "usr/lib/courier/courier/imaplogin",
            "usr/bin/imapd",
        ]
        .map(unpacked::file);
        let mut command = vec!["unshare"];
        if !process::is_root() {
            command.extend(users.iter().map(String::as_str));
        }
        let propagation = propagation(&command);
        command.extend([
            "--mount",
            "--propagation",
            propagation,
            "--pid",
            "--fork",
            "--kill-child",
        ]);
        command.extend([
            "sh",
            "-c",
            WITHIN,
            "sh",
            &dir,
            &daemon,
            &tcpd,
            "-address=127.0.0.1",
        ]);
        command.extend([
            "-maxprocs=60",
            &per_ip,
            "-nodnslookup",
            "-noidentlookup",
            &pid_file,
        ]);
        command.extend([port.as_str(), &login, &imapd, "Maildir"]);
        let console = self.path("console.log");
        let mut variables = self.variables();
        variables.push(("PROPAGATION", propagation.to_owned()));
        let running = Keeper::start(&command, &variables, &console)?;
        if !server::greets(running.pid(), HOST, self.port, "Courier-IMAP ready") {
            drop(running);
            return Err(self.log());
        }
        self.running = Some(running);
        Ok(())
    }

    /// What Debian's start script takes from /etc/courier/imapd.
    fn variables(&self) -> Vec<(&'static str, String)> {
        let fixed = [
            ("ADDRESS", HOST),
            ("AUTHMODULES", "authdaemon"),
            ("MAXDAEMONS", "60"),
            (
                "IMAP_CAPABILITY",
                "IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT THREAD=REFERENCES SORT \
                 QUOTA IDLE",
            ),
            ("IMAP_KEYWORDS", "1"),
            ("IMAP_ACL", "1"),
            ("IMAP_IDLE_TIMEOUT", "60"),
            ("IMAP_MAILBOX_SANITY_CHECK", "1"),
            ("IMAP_CHECK_ALL_FOLDERS", "0"),
            ("IMAP_OBSOLETE_CLIENT", "0"),
            ("IMAP_USELOCKS", "1"),
            ("IMAP_ENHANCEDIDLE", "0"),
            ("IMAP_TRASHFOLDERNAME", "Trash"),
            ("IMAP_EMPTYTRASH", "Trash:7"),
            ("IMAP_MOVE_EXPUNGE_TO_TRASH", "0"),
            ("IMAP_UMASK", "022"),
            ("MAILDIRPATH", "Maildir"),
            ("IMAP_STARTTLS", "NO"),
            ("IMAPD_TLS", ""),
            ("TLS_PROTOCOL", ""),
        ];
        let mut variables: Vec<_> = fixed.map(|(name, value)| (name, value.to_owned())).into();
        variables.push(("PORT", self.port.to_string()));
        variables.push(("MAXPERIP", self.options.max_per_ip.to_string()));
        // It watches folders through gamin's gam_server, which is shared by all who say the same
        // here, whatever namespace they are in.
        variables.push((
            "GAM_CLIENT_ID",
            self.dir().display().to_string().replace('/', "-"),
        ));
        variables.push(("LD_LIBRARY_PATH", unpacked::library_path()));
        variables
    }
}

impl ImapServer for Courier {
    fn host(&self) -> &str {
        HOST
    }

    fn port(&self) -> u16 {
        self.port
    }

    fn password(&self, user: &str) -> &str {
        server::password_of(&self.options.users, user)
    }
}

impl Drop for Courier {
    fn drop(&mut self) {
        self.stop();
        if thread::panicking() {
            eprintln!("--- courier printed:\n{}---", self.log());
        }
    }
}

/// A password as crypt(3) stores it.
fn hashed(password: &str) -> String {
    let output = Command::new("openssl")
        .args(["passwd", "-6", password])
        .output();
    let output = output.expect("openssl is installed");
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Runs one of Courier's programs with this on its standard input.
fn feed(command: &mut Command, input: &str) {
    let mut child = command
        .env("LD_LIBRARY_PATH", unpacked::library_path())
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().expect("stdin is a pipe");
    stdin.write_all(input.as_bytes()).unwrap();
    drop(stdin);
    assert!(child.wait().unwrap().success(), "{command:?}");
}

/// How the mounts of a namespace made by this `unshare` can be kept from the outside.
fn propagation(unshare: &[&str]) -> &'static str {
    let mut probe = Command::new(unshare[0]);
    probe
        .args(&unshare[1..])
        .args(["--mount", "--propagation", "private", "true"]);
    let private = probe.stderr(Stdio::null()).status();
    if private.is_ok_and(|status| status.success()) {
        "private"
    } else {
        "unchanged"
    }
}
