//! A private Dovecot 2.3 for one test: in a temporary folder, on loopback, on free ports.
//!
//! Runs as root or as an ordinary user. It ends with its [`Dovecot`] value, and also when the test
//! process is killed. Other Dovecots on the machine are not touched.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

pub use super::dovecot_config::{DovecotOptions, Place, Store, Tls, User};
use super::keeper::Keeper;
use super::process;
use super::raw_imap::RawImap;
use super::server::{self, ImapServer, PORT_ATTEMPTS};

/// A running server and everything it owns.
#[derive(Debug)]
pub struct Dovecot {
    options: DovecotOptions,
    place: Place,
    running: Option<Keeper>,
    dir: TempDir,
}

impl Dovecot {
    /// Starts a server and waits until it greets.
    ///
    /// # Panics
    /// If Dovecot is not installed or does not come up; the message holds its log.
    pub fn start(options: DovecotOptions) -> Self {
        Self::start_below(&std::env::temp_dir(), options)
    }

    /// Like [`Dovecot::start`], with everything in a new folder below `parent`.
    pub fn start_below(parent: &Path, options: DovecotOptions) -> Self {
        assert!(
            Path::new("/usr/lib/dovecot/imap").exists(),
            "dovecot-imapd is not installed: run scripts/deps.sh"
        );
        let dir = tempfile::Builder::new()
            .prefix("vmimap-dovecot-")
            .tempdir_in(parent)
            .unwrap();
        let place = free_place(options.host());
        let mut server = Self {
            options,
            place,
            running: None,
            dir,
        };
        server.lay_out();
        for attempt in 1.. {
            server.write_config();
            match server.launch() {
                Ok(()) => break,
                Err(why) if attempt < PORT_ATTEMPTS && why.contains("already in use") => {
                    server.place = free_place(server.options.host());
                    let _ = fs::remove_file(server.log_path());
                }
                Err(why) => panic!("dovecot did not start: {why}"),
            }
        }
        server
    }

    /// The address: 127.0.0.1, or 127.0.0.2 where TLS is required.
    pub fn host(&self) -> &'static str {
        self.place.host
    }

    /// The port for plain IMAP and STARTTLS.
    pub fn port(&self) -> u16 {
        self.place.port
    }

    /// The IMAPS port; nothing listens there with [`Tls::Off`].
    pub fn tls_port(&self) -> u16 {
        self.place.tls_port
    }

    /// The certificate of the authority that signed the server's, PEM.
    pub fn ca_file(&self) -> PathBuf {
        self.path("ca.pem")
    }

    /// The version, as in `2.3.19.1`.
    pub fn version() -> String {
        let output = Command::new("/usr/sbin/dovecot").arg("--version").output();
        let output = String::from_utf8(output.unwrap().stdout).unwrap();
        output.split(' ').next().unwrap().to_owned()
    }

    /// The server's configuration, for `doveadm -c`.
    pub fn config_path(&self) -> PathBuf {
        self.path("dovecot.conf")
    }

    /// The folder everything lies in.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// The folder that holds one account's mail.
    pub fn home(&self, user: &str) -> PathBuf {
        self.path("mail").join(user)
    }

    /// The server's log so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    /// The password of an account.
    pub fn password(&self, user: &str) -> &str {
        server::password_of(&self.options.users, user)
    }

    /// Adds an account, or replaces the one of that name, while the server runs.
    pub fn add_user(&mut self, user: User) {
        self.options.users.retain(|u| u.name != user.name);
        self.options.users.push(user);
        self.write_accounts();
        // Dovecot looks at the file again in the next second at the earliest.
        thread::sleep(Duration::from_millis(1100));
    }

    /// A connection of the tests' own, logged in.
    pub fn raw(&self, user: &str) -> RawImap {
        let mut raw = if self.options.tls == Tls::Required {
            RawImap::connect_tls(self.host(), self.tls_port(), &self.ca_file())
        } else {
            self.raw_unauthenticated()
        };
        raw.login(user, self.password(user));
        raw
    }

    /// A connection of the tests' own that has read the greeting and nothing more.
    pub fn raw_unauthenticated(&self) -> RawImap {
        RawImap::connect(self.host(), self.port())
    }

    /// Stops the server; nothing of it runs when this returns. Safe to repeat.
    pub fn stop(&mut self) {
        self.running = None;
    }

    /// Ends the server without giving it time to finish anything.
    pub fn kill(&mut self) {
        if let Some(running) = &self.running {
            running.kill();
        }
        self.stop();
    }

    /// Starts a stopped server again, on the same ports with the same mail.
    pub fn restart(&mut self) {
        self.stop();
        self.launch()
            .unwrap_or_else(|why| panic!("dovecot did not start again: {why}"));
    }

    /// The process id of Dovecot's master process while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.running.as_ref().map(Keeper::pid)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn log_path(&self) -> PathBuf {
        self.path("dovecot.log")
    }

    fn lay_out(&self) {
        // The login processes run as another user and have to get through.
        process::open_to_all(self.dir());
        let mail = self.path("mail");
        fs::create_dir(&mail).unwrap();
        if process::is_root() {
            let ids = process::account_ids(super::dovecot_config::MAIL_ACCOUNT);
            let (uid, gid) = ids.expect("the system has an account `mail`");
            chown(&mail, Some(uid), Some(gid)).unwrap();
        }
        if self.options.tls != Tls::Off {
            make_certificates(self.dir());
        }
        if let Some((name, password)) = &self.options.master {
            let rights = if self.options.master_is_admin {
                "userdb_admin=y"
            } else {
                ""
            };
            let line = format!("{name}:{{PLAIN}}{password}::::::{rights}\n");
            fs::write(self.path("masters"), line).unwrap();
        }
        self.write_accounts();
    }

    fn write_accounts(&self) {
        // Replaced in one step: Dovecot may read it at any moment.
        let new = self.path("users.new");
        fs::write(&new, self.options.passwd_file()).unwrap();
        fs::set_permissions(&new, fs::Permissions::from_mode(0o644)).unwrap();
        fs::rename(new, self.path("users")).unwrap();
    }

    fn write_config(&self) {
        let conf = self.options.render(self.dir(), &self.place);
        fs::write(self.config_path(), conf).unwrap();
    }

    fn launch(&mut self) -> Result<(), String> {
        let config = self.config_path().display().to_string();
        let console = self.path("console.log");
        let running = Keeper::start(&["dovecot", "-F", "-c", &config], &[], &console)?;
        if server::greets(running.pid(), self.host(), self.port(), &self.place.token) {
            self.running = Some(running);
            return Ok(());
        }
        drop(running);
        let console = fs::read_to_string(console).unwrap_or_default();
        Err(format!("{console}{}", self.log()))
    }
}

