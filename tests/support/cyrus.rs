//! A private Cyrus IMAP 3.6 for one test: in a temporary folder, on loopback, on a free port.
//!
//! Runs as root, when the mail and the processes are the system account `mail`'s, or as an ordinary
//! user. It ends with its [`Cyrus`] value, and also when the test process is killed. The programs
//! are those scripts/deps.sh unpacks.
//!
//! Source: imapd.conf(5), cyrus.conf(5). Passwords are in a sasldb2 of its own.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use tempfile::TempDir;

use super::dovecot_config::{MAIL_ACCOUNT, User};
use super::keeper::Keeper;
use super::process;
use super::server::{self, ImapServer};
use super::unpacked;

/// The administrator (`admins`), who sees every account below `user`.
pub const ADMIN: &str = "cyrus";
/// An account that may act for every user but no administrator (`proxyservers`).
pub const PROXY: &str = "vmproxy";
/// The password of both.
pub const ADMIN_PASSWORD: &str = "admin-secret";

const HOST: &str = "127.0.0.1";

/// Folders below the configuration directory that Cyrus does not make itself.
const STATE_FOLDERS: [&str; 13] = [
    "conf",
    "conf/db",
    "conf/proc",
    "conf/log",
    "conf/msg",
    "conf/socket",
    "conf/ptclient",
    "conf/lock",
    "conf/user",
    "conf/quota",
    "conf/sieve",
    "conf/sync",
    "mail",
];

/// What a private Cyrus is asked to be. The default is what Debian's imapd.conf says: folders beside
/// INBOX are seen below it, and the delimiter is `.`.
#[derive(Debug, Clone, Default)]
pub struct CyrusOptions {
    /// Whether folders are shown beside INBOX (`altnamespace`).
    pub altnamespace: bool,
    /// Whether the delimiter is `/` (`unixhierarchysep`).
    pub unixhierarchysep: bool,
    pub users: Vec<User>,
    /// Accounts that have a password and no INBOX yet.
    pub without_inbox: Vec<User>,
    /// Further settings of imapd.conf, or others in the place of the harness's own, such as
    /// `sasl_mech_list`. `servername` is what the greeting, SASL and Kerberos call this server.
    pub settings: Vec<(&'static str, String)>,
    /// Variables for the server's processes, such as `KRB5_KTNAME`.
    pub variables: Vec<(&'static str, String)>,
}

/// A running server and everything it owns.
#[derive(Debug)]
pub struct Cyrus {
    options: CyrusOptions,
    name: String,
    port: u16,
    running: Option<Keeper>,
    dir: TempDir,
}

impl Cyrus {
    /// Starts a server, waits until it greets, and makes the accounts' INBOXes.
    ///
    /// # Panics
    /// If Cyrus is not there or does not come up; the message holds its log.
    pub fn start(options: CyrusOptions) -> Self {
        let dir = tempfile::Builder::new().prefix("vmimap-cyrus-").tempdir();
        let name = options
            .settings
            .iter()
            .find(|(key, _)| *key == "servername");
        let name = name.map_or_else(unique_name, |(_, value)| value.clone());
        let mut server = Self {
            options,
            name,
            port: 0,
            running: None,
            dir: dir.unwrap(),
        };
        server.lay_out();
        server::start_on_a_free_port("cyrus", HOST, |port| {
            server.port = port;
            server.write_config();
            server.launch()
        });
        server.make_inboxes();
        server
    }

    /// The folder everything lies in.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// The delimiter of folder names.
    pub fn separator(&self) -> char {
        if self.options.unixhierarchysep {
            '/'
        } else {
            '.'
        }
    }

    /// The administrator's name for the INBOX of an account.
    pub fn admins_name(&self, user: &str) -> String {
        format!("user{}{user}", self.separator())
    }

    /// What the server printed so far. What it logs goes to syslog only.
    pub fn log(&self) -> String {
        fs::read_to_string(self.path("console.log")).unwrap_or_default()
    }

    /// The version, as in `3.6.1`.
    pub fn version() -> String {
        unpacked::version("cyrus-imapd")
    }

    /// The process id of Cyrus's master process while it runs.
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
        // The server's processes run as another user and have to get through.
        process::open_to_all(self.dir());
        for folder in STATE_FOLDERS {
            fs::create_dir(self.path(folder)).unwrap();
            process::give_to(MAIL_ACCOUNT, &self.path(folder));
        }
        let users = self.options.users.iter().chain(&self.options.without_inbox);
        let accounts = users.map(|user| (user.name.as_str(), user.password.as_str()));
        let admins = [ADMIN, PROXY].map(|name| (name, ADMIN_PASSWORD));
        for (user, password) in accounts.chain(admins) {
            self.set_password(user, password);
        }
        process::give_to(MAIL_ACCOUNT, &self.path("sasldb2"));
    }

    /// The realm is the server's name: where none is given, Cyrus looks there.
    fn set_password(&self, user: &str, password: &str) {
        let mut child = Command::new(unpacked::file("usr/sbin/saslpasswd2"))
            .args(["-p", "-c", "-u", &self.name, "-f"])
            .arg(self.path("sasldb2"))
            .arg(user)
            .env("LD_LIBRARY_PATH", unpacked::library_path())
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().expect("stdin is a pipe");
        stdin.write_all(password.as_bytes()).unwrap();
        drop(stdin);
        assert!(child.wait().unwrap().success(), "saslpasswd2 {user}");
    }

    fn write_config(&self) {
        let mut settings = self.settings();
        for (key, value) in &self.options.settings {
            settings.insert(key, value.clone());
        }
        let lines = settings
            .iter()
            .map(|(key, value)| format!("{key}: {value}\n"));
        fs::write(self.path("imapd.conf"), lines.collect::<String>()).unwrap();
        let (imapd, recover) = ["imapd", "ctl_cyrusdb"].map(program).into();
        let conf = self.path("imapd.conf").display().to_string();
        let services = format!(
            "START {{\n  recover cmd=\"{recover} -C {conf} -r\"\n}}\nSERVICES {{\n  \
             imap cmd=\"{imapd} -C {conf}\" listen=\"{HOST}:{}\" proto=\"tcp4\" prefork=0\n}}\n\
             EVENTS {{\n}}\n",
            self.port
        );
        fs::write(self.path("cyrus.conf"), services).unwrap();
    }

    fn settings(&self) -> BTreeMap<&'static str, String> {
        let dir = self.dir().display();
        let yes = |wanted: bool| if wanted { "yes" } else { "no" }.to_owned();
        BTreeMap::from([
            ("configdirectory", format!("{dir}/conf")),
            ("defaultpartition", "default".into()),
            ("partition-default", format!("{dir}/mail")),
            ("sievedir", format!("{dir}/conf/sieve")),
            ("servername", self.name.clone()),
            ("cyrus_user", account()),
            ("altnamespace", yes(self.options.altnamespace)),
            ("unixhierarchysep", yes(self.options.unixhierarchysep)),
            ("virtdomains", "off".into()),
            ("admins", ADMIN.into()),
            ("proxyservers", PROXY.into()),
            ("allowplaintext", "yes".into()),
            ("maxlogins_per_user", "0".into()),
            ("sasl_pwcheck_method", "auxprop".into()),
            ("sasl_auxprop_plugin", "sasldb".into()),
            ("sasl_sasldb_path", format!("{dir}/sasldb2")),
            ("sasl_mech_list", "PLAIN LOGIN".into()),
            ("lmtpsocket", format!("{dir}/conf/socket/lmtp")),
            ("idlesocket", format!("{dir}/conf/socket/idle")),
            ("notifysocket", format!("{dir}/conf/socket/notify")),
        ])
    }

