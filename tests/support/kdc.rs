//! A private Kerberos key distribution center for one test: in a temporary folder, on loopback.
//!
//! Runs as root or as an ordinary user, ends with its [`Kdc`] value. Names are taken as they are, so
//! that nothing depends on the machine's name service. Source: krb5.conf(5), kdc.conf(5).

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::keeper::Keeper;
use super::process;

/// The realm of every principal.
pub const REALM: &str = "VMIMAP.TEST";

/// How long it may take to answer.
const START_PATIENCE: Duration = Duration::from_secs(20);

/// A running key distribution center.
pub struct Kdc {
    dir: TempDir,
    _running: Keeper,
}

impl Kdc {
    /// Starts one that knows the IMAP service on 127.0.0.1 and these users.
    ///
    /// # Panics
    /// If it is not installed or does not come up.
    pub fn start(users: &[&str]) -> Self {
        let dir = tempfile::Builder::new().prefix("vmimap-kdc-").tempdir();
        let dir = dir.unwrap();
        // The servers run as other users and read their keys here.
        process::open_to_all(dir.path());
        // UDP and TCP have the same number; a port that TCP has free, UDP nearly always has too.
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        write_config(dir.path(), port);
        let admin = |words: &[&str]| {
            let output = command(dir.path(), "kadmin.local").args(words).output();
            let output = output.expect("krb5-admin-server is installed: run scripts/deps.sh");
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(
                output.status.success() && !said.contains("while"),
                "{words:?}: {said}"
            );
        };
        let create = ["create", "-s", "-P", "master", "-r", REALM];
        let made = command(dir.path(), "kdb5_util")
            .args(create)
            .output()
            .unwrap();
        assert!(
            made.status.success(),
            "{}",
            String::from_utf8_lossy(&made.stderr)
        );
        let service = ["imap/127.0.0.1"];
        for name in service.iter().chain(users) {
            admin(&["addprinc", "-randkey", name]);
            let keys = keytab(dir.path(), name);
            admin(&["ktadd", "-k", keys.to_str().unwrap(), name]);
            process::open_to_all(&keys);
        }
        let words = ["krb5kdc", "-n"];
        let running = Keeper::start(&words, &variables(dir.path()), &dir.path().join("console"));
        let running = running.unwrap();
        let deadline = Instant::now() + START_PATIENCE;
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let log = fs::read_to_string(dir.path().join("console")).unwrap_or_default();
            assert!(
                Instant::now() < deadline && process::is_alive(running.pid()),
                "{log}"
            );
            thread::sleep(Duration::from_millis(10));
        }
        Self {
            dir,
            _running: running,
        }
    }

    /// krb5.conf, for `KRB5_CONFIG`.
    pub fn config(&self) -> PathBuf {
        self.dir.path().join("krb5.conf")
    }

    /// The keys of the IMAP service.
    pub fn service_keys(&self) -> PathBuf {
        keytab(self.dir.path(), "imap/127.0.0.1")
    }

    /// The variables with which a program has tickets of this user, without a password.
    pub fn tickets_of(&self, user: &str) -> Vec<(&'static str, String)> {
        let keys = keytab(self.dir.path(), user);
        let cache = self.dir.path().join(format!("tickets-{user}"));
        vec![
            ("KRB5_CONFIG", self.config().display().to_string()),
            ("KRB5_CLIENT_KTNAME", format!("FILE:{}", keys.display())),
            ("KRB5CCNAME", format!("FILE:{}", cache.display())),
        ]
    }
}

fn keytab(dir: &Path, name: &str) -> PathBuf {
    dir.join(format!("{}.keytab", name.replace('/', "-")))
}

fn variables(dir: &Path) -> [(&'static str, String); 2] {
    let path = |name: &str| dir.join(name).display().to_string();
    [
        ("KRB5_CONFIG", path("krb5.conf")),
        ("KRB5_KDC_PROFILE", path("kdc.conf")),
    ]
}

fn command(dir: &Path, program: &str) -> Command {
    let mut command = Command::new(format!("/usr/sbin/{program}"));
    command.envs(variables(dir)).current_dir("/");
    command
}

fn write_config(dir: &Path, port: u16) {
    let client = format!(
        "[libdefaults]\n  default_realm = {REALM}\n  dns_lookup_kdc = false\n  \
         dns_lookup_realm = false\n  rdns = false\n  dns_canonicalize_hostname = false\n\
         [realms]\n  {REALM} = {{\n    kdc = 127.0.0.1:{port}\n  }}\n"
    );
    fs::write(dir.join("krb5.conf"), client).unwrap();
    let dir = dir.display();
    let server = format!(
        "[kdcdefaults]\n  kdc_listen = 127.0.0.1:{port}\n  kdc_tcp_listen = 127.0.0.1:{port}\n\
         [realms]\n  {REALM} = {{\n    database_name = {dir}/principal\n    \
         key_stash_file = {dir}/stash\n    acl_file = {dir}/acl\n  }}\n\
         [logging]\n  kdc = FILE:{dir}/kdc.log\n  admin_server = FILE:{dir}/admin.log\n"
    );
    fs::write(format!("{dir}/kdc.conf"), server).unwrap();
}