impl ImapServer for Dovecot {
    fn host(&self) -> &str {
        self.host()
    }

    fn port(&self) -> u16 {
        self.port()
    }

    fn password(&self, user: &str) -> &str {
        self.password(user)
    }

    /// Over IMAPS where TLS is required: after STARTTLS Debian's c-client offers TLS 1.0 only.
    fn c_client(&self) -> String {
        let (host, port, tls) = (self.host(), self.port(), self.tls_port());
        if self.options.tls == Tls::Required {
            format!("{host}:{tls}/imap/ssl/novalidate-cert")
        } else {
            format!("{host}:{port}/imap/notls")
        }
    }

    fn raw(&self, user: &str) -> RawImap {
        self.raw(user)
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        self.stop();
        if thread::panicking() {
            eprintln!("--- dovecot's log:\n{}---", self.log());
        }
    }
}

/// Two ports that are free now, and a name nobody else uses.
fn free_place(host: &'static str) -> Place {
    static STARTED: AtomicU32 = AtomicU32::new(0);
    let number = STARTED.fetch_add(1, Ordering::Relaxed);
    let [port, tls_port] = server::free_ports(host);
    Place {
        host,
        port,
        tls_port,
        token: format!("vmimap-{}-{number}", std::process::id()),
    }
}

/// A certificate authority and a server certificate for localhost, 127.0.0.1 and 127.0.0.2.
fn make_certificates(dir: &Path) {
    let openssl = |args: &[&str]| {
        let output = Command::new("openssl").args(args).current_dir(dir).output();
        let output = output.expect("openssl is installed");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    };
    let key = [
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
    ];
    let ca = [
        "req",
        "-x509",
        "-days",
        "2",
        "-subj",
        "/CN=vmimap test authority",
    ];
    openssl(&[&ca[..], &key[..], &["-keyout", "ca.key", "-out", "ca.pem"]].concat());
    let request = [
        "req",
        "-subj",
        "/CN=localhost",
        "-keyout",
        "server.key",
        "-out",
        "server.csr",
    ];
    openssl(&[&request[..], &key[..]].concat());
    let names = "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:127.0.0.2\n";
    fs::write(dir.join("names.ext"), names).unwrap();
    openssl(&[
        "x509",
        "-req",
        "-in",
        "server.csr",
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca.key",
        "-days",
        "2",
        "-CAcreateserial",
        "-extfile",
        "names.ext",
        "-out",
        "server.pem",
    ]);
}