    fn launch(&mut self) -> Result<(), String> {
        let master = program("master");
        let [imapd, cyrus, pid] = ["imapd.conf", "cyrus.conf", "master.pid"]
            .map(|name| self.path(name).display().to_string());
        let command = [&master, "-C", &imapd, "-M", &cyrus, "-p", &pid];
        let mut variables = self.options.variables.clone();
        variables.push(("LD_LIBRARY_PATH", unpacked::library_path()));
        variables.push(("CYRUS_USER", account()));
        let running = Keeper::start(&command, &variables, &self.path("console.log"))?;
        if !server::greets(running.pid(), HOST, self.port, &self.name) {
            drop(running);
            return Err(self.log());
        }
        self.running = Some(running);
        Ok(())
    }

    /// Only the administrator can make an account's INBOX and limit it.
    fn make_inboxes(&self) {
        let mut admin = self.raw(ADMIN);
        for user in &self.options.users {
            let name = self.admins_name(&user.name);
            admin.command(&format!("CREATE \"{name}\"")).ok();
            let limits = user.limits();
            if !limits.is_empty() {
                admin
                    .command(&format!("SETQUOTA \"{name}\" ({limits})"))
                    .ok();
            }
        }
    }
}

impl ImapServer for Cyrus {
    fn host(&self) -> &str {
        HOST
    }

    fn port(&self) -> u16 {
        self.port
    }

    fn password(&self, user: &str) -> &str {
        if [ADMIN, PROXY].contains(&user) {
            return ADMIN_PASSWORD;
        }
        let users = self.options.users.iter().chain(&self.options.without_inbox);
        server::password_of(users, user)
    }
}

impl Drop for Cyrus {
    fn drop(&mut self) {
        self.stop();
        if thread::panicking() {
            eprintln!("--- cyrus printed:\n{}---", self.log());
        }
    }
}

/// The account the processes run as.
fn account() -> String {
    if process::is_root() {
        MAIL_ACCOUNT.to_owned()
    } else {
        process::account_name()
    }
}

fn program(name: &str) -> String {
    unpacked::file(&format!("usr/lib/cyrus/bin/{name}"))
}

/// A name nobody else's server has: it stands in the greeting.
fn unique_name() -> String {
    static STARTED: AtomicU32 = AtomicU32::new(0);
    let number = STARTED.fetch_add(1, Ordering::Relaxed);
    format!("vmimap-{}-{number}", std::process::id())
}
